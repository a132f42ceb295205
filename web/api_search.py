"""GET /api/v1/search: items and parties of an inspector's remit, by code, name, product or day."""

from datetime import date
from typing import Annotated, Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from suyuan.keys.validity import Party
from suyuan.trace.errors import LedgerError
from suyuan.trace.identifiers import codes
from suyuan.trace.inspecting import Remit
from suyuan.trace.recorded import recorded
from suyuan.trace.resolve import Target
from suyuan.trace.searching import Page, Query, find
from suyuan.trace.store.lineage import Lineage
from suyuan.trace.store.read import Reader
from suyuan.trace.store.search import LotRow
from suyuan.trace.times import from_micros

from . import remits
from .context import site
from .limiting import limited
from .problems import ProblemError

blueprint = APIBlueprint("search", __name__, url_prefix="/api/v1", tag="Inspection")
MOST = 100
_FIRST, _LAST = date(2000, 1, 1), date(9000, 1, 1)
Day = Annotated[date, Field(ge=_FIRST, le=_LAST)]


class SearchIn(BaseModel):
    """What to look for: all of the remit where nothing is said."""

    q: str = Field(
        "",
        max_length=600,
        description="A trace code, URI or scanned URL; a party's name or a part of it, its USCC "
        "or GLN; a product's name or a part of it",
    )
    kind: Literal["item", "party"] | None = None
    since: Day | None = Field(
        None, alias="from", description="Lots recorded on this day or later, 2026-11-24"
    )
    until: Day | None = Field(None, alias="to", description="Lots recorded until this day")
    division: str | None = Field(None, max_length=12, description="A division of one's remit")
    category: str | None = Field(None, max_length=200, description="Of lots, as it is stated")
    limit: int = Field(20, ge=1, le=MOST)
    after: str | None = Field(
        None, max_length=700, description="`after` of the page before, to go on from there"
    )


class PartyFoundOut(BaseModel):
    """A party of the remit."""

    party: str
    name: str | None
    roles: list[str]
    division: str
    has_left: bool


class ItemFoundOut(BaseModel):
    """An item, and the first of the remit's parties that has a chain about it."""

    item: str
    code: str
    name: str | None
    category: str | None
    produced: str | None
    coder: str | None = Field(description="Who coded it, or brought it in by its own word")
    coder_name: str | None
    actor: str | None = Field(description="Whose chain in the remit the code names, or the first")
    actor_name: str | None
    index: int | None = Field(description="The link that coded it")
    recorded: str | None = Field(description="When that was recorded")


class SearchOut(BaseModel):
    """A page of what was found: parties first, then items, the newest first."""

    size: int = Field(description="As of how many links")
    parties: list[PartyFoundOut]
    items: list[ItemFoundOut]
    is_short: bool = Field(description="More names match than were followed: give a longer text")
    after: str | None = Field(
        description="Where the next page begins; null at the end. A page may be short and not the "
        "last: each looks at a bounded number of rows"
    )


@blueprint.get("/search")
@blueprint.input(SearchIn, location="query", arg_name="asked")
@blueprint.output(SearchOut)
@limited("searching", "120/minute")
def search(asked: SearchIn) -> SearchOut:
    """Items and parties of one's remit. A problem of a value has the `field` that it is in."""
    with site().ledger.reading() as reader:
        return found(reader, remits.remit(reader), asked)


def found(reader: Reader, remit: Remit, asked: SearchIn) -> SearchOut:
    """A page of what an inspector looks for in its remit."""
    if not asked.q.isprintable() and asked.q.strip():
        raise ProblemError(422, "a text to look for has no control characters", field="q")
    if asked.since is not None and asked.until is not None and asked.since > asked.until:
        raise ProblemError(422, "the last day is before the first", field="to")
    wanted = Query(
        text=asked.q,
        kind=asked.kind,
        since=asked.since,
        until=asked.until,
        category=asked.category or None,
        most=asked.limit,
        after=asked.after,
    )
    within = remits.division(remit, asked.division)
    try:
        page = find(reader, site().ledger.trust, within, wanted)
    except LedgerError as error:
        raise ProblemError(422, f"after: {error}", field="after") from None
    return SearchOut(
        size=reader.cursors().get("lineage", 0),
        parties=[_party(one) for one in page.parties],
        items=_items(reader, page),
        is_short=page.is_short,
        after=page.after,
    )


def _party(found: Party) -> PartyFoundOut:
    return PartyFoundOut(
        party=found.uri,
        name=found.name,
        roles=list(found.roles),
        division=found.division,
        has_left=found.left is not None,
    )


def _items(reader: Reader, page: Page) -> list[ItemFoundOut]:
    names: dict[str, str | None] = {}

    def name(uri: str | None) -> str | None:
        if uri is not None and uri not in names:
            names[uri] = reader.name(uri)
        return None if uri is None else names[uri]

    exact = [_exact(reader, one) for one in page.exact]
    made = []
    for row in (*exact, *page.lots):
        code = codes.of_uri(row.item, site().host)
        at = None if row.key[0] < 0 else recorded(reader, row.key[0])
        made.append(
            ItemFoundOut(
                item=row.item,
                code=code,
                name=row.name,
                category=row.category,
                produced=row.produced,
                coder=row.coder,
                coder_name=name(row.coder),
                actor=row.actor or None,
                actor_name=name(row.actor or None),
                index=None if row.key[0] < 0 else row.key[0],
                recorded=None if at is None else from_micros(at.time).isoformat(),
            )
        )
    return made


def _exact(reader: Reader, found: Target) -> LotRow:
    """An item that was named by its code, as a lot where it was coded."""
    lot = Lineage(reader).lots([found.item]).get(found.item)
    chains = reader.chains(found.item)
    actor = found.actor or (chains[0].actor if chains else "")
    if lot is None:
        return LotRow(found.item, (-1, 0), None, None, None, None, actor)
    return LotRow(found.item, (lot.leaf, 0), lot.name, lot.category, lot.produced, lot.coder, actor)
