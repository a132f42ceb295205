"""What a notice says, read from the ledger: the statement, its items, and what each party has."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission import scopes
from suyuan.trace.admission.offices import is_officer
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
from suyuan.trace.ledger.home import base_url
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
    """An item as a notice names it; `produced` is a day, 2026-11-24.

    `label_code` is the one on the labels of what its reader has, or awaits from its sender.
    """

    item: str
    code: str
    name: str | None
    produced: str | None
    label_code: str | None = None


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


def concerned(stock: Stock) -> Iterator[tuple[str, str]]:
    """The parties that a stock is of, and what it is to each.

    What is on its way concerns both ends: one can call it back, the other stop it at the door.
    """
    if stock.is_reported:
        return  # the holder is a place that a document names
    if stock.holder is not None:
        yield stock.holder, COMING if stock.is_in_transit else HELD
    if stock.is_in_transit and stock.sender and stock.sender != stock.holder:
        yield stock.sender, SENT


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
    def kind(self) -> str:
        """Its type and op, "recall.order"."""
        return kind_of(self.statement)


@dataclass(frozen=True, slots=True)
class Matter:
    """What a notice of an announcement says to all alike, its reason where one may be shown.

    `count` is how many items it is about, `lines` are the first of them; `links` are the URLs of
    the act's page, of the page where one answers and of the inclusion proof, by name.
    """

    source: Announcement
    origin: str
    by_name: str | None
    count: int
    lines: tuple[Line, ...]
    reason: str | None
    said_at: datetime
    deadlines: Deadlines | None
    links: Mapping[str, str]


def kind_of(statement: Object) -> str:
    """Type and op of a statement."""
    return f"{statement['type']}.{statement.get('op')}"


def is_announced(link: Link) -> bool:
    """Whether the link is a statement that notices are sent of."""
    statement = link.statement
    return statement is not None and statement["type"] in ACTS and kind_of(statement) in ANNOUNCED


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


def items_of(reader: Reader, announced: Announcement, attachment: Attachment) -> list[str]:
    """The items that a statement is about: in its list, else all of the act's scope.

    Where the list is lost, what the scope keeps of it.
    """
    rows = ActBook(reader).scope(announced.act.leaf)
    if "list" not in announced.statement:
        return [row.item for row in rows if row.cleared is None]
    try:
        return scopes.read(attachment(str(announced.statement["list"])), announced.statement)
    except Refused:
        is_clearing = announced.kind == CLEARS
        return [r.item for r in rows if (r.cleared if is_clearing else r.leaf) == announced.index]


def matter(
    reader: Reader, trust: Trust, announced: Announcement, items: Sequence[str], said_at: datetime
) -> Matter:
    """The part of a notice that is the same for all; `said_at` where no checkpoint covers it."""
    lots = Lineage(reader).lots(items[:SHOWN])
    lines = tuple(line(item, lots, trust.host) for item in items[:SHOWN])
    by = reader.party(announced.link.actor)
    reason = announced.statement.get("reason")
    times = ActBook(reader).times([announced.index])
    deadlines = None
    if announced.kind in BEGINS and announced.act.level is not None:
        with suppress(LedgerError):
            deadlines = due(read(reader, announced.act))  # counted from the order
    base, here, uri = base_url(trust.host), f"https://{trust.host}/", announced.act.uri
    act = f"{base}/{uri.removeprefix(here)}" if uri.startswith(here) else uri
    return Matter(
        source=announced,
        origin=trust.origin,
        by_name=None if by is None else by.name,
        count=len(items),
        lines=lines,
        reason=reason if isinstance(reason, str) else None,
        said_at=from_micros(times[announced.index]) if announced.index in times else said_at,
        deadlines=deadlines,
        links={
            "act": act,
            "answer": f"{base}/me/recalls",
            "proof": f"{base}/api/v1/proofs/{announced.index}",
        },
    )


def own(
    reader: Reader, trust: Trust, act: Act, items: Iterable[str], *, are_cleared: bool = False
) -> Own:
    """What each party has, awaits, has sent or had of these items, and of what contains them.

    As of the lineage's follower. A party's own are in the order of their URIs, those that the act
    names first. What was cleared is left out, unless it is what is asked for.
    """
    asked_for = set(items)
    wanted = named = asked_for
    if not are_cleared:
        wanted = notices.affected(reader, act.leaf, asked_for)
        cover = ActBook(reader).covering(wanted)
        named = {row.item for row in cover if row.act.leaf == act.leaf and row.cleared is None}
    lineage = Lineage(reader)
    held_by: dict[str, list[Held]] = {}
    lots = lineage.lots(sorted(wanted))
    has: set[tuple[str, str]] = set()
    for stock in lineage.stock(sorted(wanted)):
        for party, state in concerned(stock):
            held = Held(
                line(stock.item, lots, trust.host, stock.sender if state == COMING else party),
                state,
                stock.quantity,
                stock.container,
                stock.item in named,
            )
            has.add((party, stock.item))
            held_by.setdefault(party, []).append(held)
    for party, handled in notices.handlers(reader, wanted).items():
        for item in handled:
            if (party, item) not in has:
                held = Held(line(item, lots, trust.host, party), HAD, None, None, item in named)
                held_by.setdefault(party, []).append(held)
    for rows in held_by.values():
        rows.sort(key=lambda h: (not h.is_named, h.line.item, h.state, h.container or ""))
    return dict(sorted(held_by.items()))


def line(item: str, lots: Mapping[str, Lot], host: str, labeller: str | None = None) -> Line:
    """An item as notices name it; with the code on the labels of one party."""
    lot = lots.get(item)
    name, produced = (None, None) if lot is None else (lot.name, lot.produced)
    label_code = None if labeller is None else codes.of_chain(item, labeller)
    return Line(item, codes.of_uri(item, host), name, produced, label_code)
