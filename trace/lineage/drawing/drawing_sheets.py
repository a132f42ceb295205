"""A drawing parted into sheets of paper, so that its text can still be read when printed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .drawing_layout import Box
from .drawing_svg import Drawing

WIDTH, HEIGHT = 1_330.0, 830.0
"""Units on an A4 sheet in landscape within its margins: text of 11 units is 6.5 points high.

The title block fits into what is never cut."""

_OVERLAP = 24.0
_SMALLER = 1.2  # what is little too large is printed a little smaller
_EARLIEST = 0.69  # of a sheet: no cut before that

Interval = tuple[float, float]


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
    """The sheets of a drawing, row by row; those with no box are left out.

    One that fits on a sheet, if need be a little smaller, is one. Cuts run between boxes where
    they can, and neighbours overlap a little.
    """
    frames = drawing.frames
    across = list(_parts(drawing.width, WIDTH, [(f.x, f.x + f.width) for f in frames]))
    found: list[Sheet] = []
    for column, (left, right) in enumerate(across, 1):
        own = [f for f in frames if f.x < right and f.x + f.width > left]
        down = _parts(drawing.height, HEIGHT, [(f.y, f.y + f.height) for f in own])
        for row, (above, below) in enumerate(down, 1):
            if any(_is_on(f, left, right) and f.y < below and f.y + f.height > above for f in own):
                x, y = max(0.0, left - _OVERLAP), max(0.0, above - _OVERLAP)
                wide = min(drawing.width, right + _OVERLAP) - x
                high = min(drawing.height, below + _OVERLAP) - y
                found.append(Sheet(x, y, wide, high, row, column))
    return sorted(found, key=lambda sheet: (sheet.row, sheet.column))


def _is_on(frame: Box, left: float, right: float) -> bool:
    return frame.x < right and frame.x + frame.width > left


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
