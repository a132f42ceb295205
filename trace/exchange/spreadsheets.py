"""Lists as spreadsheets open them: XLSX and CSV, in which no text is taken for a formula."""

import csv
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
MOST_ROWS = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Cell = str | int | Decimal | None


def xlsx(title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A workbook of one sheet: bold headings that stay in sight, numbers as numbers, else text."""
    from openpyxl import Workbook  # here, since few ask for it
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    for at in range(1, len(headings) + 1):
        sheet.column_dimensions[get_column_letter(at)].width = 20
    top = []
    for heading in headings:
        cell = WriteOnlyCell(sheet, heading)
        cell.font = Font(bold=True)
        top.append(cell)
    sheet.append(top)
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, _printable(value) if isinstance(value, str) else value)
            if isinstance(value, str):
                cell.data_type, cell.number_format = "s", "@"  # a text, whatever it begins with
            cells.append(cell)
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def comma_separated(headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """The same as CSV in UTF-8 with a byte order mark, by which spreadsheets know it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(headings)
    for row in rows:
        writer.writerow([harmless(cell) if isinstance(cell, str) else cell for cell in row])
    return ("\ufeff" + text.getvalue()).encode()


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _printable(text: str) -> str:
    """A text without the controls that a workbook cannot hold."""
    return "".join(c for c in text[:32_767] if c.isprintable() or c in "\n\t")
