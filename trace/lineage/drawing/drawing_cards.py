"""What stands in the boxes of a lineage drawing: lots, makings, containers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from suyuan.trace.format.messages import Language, msg, msg_in

from ..model import Making, Stay
from . import lineage_words as words
from .drawing_shapes import AMBER, GREEN, ICON, INK, RED, SOFT, VIOLET, cut, width, wrapped
from .lineage_view import Mark, View

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
    """A lot, piece or logistic unit: name, number, code, state, who has how much of it.

    With the `stays` of others in it a container: what was in it, from when until when.
    """
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
    for text in dict.fromkeys((number, view.code(item))):
        if text and text != name:
            yield _fitted(text, colour=SOFT)


def _marks(view: View, item: str, language: Language) -> Iterator[Line]:
    mark = view.marks.get(item)
    if mark is not None:
        caption = words.MARKS[mark].text(language)
        colour = _COLOURS[mark]
        yield Line(caption, size=BIG, is_bold=True, colour=colour, icon=mark.value)
    findings = view.findings.get(item, ())
    if findings:
        caption = msg("doubts: %(count)s", count=len(findings)).text(language)
        yield Line(caption, is_bold=True, colour=VIOLET, icon="doubted")


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
        right = cut(right, space * 0.6, size, is_bold=True)
        space -= width(right, size, True) + 8
    return Line(cut(text, space, size, is_bold=is_bold), right, size, is_bold, colour)


def space(line: Line) -> float:
    """How far a line's text starts from the left of its card."""
    return PADDING + (ICON + 5 if line.icon else 0)
