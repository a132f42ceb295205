"""The JSON form of values: quantities, instants, days, lengths of time, and records."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from .quantities import Quantity, decimal_text
from .times import local

Json = dict[str, Any]


def as_json(value: object) -> Any:
    """A value as JSON has it.

    Quantities become {value, unit}, numbers with decimals strings, instants and days ISO 8601,
    lengths of time whole seconds, records their fields by name.
    """
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Quantity):
        return value.to_dict()
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, timedelta):
        return int(value.total_seconds())
    if isinstance(value, Mapping):
        return as_object(value)
    if is_dataclass(value):
        return as_object(pick(value, *(part.name for part in fields(value))))
    if isinstance(value, Iterable):
        return [as_json(part) for part in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def as_object(members: Mapping[str, object]) -> Json:
    """These members as a JSON object."""
    return {name: as_json(value) for name, value in members.items()}


def pick(record: object, *names: str) -> Json:
    """These attributes of a record, by name."""
    return {name: getattr(record, name) for name in names}


def instant(micro: int | None) -> datetime | None:
    """The instant of microseconds UTC since 1970."""
    return None if micro is None else local(micro, UTC)
