"""The texts beside a label's symbol: the product, the number for the scale, the facts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .foot import Measure, Text
from .label import Label, Line

_SIZES = (3.3, 3.1, 2.9, 2.7, 2.5, 2.3, 2.15, 2.0)  # the last has 16 dots at 203 an inch
_AFTER_NAME = 0.25  # of its size
_BRIEF = 24.0  # millimetres, below which captions are brief
_WORDS = re.compile(r"[!-~]+|\s+|[^!-~\s]")
_CLOSING = frozenset("，。、；：！？）》」』】％,.;:!?)]%")


@dataclass(frozen=True, slots=True)
class Area:
    """Where texts may stand."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """Texts in an area, whether any is cut or left out, and how many facts there are."""

    texts: tuple[Text, ...]
    is_cut: bool
    facts: int


def column(label: Label, area: Area, measure: Measure) -> Column | None:
    """The texts as large as there is room; None where what must be there does not fit."""
    for size in _SIZES:
        found = _set(label, area, size, measure, most=None)
        if found is not None:
            return found
    looser = _set(label, area, _SIZES[-1], measure, most=2)
    tighter = _set(label, area, _SIZES[-1], measure, most=1)
    if looser is None or tighter is None:
        return looser or tighter
    return looser if looser.facts >= tighter.facts else tighter


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines of one size; `must` where they may not be left out."""

    lines: list[str]
    size: float
    bold: bool = False
    must: bool = False
    caption: str = ""

    @property
    def leading(self) -> float:
        return self.size * (1.14 if self.bold else 1.24)

    @property
    def height(self) -> float:
        return len(self.lines) * self.leading


def _set(
    label: Label, area: Area, size: float, measure: Measure, *, most: int | None
) -> Column | None:
    """The column at one size.

    With `most` facts are cut to so many lines, and what has no room is left out from the end.
    """
    big = size * 1.4
    room = int(area.height / size) + 1  # lines that could stand there
    name = wrap(label.product, area.width, room, big, measure, bold=True)
    is_cut = len(name) > 2
    if is_cut:
        name = wrap(label.product, area.width, 2, big, measure, bold=True)
    blocks = [_Block(name, big, bold=True, must=True)]
    if label.short is not None:
        blocks.append(_Block([label.short], size * 1.12, bold=True, caption=label.words[1]))
    for line in label.lines:
        text = _text(line, area)
        lines = wrap(text, area.width, room, size, measure)
        allowed = room if line.is_whole or line.most is None else min(most or room, line.most)
        if len(lines) > allowed:
            lines, is_cut = wrap(text, area.width, allowed, size, measure), True
        blocks.append(_Block(lines, size, must=line.is_whole))
    if is_cut and most is None:
        return None
    while sum(block.height for block in blocks) > area.height - _AFTER_NAME * big:
        spare = [n for n, block in enumerate(blocks) if not block.must]
        if most is None or not spare:
            return None
        del blocks[spare[-1]]
        is_cut = True
    return Column(tuple(_texts(blocks, area, measure)), is_cut, len(blocks))


def _text(line: Line, area: Area) -> str:
    caption = line.brief or line.caption if area.width < _BRIEF else line.caption
    return f"{caption} {line.text}" if caption else line.text


def _texts(blocks: Sequence[_Block], area: Area, measure: Measure) -> Iterator[Text]:
    y = area.y
    for block in blocks:
        size, x = block.size, area.x
        for line in block.lines:
            y += block.leading
            if block.caption:
                yield Text(x, y - 0.2 * size, size * 0.9, block.caption)
                x += measure(block.caption + " ", size * 0.9, False)
            yield Text(x, y - 0.2 * size, size, line, block.bold)
        if block is blocks[0]:
            y += _AFTER_NAME * size


def wrap(
    text: str, width: float, most: int, size: float, measure: Measure, *, bold: bool = False
) -> list[str]:
    """`text` in at most `most` lines, broken between words or Chinese characters; … at the end
    of what does not fit."""
    lines: list[list[str]] = [[]]
    parts: list[str] = []
    for word in _WORDS.findall(text):
        wide = word.isascii() and measure(word, size, bold) > width
        parts.extend(word if wide else [word])
    for part in parts:
        if measure("".join([*lines[-1], part]), size, bold) <= width:
            lines[-1].append(part)
        elif not part.isspace():
            if len(lines) > most:
                break
            lines.append([part])
            if part in _CLOSING and len(lines[-2]) > 1:  # no line begins with a closing mark
                lines[-1].insert(0, lines[-2].pop())
    found = [line for line in ("".join(line).strip() for line in lines) if line]
    if len(found) <= most:
        return found
    last = found[most - 1]
    while last and measure(last + "…", size, bold) > width:
        last = last[:-1]
    return [*found[: most - 1], last.rstrip() + "…"]
