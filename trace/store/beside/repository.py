"""One repository for all tables beside the ledger: rows as values, each believed by its seal.

What writes a table says what its rows are values of and asks it its own questions; how rows are
sealed, counted and changed is here and in `sealed_rows`.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import fields
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Engine, Row, Select, Table, select

from ..engine import writing
from ..read.reader import Reader, reading
from . import sealed_rows
from .sealed_rows import Which

T = TypeVar("T")
Values = Mapping[str, Any]


class Repository(Generic[T]):
    """The rows of one table as values; any number of processes may write them at once.

    `what` they are, in the plural, stands in a StoreError where the database cannot be written.
    """

    def __init__(self, table: Table, what: str, value: Callable[[Any], T]) -> None:
        self.table = table
        self.what = what
        self.value = value

    def writing(self, engine: Engine) -> AbstractContextManager[Connection]:
        """A connection in one writing transaction."""
        return writing(engine, self.what)

    def of(self, reader: Reader, query: Select[Any]) -> list[T]:
        """What a `select` of the table gives as of a reader's moment, as far as it is believed."""
        rows = sealed_rows.believed(reader.connection, self.table, query)
        return [self.value(row) for row in rows]

    def all(self, engine: Engine, query: Select[Any] | None = None) -> list[T]:
        """The same as of now; all rows unless a query is given."""
        with reading(engine) as reader:
            return self.of(reader, select(self.table) if query is None else query)

    def has(self, engine: Engine, which: Which) -> bool:
        """Whether there are such rows, believed or not: a read, which disturbs nobody."""
        with reading(engine) as reader:
            query = select(self.table.primary_key.columns.values()[0]).where(*which).limit(1)
            return reader.connection.execute(query).first() is not None

    def add(self, engine: Engine, values: Values) -> T:
        """Write a new row. Conflict where there is one of its key."""
        with self.writing(engine) as connection:
            return self.value(sealed_rows.add(connection, self.table, values))

    def add_new(self, engine: Engine, values: Iterable[object]) -> list[T]:
        """Write those values whose key is not there yet, and say which."""
        rows = [row_of(one) for one in values]
        with self.writing(engine) as connection:
            new = sealed_rows.add_new(connection, self.table, rows)
        return [self.value(row) for row in new]

    def change(
        self, engine: Engine, which: Which, values: Values | Callable[[Row[Any]], Values]
    ) -> list[T]:
        """Change those of these rows that are believed; the values as they now are."""
        new = values if callable(values) else lambda row: values
        with self.writing(engine) as connection:
            return list(map(self.value, sealed_rows.change(connection, self.table, which, new)))

    def remove(self, engine: Engine, which: Which) -> list[T]:
        """Take these rows away, believed or not; those that were believed."""
        with self.writing(engine) as connection:
            return list(map(self.value, sealed_rows.remove(connection, self.table, which)))


def value_of(kind: Callable[..., T], **objects: Any) -> Callable[[Any], T]:
    """What makes a value of a dataclass of a row whose columns have its fields' names.

    `objects` are columns that hold a JSON object, each with what stands for one that does not.
    """
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]

    def value(row: Any) -> T:
        columns = {name: getattr(row, name) for name in names}
        return kind(**columns | {n: json_object(columns[n], other) for n, other in objects.items()})

    return value


def row_of(value: Any) -> dict[str, Any]:
    """The columns of a value, its objects as JSON."""
    columns = {one.name: getattr(value, one.name) for one in fields(value)}
    return {n: json_text(one) if isinstance(one, Mapping) else one for n, one in columns.items()}


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
