"""Labels as dots: PNG pictures, and ZPL II and TSPL for label printers.

They are drawn once for each face, the symbol and the serial for each label. For a printer a label
is a picture too (`^GFA`, `BITMAP`), its symbol and its Chinese text alike: printers' own fonts and
symbols differ from one to the other, and no text of a person can be a command. Nothing is left in
the printer, so any label can be taken out of the file.
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from suyuan.trace.format.errors import LedgerError

from . import fonts
from .label import Label
from .label_layout import ready
from .label_sizes import SIZES, Size, sheet_of
from .label_texts import Text
from .qr_symbol import QUIET, Symbol

RESOLUTIONS = (203, 300, 600)
"""Dots an inch of label printers."""

_DARK = 110  # of 255: what a thermal printer burns of the grey edge of a stroke
Picture = Image.Image
MAX_DOTS = 120_000_000
"""Dots of one picture: some 300 labels at 300 dots an inch."""
GAP = 2.0
"""Millimetres between the labels of a roll."""
_RUN = re.compile(r"(.)\1*")


@dataclass(frozen=True, slots=True)
class Part:
    """A picture and the dots of its upper left corner on the label."""

    x: int
    y: int
    picture: Picture


@dataclass(frozen=True, slots=True)
class Parts:
    """A label in grey: its shared face, its symbol of whole dots a module, and its serial."""

    face: Picture
    symbol: Symbol
    at: tuple[int, int]
    module: int
    serial: Part | None

    def whole(self) -> Picture:
        """All on one picture."""
        picture = self.face.copy()
        picture.paste(symbol_picture(self.symbol, self.module), self.at)
        if self.serial is not None:
            picture.paste(self.serial.picture, (self.serial.x, self.serial.y))
        return picture


def parts(labels: Sequence[Label], size: Size, dpi: int) -> Iterator[Parts]:
    """Each label at `dpi`; LedgerError where one does not fit, or there is no font."""
    scale = dpi / 25.4
    dots = (round(size.width * scale), round(size.height * scale))
    faces: dict[int, Picture] = {}
    for label in ready(labels, size, fonts.width, 1 / scale):
        layout = label.layout
        if id(layout) not in faces:
            face = faces[id(layout)] = Image.new("L", dots, 255)
            for text in layout.texts:
                _write(ImageDraw.Draw(face), text, scale)
        module = round(layout.module * scale)
        at = tuple(round(start * scale) + QUIET * module for start in (layout.x, layout.y))
        serial = next((_strip(text, scale) for text in label.serial), None)
        yield Parts(faces[id(layout)], label.symbol, (at[0], at[1]), module, serial)


def bits(picture: Picture) -> Picture:
    """A label in black and white, as a label printer has it."""
    return picture.point(lambda grey: 255 if grey > _DARK else 0).convert("1")


def require_resolution(dpi: int) -> None:
    """LedgerError for a resolution at which modules would not be sharp, or beyond printers'."""
    if not RESOLUTIONS[0] <= dpi <= RESOLUTIONS[-1]:
        raise LedgerError(
            "%s dots an inch: label printers have %s, at which a module has 4, to "
            "%s; take a higher resolution or a lower one",
            dpi,
            RESOLUTIONS[0],
            RESOLUTIONS[-1],
        )


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


def render_sheet_png(
    labels: Sequence[Label], *, columns: int = 3, dpi: int = 300, size: Size = SIZES["60x40"]
) -> bytes:
    """A sheet of labels in grey, modules of whole dots, with its resolution.

    LedgerError for none, too many, modules under 4 dots, and where one does not fit.
    """
    require_resolution(dpi)
    sheet = sheet_of(len(labels), columns, size)
    scale = dpi / 25.4
    dots = (round(sheet.width * scale), round(sheet.height * scale))
    if dots[0] * dots[1] > MAX_DOTS:
        raise LedgerError(
            "%s labels are too many for one picture: make several, or a PDF", len(labels)
        )
    page = Image.new("L", dots, 255)
    draw = ImageDraw.Draw(page)
    for part, (x, y) in zip(parts(labels, size, dpi), sheet.places, strict=True):
        picture = part.whole()
        left, top = round(x * scale), round(y * scale)
        page.paste(picture, (left, top))
        if sheet.is_framed:
            frame = (left, top, left + picture.width - 1, top + picture.height - 1)
            draw.rounded_rectangle(frame, radius=round(scale), outline=190, width=1)
    out = io.BytesIO()
    page.save(out, "PNG", dpi=(dpi, dpi), optimize=True)
    return out.getvalue()


def render_zpl(labels: Sequence[Label], size: Size, *, dpi: int = 203) -> bytes:
    """One format (`^XA` … `^XZ`) a label, in ASCII. Raises LedgerError as `parts`."""
    require_resolution(dpi)
    return b"".join(_formats(labels, size, dpi))


def _formats(labels: Sequence[Label], size: Size, dpi: int) -> Iterator[bytes]:
    faces: dict[int, str] = {}
    for part in parts(labels, size, dpi):
        across, down = part.face.size
        face = faces.get(id(part.face))
        if face is None:
            face = faces[id(part.face)] = _picture(0, 0, part.face)
        fields = face + _symbol(part)
        if part.serial is not None:
            fields += _picture(part.serial.x, part.serial.y, part.serial.picture)
        yield f"^XA\n^PW{across}\n^LL{down}\n^LH0,0\n{fields}^XZ\n".encode("ascii")


def _picture(x: int, y: int, picture: Picture) -> str:
    across, _ = picture.size
    row = (across + 7) // 8
    data = bytes(255 - byte for byte in bits(picture).tobytes())  # in ZPL 1 is black
    mask = 0xFF << -across % 8 & 0xFF  # bits beyond the edge stay white
    lines = [data[at : at + row] for at in range(0, len(data), row)]
    return _field(x, y, [(line[:-1] + bytes([line[-1] & mask])).hex().upper() for line in lines])


def _symbol(part: Parts) -> str:
    width = part.symbol.side * part.module
    digits = (width + 7) // 8 * 2
    rows: list[str] = []
    for row in part.symbol.text().split():
        wide = row.replace("0", "0" * part.module).replace("1", "1" * part.module)
        line = f"{int(wide, 2) << digits * 4 - width:0{digits}X}"
        rows += [line] * part.module
    return _field(*part.at, rows)


def _field(x: int, y: int, rows: Sequence[str]) -> str:
    row = len(rows[0]) // 2
    total = row * len(rows)
    return f"^FO{x},{y}^GFA,{total},{total},{row},\n{compressed(rows)}\n^FS\n"


def compressed(rows: Sequence[str]) -> str:
    """Rows of hexadecimal digits in ZPL's shorthand for graphics, one line each.

    `G` to `Y` stand for 1 to 19 of the digit that follows, `g` to `z` for 20 to 400; a comma for
    zeros to the end of the row, `!` for Fs, a colon for the row before.
    """
    lines: list[str] = []
    for number, row in enumerate(rows):
        if number and row == rows[number - 1]:
            lines.append(":")
            continue
        end = ""
        body = row
        for digit, mark in (("0", ","), ("F", "!")):
            rest = row.rstrip(digit)
            if len(rest) < len(row):
                body, end = rest, mark
        lines.append("".join(_run(run[0], run[1]) for run in _RUN.finditer(body)) + end)
    return "\n".join(lines)


def _run(whole: str, digit: str) -> str:
    count = len(whole)
    if count < 3:
        return whole
    marks = "z" * (count // 400)
    twenties, ones = divmod(count % 400, 20)
    marks += chr(ord("f") + twenties) if twenties else ""
    marks += chr(ord("F") + ones) if ones else ""
    return marks + digit


def render_tspl(labels: Sequence[Label], size: Size, *, dpi: int = 203, gap: float = GAP) -> bytes:
    """The size, then for each label its picture (0 is black) and PRINT. Raises as `parts`."""
    require_resolution(dpi)
    head = f"SIZE {size.width:g} mm,{size.height:g} mm\r\nGAP {gap:g} mm,0 mm\r\nREFERENCE 0,0\r\n"
    return head.encode("ascii") + b"".join(_jobs(labels, size, dpi))


def _jobs(labels: Sequence[Label], size: Size, dpi: int) -> Iterator[bytes]:
    for part in parts(labels, size, dpi):
        picture = part.whole()
        across, down = picture.size
        row = (across + 7) // 8
        data = bytearray(bits(picture).tobytes())
        if across % 8:  # bits beyond the label's edge stay white
            for at in range(row - 1, len(data), row):
                data[at] |= 0xFF >> across % 8
        yield f"CLS\r\nBITMAP 0,0,{row},{down},0,".encode("ascii") + data + b"\r\nPRINT 1,1\r\n"
