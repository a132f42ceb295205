"""Tables that people fill in: CSV and XLSX, row by row, and an empty one; of batches, at first."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from io import BytesIO
from pathlib import PurePath
from typing import Any, BinaryIO, Generic, TypeVar

from suyuan.trace.format.messages import Language, Message, msg, quoted
from suyuan.trace.format.steps import SHANGHAI

from . import delimited, xlsx
from .batches import FIELDS, Batch, BatchReader, Field, RowProblem, is_left_out
from .cells import Cell, Row, Rows, TableError, bare, half, is_blank
from .package import Package, is_package
from .values import is_unit

HEADINGS_WITHIN = 10
"""Rows among which the headings are looked for: a title may stand above them."""

IGNORED = (
    *("备注", "说明", "序号", "行号", "remark", "remarks", "note", "notes", "comment"),
    *("comments", "no", "no."),
)
"""Columns that may stand in a table and are not kept: free text is not published."""

_FORMATS = {str: "@", float: "0.###", int: "0"}  # of a column, by its example
_IGNORED = {bare(name) for name in IGNORED}
_HINT = re.compile(r"(.+?)[(\[【]([^()\[\]【】]*)[)\]】]", re.DOTALL)
_MARKS = frozenset(("必填", "选填", "可选", "可不填", "required", "optional"))
_DAYS = frozenset(("天", "日", "天数", "days", "day", "d"))
_LONGER = re.compile(r"个?月|年|周|months?|years?|weeks?")
T = TypeVar("T")
ReadRow = Callable[[int, Mapping[str, Cell], Mapping[str, str | None]], T | list[RowProblem]]
"""What the cells of a row say, or all that is wrong with it, `column` being the field; units that
stand in headings come beside. It remembers what it has met in its table."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is read: where it stands, its heading as written, its unit in brackets."""

    at: int
    heading: str
    hint: str | None = None


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a table by what they mean, how many it has, and what is not kept.

    `is_exact` where each row is to have all its cells, empty ones too.
    """

    of: Mapping[str, Column]
    width: int
    ignored: tuple[str, ...]
    is_exact: bool


@dataclass(frozen=True, eq=False)
class Kind(Generic[T]):
    """What a table is of: its fields, who reads a row as of a day, and what its headings need.

    `required` raises TableError for headings that cannot do; `usual` is how a first row begins,
    `each` what a row is, `title` the empty table's name.
    """

    fields: Mapping[str, Field]
    reader: Callable[[date], ReadRow[T]]
    required: Callable[[Mapping[str, Column], str], None]
    usual: Message
    each: Message
    title: str

    @cached_property
    def meanings(self) -> Mapping[str, str]:
        """The field of each heading, as headings are compared."""
        fields = self.fields.items()
        return {bare(name): field for field, known in fields for name in known.headings}


class WrongRow(list[RowProblem]):
    """All that is wrong with a row; with its cells, and which of the fields those are about."""

    def __init__(self, problems: Sequence[RowProblem], cells: Mapping[str, Cell]) -> None:
        super().__init__(problems)
        self.cells = cells
        self.fields = frozenset(problem.column for problem in problems)


@dataclass(slots=True)
class Table(Generic[T]):
    """The rows of a table, one after the other: a batch, say, or all that is wrong with the row.

    `notes` says, from the start, what was read in a way that may surprise: the
    encoding, sheets and columns left out, rows above the headings.
    """

    kind: Kind[T]
    rows: Rows
    columns: Columns
    today: date
    notes: tuple[Message, ...]

    def __iter__(self) -> Iterator[T | list[RowProblem]]:
        read, columns = self.kind.reader(self.today), self.columns.of
        hints = {field: column.hint for field, column in columns.items()}
        for number, cells in self.rows:
            if is_left_out(cells):
                continue
            if stray := self._stray(number, cells):
                yield [stray]
                continue
            values = {
                field: cells[column.at] if column.at < len(cells) else ""
                for field, column in columns.items()
            }
            value = read(number, values, hints)
            if not isinstance(value, list):
                yield value
                continue
            wrong = WrongRow(value, values)
            wrong[:] = [self._headed(problem) for problem in value]
            yield wrong

    def _stray(self, row: int, cells: Sequence[Cell]) -> RowProblem | None:
        """What is wrong with a row of too many cells, or of too few where each is written."""
        width, count = self.columns.width, len(cells)
        fix = msg("write a delimiter for each empty cell too")
        if stray := [at for at, cell in enumerate(cells[width:], width) if not is_blank(cell)]:
            count, fix = stray[-1] + 1, msg("clear them, or put text with commas in quotes")
        elif not self.columns.is_exact or count >= width:
            return None
        why = msg("it has %(count)s cells under %(width)s headings", count=count, width=width)
        return RowProblem(row, "", why, fix)

    def _headed(self, problem: RowProblem) -> RowProblem:
        column = self.columns.of.get(problem.column)
        return problem if column is None else replace(problem, column=column.heading)


def _require_batches(columns: Mapping[str, Column], where: str) -> None:
    needed = {"产品名称 (product)": {"product"}, "数量 (quantity)": {"quantity", "weight"}}
    for name, fields in needed.items():
        if fields.isdisjoint(columns):
            why = msg("no column %(heading)s", heading=name)
            raise TableError(where, why, msg("add it: each batch needs it"))
    for column in (columns.get("quantity"), columns.get("weight")):
        if column and column.hint and not is_unit(column.hint):
            heading, unit = quoted(column.heading), quoted(column.hint)
            why = msg("'%(heading)s': no unit '%(unit)s' is known", heading=heading, unit=unit)
            fix = msg("write 公斤, 斤, 克, 吨, 升, 毫升 or 个 in the brackets")
            raise TableError(where, why, fix)
    life = columns.get("shelf_life")
    if life and life.hint and life.hint not in _DAYS and _LONGER.search(life.hint):
        why = msg("'%(heading)s' is not in days", heading=quoted(life.heading))
        raise TableError(where, why, msg("give the shelf life in days, headed 保质期(天)"))


BATCHES = Kind(
    FIELDS,
    lambda today: BatchReader(today).read,
    _require_batches,
    msg("a first row of 产品名称, 数量, 单位 and such"),
    msg("a table with headings and a row for each batch"),
    "批次登记",
)


def read_table(
    file: BinaryIO, where: str, *, today: date | None = None, unpacked: int | None = None
) -> Table[Batch]:
    """The batches of a CSV or XLSX file, as `read_rows` reads it."""
    return read_rows(BATCHES, file, where, today=today, unpacked=unpacked)


def read_rows(
    kind: Kind[T],
    file: BinaryIO,
    where: str,
    *,
    today: date | None = None,
    unpacked: int | None = None,
) -> Table[T]:
    """The rows of a CSV or XLSX file, which is told by its content; errors call it `where`.

    Reads on as it is iterated, in memory that grows only with the codes and lots met (to find
    those that stand twice) and an XLSX's own texts; of an XLSX no more than `unpacked` bytes.
    Raises TableError, here or on the way, for a file that cannot be read as a whole. Dates after
    `today` (default: in Shanghai) are refused.
    """
    notes: list[Message] = []
    file.seek(0)
    start = file.read(8)
    if not start:
        raise _empty(kind, where)
    is_packed = is_package(start)
    if not is_packed and PurePath(where).suffix.lower() in (".xlsx", ".xlsm"):
        why = msg("it is no workbook, whatever its name")
        raise TableError(where, why, msg("save it as .xlsx"))
    if is_packed:
        rows = _open_xlsx(Package(file, where, unpacked), notes)
    else:
        encoding = delimited.encoding(file, where)
        if encoding == "gb18030":
            notes.append(
                msg("it is not UTF-8 and was read as GB18030: see whether names are right")
            )
        rows = delimited.rows(file, where, encoding)
    columns = _headings(kind, rows, where, notes, is_exact=not is_packed)
    if columns.ignored:
        notes.append(msg("not kept: the columns %(columns)s", columns=", ".join(columns.ignored)))
    return Table(kind, rows, columns, today or datetime.now(SHANGHAI).date(), tuple(notes))


def count_rows(file: BinaryIO, where: str) -> int | None:
    """About how many rows `read_table` will give, for a progress bar; None if nothing says so."""
    file.seek(0)
    try:
        is_packed = is_package(file.read(8))
        last = xlsx.last_row(file, where) if is_packed else delimited.lines(file)
    except TableError:
        return None
    return max(last - 1, 0) if last is not None else None


def _open_xlsx(package: Package, notes: list[Message]) -> Rows:
    book = xlsx.read_workbook(package)
    if book.others:
        left, name = ", ".join(book.others[:5]), quoted(book.name)
        notes.append(
            msg(
                "only the first sheet, '%(sheet)s', was read, and not %(others)s",
                sheet=name,
                others=left,
            )
        )
    if book.macros:
        notes.append(msg("its macros were not looked at"))
    return xlsx.rows(package, book)


def _headings(
    kind: Kind[T], rows: Rows, where: str, notes: list[Message], *, is_exact: bool
) -> Columns:
    first: Row | None = None
    for count, (number, cells) in enumerate(rows):
        first = first or (number, cells)
        if _known(kind, cells) >= 2:
            if count:
                notes.append(
                    msg("the headings stand in row %(row)s; what is above was left out", row=number)
                )
            return read_headings(kind, cells, f"{where}, row {number}", is_exact=is_exact)
        if count + 1 >= HEADINGS_WITHIN:
            break
    if first is None:
        raise _empty(kind, where)
    # Says which heading is not understood, or which are missing.
    read_headings(kind, first[1], f"{where}, row {first[0]}", is_exact=is_exact)
    raise TableError(where, msg("it has no headings"), kind.usual)


def _empty(kind: Kind[T], where: str) -> TableError:
    return TableError(where, msg("the table is empty"), kind.each)


def _known(kind: Kind[T], cells: Sequence[Cell]) -> int:
    """How many of the cells are headings of columns that are read."""
    return sum(isinstance(cell, str) and _meaning(kind, cell)[0] in kind.fields for cell in cells)


def read_headings(kind: Kind[T], cells: Sequence[Cell], where: str, *, is_exact: bool) -> Columns:
    """The columns that a row of headings names.

    Spaces, case and full width do not count; a unit may stand behind in brackets. Raises
    TableError for a heading that is not understood, for two of one meaning, and where
    something that each row needs is missing.
    """
    columns: dict[str, Column] = {}
    ignored: list[str] = []
    width = 0
    for at, cell in enumerate(cells):
        if is_blank(cell):
            continue
        width = at + 1
        heading = half(cell)[:60] if isinstance(cell, str) else str(cell)[:60]
        field, hint = _meaning(kind, cell) if isinstance(cell, str) else (None, None)
        if field == "":
            ignored.append(heading)
        elif field is None:
            names = ", ".join(known.headings[0] for known in kind.fields.values())
            why = msg("the heading '%(heading)s' is not understood", heading=quoted(heading))
            fix = msg(
                "rename it (%(names)s), or put # before it to leave the column out", names=names
            )
            raise TableError(where, why, fix)
        elif field in columns:
            former, latter = quoted(columns[field].heading), quoted(heading)
            why = msg("'%(one)s' and '%(other)s' mean the same", one=former, other=latter)
            raise TableError(where, why, msg("keep one of them, or put # before the other"))
        else:
            columns[field] = Column(at, heading, hint)
    kind.required(columns, where)
    return Columns(columns, width, tuple(ignored), is_exact)


def _meaning(kind: Kind[T], cell: str) -> tuple[str | None, str | None]:
    """The field ("" for a column that is left out) and the words in brackets."""
    text = bare(cell).rstrip(":").strip("*")
    if text.startswith("#") or text in _IGNORED:
        return "", None
    hint = None
    if text not in kind.meanings and (match := _HINT.fullmatch(text)):
        text, hint = match.group(1).strip("*"), match.group(2)
        if text in _IGNORED:
            return "", None
        hint = None if hint in _MARKS else hint
    return kind.meanings.get(text), hint


def template(kind: Kind[Any] = BATCHES, language: Language = "zh") -> bytes:
    """An XLSX to fill in: headings in a language, and an example that is not read.

    Codes and dates are text, so that no spreadsheet alters them.
    """
    from openpyxl import Workbook  # here, since reading needs it not
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = Workbook()
    sheet = book.active
    sheet.title = kind.title
    grey = Font(color="808080", italic=True)
    remark = Field(
        "#", width=7, example="#示例" if language == "zh" else "# example"
    )  # what begins with # is left out
    for at, field in enumerate(
        (remark, *(field for field in kind.fields.values() if field.width)), 1
    ):
        top = sheet.cell(1, at, field.title(language))
        top.font = Font(bold=True)
        top.fill = PatternFill("solid", fgColor="E2EFDA")
        top.alignment = Alignment(horizontal="center")
        sheet.cell(2, at, field.example or None).font = grey
        column = sheet.column_dimensions[get_column_letter(at)]
        column.width = field.width
        column.number_format = sheet.cell(2, at).number_format = _FORMATS[type(field.example)]
    sheet.freeze_panes = "A2"
    out = BytesIO()
    book.save(out)
    return out.getvalue()
