"""Labels as a file, by its kind; and as SVG: vectors, for print shops and browsers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.lineage.drawing.drawing_cards import width

from .label import Label, visible
from .label_layout import Ready, ready
from .label_raster import GAP, render_sheet_png, render_tspl, render_zpl
from .label_sizes import SIZES, Size, sheet_of
from .label_texts import Text

LIMIT = 2_000
"""Labels on one sheet."""

_FONTS = (
    "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',"
    "sans-serif"
)


def render_sheet_svg(
    labels: Sequence[Label], *, columns: int = 3, size: Size = SIZES["60x40"]
) -> str:
    """A sheet of labels in millimetres, symbols as paths, texts as text of estimated width.

    LedgerError for none, too many, and where one does not fit.
    """
    if len(labels) > LIMIT:
        raise LedgerError("%s labels are too many for one sheet: at most %s", len(labels), LIMIT)
    sheet = sheet_of(len(labels), columns, size)
    across, down = _n(sheet.width), _n(sheet.height)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{across}mm" height="{down}mm" '
        f'viewBox="0 0 {across} {down}" font-family="{_FONTS}">\n'
        f'<rect width="{across}" height="{down}" fill="#fff"/>\n'
    ]
    frame = (
        f'<rect width="{_n(size.width)}" height="{_n(size.height)}" rx="1" fill="none" '
        'stroke="#bbb" stroke-width=".15"/>\n'
    )
    for label, (x, y) in zip(ready(labels, size, width), sheet.places, strict=True):
        parts.append(f'<g transform="translate({_n(x)} {_n(y)})">\n')
        parts.append((frame if sheet.is_framed else "") + _label(label) + "</g>\n")
    return "".join(parts) + "</svg>\n"


def _label(label: Ready) -> str:
    layout = label.layout
    place = f"translate({layout.x:.4f} {layout.y:.4f}) scale({layout.module:.6f})"
    texts = "".join(map(_text, label.texts))
    return (
        f'<path aria-label={quoteattr(visible(label.label.url))} transform="{place}" '
        f'shape-rendering="crispEdges" d="{label.symbol.path()}"/>\n{texts}'
    )


def _text(text: Text) -> str:
    weight = ' font-weight="700"' if text.bold else ""
    place = f'x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size)}"'
    return f"<text {place}{weight}>{escape(visible(text.text))}</text>\n"


def _n(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")


KINDS = (".pdf", ".zpl", ".tspl", ".svg", ".png")
MOST = 5_000  # labels of one file, as a server makes it
_PICTURE_DPI, _PRINTER_DPI = 300, 203


@dataclass(frozen=True, slots=True)
class Options:
    """How a file of labels is made; `dpi` None for the usual of its kind.

    `columns` is for pictures of rolls, `skip` for a used sheet, `gap` in millimetres for TSPL.
    """

    size: Size
    when: datetime
    title: str = ""
    language: str = "zh-CN"
    dpi: int | None = None
    columns: int = 3
    skip: int = 0
    gap: float = GAP


def render(kind: str, labels: Sequence[Label], options: Options) -> bytes:
    """The file, `kind` being one of KINDS; LedgerError for another, and where it cannot be made."""
    size = options.size
    if kind in (".zpl", ".tspl") and size.is_sheet:
        raise LedgerError("label printers print rolls: %s is a sheet, for .pdf", size.name)
    if options.skip and not (kind == ".pdf" and size.is_sheet):
        raise LedgerError("only on sheets, in a .pdf, can labels be skipped")
    match kind:
        case ".pdf":
            from .label_pdf import render_pdf  # loads fpdf

            return render_pdf(
                labels, size, when=options.when, title=options.title,
                language=options.language, skip=options.skip,
            )  # fmt: skip
        case ".zpl":
            return render_zpl(labels, size, dpi=options.dpi or _PRINTER_DPI)
        case ".tspl":
            return render_tspl(labels, size, dpi=options.dpi or _PRINTER_DPI, gap=options.gap)
        case ".svg":
            return render_sheet_svg(labels, columns=options.columns, size=size).encode()
        case ".png":
            return render_sheet_png(
                labels, columns=options.columns, dpi=options.dpi or _PICTURE_DPI, size=size
            )
    raise LedgerError("labels are written as %s, not as %s", ", ".join(KINDS), kind or "nothing")
