"""A batch of labels made ready to be drawn: symbols with one mask, layouts once for each face."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..errors import LedgerError
from .foot import Measure
from .label import Label
from .layout import DOT, DoesNotFit, Layout, lay_out
from .sizes import SIZES, Size
from .symbol import Symbol, symbol, symbols


@dataclass(frozen=True, slots=True)
class Ready:
    """A label with its symbol and its layout, which labels of one face share."""

    label: Label
    symbol: Symbol
    layout: Layout


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
        yield Ready(label, code, layout)


def fitting(label: Label, measure: Measure) -> list[str]:
    """The names of the sizes on which a label fits."""
    side, found = symbol(label.url).side, []
    for size in SIZES.values():
        try:
            lay_out(label, size, side, measure)
        except DoesNotFit:
            continue
        found.append(size.name)
    return found


def _refusal(label: Label, size: Size, measure: Measure, error: DoesNotFit) -> LedgerError:
    others = fitting(label, measure)
    instead = f"it fits on {', '.join(others)}" if others else "it fits on no size known here"
    return LedgerError(f"this label does not fit on {size.name}: {error}; {instead}")
