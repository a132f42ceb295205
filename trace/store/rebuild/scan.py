"""Raw rows in bulk, for an audit that reads everything: past SQLAlchemy's own work for each row."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, func, select

from .. import schema as t
from ..append.tiling import LEVEL_BITS, StoreHashes
from ..engine import is_sqlite, open_engine
from ..projections.follow_lineage import OF_ITEMS
from ..read.reader import Reader, reading
from ..schema_columns import APPEND, of_projection
from ..selecting import as_bytes

Values = tuple[Any, ...]
_AT_ONCE = 1_000


class Scan:
    """Rows of one database over one transaction, in the order of their keys."""

    def __init__(self, reader: Reader) -> None:
        connection = reader.connection
        self.reader = reader
        self._mark = "?" if is_sqlite(connection.engine) else "%s"
        self._driver: Any = connection.connection.driver_connection
        self.hashes = StoreHashes(connection)

    def rows(self, table: Table, start: int, stop: int) -> Iterator[Values]:
        """All columns of the rows whose key begins from `start` until before `stop`, by that."""
        names = ", ".join(column.name for column in table.columns)
        key = [column.name for column in table.primary_key]
        return self._rows(
            f"SELECT {names} FROM {table.name} WHERE {key[0]} >= ? AND {key[0]} < ? "  # noqa: S608
            f"ORDER BY {', '.join(key)}",
            (start, stop),
        )

    def chains(self, start: int, stop: int) -> Iterator[Values]:
        """Id, item's URI, actor's URI, seq and head of the chains with these ids."""
        return self._rows(
            "SELECT chain.id, item.uri, actor.uri, chain.seq, chain.head, chain.subject, "
            "chain.actor FROM chain "
            "LEFT JOIN subject item ON item.id = chain.subject "
            "LEFT JOIN subject actor ON actor.id = chain.actor "
            "WHERE chain.id >= ? AND chain.id < ? ORDER BY chain.id",
            (start, stop),
        )

    def codes(self, start: int, stop: int) -> Iterator[Values]:
        """Code, item's and actor's id and URI, chain's first leaf, of these subjects."""
        return self._rows(
            "SELECT code.code, code.subject, item.uri, code.actor, actor.uri, first.leaf "
            "FROM subject item JOIN code ON code.subject = item.id "
            "LEFT JOIN subject actor ON actor.id = code.actor "
            "LEFT JOIN chain ON chain.subject = code.subject AND chain.actor = code.actor "
            "LEFT JOIN link_item first ON first.chain = chain.id AND first.seq = 0 "
            "WHERE item.id >= ? AND item.id < ?",
            (start, stop),
        )

    def coders(self, start: int, stop: int) -> Iterator[tuple[str, str, int]]:
        """Item's and actor's URI and the leaf of the codings of subjects with these ids."""
        return self._rows(
            "SELECT item.uri, actor.uri, coder.leaf FROM subject item "
            "JOIN coder ON coder.subject = item.id JOIN subject actor ON actor.id = coder.actor "
            "WHERE item.id >= ? AND item.id < ?",
            (start, stop),
        )

    def key(self, keyid: str) -> tuple[bytes, str] | None:
        """SubjectPublicKeyInfo and party's URI of a key."""
        query = (
            "SELECT key.spki, subject.uri FROM key JOIN subject ON subject.id = key.party "
            "WHERE key.keyid = ?"
        )
        row: tuple[bytes, str] | None = self.first(query, (keyid,))
        return row

    def coder(self, item: str) -> tuple[str, int] | None:
        """The actor that coded an item first, and the leaf at which it did."""
        query = (
            "SELECT actor.uri, coder.leaf FROM subject item JOIN coder ON coder.subject = item.id "
            "JOIN subject actor ON actor.id = coder.actor WHERE item.uri = ?"
        )
        row: tuple[str, int] | None = self.first(query, (item,))
        return row

    def link(self, leaf: int) -> tuple[bytes, bytes] | None:
        """Hash and entry at a leaf."""
        query = "SELECT hash, entry FROM link WHERE leaf = ?"
        row: tuple[bytes, bytes] | None = self.first(query, (leaf,))
        return row

    def head(self, chain: int, size: int) -> tuple[int, bytes] | None:
        """Seq and link hash of a chain's last link before `size`."""
        query = (
            "SELECT link_item.seq, link.hash FROM link_item JOIN link ON link.leaf = "
            "link_item.leaf WHERE link_item.chain = ? AND link_item.leaf < ? "
            "ORDER BY link_item.seq DESC LIMIT 1"
        )
        row: tuple[int, bytes] | None = self.first(query, (chain, size))
        return row

    def first(self, query: str, values: Sequence[Any]) -> Any:
        """The first row that a query gives, or None."""
        cursor = self._driver.cursor()
        try:
            cursor.execute(query.replace("?", self._mark), values)
            row = cursor.fetchone()
            return None if row is None else tuple(row)
        finally:
            cursor.close()

    def _rows(self, query: str, values: Sequence[Any]) -> Iterator[Any]:
        cursor = self._driver.cursor()
        try:
            cursor.execute(query.replace("?", self._mark), values)
            while rows := cursor.fetchmany(_AT_ONCE):
                yield from rows
        finally:
            with suppress(Exception):  # left half read, and the database closed before it
                cursor.close()


@contextmanager
def scanning(url: str) -> Iterator[Scan]:
    """A Scan over one transaction of the database at a URL."""
    engine = open_engine(url)
    try:
        with reading(engine, patient=True) as reader:
            yield Scan(reader)
    finally:
        engine.dispose()


ROWS = 20_000  # that a worker sums at once


@dataclass(slots=True)
class Snapshot:
    """Sizes, small tables, and what is odd at a glance."""

    size: int
    log_state: tuple[int, bytes, bytes, int]
    chains: list[int] = field(default_factory=list)  # ids that cut the table, the last beyond it
    subjects: list[int] = field(default_factory=list)
    events: int = 0
    codes: int = 0
    coders: int = 0
    standing_subjects: set[int] = field(default_factory=set)
    cosigned: list[tuple[int, str, int]] = field(default_factory=list)
    tile_roots: list[tuple[int, int, bytes]] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


def snapshot(reader: Reader) -> Snapshot:
    """The snapshot as of the reader's moment."""
    connection, state = reader.connection, reader.log_state()
    taken = Snapshot(
        state.size, (state.size, as_bytes(state.root), as_bytes(state.edge), state.committed)
    )

    def counted(table: Table) -> int:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()

    taken.chains = _cuts(reader, t.chain.c.id)
    taken.subjects = _cuts(reader, t.subject.c.id)
    taken.events = counted(t.event)
    taken.codes = counted(t.code)
    taken.coders = counted(t.coder)

    def one_of(extreme: Any) -> Any:  # each by itself, which an index answers at once
        return connection.execute(select(extreme)).scalar_one()

    bounds = (
        ("link", t.link.c.leaf, 0, taken.size - 1),
        ("chain", t.chain.c.id, 1, taken.chains[-1] - 1),
        ("subject", t.subject.c.id, 1, taken.subjects[-1] - 1),
        ("link_item", t.link_item.c.chain, 1, taken.chains[-1] - 1),
        ("link_item", t.link_item.c.leaf, 0, taken.size - 1),
        ("checkpoint", t.checkpoint.c.size, 1, taken.size),
        ("event", t.event.c.leaf, 0, taken.size - 1),
        ("follows", t.follows.c.leaf, 0, taken.size - 1),
        *((table.name, table.c.item, 1, taken.subjects[-1] - 1) for table in OF_ITEMS),
    )
    for name, column, least, most in bounds:
        low, high = (one_of(func.min(column)), one_of(func.max(column)))
        if low is not None and (low < least or high > most):
            taken.odd.append(f"{name} has rows beyond {least} to {most}")
        nothing = select(column).where(column.is_(None)).limit(1)  # which no range has
        if connection.execute(nothing).first() is not None:
            taken.odd.append(f"{name} has rows without {column.name}")
    taken.odd += _twice(reader)
    for column in (c for table in of_projection(APPEND) for c in table.c if c.foreign_keys):
        taken.standing_subjects |= set(connection.execute(select(column)).scalars())
    last = reader.last_standing()
    if state.standing != last:
        taken.odd.append(f"log_state says {state.standing} of who may sign, the tables {last}")
    taken.cosigned = reader.cosigned()
    for row in connection.execute(select(t.tile.c.id, t.tile.c.root)):
        taken.tile_roots.append((*divmod(row.id, 1 << LEVEL_BITS), as_bytes(row.root)))
    return taken


def _cuts(reader: Reader, column: Any) -> list[int]:
    """Ids from 1 that part a table's rows into runs of ROWS, and one beyond the last.

    By the rows and not by the ids: one changed id would make runs without end.
    """
    cuts, connection = [1], reader.connection
    while True:
        query = select(column).where(column >= cuts[-1]).order_by(column).offset(ROWS).limit(1)
        following = connection.execute(query).scalar_one_or_none()
        if following is None or following <= cuts[-1]:
            break
        cuts.append(following)
    last = connection.execute(select(func.max(column))).scalar_one()
    return [*cuts, max(cuts[-1], last or 0) + 1]


def _twice(reader: Reader) -> Iterator[str]:
    """What stands twice where a table has lost its own rule against it.

    The sums cannot see that: a chain that forks is two chains of one name, each without a gap.
    """
    connection = reader.connection
    past_indexes = " NOT INDEXED" if is_sqlite(connection.engine) else ""
    for table, columns in (("chain", "subject, actor"), ("subject", "uri")):
        query = (
            f"SELECT 1 FROM {table}{past_indexes} "  # noqa: S608  our own names
            f"GROUP BY {columns} HAVING count(*) > 1 LIMIT 1"
        )
        if connection.exec_driver_sql(query).first() is not None:
            yield f"{table} has two rows of the same {columns}"
