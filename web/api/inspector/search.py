"""GET /api/v1/search: items and parties of an inspector's remit, by code, name, product or day."""

from datetime import date
from functools import cache
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from suyuan.keys.validity import Party
from suyuan.trace.admission.access import Remit
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.searching import Page, Query, find, lots_of
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.recorded_time import recorded
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Out, Routes
from suyuan.web.context import site

routes = Routes("search", tag="Inspection")
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
    kind: Literal["item", "party"] | None = Field(None, description="What is looked for")
    since: Day | None = Field(
        None, alias="from", description="Lots recorded on this day or later, 2026-11-24"
    )
    until: Day | None = Field(None, alias="to", description="Lots recorded until this day")
    division: str | None = Field(None, max_length=12, description="A division of one's remit")
    category: str | None = Field(None, max_length=200, description="Of lots, as it is stated")
    limit: int = Field(20, ge=1, le=MOST, description="How many at most")
    after: str | None = Field(
        None, max_length=700, description="`after` of the page before, to go on from there"
    )


class PartyFoundOut(Out):
    """A party of the remit."""

    party: str
    name: str | None
    roles: list[str]
    division: str
    has_left: bool


class ItemFoundOut(Out):
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


@routes.get("/search", INSPECTOR, limit="searching 120/minute")
def search(query: SearchIn) -> SearchOut:
    """Items and parties of one's remit. A problem of a value has the `field` that it is in."""
    with site().ledger.reading() as reader:
        return found(reader, viewer.remit(), query)


def found(reader: Reader, remit: Remit, query: SearchIn) -> SearchOut:
    """A page of what an inspector looks for in its remit."""
    if not query.q.isprintable() and query.q.strip():
        raise ProblemError(422, "a text to look for has no control characters", field="q")
    if query.since is not None and query.until is not None and query.since > query.until:
        raise ProblemError(422, "the last day is before the first", field="to")
    wanted = Query(
        text=query.q,
        kind=query.kind,
        since=query.since,
        until=query.until,
        category=query.category or None,
        most=query.limit,
        after=query.after,
    )
    within = remits.division(remit, query.division)
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
    return PartyFoundOut.of(found, party=found.uri, has_left=found.left is not None)


def _items(reader: Reader, page: Page) -> list[ItemFoundOut]:
    name = cache(reader.name)
    made = []
    for row in lots_of(reader, page):
        code = codes.of_uri(row.item, site().host)
        at = None if row.key[0] < 0 else recorded(reader, row.key[0])
        made.append(
            ItemFoundOut.of(
                row,
                code=code,
                coder_name=None if row.coder is None else name(row.coder),
                actor=row.actor or None,
                actor_name=name(row.actor) if row.actor else None,
                index=None if row.key[0] < 0 else row.key[0],
                recorded=None if at is None else from_micros(at.time).isoformat(),
            )
        )
    return made
