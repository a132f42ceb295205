"""The texts of a label: beside its symbol what it is of, below it whose page the code opens.

The column has the product, the number for the scale and the facts, as large as there is room. The
foot has the code, the host and the serial, and is set from the bottom up.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from .label import Label

Measure = Callable[[str, float, bool], float]
"""The width of a text at a size, bold or not."""

LEAST_FOOT = 6.2
"""How high a foot is at least that stands below the symbol."""

_CODE = (3.4, 3.2, 3.0, 2.8, 2.6, 2.4)
_HOST = (2.4, 2.2, 2.0, 1.85, 1.7)
_SERIAL = (1.9, 1.7)
_GAP = 1.2
_INK = 0.8  # of its size: how far a code's letters reach above their baseline, drawn bold
_SLACK = 1.06  # serials of wide letters
_PARTS = re.compile(r"[^./:]+[./:]*|[./:]+")
_COLUMN = (3.3, 3.1, 2.9, 2.7, 2.5, 2.3, 2.15, 2.0)  # the last has 16 dots at 203 an inch
_AFTER_NAME = 0.25  # of its size
_BRIEF = 24.0  # millimetres, below which captions are brief
_WORD = re.compile(r"[!-~]+|\s+|[^!-~\s]")
_CLOSING = frozenset("，。、；：！？）》」』】％,.;:!?)]%")


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text: its left end, its baseline, its size."""

    x: float
    y: float
    size: float
    text: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Slot:
    """Where the serial goes: to the right of `x`, or with `is_right` ending there.

    One that is wider than `room` is set smaller.
    """

    x: float
    y: float
    size: float
    room: float
    is_right: bool

    def text(self, label: Label, measure: Measure) -> Text:
        """A label's serial there."""
        text = _serial(label)
        wide = measure(text, self.size, False)
        size = self.size * min(1.0, self.room / wide)
        x = self.x - min(wide, self.room) if self.is_right else self.x
        return Text(x, self.y, size, text)


@dataclass(frozen=True, slots=True)
class Foot:
    """Texts that end above a line: where they begin with room and without, and if one is cut."""

    top: float
    ink: float
    texts: tuple[Text, ...]
    serial: Slot | None
    is_cut: bool


def foot(
    label: Label,
    x: float,
    width: float,
    bottom: float,
    measure: Measure,
    *,
    has_serial_line: bool = False,
) -> Foot:
    """Code, host and serial of a label; a host is never cut at its end.

    The serial stands in the host's line, or where that is too long, with `has_serial_line`, below.
    """
    host_size, hosts = _host(label.host, width, measure)
    serial: Slot | None = None
    baseline = bottom - 0.15 * host_size
    usual = _serial(label, "0" * len(label.serial))
    if len(hosts) == 1:
        for smaller, size in ((h, s) for h in _HOST if h <= host_size for s in _SERIAL):
            room = width - measure(hosts[0], smaller, False) - _GAP
            if measure(usual, size, False) * _SLACK <= room:
                serial, host_size = Slot(x + width, baseline, size, room, is_right=True), smaller
                break
    if serial is None and has_serial_line:
        size = _SERIAL[0]
        serial = Slot(x, bottom - 0.15 * size, size, width, is_right=False)
        baseline -= 1.15 * size
    top = baseline
    texts = []
    for host in reversed(hosts):
        texts.append(Text(x, top, host_size, host))
        top -= 1.1 * host_size
    lines, size, caption = _code(label, width, measure)
    ink = top
    for line in reversed(lines):
        y = top - 0.12 * size
        at = x
        if caption:
            texts.append(Text(at, y, size * 0.72, caption))
            at += measure(caption + " ", size * 0.72, False)
        texts.append(Text(at, y, size, line, bold=True))
        top, ink = y - 0.88 * size, y - _INK * size
    return Foot(top, ink, tuple(reversed(texts)), serial, is_cut="".join(hosts) != label.host)


def _code(label: Label, width: float, measure: Measure) -> tuple[list[str], float, str]:
    """The code in one line with its caption, without it, or in two lines."""
    for caption in (label.words[0], ""):
        for size in _CODE:
            wide = measure(label.code, size, True)
            if caption:
                wide += measure(caption + " ", size * 0.72, False)
            if wide <= width:
                return [label.code], size, caption
    half = len(label.code) // 2 + 1
    lines = [label.code[:half], label.code[half:]]
    for size in _CODE:
        if max(measure(line, size, True) for line in lines) <= width:
            return lines, size, ""
    return lines, _CODE[-1] - 0.4, ""


def _serial(label: Label, serial: str | None = None) -> str:
    return f"{label.words[2]} {serial or label.serial}"


def _host(host: str, width: float, measure: Measure) -> tuple[float, list[str]]:
    """The host as large as there is room, in two lines; a longer one is cut at its front."""
    for size in _HOST:
        if measure(host, size, False) <= width:
            return size, [host]
    size = _HOST[-1]
    lines = [""]
    for part in reversed(_PARTS.findall(host)):
        if lines[0] and measure(part + lines[0], size, False) > width:
            lines.insert(0, "")
        lines[0] = part + lines[0]
    if len(lines) == 2 and measure(lines[1], size, False) <= width >= measure(
        lines[0], size, False
    ):
        return size, lines
    while host and measure("…" + host, size, False) > width:
        host = host[1:]
    return size, ["…" + host]


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
    for size in _COLUMN:
        if (whole := _set(label, area, size, measure, most=None)) is not None:
            return whole
    looser = _set(label, area, _COLUMN[-1], measure, most=2)
    tighter = _set(label, area, _COLUMN[-1], measure, most=1)
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
    """The column at one size; with `most` lines a fact, the last are left out for room."""
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
        caption = line.brief or line.caption if area.width < _BRIEF else line.caption
        text = f"{caption} {line.text}" if caption else line.text
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
    """`text` in `most` lines, broken between words or Chinese characters; … where it is cut."""
    lines: list[list[str]] = [[]]
    parts: list[str] = []
    for word in _WORD.findall(text):
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
    whole = [line for line in ("".join(line).strip() for line in lines) if line]
    if len(whole) <= most:
        return whole
    last = whole[most - 1]
    while last and measure(last + "…", size, bold) > width:
        last = last[:-1]
    return [*whole[: most - 1], last.rstrip() + "…"]
