"""What an audit asks the store besides whole tables: rows of parts, runs of items, and strays."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Table, func, select

from .. import schema as t
from ..engine import is_sqlite
from ..read.reader import Reader
from ..selecting import as_bytes
from .compare import Difference, Projection, Row, compared, differences, fetched, read, stored_rows

_FAR, _END = 1 << 62, (1 << 63) - 1  # beyond every number of ours


def highest(live: Reader) -> int | None:
    """The highest index at which a link stands; None without any."""
    index: int | None = live.connection.execute(select(func.max(t.link.c.leaf))).scalar_one()
    return index


def first_from(live: Reader, index: int) -> int | None:
    """The first index from `index` on at which a link stands; None where there is none."""
    query = select(func.min(t.link.c.leaf)).where(t.link.c.leaf >= index)
    first: int | None = live.connection.execute(query).scalar_one_or_none()
    return first


def entries_at(live: Reader, indexes: Sequence[int]) -> list[tuple[int, bytes]]:
    """The entries that stand at these indexes, in order."""
    query = select(t.link.c.leaf, t.link.c.entry)
    rows = live.among(query, t.link.c.leaf, indexes)
    return sorted((row.leaf, as_bytes(row.entry)) for row in rows)


def odd_sizes(live: Reader, most: int) -> list[int | None]:
    """Sizes of checkpoints that are none, `most` of them."""
    column = t.checkpoint.c.size
    query = select(column).where((column <= 0) | column.is_(None)).limit(most)
    return list(live.connection.execute(query).scalars())


def checkpoint_beyond(live: Reader, size: int) -> int | None:
    """The smallest size of a checkpoint that is above `size`; None where there is none."""
    query = select(func.min(t.checkpoint.c.size)).where(t.checkpoint.c.size > size)
    smallest: int | None = live.connection.execute(query).scalar_one()
    return smallest


def doubled(live: Reader, table: Projection, columns: str) -> list[Row]:
    """Rows that stand twice, where a table has lost its own rule against it: as of `columns`."""
    past_indexes = " NOT INDEXED" if is_sqlite(live.connection.engine) else ""
    more = ", max(code)" if table is t.subject else ""
    query = (
        f"SELECT {columns}{more} FROM {table.name}{past_indexes} "  # noqa: S608  our own names
        f"GROUP BY {columns} HAVING count(*) > 1"
    )
    return fetched(live.connection.exec_driver_sql(query))


def count(live: Reader, table: Projection) -> int:
    """How many rows a table has."""
    return live.connection.execute(select(func.count()).select_from(table)).scalar_one()


def beyond_all(live: Reader, table: Projection, end: int) -> list[Difference]:
    """Rows of a table by index that are at none before `end`, which no part has."""
    leaf = table.c.leaf
    away = (leaf < 0) | (leaf >= end) | leaf.is_(None)
    return _too_many(live, table, away)


def without_item(live: Reader, table: Projection) -> list[Difference]:
    """Rows of a table by item whose number is none, or is in no run of items."""
    column = {t.subject: table.c.get("id"), t.chain: table.c.get("subject")}.get(table)
    column = table.c.item if column is None else column
    # A text is above every number in SQLite.
    return _too_many(live, table, column.is_(None) | (column < -_FAR) | (column >= _END))


def _too_many(live: Reader, table: Table, which: ColumnElement[bool]) -> list[Difference]:
    return list(differences(table, stored_rows(live, table, which), []))


def of_other_acts(live: Reader, acts: Iterable[int]) -> list[Row]:
    """The scopes of all acts but those that begin at these indexes."""
    return stored_rows(live, t.scope, t.scope.c.act.not_in(set(acts)))


def runs(live: Reader, size: int) -> list[int]:
    """Numbers that part the subjects into runs of `size`: by the rows, not by numbers far apart."""
    cuts, column = [-_FAR], t.subject.c.id
    while True:
        query = select(column).where(column >= cuts[-1]).order_by(column).offset(size)
        following = live.connection.execute(query.limit(1)).scalar_one_or_none()
        if following is None or following <= cuts[-1]:
            return [*cuts, _END]
        cuts.append(following)


def at_links(live: Reader, table: Projection, start: int, stop: int) -> list[Row]:
    """The rows of a table at the links from `start` until before `stop`, as `compared` has them.

    In the order of their links; those of `link_item` with two more: the index of the last place
    of their chain before `start`, and the hash that is stored there.
    """
    query, _ = compared(table)
    leaf = table.c.leaf
    query = query.where(leaf >= start, leaf < stop)
    if table is t.link_item:
        last, link = t.link_item.alias(), t.link.alias()
        is_last = (last.c.chain == table.c.chain) & (last.c.seq == table.c.seq - 1)
        query = (
            query.add_columns(last.c.leaf.label("last"), link.c.hash)
            .outerjoin(last, is_last & (last.c.leaf < start))
            .outerjoin(link, link.c.leaf == last.c.leaf)
        )
    rows = read(live, query.order_by(None).order_by(leaf), table)
    place = column_at(table, "leaf")
    if table is t.link_item:
        rows.sort(key=lambda row: (row[place], row[0] or ""))
    elif len({row[place] for row in rows}) < len(rows):  # in one order on every database
        rows.sort(key=lambda row: (row[place], repr(row)))
    return rows


def column_at(table: Projection, name: str) -> int:
    """The place of a column in the rows of `compared`."""
    return [column.key for column in compared(table)[0].selected_columns].index(name)
