"""Lineage, holdings, stays, shipments and doubts, made anew item by item and compared."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from sqlalchemy import Table, func, or_, select

from . import schema as t
from .followers.base import readable
from .followers.lineage import OF_ITEMS, Lineage, rows_of, touched
from .material import Material
from .read import Reader
from .voiding import Void, voids

_AT_ONCE = 2_000  # items whose events are in memory together
Row = tuple[object, ...]
Add = Callable[[Iterable[Row]], int]


Range = tuple[int, int]  # numbers of items: from the first until before the second


def items(
    reader: Reader, start: int, stop: int, known: Mapping[Range, int], add: Add
) -> Iterator[tuple[Range, int | None]]:
    """The items with these numbers, some at a time, each time with the sum of their rows.

    None where the rows are not what the links about these items give; rows that still have a sum
    in `known` are not made anew. As of where the follower stands in this reader's own snapshot,
    which may be further than the audit's links.
    """
    at = reader.cursors().get(Lineage.name, 0)
    for first in range(start, stop, _AT_ONCE):
        part = first, min(first + _AT_ONCE, stop)
        stored = {table: _stored(reader, table, part) for table in OF_ITEMS}
        total = add((table.name, *row) for table, rows in stored.items() for row in rows)
        if known.get(part) != total:
            given = _given(reader, at, part)
            if any(sorted(given[table], key=repr) != stored[table] for table in OF_ITEMS):
                yield part, None
                continue
        yield part, total


def _stored(reader: Reader, table: Table, part: Range) -> list[Row]:
    query = select(table).where(table.c.item >= part[0], table.c.item < part[1])
    return sorted((_row(row) for row in reader.connection.execute(query)), key=repr)


def _given(reader: Reader, at: int, part: Range) -> dict[Table, list[Row]]:
    c = t.subject.c
    numbers = select(c.id).where(c.id >= part[0], c.id < part[1])
    items = list(reader.connection.execute(numbers).scalars())
    material = Material(reader, at, {}, {})
    material.load(items)
    material.load_sources(items, every=True)
    found = rows_of(material, items)
    return {
        table: [_row(row[column.name] for column in table.columns) for row in found.get(table, ())]
        for table in OF_ITEMS
    }


def touched_since(reader: Reader, start: int, stop: int) -> set[int]:
    """The numbers of all items on whose rows the links from `start` until before `stop` bear."""
    links = list(readable(reader, start, stop))
    c = t.voided.c
    query = select(t.voided).where(or_(c.leaf >= start, c.by >= start))
    found = [Void(row.leaf, row.by, row.why) for row in reader.connection.execute(query)]
    return touched(Material(reader, stop, dict(links), {}), links, found)


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
    links = [(leaf, link) for leaf in leaves if (link := reader.parsed(leaf)) is not None]
    given = [(one.leaf, one.by, one.why) for one in voids(reader, links)]
    stored = [
        (row.leaf, row.by, row.why)
        for row in reader.connection.execute(select(t.voided).order_by(t.voided.c.leaf))
    ]
    if sorted(given) != stored:
        yield "table voided is not what the links give"


def _row(values: Iterable[object]) -> Row:
    return tuple(int(value) if isinstance(value, bool) else value for value in values)
