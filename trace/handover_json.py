"""Hand-overs for programs: slips, duties, holdings and inboxes as JSON.

Instants are RFC 3339 in UTC; amounts decimal strings with their base unit, kg, L, m or 1.
"""

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from .answering import decimal_text
from .arrivals import Content, Line, Slip, Slips
from .duties import HOUR, Duty
from .lineage.model import Lot, Stock
from .overdue import Overdue
from .quantities import Quantity
from .recall.inbox import Concern, Inbox
from .recorded import Recorded
from .steps import Portion
from .store.lineage import Lineage
from .store.read import Reader
from .times import local
from .whereabouts import Holdings, Missing

Json = dict[str, Any]


def quantity(found: Quantity | None) -> Json | None:
    """An amount in its base unit."""
    return None if found is None else {"value": decimal_text(found.value), "unit": found.unit}


def slip(found: Slip, now: int) -> Json:
    """A slip as of `now`, microseconds UTC."""
    return {
        "index": found.index,
        "hash": found.hash,
        "why": found.why.value,
        "sender": found.sender,
        "sender_name": found.sender_name,
        "recipient": found.recipient,
        "sent": _instant(found.sent),
        **_recorded(found.recorded),
        "duty": duty(found.duty),
        "is_overdue": found.is_overdue(now),
        "has_left": found.has_left,
        "notes": list(found.notes),
        "reason": found.reason,
        "lines": [_line(line) for line in found.lines],
    }


def duty(found: Duty | None) -> Json | None:
    """What is due by when, whom it binds and by which rule."""
    if found is None:
        return None
    return {
        "due": _instant(found.due),
        "is_binding": found.is_binding,
        "what": found.what,
        "source": found.source,
        "note": found.note,
    }


def overdue(found: Overdue, now: int) -> Json:
    """A duty that was not done in time."""
    return {
        "what": found.what.value,
        "party": found.party,
        "party_name": found.party_name,
        "index": found.index,
        "items": list(found.items),
        "sender": found.sender,
        "since": _instant(found.since),
        "done": _instant(found.done),
        "done_by": found.by,
        "hours_late": round(found.late(now) / HOUR, 1),
        "duty": duty(found.duty),
    }


def holdings(reader: Reader, found: Holdings) -> Json:
    """What a party has, awaits and has sent."""
    tell = _Stocks(reader, [*found.has, *found.coming, *found.sent])
    return {
        "party": found.party,
        "name": reader.name(found.party),
        "size": found.size,
        "holdings": [tell.stock(stock) for stock in found.has],
        "coming": [tell.stock(stock) for stock in found.coming],
        "sent": [tell.stock(stock) for stock in found.sent],
    }


def holders(reader: Reader, item: str, found: list[Stock], differences: list[Missing]) -> Json:
    """Who has how much of an item, and what was sent and neither taken in nor refused."""
    tell = _Stocks(reader, found)
    return {
        "item": item,
        "size": Lineage(reader).size(),
        "holdings": [tell.stock(stock) for stock in found],
        "differences": [
            {
                "index": one.line.leaf,
                "sender": one.line.sender,
                "recipient": one.line.recipient,
                "missing": quantity(one.quantity),
            }
            for one in differences
        ],
    }


def inbox(reader: Reader, found: Inbox, now: int) -> Json:
    """A party's inbox."""
    stocks = _Stocks(reader, [stock for act in found.acts for stock in act.stocks])
    return {
        "party": found.party,
        "name": reader.name(found.party),
        "size": found.size,
        "count": found.count,
        "arrivals": [slip(one, now) for one in found.arrivals],
        "acts": [_concern(one, stocks) for one in found.acts],
        "overdue": [overdue(one, now) for one in found.overdue],
    }


def _line(line: Line) -> Json:
    unit = None if line.sent.quantity is None else line.sent.quantity.unit
    return {
        "item": line.item,
        "name": line.name,
        "written": _portion(line.portion),
        "quantity": quantity(line.sent.quantity),
        "state": line.sent.state.value,
        "received": _part(line.sent.received, unit),
        "refused": _part(line.sent.refused, unit),
        "contents": [_content(content) for content in line.contents],
    }


def _content(content: Content) -> Json:
    return {
        "item": content.item,
        "name": content.name,
        "container": content.container,
        "quantity": quantity(content.quantity),
    }


def _portion(portion: Portion) -> Json | None:
    if portion.quantity is None:
        return None
    return {"value": decimal_text(portion.quantity), "uom": portion.uom}


def _part(micro: int | None, unit: str | None) -> Json | None:
    return None if micro is None or unit is None else quantity(Quantity(micro, unit))


def _concern(found: Concern, stocks: "_Stocks") -> Json:
    act = found.act
    return {
        "act": act.uri,
        "index": act.leaf,
        "kind": act.kind,
        "actor": act.actor,
        "level": act.level,
        "is_drill": act.drill,
        "since": None if found.since is None else found.since.isoformat(),
        "reason": found.reason,
        "is_due": found.is_due,
        "acknowledged": None if found.acknowledged is None else found.acknowledged.leaf,
        "stocks": [stocks.stock(stock) for stock in found.stocks],
        "had": list(found.had),
    }


class _Stocks:
    """Stocks with the names of what they are of, and of who has them."""

    def __init__(self, reader: Reader, found: list[Stock]) -> None:
        self._names = Slips(reader)
        items = sorted({stock.item for stock in found})
        self._lots: Mapping[str, Lot] = Lineage(reader).lots(items)

    def stock(self, found: Stock) -> Json:
        holder = found.holder
        return {
            "item": found.item,
            "name": self._names.item_name(found.item, self._lots),
            "holder": holder,
            "holder_name": None if holder is None else self._names.name(holder),
            "is_in_transit": found.is_in_transit,
            "is_reported": found.is_reported,
            "container": found.container,
            "sender": found.sender,
            "quantity": quantity(found.quantity),
        }


def _recorded(found: Recorded | None) -> Json:
    if found is None:
        return {"recorded": None, "recorded_by": None}
    by = "witnesses" if found.is_witnessed else "server"
    return {"recorded": _instant(found.time), "recorded_by": by}


def _instant(micro: int | None) -> str | None:
    return None if micro is None else local(micro, UTC).isoformat()
