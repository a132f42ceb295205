"""What a party has to look at: what was sent to it, what is held or recalled, what is overdue."""

from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission.access import Access
from suyuan.trace.admission.state import Act, Genesis
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.handover.overdue import Overdue, overdue
from suyuan.trace.goods.handover.slips import Slip, Slips
from suyuan.trace.lineage.model import Sent, Stock
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .course import Stated, acknowledgement, in_scope, reason_of


@dataclass(frozen=True, slots=True)
class Concern:
    """An act in force that concerns a party.

    `stocks` are what it has of the act's items, what is on its way to it, and what it sent and
    nobody has received; `had` the items of which it has recorded a movement and has nothing now.
    `since` is the recorded time of the act, None where no checkpoint covers it; `acknowledged`
    the party's first acknowledgement of a recall.
    """

    act: Act
    since: datetime | None
    reason: str | None
    stocks: tuple[Stock, ...]
    had: tuple[str, ...]
    acknowledged: Stated | None

    @property
    def is_due(self) -> bool:
        """Whether the party has still to acknowledge: a recall that is open, of what it has."""
        is_open = self.act.kind == "recall" and self.act.ended is None
        return is_open and bool(self.stocks) and self.acknowledged is None


@dataclass(frozen=True, slots=True)
class Inbox:
    """`size` is how many links `arrivals` and `acts` follow from; `overdue` has open duties only.

    `acts` has the holds and recalls in force that concern it, to be acknowledged or not.
    """

    party: str
    size: int
    arrivals: tuple[Slip, ...]
    acts: tuple[Concern, ...]
    overdue: tuple[Overdue, ...]

    @property
    def count(self) -> int:
        """How many things wait for the party: arrivals, and recalls to acknowledge."""
        return len(self.arrivals) + sum(act.is_due for act in self.acts)


def inbox(reader: Reader, genesis: Genesis, party: str, now: int) -> Inbox:
    """A party's inbox at `now`, microseconds UTC."""
    return Inbox(
        party=party,
        size=reader.cursors().get("lineage", 0),
        arrivals=tuple(Slips(reader).arrivals(party)),
        acts=tuple(acts_for(reader, genesis, party)),
        overdue=tuple(o for o in overdue(reader, party, now, days=0) if o.done is None),
    )


def acts_for(reader: Reader, genesis: Genesis, party: str) -> list[Concern]:
    """The acts in force that concern a party, the newest first; drills and closed recalls too.

    A hold by another than the authority or its officers concerns who placed it alone. Whose
    items they are is as of the lineage's follower, what is in scope is right at once.
    """
    book = ActBook(reader)
    acts = {act.leaf: act for act in book.in_force() if binds(reader, genesis, act, party)}
    if not acts:
        return []
    had: dict[int, set[str]] = {}
    for leaf, item in book.had_by(party):
        had.setdefault(leaf, set()).add(item)
    by_item: dict[str, list[Stock]] = {}
    for stock in _stocks(reader, book, party):
        by_item.setdefault(stock.item, []).append(stock)
    now: dict[int, list[Stock]] = {}
    for covered in book.covering(by_item):
        if covered.cleared is None:
            now.setdefault(covered.act.leaf, []).extend(by_item[covered.item])
    concerning = {leaf: act for leaf, act in acts.items() if leaf in now or leaf in had}
    times = book.times(list(concerning))
    return [
        Concern(
            act=act,
            since=from_micros(times[leaf]) if leaf in times else None,
            reason=reason_of(reader, act.leaf),
            stocks=tuple(now.get(leaf, ())),
            had=tuple(sorted(had.get(leaf, set()) - {s.item for s in now.get(leaf, ())})),
            acknowledged=acknowledgement(reader, act, party),
        )
        for leaf, act in concerning.items()
    ]


def binds(reader: Reader, genesis: Genesis, act: Act, party: str) -> bool:
    """Whether an act is any of a party's business: a hold of a holder's own is only its own."""
    if act.kind == "recall" or act.actor == party:
        return True
    return Access(reader, genesis).is_officer(act.actor)


def has_held(reader: Reader, act: Act, party: str) -> bool:
    """Whether a party has, waits for or has had anything of an act's items."""
    book = ActBook(reader)
    if any(leaf == act.leaf for leaf, _ in book.had_by(party)):
        return True
    return bool(in_scope(reader, act, {stock.item for stock in _stocks(reader, book, party)}))


def _stocks(reader: Reader, book: ActBook, party: str) -> list[Stock]:
    """What a party has, what is on its way to it, and what it sent and nobody has received."""
    lineage = Lineage(reader)
    items = {stock.item for stock in lineage.stock_of(party) if not stock.is_reported}
    for lines in (
        lineage.shipments(recipient=party, states=[Sent.OPEN]),
        lineage.shipments(sender=party, states=[Sent.OPEN]),
    ):
        sent = {line.item for line in lines}
        items |= sent | book.inside(sent)
    in_scope = {covered.item for covered in book.covering(items)}
    return [stock for stock in lineage.stock(sorted(in_scope)) if _is_of(stock, party)]


def _is_of(stock: Stock, party: str) -> bool:
    if stock.is_reported:
        return False  # the holder is a place that a document names
    return stock.holder == party or (stock.is_in_transit and stock.sender == party)
