"""Labels as a PNG picture, to be cut apart, or as one sheet."""

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from ..errors import LedgerError
from . import raster, sheets
from .label import Label
from .sizes import SIZES, Size

MAX_DOTS = 120_000_000
"""Dots of one picture: some 300 labels at 300 dots an inch."""


def render_sheet_png(
    labels: Sequence[Label], *, columns: int = 3, dpi: int = 300, size: Size = SIZES["60x40"]
) -> bytes:
    """A sheet of labels in grey, modules of whole dots, with its resolution.

    Characters that no font here has are drawn as 〓. Raises LedgerError for no label, too many
    for one picture, a resolution at which modules would have under 4 dots, and where no font
    has Chinese characters or a label does not fit.
    """
    raster.require_resolution(dpi)
    sheet = sheets.sheet(len(labels), columns, size)
    scale = dpi / 25.4
    dots = (round(sheet.width * scale), round(sheet.height * scale))
    if dots[0] * dots[1] > MAX_DOTS:
        raise LedgerError(
            f"{len(labels)} labels are too many for one picture: make several, or a PDF"
        )
    page = Image.new("L", dots, 255)
    draw = ImageDraw.Draw(page)
    for parts, (x, y) in zip(raster.parts(labels, size, dpi), sheet.places, strict=True):
        picture = parts.whole()
        left, top = round(x * scale), round(y * scale)
        page.paste(picture, (left, top))
        if sheet.is_framed:
            frame = (left, top, left + picture.width - 1, top + picture.height - 1)
            draw.rounded_rectangle(frame, radius=round(scale), outline=190, width=1)
    out = io.BytesIO()
    page.save(out, "PNG", dpi=(dpi, dpi), optimize=True)
    return out.getvalue()
