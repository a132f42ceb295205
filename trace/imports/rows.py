"""Rows of a table as batches, and what is wrong with those that are none."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from ..identifiers import codes, gs1
from ..identifiers.errors import IdentifierError
from ..messages import Message, msg, msg_in, quoted
from . import units, values
from .cells import ERRORS, Cell, digits, is_blank, is_blank_row, line
from .columns import Column, Columns
from .errors import CellError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why a row is refused: the row's number as a spreadsheet shows it, the heading as written."""

    row: int
    column: str
    what: Message
    fix: Message

    def __str__(self) -> str:
        where = f"row {self.row}" + (f", {self.column}" if self.column else "")
        return f"{where}: {self.what}; {self.fix}"


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A batch to be coded, its values checked.

    `quantity` is in `uom`, a UN/ECE code. `count` and `count_unit` are a second measure as
    written, 38 箱 beside 912.4 kg. `lot` without `gtin` is the maker's own number.
    """

    row: int
    product: str
    quantity: Decimal
    uom: str
    code: str | None = None
    gtin: str | None = None
    lot: str | None = None
    spec: str | None = None
    category: str | None = None
    produced: str | None = None
    shelf_life_days: int | None = None
    origin: str | None = None
    place: str | None = None
    count: Decimal | None = None
    count_unit: str | None = None


class RowReader:
    """Reads the rows under some headings, and remembers which codes and lots it has met."""

    def __init__(self, columns: Columns, today: date, *, exact_width: bool) -> None:
        self._columns = columns
        self._today = today
        self._exact_width = exact_width
        self._seen: dict[Hashable, int] = {}

    def read(self, number: int, cells: list[Cell]) -> BatchRow | list[RowProblem] | None:
        """The row's batch or all of its problems; None for an empty row and for one that begins
        with # (an example, a remark)."""
        first = next((cell for cell in cells if not is_blank(cell)), "")
        if isinstance(first, str) and _is_remark(first):
            return None
        if is_blank_row(cells):
            return None
        width = self._columns.width
        if stray := [at for at, cell in enumerate(cells[width:], width) if not is_blank(cell)]:
            what = msg(
                "it has %(count)s cells under %(width)s headings", count=stray[-1] + 1, width=width
            )
            return [
                RowProblem(number, "", what, msg("clear them, or put text with commas in quotes"))
            ]
        if self._exact_width and len(cells) < width:
            what = msg(
                "it has %(count)s cells under %(width)s headings", count=len(cells), width=width
            )
            return [RowProblem(number, "", what, msg("write a delimiter for each empty cell too"))]
        return _Reading(self._columns, self._today, self._seen, number, cells).batch()


class _Reading:
    """One row being read: what is wrong gathers in `problems`."""

    def __init__(
        self,
        columns: Columns,
        today: date,
        seen: dict[Hashable, int],
        number: int,
        cells: list[Cell],
    ) -> None:
        self.columns = columns
        self.today = today
        self.seen = seen
        self.number = number
        self.cells = cells
        self.problems: list[RowProblem] = []

    def batch(self) -> BatchRow | list[RowProblem]:
        product = self._optional("product", lambda cell: line(cell, 200), empty=is_blank)
        if product is None and not self._has_problem("product"):
            self._problem("product", msg("it is empty"), msg("give the product's name"))
        amount = self._amount()
        gtin = self._optional("gtin", values.gtin)
        code = self._optional("code", values.trace_code)
        lot = self._lot(gtin)
        found = BatchRow(
            row=self.number,
            product=product or "",
            quantity=amount[0],
            uom=amount[1],
            code=code,
            gtin=gtin,
            lot=lot,
            spec=self._optional("spec", lambda cell: line(cell, 200)),
            category=self._optional("category", lambda cell: line(cell, 100)),
            produced=self._optional("produced", lambda cell: values.day(cell, self.today)),
            shelf_life_days=self._optional("shelf_life", values.days),
            origin=self._optional("origin", values.origin),
            place=self._optional("place", values.place),
            count=amount[2],
            count_unit=amount[3],
        )
        self._identity(found)
        return self.problems or found

    def _identity(self, found: BatchRow) -> None:
        """A GTIN names a batch only with its lot; no batch stands in a table twice."""
        if found.gtin and not found.lot and not self._has_problem("lot"):
            fix = msg("add the lot (批号), or leave the GTIN empty for a trace code of the ledger")
            self._problem("gtin", msg("a GTIN without a lot names a product and no batch"), fix)
        if self.problems:
            return
        key: Hashable = found.code
        if found.gtin and found.lot:
            key = (found.gtin, found.lot)
            right = codes.of_uri(gs1.lot_uri(found.gtin, found.lot), "")
            if found.code not in (None, right):
                what = msg("a batch with GTIN and lot has a code of its own that follows from them")
                fix = msg(
                    "leave the trace code empty (%(code)s is this batch's)", code=codes.shown(right)
                )
                self._problem("code", what, fix)
                return
        if key is None:
            return
        before = self.seen.setdefault(key, self.number)
        if before != self.number:
            name = "gtin" if found.gtin else "code"
            what = msg("the same batch stands in row %(row)s", row=before)
            self._problem(name, what, msg("keep one of the rows, or give each its own"))

    def _amount(self) -> tuple[Decimal, str, Decimal | None, str | None]:
        """Quantity and unit; then, where a weight stands beside a count, the count and its unit."""
        quantity = self._optional("quantity", values.amount, empty=is_blank)
        weight = self._optional("weight", values.amount, empty=is_blank)
        none = (Decimal(0), "", None, None)
        both = "quantity" in self.columns.of and "weight" in self.columns.of
        if self._has_problem("quantity") or self._has_problem("weight"):
            return none
        if weight is None and quantity is None:
            name = "quantity" if "quantity" in self.columns.of else "weight"
            self._problem(name, msg("it is empty"), msg("give how much the batch has"))
            return none
        main = "quantity" if weight is None else "weight"
        number, word = weight or quantity or (Decimal(0), None)
        try:
            unit = self._unit(main, word, own=both and main == "weight")
            value, uom = values.measured(number, unit)
            if weight is None or quantity is None:
                return value, uom, None, None
            main = "quantity"
            return value, uom, quantity[0], self._unit("quantity", quantity[1], own=False)
        except CellError as error:
            self._problem(main, error.what, error.fix)
            return none

    def _unit(self, field: str, word: str | None, *, own: bool) -> str:
        """The unit of a number: behind it, in the unit's column (not if `own`), in the heading."""
        column = self.columns.of[field]
        written = None if own else self._optional("unit", lambda cell: line(cell, 20))
        if word and written and units.is_unit(word) and not _same(word, written):
            raise CellError(
                msg(
                    "%(word)s stands behind the number, %(unit)s as unit",
                    word=word[:20],
                    unit=written,
                ),
                msg("keep one"),
            )
        unit = word or written or column.hint
        if unit is None:
            if own:
                raise CellError(msg("it has no unit"), msg("head the column 重量(公斤)"))
            raise CellError(
                msg("it has no unit"), msg("add a column 单位 (unit) with 公斤, 斤, 个 or such")
            )
        if not units.is_unit(unit):
            raise CellError(
                msg("no unit '%(unit)s' is known", unit=quoted(unit[:20])),
                msg("公斤, 斤, 克, 吨, 升, 毫升, 个, 只"),
            )
        return unit

    def _lot(self, gtin: str | None) -> str | None:
        def lot(cell: Cell) -> str:
            text = digits(cell, msg_in("kind", "lot"))
            if gtin is None and not self._has_problem("gtin"):
                return line(text, 60)
            try:
                gs1.lot_uri(gtin or "00000000", text)
            except IdentifierError as error:
                raise CellError(error.message, msg("as it is printed on the goods")) from None
            return text

        return self._optional("lot", lot)

    def _optional(
        self,
        field: str,
        value: Callable[[Cell], T],
        empty: Callable[[Cell], bool] = values.is_none,
    ) -> T | None:
        """What a column's cell says; None where it is absent, empty, or noted as a problem."""
        column = self.columns.of.get(field)
        cell = self.cells[column.at] if column and column.at < len(self.cells) else ""
        if column is None or empty(cell):
            return None
        try:
            return value(cell)
        except CellError as error:
            self._problem(field, error.what, error.fix)
            return None

    def _problem(self, field: str, what: Message, fix: Message) -> None:
        heading = self.columns.of.get(field, Column(0, field)).heading
        self.problems.append(RowProblem(self.number, heading, what, fix))

    def _has_problem(self, field: str) -> bool:
        column = self.columns.of.get(field)
        return column is not None and any(p.column == column.heading for p in self.problems)


def _is_remark(cell: str) -> bool:
    text = cell.strip()
    return text.startswith("#") and text not in ERRORS and text.strip("#") != ""


def _same(one: str, other: str) -> bool:
    try:
        return units.unit(one) == units.unit(other)
    except CellError:
        return one == other
