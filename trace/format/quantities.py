"""Quantities as the store keeps them: integers of a millionth of kg, L, m or piece.

Exact or not at all: what does not convert exactly is None, which an audit reports as a finding.
Units are UN/ECE Recommendation 20 codes, as EPCIS 2.0 (section 7.3.3.3) asks.
"""

import re
from decimal import Context, Decimal, Inexact, InvalidOperation
from functools import lru_cache
from typing import Any

from suyuan.keys.records import record

from . import vocabulary

MICRO = 1_000_000
_LIMIT = 2**63
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
# Decimal itself would also read spaces, underscores and the digits of other scripts.
_DIGITS = re.compile(r"[+-]?[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,6})?")

UNITS = {unit.name: (unit.base, unit.factor) for unit in vocabulary.UNITS.values()}
CODES = {"kg": "KGM", "L": "LTR", "m": "MTR", "1": None}  # by base unit


@record
class Quantity:
    """An exact amount: `micro` millionths of the base unit (`kg`, `L`, `m`, `1` for pieces)."""

    micro: int
    unit: str

    @property
    def value(self) -> Decimal:
        """The amount in the base unit."""
        return Decimal(self.micro) / MICRO

    @property
    def text(self) -> str:
        """The amount in the base unit as a decimal string, as statements write it."""
        return decimal_text(self.value)

    @property
    def uom(self) -> str | None:
        """The code of the base unit; None for pieces."""
        return CODES[self.unit]

    def to_dict(self) -> dict[str, str]:
        """Its JSON form, as statements have it: `value`, a decimal string, and `unit`."""
        return {"value": self.text, "unit": self.unit}

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> dict[str, Any]:
        """The schema that takes its JSON form as it is."""
        return {"type": "any"}

    @classmethod
    def __get_pydantic_json_schema__(cls, _core: object, _handler: object) -> dict[str, Any]:
        """The schema of that form."""
        return {
            "type": "object",
            "title": "Quantity",
            "description": "An amount in a base unit",
            "properties": {
                "value": {"type": "string", "title": "Value", "description": "A decimal number"},
                "unit": {
                    "enum": ["kg", "L", "m", "1"],
                    "type": "string",
                    "title": "Unit",
                    "description": "1 is one piece",
                },
            },
            "required": ["value", "unit"],
            "additionalProperties": False,
        }


def storable(micro: int | None) -> int | None:
    """An amount for a column of 64 bits; None, not known, where it lies beyond."""
    return micro if micro is not None and abs(micro) < _LIMIT else None


def decimal_text(value: Decimal) -> str:
    """A number as our own fields have it: digits, one point, and a sign where it is below 0."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def decimal(number: Any) -> Decimal | None:
    """A JSON number, or a decimal string of our own, as its own digits say; None for others."""
    if isinstance(number, bool) or not isinstance(number, int | float | str):
        return None
    if isinstance(number, int):
        return Decimal(number)
    text = repr(number) if isinstance(number, float) else number
    return Decimal(text) if _DIGITS.fullmatch(text) is not None else None


def exact(number: Any, uom: Any) -> Quantity | None:
    """The quantity that a number and a unit code (None: pieces) give, where it is exact."""
    if isinstance(number, int | float | str) and (uom is None or isinstance(uom, str)):
        return _exact(number, uom)
    return None


@lru_cache(maxsize=10_000, typed=True)
def _exact(number: float | str, uom: str | None) -> Quantity | None:
    amount = decimal(number)
    if uom is None:
        base: tuple[str, Decimal] | None = ("1", Decimal(1))
    else:
        base = UNITS.get(uom) if isinstance(uom, str) else None
    if amount is None or base is None:
        return None
    if not amount:
        return Quantity(0, base[0])
    if abs(amount.adjusted()) > 18:
        return None
    try:
        micro = _EXACT.multiply(amount, base[1]).scaleb(6, _EXACT)
    except (Inexact, InvalidOperation):
        return None
    if micro != micro.to_integral_value() or abs(micro) >= _LIMIT:
        return None
    return Quantity(int(micro), base[0])
