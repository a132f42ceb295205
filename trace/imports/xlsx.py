"""The rows of an XLSX sheet, read in bounded memory.

Read by the standard library alone. Libraries that lay a sheet out as a rectangle give up the
process over a file of 5 KB that has a value in its last cell (17 thousand million cells), and
they show the errors of formulas as empty cells, which a register of food must not.
"""

import math
import re
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

from ..messages import Message, msg, quoted
from .cells import MAX_CELL, MAX_COLUMNS, Cell, Fault, Rows, is_blank_row
from .errors import TableError
from .package import Package
from .workbook import Workbook, unescape
from .workbook import read as read_workbook

MAX_ROW = 1_048_576
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_WHOLE = re.compile(r"[0-9]{1,15}")
_DIMENSION = re.compile(rb"""<(?:\w+:)?dimension\s[^>]*ref=["'][A-Z]+[0-9]+:[A-Z]+([0-9]{1,7})""")


def rows(package: Package, book: Workbook) -> Rows:
    """The rows of the first sheet that have anything in them; the package is closed after them."""
    sheet = _Sheet(package, book)
    try:
        for _ in package.parse(book.sheet, sheet.start, sheet.end, sheet.text):
            yield from sheet.done
            sheet.done.clear()
    finally:
        package.close()


def last_row(path: Path) -> int | None:
    """The number of the last row, as the first sheet itself says; None where it does not."""
    package = Package(path)
    try:
        book = read_workbook(package)
        found = _DIMENSION.search(package.head(book.sheet))
        return int(found.group(1)) if found else None
    finally:
        package.close()


class _Sheet:
    """A sheet being parsed: rows that are complete gather in `done`."""

    def __init__(self, package: Package, book: Workbook) -> None:
        self.done: list[tuple[int, list[Cell]]] = []
        self._package = package
        self._book = book
        self._epoch = datetime(1904, 1, 1) if book.epoch_1904 else datetime(1899, 12, 30)  # noqa: DTZ001
        self._columns: dict[str, int] = {}
        self._row = 0
        self._cells: list[Cell] = []
        self._at = -1
        self._kind = "n"
        self._style = 0
        self._formula = False
        self._spoken = False
        self._on = False
        self._size = 0
        self._parts: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._begin_cell(attributes)
        elif tag == "v":
            self._on = True
        elif tag == "row":
            self._begin_row(attributes.get("r"))
        elif tag == "f":
            self._formula = True
        elif tag == "t":
            self._on = not self._spoken
        elif tag == "rPh":
            self._spoken = True

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._on = False
        elif tag == "c":
            if self._at < 0:
                return
            if (cell := self._cell()) != "":
                if self._at >= MAX_COLUMNS:
                    raise self._bad(msg("has more than %(most)s cells", most=MAX_COLUMNS))
                self._cells.extend([""] * (self._at + 1 - len(self._cells)))
                self._cells[self._at] = cell
        elif tag == "row":
            if not is_blank_row(self._cells):
                self.done.append((self._row, self._cells))
            self._cells = []
        elif tag == "rPh":
            self._spoken = False

    def text(self, data: str) -> None:
        if self._on:
            self._size += len(data)
            if self._size > MAX_CELL:
                raise self._bad(msg("has a cell of over %(most)s characters", most=MAX_CELL))
            self._parts.append(data)

    def _begin_row(self, number: str | None) -> None:
        before = self._row
        if number is None:
            self._row += 1
        elif _WHOLE.fullmatch(number):
            self._row = int(number)
        else:
            raise self._bad(msg("is followed by one without a number"))
        if not before < self._row <= MAX_ROW:
            raise self._bad(msg("is out of order"))
        self._at = -1
        self._cells = []

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        reference = attributes.get("r")
        before = self._at
        if reference is None:
            self._at += 1
        else:
            letters = reference.rstrip("0123456789")
            at = self._columns.get(letters)
            if at is None:
                if not _REFERENCE.fullmatch(reference):
                    raise self._bad(msg("has a cell without a place"))
                at = -1
                for letter in letters:
                    at = (at + 1) * 26 + ord(letter) - ord("A")
                self._columns[letters] = at
            if at <= before or reference[len(letters) :] != str(self._row):
                raise self._bad(msg("has cells out of order"))
            self._at = at
        self._kind = attributes.get("t", "n")
        style = attributes.get("s", "0")
        self._style = int(style) if _WHOLE.fullmatch(style) else 0
        self._formula = False
        self._size = 0
        self._parts.clear()

    def _cell(self) -> Cell:
        text = "".join(self._parts)
        match self._kind:
            case "s":
                at = int(text) if _WHOLE.fullmatch(text) else -1
                if not 0 <= at < len(self._book.texts):
                    raise self._bad(msg("has a text that the workbook lacks"))
                return self._book.texts[at]
            case "str" | "inlineStr":
                return unescape(text)
            case "b":
                return text == "1"
            case "e":
                return Fault(msg("the cell holds the error %(error)s", error=text[:20]))
        if not text:
            return Fault(msg("its formula has not been calculated")) if self._formula else ""
        return self._date_text(text) if self._kind == "d" else self._number(text)

    def _number(self, text: str) -> Cell:
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not math.isfinite(number):
            return Fault(msg("'%(value)s' is no number", value=quoted(text[:20])))
        if self._style in self._book.dates:
            if not 0 <= number < 2_950_000:
                return Fault(msg("%(value)s is no date", value=text[:20]))
            return self._epoch + timedelta(seconds=round(number * 86_400))
        # A spreadsheet shows 15 digits: 0.30000000000000004 is 0.3.
        return Decimal(format(number, ".15g"))

    def _date_text(self, text: str) -> Cell:
        try:
            return datetime.fromisoformat(text).replace(tzinfo=None)
        except ValueError:
            return Fault(msg("'%(value)s' is no date", value=quoted(text[:20])))

    def _bad(self, what: Message) -> TableError:
        return self._package.broken(msg("row %(row)s %(what)s", row=self._row, what=what))
