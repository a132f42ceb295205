"""A lineage as a drawing: SVG of plain text, lines and boxes, to be read and printed.

It refers to nothing outside itself and has no script and no style sheet, so that it can be kept
in a file or stand in a page whose policy forbids them. Time flows from left to right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ..errors import LedgerError
from . import cards, words
from .cards import Card, Shape
from .heading import Heading, heading
from .layout import Arrow, Box, Layout, Node, Route, arrange
from .model import Stay
from .view import Standing, View
from .words import Language

MOST = 1_500
"""Boxes in one drawing; more than these nobody can read."""

FONTS = (
    "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',"
    "system-ui,sans-serif"
)
_MARGIN = 20.0
_FILLS = {None: "#fff", Standing.ON_HOLD: "#fff4d1"}
_EDGES = {None: "#7d8883", Standing.ON_HOLD: "#b07a00"}
_RED_FILL, _RED_EDGE = "#fdeaea", "#ad1220"
_LINES = {
    "used": 'stroke="#5a6660"',
    "made": 'stroke="#5a6660"',
    "inside": 'stroke="#6b5b95" stroke-dasharray="5 4"',
    "back": 'stroke="#c2185b" stroke-dasharray="9 3 2 3"',
}


class TooManyError(LedgerError):
    """More boxes than can be drawn."""

    def __init__(self, count: int) -> None:
        super().__init__(
            f"{count:,} boxes are too many to be drawn, at most {MOST:,}: ask for fewer steps, or "
            "for the table"
        )


@dataclass(frozen=True, slots=True)
class Drawing:
    """A whole drawing: its size in units, its elements, and one line that names it."""

    width: float
    height: float
    elements: str
    caption: str
    language: Language


def draw(view: View, language: Language) -> Drawing:
    """A drawing of a lineage with its title block. Raises TooManyError above `MOST` boxes."""
    count = len(view.graph.depth) + len(view.graph.makings)
    if count > MOST:
        raise TooManyError(count)
    found = _Parts(view, language)
    layout = arrange([Node(card.width, card.height) for card in found.cards], found.arrows)
    head = heading(view, language, layout.width)
    wide = max(layout.width, head.width)
    top = head.height + 2 * _MARGIN
    body = "".join(_body(found, layout))
    elements = (
        f'<g transform="translate({_MARGIN} {_MARGIN})">\n{head.elements}</g>\n'
        f'<g transform="translate({_MARGIN} {_n(top)})">\n{body}</g>\n'
    )
    height = top + layout.height + _MARGIN
    return Drawing(wide + 2 * _MARGIN, height, elements, _caption(view, head), language)


def render(drawing: Drawing) -> str:
    """The drawing as one SVG file in its own size."""
    return document(drawing.elements, drawing.width, drawing.height, drawing.caption,
                    drawing.language)  # fmt: skip


def document(
    elements: str, width: float, height: float, caption: str, language: Language, unit: str = ""
) -> str:
    """An SVG file of this size, white, with a title; `unit` is that of the size outside."""
    tag = "zh-CN" if language == "zh" else "en"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_n(width)}{unit}" '
        f'height="{_n(height)}{unit}" viewBox="0 0 {_n(width)} {_n(height)}" '
        f'font-family="{FONTS}" lang="{tag}" role="img" aria-label={quoteattr(caption)}>\n'
        f"<title>{escape(caption)}</title>\n"
        f'<rect width="{_n(width)}" height="{_n(height)}" fill="#fff"/>\n{elements}</svg>\n'
    )


def _caption(view: View, head: Heading) -> str:
    return f"{head.title}: {head.what} · {head.as_of}"


class _Parts:
    """The cards and arrows of a graph, in an order that does not depend on chance."""

    def __init__(self, view: View, language: Language) -> None:
        graph = view.graph
        items = sorted(graph.depth, key=lambda item: (graph.depth[item], item))
        makings = sorted(graph.makings)
        boxes = sorted({stay.container for stay in graph.stays} - set(items))
        self._at = {item: at for at, item in enumerate([*items, *boxes])}
        making_at = {making: len(self._at) + at for at, making in enumerate(makings)}
        self.cards = [cards.of_item(view, item, language) for item in items]
        self.cards += [cards.of_item(view, box, language, is_container=True) for box in boxes]
        self.cards += [cards.of_making(view, graph.makings[making], language) for making in makings]
        self.arrows: list[Arrow] = []
        self.notes: list[str] = []
        for edge in graph.edges:
            item, making = self._at.get(edge.item), making_at.get(edge.making)
            if item is None or making is None:
                continue
            amount = "" if edge.quantity is None else words.amount(language, edge.quantity)
            if edge.is_output:
                self._add(Arrow(making, item, "made"), amount)
            else:
                self._add(Arrow(item, making, "used"), amount)
        for (item_uri, box), stays in _by_pair(graph.stays).items():
            if item_uri in self._at:
                said = cards.stay_words(view, stays[-1], language)
                self._add(Arrow(self._at[item_uri], self._at[box], "inside"), said)

    def _add(self, arrow: Arrow, note: str) -> None:
        self.arrows.append(arrow)
        self.notes.append(note)


def _by_pair(stays: Sequence[Stay]) -> dict[tuple[str, str], list[Stay]]:
    found: dict[tuple[str, str], list[Stay]] = {}
    for stay in sorted(stays, key=lambda stay: (stay.item, stay.container, stay.entered)):
        found.setdefault((stay.item, stay.container), []).append(stay)
    return found


def _body(parts: _Parts, layout: Layout) -> Iterator[str]:
    yield from _lines(parts.arrows, layout.routes)
    yield from _loops(parts.arrows, layout.boxes)
    for card, box in zip(parts.cards, layout.boxes, strict=True):
        yield from _card(card, box)
    yield from _notes(parts, layout.routes)


def _lines(arrows: Sequence[Arrow], routes: Sequence[Route]) -> Iterator[str]:
    pieces: dict[str, dict[str, None]] = {}
    heads: dict[str, dict[str, None]] = {}
    for arrow, route in zip(arrows, routes, strict=True):
        if not route.points:
            continue
        kind = "back" if route.is_back else arrow.kind
        found = pieces.setdefault(kind, {})
        for (x, y), (to_x, to_y) in zip(route.points, route.points[1:], strict=False):
            middle = _n((x + to_x) / 2)
            bend = f"C{middle} {_n(y)} {middle} {_n(to_y)} {_n(to_x)} {_n(to_y)}"
            found[f"M{_n(x)} {_n(y)}{f'H{_n(to_x)}' if y == to_y else bend}"] = None
        if kind != "inside":
            x, y = route.points[0 if route.is_back else -1]
            side = 8 if route.is_back else -8
            head = f"M{_n(x)} {_n(y)}l{side} -4v8z"
            heads.setdefault(kind, {})[head] = None
    for kind, found in pieces.items():
        yield f'<path fill="none" stroke-width="1.4" {_LINES[kind]} d="{"".join(found)}"/>\n'
    for kind, found in heads.items():
        fill = "#c2185b" if kind == "back" else "#5a6660"
        yield f'<path fill="{fill}" d="{"".join(found)}"/>\n'


def _loops(arrows: Sequence[Arrow], boxes: Sequence[Box]) -> Iterator[str]:
    """What is said to be in itself."""
    for arrow in arrows:
        if arrow.tail == arrow.head:
            box = boxes[arrow.tail]
            x, y = box.x + box.width, box.y + 10
            yield (
                f'<path fill="none" stroke-width="1.4" {_LINES["back"]} '
                f'd="M{_n(x)} {_n(y)}c34 -14 34 34 0 20"/>\n'
            )


def _notes(parts: _Parts, routes: Sequence[Route]) -> Iterator[str]:
    """Amounts at the item's end of a line, where only one line begins or ends there."""
    starts: dict[tuple[float, float], set[object]] = {}
    ends: dict[tuple[float, float], set[object]] = {}
    for route in routes:
        if route.points:
            starts.setdefault(route.points[0], set()).add(route.points[1:3])
            ends.setdefault(route.points[-1], set()).add(route.points[-3:-1])
    by_place: dict[tuple[float, float, str], list[str]] = {}
    for arrow, route, note in zip(parts.arrows, routes, parts.notes, strict=True):
        if not note or not route.points or route.is_back:
            continue
        first, last = route.points[0], route.points[-1]
        if arrow.kind == "made" and len(ends[last]) == 1:
            by_place.setdefault((last[0] - 11, last[1], "end"), []).append(note)
        elif arrow.kind != "made" and len(starts[first]) == 1:
            by_place.setdefault((first[0] + 5, first[1], "start"), []).append(note)
    for (x, y, anchor), notes in by_place.items():
        if len(notes) == 1:
            text = cards.cut(notes[0], 150 if ":" in notes[0] else 78, 9)
            yield (
                f'<text x="{_n(x)}" y="{_n(y - 4)}" font-size="9" text-anchor="{anchor}" '
                f'fill="{cards.SOFT}" stroke="#fff" stroke-width="3" paint-order="stroke">'
                f"{escape(text)}</text>\n"
            )


def _card(card: Card, box: Box) -> Iterator[str]:
    is_red = card.standing in (Standing.RECALLED, Standing.CONTAINS_RECALLED)
    fill = _RED_FILL if is_red else _FILLS.get(card.standing, "#fff")
    edge = _RED_EDGE if is_red else _EDGES.get(card.standing, "#7d8883")
    thick = "1.2"
    dash = ""
    round_by = "4"
    if card.shape is Shape.MAKING:
        fill, edge, round_by = "#eef3f0", "#9aa8a1", _n(box.height / 2)
    elif card.shape is Shape.CONTAINER:
        fill = "#faf8fd" if card.standing is None else fill
        edge = "#6b5b95" if card.standing is None else edge
        dash = ' stroke-dasharray="5 4"'
    elif card.is_root:
        thick, edge = "3", edge if is_red else "#0a6240"
    elif is_red:
        thick = "2.2"
    yield (
        f"<g>\n<title>{escape(card.whole)}</title>\n"
        f'<rect x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" '
        f'height="{_n(box.height)}" rx="{round_by}" fill="{fill}" stroke="{edge}" '
        f'stroke-width="{thick}"{dash}/>\n'
    )
    y = box.y + cards.PADDING + 8
    is_centred = card.shape is Shape.MAKING
    for line in card.lines:
        x = box.x + box.width / 2 if is_centred else box.x + cards.PADDING
        yield text(x, y, line.text, line.size, line.is_bold, line.colour,
                   "middle" if is_centred else "start")  # fmt: skip
        if line.right:
            yield text(
                box.x + box.width - cards.PADDING,
                y,
                line.right,
                line.size,
                True,
                line.colour,
                "end",
            )
        y += cards.LINE
    yield "</g>\n"


def text(
    x: float,
    y: float,
    said: str,
    size: float,
    is_bold: bool = False,
    colour: str = cards.INK,
    anchor: str = "start",
) -> str:
    """One line of text at a place."""
    more = ' font-weight="700"' if is_bold else ""
    if anchor != "start":
        more += f' text-anchor="{anchor}"'
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{colour}"{more}>'
        f"{escape(said)}</text>\n"
    )


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
