"""Tables of batches for source coding: CSV and XLSX, row by row."""

from collections.abc import Generator, Iterator
from datetime import date, datetime
from pathlib import Path

from ..messages import Message, msg, quoted
from ..steps import SHANGHAI
from . import columns, delimited, workbook, xlsx
from .cells import Row, Rows
from .errors import TableError
from .package import Package, is_package
from .rows import BatchRow, RowProblem, RowReader

HEADINGS_WITHIN = 10
"""Rows among which the headings are looked for: a title may stand above them."""


class Table(Iterator[BatchRow | list[RowProblem]]):
    """The rows of a table, one after the other: a batch, or all that is wrong with the row.

    `notes` says, from the start, what was read otherwise than a person might think: the
    encoding, sheets and columns left out, rows above the headings.
    """

    def __init__(self, rows: Rows, reader: RowReader, notes: tuple[Message, ...]) -> None:
        self._rows = rows
        self._reader = reader
        self.notes = notes

    def __next__(self) -> BatchRow | list[RowProblem]:
        while True:
            number, cells = next(self._rows)
            if (found := self._reader.read(number, cells)) is not None:
                return found


def read_table(path: Path, *, today: date | None = None, unpacked: int | None = None) -> Table:
    """The batches of a CSV or XLSX file, which is told by its content.

    Reads on as it is iterated, in memory that grows only with the codes and lots met (to find
    those that stand twice) and an XLSX's own texts; of an XLSX no more than `unpacked` bytes.
    Raises TableError, here or on the way, for a file that cannot be read as a whole. Dates after
    `today` (default: in Shanghai) are refused.
    """
    where = path.name
    notes: list[Message] = []
    try:
        with path.open("rb") as file:
            start = file.read(8)
        if not start:
            raise TableError(
                where, msg("it is empty"), msg("a table with headings and a row for each batch")
            )
        packed = is_package(start)
        if not packed and path.suffix.lower() in (".xlsx", ".xlsm"):
            raise TableError(
                where, msg("it is no workbook, whatever its name"), msg("save it as .xlsx")
            )
        rows = _guard(
            _open_xlsx(path, notes, unpacked) if packed else _open_csv(path, notes), where
        )
        try:
            found = _headings(rows, where, notes)
        except TableError:
            rows.close()
            raise
    except OSError as error:
        raise _unreadable(where, error) from None
    if found.ignored:
        notes.append(msg("not kept: the columns %(columns)s", columns=", ".join(found.ignored)))
    day = today or datetime.now(SHANGHAI).date()
    return Table(rows, RowReader(found, day, exact_width=not packed), tuple(notes))


def count_rows(path: Path) -> int | None:
    """About how many rows `read_table` will give, for a progress bar; None if nothing says so."""
    try:
        with path.open("rb") as file:
            packed = is_package(file.read(8))
        last = xlsx.last_row(path) if packed else delimited.lines(path)
    except (OSError, TableError):
        return None
    return max(last - 1, 0) if last is not None else None


def _open_csv(path: Path, notes: list[Message]) -> Rows:
    encoding = delimited.encoding(path)
    if encoding == "gb18030":
        notes.append(msg("it is not UTF-8 and was read as GB18030: see whether names are right"))
    return delimited.rows(path, encoding)


def _open_xlsx(path: Path, notes: list[Message], unpacked: int | None) -> Rows:
    package = Package(path, unpacked)
    try:
        book = workbook.read(package)
    except TableError:
        package.close()
        raise
    if book.others:
        left = ", ".join(book.others[:5])
        notes.append(
            msg(
                "only the first sheet, '%(sheet)s', was read, and not %(others)s",
                sheet=quoted(book.name),
                others=left,
            )
        )
    if book.macros:
        notes.append(msg("its macros were not looked at"))
    return xlsx.rows(package, book)


def _guard(rows: Rows, where: str) -> Generator[Row, None, None]:
    try:
        yield from rows
    except OSError as error:
        raise _unreadable(where, error) from None


def _headings(rows: Rows, where: str, notes: list[Message]) -> columns.Columns:
    first: Row | None = None
    for count, (number, cells) in enumerate(rows):
        first = first or (number, cells)
        if columns.known(cells) >= 2:
            if count:
                notes.append(
                    msg("the headings stand in row %(row)s; what is above was left out", row=number)
                )
            return columns.read(cells, f"{where}, row {number}")
        if count + 1 >= HEADINGS_WITHIN:
            break
    if first is None:
        raise TableError(
            where, msg("it is empty"), msg("a table with headings and a row for each batch")
        )
    # Says which heading is not understood, or which are missing.
    columns.read(first[1], f"{where}, row {first[0]}")
    raise TableError(
        where, msg("it has no headings"), msg("a first row of 产品名称, 数量, 单位 and such")
    )


def _unreadable(where: str, error: OSError) -> TableError:
    return TableError(
        where,
        msg("it cannot be read: %(error)s", error=error.strerror or str(error)),
        msg("look at the path"),
    )
