"""Labels as SVG: vectors, for print shops and browsers."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.lineage.drawing.drawing_shapes import width

from .label import Label, visible
from .label_layout import Ready, ready
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
    """A sheet of labels in millimetres, the symbols as one path each, the texts as text.

    The viewer's fonts draw the texts; their widths are estimated. Raises LedgerError for no
    label, more than 2,000 or than a page of A4 holds, and where one does not fit.
    """
    if len(labels) > LIMIT:
        raise LedgerError(f"{len(labels)} labels are too many for one sheet: at most {LIMIT}")
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
    for one, (x, y) in zip(ready(labels, size, width), sheet.places, strict=True):
        parts.append(f'<g transform="translate({_n(x)} {_n(y)})">\n')
        parts.append((frame if sheet.is_framed else "") + _label(one) + "</g>\n")
    return "".join(parts) + "</svg>\n"


def _label(one: Ready) -> str:
    layout = one.layout
    place = f"translate({layout.x:.4f} {layout.y:.4f}) scale({layout.module:.6f})"
    texts = "".join(map(_text, one.texts))
    return (
        f'<path aria-label={quoteattr(visible(one.label.url))} transform="{place}" '
        f'shape-rendering="crispEdges" d="{one.symbol.path()}"/>\n{texts}'
    )


def _text(text: Text) -> str:
    weight = ' font-weight="700"' if text.bold else ""
    place = f'x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size)}"'
    return f"<text {place}{weight}>{escape(visible(text.text))}</text>\n"


def _n(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
