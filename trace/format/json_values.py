"""The JSON form of values: quantities, instants, days, lengths of time, and records.

A `Form` is the table of the members that something has in JSON: it writes them, and the OpenAPI
document is made from it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Self, dataclass_transform

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


class Among:
    """The constraint that a member is one of these words."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = list(words)

    def __get_pydantic_core_schema__(self, _source: object, _handler: object) -> Json:
        return {"type": "literal", "expected": self._words}


Instant = Annotated[datetime, _Schema(type="string")]
Day = Annotated[date, _Schema(type="string")]
Seconds = Annotated[timedelta, _Schema(type="integer")]


def described(text: str, *, name: str | None = None, default: Any = MISSING) -> Any:
    """A member with its description, and its name in JSON if that is no Python's."""
    more = {} if name is None else {"alias": name}
    return field(default=default, metadata={"description": text, **more})


def named(name: str, *, default: Any = MISSING) -> Any:
    """A member that has another name in JSON."""
    return field(default=default, metadata={"alias": name})


@dataclass_transform(frozen_default=True, field_specifiers=(described, named))
class Form:
    """A JSON form: its subclasses are dataclasses whose fields are its members."""

    def __init_subclass__(cls) -> None:
        dataclass(frozen=True)(cls)

    @classmethod
    def build(cls, source: object = None, /, **more: Any) -> Self:
        """The form with the members in `more`, and all others as `source` has them."""
        rest = (part.name for part in fields(cls) if part.name not in more)  # type: ignore[arg-type]
        return cls(**pick(source, *rest), **more)

    @classmethod
    def write(cls, source: object = None, /, **more: object) -> Json:
        """The same as JSON."""
        return _members(cls, source, more)


class Closed(Form):
    """A JSON form that has no other members, and says so."""

    __pydantic_config__: ClassVar[Mapping[str, str]] = {"extra": "forbid"}


def _members(kind: type, source: object, more: Mapping[str, object]) -> Json:
    names = {part.name: part.metadata.get("alias", part.name) for part in fields(kind)}
    if unknown := more.keys() - names.keys():
        raise TypeError(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    return {
        shown: as_json(more[name] if name in more else getattr(source, name))
        for name, shown in names.items()
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
        return _members(type(value), value, {})
    if isinstance(value, Iterable):
        return [as_json(part) for part in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def as_object(members: Mapping[str, object]) -> Json:
    """These members as a JSON object."""
    return {str(name): as_json(value) for name, value in members.items()}


def pick(record: object, *names: str) -> Json:
    """These attributes of a record, by name."""
    return {name: getattr(record, name) for name in names}


def instant(micro: int | None) -> datetime | None:
    """The instant of microseconds UTC since 1970."""
    return None if micro is None else local(micro, UTC)
