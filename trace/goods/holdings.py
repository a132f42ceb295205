"""Who has how much, now: of a party all that it has, sent and awaits; of items all that have it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from suyuan.trace.format.quantities import Quantity
from suyuan.trace.lineage.model import Sent, Shipment, Stock
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .handover.slips import contents_of


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a party has, awaits, and has sent unanswered, as derived from `size` links."""

    party: str
    size: int
    has: tuple[Stock, ...]
    coming: tuple[Stock, ...]
    sent: tuple[Stock, ...]


@dataclass(frozen=True, slots=True)
class Missing:
    """What was sent and neither taken in nor refused, though answered; below 0 more came."""

    line: Shipment
    quantity: Quantity


def of_party(reader: Reader, party: str) -> Holdings:
    """All that a party has to do with now, by item and container."""
    lineage = Lineage(reader)
    has = [stock for stock in lineage.stock_of(party) if not _is_none(stock)]
    coming = _on_the_way(lineage, lineage.shipments(recipient=party, states=[Sent.OPEN]))
    sent = _on_the_way(lineage, lineage.shipments(sender=party, states=[Sent.OPEN]))
    return Holdings(party, lineage.size(), _sorted(has), _sorted(coming), _sorted(sent))


def of_items(reader: Reader, items: Sequence[str]) -> list[Stock]:
    """Who has how much of these items, loose, in containers and on its way."""
    stocks = Lineage(reader).stock(sorted(set(items)))
    return list(_sorted(stock for stock in stocks if not _is_none(stock)))


def missing(reader: Reader, item: str) -> list[Missing]:
    """The differences between what was sent of an item and what was answered, line by line."""
    lines = Lineage(reader).shipments(item=item, states=[Sent.DIFFERENT])
    return [
        Missing(line, Quantity(line.rest, line.quantity.unit))
        for line in lines
        if line.quantity is not None and line.rest
    ]


def _on_the_way(lineage: Lineage, lines: Sequence[Shipment]) -> list[Stock]:
    """Lines that are on their way, and what is in the containers among them."""
    stocks = []
    for line in lines:
        places: list[tuple[str, str | None, Quantity | None]] = [(line.item, None, line.quantity)]
        places += [(s.item, s.container, s.quantity) for s in contents_of(lineage, line.item)]
        stocks += [
            Stock(item, line.recipient, True, False, container, quantity, line.sender)
            for item, container, quantity in places
        ]
    return stocks


def _is_none(stock: Stock) -> bool:
    return stock.quantity is not None and stock.quantity.micro == 0


def _sorted(stocks: Iterable[Stock]) -> tuple[Stock, ...]:
    return tuple(
        sorted(stocks, key=lambda s: (s.item, s.holder or "", s.is_in_transit, s.container or ""))
    )
