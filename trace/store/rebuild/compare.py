"""Rows of the projections as two sides have them alike, and which of them differ, by name."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ColumnElement,
    CursorResult,
    Integer,
    Select,
    Table,
    select,
    type_coerce,
)
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.selectable import FromClause

from .. import schema as t
from ..errors import first_line
from ..read.reader import Reader

Row = tuple[Any, ...]
Projection = Table  # one of the schema's, for who must not know of SQLAlchemy
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


def differences(
    table: Table, stored: Sequence[Row], derived: Sequence[Row]
) -> Iterator[Difference]:
    """Where the stored rows of a table are not the derived ones, both as `compared` has them."""
    if stored == derived:
        return
    query, keys = compared(table)
    columns = tuple(column.key or "" for column in query.selected_columns)
    sides: dict[Row, tuple[list[Row], list[Row]]] = {}
    for side, rows in enumerate((stored, derived)):
        for row in rows:
            sides.setdefault(row[:keys], ([], []))[side].append(row)
    for key in sorted(sides, key=repr):
        left, right = sides[key]
        for row in left.copy():
            if row in right:
                left.remove(row)
                right.remove(row)
        for pair in zip_longest(left, right):
            yield _difference(table.name, columns, keys, *pair)


def stored_rows(live: Reader, table: Table, *where: ColumnElement[bool]) -> list[Row]:
    """Rows of a table as `compared` has them; Unreadable where it cannot be read."""
    return read(live, compared(table)[0].where(*where), table)


def read(live: Reader, query: Select[Any], table: Table) -> list[Row]:
    """The rows of a query about a table; Unreadable where it cannot be read."""
    try:
        return fetched(live.connection.execute(query))
    except (SQLAlchemyError, ValueError, TypeError, OverflowError) as error:
        raise Unreadable("%s cannot be read: %s", table.name, first_line(error, 200)) from error


def fetched(result: CursorResult[Any]) -> list[Row]:
    """The rows of a result as the driver gives them, past SQLAlchemy's own work for each."""
    assert result.cursor is not None
    return [tuple(row) for row in result.cursor.fetchall()]


def arranged(table: Table, rows: Iterable[Row]) -> list[Row]:
    """Rows whose values are in the order of the table's columns, in that of `compared`.

    Of a table in which no column is a chain: those are two columns there.
    """
    key, rest = _ordered(table)
    names = [column.name for column in table.columns]
    places = [names.index(column.name) for column in (*key, *rest)]
    return [tuple(row[place] for place in places) for row in rows]


def _ordered(table: Table) -> tuple[list[Column[Any]], list[Column[Any]]]:
    """The columns that are a table's key in every store, and those that are compared."""
    own = [column.name for column in table.primary_key]
    key = table.info["key"] or own
    rest = [column for column in table.columns if column.name not in (*key, *own)]
    return [table.c[name] for name in key], rest


@cache
def compared(table: Table) -> tuple[Select[Any], int]:
    """The rows of a projection as two stores have them alike, and how many columns are their key.

    Subjects and chains are shown by their URIs: a link that is broken may have brought another
    store other numbers. Rows are in the order of their key.
    """
    key, rest = _ordered(table)
    source: FromClause = table
    shown: list[Any] = []
    for column in key:
        source, columns = _shown_as(source, column)
        shown += columns
    keys = len(shown)
    for column in rest:
        source, columns = _shown_as(source, column)
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


def _key_text(key: Row) -> str:
    return ", ".join(_shown(part) for part in key)


def _shown(value: Any) -> str:
    text = value.hex() if isinstance(value, bytes) else str(value)
    return text if len(text) <= 100 else text[:97] + "…"
