"""The foot of a label: the code, the host and the serial, from the bottom up."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from .label import Label

Measure = Callable[[str, float, bool], float]
"""The width of a text at a size, bold or not."""

LEAST = 6.2
"""How high a foot is at least that stands below the symbol."""

_CODE = (3.4, 3.2, 3.0, 2.8, 2.6, 2.4)
_HOST = (2.4, 2.2, 2.0, 1.85, 1.7)
_SERIAL = (1.9, 1.7)
_GAP = 1.2
_INK = 0.8  # of its size: how far a code's letters reach above their baseline, drawn bold
_SLACK = 1.06  # serials of wide letters
_PARTS = re.compile(r"[^./:]+[./:]*|[./:]+")


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

    def moved(self, dx: float, dy: float) -> "Slot":
        """The same elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


@dataclass(frozen=True, slots=True)
class Foot:
    """Texts that end above a line: where they begin, with room and without, and whether the host
    is cut."""

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
    """Code and host, never cut at the end that tells whose they are.

    The serial in one line with the host; where that is too long, with `has_serial_line` below it.
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
    """The host as large as there is room, in two lines where it must be.

    Only one that is longer yet is cut: at its front, not at the domain's end.
    """
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
