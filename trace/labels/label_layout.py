"""Where things stand on a label, in millimetres: the symbol at the left, texts beside and below."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg

from .label import Label
from .label_sizes import SIZES, Size
from .label_texts import LEAST_FOOT, Area, Measure, Slot, Text, column, foot
from .qr_symbol import QUIET, Symbol, symbol, symbols

DOT = 25.4 / 203
"""A dot of the usual label printer."""

LEAST, MOST = 0.5, 0.8
"""A module's side: at least 4 dots at 203 an inch, and no larger than it needs to be."""

_EDGE = 1.2
_TOP = 1.5
_WIDE = 31.0  # a column of texts that holds the code in one line
_NARROW = 14.0


class DoesNotFit(LedgerError):
    """What must stand on a label has no room on it; the text says what."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A label laid out: the symbol with its quiet zone, texts, and where the serial goes."""

    x: float
    y: float
    module: float
    texts: tuple[Text, ...]
    serial: Slot | None
    is_cut: bool = False

    def moved(self, dx: float, dy: float) -> "Layout":
        """The layout moved by so much."""
        texts = tuple(replace(text, x=text.x + dx, y=text.y + dy) for text in self.texts)
        serial = self.serial
        if serial is not None:
            serial = replace(serial, x=serial.x + dx, y=serial.y + dy)
        return replace(self, x=self.x + dx, y=self.y + dy, texts=texts, serial=serial)


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to place a symbol: its side with the quiet zone, whether all texts are beside it."""

    full: float
    module: float
    is_beside: bool


def lay_out(label: Label, size: Size, side: int, measure: Measure, dot: float = DOT) -> Layout:
    """A label with a symbol of `side` modules, on whole dots of so many millimetres.

    In the first way in which nothing is cut, else in which all that must fits, else DoesNotFit.
    """
    inset_x, inset_y = size.insets
    box = (size.width - 2 * inset_x, size.height - 2 * inset_y)
    best: Layout | None = None
    for way in _ways(box, side, dot):
        layout = _place(label, box, way, measure, dot)
        if layout is not None and (best is None or not layout.is_cut):
            best = layout
        if best is not None and not best.is_cut:
            break
    if best is None:
        raise DoesNotFit(_why(label, box, side))
    return best.moved(round(inset_x / dot) * dot, round(inset_y / dot) * dot)


def _ways(box: tuple[float, float], side: int, dot: float) -> Iterator[_Way]:
    """The ways to place a symbol, the best first: large before small, narrow columns last."""
    width, height = box
    across = side + 2 * QUIET
    least, most = int(LEAST / dot + 0.99), int(MOST / dot)
    good: list[_Way] = []
    narrow: list[_Way] = []
    for dots in range(most, least - 1, -1):
        module = dots * dot
        full = across * module
        room = width - full
        if full > min(box) or room < _NARROW:
            continue
        (good if room >= _WIDE else narrow).append(_Way(full, module, is_beside=True))
        if full <= height - LEAST_FOOT:
            good.append(_Way(full, module, is_beside=False))
    yield from (*good, *narrow)


def _place(
    label: Label, box: tuple[float, float], way: _Way, measure: Measure, dot: float
) -> Layout | None:
    width, height = box
    left = way.full if way.is_beside else QUIET * way.module
    y = int((height - way.full) / 2 / dot) * dot if way.is_beside else 0.0
    best: Layout | None = None
    for has_serial_line in (True, False):
        below = foot(
            label, left, width - left - _EDGE, height - _EDGE, measure,
            has_serial_line=has_serial_line,
        )  # fmt: skip
        if not way.is_beside and below.ink < way.full:
            continue
        area = Area(way.full, _TOP, width - way.full - _EDGE, below.top - 0.4 - _TOP)
        if (beside := column(label, area, measure)) is None:
            continue
        is_cut = beside.is_cut or below.is_cut
        texts = (*beside.texts, *below.texts)
        best = Layout(0.0, y, way.module, texts, below.serial, is_cut)
        if not is_cut:
            break
    return best


def _why(label: Label, box: tuple[float, float], side: int) -> Message:
    need = (side + 2 * QUIET) * LEAST
    if need > min(box) or box[0] - need < _NARROW:
        return msg(
            "the symbol of %s needs %s mm with its quiet zone, and as much room beside it as a "
            "name takes",
            label.host,
            f"{need:.1f}",
        )
    whole = [line.caption for line in label.lines if line.is_whole]
    return msg("there is no room for %s", [msg("the code and the product's name"), *whole])


@dataclass(frozen=True, slots=True)
class Ready:
    """A label with its symbol, its layout, which labels of one face share, and its serial."""

    label: Label
    symbol: Symbol
    layout: Layout
    serial: tuple[Text, ...]

    @property
    def texts(self) -> tuple[Text, ...]:
        """All texts on it."""
        return (*self.layout.texts, *self.serial)


def ready(
    labels: Sequence[Label], size: Size, measure: Measure, dot: float = DOT
) -> Iterator[Ready]:
    """The labels ready to be drawn; LedgerError, with what would fit, where one does not fit."""
    if not labels:
        raise LedgerError("no label is to be drawn")
    layouts: dict[tuple[object, ...], Layout] = {}
    for label, code in zip(labels, symbols([label.url for label in labels]), strict=True):
        key = (code.side, *label.face)
        layout = layouts.get(key)
        if layout is None:
            try:
                layout = layouts[key] = lay_out(label, size, code.side, measure, dot)
            except DoesNotFit as error:
                raise _refusal(label, size, measure, error) from None
        serial = () if layout.serial is None else (layout.serial.text(label, measure),)
        yield Ready(label, code, layout, serial)


def fitting(label: Label, measure: Measure) -> list[str]:
    """The names of the sizes on which a label fits."""
    side, names = symbol(label.url).side, []
    for size in SIZES.values():
        try:
            lay_out(label, size, side, measure)
        except DoesNotFit:
            continue
        names.append(size.name)
    return names


def _refusal(label: Label, size: Size, measure: Measure, error: DoesNotFit) -> LedgerError:
    others = fitting(label, measure)
    instead = msg("it fits on %s", others) if others else msg("it fits on no size known here")
    return LedgerError("this label does not fit on %s: %s; %s", size.name, error, instead)
