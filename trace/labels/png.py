"""Labels as a PNG picture, for label printers and messengers."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from ..errors import LedgerError
from . import fonts, layout, symbol
from .label import Label

MIN_DOTS = 4
"""Dots that a module has at least, so that printers keep it square."""

MAX_DOTS = 120_000_000
"""Dots of one picture: some 300 labels at 300 dots an inch."""


def render_sheet_png(labels: Sequence[Label], *, columns: int = 3, dpi: int = 300) -> bytes:
    """A sheet of labels in grey, modules of whole dots, with its resolution.

    Characters that no font here has are drawn as 〓. Raises LedgerError for no label, too many
    for one picture, a resolution at which modules would have under 4 dots, and where no font
    has Chinese characters.
    """
    sheet = layout.sheet(len(labels), columns)
    scale = dpi / 25.4
    size = (round(sheet.width * scale), round(sheet.height * scale))
    if size[0] * size[1] > MAX_DOTS:
        raise LedgerError(
            f"{len(labels)} labels are too many for one picture: make several, or an SVG"
        )
    picture = Image.new("L", size, 255)
    draw = ImageDraw.Draw(picture)
    for label, (x, y) in zip(labels, sheet.places, strict=True):
        _draw(draw, label, (round(x * scale), round(y * scale)), scale, dpi)
    out = io.BytesIO()
    picture.save(out, "PNG", dpi=(dpi, dpi), optimize=True)
    return out.getvalue()


def _draw(
    draw: ImageDraw.ImageDraw, label: Label, corner: tuple[int, int], scale: float, dpi: int
) -> None:
    left, top = corner
    frame = (left, top, left + round(layout.WIDTH * scale), top + round(layout.HEIGHT * scale))
    draw.rounded_rectangle(frame, radius=round(scale), outline=190, width=1)
    modules = symbol.matrix(label.url)
    side = len(modules) + 2 * symbol.QUIET
    dots = int(layout.SYMBOL * scale) // side
    if dots < MIN_DOTS:
        raise LedgerError(
            f"at {dpi} dots an inch a module of the symbol has {dots} dots, and needs {MIN_DOTS}: "
            "take a higher resolution or a shorter base URL"
        )
    spare = (int(layout.SYMBOL * scale) - dots * side) // 2 + symbol.QUIET * dots
    for y, row in enumerate(modules):
        for x, dark in enumerate(row):
            if dark:
                at = (left + spare + x * dots, top + spare + y * dots)
                draw.rectangle((*at, at[0] + dots - 1, at[1] + dots - 1), fill=0)

    def measure(text: str, size: float, bold: bool) -> float:
        pixels = round(size * scale)
        width = sum(font.getlength(part) for part, font in fonts.runs(text, pixels))
        return (width + (2 * _stroke(pixels) if bold else 0)) / scale

    for text in layout.texts(label, measure):
        pixels = round(text.size * scale)
        start = left + text.x * scale
        for part, font in fonts.runs(text.text, pixels):
            stroke = _stroke(pixels) if text.bold else 0
            draw.text(
                (start, top + text.y * scale),
                part,
                fill=0,
                font=font,
                anchor="ls",
                stroke_width=stroke,
            )
            start += font.getlength(part)


def _stroke(pixels: int) -> float:
    """How much bolder than the regular font, which is the only one shipped."""
    return max(pixels / 55, 0.5)
