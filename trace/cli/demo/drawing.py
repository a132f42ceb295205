"""Plain pictures of the demo's products, drawn here so that none is copied in."""

import io
from collections.abc import Callable
from math import cos, pi, sin

from PIL import Image, ImageDraw

_SIDE, _FINE = 480, 2  # pixels; drawn so many times as large, for smooth edges
Pen = ImageDraw.ImageDraw
Box = tuple[float, float, float, float]


def draw(text: str) -> bytes:
    """The PNG of a thing in two colours: `sausages #8c2f2b #b5483c`; KeyError for another thing."""
    thing, dark, light = text.split()
    side = _SIDE * _FINE
    picture = Image.new("RGB", (side, side), "#f4efe4")
    pen = ImageDraw.Draw(picture)
    pen.ellipse(_box(0.5, 0.54, 0.44, 0.4), fill="#dcd3c2")
    pen.ellipse(_box(0.5, 0.52, 0.42, 0.38), fill="#ffffff")
    _THINGS[thing](pen, dark, light)
    out = io.BytesIO()
    picture.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS).quantize(64).save(out, "PNG")
    return out.getvalue()


def _box(x: float, y: float, width: float, height: float) -> Box:
    """An ellipse's box by its middle and its half sides, in parts of the picture."""
    side = _SIDE * _FINE
    return ((x - width) * side, (y - height) * side, (x + width) * side, (y + height) * side)


def _sausages(pen: Pen, dark: str, light: str) -> None:
    for number in range(4):
        y = 0.34 + number * 0.115
        pen.rounded_rectangle(_box(0.5, y, 0.27, 0.045), radius=45 * _FINE, fill=dark)
        pen.rounded_rectangle(_box(0.49, y - 0.015, 0.22, 0.014), radius=14 * _FINE, fill=light)


def _leaves(pen: Pen, dark: str, light: str) -> None:
    for number in range(7):
        turn = pi * (0.15 + number * 0.7 / 6)
        x, y = 0.5 - 0.22 * cos(turn), 0.58 - 0.24 * sin(turn)
        foot = _box(0.5, 0.74, 0, 0)[:2]
        pen.line((*foot, *_box(x, y, 0, 0)[:2]), fill=light, width=26 * _FINE)
        pen.ellipse(_box(x, y, 0.085, 0.1), fill=dark)
    pen.ellipse(_box(0.5, 0.72, 0.09, 0.06), fill=light)


def _fish(pen: Pen, dark: str, light: str) -> None:
    tail = [_box(x, y, 0, 0)[:2] for x, y in ((0.66, 0.52), (0.82, 0.4), (0.82, 0.64))]
    pen.polygon(tail, fill=dark)
    pen.ellipse(_box(0.45, 0.52, 0.26, 0.13), fill=dark)
    pen.ellipse(_box(0.44, 0.56, 0.22, 0.07), fill=light)
    pen.ellipse(_box(0.28, 0.49, 0.02, 0.02), fill="#111111")


def _buns(pen: Pen, dark: str, light: str) -> None:
    for x, y in ((0.36, 0.44), (0.62, 0.44), (0.49, 0.62)):
        pen.ellipse(_box(x, y, 0.135, 0.12), fill=light)
        pen.ellipse(_box(x, y - 0.012, 0.13, 0.11), fill=dark)
        pen.ellipse(_box(x, y - 0.05, 0.02, 0.014), fill=light)


def _meat(pen: Pen, dark: str, light: str) -> None:
    pen.rounded_rectangle(_box(0.5, 0.52, 0.26, 0.19), radius=90 * _FINE, fill=light)
    pen.rounded_rectangle(_box(0.5, 0.54, 0.22, 0.14), radius=70 * _FINE, fill=dark)
    for y in (0.47, 0.55, 0.62):
        pen.line((*_box(0.34, y, 0, 0)[:2], *_box(0.64, y - 0.03, 0, 0)[:2]), light, 10 * _FINE)


_THINGS: dict[str, Callable[[Pen, str, str], None]] = {
    "sausages": _sausages,
    "leaves": _leaves,
    "fish": _fish,
    "buns": _buns,
    "meat": _meat,
}
