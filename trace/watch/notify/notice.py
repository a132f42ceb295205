"""What a notice says, read from the ledger: the statement, its items, and what each party has."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission import scopes
from suyuan.trace.admission.scopes import is_officer
from suyuan.trace.admission.state import Act, State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.statements import ACTS
from suyuan.trace.format.times import from_micros
from suyuan.trace.lineage.model import Lot, Stock
from suyuan.trace.recall.course import read
from suyuan.trace.recall.deadlines import Deadlines, due
from suyuan.trace.store.beside import notices
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

SHOWN = 20  # items of the act by name; the rest by their number
HELD, COMING, SENT, HAD = "held", "coming", "sent", "had"

# What begins an act or makes it larger goes to all who hold, and to all who get, some of it; the
# rest to those who got a notice of it.
BEGINS = frozenset({"recall.order", "recall.extend", "hold.place"})
CLEARS = "recall.clear"
ENDS = frozenset({"recall.close", "recall.withdraw", "hold.release"})
ANNOUNCED = BEGINS | ENDS | {CLEARS}
Attachment = Callable[[str], bytes | None]


@dataclass(frozen=True, slots=True)
class Line:
    """An item as a notice names it; `produced` is a day, 2026-11-24."""

    item: str
    code: str
    name: str | None
    produced: str | None


@dataclass(frozen=True, slots=True)
class Held:
    """What a party has of an item: in hand, on its way to or from it, or no more.

    `is_named`: the act names the item itself; else it contains, or is packed in, what is named.
    """

    line: Line
    state: str
    quantity: Quantity | None
    container: str | None = None
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Links:
    """Where a notice leads to."""

    act: str
    proof: str


def state_of(party: str, stock: Stock) -> str | None:
    """What a stock is to a party; None where it is none of its own.

    What is on its way concerns both ends: one can call it back, the other stop it at the door.
    """
    if stock.is_reported:
        return None  # the holder is a place that a document names
    if stock.holder == party:
        return COMING if stock.is_in_transit else HELD
    return SENT if stock.is_in_transit and stock.sender == party else None


def concerned(stock: Stock) -> tuple[str, ...]:
    """The parties that a stock is of."""
    ends = (stock.holder, stock.sender if stock.is_in_transit else None)
    parties = dict.fromkeys(party for party in ends if party is not None)
    return tuple(party for party in parties if state_of(party, stock) is not None)


Own = dict[str, list[Held]]  # by party


@dataclass(frozen=True, slots=True)
class Announcement:
    """A statement that notices are sent of: where it stands, its bytes, the act it is about."""

    index: int
    link: Link
    entry: bytes
    act: Act

    @property
    def statement(self) -> Object:
        """The statement."""
        assert self.link.statement is not None
        return self.link.statement

    @property
    def is_drill(self) -> bool:
        """Whether it is an exercise."""
        return self.act.drill

    @property
    def what(self) -> str:
        """Its type and op, "recall.order"."""
        return what(self.statement)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a notice of an announcement says to all alike, its reason where one may be shown.

    `count` is how many items it is about, `lines` are the first of them.
    """

    source: Announcement
    origin: str
    by_name: str | None
    count: int
    lines: tuple[Line, ...]
    reason: str | None
    said_at: datetime
    deadlines: Deadlines | None


def what(statement: Object) -> str:
    """Type and op of a statement."""
    return f"{statement['type']}.{statement.get('op')}"


def is_announced(link: Link) -> bool:
    """Whether the link is a statement that notices are sent of."""
    statement = link.statement
    return statement is not None and statement["type"] in ACTS and what(statement) in ANNOUNCED


def announcement(reader: Reader, trust: Trust, index: int) -> Announcement | None:
    """The statement at an index; None where no notices are sent of it.

    A hold by one who is neither the authority nor its officer stops its own holder only, and is
    that holder's own matter.
    """
    stored = reader.link(index)
    try:
        link = None if stored is None else parse(stored.entry)
    except Refused:
        return None
    if stored is None or link is None or not is_announced(link):
        return None
    assert link.statement is not None
    act = reader.act(str(link.statement["uri"]))
    if act is None or not is_of_others(reader, trust, act):
        return None
    return Announcement(index, link, stored.entry, act)


def is_of_others(reader: Reader, trust: Trust, act: Act) -> bool:
    """Whether an act is any business of others than who began it."""
    state = State(trust.genesis, reader, reader.size())
    return act.kind == "recall" or is_officer(state, act.actor)


def items_of(reader: Reader, one: Announcement, attachment: Attachment) -> list[str]:
    """The items that a statement is about: in its list, else all of the act's scope.

    Where the list is lost, what the scope keeps of it.
    """
    rows = ActBook(reader).scope(one.act.leaf)
    if "list" not in one.statement:
        return [row.item for row in rows if row.cleared is None]
    try:
        return scopes.read(attachment(str(one.statement["list"])), one.statement)
    except Refused:
        is_clearing = one.what == CLEARS
        return [r.item for r in rows if (r.cleared if is_clearing else r.leaf) == one.index]


def matter(
    reader: Reader, trust: Trust, one: Announcement, items: Sequence[str], said_at: datetime
) -> Matter:
    """What a notice of a statement says to all alike; `said_at` where no checkpoint covers it."""
    lots = Lineage(reader).lots(items[:SHOWN])
    lines = tuple(line(item, lots, trust.host) for item in items[:SHOWN])
    by = reader.party(one.link.actor)
    reason = one.statement.get("reason")
    times = ActBook(reader).times([one.index])
    return Matter(
        source=one,
        origin=trust.origin,
        by_name=None if by is None else by.name,
        count=len(items),
        lines=lines,
        reason=reason if isinstance(reason, str) else None,
        said_at=from_micros(times[one.index]) if one.index in times else said_at,
        deadlines=_deadlines(reader, one),
    )


def _deadlines(reader: Reader, one: Announcement) -> Deadlines | None:
    """Those of the recall that a statement begins or extends, counted from its order."""
    if one.what not in BEGINS or one.act.level is None:
        return None
    try:
        return due(read(reader, one.act))
    except LedgerError:
        return None


def own(
    reader: Reader, trust: Trust, act: Act, items: Iterable[str], *, are_cleared: bool = False
) -> Own:
    """What each party has, awaits, has sent or had of these items, and of what contains them.

    As of the lineage's follower. A party's own are in the order of their URIs, those that the act
    names first. What was cleared is left out, unless it is what is asked for.
    """
    those = set(items)
    wanted = those if are_cleared else notices.affected(reader, act.leaf, those)
    named = those if are_cleared else _named(reader, act, wanted)
    lineage = Lineage(reader)
    found: dict[str, list[Held]] = {}
    lots = lineage.lots(sorted(wanted))
    has: set[tuple[str, str]] = set()
    for stock in lineage.stock(sorted(wanted)):
        for party in concerned(stock):
            state = state_of(party, stock)
            if state is None:
                continue
            one = Held(
                line(stock.item, lots, trust.host),
                state,
                stock.quantity,
                stock.container,
                stock.item in named,
            )
            has.add((party, stock.item))
            found.setdefault(party, []).append(one)
    for party, handled in notices.handlers(reader, wanted).items():
        for item in handled:
            if (party, item) not in has:
                one = Held(line(item, lots, trust.host), HAD, None, None, item in named)
                found.setdefault(party, []).append(one)
    return {party: sorted(rows, key=_order) for party, rows in sorted(found.items())}


def _order(one: Held) -> tuple[bool, str, str, str]:
    return not one.is_named, one.line.item, one.state, one.container or ""


def _named(reader: Reader, act: Act, items: Collection[str]) -> set[str]:
    rows = ActBook(reader).covering(items)
    return {row.item for row in rows if row.act.leaf == act.leaf and row.cleared is None}


def line(item: str, lots: Mapping[str, Lot], host: str) -> Line:
    """An item as notices name it."""
    lot = lots.get(item)
    name, produced = (None, None) if lot is None else (lot.name, lot.produced)
    return Line(item, codes.of_uri(item, host), name, produced)
