"""One repository for all tables beside the ledger: rows as values, each believed by its seal.

What writes a table says what its rows are values of and asks it its own questions; how rows are
sealed, counted and changed is here and in `sealed_rows`.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Engine, Row, Select, Table, select

from ..engine import writing
from ..read.reader import Reader, reading
from . import sealed_rows
from .sealed_rows import Which

T = TypeVar("T")
Values = Mapping[str, Any]


class Repository(Generic[T]):
    """The rows of one table as values; any number of processes may write them at once.

    `noun` is their plural, for a StoreError where the database cannot be written.
    """

    table: ClassVar[Table]
    noun: ClassVar[str]
    value: Callable[[Any], Any]  # of a row
    order: ClassVar[Sequence[ColumnElement[Any]]] = ()

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def writing(self) -> AbstractContextManager[Connection]:
        """A connection in one writing transaction."""
        return writing(self._engine, self.noun)

    @classmethod
    def of(cls, reader: Reader, query: Select[Any], *, any_seal: bool = False) -> list[T]:
        """The values of a `select` of the table as of a reader's moment, as far as it is believed.

        With `any_seal` all of it.
        """
        if any_seal:
            return [cls.value(row) for row in reader.connection.execute(query)]
        return [cls.value(row) for row in sealed_rows.believed(reader.connection, cls.table, query)]

    @classmethod
    def first(cls, reader: Reader, *which: ColumnElement[bool]) -> T | None:
        """The first such row that is believed, as of a reader's moment."""
        return next(iter(cls.of(reader, select(cls.table).where(*which))), None)

    def all(self, query: Select[Any] | None = None) -> list[T]:
        """The values as of now; of all rows in their order unless a query is given."""
        with reading(self._engine) as reader:
            every = select(self.table).order_by(*self.order)
            return self.of(reader, every if query is None else query)

    def has(self, *which: ColumnElement[bool]) -> bool:
        """Whether there are such rows, believed or not: a read, which disturbs nobody."""
        with reading(self._engine) as reader:
            query = select(self.table.primary_key.columns.values()[0]).where(*which).limit(1)
            return reader.connection.execute(query).first() is not None

    def add_new(self, values: Iterable[object]) -> list[T]:
        """Write those values whose key is not there yet, and say which."""
        rows = [row_of(value) for value in values]
        with self.writing() as connection:
            return [self.value(r) for r in sealed_rows.add_new(connection, self.table, rows)]

    def change(self, which: Which, values: Values | Callable[[Row[Any]], Values]) -> list[T]:
        """Change those of these rows that are believed; the values as they now are."""
        new = values if callable(values) else lambda row: values
        with self.writing() as connection:
            return [self.value(r) for r in sealed_rows.change(connection, self.table, which, new)]


def value_of(kind: Callable[..., T], **objects: Any) -> Callable[[Any], T]:
    """A function that makes a dataclass's value from a row whose columns have its fields' names.

    `objects` are columns that hold a JSON object, each with what stands for one that does not.
    """
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]

    def value(row: Any) -> T:
        columns = {name: getattr(row, name) for name in names}
        return kind(**columns | {n: json_object(columns[n], other) for n, other in objects.items()})

    return value


def row_of(value: Any) -> dict[str, Any]:
    """The columns of a value, its objects as JSON."""
    columns = {field.name: getattr(value, field.name) for field in fields(value)}
    return {n: json_text(v) if isinstance(v, Mapping) else v for n, v in columns.items()}


def json_text(value: Mapping[str, Any]) -> str:
    """A JSON object as a column has it."""
    return json.dumps(value, ensure_ascii=False)


def json_object(text: object, other: Any = None) -> Any:
    """The JSON object in a column; `other` where there is none, as in a changed database."""
    try:
        value = json.loads(str(text))
    except ValueError:
        return other
    return value if isinstance(value, dict) else other
