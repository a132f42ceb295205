"""Units as people of the trade say them: 斤, 两, 头, 只, 尾, and a product's packages.

They are for entry and display alone: what is stored is a code of UN/ECE Recommendation 20, or none
for pieces, and the conversion is exact or refused. 斤 and 两 are 0.5 and 0.05 kilograms.
"""

from collections.abc import Mapping
from decimal import Decimal

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.quantities import UNITS, Quantity, decimal_text

PIECES = "-"  # as forms write that there is no code
WEIGHTS: Mapping[str, Decimal] = {"斤": Decimal("0.5"), "两": Decimal("0.05")}  # kilograms
COUNTERS = ("头", "只", "尾")
_BY_CATEGORY = {
    **dict.fromkeys(("畜禽/禽", "畜禽/鸡", "畜禽/鸭", "畜禽/鹅"), "只"),
    "畜禽/": "头",
    "水产品/": "尾",
}


def counter(category: str | None) -> str | None:
    """The word by which single animals of a category are counted; None for other goods."""
    known = (word for start, word in _BY_CATEGORY.items() if (category or "").startswith(start))
    return next(known, None)


def stored(
    number: Decimal, unit: str, packages: Mapping[str, Decimal], of: str | None = None
) -> tuple[Decimal, str | None]:
    """The amount and the code, None for pieces, that so many of a unit are stored as.

    `packages` are the goods' own, each so many of the unit `of`. LedgerError for no unit.
    """
    if unit in WEIGHTS:
        return number * WEIGHTS[unit], "KGM"
    if unit in COUNTERS or unit == PIECES:
        return number, None
    if unit in packages and of is not None:
        return number * packages[unit], of
    if unit not in UNITS:
        known = ", ".join((*WEIGHTS, *COUNTERS, *packages, *sorted(UNITS)))
        raise LedgerError("unit %s is none of %s, or - for pieces", repr(unit[:20]), known)
    return number, unit


def in_weight(quantity: Quantity, unit: str) -> str | None:
    """A weight in 斤 or 两, as exact digits; None for what is no weight, and for another unit."""
    if quantity.unit != "kg" or unit not in WEIGHTS:
        return None
    return decimal_text(quantity.value / WEIGHTS[unit])
