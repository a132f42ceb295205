"""Comparing the projections of two stores, row by row, in the order of what rows are about."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, Column, Integer, Select, Table, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.selectable import FromClause

from .. import schema as t
from ..errors import first_line
from ..read.reader import Reader
from ..schema_columns import APPEND

Row = tuple[Any, ...]
# What a finding names of a row, by the column of its key that has it.
_NAMED = {
    "item": "item", "subject": "item", "uri": "item", "actor": "actor", "seq": "seq",
    "leaf": "leaf", "enrolled": "leaf", "given": "leaf", "making": "leaf", "entered_leaf": "leaf",
}  # fmt: skip


class Unreadable(Exception):
    """A table that holds what its columns cannot, or is not there."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A row that the entries give and the store has otherwise, or not, or too many.

    `key` names what it is about: values of the table's key columns; `item`, `actor`, `seq` and
    `leaf` those among them that a finding names.
    """

    table: str
    key: Row
    columns: tuple[str, ...]
    stored: Row | None
    derived: Row | None
    item: str | None = None
    actor: str | None = None
    seq: int | None = None
    leaf: int | None = None

    @property
    def reason(self) -> str:
        """What is wrong, in words."""
        if self.derived is None:
            return f"{self.table} has a row that no entry gives: {_key_text(self.key)}"
        if self.stored is None:
            return f"{self.table} lacks the row that the entries give: {_key_text(self.key)}"
        wrong = [
            f"{name} is {_shown(stored)}, the entries give {_shown(derived)}"
            for name, stored, derived in zip(self.columns, self.stored, self.derived, strict=True)
            if stored != derived
        ]
        return f"{self.table}: " + "; ".join(wrong)


def differences(live: Reader, scratch: Reader, *, followed: bool) -> Iterator[Difference]:
    """All differences in the append transaction's tables, or in the followers'."""
    for table in t.metadata.tables.values():
        by = table.info["by"]
        if by is not None and (by != APPEND) is followed:
            yield from _compare(table, live, scratch)


def stored_rows(live: Reader, table: str) -> tuple[tuple[str, ...], list[Row]]:
    """A small table as it is stored, subjects by their URIs: its columns' names, and its rows."""
    query, _ = compared(t.metadata.tables[table])
    columns = tuple(column.key or "" for column in query.selected_columns)
    return columns, list(_rows(live, query, table))


def compared(table: Table) -> tuple[Select[Any], int]:
    """The rows of a projection as two stores have them alike, and how many columns are their key.

    Subjects and chains are shown by their URIs: a link that is broken may have brought another
    store other numbers. Rows are in the order of their key.
    """
    own = [column.name for column in table.primary_key]
    key = table.info["key"] or own
    rest = [column.name for column in table.columns if column.name not in (*key, *own)]
    source: FromClause = table
    shown: list[Any] = []
    for name in key:
        source, columns = _shown_as(source, table.c[name])
        shown += columns
    keys = len(shown)
    for name in rest:
        source, columns = _shown_as(source, table.c[name])
        shown += columns
    return select(*shown).select_from(source).order_by(*shown[:keys]), keys


def _shown_as(source: FromClause, column: Column[Any]) -> tuple[FromClause, list[Any]]:
    """The columns that a column is compared by: itself, a subject's URI, a chain's two."""
    of = column.info.get("of")
    if of is None:
        # SQLite's booleans are compared as what they are.
        kind = Integer() if isinstance(column.type, Boolean) else column.type
        return source, [type_coerce(column, kind).label(column.name)]
    if of == "subject":
        alias = t.subject.alias(f"{column.name}_uri")
        return source.outerjoin(alias, column == alias.c.id), [alias.c.uri.label(column.name)]
    item, actor = t.subject.alias(), t.subject.alias()
    source = source.outerjoin(t.chain, column == t.chain.c.id)
    source = source.outerjoin(item, t.chain.c.subject == item.c.id)
    source = source.outerjoin(actor, t.chain.c.actor == actor.c.id)
    return source, [item.c.uri.label("item"), actor.c.uri.label("actor")]


def _compare(table: Table, live: Reader, scratch: Reader) -> Iterator[Difference]:
    query, keys = compared(table)
    columns = tuple(column.key or "" for column in query.selected_columns)
    stored, derived = _rows(live, query, table.name), _rows(scratch, query, table.name)
    left, right = next(stored, None), next(derived, None)
    while left is not None or right is not None:
        if right is None or (left is not None and _order(left[:keys]) < _order(right[:keys])):
            yield _difference(table.name, columns, keys, left, None)
            left = next(stored, None)
        elif left is None or _order(right[:keys]) < _order(left[:keys]):
            yield _difference(table.name, columns, keys, None, right)
            right = next(derived, None)
        else:
            if left != right:
                yield _difference(table.name, columns, keys, left, right)
            left, right = next(stored, None), next(derived, None)


def _difference(
    table: str, columns: tuple[str, ...], keys: int, stored: Row | None, derived: Row | None
) -> Difference:
    row = stored if stored is not None else derived
    assert row is not None
    named = {_NAMED[name]: value for name, value in zip(columns[:keys], row, strict=False)
             if name in _NAMED}  # fmt: skip
    if "leaf" not in named and "leaf" in columns:
        named["leaf"] = row[columns.index("leaf")]
    return Difference(
        table,
        row[:keys],
        columns[keys:],
        None if stored is None else stored[keys:],
        None if derived is None else derived[keys:],
        **named,
    )


def _rows(reader: Reader, query: Select[Any], table: str) -> Iterator[Row]:
    try:
        for row in reader.connection.execution_options(yield_per=2000).execute(query):
            yield tuple(bytes(v) if isinstance(v, memoryview) else v for v in row)
    except (SQLAlchemyError, ValueError, TypeError, OverflowError) as error:
        raise Unreadable("%s cannot be read: %s", table, first_line(error, 200)) from error


def _order(key: Row) -> Row:
    """The key as both databases sort it: text by its bytes."""
    return tuple((part is None, part.encode() if isinstance(part, str) else part) for part in key)


def _key_text(key: Row) -> str:
    return ", ".join(_shown(part) for part in key)


def _shown(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 100 else text[:97] + "…"
