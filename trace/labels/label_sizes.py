"""The sizes of labels: rolls, one label after the other, and A4 sheets of them.

The sheets are those of Avery Zweckform's and others' catalogues. Their grids stand in the middle
of the page, so the margins follow from the labels' sizes and pitches; the pitches of 3x7, 2x7 and
5x13 are those that gLabels 3.4 has for Avery 7160, 7163 and 8651, its margins agree within 1.5 mm.
"""

from dataclasses import dataclass

from suyuan.trace.format.errors import LedgerError

A4 = (210.0, 297.0)
UNPRINTABLE = 5.0
"""Millimetres at the edge of a sheet that office printers leave white."""
GAP = 2.0
MARGIN = 5.0


@dataclass(frozen=True, slots=True)
class Size:
    """A label of so many millimetres; on A4 in so many columns and rows, at these pitches."""

    name: str
    width: float
    height: float
    what: str
    columns: int = 0
    rows: int = 0
    pitch_x: float = 0.0
    pitch_y: float = 0.0

    @property
    def is_sheet(self) -> bool:
        """Whether it comes on sheets; else on a roll."""
        return self.columns > 0

    @property
    def per_sheet(self) -> int:
        """How many labels are on a sheet; on a roll's page one."""
        return self.columns * self.rows or 1

    @property
    def margins(self) -> tuple[float, float]:
        """Of a sheet: how far its first label is from the left and the upper edge."""
        across = (self.columns - 1) * self.pitch_x + self.width
        down = (self.rows - 1) * self.pitch_y + self.height
        return (A4[0] - across) / 2, (A4[1] - down) / 2

    @property
    def insets(self) -> tuple[float, float]:
        """What stays white inside a label's edges, as no office printer prints there."""
        if not self.is_sheet:
            return 0.0, 0.0
        left, top = self.margins
        return max(0.0, UNPRINTABLE - left - 1.0), max(0.0, UNPRINTABLE - top - 1.0)

    def place(self, number: int) -> tuple[float, float]:
        """Where on its sheet the label stands that is the `number`th there, from 0."""
        left, top = self.margins
        row, column = divmod(number, self.columns)
        return left + column * self.pitch_x, top + row * self.pitch_y


SIZES = {
    size.name: size
    for size in (
        Size("40x30", 40.0, 30.0, "roll"),
        Size("50x30", 50.0, 30.0, "roll"),
        Size("60x40", 60.0, 40.0, "roll"),
        Size("a4-3x8", 70.0, 37.0, "A4, 24 labels; Avery Zweckform 3474", 3, 8, 70.0, 37.0),
        Size("a4-3x7", 63.5, 38.1, "A4, 21 labels; Avery L7160", 3, 7, 66.04, 38.1),
        Size("a4-2x7", 99.1, 38.1, "A4, 14 labels; Avery L7163", 2, 7, 101.64, 38.1),
        Size("a4-5x13", 38.1, 21.2, "A4, 65 labels; Avery L7651", 5, 13, 40.6, 21.2),
    )
}
ROLLS = tuple(name for name, size in SIZES.items() if not size.is_sheet)


def find(name: str) -> Size:
    """The size of a name; LedgerError, with all names, for none."""
    if name not in SIZES:
        raise LedgerError("label size %s is none of %s", repr(name[:40]), ", ".join(SIZES))
    return SIZES[name]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels in rows: its size, where each label stands, whether frames are drawn."""

    width: float
    height: float
    places: tuple[tuple[float, float], ...]
    is_framed: bool


def sheet_of(count: int, columns: int, size: Size) -> Sheet:
    """A sheet for `count` labels, in `columns` if of a roll; LedgerError beyond a page, or none."""
    if count < 1 or columns < 1:
        raise LedgerError("a sheet of labels needs at least one label and one column")
    if size.is_sheet:
        if count > size.per_sheet:
            raise LedgerError(
                "%s labels are too many for one sheet of %s, which has %s: make a PDF",
                count,
                size.name,
                size.per_sheet,
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
