"""Pieces of a drawing in SVG: text that fits, and the symbols that go with each colour."""

from collections.abc import Mapping
from xml.sax.saxutils import escape

INK, SOFT = "#1b1f1d", "#4c5551"
RED, AMBER, GREEN, VIOLET, PINK = "#ad1220", "#7a4d00", "#0a6240", "#5b4a86", "#c2185b"
ICON = 12.0
"""How wide and high a symbol is."""

_NARROW = frozenset("ijlIftr.,:;'|!()[] -/")
# Each in a square of 12, told apart by its outline alone: octagon, triangle, bars, question mark.
_ICONS: Mapping[str, tuple[str, str]] = {
    "recalled": (
        RED,
        "M3.5 0h5L12 3.5v5L8.5 12h-5L0 8.5v-5zM3.2 4.3 4.9 6 3.2 7.7 4.3 8.8 "
        "6 7.1 7.7 8.8 8.8 7.7 7.1 6 8.8 4.3 7.7 3.2 6 4.9 4.3 3.2z",
    ),
    "contains_recalled": (RED, "M6 .3 12 11.7H0zM5.3 4v4h1.4V4zm0 5v1.4h1.4V9z"),
    "on_hold": (
        AMBER,
        "M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0zM3.6 3.2h1.7v5.6H3.6zm3.1 0h1.7v5.6H6.7z",
    ),
    "doubted": (
        VIOLET,
        "M6 0a6 6 0 1 0 0 12A6 6 0 0 0 6 0zM5.2 8.6v1.5h1.5V8.6zM3.5 4.6H5c0-1.5 2-1.5 2 0 0 "
        "1-1.8 1.1-1.8 3.1h1.5c0-1.3 1.8-1.4 1.8-3.2 0-3-5-3-5 .1z",
    ),
    "root": (GREEN, "M1 0 11 6 1 12z"),
    "container": (VIOLET, "M0 1h12v10H0zM1.4 2.4v1.8h9.2V2.4zm0 3.2v4h9.2v-4zM4 6.6h4v1.2H4z"),
}


def n(number: float) -> str:
    """A number in few digits."""
    found = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if found == "-0" else found


def text(
    x: float,
    y: float,
    line: str,
    *,
    size: float,
    is_bold: bool = False,
    colour: str = INK,
    anchor: str = "start",
    has_halo: bool = False,
) -> str:
    """One line of text at a place; with a halo it can be read over lines."""
    more = ' font-weight="700"' if is_bold else ""
    if anchor != "start":
        more += f' text-anchor="{anchor}"'
    if has_halo:
        more += ' stroke="#fff" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    return (
        f'<text x="{n(x)}" y="{n(y)}" font-size="{n(size)}" fill="{colour}"{more}>'
        f"{escape(line)}</text>\n"
    )


def icon(x: float, y: float, name: str) -> str:
    """A symbol with its left upper corner at a place."""
    colour, path = _ICONS[name]
    return (
        f'<path transform="translate({n(x)} {n(y)})" fill="{colour}" fill-rule="evenodd" '
        f'd="{path}"/>\n'
    )


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


def cut(text: str, space: float, size: float, *, is_bold: bool = False) -> str:
    """As much of a text as fits, by an estimate of its width."""
    if width(text, size, is_bold) <= space:
        return text
    while text and width(text + "…", size, is_bold) > space:
        text = text[:-1]
    return text.rstrip() + "…"


def wrapped(text: str, space: float, size: float, *, is_bold: bool = False) -> list[str]:
    """A text in at most two lines, the second cut to fit; parted at a space where there is one."""
    if width(text, size, is_bold) <= space:
        return [text]
    end = len(text)
    while end > 1 and width(text[:end], size, is_bold) > space:
        end -= 1
    if 2 * end >= len(text):  # it fits in two: about the same in each
        end = (len(text) + 1) // 2
    blank = text.rfind(" ", end // 2, end + 1)
    end = blank if blank > 0 else end
    return [text[:end].rstrip(), cut(text[end:].lstrip(), space, size, is_bold=is_bold)]
