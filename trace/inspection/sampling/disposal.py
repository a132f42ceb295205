"""Disposal (核查处置): how much of a lot was bought, sold, sealed, recalled and destroyed.

The amounts are those of the recall's own accounts while one is open or closed, else as if it began
now: what is in somebody's hands or on its way is sealed by the hold.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from suyuan.trace.admission.state import Act
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.recall.lines import Sum
from suyuan.trace.recall.progress import preview, progress, sums
from suyuan.trace.store.read.reader import Reader

FIELDS = ("bought", "sold", "sealed", "recalled", "destroyed")


def amounts(
    reader: Reader, item: str | None, acts: Sequence[Act], now: datetime
) -> Mapping[str, str]:
    """The fields of the stage `measures` that the ledger knows, as they are typed: "12.5 kg".

    Of the newest recall among `acts`, else of the lot; empty where amounts are in several units.
    """
    if item is None:
        return {}
    recall = next((act for act in acts if act.kind == "recall"), None)
    items = preview(reader, [item]) if recall is None else progress(reader, recall, now).items
    by_unit = sums(items)
    if len(by_unit) != 1:
        return {}
    ((unit, total),) = by_unit.items()
    return {name: _typed(micro, unit) for name, micro in zip(FIELDS, parts(total), strict=True)}


def parts(total: Sum) -> tuple[int, ...]:
    """The amounts of FIELDS of a sum, in millionths."""
    sealed = total.remaining + total.held + total.in_transit
    return total.produced, total.sold, sealed, total.recovered, total.destroyed


def _typed(micro: int, unit: str) -> str:
    stated = Quantity(max(micro, 0), unit).to_dict()
    return f"{stated['value']} {stated['unit']}"
