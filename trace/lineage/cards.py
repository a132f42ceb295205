"""What stands in the boxes of a lineage drawing: lots, makings, containers."""

from dataclasses import dataclass
from enum import StrEnum

from ..labels.svg import width
from . import words
from .model import Making, Stay
from .view import Standing, View
from .words import Language

LOT_WIDTH = 236.0
MAKING_WIDTH = 156.0
PADDING = 9.0
LINE = 15.0
SIZE = 11.0
_BIG = 13.0
_HOLDERS = 4
INK, SOFT, RED, AMBER = "#1b1f1d", "#4c5551", "#ad1220", "#7a4d00"


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


@dataclass(frozen=True, slots=True)
class Card:
    """A box: its lines, and the whole of what they cut short, for those who point at it."""

    shape: Shape
    lines: tuple[Line, ...]
    whole: str
    is_root: bool = False
    standing: Standing | None = None

    @property
    def width(self) -> float:
        """How wide it is drawn."""
        return MAKING_WIDTH if self.shape is Shape.MAKING else LOT_WIDTH

    @property
    def height(self) -> float:
        """How high it is drawn."""
        return 2 * PADDING - 4 + LINE * len(self.lines)


def of_item(view: View, item: str, language: Language, *, is_container: bool = False) -> Card:
    """A lot, piece or logistic unit: name, number, code, state, who has how much of it."""
    name, number = view.item_name(item, language), view.number(item, language)
    code = view.code(item)
    lines = [_fitted(name, size=_BIG, is_bold=True)]
    if is_container:
        lines.insert(0, Line(words.say(language, "container"), colour=SOFT))
    lines.extend(
        _fitted(text, colour=SOFT)
        for text in dict.fromkeys((number, code))
        if text and text != name
    )
    standing = (view.standing or {}).get(item)
    if standing is not None:
        colour = AMBER if standing is Standing.ON_HOLD else RED
        caption = words.say(language, standing.replace("_", " "))
        lines.append(Line(caption, size=_BIG, is_bold=True, colour=colour))
    is_root = item in view.graph.roots
    if is_root:
        caption = f"▶ {words.say(language, 'asked for')}"
        lines.insert(0, Line(caption, is_bold=True, colour="#0a6240"))
    held = view.holders(item)
    for stock in held[: _HOLDERS if len(held) <= _HOLDERS else _HOLDERS - 1]:
        amount = words.amount(language, stock.quantity)
        lines.append(_fitted(view.holder(stock, language), amount))
    if len(held) > _HOLDERS:
        more = words.say(language, "holders more", len(held) - _HOLDERS + 1)
        lines.append(Line(more, colour=SOFT))
    shape = Shape.CONTAINER if is_container else Shape.LOT
    return Card(shape, tuple(lines), f"{name} {item}", is_root, standing)


def of_making(view: View, making: Making, language: Language) -> Card:
    """A transformation: its step, who did it, when."""
    step, actor = words.step(language, making.step), view.name(making.actor)
    lines = (
        _fitted(step, is_bold=True, wide=MAKING_WIDTH),
        _fitted(actor, wide=MAKING_WIDTH),
        Line(view.moment(making.time, language), colour=SOFT),
    )
    return Card(Shape.MAKING, lines, f"{step} · {actor} · {making.making}")


def stay_words(view: View, stay: Stay, language: Language) -> str:
    """From when until when an item was in a container."""
    start = view.moment(stay.entered, language)
    if stay.left is None:
        return words.say(language, "since", start)
    return f"{start} – {view.moment(stay.left, language)}"


def _fitted(
    text: str,
    right: str = "",
    *,
    size: float = SIZE,
    is_bold: bool = False,
    colour: str = INK,
    wide: float = LOT_WIDTH,
) -> Line:
    space = wide - 2 * PADDING
    if right:
        right = cut(right, space * 0.6, size)
        space -= width(right, size, False) + 8
    return Line(cut(text, space, size, is_bold), right, size, is_bold, colour)


def cut(text: str, space: float, size: float, is_bold: bool = False) -> str:
    """As much of a text as fits, by an estimate of its width."""
    if width(text, size, is_bold) <= space:
        return text
    while text and width(text + "…", size, is_bold) > space:
        text = text[:-1]
    return text.rstrip() + "…"
