"""How far a recall has come: by holder and item, in all, and in one party's part."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from suyuan.trace.admission.state import Act
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import from_micros
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.beside.jobs import notified
from suyuan.trace.store.read.act_reader import ActBook, ScopeRow, Undecided
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from . import course as courses
from . import lines
from .accounts import Balance, Totals
from .course import Course, Report, Stated, quantity
from .deadlines import Timing, timing
from .lines import Item, Line, Sum

BLOCK = 500
MOST_SUMS = 2_000  # items of which it is summed up at once what became of them
_Holder = tuple[str, bool]  # its URI, and whether it is a place that a document names


@dataclass(frozen=True, slots=True)
class Total:
    """Lines of one holder in one unit, added up: what it had since, and what became of that."""

    unit: str
    left: int
    recovered: int
    missing: int

    @property
    def settled(self) -> int:
        """What is accounted for and was not recovered."""
        return self.left - self.recovered - self.missing

    @classmethod
    def of(cls, unit: str, lines: Sequence[Line]) -> "Total":
        """The total of lines whose amounts are known in this unit."""
        parts = [line.balance for line in lines if line.balance is not None]
        return cls(
            unit,
            sum(line.left for line in lines),
            sum(part.recovered for part in parts),
            sum(part.missing for part in parts),
        )


@dataclass(frozen=True, slots=True)
class Holder:
    """A holder of recalled items, with what it has or awaits now, and its first notice."""

    uri: str
    is_reported: bool
    is_notified: bool
    notified: datetime | None
    acknowledged: Stated | None
    reports: tuple[Report, ...]
    lines: tuple[Line, ...]
    stocks: tuple[Stock, ...]

    @property
    def is_asked(self) -> bool:
        """Whether the recall asks something of it: it had some since, or some is on its way."""
        return any(line.is_asked for line in self.lines) or bool(self.stocks)

    def totals(self) -> list[Total | None]:
        """What its lines add up to, by unit; before those a None for each that is not known."""
        units: dict[str, list[Line]] = {}
        for line in self.lines:
            if line.balance is not None:
                units.setdefault(line.unit or "1", []).append(line)
        unknown = [None for line in self.lines if line.balance is None]
        return [*unknown, *(Total.of(unit, lines) for unit, lines in sorted(units.items()))]


@dataclass(frozen=True, slots=True)
class Stranger:
    """Who answered and never had anything of it, by the lineage: what it reports does not count."""

    uri: str
    acknowledged: Stated | None
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


@dataclass(frozen=True, slots=True)
class Part:
    """A party's lines in a recall, by item, and the recall's deadlines."""

    items: tuple[Item, ...]
    lines: Mapping[str, Line]
    timing: Timing
    reports: tuple[Report, ...]


def progress(
    reader: Reader,
    act: Act,
    now: datetime,
    *,
    only: Collection[str] | None = None,
    also: Sequence[Report] = (),
) -> Progress:
    """The progress of a recall; LedgerError where its order cannot be read any more.

    With `only`, of these items alone; with `also`, as if these were reported too.
    """
    book, lineage = ActBook(reader), Lineage(reader)
    course = courses.read(reader, act)
    course = replace(course, reports=(*course.reports, *also))
    scope = [row for row in book.scope(act.leaf) if only is None or row.item in only]
    stocks: dict[str, list[Stock]] = {}
    rows = [row for row in scope if row.cleared is None]
    items = list(_items(lineage, rows, course.reports, stocks))
    told_of = notified(reader, [act.leaf, *(stated.leaf for stated in course.extended)])
    holders = _holders(items, stocks, course, told_of)
    known = {holder.uri for holder in holders if not holder.is_reported} | _waiting(stocks)
    return Progress(
        course=course,
        timing=timing(course, now),
        items=tuple(items),
        cleared=tuple(row.item for row in scope if row.cleared is not None),
        holders=tuple(holders),
        strangers=tuple(_strangers(course, known)),
        sums=sums(items),
        undecided=tuple(book.undecided(act.leaf)),
        size=reader.size(),
        as_of=lineage.size(),
    )


def part(
    reader: Reader,
    act: Act,
    party: str,
    items: Collection[str],
    now: datetime,
    *,
    also: Sequence[Mapping[str, str]] = (),
) -> Part:
    """A party's part in items of a recall; with `also`, as if it had reported these amounts."""
    more = [_report(reader, party, also, now)] if also else []
    whole = progress(reader, act, now, only=set(items), also=more)
    own = next((h for h in whole.holders if h.uri == party and not h.is_reported), None)
    by_item = {} if own is None else {line.item: line for line in own.lines}
    return Part(whole.items, by_item, whole.timing, () if own is None else own.reports)


def to_tell(balance: Balance, left: int) -> tuple[int, int]:
    """How much of its part a holder is to report, and how much more it may report again.

    That is what it had since the recall less what it passed on, used or lost by its own records;
    and what it had sold or destroyed before.
    """
    passed = balance.sent + balance.returned + balance.used + balance.lost
    return left - passed, balance.had - left


def preview(reader: Reader, items: Sequence[str]) -> list[Item]:
    """Items as if recalled now; what is still in hands is `held`, nobody having reported."""
    rows = [ScopeRow(item, reader.size(), None) for item in items]
    return list(_items(Lineage(reader), rows, (), {}))


def sums(items: Iterable[Item]) -> dict[str, Sum]:
    """What the items add up to, by unit; without those of which amounts are not known."""
    totals: dict[str, Sum] = {}
    for item in items:
        if item.sum is not None and item.unit is not None:
            totals[item.unit] = totals.get(item.unit, Sum()).plus(item.sum)
    return dict(sorted(totals.items()))


def _report(
    reader: Reader, party: str, amounts: Sequence[Mapping[str, str]], now: datetime
) -> Report:
    known = {
        (reported["item"], reported["kind"]): exact
        for reported in amounts
        if (exact := quantity(reported["value"], reported["unit"])) is not None
    }
    return Report(Stated(party, reader.size(), now), known, (), ())


class _Reports:
    def __init__(self, reports: Sequence[Report]) -> None:
        self.amounts: dict[str, dict[str, list[tuple[int, dict[str, Quantity]]]]] = {}
        self.unread: dict[str, dict[str, int]] = {}  # the last leaf with an amount not exact
        for report in reports:
            by_item: dict[str, dict[str, Quantity]] = {}
            for (item, kind), amount in report.amounts.items():
                by_item.setdefault(item, {})[kind] = amount
            party, leaf = report.stated.actor, report.stated.leaf
            for item, kinds in by_item.items():
                self.amounts.setdefault(item, {}).setdefault(party, []).append((leaf, kinds))
            for item in report.unread:
                self.unread.setdefault(item, {})[party] = leaf

    def of(self, item: str, unit: str | None) -> tuple[dict[str, list[Totals]], dict[str, str]]:
        """Reports about an item in its unit; by party what no later report puts right."""
        totals: dict[str, list[Totals]] = {}
        unclear: dict[str, str] = {}
        by_party = self.amounts.get(item, {})
        for party, reports in by_party.items():
            newest: dict[str, Quantity] = {}
            for leaf, kinds in reports:
                newest |= kinds
                exact = {k: q.micro for k, q in kinds.items() if unit in (q.unit, None)}
                totals.setdefault(party, []).append(Totals(leaf, exact))
            if any(unit not in (amount.unit, None) for amount in newest.values()):
                unclear[party] = f"{party} reports {item} in another unit than {unit}"
        for party, leaf in self.unread.get(item, {}).items():
            if all(later <= leaf for later, _ in by_party.get(party, ())):
                unclear.setdefault(party, f"an amount that {party} reports of {item} is not exact")
        return totals, unclear


def _items(
    lineage: Lineage,
    rows: Sequence[ScopeRow],
    reports: Sequence[Report],
    stocks: dict[str, list[Stock]],
) -> Iterator[Item]:
    """The items of these rows, block by block; adds to `stocks` who has how much of each."""
    reported = _Reports(reports)
    for start in range(0, len(rows), BLOCK):
        since = {row.item: row.leaf for row in rows[start : start + BLOCK]}
        for stock in lineage.stock(list(since)):
            stocks.setdefault(stock.item, []).append(stock)
        for story in lineage.stories(list(since)):
            units = [a.unit for a in story.accounts if a.unit is not None]
            unit = units[0] if units else None if story.accounts else "1"
            totals, unclear = reported.of(story.item, unit)
            held, leaf = stocks.get(story.item, ()), since[story.item]
            before = lineage.story(story.item, leaf + 1) if lines.may_differ(story, leaf) else None
            yield lines.item(story, leaf, held, totals, unclear, before=before)


def _waiting(stocks: Mapping[str, Sequence[Stock]]) -> set[str]:
    """Who sends or awaits something that is on its way."""
    on_the_way = [s for of_item in stocks.values() for s in of_item if s.is_in_transit]
    parties = {party for stock in on_the_way for party in (stock.holder, stock.sender)}
    return {party for party in parties if party is not None}


def _holders(
    items: Sequence[Item],
    stocks: Mapping[str, Sequence[Stock]],
    course: Course,
    notified: Mapping[str, int | None],
) -> list[Holder]:
    by_holder: defaultdict[_Holder, list[Line]] = defaultdict(list)
    has: defaultdict[_Holder, list[Stock]] = defaultdict(list)
    for item in items:
        for line in item.lines:
            by_holder[line.holder, line.is_reported].append(line)
        for stock in stocks.get(item.item, ()):
            if stock.holder is not None:
                has[stock.holder, stock.is_reported].append(stock)
    holders = []
    for key in sorted({*by_holder, *has}):
        uri, is_reported = key
        at = None if is_reported else notified.get(uri)
        acknowledged, reports = (None, ()) if is_reported else course.answers_of(uri)
        holders.append(
            Holder(
                uri=uri,
                is_reported=is_reported,
                is_notified=not is_reported and uri in notified,
                notified=None if at is None else from_micros(at),
                acknowledged=acknowledged,
                reports=reports,
                lines=tuple(by_holder[key]),
                stocks=tuple(has[key]),
            )
        )
    return holders


def _strangers(course: Course, known: Collection[str]) -> Iterator[Stranger]:
    answered = {stated.actor for stated in course.acknowledged}
    answered |= {report.stated.actor for report in course.reports}
    for uri in sorted(answered - set(known) - {course.act.actor}):
        yield Stranger(uri, *course.answers_of(uri))
