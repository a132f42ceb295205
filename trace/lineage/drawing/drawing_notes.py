"""Where amounts stand along the lines of a drawing, none upon another or upon a box."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from .drawing_layout import Arrow, Box, Route
from .drawing_shapes import width

SIZE = 10.0
_HIGH = 12.0
_CELL = 64.0
_ALONG = (0.5, 0.38, 0.62, 0.28, 0.72)  # where on a bend, the middle first

Point = tuple[float, float]
Segment = tuple[Point, Point]


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its base line and anchor."""

    x: float
    y: float
    text: str
    anchor: str


def place(
    arrows: Sequence[Arrow], routes: Sequence[Route], texts: Sequence[str], boxes: Sequence[Box]
) -> Iterator[Note]:
    """The texts of arrows (empty: none) where only that arrow runs, near its item's end if it can.

    One for which there is no room is left out: the table beside the drawing has it.
    """
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
        wide = width(text, SIZE, False)
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
                yield x + (to_x - x) * _across(t), y + (to_y - y) * _down(t) + 4, "middle"


def _across(t: float) -> float:
    """Across a bend whose inner points lie in its middle."""
    return 1.5 * t * (1 - t) + t**3


def _down(t: float) -> float:
    return 3 * t * t * (1 - t) + t**3


class _Taken:
    """Rectangles that are taken, found by cells."""

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[float, float, float, float]]] = {}

    def add(self, x: float, y: float, wide: float, high: float) -> None:
        """Take a rectangle."""
        for cell in self._of(x, y, wide, high):
            self._cells.setdefault(cell, []).append((x, y, x + wide, y + high))

    def is_free(self, x: float, y: float, wide: float, high: float) -> bool:
        """Whether nothing lies in a rectangle."""
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
