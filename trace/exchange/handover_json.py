"""Hand-overs for programs: slips, duties, holdings and inboxes as JSON.

Instants are RFC 3339 in UTC; amounts decimal strings with their base unit, kg, L, m or 1.
"""

from collections.abc import Sequence
from typing import Literal

from suyuan.trace.format.json_values import Form, Instant, Json, as_object, described, instant, pick
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods.handover.duties import DutyJson
from suyuan.trace.goods.handover.overdue import OverdueJson
from suyuan.trace.goods.handover.slips import Content, Line, Slip, Slips, Why
from suyuan.trace.goods.holdings import Holdings, Missing
from suyuan.trace.lineage.model import Stock
from suyuan.trace.recall.inbox import Concern, Inbox
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.log_reader import Recorded
from suyuan.trace.store.read.reader import Reader


class WrittenJson(Form):
    """An amount as the sender wrote it."""

    value: str
    uom: str | None = described("UN/ECE Recommendation 20; null for pieces")


class LineJson(Form):
    """One item of a slip."""

    item: str
    name: str | None
    written: WrittenJson | None
    quantity: Quantity | None = described("What was sent; null where it is not known")
    state: Literal["open", "confirmed", "different", "refused", "outside"]
    received: Quantity | None
    refused: Quantity | None
    contents: tuple[Content, ...]


class SlipJson(Form):
    """What one link sends to a party."""

    index: int
    hash: str
    why: Why
    sender: str
    sender_name: str | None
    recipient: str
    sent: Instant | None = described("The event's own time")
    recorded: Instant | None = described("When it was recorded: the duty counts from then")
    recorded_by: Literal["witnesses", "server"] | None
    duty: DutyJson | None
    is_overdue: bool
    has_left: bool = described("The recipient is admitted no more")
    notes: tuple[str, ...]
    reason: str | None
    lines: list[LineJson]


class ArrivalsJson(Form):
    """What waits for a party's answer, as of `size` links."""

    party: str
    size: int
    arrivals: list[SlipJson]


class OverduesJson(Form):
    """What is overdue, what is open first, as of `size` links."""

    size: int
    overdue: list[OverdueJson]


class PlacedJson(Form):
    """So much of an item in one place, or on its way to it."""

    item: str
    name: str | None
    holder: str | None = described("Null where it is on its way out of the ledger")
    holder_name: str | None
    is_in_transit: bool
    is_reported: bool = described("The holder is a place that a document names")
    container: str | None = described("The innermost container that it is in")
    sender: str | None
    quantity: Quantity | None


class HoldingsJson(Form):
    """What a party has, awaits, and has sent without an answer, as of `size` links."""

    party: str
    name: str | None
    size: int
    holdings: list[PlacedJson]
    coming: list[PlacedJson]
    sent: list[PlacedJson]


class ConcernJson(Form):
    """A hold or a recall in force that concerns a party."""

    act: str
    index: int
    kind: Literal["hold", "recall"]
    actor: str
    level: int | None
    is_drill: bool
    since: Instant | None
    reason: str | None
    is_due: bool = described("To be acknowledged by the party")
    acknowledged: int | None = described("The index of its acknowledgement")
    stocks: list[PlacedJson]
    had: tuple[str, ...] = described("Items that it had and has not now")


class InboxJson(Form):
    """What waits for a party, as of `size` links."""

    party: str
    name: str | None
    size: int
    count: int = described("Arrivals, and recalls to acknowledge")
    arrivals: list[SlipJson]
    acts: list[ConcernJson]
    overdue: list[OverdueJson]


def slip(slip: Slip, now: int) -> Json:
    """A slip as of `now`, microseconds UTC."""
    return SlipJson.write(
        slip,
        sent=instant(slip.sent),
        **_recorded(slip.recorded),
        duty=slip.duty and slip.duty.write(),
        is_overdue=slip.is_overdue(now),
        lines=[_line(line) for line in slip.lines],
    )


def holdings(reader: Reader, holdings: Holdings) -> Json:
    """What a party has, awaits and has sent."""
    stocks = _Stocks(reader, [*holdings.has, *holdings.coming, *holdings.sent])
    return HoldingsJson.write(
        holdings,
        name=reader.name(holdings.party),
        holdings=stocks.of(holdings.has),
        coming=stocks.of(holdings.coming),
        sent=stocks.of(holdings.sent),
    )


def holders(
    reader: Reader, item: str, stocks: Sequence[Stock], differences: Sequence[Missing]
) -> Json:
    """Who has how much of an item, and what was sent and neither taken in nor refused."""
    return as_object(
        {
            "item": item,
            "size": Lineage(reader).size(),
            "holdings": _Stocks(reader, stocks).of(stocks),
            "differences": [
                {
                    "index": difference.line.leaf,
                    **pick(difference.line, "sender", "recipient"),
                    "missing": difference.quantity,
                }
                for difference in differences
            ],
        }
    )


def inbox(reader: Reader, inbox: Inbox, now: int) -> Json:
    """A party's inbox."""
    stocks = _Stocks(reader, [stock for act in inbox.acts for stock in act.stocks])
    return InboxJson.write(
        inbox,
        name=reader.name(inbox.party),
        arrivals=[slip(arrival, now) for arrival in inbox.arrivals],
        acts=[_concern(act, stocks) for act in inbox.acts],
        overdue=[duty.write(now) for duty in inbox.overdue],
    )


def _line(line: Line) -> Json:
    sent = line.sent
    unit = None if sent.quantity is None else sent.quantity.unit

    def part(micro: int | None) -> Quantity | None:
        return None if micro is None or unit is None else Quantity(micro, unit)

    return LineJson.write(
        line,
        written=_portion(line.portion),
        **pick(sent, "quantity", "state"),
        received=part(sent.received),
        refused=part(sent.refused),
    )


def _portion(portion: Portion) -> Json | None:
    if portion.quantity is None:
        return None
    return WrittenJson.write(portion, value=portion.quantity)


def _concern(concern: Concern, stocks: "_Stocks") -> Json:
    act, acknowledged = concern.act, concern.acknowledged
    return ConcernJson.write(
        concern,
        act=act.uri,
        index=act.leaf,
        **pick(act, "kind", "actor", "level"),
        is_drill=act.drill,
        acknowledged=None if acknowledged is None else acknowledged.leaf,
        stocks=stocks.of(concern.stocks),
    )


class _Stocks:
    """Stocks with the names of what they are of, and of who has them."""

    def __init__(self, reader: Reader, stocks: Sequence[Stock]) -> None:
        self._names = Slips(reader)
        self._lots = Lineage(reader).lots(sorted({stock.item for stock in stocks}))

    def of(self, stocks: Sequence[Stock]) -> list[Json]:
        """These stocks, each as JSON."""
        return [
            PlacedJson.write(
                stock,
                name=self._names.item_name(stock.item, self._lots),
                holder_name=None if stock.holder is None else self._names.name(stock.holder),
            )
            for stock in stocks
        ]


def _recorded(recorded: Recorded | None) -> Json:
    if recorded is None:
        return {"recorded": None, "recorded_by": None}
    by = "witnesses" if recorded.is_witnessed else "server"
    return {"recorded": instant(recorded.time), "recorded_by": by}
