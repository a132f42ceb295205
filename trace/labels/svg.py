"""Labels as SVG: vectors, for print shops and browsers."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from ..errors import LedgerError
from . import layout, symbol
from .label import Label, visible

LIMIT = 2_000
"""Labels on one sheet."""

_FONTS = (
    "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',"
    "sans-serif"
)
_NARROW = frozenset("ijlIftr.,:;'|!()[] -/")


def render_sheet_svg(labels: Sequence[Label], *, columns: int = 3) -> str:
    """A sheet of labels in millimetres, the symbols as one path each, the texts as text.

    The viewer's fonts draw the texts; their widths are estimated. Raises LedgerError for no
    label, or more than 2,000.
    """
    if len(labels) > LIMIT:
        raise LedgerError(f"{len(labels)} labels are too many for one sheet: at most {LIMIT}")
    sheet = layout.sheet(len(labels), columns)
    width, height = _n(sheet.width), _n(sheet.height)
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" '
        f'viewBox="0 0 {width} {height}" font-family="{_FONTS}">\n'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n'
    ]
    for label, (x, y) in zip(labels, sheet.places, strict=True):
        parts.append(_label(label, x, y))
    return "".join(parts) + "</svg>\n"


def _label(label: Label, x: float, y: float) -> str:
    modules = symbol.matrix(label.url)
    scale = layout.SYMBOL / (len(modules) + 2 * symbol.QUIET)
    texts = "".join(_text(text) for text in layout.texts(label, width))
    return (
        f'<g transform="translate({_n(x)} {_n(y)})">\n'
        f'<rect width="{_n(layout.WIDTH)}" height="{_n(layout.HEIGHT)}" rx="1" fill="none" '
        'stroke="#bbb" stroke-width=".15"/>\n'
        f'<path aria-label={quoteattr(visible(label.url))} transform="scale({scale:.6f})" '
        f'shape-rendering="crispEdges" d="{symbol.path(modules)}"/>\n{texts}</g>\n'
    )


def _text(text: layout.Text) -> str:
    weight = ' font-weight="700"' if text.bold else ""
    place = f'x="{_n(text.x)}" y="{_n(text.y)}" font-size="{_n(text.size)}"'
    return f"<text {place}{weight}>{escape(visible(text.text))}</text>\n"


def width(text: str, size: float, bold: bool) -> float:
    """About how wide a text is, on the wide side for common fonts."""
    units = 0.0
    for letter in text:
        if not letter.isascii():
            units += 1.0
        elif letter in _NARROW:
            units += 0.36
        elif letter.isupper() or letter in "mw@%&":
            units += 0.7
        else:
            units += 0.58
    return units * size * (1.05 if bold else 1.0)


def _n(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
