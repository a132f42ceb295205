"""Labels as dots: drawn once for each face, the symbol and the serial for each label."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from ..errors import LedgerError
from . import fonts
from .batch import ready
from .foot import Text
from .label import Label
from .layout import Layout
from .sizes import Size
from .symbol import QUIET, Symbol

RESOLUTIONS = (203, 300, 600)
"""Dots an inch of label printers."""

_DARK = 110  # of 255: what a thermal printer burns of the grey edge of a stroke
Picture = Image.Image


@dataclass(frozen=True, slots=True)
class Part:
    """A picture and the dots of its upper left corner on the label."""

    x: int
    y: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class Parts:
    """A label in grey: its face, which labels of one batch share, its symbol and its serial.

    The symbol's modules are of `module` whole dots; it and the serial stand on white.
    """

    face: Picture
    symbol: Symbol
    at: tuple[int, int]
    module: int
    serial: Part | None

    def whole(self) -> Picture:
        """All on one picture."""
        found = self.face.copy()
        found.paste(symbol_picture(self.symbol, self.module), self.at)
        if self.serial is not None:
            found.paste(self.serial.picture, (self.serial.x, self.serial.y))
        return found


def parts(labels: Sequence[Label], size: Size, dpi: int) -> Iterator[Parts]:
    """Each label at so many dots an inch.

    Raises LedgerError where one does not fit, or no font has Chinese characters.
    """
    scale = dpi / 25.4
    dots = (round(size.width * scale), round(size.height * scale))
    faces: dict[int, Picture] = {}
    for one in ready(labels, size, fonts.width, 1 / scale):
        layout = one.layout
        if id(layout) not in faces:
            faces[id(layout)] = _face(layout, dots, scale)
        module = round(layout.module * scale)
        at = tuple(round(start * scale) + QUIET * module for start in (layout.x, layout.y))
        serial = next((_strip(t, scale) for t in layout.serial_text(one.label, fonts.width)), None)
        yield Parts(faces[id(layout)], one.symbol, (at[0], at[1]), module, serial)


def bits(picture: Picture) -> Picture:
    """A label in black and white, as a label printer has it."""
    return picture.point(lambda grey: 255 if grey > _DARK else 0).convert("1")


def require_resolution(dpi: int) -> None:
    """LedgerError for a resolution at which modules would not be sharp, or beyond printers'."""
    if not RESOLUTIONS[0] <= dpi <= RESOLUTIONS[-1]:
        raise LedgerError(
            f"{dpi} dots an inch: label printers have {RESOLUTIONS[0]}, at which a module has 4, "
            f"to {RESOLUTIONS[-1]}; take a higher resolution or a lower one"
        )


def _face(layout: Layout, dots: tuple[int, int], scale: float) -> Picture:
    picture = Image.new("L", dots, 255)
    draw = ImageDraw.Draw(picture)
    for text in layout.texts:
        _write(draw, text, scale)
    return picture


def _strip(text: Text, scale: float) -> Part:
    """A line of text on a picture of its own, no larger than it must be."""
    left, top = int(text.x * scale), int((text.y - text.size) * scale)
    width = fonts.width(text.text, text.size) * scale
    strip = Image.new("L", (int(width) + 2, int(1.3 * text.size * scale)), 255)
    moved = replace(text, x=text.x - left / scale, y=text.y - top / scale)
    _write(ImageDraw.Draw(strip), moved, scale)
    return Part(left, top, strip)


def symbol_picture(symbol: Symbol, module: int) -> Picture:
    """A symbol without its quiet zone, each module so many dots wide."""
    size = symbol.side
    rows = b"".join(bytes(0 if dark else 255 for dark in row) for row in symbol.rows())
    small = Image.frombytes("L", (size, size), rows)
    return small.resize((size * module, size * module), Image.Resampling.NEAREST)


def _write(draw: ImageDraw.ImageDraw, text: Text, scale: float) -> None:
    pixels = round(text.size * scale)
    x = text.x * scale
    stroke = max(pixels * fonts.BOLDER, 0.5) if text.bold else 0.0
    for part, font in fonts.runs(text.text, pixels):
        draw.text(
            (x, round(text.y * scale)), part, fill=0, font=font, anchor="ls", stroke_width=stroke
        )
        x += font.getlength(part)
