"""The holds and recalls that concern a party: what it has of each, and is to account for."""

from dataclasses import dataclass
from datetime import datetime

from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Day, Form, Instant, Json, described
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.vocabulary import FATES
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .deadlines import Outcome
from .inbox import Concern, acts_for
from .lines import Line
from .progress import Part, part, to_tell
from .recall_forms import ActJson
from .recall_json import act_members

KINDS = tuple(FATES)


@dataclass(frozen=True, slots=True)
class MyItem:
    """One item of an act, as far as it concerns one: what one has of it, and is to account for.

    `line` is None of a hold, and of what one has only on the way; `to_tell` and `again` are as
    `to_tell` has them, in millionths, None where amounts are not known.
    """

    item: str
    name: str | None
    stocks: tuple[Stock, ...]
    line: Line | None
    to_tell: int | None
    again: int | None


@dataclass(frozen=True, slots=True)
class MyAct:
    """A hold or a recall that concerns one; `part` of a recall that is open."""

    concern: Concern
    part: Part | None
    items: tuple[MyItem, ...]

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.concern.act.ended is None


def mine(reader: Reader, genesis: Genesis, uri: str, now: datetime) -> list[MyAct]:
    """The acts in force that concern a party, with its part in each; the newest first."""
    return [_act(reader, uri, one, now) for one in acts_for(reader, genesis, uri)]


def _act(reader: Reader, uri: str, concern: Concern, now: datetime) -> MyAct:
    stocks: dict[str, list[Stock]] = {item: [] for item in concern.had}
    for stock in concern.stocks:
        stocks.setdefault(stock.item, []).append(stock)
    act, found = concern.act, None
    if act.kind == "recall" and act.ended is None:
        found = part(reader, act, uri, stocks, now)
    lots, slips = Lineage(reader).lots(sorted(stocks)), Slips(reader)
    items = []
    for item, held in sorted(stocks.items()):
        line = None if found is None else found.lines.get(item)
        tell, again = None, None
        if line is not None and line.balance is not None:
            tell, again = to_tell(line.balance, line.left)
        name = slips.item_name(item, lots)
        items.append(MyItem(item, name, tuple(held), line, tell, again))
    return MyAct(concern, found, tuple(items))


class MyItemJson(Form):
    """An item of an act, as far as it concerns one; amounts in `unit`, null if not known."""

    item: str
    code: str
    name: str | None
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
        items=[_item_json(item, host) for item in act.items],
    )


def _item_json(item: MyItem, host: str) -> Json:
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
        item,
        code=codes.of_uri(item.item, host),
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
