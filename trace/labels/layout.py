"""Where things stand on a label and labels on a sheet, in millimetres."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ..errors import LedgerError
from .label import Label

WIDTH, HEIGHT = 60.0, 40.0
GAP = 2.0
MARGIN = 5.0
SYMBOL = 29.0
"""The symbol's side, its quiet zone within."""

_EDGE = 2.0
_TEXT_X = SYMBOL + 1.0
_TEXT_WIDTH = WIDTH - _TEXT_X - _EDGE
_FULL = WIDTH - 2 * _EDGE
_BOTTOM = SYMBOL + 0.6
_WORDS = re.compile(r"[!-~]+|\s+|[^!-~\s]")

Measure = Callable[[str, float, bool], float]
"""The width of a text at a size, bold or not."""


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: its left end, its baseline, its size."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of labels in rows: its size, and where each label stands."""

    width: float
    height: float
    places: tuple[tuple[float, float], ...]


def sheet(count: int, columns: int) -> Sheet:
    """A sheet for `count` labels; LedgerError for none, or for no column."""
    if count < 1 or columns < 1:
        raise LedgerError("a sheet of labels needs at least one label and one column")
    columns = min(columns, count)
    rows = -(-count // columns)
    places = tuple(
        (MARGIN + n % columns * (WIDTH + GAP), MARGIN + n // columns * (HEIGHT + GAP))
        for n in range(count)
    )
    return Sheet(
        width=2 * MARGIN + columns * (WIDTH + GAP) - GAP,
        height=2 * MARGIN + rows * (HEIGHT + GAP) - GAP,
        places=places,
    )


def texts(label: Label, measure: Measure) -> list[Text]:
    """The texts of a label, cut with … where there is no room.

    Beside the symbol the product and up to five lines; below it, across the label, the code and
    the host, which are never cut at the end that tells whose they are.
    """
    found: list[Text] = []
    y = 2.2
    size = 4.4 if measure(label.product, 4.4, True) <= 2 * _TEXT_WIDTH else 3.6
    for line in wrap(label.product, _TEXT_WIDTH, 3 if size < 4 else 2, size, measure, bold=True):
        y += size * 1.12
        found.append(Text(_TEXT_X, y, size, line, bold=True))
    y += 1.2
    for text in label.lines:
        left = min(2, int((_BOTTOM - y) / 3.2))
        if not left:
            break
        size = 2.5 if measure(text, 2.5, False) <= _TEXT_WIDTH else 2.2
        for line in wrap(text, _TEXT_WIDTH, left, size, measure):
            y += 3.2
            found.append(Text(_TEXT_X, y, size, line))
    below = _BOTTOM + 3.1
    caption = "追溯码 "
    at = _EDGE + measure(caption, 2.5, False)
    found.append(Text(_EDGE, below, 2.5, caption.strip()))
    found.append(Text(at, below, 3.7, label.code, bold=True))
    below += 3.2
    host_size, host = _host(label.host, _FULL, measure)
    found.append(Text(_EDGE, below, host_size, host))
    serial = f"标签 {label.serial}"
    serial_at = WIDTH - _EDGE - measure(serial, 2.1, False)
    beside = _EDGE + measure(host, host_size, False) + _EDGE <= serial_at
    found.append(Text(serial_at, below if beside else below + 2.6, 2.1, serial))
    return found


def wrap(
    text: str, width: float, most: int, size: float, measure: Measure, *, bold: bool = False
) -> list[str]:
    """`text` in at most `most` lines, broken between words or Chinese characters; … at the end
    of what does not fit."""
    lines = [""]
    parts: list[str] = []
    for word in _WORDS.findall(text):
        wide = word.isascii() and measure(word, size, bold) > width
        parts.extend(word if wide else [word])
    for part in parts:
        if measure(lines[-1] + part, size, bold) <= width:
            lines[-1] += part
        elif not part.isspace():
            lines.append(part)
    lines = [line.strip() for line in lines]
    if len(lines) <= most:
        return [line for line in lines if line]
    last = lines[most - 1]
    while last and measure(last + "…", size, bold) > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + "…"]


def _host(host: str, width: float, measure: Measure) -> tuple[float, str]:
    """The host as large as there is room; the front is cut if it must be, not the domain."""
    for size in (2.6, 2.3, 2.0, 1.8):
        if measure(host, size, False) <= width:
            return size, host
    while host and measure("…" + host, 1.8, False) > width:
        host = host[1:]
    return 1.8, "…" + host
