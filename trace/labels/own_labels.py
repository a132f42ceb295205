"""What a party has to label: its lots, what to key into the scale, and the labels it has issued."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Form, Json, described
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from . import issued_labels, item_labels
from .issued_labels import Issue, Room, rooms

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


class IssueJson(Form):
    """A `labels` statement; `is_here` where the list of its serials is."""

    index: int
    op: str
    count: int
    is_here: bool


class LabelledJson(Form):
    """An item that one has, and the labels of it."""

    item: str
    name: str
    code: str
    scale: int | None = described("The number to key into a scale")
    quantity: str | None
    unit: str | None
    had: int | None = described("Of what is counted: pieces that came or are on their way")
    issued: int | None = described("Of what is counted: labels issued less those voided")
    good: int | None = described("Labels that are good; null where a list is not here")
    issues: list[IssueJson]


class OwnLabelsJson(Form):
    """What one has, by name."""

    party: str
    lots: list[LabelledJson]
    more: int = described("How many more there are than are listed")


def counter(
    reader: Reader, home: Path, holder: str, name: Callable[[str], str]
) -> tuple[list[Lot], int]:
    """The lots that a party has, by name, at most MOST; and how many more there are.

    `name` says what an item without a name is called.
    """
    stocks = _together(Lineage(reader).stock_of(holder))
    shown = dict(list(stocks.items())[:MOST])
    return lots(reader, home, holder, shown, name), len(stocks) - len(shown)


def lots(
    reader: Reader,
    home: Path,
    holder: str,
    found: dict[str, Quantity | None],
    shown: Callable[[str], str],
) -> list[Lot]:
    """What is to be known of items of a holder's to label them, by name."""
    lineage, names = Lineage(reader), Slips(reader)
    known = lineage.lots(sorted(found))
    scales = item_labels.scale_codes_of(reader, holder)
    room = rooms(lineage, holder, sorted(found))
    made = []
    for item, quantity in found.items():
        issues = tuple(issued_labels.issues(reader, home, item, holder))
        code = codes.of_chain(item, holder)
        name = names.item_name(item, known) or shown(item)
        good = _good(issues)
        made.append(Lot(item, code, name, scales.get(item), quantity, issues, good, room.get(item)))
    return sorted(made, key=lambda one: (one.name, one.code))


def labelled_json(lot: Lot) -> Json:
    """An item that one has, and the labels of it, for programs."""
    quantity, room = lot.quantity, lot.room
    return LabelledJson.write(
        lot,
        quantity=quantity and quantity.text,
        unit=quantity and quantity.unit,
        had=room and room.had,
        issued=room and room.issued,
        issues=[IssueJson.build(one, is_here=one.serials is not None) for one in lot.issues],
    )


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
