"""Labels in TSPL, for TSC's label printers and those that speak as they do.

Each label is a picture (`BITMAP`), so no text of a person can be a command, and printers need no
Chinese font.
"""

from collections.abc import Iterator, Sequence

from . import raster
from .label import Label
from .sizes import Size

GAP = 2.0
"""Millimetres between the labels of a roll."""


def render_tspl(labels: Sequence[Label], size: Size, *, dpi: int = 203, gap: float = GAP) -> bytes:
    """The size, then for each label its picture and PRINT. Raises LedgerError as `raster.parts`.

    Bits of the pictures are raw bytes, in which 0 is black.
    """
    raster.require_resolution(dpi)
    head = f"SIZE {size.width:g} mm,{size.height:g} mm\r\nGAP {gap:g} mm,0 mm\r\nREFERENCE 0,0\r\n"
    return head.encode("ascii") + b"".join(_jobs(labels, size, dpi))


def _jobs(labels: Sequence[Label], size: Size, dpi: int) -> Iterator[bytes]:
    for one in raster.parts(labels, size, dpi):
        picture = one.whole()
        across, down = picture.size
        row = (across + 7) // 8
        data = bytearray(raster.bits(picture).tobytes())
        if across % 8:  # bits beyond the label's edge stay white
            for at in range(row - 1, len(data), row):
                data[at] |= 0xFF >> across % 8
        yield f"CLS\r\nBITMAP 0,0,{row},{down},0,".encode("ascii") + data + b"\r\nPRINT 1,1\r\n"
