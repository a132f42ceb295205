"""Reading the log: links, checkpoints, tiles and what witnesses cosigned, as of one moment."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, Label, Row, Select, func, literal, select

from suyuan.keys.records import record
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import Link, readable

from .. import schema as t
from ..append.tiling import LEVEL_BITS, StoreHashes, tile_id
from ..selecting import among, as_bytes, link_of, paged

T = TypeVar("T")
_BLOCK = 2_000
# One more than the index of the last statement on who may sign; 0 where there is none.
LAST_STANDING = """
SELECT coalesce(max(moment) + 1, 0) FROM (
    SELECT max(stated) AS moment FROM party
    UNION ALL SELECT max(gone) FROM party
    UNION ALL SELECT max(stated) FROM registrar
    UNION ALL SELECT max(enrolled) FROM key
    UNION ALL SELECT max(revoked) FROM key
    UNION ALL SELECT max(given) FROM mandate
    UNION ALL SELECT max(withdrawn) FROM mandate
) moments
"""


@record
class StoredLink:
    """A link as stored; `logged`, where asked for, is when its first checkpoint was committed."""

    index: int
    hash: str
    entry: bytes
    logged: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class StoredCheckpoint:
    """A checkpoint's signed note, and the commit time in microseconds UTC."""

    size: int
    note: str
    committed: int


def logged() -> Label[int]:
    """When the first checkpoint that covers a link was committed, beside the link's columns."""
    return (
        select(t.checkpoint.c.committed)
        .where(t.checkpoint.c.size > t.link.c.leaf)
        .order_by(t.checkpoint.c.size)
        .limit(1)
        .scalar_subquery()
        .label("logged")
    )


def recorded_at(leaf: ColumnElement[int]) -> ColumnElement[int]:
    """When the link at a leaf was recorded, as LogReader.recorded says, beside a row's columns."""
    return func.coalesce(*_times(leaf))


def _times(leaf: ColumnElement[int]) -> list[ColumnElement[int | None]]:
    times = ((t.cosigned.c.size, t.cosigned.c.at), (t.checkpoint.c.size, t.checkpoint.c.committed))
    first = (select(at).where(size > leaf).order_by(size).limit(1) for size, at in times)
    return [query.scalar_subquery() for query in first]


def stored(row: Any) -> StoredLink:
    return StoredLink(row.leaf, as_bytes(row.hash).hex(), as_bytes(row.entry))


def _checkpoint(row: Any) -> StoredCheckpoint:
    return StoredCheckpoint(row.size, row.note, row.committed)


@dataclass(frozen=True, slots=True)
class Recorded:
    """When a link was recorded, in microseconds UTC; by the server's clock until witnessed."""

    time: int
    is_witnessed: bool


class LogReader:
    """Questions about the log of one ledger over one connection."""

    connection: Connection

    def _one(self, query: Select[Any], value: Callable[[Row[Any]], T]) -> T | None:
        """The value of a query's one row; None where it gives none."""
        row = self.connection.execute(query).one_or_none()
        return None if row is None else value(row)

    def size(self) -> int:
        """How many links the ledger holds."""
        return int(self.connection.execute(select(t.log_state.c.size)).scalar_one())

    def log_state(self) -> Row[Any]:
        """The one row: size, root, edge, committed."""
        return self.connection.execute(select(t.log_state)).one()

    def last_standing(self) -> int:
        """One more than the index of the last statement on who may sign, by the tables."""
        return int(self.connection.exec_driver_sql(LAST_STANDING).scalar_one())

    def link(self, index: int) -> StoredLink | None:
        """The link at a leaf index."""
        return self._one(select(t.link).where(t.link.c.leaf == index), stored)

    def parsed(self, index: int) -> Link | None:
        """The link at a leaf index, read; None where it is not there or cannot be read any more."""
        query = select(t.link.c.entry).where(t.link.c.leaf == index)
        return link_of(self.connection.execute(query).scalar_one_or_none())

    def logged_link(self, index: int) -> StoredLink | None:
        """The link at a leaf index, and when it was logged."""
        query = select(t.link, logged()).where(t.link.c.leaf == index)
        return self._one(query, lambda row: replace(stored(row), logged=row.logged))

    def parsed_links(self, start: int, stop: int) -> Iterator[tuple[int, Link]]:
        """Index and link of those links that can be read; the audit names the others."""
        for row in self.links(start, stop):
            if (link := readable(row.entry)) is not None:
                yield row.index, link

    def links(self, start: int = 0, stop: int | None = None) -> Iterator[StoredLink]:
        """Links in order of index from `start` until before `stop`; gaps are not filled."""
        query = select(t.link)
        if stop is not None:
            query = query.where(t.link.c.leaf < stop)
        rows = paged(self.connection, query, {"leaf": t.link.c.leaf}, (start - 1,), _BLOCK)
        yield from map(stored, rows)

    def strays(self) -> list[int]:
        """Indexes below 0, at which no link can be."""
        query = select(t.link.c.leaf).where(t.link.c.leaf < 0).limit(100)
        return list(self.connection.execute(query).scalars())

    def checkpoint(self, size: int | None = None) -> StoredCheckpoint | None:
        """The newest checkpoint, or the first that covers `size` links."""
        query = select(t.checkpoint)
        if size is None:
            query = query.order_by(t.checkpoint.c.size.desc())
        else:
            query = query.where(t.checkpoint.c.size >= size).order_by(t.checkpoint.c.size)
        return self._one(query.limit(1), _checkpoint)

    def checkpoint_span(self, index: int) -> tuple[StoredCheckpoint | None, int]:
        """The first checkpoint that covers a leaf, and the first leaf that it covers first."""
        before = self.connection.execute(
            select(func.max(t.checkpoint.c.size)).where(t.checkpoint.c.size <= index)
        ).scalar_one_or_none()
        return self.checkpoint(index + 1), before or 0

    def checkpoints(self) -> Iterator[StoredCheckpoint]:
        """All checkpoints in order of size."""
        query = select(t.checkpoint).order_by(t.checkpoint.c.size)
        yield from map(_checkpoint, self.connection.execute(query))

    def hashes(self) -> StoreHashes:
        """Hashes of full subtrees, for proofs."""
        return StoreHashes(self.connection)

    def tile(self, level: int, number: int) -> bytes | None:
        """The 256 hashes of a full tile, joined; None where the store has none."""
        return self.hashes().tile(level, number)

    def tile_row(self, level: int, number: int) -> tuple[bytes, bytes] | None:
        """Root and hashes of a full tile as they are stored."""
        query = select(t.tile.c.root, t.tile.c.hashes).where(t.tile.c.id == tile_id(level, number))
        return self._one(query, lambda row: (as_bytes(row.root), as_bytes(row.hashes)))

    def tile_count(self) -> int:
        """How many full tiles are stored."""
        query = select(func.count()).select_from(t.tile)
        return int(self.connection.execute(query).scalar_one())

    def cosigned(self) -> list[tuple[int, str, int]]:
        """Checkpoints that met their quorum: size, note, recorded time in microseconds UTC."""
        rows = self.connection.execute(select(t.cosigned).order_by(t.cosigned.c.size))
        return [(row.size, row.note, row.at) for row in rows]

    def tiles(self) -> Iterator[tuple[int, int, bytes, bytes]]:
        """All full tiles by level and number: level, number, root, hashes."""
        query = select(t.tile).order_by(t.tile.c.id)
        for row in self.connection.execution_options(yield_per=100).execute(query):
            level, number = divmod(row.id, 1 << LEVEL_BITS)
            yield level, number, as_bytes(row.root), as_bytes(row.hashes)

    def trust(self) -> Trust:
        """The trust file that the ledger was opened with."""
        return Trust.from_json(self.connection.execute(select(t.ledger.c.trust)).scalar_one())

    def published(self) -> StoredCheckpoint | None:
        """What is served as newest: with a policy the newest that met its quorum, else signed."""
        return self.checkpoint() if self.trust().policy == "none" else self.newest_kept()

    def newest_kept(self) -> StoredCheckpoint | None:
        """The newest checkpoint that met its quorum; `committed` is the time it vouches for."""
        return self._cosigned(select(t.cosigned).order_by(t.cosigned.c.size.desc()))

    def kept(self, index: int) -> StoredCheckpoint | None:
        """The first checkpoint that met its quorum and covers a leaf; `committed` its time."""
        query = select(t.cosigned).where(t.cosigned.c.size > index)
        return self._cosigned(query.order_by(t.cosigned.c.size))

    def _cosigned(self, query: Select[Any]) -> StoredCheckpoint | None:
        return self._one(query.limit(1), lambda row: StoredCheckpoint(row.size, row.note, row.at))

    def recorded(self, index: int) -> Recorded | None:
        """When a link was recorded: by the cosignatures that cover it, else by its batch's commit.

        Never by what its signer claims. None where no checkpoint covers it.
        """
        cosigned, committed = tuple(self.connection.execute(select(*_times(literal(index)))).one())
        time = committed if cosigned is None else cosigned
        return None if time is None else Recorded(time, cosigned is not None)

    def first_since(self, time: int) -> int:
        """The index from which on links were committed at this moment or later, by halves."""
        low, high = 0, self.size()
        while low < high:
            middle = (low + high) // 2
            checkpoint = self.checkpoint(middle + 1)
            if checkpoint is None or checkpoint.committed >= time:
                high = middle
            else:
                low = checkpoint.size
        return low

    def among(
        self, query: Select[Any], column: ColumnElement[Any], values: Iterable[Any]
    ) -> Iterator[Row[Any]]:
        """The rows of a query of which a column has one of these values."""
        return among(self.connection, query, column, values)
