"""Lineage, holdings, stays, shipments and doubts, made anew item by item and compared."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Table, func, or_, select

from ..link import Link, parse
from ..rules import Refused
from . import schema as t
from .followers.lineage import Lineage, rows_of
from .material import Material
from .read import Reader
from .voiding import voids

_AT_ONCE = 2_000  # items whose events are in memory together
OF_ITEMS = tuple(table for table in Lineage.tables if table is not t.voided)


def items(reader: Reader, start: int, stop: int) -> Iterator[str]:
    """What is odd of the rows about the items with these numbers.

    As of where the follower stands in this reader's own snapshot, which may be further than the
    audit's links: the rows are compared with what the columns beside those links give.
    """
    at = reader.cursors().get(Lineage.name, 0)
    for first in range(start, stop, _AT_ONCE):
        last = min(first + _AT_ONCE, stop)
        numbers = list(
            reader.connection.execute(
                select(t.subject.c.id).where(t.subject.c.id >= first, t.subject.c.id < last)
            ).scalars()
        )
        given = rows_of(Material(reader, at, {}, {}), numbers)
        for table in OF_ITEMS:
            made = [_row(table, row) for row in given.get(table, ())]
            query = select(table).where(table.c.item >= first, table.c.item < last)
            stored = [_row(table, row) for row in reader.connection.execute(query).mappings()]
            if sorted(made, key=repr) != sorted(stored, key=repr):
                yield f"table {table.name} is not what the links about its items give"


def void(reader: Reader) -> Iterator[str]:
    """What is odd of the events that are said not to count."""
    c = t.event.c
    at = reader.cursors().get(Lineage.name, 0)
    twice = (
        select(c.event_id)
        .where(c.event_id.is_not(None), c.leaf < at)
        .group_by(c.event_id)
        .having(func.count() > 1)
    )
    query = select(c.leaf).where(
        or_(c.is_error.is_(True), c.step == "void_shipping", c.event_id.in_(twice)), c.leaf < at
    )
    leaves = sorted(reader.connection.execute(query).scalars())
    links = [(leaf, link) for leaf in leaves if (link := _link(reader, leaf)) is not None]
    given = [(one.leaf, one.by, one.why) for one in voids(reader, links)]
    stored = [
        (row.leaf, row.by, row.why)
        for row in reader.connection.execute(select(t.voided).order_by(t.voided.c.leaf))
    ]
    if sorted(given) != stored:
        yield "table voided is not what the links give"


def _link(reader: Reader, leaf: int) -> Link | None:
    stored = reader.link(leaf)
    try:
        return None if stored is None else parse(stored.entry)
    except Refused:
        return None


def _row(table: Table, row: Any) -> tuple[object, ...]:
    return tuple(_plain(row[column.name]) for column in table.columns)


def _plain(value: object) -> object:
    return int(value) if isinstance(value, bool) else value
