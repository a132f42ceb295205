"""An XLSX to fill in: the Chinese headings and an example, which is not read."""

from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from ..messages import msg
from .errors import TableError

# Heading, width, format, example. A row that begins with # is left out, and so is a column.
_COLUMNS = (
    ("#", 7, "@", "#示例"),
    ("产品名称", 22, "@", "带皮五花肉"),
    ("规格", 16, "@", "冷鲜 20kg/箱"),
    ("类别", 12, "@", "畜禽肉"),
    ("数量", 10, "0.###", 912.4),
    ("单位", 8, "@", "公斤"),
    ("生产日期", 14, "@", "2026-11-24"),
    ("保质期(天)", 12, "0", 7),
    ("产地", 26, "@", "山东省临沂市兰陵县"),
    ("批号", 16, "@", "20261124-01"),
    ("商品条码", 18, "@", "6901234567892"),
    ("追溯码", 24, "@", ""),
    ("场所", 30, "@", ""),
)


def write_template(path: Path) -> None:
    """Write the template; codes and dates are text, so that no spreadsheet alters them.

    Raises TableError where the file cannot be written.
    """
    book = Workbook()
    sheet = book.active
    sheet.title = "批次登记"
    grey = Font(color="808080", italic=True)
    for at, (heading, width, kind, example) in enumerate(_COLUMNS, 1):
        top = sheet.cell(1, at, heading)
        top.font = Font(bold=True)
        top.fill = PatternFill("solid", fgColor="E2EFDA")
        top.alignment = Alignment(horizontal="center")
        sheet.cell(2, at, example or None).font = grey
        column = sheet.column_dimensions[get_column_letter(at)]
        column.width = width
        column.number_format = sheet.cell(2, at).number_format = kind
    sheet.freeze_panes = "A2"
    try:
        book.save(path)
    except OSError as error:
        what = msg("it cannot be written: %(error)s", error=error.strerror or str(error))
        raise TableError(path.name, what, msg("choose another place")) from None
