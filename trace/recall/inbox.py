"""What a party has to look at: what was sent, held or recalled, is overdue, and its part of it."""

from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission.access import Access
from suyuan.trace.admission.state import Act, Genesis
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.json_values import Day, Form, Instant, Json, described
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import from_micros
from suyuan.trace.format.vocabulary import FATES
from suyuan.trace.goods.handover.overdue import Overdue, overdue
from suyuan.trace.goods.handover.slips import Slip, Slips
from suyuan.trace.goods.identity.lot_names import LotName, lot_names
from suyuan.trace.lineage.model import Sent, Stock
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .course import Stated, acknowledgement, in_scope, reason_of
from .deadlines import Outcome
from .lines import Line
from .progress import Part, part, to_tell
from .recall_forms import ActJson
from .recall_json import act_members


@dataclass(frozen=True, slots=True)
class Concern:
    """An act in force that concerns a party; `since` is None where no checkpoint covers it.

    `stocks` are what it has, awaits, or sent without an answer; `had` the items of which it has
    recorded a movement and has nothing now.
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
    """What waits for a party, as of `size` links: arrivals, acts in force, open duties."""

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

    A hold by others than officers concerns who placed it. Scope is right at once, whose items
    they are as of the lineage.
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
    return [
        stock
        for stock in lineage.stock(sorted(in_scope))
        if not stock.is_reported  # else the holder is a place that a document names
        and (stock.holder == party or (stock.is_in_transit and stock.sender == party))
    ]


KINDS = tuple(FATES)


@dataclass(frozen=True, slots=True)
class MyItem:
    """One item of an act: its name to the party, what that has and has to report, in millionths.

    There is no `line` of a hold, nor of what is only on the way.
    """

    lot: LotName
    stocks: tuple[Stock, ...]
    line: Line | None
    to_tell: int | None
    again: int | None

    @property
    def item(self) -> str:
        """Its URI."""
        return self.lot.item


@dataclass(frozen=True, slots=True)
class MyAct:
    """A hold or a recall that concerns a party; `part` of a recall that is open."""

    concern: Concern
    part: Part | None
    items: tuple[MyItem, ...]

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.concern.act.ended is None


def mine(reader: Reader, trust: Trust, uri: str, now: datetime) -> list[MyAct]:
    """The acts in force that concern a party, with its part in each; the newest first."""
    concerns = acts_for(reader, trust.genesis, uri)
    return [_act(reader, trust.host, uri, concern, now) for concern in concerns]


def _act(reader: Reader, host: str, uri: str, concern: Concern, now: datetime) -> MyAct:
    stocks: dict[str, list[Stock]] = {item: [] for item in concern.had}
    for stock in concern.stocks:
        stocks.setdefault(stock.item, []).append(stock)
    act, own_part = concern.act, None
    if act.kind == "recall" and act.ended is None:
        own_part = part(reader, act, uri, stocks, now)
    lots = lot_names(reader, host, stocks, uri)
    items = []
    for item, held in sorted(stocks.items()):
        line = None if own_part is None else own_part.lines.get(item)
        tell, again = None, None
        if line is not None and line.balance is not None:
            tell, again = to_tell(line.balance, line.left)
        items.append(MyItem(lots[item], tuple(held), line, tell, again))
    return MyAct(concern, own_part, tuple(items))


class MyItemJson(Form):
    """An item of an act, as far as it concerns one; amounts in `unit`, null if not known."""

    item: str
    code: str = described("On one's own labels, where one has a record of it")
    lot_code: str = described("The lot's own")
    name: str | None
    produced: Day | None
    supplier: str | None = described("The name of who sent it, else of who coded it")
    unit: str | None = described("kg, L, m, or 1 for pieces")
    here: str | None = described("What one has of it, by the records")
    in_transit: str | None = described("What is on its way to one, or from one")
    to_tell: str | None = described("What one is to account for by reports")
    told_again: str | None = described("Sold or destroyed before: may be told as well")
    recovered: str | None
    sold: str | None
    destroyed: str | None
    remaining: str | None
    missing: str | None
    has_answered: bool


class MyActJson(ActJson):
    """A hold or a recall that concerns one."""

    since: Instant | None
    reason: str | None
    is_due: bool = described("It is to be acknowledged still")
    acknowledged: int | None = described("The index of one's acknowledgement")
    answer_due: Instant | None = described("Until when")
    answer: Outcome | None
    finish_day: Day | None = described("The last day of the recall, in the ledger's zone")
    provisional: bool = described("That day may change: see a recall's deadlines")
    items: list[MyItemJson]


class MyRecallsJson(Form):
    """The acts in force that concern one, the newest first."""

    size: int = described("As of how many links")
    acts: list[MyActJson]


def own_recalls_json(reader: Reader, acts: list[MyAct], now: datetime, host: str) -> Json:
    """Acts that concern one, for programs."""
    return MyRecallsJson.write(
        size=reader.size(),
        acts=[_act_json(reader, act, now, host) for act in acts],
    )


def _act_json(reader: Reader, act: MyAct, now: datetime, host: str) -> Json:
    concern, timing = act.concern, None if act.part is None else act.part.timing
    acknowledged = concern.acknowledged
    dues = None if timing is None else timing.deadlines
    at = None if acknowledged is None else acknowledged.at
    return MyActJson.write(
        concern,
        **act_members(concern.act, host, reader.name),
        acknowledged=None if acknowledged is None else acknowledged.leaf,
        answer_due=None if timing is None else timing.answer_due,
        answer=None if timing is None else timing.answered(at, now),
        finish_day=None if dues is None else dues.finish_day,
        provisional=dues is not None and dues.is_provisional,
        items=[_item_json(item) for item in act.items],
    )


def _item_json(item: MyItem) -> Json:
    line = item.line
    units = {s.quantity.unit for s in item.stocks if s.quantity is not None}
    unit = line.unit if line is not None else next(iter(units)) if len(units) == 1 else None
    balance = None if line is None else line.balance

    def value(micro: int | None) -> str | None:
        return None if micro is None else Quantity(micro, unit or "1").text

    def held(*, is_in_transit: bool) -> int | None:
        amounts = [s.quantity for s in item.stocks if s.is_in_transit is is_in_transit]
        if any(amount is None or amount.unit != (unit or "1") for amount in amounts):
            return None
        return sum(amount.micro for amount in amounts if amount is not None)

    return MyItemJson.write(
        item.lot,
        code=item.lot.own or item.lot.number,
        lot_code=item.lot.number,
        unit=unit,
        here=value(held(is_in_transit=False)),
        in_transit=value(held(is_in_transit=True)),
        to_tell=value(item.to_tell),
        told_again=value(item.again),
        **{
            kind: value(None if balance is None else getattr(balance, kind))
            for kind in (*KINDS, "missing")
        },
        has_answered=line is not None and line.has_answered,
    )
