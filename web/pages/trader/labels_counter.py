"""What a party has to label: its lots, what to key into the scale, and the labels it has issued."""

from collections.abc import Sequence
from dataclasses import dataclass

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.labels import issued_labels, item_labels
from suyuan.trace.labels.issued_labels import Issue, Room, rooms
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from .stall_cards import name_of

MOST = 500  # lots on one page


@dataclass(frozen=True, slots=True)
class Lot:
    """An item that a party has, how much of it where that is known, and the labels of it.

    `good` are labels issued and not voided, None where a list of theirs is not here; `room` is
    known for what is counted in pieces.
    """

    item: str
    code: str
    name: str
    scale: int | None
    quantity: Quantity | None
    issues: tuple[Issue, ...]
    good: int | None
    room: Room | None


def counter(reader: Reader, holder: str) -> tuple[list[Lot], int]:
    """The lots that a party has, by name, at most MOST; and how many more there are."""
    stocks = _together(Lineage(reader).stock_of(holder))
    shown = dict(list(stocks.items())[:MOST])
    return lots(reader, holder, shown), len(stocks) - len(shown)


def lots(reader: Reader, holder: str, found: dict[str, Quantity | None]) -> list[Lot]:
    """What is to be known of items of a holder's to label them, by name."""
    lineage, names = Lineage(reader), Slips(reader)
    known = lineage.lots(sorted(found))
    scales = item_labels.scale_codes_of(reader, holder)
    room = rooms(lineage, holder, sorted(found))
    made = []
    for item, quantity in found.items():
        issues = tuple(issued_labels.issues(reader, site().ledger.home, item, holder))
        code = codes.of_chain(item, holder)
        name = name_of(names.item_name(item, known), item)
        good = _good(issues)
        made.append(Lot(item, code, name, scales.get(item), quantity, issues, good, room.get(item)))
    return sorted(made, key=lambda one: (one.name, one.code))


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


def _good(issues: Sequence[Issue]) -> int | None:
    if any(one.serials is None for one in issues):
        return None
    return len(issued_labels.good_serials(list(issues)))
