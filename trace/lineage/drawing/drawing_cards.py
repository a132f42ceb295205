"""What stands in a lineage drawing: pieces of SVG, and boxes of lots, makings, containers."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from xml.sax.saxutils import escape

from suyuan.trace.format.messages import Language, msg, msg_in

from ..model import Making, Stay
from . import drawing_texts as words
from .lineage_view import Mark, View

INK, SOFT = "#1b1f1d", "#4c5551"
RED, AMBER, GREEN, VIOLET, PINK = "#ad1220", "#7a4d00", "#0a6240", "#5b4a86", "#c2185b"
ICON = 12.0
"""What stands in a lineage drawing: pieces of SVG, and boxes of lots, makings, containers."""

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
    digits = f"{number:.2f}".rstrip("0").rstrip(".")
    return "0" if digits == "-0" else digits


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


LOT_WIDTH = 236.0
MAKING_WIDTH = 164.0
PADDING = 9.0
LINE = 15.0
SIZE = 11.0
BIG = 13.0
_HOLDERS = 4
_CONTENTS = 4
_COLOURS = {Mark.RECALLED: RED, Mark.CONTAINS_RECALLED: RED, Mark.ON_HOLD: AMBER}


class Shape(StrEnum):
    """What a card is of."""

    LOT = "lot"
    MAKING = "making"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text, with another at the right end where there is one, both cut to fit."""

    text: str
    right: str = ""
    size: float = SIZE
    is_bold: bool = False
    colour: str = INK
    icon: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A box: its lines, and the whole of what they cut short, for those who point at it."""

    shape: Shape
    lines: tuple[Line, ...]
    whole: str
    is_root: bool = False
    mark: Mark | None = None

    @property
    def width(self) -> float:
        """How wide it is drawn."""
        return MAKING_WIDTH if self.shape is Shape.MAKING else LOT_WIDTH

    @property
    def height(self) -> float:
        """How high it is drawn."""
        return 2 * PADDING - 4 + LINE * len(self.lines)


def of_item(view: View, item: str, stays: Sequence[Stay], language: Language) -> Card:
    """A lot, piece or logistic unit and who has it; with others' `stays` a container of them."""
    lines = [*_head(view, item, language), *_marks(view, item, language)]
    if stays:
        caption = msg_in("lineage", "Container").text(language)
        lines.insert(0, Line(caption, is_bold=True, colour=VIOLET, icon="container"))
    lines += _contents(view, stays, language) if stays else _holders(view, item, language)
    return Card(
        Shape.CONTAINER if stays else Shape.LOT,
        tuple(lines),
        f"{view.item_name(item, language)} {item}",
        item in view.graph.roots,
        view.marks.get(item),
    )


def _holders(view: View, item: str, language: Language) -> Iterator[Line]:
    held = view.holders(item)
    shown = held[: _HOLDERS if len(held) <= _HOLDERS else _HOLDERS - 1]
    for stock in shown:
        amount = words.amount(stock.quantity).text(language)
        yield _fitted(view.holder(stock, language), amount)
    if len(held) > len(shown):
        more = msg("and %(count)s more places", count=len(held) - len(shown)).text(language)
        yield Line(more, colour=SOFT)


def _contents(view: View, stays: Sequence[Stay], language: Language) -> Iterator[Line]:
    shown = stays[: _CONTENTS if len(stays) <= _CONTENTS else _CONTENTS - 1]
    for stay in shown:
        amount = "" if stay.quantity is None else words.amount(stay.quantity).text(language)
        yield _fitted(view.item_name(stay.item, language), amount)
        yield _fitted(f"  {view.stay(stay, language)}", colour=SOFT)
    if len(stays) > len(shown):
        more = msg("and %(count)s more", count=len(stays) - len(shown)).text(language)
        yield Line(more, colour=SOFT)


def of_making(view: View, making: Making, language: Language) -> Card:
    """A transformation: its step, who did it, when."""
    step, actor = words.step(language, making.step), view.name(making.maker)
    lines = [
        _fitted(step, is_bold=True, wide=MAKING_WIDTH),
        *(Line(part) for part in wrapped(actor, MAKING_WIDTH - 2 * PADDING, SIZE)),
        Line(view.moment(making.time, language), colour=SOFT),
    ]
    if making.is_reported:
        lines.append(Line(msg("as reported").text(language), colour=SOFT))
    return Card(Shape.MAKING, tuple(lines), f"{step} · {actor} · {making.making}")


def _head(view: View, item: str, language: Language) -> Iterator[Line]:
    name, number = view.item_name(item, language), view.number(item, language)
    if item in view.graph.roots:
        caption = msg("asked for").text(language)
        yield Line(caption, is_bold=True, colour=GREEN, icon="root")
    for part in wrapped(name, LOT_WIDTH - 2 * PADDING, BIG, is_bold=True):
        yield Line(part, size=BIG, is_bold=True)
    if name in number:  # an SSCC: what it is, without saying it twice
        number = number.replace(name, "").strip()
    for text in dict.fromkeys((number, view.about.get(item, ""), view.code(item))):
        if text and text != name:
            yield _fitted(text, colour=SOFT)


def _marks(view: View, item: str, language: Language) -> Iterator[Line]:
    if (mark := view.marks.get(item)) is not None:
        caption = words.MARKS[mark].text(language)
        colour = _COLOURS[mark]
        yield Line(caption, size=BIG, is_bold=True, colour=colour, icon=mark.value)
    if findings := view.findings.get(item, ()):
        caption = msg("doubts: %(count)s", count=len(findings)).text(language)
        yield Line(caption, is_bold=True, colour=VIOLET, icon="doubted")


def _fitted(
    text: str,
    right: str = "",
    *,
    is_bold: bool = False,
    colour: str = INK,
    wide: float = LOT_WIDTH,
) -> Line:
    space = wide - 2 * PADDING
    if right:
        right = cut(right, space * 0.6, SIZE, is_bold=True)
        space -= width(right, SIZE, True) + 8
    return Line(cut(text, space, SIZE, is_bold=is_bold), right, SIZE, is_bold, colour)


def space(line: Line) -> float:
    """How far a line's text starts from the left of its card."""
    return PADDING + (ICON + 5 if line.icon else 0)
