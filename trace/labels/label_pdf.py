"""Labels as PDF: vectors and subset fonts; on A4 sheets, or one label a page."""

from collections.abc import Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import TextMode

from suyuan.trace.format.errors import LedgerError

from . import fonts
from .label import Label
from .label_layout import DOT, Ready, ready
from .label_sizes import A4, Size
from .label_texts import Text
from .qr_symbol import QUIET

LIMIT = 10_000
"""Labels of one file."""

_POINT = 72 / 25.4


def render_pdf(
    labels: Sequence[Label],
    size: Size,
    *,
    when: datetime,
    title: str = "",
    language: str = "zh-CN",
    skip: int = 0,
) -> bytes:
    """The labels in order, but the `skip` first of a sheet, modules whole dots at 203 an inch.

    LedgerError for none, too many, a `skip` beyond the sheet, and where one does not fit.
    """
    if len(labels) > LIMIT:
        raise LedgerError("%s labels are too many for one file: at most %s", len(labels), LIMIT)
    if not 0 <= skip < size.per_sheet:
        raise LedgerError(
            "a sheet of %s has %s labels: %s of them cannot be skipped",
            size.name,
            size.per_sheet,
            skip,
        )
    fonts.at_size(24)  # raises where there is none
    writer = _Writer(size, title=title, language=language, when=when)
    for number, label in enumerate(ready(labels, size, fonts.width), skip):
        writer.label(label, number)
    return writer.done()


class _Writer:
    """One document; points from the upper left corner."""

    def __init__(self, size: Size, *, title: str, language: str, when: datetime) -> None:
        self._size = size
        across, down = A4 if size.is_sheet else (size.width, size.height)
        self._height = down * _POINT
        self._pdf = FPDF(unit="pt", format=(across * _POINT, self._height))
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)
        self._pdf.set_creation_date(when)
        self._pdf.set_lang(language)
        if title:
            self._pdf.set_title(title)
        self._families: set[int] = set()
        self._bold: list[tuple[Text, float, float]] = []

    def label(self, label: Ready, number: int) -> None:
        on_sheet = number % self._size.per_sheet
        if on_sheet == 0 or not self._pdf.page:
            self._end_page()
            self._pdf.add_page()
        x, y = self._size.place(on_sheet) if self._size.is_sheet else (0.0, 0.0)
        x, y = round(x / DOT) * DOT, round(y / DOT) * DOT
        self._symbol(label, x, y)
        for text in label.texts:
            if text.bold:
                self._bold.append((text, x, y))
            else:
                self._text(text, x, y)

    def done(self) -> bytes:
        self._end_page()
        return bytes(self._pdf.output())

    def _end_page(self) -> None:
        """Write what is bold, which comes last: its way of writing is not set back on a page."""
        self._pdf.text_mode = TextMode.FILL_STROKE
        for text, x, y in self._bold:
            self._pdf.set_line_width(2 * fonts.BOLDER * text.size * _POINT)
            self._text(text, x, y)
        self._bold.clear()
        self._pdf.text_mode = TextMode.FILL

    def _symbol(self, label: Ready, x: float, y: float) -> None:
        layout = label.layout
        module = layout.module * _POINT
        left = (x + layout.x) * _POINT + QUIET * module
        top = self._height - (y + layout.y) * _POINT - QUIET * module
        place = f"{module:.5f} 0 0 {-module:.5f} {left:.4f} {top:.4f} cm"
        # fpdf2 has paths, but each of their points costs as much as a row of modules does so.
        self._pdf._out(f"q {place}\n0 g\n{label.symbol.rectangles()}\nf Q")

    def _text(self, text: Text, x: float, y: float) -> None:
        size = text.size * _POINT
        at = (x + text.x) * _POINT
        for part, number in fonts.pieces(text.text):
            self._pdf.set_font(self._family(number), size=size)
            self._pdf.text(at, (y + text.y) * _POINT, part)
            at += fonts.width(part, size)

    def _family(self, number: int) -> str:
        name = f"f{number}"
        if number not in self._families:
            path, index = fonts.files()[number]
            self._pdf.add_font(name, fname=path, collection_font_number=index)
            self._families.add(number)
        return name
