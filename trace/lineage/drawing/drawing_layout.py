"""A layered drawing of a directed graph: boxes in columns, arrows from left to right.

Lines share a trunk where they leave one node or end at one, and pass columns between boxes,
never through one. A column that would be too high is folded into several. Pure and
deterministic; a cycle's closing arrow is drawn as one that runs back.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from math import sqrt

from . import layering
from .drawing_cards import width

Point = tuple[float, float]
GAP = 14.0
GUTTER = 84.0
MOST_LANES = 40_000
"""Columns that lines pass, together; more than these only nonsense has."""

_LANE = 8.0  # the height of a line that passes a column
_LANE_WEIGHT = 3.0  # lines are kept straight before boxes are
_WIDER = 1.5  # a gutter grows by so much with each line in it
_WIDEST = 190.0
_LOWEST = 640.0  # no column is folded below this height


class TooTangledError(Exception):
    """Lines that pass so many columns that nobody could follow them."""


@dataclass(frozen=True, slots=True)
class Node:
    """Something to be drawn as a box of this size."""

    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Arrow:
    """From one node to another, by their positions; lines of one kind may share a trunk."""

    tail: int
    head: int
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """Where a node stands: its left upper corner, its size, its column from 0."""

    x: float
    y: float
    width: float
    height: float
    column: int


@dataclass(frozen=True, slots=True)
class Route:
    """The points of an arrow from left to right, none to itself; `is_back` ends at the first."""

    points: tuple[Point, ...]
    is_back: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """Boxes and routes in the order of the nodes and arrows that were given."""

    boxes: tuple[Box, ...]
    routes: tuple[Route, ...]
    width: float
    height: float


def arrange(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> Layout:
    """Lay out a graph; where there is much of it, about the shape of an A4 sheet.

    Raises ValueError for an arrow's end beyond `nodes`, TooTangledError beyond `MOST_LANES`.
    """
    count = len(nodes)
    if any(not 0 <= end < count for arrow in arrows for end in (arrow.tail, arrow.head)):
        raise ValueError("an arrow leads from or to a node that is not there")
    lines = _Lines.of(count, arrows)
    pairs = [pair for pair in lines.onward if pair[0] != pair[1]]
    column = layering.columns(count, pairs)
    drawn = _Columns(nodes, lines, column, list(range(count)))
    drawn.untangle()
    parts = drawn.nodes_by_column()
    is_last = [True] * count
    for tail, _ in pairs:
        is_last[tail] = False
    most = _height(nodes, parts)
    heights = [node.height + GAP for node in nodes]
    narrow = layering.folded(column, is_last, parts, heights, most)
    if narrow != column:
        rank = {node: at for part in parts for at, node in enumerate(part)}
        drawn = _Columns(nodes, lines, narrow, sorted(range(count), key=lambda node: rank[node]))
        drawn.untangle()
    return drawn.drawn()


def _height(nodes: Sequence[Node], parts: Sequence[Sequence[int]]) -> float:
    """How high a column may be, so that all fill a sheet in landscape."""
    area = width = 0.0
    ratio = sqrt(2)
    for part in parts:
        wide = max(nodes[node].width for node in part) + GUTTER
        width += wide
        area += wide * sum(nodes[node].height + GAP for node in part)
    return max(_LOWEST, sqrt(area / ratio) * 1.1, width / ratio)


@dataclass(frozen=True, slots=True)
class _Lines:
    """Arrows without cycles, `back` those turned round; lines of one trunk share their lanes."""

    onward: Sequence[layering.Pair]
    back: set[int]
    trunks: Sequence[tuple[object, ...]]

    @classmethod
    def of(cls, count: int, arrows: Sequence[Arrow]) -> "_Lines":
        back = layering.backward(count, [(arrow.tail, arrow.head) for arrow in arrows])
        onward = [
            (arrow.head, arrow.tail) if at in back else (arrow.tail, arrow.head)
            for at, arrow in enumerate(arrows)
        ]
        kinds = [arrow.kind for arrow in arrows]
        leaving = Counter(zip(kinds, (tail for tail, _ in onward), strict=True))
        arriving = Counter(zip(kinds, (head for _, head in onward), strict=True))
        trunks: list[tuple[object, ...]] = []
        for at, (kind, (tail, head)) in enumerate(zip(kinds, onward, strict=True)):
            if at in back:
                trunks.append(("back", at))
            else:
                is_from = leaving[kind, tail] >= arriving[kind, head]
                trunks.append((kind, "from", tail) if is_from else (kind, "to", head))
        return cls(onward, back, trunks)


class _Columns:
    """Nodes and lanes in their columns. A lane is where a line passes a column."""

    def __init__(
        self, nodes: Sequence[Node], lines: _Lines, column: Sequence[int], first: Sequence[int]
    ) -> None:
        """`first` has the nodes in the order that those of a column have to begin with."""
        self._nodes = nodes
        self._back = lines.back
        self._column = list(column)
        self._heights = [node.height + GAP for node in nodes]
        self._out: list[list[int]] = [[] for _ in nodes]
        self._into: list[list[int]] = [[] for _ in nodes]
        self._order: list[list[int]] = [[] for _ in range(max(column, default=-1) + 1)]
        for node in first:
            self._order[column[node]].append(node)
        self._joined: set[layering.Pair] = set()
        self._lanes: dict[tuple[object, ...], int] = {}
        self._ways = [
            [] if tail == head else self._way(tail, head, trunk)
            for (tail, head), trunk in zip(lines.onward, lines.trunks, strict=True)
        ]
        for at, order in enumerate(self._order):
            # In the middle to begin with: a trunk of many lines runs straight through.
            lanes = [node for node in order if node >= len(nodes)]
            boxes = order[: len(order) - len(lanes)]
            half = len(boxes) // 2
            self._order[at] = boxes[:half] + lanes + boxes[half:]

    def _way(self, tail: int, head: int, trunk: tuple[object, ...]) -> list[int]:
        lanes = range(self._column[tail] + 1, self._column[head])
        way = [tail, *(self._lane(column, trunk) for column in lanes), head]
        for pair in pairwise(way):
            if pair not in self._joined:
                self._joined.add(pair)
                self._out[pair[0]].append(pair[1])
                self._into[pair[1]].append(pair[0])
        return way

    def _lane(self, column: int, trunk: tuple[object, ...]) -> int:
        key = (column, *trunk)
        if key not in self._lanes:
            if len(self._lanes) >= MOST_LANES:
                raise TooTangledError
            self._lanes[key] = len(self._heights)
            self._heights.append(_LANE)
            self._column.append(column)
            self._out.append([])
            self._into.append([])
            self._order[column].append(self._lanes[key])
        return self._lanes[key]

    def untangle(self) -> None:
        self._order = layering.untangled(self._order, self._out, self._into)

    def nodes_by_column(self) -> list[list[int]]:
        count = len(self._nodes)
        return [[node for node in column if node < count] for column in self._order]

    def drawn(self) -> Layout:
        weights = [1.0] * len(self._nodes)
        weights += [_LANE_WEIGHT] * (len(self._heights) - len(weights))
        middle = layering.places(self._order, self._out, self._into, self._heights, weights)
        # Half a gap above and below is the node's own.
        ends = [(y - h / 2, y + h / 2) for y, h in zip(middle, self._heights, strict=True)]
        top = min((start for start, _ in ends), default=0.0) + GAP / 2
        height = max((end for _, end in ends), default=GAP / 2) - GAP / 2 - top
        middle = [round(y - top, 1) for y in middle]
        edges = list(self._edges())
        boxes = []
        for own, column, y in zip(self._nodes, self._column, middle, strict=False):
            x = round((sum(edges[column]) - own.width) / 2, 1)
            boxes.append(Box(x, round(y - own.height / 2, 1), own.width, own.height, column))
        routes = tuple(
            Route(self._points(way, middle, boxes, edges), at in self._back)
            for at, way in enumerate(self._ways)
        )
        wide = edges[-1][1] if edges else 0.0
        return Layout(tuple(boxes), routes, wide, max(0.0, height))

    def _edges(self) -> Iterator[tuple[float, float]]:
        """Where each column begins and ends."""
        at = 0.0
        for column in self._order:
            wide = max((self._nodes[n].width for n in column if n < len(self._nodes)), default=0.0)
            yield at, at + wide
            lines = sum(len(self._out[node]) for node in column)
            at = round(at + wide + min(_WIDEST, GUTTER + _WIDER * lines), 1)

    def _points(
        self,
        way: Sequence[int],
        middle: Sequence[float],
        boxes: Sequence[Box],
        edges: Sequence[tuple[float, float]],
    ) -> tuple[Point, ...]:
        points: list[Point] = []
        for step, node in enumerate(way):
            (left, right), y = edges[self._column[node]], middle[node]
            if step > 0:
                points.append((left, y))
            else:
                points.append((round(boxes[node].x + boxes[node].width, 1), y))
            is_last = step == len(way) - 1
            points.append((boxes[node].x if is_last else right, y))
        return tuple(point for point, _ in groupby(points))


NOTE_SIZE = 10.0
_HIGH = 12.0
_CELL = 64.0
_ALONG = (0.5, 0.38, 0.62, 0.28, 0.72)  # where on a bend, the middle first

Segment = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its base line and anchor."""

    x: float
    y: float
    text: str
    anchor: str


def place_notes(
    arrows: Sequence[Arrow], routes: Sequence[Route], texts: Sequence[str], boxes: Sequence[Box]
) -> Iterator[Note]:
    """The texts of arrows where only one runs, near its item's end; none without room."""
    taken = _Taken()
    for box in boxes:
        taken.add(box.x, box.y, box.width, box.height)
    uses: dict[Segment | Point, int] = {}
    for route in routes:
        for segment in pairwise(route.points):
            uses[segment] = uses.get(segment, 0) + 1
        for end in route.points[:1] + route.points[-1:]:
            uses[end] = uses.get(end, 0) + 1
    for arrow, route, text in zip(arrows, routes, texts, strict=True):
        if not text or not route.points:
            continue
        wide = width(text, NOTE_SIZE, False)
        for x, y, anchor in _spots(arrow, route, uses):
            left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
            if taken.is_free(left, y - _HIGH + 2, wide, _HIGH):
                taken.add(left, y - _HIGH + 2, wide, _HIGH)
                yield Note(x, y, text, anchor)
                break


def _spots(
    arrow: Arrow, route: Route, uses: dict[Segment | Point, int]
) -> Iterator[tuple[float, float, str]]:
    first, last = route.points[0], route.points[-1]
    # Where the line turns up the text stands below it, else above.
    turns_up = next((y < first[1] for _, y in route.points if y != first[1]), False)
    comes_down = next((y < last[1] for _, y in reversed(route.points) if y != last[1]), False)
    at_start = (first[0] + 5, first[1] + (12 if turns_up else -4), "start")
    at_end = (last[0] - 11, last[1] + (12 if comes_down else -4), "end")
    ends = [(first, at_start), (last, at_end)]
    for point, spot in reversed(ends) if arrow.kind == "made" else ends:
        if uses[point] == 1:
            yield spot
    for t in _ALONG:
        for segment in pairwise(route.points):
            (x, y), (to_x, to_y) = segment
            if uses[segment] == 1 and to_x - x > 24:
                across, down = 1.5 * t * (1 - t) + t**3, 3 * t * t * (1 - t) + t**3  # of the bend
                yield x + (to_x - x) * across, y + (to_y - y) * down + 4, "middle"


class _Taken:
    """Rectangles that are taken, found by cells."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[float, float, float, float]]] = {}

    def add(self, x: float, y: float, wide: float, high: float) -> None:
        for cell in self._of(x, y, wide, high):
            self._cells.setdefault(cell, []).append((x, y, x + wide, y + high))

    def is_free(self, x: float, y: float, wide: float, high: float) -> bool:
        return not any(
            x < right and left < x + wide and y < below and above < y + high
            for cell in self._of(x, y, wide, high)
            for left, above, right, below in self._cells.get(cell, ())
        )

    @staticmethod
    def _of(x: float, y: float, wide: float, high: float) -> Iterator[tuple[int, int]]:
        for column in range(int(x // _CELL), int((x + wide) // _CELL) + 1):
            for row in range(int(y // _CELL), int((y + high) // _CELL) + 1):
                yield column, row
