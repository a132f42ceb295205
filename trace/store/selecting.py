"""What every reader of rows needs: many values at once, walks, and the values that columns hold."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import orjson
from sqlalchemy import ColumnElement, Connection, Row, Select, tuple_

from suyuan.keys import base64
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.quantities import Quantity

CHUNK = 500  # what SQLite plans quickly as one list
T = TypeVar("T")


def chunks(values: Iterable[T]) -> Iterator[list[T]]:
    """`values` in lists that one statement takes well."""
    rest = iter(values)
    while part := list(islice(rest, CHUNK)):
        yield part


def among(
    connection: Connection, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
) -> Iterator[Row[Any]]:
    """The rows of a query of which a column has one of these values, some values at a time."""
    for part in chunks(values):
        yield from connection.execute(query.where(column.in_(part))).all()


def paged(
    connection: Connection,
    query: Select[Any],
    keys: Mapping[str, ColumnElement[Any]],
    after: tuple[Any, ...] | None,
    size: int,
    *,
    descending: bool = False,
) -> Iterator[Row[Any]]:
    """The rows of a query behind a key, by that key, so many at a time: who stops early reads less.

    `keys` are the columns of the key by their names in the row. Without `after` all rows.
    """
    columns = list(keys.values())
    first = columns[0]
    query = query.order_by(*(c.desc() if descending else c for c in columns)).limit(size)
    while True:
        part = query
        if after is not None and len(columns) == 1:
            part = query.where(first < after[0] if descending else first > after[0])
        elif after is not None and descending:
            # The first condition by itself is what the index is entered by.
            part = query.where(first <= after[0], tuple_(*columns) < after)
        elif after is not None:
            part = query.where(tuple_(*columns) > after)
        rows = connection.execute(part).all()
        yield from rows
        if len(rows) < size:
            return
        after = tuple(rows[-1]._mapping[name] for name in keys)


def walked(start: Iterable[int], step: Callable[[Sequence[int]], set[int]]) -> set[int]:
    """All that steps from these numbers come to, however often; a circle is walked once."""
    seen, reached = set(start), set[int]()
    level = sorted(seen)
    while level:
        beyond = step(level)
        reached |= beyond
        level = sorted(beyond - seen)
        seen |= beyond
    return reached


def as_bytes(value: Any) -> bytes:
    """A binary column's value as bytes, whatever a changed database has put there."""
    if isinstance(value, bytes):
        return value
    return bytes(value) if isinstance(value, memoryview) else str(value).encode()


def entry_payload(entry: bytes) -> Any:
    """The payload of an entry that was accepted, parsed without checking it again."""
    return orjson.loads(base64.decode(orjson.loads(entry)["payload"]))


def link_of(entry: Any) -> Link | None:
    """The link in a stored entry; None where there is none, or one that cannot be read any more."""
    return None if entry is None else readable(as_bytes(entry))


def amount_of(row: Row[Any]) -> Quantity | None:
    """The quantity in a row; None where it says none."""
    if row.quantity is None or row.unit is None:
        return None
    return Quantity(row.quantity, row.unit)
