"""What a party has to label: its lots, what to key into the scale, and the labels it has issued."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from . import item_labels
from .issued_labels import Issue, Room, good_serials, issues, rooms

MOST = 500


@dataclass(frozen=True, slots=True)
class LabelledLot:
    """An item that a party has, how much of it where that is known, and the labels of it.

    `good` are labels issued and not voided, None where a list of theirs is not here; `room` is
    known for what is counted in pieces.
    """

    item: str
    code: str
    name: str | None
    scale: int | None
    quantity: Quantity | None
    issues: tuple[Issue, ...]
    good: int | None
    room: Room | None


def lots_of(reader: Reader, home: Path, holder: str) -> tuple[list[LabelledLot], int]:
    """The lots that a party has, at most MOST, and how many more there are.

    `home` is the ledger's, which has the lists of serials.
    """
    stocks = _together(Lineage(reader).stock_of(holder))
    first = dict(list(stocks.items())[:MOST])
    lineage, names, items = Lineage(reader), Slips(reader), sorted(first)
    known = lineage.lots(items)
    scales = item_labels.scale_codes_of(reader, holder)
    room = rooms(lineage, holder, items)
    lots = []
    for item, quantity in first.items():
        issued = tuple(issues(reader, home, item, holder))
        lots.append(
            LabelledLot(
                item=item,
                code=codes.of_chain(item, holder),
                name=names.item_name(item, known),
                scale=scales.get(item),
                quantity=quantity,
                issues=issued,
                good=_good(issued),
                room=room.get(item),
            )
        )
    return lots, len(stocks) - len(lots)


def _together(stocks: Sequence[Stock]) -> dict[str, Quantity | None]:
    """How much of each item, in one's hands and in one's containers; None where not known."""
    found: dict[str, Quantity | None] = {}
    for stock in stocks:
        quantity = stock.quantity
        if stock.is_reported or (quantity is not None and quantity.micro <= 0):
            continue
        before = found.get(stock.item, quantity)
        if stock.item in found and before is not None and quantity is not None:
            quantity = Quantity(before.micro + quantity.micro, quantity.unit)
        found[stock.item] = None if before is None else quantity
    return found


def _good(issued: Sequence[Issue]) -> int | None:
    if any(one.serials is None for one in issued):
        return None
    return len(good_serials(list(issued)))
