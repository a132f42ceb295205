"""Labels as tests make them."""

from PIL import ImageDraw

from suyuan.trace.format.identifiers import codes
from suyuan.trace.labels.label import Label, Line, label
from suyuan.trace.labels.qr_symbol import QUIET

BASE = "https://trace.food.example"
CODE = codes.from_bits(7**25)
SERIALS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FACTS = (
    Line("生产日期", "2026-11-23", "生产", most=None),
    Line("保质期", "5 天", most=None),
    Line("产地", "厦门市同安区"),
    Line("生产者", "厦门市同安区𠮷祥蔬菜专业合作社"),
)
SOURCES = Line("来源", "青山农场 11-22、绿野合作社 11-23、𠮷祥农场 11-23", is_whole=True)


def labels(count: int = 1, product: str = "带皮五花肉", lines=FACTS, base=BASE) -> list[Label]:
    """Labels of one batch."""
    serials = [SERIALS[n % 32] * 6 + f"{n:07d}" for n in range(count)]
    return [label(base, CODE, serial, product, lines, short="58213") for serial in serials]


def covered(picture, box, side: int, grey: int = 255):
    """The picture with a square of 10 % of a symbol's area over the symbol's middle.

    `box` is where the symbol lies with its quiet zone, `side` its modules without.
    """
    left, top, right, bottom = box
    module = (right - left) / (side + 2 * QUIET)
    half = side * module * 0.1**0.5 / 2
    x, y = (left + right) / 2, (top + bottom) / 2
    masked = picture.copy()
    square = (x - half, y - half, x + half, y + half)
    ImageDraw.Draw(masked).rectangle(square, fill=grey)
    return masked
