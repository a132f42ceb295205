"""Hand-overs for programs: slips, duties, holdings and inboxes as JSON.

Instants are RFC 3339 in UTC; amounts decimal strings with their base unit, kg, L, m or 1.
"""

from collections.abc import Sequence

from suyuan.trace.format.json_values import Json, as_object, instant, pick
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods.handover.duties import HOUR, Duty
from suyuan.trace.goods.handover.overdue import Overdue
from suyuan.trace.goods.handover.slips import Line, Slip, Slips
from suyuan.trace.goods.holdings import Holdings, Missing
from suyuan.trace.lineage.model import Stock
from suyuan.trace.recall.inbox import Concern, Inbox
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.recorded_time import Recorded


def slip(slip: Slip, now: int) -> Json:
    """A slip as of `now`, microseconds UTC."""
    return as_object(
        {
            **pick(slip, "index", "hash", "why", "sender", "sender_name", "recipient"),
            "sent": instant(slip.sent),
            **_recorded(slip.recorded),
            "duty": _duty(slip.duty),
            "is_overdue": slip.is_overdue(now),
            **pick(slip, "has_left", "notes", "reason"),
            "lines": [_line(line) for line in slip.lines],
        }
    )


def overdue(overdue: Overdue, now: int) -> Json:
    """A duty that was not done in time."""
    return as_object(
        {
            **pick(overdue, "what", "party", "party_name", "index", "items", "sender"),
            "since": instant(overdue.since),
            "done": instant(overdue.done),
            "done_by": overdue.by,
            "hours_late": round(overdue.late(now) / HOUR, 1),
            "duty": _duty(overdue.duty),
        }
    )


def holdings(reader: Reader, holdings: Holdings) -> Json:
    """What a party has, awaits and has sent."""
    stocks = _Stocks(reader, [*holdings.has, *holdings.coming, *holdings.sent])
    return as_object(
        {
            "party": holdings.party,
            "name": reader.name(holdings.party),
            "size": holdings.size,
            "holdings": stocks.of(holdings.has),
            "coming": stocks.of(holdings.coming),
            "sent": stocks.of(holdings.sent),
        }
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
                    "index": one.line.leaf,
                    **pick(one.line, "sender", "recipient"),
                    "missing": one.quantity,
                }
                for one in differences
            ],
        }
    )


def inbox(reader: Reader, inbox: Inbox, now: int) -> Json:
    """A party's inbox."""
    stocks = _Stocks(reader, [stock for act in inbox.acts for stock in act.stocks])
    return as_object(
        {
            "party": inbox.party,
            "name": reader.name(inbox.party),
            **pick(inbox, "size", "count"),
            "arrivals": [slip(one, now) for one in inbox.arrivals],
            "acts": [_concern(one, stocks) for one in inbox.acts],
            "overdue": [overdue(one, now) for one in inbox.overdue],
        }
    )


def _duty(duty: Duty | None) -> Json | None:
    """What is due by when, whom it binds and by which rule."""
    if duty is None:
        return None
    return {
        "due": instant(duty.due),
        "what": str(duty.what),
        **pick(duty, "is_binding", "source", "note"),
    }


def _line(line: Line) -> Json:
    sent = line.sent
    unit = None if sent.quantity is None else sent.quantity.unit

    def part(micro: int | None) -> Quantity | None:
        return None if micro is None or unit is None else Quantity(micro, unit)

    return {
        **pick(line, "item", "name"),
        "written": _portion(line.portion),
        **pick(sent, "quantity", "state"),
        "received": part(sent.received),
        "refused": part(sent.refused),
        "contents": line.contents,
    }


def _portion(portion: Portion) -> Json | None:
    return None if portion.quantity is None else {"value": portion.quantity, "uom": portion.uom}


def _concern(concern: Concern, stocks: "_Stocks") -> Json:
    act, acknowledged = concern.act, concern.acknowledged
    return {
        "act": act.uri,
        "index": act.leaf,
        **pick(act, "kind", "actor", "level"),
        "is_drill": act.drill,
        **pick(concern, "since", "reason", "is_due"),
        "acknowledged": None if acknowledged is None else acknowledged.leaf,
        "stocks": stocks.of(concern.stocks),
        "had": concern.had,
    }


class _Stocks:
    """Stocks with the names of what they are of, and of who has them."""

    def __init__(self, reader: Reader, stocks: Sequence[Stock]) -> None:
        self._names = Slips(reader)
        self._lots = Lineage(reader).lots(sorted({stock.item for stock in stocks}))

    def of(self, stocks: Sequence[Stock]) -> list[Json]:
        """These stocks, each as JSON."""
        return [
            {
                "item": stock.item,
                "name": self._names.item_name(stock.item, self._lots),
                "holder": stock.holder,
                "holder_name": None if stock.holder is None else self._names.name(stock.holder),
                **pick(stock, "is_in_transit", "is_reported", "container", "sender", "quantity"),
            }
            for stock in stocks
        ]


def _recorded(recorded: Recorded | None) -> Json:
    if recorded is None:
        return {"recorded": None, "recorded_by": None}
    by = "witnesses" if recorded.is_witnessed else "server"
    return {"recorded": instant(recorded.time), "recorded_by": by}
