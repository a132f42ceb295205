"""The rows of a workbook's first visible sheet, read in bounded memory.

Read by the standard library alone. Libraries that lay a sheet out as a rectangle give up the
process over a file of 5 KB that has a value in its last cell (17 thousand million cells), and
they show the errors of formulas as empty cells, which a register of food must not.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import BinaryIO

from suyuan.trace.format.messages import Message, msg, quoted

from .cells import MAX_CELL, MAX_COLUMNS, Cell, Fault, Rows, TableError, is_blank_row
from .package import Package, resolve

MAX_ROW = 1_048_576
MAX_TEXTS = 2_000_000
MAX_TEXT = 32_000_000
"""Texts, and characters in them, that a workbook may share among its cells."""

# Numbers of formats that are dates by themselves (ECMA-376 part 1, 18.8.30, and its Chinese ones).
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[[^\]]*\]')
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_WHOLE = re.compile(r"[0-9]{1,15}")
_DIMENSION = re.compile(rb"""<(?:\w+:)?dimension\s[^>]*ref=["'][A-Z]+[0-9]+:[A-Z]+([0-9]{1,7})""")


@dataclass
class Workbook:
    """The first visible sheet, by its part; what stands beside it."""

    sheet: str
    name: str
    others: list[str]
    macros: bool
    epoch_1904: bool
    texts: list[str] = field(default_factory=list)
    dates: frozenset[int] = frozenset()


def read_workbook(package: Package) -> Workbook:
    """The workbook of a package; TableError where it is none, or has no sheet to read."""
    parts = _relations(package, "").values()
    main = next((part for kind, part in parts if kind == "officeDocument"), None)
    if main is None or not package.has(main):
        raise package.broken(msg("it is a ZIP file and no Excel workbook"))
    if main.endswith(".bin"):
        why = msg("it is a binary workbook (.xlsb)")
        raise TableError(package.where, why, msg("save it as .xlsx"))
    relations = _relations(package, main)
    sheets: list[tuple[str, str]] = []
    epoch_1904: bool | None = None
    for tag, attributes in _starts(package, main):
        if tag == "sheet":
            relation = next((v for k, v in attributes.items() if k.rpartition(":")[2] == "id"), "")
            kind, part = relations.get(relation, ("", ""))
            if kind == "worksheet" and attributes.get("state", "visible") == "visible":
                sheets.append((attributes.get("name", ""), part))
        elif tag == "workbookPr" and epoch_1904 is None:
            epoch_1904 = attributes.get("date1904", "0") in ("1", "true")
    if not sheets:
        why = msg("it has no sheet that can be seen")
        raise TableError(package.where, why, msg("add the table to it"))
    kinds = dict(relations.values())
    return Workbook(
        sheet=sheets[0][1],
        name=sheets[0][0],
        others=[name for name, _ in sheets[1:]],
        macros="vbaProject" in kinds,
        epoch_1904=bool(epoch_1904),
        texts=_texts(package, kinds["sharedStrings"]) if "sharedStrings" in kinds else [],
        dates=_date_styles(package, kinds["styles"]) if "styles" in kinds else frozenset(),
    )


def unescape(text: str) -> str:
    """Text in which _x000D_ and the like stand for characters (ECMA-376 part 1, 22.9.2.19)."""
    if "_x" not in text:
        return text
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda match: chr(int(match.group(1), 16)), text)


def _starts(package: Package, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    for tag, attributes in package.elements(name):
        if isinstance(attributes, dict):
            yield tag, attributes


def _relations(package: Package, source: str) -> dict[str, tuple[str, str]]:
    """The relations of a part by their ids: kind and part."""
    folder, _, name = source.rpartition("/")
    return {
        attributes.get("Id", ""): (
            attributes.get("Type", "").rpartition("/")[2],
            resolve(source, attributes.get("Target", "")),
        )
        for tag, attributes in _starts(package, f"{folder}/_rels/{name}.rels".lstrip("/"))
        if tag == "Relationship" and attributes.get("TargetMode") != "External"
    }


def _texts(package: Package, name: str) -> list[str]:
    """The shared texts; how a word is to be pronounced is left out."""
    texts: list[str] = []
    parts: list[str] = []
    is_on = is_spoken = False
    size = total = 0
    for tag, content in package.elements(name, {"si", "t", "rPh"}):
        if isinstance(content, str):
            if not is_on:
                continue
            size, total = size + len(content), total + len(content)
            if size > MAX_CELL or total > MAX_TEXT:
                raise package.broken(
                    msg("it has a text of over %(most)s characters, or too many", most=MAX_CELL)
                )
            parts.append(content)
        elif tag == "t":
            is_on = content is not None and not is_spoken
        elif tag == "rPh":
            is_spoken = content is not None
        elif tag == "si" and content is None:
            texts.append(unescape("".join(parts)))
            if len(texts) > MAX_TEXTS:
                raise package.broken(msg("it has more than %(most)s texts", most=MAX_TEXTS))
        elif tag == "si":
            parts.clear()
            size = 0
    return texts


def _date_styles(package: Package, name: str) -> frozenset[int]:
    """The numbers of cell styles that show a date."""
    formats: dict[str, str] = {}
    styles: list[str] = []
    is_inside = False
    for tag, attributes in package.elements(name):
        if tag == "cellXfs":
            is_inside = attributes is not None
        elif isinstance(attributes, dict) and tag == "numFmt":
            formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
        elif isinstance(attributes, dict) and tag == "xf" and is_inside:
            styles.append(attributes.get("numFmtId", "0"))
    return frozenset(at for at, number in enumerate(styles) if _is_date(number, formats))


def _is_date(number: str, formats: dict[str, str]) -> bool:
    if number in formats:
        code = _QUOTED.sub("", formats[number].casefold().split(";")[0])
        return code != "general" and any(letter in code for letter in "ymd")
    return number.isascii() and number.isdigit() and len(number) < 5 and int(number) in _DATES


def rows(package: Package, book: Workbook) -> Rows:
    """The rows of the first sheet that have anything in them."""
    sheet = _Sheet(package, book)
    for _ in package.parse(book.sheet, sheet.start, sheet.end, sheet.text):
        yield from sheet.done
        sheet.done.clear()


def last_row(file: BinaryIO, where: str) -> int | None:
    """The number of the last row, as the first sheet itself says; None where it does not."""
    package = Package(file, where)
    match = _DIMENSION.search(package.head(read_workbook(package).sheet))
    return int(match.group(1)) if match else None


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

    def _bad(self, why: Message) -> TableError:
        return self._package.broken(msg("row %(row)s %(what)s", row=self._row, what=why))
