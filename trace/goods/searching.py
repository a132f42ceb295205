"""What an inspector looks for: a code, a party, a product, days; parties first, then lots."""

import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path

from suyuan.keys.validity import Party
from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes, parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.lineage.lots import fold
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import LotKey, LotRow, Search

from .identity.lookup import look_up
from .resolve import NotFound, Target, resolve

_LOT = re.compile(r"i:([0-9]{1,15}):([0-9]{1,15})")
_FIRST = "p:"


@dataclass(frozen=True, slots=True)
class Query:
    """Which lots and parties; all of the remit where no field is given.

    `since` and `until` are days of coding, both included; `after` is where the last page ended.
    """

    text: str = ""
    kind: str | None = None  # party, item
    since: date | None = None
    until: date | None = None
    category: str | None = None
    most: int = 20
    after: str | None = None

    @property
    def is_of_lots(self) -> bool:
        """Whether only lots can be meant."""
        return self.kind == "item" or bool(self.since or self.until or self.category)


@dataclass(frozen=True, slots=True)
class Page:
    """Parties, then lots; `exact` is what the text names by itself.

    `after` is where to go on, None at the end; `is_short`: more names match than were followed.
    """

    exact: tuple[Target, ...] = ()
    parties: tuple[Party, ...] = ()
    lots: tuple[LotRow, ...] = ()
    after: str | None = None
    is_short: bool = False


class PartyFoundJson(Form):
    """A party of the remit."""

    party: str
    name: str | None
    roles: tuple[str, ...]
    division: str
    has_left: bool


class ItemFoundJson(Form):
    """An item, and the first of the remit's parties that has a chain about it."""

    item: str
    code: str = described("The lot's own")
    actor_code: str | None = described("On the labels of `actor`")
    name: str | None
    category: str | None
    produced: str | None
    coder: str | None = described("Who coded it, or brought it in by its own word")
    coder_name: str | None
    actor: str | None = described("Whose chain in the remit the code names, or the first")
    actor_name: str | None
    index: int | None = described("The link that coded it")
    recorded: str | None = described("When that was recorded")


class SearchJson(Form):
    """A page of what was found: parties first, then items, the newest first."""

    size: int = described("As of how many links")
    task: str | None = described("The task of the report whose receipt number was looked for")
    parties: list[PartyFoundJson]
    items: list[ItemFoundJson]
    is_short: bool = described("More names match than were followed: give a longer text")
    after: str | None = described(
        "Where the next page begins; null at the end. A page may be short and not the "
        "last: each looks at a bounded number of rows"
    )


def find(reader: Reader, trust: Trust, home: Path, remit: Remit, query: Query) -> Page:
    """The next page of what lies in a remit; LedgerError for an `after` that is no place.

    What a text names by itself is the whole answer; what it may mean as part of a code, as a
    number of a lot or of a label, stands on the first page before what is so named.
    """
    search = Search(reader, remit.spans(), remit.covers)
    start = _read(query.after)
    text, most = query.text.strip(), query.most
    is_first = bool(text) and query.after is None
    if is_first and (exact := _exact(reader, trust, remit, search, text)) is not None:
        return exact
    folded = fold(text)
    page = Page()
    if is_first and query.kind != "party":
        meant = look_up(reader, home, text, lambda i: remit.is_all or search.is_known(i))
        page = Page(exact=tuple(meant))
    if isinstance(start, str):
        if not query.is_of_lots:
            named = search.named(folded, most, start) if folded else search.all(most, start)
            page = replace(page, parties=tuple(named.found))
            if named.after is not None:
                return replace(page, after=_FIRST + named.after)
        if query.kind == "party":
            return page
    room = most - len(page.parties)
    if not room:
        return replace(page, after="i:999999999999999:0")
    lots = search.lots(
        folded or None,
        room,
        after=None if isinstance(start, str) else start,
        since=_first_of(reader, query.since) or 0,
        until=_first_of(reader, query.until and query.until + timedelta(days=1)),
        category=query.category,
    )
    place = None if lots.after is None else f"i:{lots.after[0]}:{lots.after[1]}"
    return replace(page, lots=tuple(lots.found), after=place, is_short=lots.is_short)


def lots_of(reader: Reader, page: Page) -> list[LotRow]:
    """The items of a page: what was named by its code, as a lot where it was coded, then lots."""
    lots = Lineage(reader).lots([named.item for named in page.exact])
    rows = []
    for named in page.exact:
        chains, lot = reader.chains(named.item), lots.get(named.item)
        actor = named.actor or (chains[0].actor if chains else "")
        key = (-1, 0) if lot is None else (lot.leaf, 0)
        more = (None,) * 4 if lot is None else (lot.name, lot.category, lot.produced, lot.coder)
        rows.append(LotRow(named.item, key, *more, actor))
    known = {row.item for row in rows}
    return [*rows, *(row for row in page.lots if row.item not in known)]


def _exact(reader: Reader, trust: Trust, remit: Remit, search: Search, text: str) -> Page | None:
    """What a URI, code, USCC or GLN names within the remit; None where the text is none."""
    party, target = None, None
    with suppress(IdentifierError):
        party = reader.party(parties.read(text, trust.host))
    with suppress(IdentifierError, NotFound):
        target = resolve(reader, trust, text)
    own = tuple(f"https://{trust.host}/{kind}/" for kind in ("party", "place", "product", "act"))
    if target is not None and (target.item.startswith(own) or reader.party(target.item)):
        target = None
    if party is None and target is None:
        return None
    is_known = target is not None and (remit.is_all or search.is_known(target.item))
    return Page(
        exact=(target,) if target is not None and is_known else (),
        parties=(party,) if party is not None and remit.covers(party) else (),
    )


def _read(after: str | None) -> str | LotKey:
    if after is None or after.startswith(_FIRST):
        return "" if after is None else after.removeprefix(_FIRST)
    if (match := _LOT.fullmatch(after)) is None:
        raise LedgerError("%s is no place in a list: give it as it was", repr(after[:80]))
    return int(match[1]), int(match[2])


def _first_of(reader: Reader, day: date | None) -> int | None:
    if day is None:
        return None
    return reader.first_since(micros(datetime.combine(day, time(), zone())))


def search_json(reader: Reader, host: str, page: Page, task: str | None = None) -> SearchJson:
    """A page of what was found, for programs."""
    return SearchJson.build(
        page,
        size=reader.cursors().get("lineage", 0),
        task=task,
        parties=[
            PartyFoundJson.build(party, party=party.uri, has_left=party.left is not None)
            for party in page.parties
        ],
        items=[_item(reader, host, row) for row in lots_of(reader, page)],
    )


def _item(reader: Reader, host: str, row: LotRow) -> ItemFoundJson:
    index = None if row.key[0] < 0 else row.key[0]
    at = None if index is None else reader.recorded(index)
    return ItemFoundJson.build(
        row,
        code=codes.of_uri(row.item, host),
        actor_code=codes.of_chain(row.item, row.actor) if row.actor else None,
        coder_name=row.coder and reader.name(row.coder),
        actor=row.actor or None,
        actor_name=reader.name(row.actor) if row.actor else None,
        index=index,
        recorded=None if at is None else from_micros(at.time).isoformat(),
    )
