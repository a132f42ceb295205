"""Labels on one picture: a page of A4, or in rows to be cut apart."""

from dataclasses import dataclass

from ..errors import LedgerError
from .sizes import A4, Size

GAP = 2.0
MARGIN = 5.0


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels in rows: its size, where each label stands, whether frames are drawn."""

    width: float
    height: float
    places: tuple[tuple[float, float], ...]
    is_framed: bool


def sheet(count: int, columns: int, size: Size) -> Sheet:
    """A sheet for `count` labels; in so many columns where they are from a roll.

    LedgerError for none, for no column, and for more than a page of A4 holds.
    """
    if count < 1 or columns < 1:
        raise LedgerError("a sheet of labels needs at least one label and one column")
    if size.is_sheet:
        if count > size.per_sheet:
            raise LedgerError(
                f"{count} labels are too many for one sheet of {size.name}, which has "
                f"{size.per_sheet}: make a PDF"
            )
        return Sheet(*A4, tuple(size.place(n) for n in range(count)), is_framed=False)
    columns = min(columns, count)
    rows = -(-count // columns)
    step_x, step_y = size.width + GAP, size.height + GAP
    places = tuple(
        (MARGIN + n % columns * step_x, MARGIN + n // columns * step_y) for n in range(count)
    )
    return Sheet(
        width=2 * MARGIN + columns * step_x - GAP,
        height=2 * MARGIN + rows * step_y - GAP,
        places=places,
        is_framed=True,
    )
