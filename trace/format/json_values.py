"""The JSON form of values: quantities, instants, days, lengths of time, and records.

A dataclass whose fields are the members of a JSON form, `SlipJson`, is the table by which `form`
writes it, and from which the OpenAPI document is made.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from .quantities import Quantity, decimal_text
from .times import local

Json = dict[str, Any]


class _Schema:
    """The JSON schema of a type as `as_json` writes its values, where pydantic has another."""

    def __init__(self, **schema: Any) -> None:
        self._schema = schema

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> Json:
        return {"type": "any"}  # it is written already

    def __get_pydantic_json_schema__(self, _core: object, _handler: object) -> Json:
        return dict(self._schema)


Instant = Annotated[datetime, _Schema(type="string")]
Day = Annotated[date, _Schema(type="string")]
Seconds = Annotated[timedelta, _Schema(type="integer")]


@dataclass(frozen=True, slots=True)
class Closed:
    """The JSON form of something that has no other members, and says so."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}


def described(text: str, *, name: str | None = None) -> Any:
    """A field of a JSON form with its description, and its name there if that is no Python's."""
    return field(metadata={"description": text} | ({} if name is None else {"alias": name}))


def named(name: str) -> Any:
    """A field of a JSON form that has another name there."""
    return field(metadata={"alias": name})


def form(kind: type, source: object = None, /, **more: object) -> Json:
    """The JSON form of a kind: its members as `more` has them, and all others as `source` has."""
    members = {part.name: part.metadata.get("alias", part.name) for part in fields(kind)}
    if unknown := more.keys() - members.keys():
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return {
        shown: as_json(more[name] if name in more else getattr(source, name))
        for name, shown in members.items()
    }


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
        return form(type(value), value)
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
