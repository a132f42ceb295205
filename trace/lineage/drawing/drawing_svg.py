"""A lineage as a drawing: SVG of plain text, lines and boxes, to be read and printed on sheets.

It refers to nothing outside itself and has no script and no style sheet, so that it can be kept
in a file or stand in a page whose policy forbids them. Time flows from left to right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from xml.sax.saxutils import escape, quoteattr

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import TAGS, Language, msg

from ..model import Stay
from . import drawing_cards as cards
from . import drawing_texts as words
from .drawing_cards import GREEN, PINK, VIOLET, Card, Shape, n
from .drawing_heading import heading
from .drawing_layout import (
    NOTE_SIZE,
    Arrow,
    Box,
    Layout,
    Node,
    Route,
    TooTangledError,
    arrange,
    place_notes,
)
from .lineage_view import Mark, View

MOST = 1_500
"""Boxes in one drawing; more than these nobody can read."""

MOST_LINES = 6_000
MEDIA_TYPE = "image/svg+xml"
FONTS = (
    "'Noto Sans CJK SC','Noto Sans SC','Source Han Sans SC','PingFang SC','Microsoft YaHei',"
    "system-ui,sans-serif"
)
_MARGIN = 20.0
_PLAIN, _LINE = "#7d8883", "#5a6660"
# Fill, edge and how thick it is.
_STYLES: dict[Mark | None, tuple[str, str, str]] = {
    None: ("#fff", _PLAIN, "1.2"),
    Mark.RECALLED: ("#fdeaea", cards.RED, "2.4"),
    Mark.CONTAINS_RECALLED: ("#fff6f6", cards.RED, "1.4"),
    Mark.ON_HOLD: ("#fff4d1", "#b07a00", "1.4"),
}
_STROKES = {
    "used": f'stroke="{_LINE}"',
    "made": f'stroke="{_LINE}"',
    "inside": f'stroke="{VIOLET}" stroke-dasharray="5 4"',
    "back": f'stroke="{PINK}" stroke-dasharray="9 3 2 3"',
}
WIDTH, HEIGHT = 1_330.0, 830.0
"""Units on an A4 sheet in landscape within its margins: text of 11 units is 6.5 points high.

The title block fits into what is never cut."""

_OVERLAP = 24.0
_SMALLER = 1.2  # what is little too large is printed a little smaller
_EARLIEST = 0.69  # of a sheet: no cut before that

Interval = tuple[float, float]


class TooManyError(LedgerError):
    """More boxes or lines than can be drawn."""

    def __init__(self, size: object) -> None:
        super().__init__("%s: ask for fewer steps, or for the table", size)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing: size in units, elements, caption; sheets are cut between `frames`."""

    width: float
    height: float
    elements: str
    caption: str
    language: Language
    frames: tuple[Box, ...]


def draw(view: View, language: Language) -> Drawing:
    """A drawing with its title block; TooManyError where nobody could follow so much of it."""
    parts = _Parts(view, language)
    if len(parts.cards) > MOST:
        raise TooManyError(
            msg("%s boxes are too many to be drawn (most %s)", f"{len(parts.cards):,}", f"{MOST:,}")
        )
    if len(parts.arrows) > MOST_LINES:
        text = msg(
            "%s lines are too many to be drawn (most %s)",
            f"{len(parts.arrows):,}",
            f"{MOST_LINES:,}",
        )
        raise TooManyError(text)
    try:
        layout = arrange([Node(card.width, card.height) for card in parts.cards], parts.arrows)
    except TooTangledError:
        raise TooManyError("the lines are too tangled to be drawn") from None
    head = heading(view, language)
    top = head.height + 2 * _MARGIN
    elements = (
        f'<g transform="translate({n(_MARGIN)} {n(_MARGIN)})">\n{head.elements}</g>\n'
        f'<g transform="translate({n(_MARGIN)} {n(top)})">\n{"".join(_body(parts, layout))}</g>\n'
    )
    frames = [Box(_MARGIN, _MARGIN, head.width, head.height, 0)]
    frames += [replace(box, x=box.x + _MARGIN, y=box.y + top) for box in layout.boxes]
    return Drawing(
        width=max(layout.width, head.width) + 2 * _MARGIN,
        height=top + layout.height + _MARGIN,
        elements=elements,
        caption=f"{head.title}: {head.name} · {head.as_of}",
        language=language,
        frames=tuple(frames),
    )


def render(drawing: Drawing) -> str:
    """The drawing as one SVG file in its own size, white, with a title."""
    wide, high = n(drawing.width), n(drawing.height)
    tag = TAGS[drawing.language]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" '
        f'viewBox="0 0 {wide} {high}" font-family="{FONTS}" lang="{tag}" role="img" '
        f"aria-label={quoteattr(drawing.caption)}>\n"
        f"<title>{escape(drawing.caption)}</title>\n"
        f'<rect width="{wide}" height="{high}" fill="#fff"/>\n{drawing.elements}</svg>\n'
    )


class _Parts:
    """The cards and arrows of a graph, in an order that does not depend on chance."""

    def __init__(self, view: View, language: Language) -> None:
        graph = view.graph
        contents: dict[str, list[Stay]] = {}
        for stay in sorted(graph.stays, key=lambda stay: (stay.entered, stay.item)):
            contents.setdefault(stay.container, []).append(stay)
        items = sorted(graph.depth, key=lambda item: (graph.depth[item], item))
        makings = sorted(graph.makings)
        boxes = sorted(set(contents) - set(items))
        self._at = {item: at for at, item in enumerate([*items, *boxes])}
        making_at = {making: len(self._at) + at for at, making in enumerate(makings)}
        self.cards = [
            cards.of_item(view, item, contents.get(item, ()), language) for item in self._at
        ]
        self.cards += [cards.of_making(view, graph.makings[making], language) for making in makings]
        self.arrows: list[Arrow] = []
        self.notes: list[str] = []
        for edge in graph.edges:
            item, making = self._at.get(edge.item), making_at.get(edge.making)
            if item is None or making is None:
                continue
            amount = "" if edge.quantity is None else words.amount(edge.quantity).text(language)
            is_made = edge.is_output
            self.arrows.append(
                Arrow(making, item, "made") if is_made else Arrow(item, making, "used")
            )
            self.notes.append(amount)
        for item_uri, box in sorted({(stay.item, stay.container) for stay in graph.stays}):
            if item_uri in self._at:
                self.arrows.append(Arrow(self._at[item_uri], self._at[box], "inside"))
                self.notes.append("")


def _body(parts: _Parts, layout: Layout) -> Iterator[str]:
    yield from _lines(parts.arrows, layout.routes)
    yield from _loops(parts.arrows, layout.boxes)
    first = next((at for at, card in enumerate(parts.cards) if card.is_root), None)
    for at, (card, box) in enumerate(zip(parts.cards, layout.boxes, strict=True)):
        yield from _card(card, box, is_first=at == first)
    for note in place_notes(parts.arrows, layout.routes, parts.notes, layout.boxes):
        yield cards.text(
            note.x, note.y, note.text,
            size=NOTE_SIZE, colour=cards.SOFT, anchor=note.anchor, has_halo=True,
        )  # fmt: skip


def _lines(arrows: Sequence[Arrow], routes: Sequence[Route]) -> Iterator[str]:
    pieces: dict[str, dict[str, None]] = {}
    heads: dict[str, dict[str, None]] = {}
    for arrow, route in zip(arrows, routes, strict=True):
        if not route.points:
            continue
        kind = "back" if route.is_back else arrow.kind
        parts = pieces.setdefault(kind, {})
        for (x, y), (to_x, to_y) in pairwise(route.points):
            middle = n((x + to_x) / 2)
            bend = f"C{middle} {n(y)} {middle} {n(to_y)} {n(to_x)} {n(to_y)}"
            parts[f"M{n(x)} {n(y)}{f'H{n(to_x)}' if y == to_y else bend}"] = None
        if kind != "inside":
            x, y = route.points[0 if route.is_back else -1]
            head = f"M{n(x)} {n(y)}l{8 if route.is_back else -8} -4v8z"
            heads.setdefault(kind, {})[head] = None
    for kind, parts in pieces.items():
        yield f'<path fill="none" stroke-width="1.4" {_STROKES[kind]} d="{"".join(parts)}"/>\n'
    for kind, parts in heads.items():
        yield f'<path fill="{PINK if kind == "back" else _LINE}" d="{"".join(parts)}"/>\n'


def _loops(arrows: Sequence[Arrow], boxes: Sequence[Box]) -> Iterator[str]:
    """A loop at each box whose arrow leads to itself."""
    for arrow in arrows:
        if arrow.tail == arrow.head:
            box = boxes[arrow.tail]
            yield (
                f'<path fill="none" stroke-width="1.4" {_STROKES["back"]} '
                f'd="M{n(box.x + box.width)} {n(box.y + 10)}c34 -14 34 34 0 20"/>\n'
            )


def _card(card: Card, box: Box, *, is_first: bool) -> Iterator[str]:
    fill, edge, thick = _STYLES[card.mark]
    dash, radius = "", "4"
    mark = ' id="asked"' if is_first else ""
    if card.shape is Shape.MAKING:
        fill, edge, radius = "#eef3f0", "#9aa8a1", n(box.height / 2)
    elif card.shape is Shape.CONTAINER:
        dash, radius = ' stroke-dasharray="5 4"', "0"
        if card.mark is None:
            fill, edge = "#f6f3fb", VIOLET
    if card.is_root:
        thick, edge = "3", edge if card.mark is not None else GREEN
    yield (
        f"<g{mark}>\n<title>{escape(card.whole)}</title>\n"
        f'<rect x="{n(box.x)}" y="{n(box.y)}" width="{n(box.width)}" '
        f'height="{n(box.height)}" rx="{radius}" fill="{fill}" stroke="{edge}" '
        f'stroke-width="{thick}"{dash}/>\n'
    )
    y = box.y + cards.PADDING + 8
    is_centred = card.shape is Shape.MAKING
    for line in card.lines:
        if line.icon:
            yield cards.icon(box.x + cards.PADDING, y - 10, line.icon)
        yield cards.text(
            box.x + (box.width / 2 if is_centred else cards.space(line)),
            y,
            line.text,
            size=line.size,
            is_bold=line.is_bold,
            colour=line.colour,
            anchor="middle" if is_centred else "start",
        )
        if line.right:
            right = box.x + box.width - cards.PADDING
            yield cards.text(right, y, line.right, size=line.size, is_bold=True, anchor="end")
        y += cards.LINE
    yield "</g>\n"


@dataclass(frozen=True, slots=True)
class Sheet:
    """What of a drawing stands on a sheet; rows and columns count from 1."""

    x: float
    y: float
    width: float
    height: float
    row: int
    column: int


def sheets(drawing: Drawing) -> list[Sheet]:
    """The sheets of a drawing, row by row, a little overlapping; those with no box are left out.

    One that fits on a sheet, if need be a little smaller, is one; cuts run between boxes.
    """
    frames = drawing.frames
    across = list(_parts(drawing.width, WIDTH, [(f.x, f.x + f.width) for f in frames]))
    parted: list[Sheet] = []
    for column, (left, right) in enumerate(across, 1):
        own = [f for f in frames if f.x < right and f.x + f.width > left]
        down = _parts(drawing.height, HEIGHT, [(f.y, f.y + f.height) for f in own])
        for row, (above, below) in enumerate(down, 1):
            if any(f.y < below and f.y + f.height > above for f in own):
                x, y = max(0.0, left - _OVERLAP), max(0.0, above - _OVERLAP)
                wide = min(drawing.width, right + _OVERLAP) - x
                high = min(drawing.height, below + _OVERLAP) - y
                parted.append(Sheet(x, y, wide, high, row, column))
    return sorted(parted, key=lambda sheet: (sheet.row, sheet.column))


def _parts(total: float, most: float, taken: Sequence[Interval]) -> Iterator[Interval]:
    """`total` cut into pieces of at most `most`, through as few of what is taken as can be."""
    room = total if total <= most * _SMALLER else most - 2 * _OVERLAP
    start = 0.0
    while total - start > room:
        last = start + room
        spots = {last}
        for begin, end in taken:
            spots |= {end + 2, end + _OVERLAP + 2, begin - 2, begin - _OVERLAP - 2}
        spots = {at for at in spots if start + room * _EARLIEST <= at <= last}
        # Through the fewest boxes, then into the fewest with what overlaps, then the last.
        cut = min(spots, key=lambda at: (_cut(at, 0, taken), _cut(at, _OVERLAP, taken), -at))
        yield start, cut
        start = cut
    yield start, total


def _cut(at: float, around: float, taken: Sequence[Interval]) -> int:
    return sum(begin < at + around and at - around < end for begin, end in taken)
