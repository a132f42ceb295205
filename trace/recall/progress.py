"""How far a recall has come: by holder and item, and in all."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ..lineage.model import Stock
from ..quantities import Quantity
from ..state import Act
from ..store.jobs import notified
from ..store.lineage import Lineage
from ..store.read import Reader
from ..store.recalls import ActBook, ScopeRow, Undecided
from ..times import from_micros
from . import course as courses
from . import lines
from .answers import Told
from .course import Course, Report, Said
from .lines import Item, Line, Sum
from .timing import Timing, timing

BLOCK = 500


@dataclass(frozen=True, slots=True)
class Holder:
    """A holder that has or had recalled items, by the lineage.

    `notified` is when the first notice to it was taken; None where none was, or none is to be
    sent. `remaining` is what the ledger has in its hands now, by unit.
    """

    uri: str
    is_reported: bool
    is_notified: bool
    notified: datetime | None
    acknowledged: Said | None
    reports: tuple[Report, ...]
    lines: tuple[Line, ...]
    stocks: tuple[Stock, ...]

    @property
    def is_asked(self) -> bool:
        """Whether the recall asks something of it: it had some since, or some is on its way."""
        return any(line.is_asked for line in self.lines) or bool(self.stocks)


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who answered and never had anything of it, by the lineage: what it reports does not count."""

    uri: str
    acknowledged: Said | None
    reports: tuple[Report, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """A recall as of `size` links, its quantities as of `as_of`; `sums` by unit."""

    course: Course
    timing: Timing
    items: tuple[Item, ...]
    cleared: tuple[str, ...]
    holders: tuple[Holder, ...]
    strangers: tuple[Stranger, ...]
    sums: Mapping[str, Sum]
    undecided: tuple[Undecided, ...]
    size: int
    as_of: int

    @property
    def act(self) -> Act:
        """The recall."""
        return self.course.act

    @property
    def unknown(self) -> list[str]:
        """What keeps quantities from being known, item by item."""
        return [why for item in self.items for why in item.unknown]

    def last_answer(self) -> datetime | None:
        """When the last acknowledgement or report was recorded."""
        said = [*self.course.acknowledged, *(report.said for report in self.course.reports)]
        return max((one.at for one in said if one.at is not None), default=None)


def progress(
    reader: Reader,
    act: Act,
    now: datetime,
    *,
    only: Collection[str] | None = None,
    also: Sequence[Report] = (),
) -> Progress:
    """The progress of a recall. LedgerError where its order cannot be read any more.

    With `only`, of these items of its scope alone; with `also`, as if these were reported too.
    """
    book, lineage = ActBook(reader), Lineage(reader)
    said = courses.read(reader, act)
    said = replace(said, reports=(*said.reports, *also))
    scope = [row for row in book.scope(act.leaf) if only is None or row.item in only]
    rows = [row for row in scope if row.cleared is None]
    cleared = tuple(row.item for row in scope if row.cleared is not None)
    told = _Told(said.reports)
    items: list[Item] = []
    stocks: dict[str, list[Stock]] = {}
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        for stock in lineage.stock([row.item for row in part]):
            stocks.setdefault(stock.item, []).append(stock)
        items += _items(lineage, part, stocks, told)
    holders = _holders(items, stocks, said, notified(reader, _telling(said)))
    known = {holder.uri for holder in holders if not holder.is_reported}
    return Progress(
        course=said,
        timing=timing(said, now),
        items=tuple(items),
        cleared=cleared,
        holders=tuple(holders),
        strangers=tuple(_strangers(said, {*known, *_waiting(stocks)})),
        sums=sums(items),
        undecided=tuple(book.undecided(act.leaf)),
        size=reader.size(),
        as_of=lineage.size(),
    )


def foreseen(reader: Reader, items: Sequence[str]) -> list[Item]:
    """What is known of items as if they were recalled now: how much was made, sold, used.

    What is still in somebody's hands is `unaccounted` then, since nobody has been asked.
    """
    lineage = Lineage(reader)
    rows = [ScopeRow(item, reader.size(), None) for item in items]
    found: list[Item] = []
    for start in range(0, len(rows), BLOCK):
        part = rows[start : start + BLOCK]
        stocks: dict[str, list[Stock]] = {}
        for stock in lineage.stock([row.item for row in part]):
            stocks.setdefault(stock.item, []).append(stock)
        found += _items(lineage, part, stocks, _Told(()))
    return found


def sums(items: Iterable[Item]) -> dict[str, Sum]:
    """What the items add up to, by unit; without those of which amounts are not known."""
    found: dict[str, Sum] = {}
    for item in items:
        if item.sum is not None and item.unit is not None:
            found[item.unit] = found.get(item.unit, Sum()).plus(item.sum)
    return dict(sorted(found.items()))


class _Told:
    """Reports by item and party."""

    def __init__(self, reports: Sequence[Report]) -> None:
        self.amounts: dict[str, dict[str, list[tuple[int, dict[str, Quantity]]]]] = {}
        self.unread: dict[str, dict[str, int]] = {}  # the last leaf with an amount not exact
        for report in reports:
            by_item: dict[str, dict[str, Quantity]] = {}
            for (item, kind), amount in report.amounts.items():
                by_item.setdefault(item, {})[kind] = amount
            for item, kinds in by_item.items():
                mine = self.amounts.setdefault(item, {}).setdefault(report.said.actor, [])
                mine.append((report.said.leaf, kinds))
            for item in report.unread:
                self.unread.setdefault(item, {})[report.said.actor] = report.said.leaf

    def of(self, item: str, unit: str | None) -> tuple[dict[str, list[Told]], dict[str, str]]:
        """Reports about an item in its unit; and by party what is unknown of the others.

        What a later report puts right is unknown no more.
        """
        found: dict[str, list[Told]] = {}
        odd: dict[str, str] = {}
        told = self.amounts.get(item, {})
        for party, reports in told.items():
            newest: dict[str, Quantity] = {}
            for leaf, kinds in reports:
                newest |= kinds
                mine = {k: q.micro for k, q in kinds.items() if unit in (q.unit, None)}
                found.setdefault(party, []).append(Told(leaf, mine))
            if any(unit not in (amount.unit, None) for amount in newest.values()):
                odd[party] = f"{party} reports {item} in another unit than {unit}"
        for party, leaf in self.unread.get(item, {}).items():
            if all(later <= leaf for later, _ in told.get(party, ())):
                odd.setdefault(party, f"an amount that {party} reports of {item} is not exact")
        return found, odd


def _items(
    lineage: Lineage,
    rows: Sequence[ScopeRow],
    stocks: Mapping[str, Sequence[Stock]],
    told: _Told,
) -> list[Item]:
    since = {row.item: row.leaf for row in rows}
    found = []
    for story in lineage.stories([row.item for row in rows]):
        units = [a.unit for a in story.accounts if a.unit is not None]
        unit = units[0] if units else None if story.accounts else "1"
        reports, odd = told.of(story.item, unit)
        mine, leaf = stocks.get(story.item, ()), since[story.item]
        before = lineage.story(story.item, leaf + 1) if lines.may_differ(story, leaf) else None
        found.append(lines.item(story, leaf, mine, reports, odd, before=before))
    return found


def _telling(course: Course) -> list[int]:
    return [course.act.leaf, *(said.leaf for said in course.extended)]


def _waiting(stocks: Mapping[str, Sequence[Stock]]) -> Collection[str]:
    return {
        party
        for mine in stocks.values()
        for stock in mine
        if stock.is_in_transit
        for party in (stock.holder, stock.sender)
        if party is not None
    }


def _holders(
    items: Sequence[Item],
    stocks: Mapping[str, Sequence[Stock]],
    course: Course,
    notified: Mapping[str, int | None],
) -> list[Holder]:
    mine: dict[tuple[str, bool], list[Line]] = {}
    has: dict[tuple[str, bool], list[Stock]] = {}
    for item in items:
        for line in item.lines:
            mine.setdefault((line.holder, line.is_reported), []).append(line)
        for stock in stocks.get(item.item, ()):
            if stock.holder is not None:
                has.setdefault((stock.holder, stock.is_reported), []).append(stock)
    acknowledged = _first(course.acknowledged)
    return [
        Holder(
            uri=uri,
            is_reported=is_reported,
            is_notified=not is_reported and uri in notified,
            notified=None if is_reported or (at := notified.get(uri)) is None else from_micros(at),
            acknowledged=None if is_reported else acknowledged.get(uri),
            reports=() if is_reported else tuple(r for r in course.reports if r.said.actor == uri),
            lines=tuple(mine.get((uri, is_reported), ())),
            stocks=tuple(has.get((uri, is_reported), ())),
        )
        for uri, is_reported in sorted({*mine, *has})
    ]


def _first(acknowledged: Sequence[Said]) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for said in acknowledged:
        found.setdefault(said.actor, said)
    return found


def _strangers(course: Course, known: Collection[str]) -> Iterable[Stranger]:
    acknowledged = _first(course.acknowledged)
    answered = {*acknowledged, *(report.said.actor for report in course.reports)}
    for uri in sorted(answered - set(known) - {course.act.actor}):
        reports = tuple(r for r in course.reports if r.said.actor == uri)
        yield Stranger(uri, acknowledged.get(uri), reports)
