"""Labels in ZPL II, for Zebra's label printers and those that speak as they do.

Each label is a picture (`^GFA`), its symbol and its Chinese text alike: printers' own fonts and
symbols differ from one to the other, and no text of a person can be a command. Nothing is left in
the printer, so any label can be taken out of the file.
"""

import re
from collections.abc import Iterator, Sequence

from . import raster
from .label import Label
from .sizes import Size

_RUN = re.compile(r"(.)\1*")


def render_zpl(labels: Sequence[Label], size: Size, *, dpi: int = 203) -> bytes:
    """One format (`^XA` … `^XZ`) a label, in ASCII. Raises LedgerError as `raster.parts`."""
    raster.require_resolution(dpi)
    return b"".join(_formats(labels, size, dpi))


def _formats(labels: Sequence[Label], size: Size, dpi: int) -> Iterator[bytes]:
    faces: dict[int, str] = {}
    for one in raster.parts(labels, size, dpi):
        across, down = one.face.size
        face = faces.get(id(one.face))
        if face is None:
            face = faces[id(one.face)] = _picture(0, 0, one.face)
        fields = face + _symbol(one)
        if one.serial is not None:
            fields += _picture(one.serial.x, one.serial.y, one.serial.picture)
        yield f"^XA\n^PW{across}\n^LL{down}\n^LH0,0\n{fields}^XZ\n".encode("ascii")


def _picture(x: int, y: int, picture: raster.Picture) -> str:
    across, _ = picture.size
    row = (across + 7) // 8
    data = bytes(255 - byte for byte in raster.bits(picture).tobytes())  # in ZPL 1 is black
    mask = 0xFF << -across % 8 & 0xFF  # bits beyond the edge stay white
    lines = [data[at : at + row] for at in range(0, len(data), row)]
    return _field(x, y, [(line[:-1] + bytes([line[-1] & mask])).hex().upper() for line in lines])


def _symbol(one: raster.Parts) -> str:
    """The symbol alone, each module so many dots in both directions."""
    width = one.symbol.side * one.module
    digits = (width + 7) // 8 * 2
    rows: list[str] = []
    for row in one.symbol.text().split():
        wide = row.replace("0", "0" * one.module).replace("1", "1" * one.module)
        line = f"{int(wide, 2) << digits * 4 - width:0{digits}X}"
        rows += [line] * one.module
    return _field(*one.at, rows)


def _field(x: int, y: int, rows: Sequence[str]) -> str:
    row = len(rows[0]) // 2
    total = row * len(rows)
    return f"^FO{x},{y}^GFA,{total},{total},{row},\n{compressed(rows)}\n^FS\n"


def compressed(rows: Sequence[str]) -> str:
    """Rows of hexadecimal digits in ZPL's shorthand for graphics, one line each.

    `G` to `Y` stand for 1 to 19 of the digit that follows, `g` to `z` for 20 to 400; a comma for
    zeros to the end of the row, `!` for Fs, a colon for the row before.
    """
    found: list[str] = []
    for number, row in enumerate(rows):
        if number and row == rows[number - 1]:
            found.append(":")
            continue
        end = ""
        body = row
        for digit, mark in (("0", ","), ("F", "!")):
            rest = row.rstrip(digit)
            if len(rest) < len(row):
                body, end = rest, mark
        found.append("".join(_run(run[0], run[1]) for run in _RUN.finditer(body)) + end)
    return "\n".join(found)


def _run(whole: str, digit: str) -> str:
    count = len(whole)
    if count < 3:
        return whole
    marks = "z" * (count // 400)
    twenties, ones = divmod(count % 400, 20)
    marks += chr(ord("f") + twenties) if twenties else ""
    marks += chr(ord("F") + ones) if ones else ""
    return marks + digit
