"""How followers follow: links after a cursor, in short transactions of their own."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from sqlalchemy import Connection, Engine, Table, delete, func, select, update
from sqlalchemy.exc import SQLAlchemyError

from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import msg

from .. import schema as t
from ..engine import dialect_insert, writing
from ..errors import StoreError, first_line
from ..read.reader import Reader, reading
from ..schema_columns import of_projection

BATCH = 1_000

Attachment = Callable[[str], bytes | None]


class Follower:
    """Derives rows from links, in the order of the log, and from nothing else.

    What a link's bytes and its attachments do not say, no follower knows: so an audit can make
    the same rows from the entries alone.
    """

    name: ClassVar[str]  # its tables say that they are of this projection
    after: ClassVar[tuple[str, ...]] = ()  # the followers whose rows it reads, which go before it

    def __init__(self, host: str, attachment: Attachment) -> None:
        self.host = host
        self.attachment = attachment

    def version(self) -> str:
        """The version of the rules that its rows follow, if they change from release to release."""
        return ""

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Take in the next links."""
        raise NotImplementedError


class Preparing(Follower):
    """A follower that reads and computes much: outside the transaction in which it writes."""

    def follow(self, connection: Connection, links: Sequence[tuple[int, Link]]) -> None:
        """Take in the next links, all in one transaction."""
        self.write(connection, self.prepare(Reader(connection), links))

    def prepare(self, reader: Reader, links: Sequence[tuple[int, Link]]) -> Any:
        """The rows that `write` has to write for the next links."""
        raise NotImplementedError

    def write(self, connection: Connection, prepared: Any) -> None:
        """Write what was prepared, if nobody has gone on from the same cursor meanwhile."""
        raise NotImplementedError


def insert_new(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; those whose primary key is there already are left as they are."""
    if not rows:
        return
    statement = dialect_insert(connection.engine, table).on_conflict_do_nothing()
    connection.execute(statement, list(rows))


class Followers:
    """All followers of one database."""

    def __init__(
        self, engine: Engine, kinds: Sequence[type[Follower]], host: str, attachment: Attachment
    ) -> None:
        self._engine = engine
        self._make: Callable[[], list[Follower]] = lambda: [k(host, attachment) for k in kinds]
        self._followers = self._make()
        self._read: tuple[int, int, list[tuple[int, Link]]] = (0, 0, [])

    @property
    def names(self) -> list[str]:
        """The followers' names, as `rebuild` takes them."""
        return [follower.name for follower in self._followers]

    def catch_up(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Follow until each has taken in every link there was at the start; that size.

        Raises StoreError where the database cannot be read or written.
        """
        try:
            with self._engine.connect() as connection:
                stated = connection.execute(select(t.log_state.c.size)).scalar_one()
                last = connection.execute(select(func.max(t.link.c.leaf))).scalar_one()
            size = min(int(stated), (-1 if last is None else int(last)) + 1)
            self.follow_to(dict.fromkeys(self.names, size), progress)
        except (SQLAlchemyError, ValueError, TypeError) as error:
            why = msg("what follows the links cannot be brought up: %s", first_line(error))
            raise StoreError(why) from error
        return size

    def follow_to(
        self, stops: Mapping[str, int], progress: Callable[[int, int], None] | None = None
    ) -> None:
        """Follow, each to its size in `stops`, batch by batch: what one reads serves the next."""
        stops = {
            f.name: min(stops[f.name], *(stops[name] for name in f.after))
            if f.after
            else stops[f.name]
            for f in self._followers
        }
        waiting = list(self._followers)
        while waiting:
            cursors = [self._step(follower, stops[follower.name]) for follower in waiting]
            if progress is not None:
                progress(min(cursors), max(stops.values()))
            waiting = [
                follower
                for follower, cursor in zip(waiting, cursors, strict=True)
                if cursor < stops[follower.name]
            ]

    def cursors(self) -> dict[str, int]:
        """How many links each has taken in."""
        with reading(self._engine) as reader:
            cursors = reader.cursors()
        return {name: cursors.get(name, 0) for name in self.names}

    def outdated(self) -> list[str]:
        """The followers whose rows were made by the rules of another version of this program."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(t.follower.c.name, t.follower.c.version)).all()
        versions: dict[str, str] = {row.name: row.version for row in rows}
        return [f.name for f in self._followers if versions.get(f.name, f.version()) != f.version()]

    def rebuild(self, name: str, progress: Callable[[int, int], None] | None = None) -> int:
        """Make anew what one follower derived, and others from it; KeyError for no follower."""
        self._followers = self._make()
        chosen = {follower.name: follower for follower in self._followers}[name]
        dropped = [f for f in self._followers if f is chosen or name in f.after]
        with writing(self._engine) as connection:
            for follower in dropped:
                _lock(connection, follower)  # so that nobody is in the middle of a batch
                for table in of_projection(follower.name):
                    connection.execute(delete(table))
                c = t.follower.c
                anew = update(t.follower).where(c.name == follower.name)
                connection.execute(anew.values(cursor=0, version=follower.version()))
        return self.catch_up(progress)

    def _step(self, follower: Follower, size: int) -> int:
        """Take in one batch; the cursor after it."""
        try:
            if isinstance(follower, Preparing):
                return self._prepared(follower, size)
            with writing(self._engine) as connection:
                return self._batch(connection, follower, size)
        except BaseException:
            self._followers = self._make()  # what they have read was rolled back with the batch
            raise

    def _batch(self, connection: Connection, follower: Follower, size: int) -> int:
        cursor = _lock(connection, follower)
        stop = self._stop(connection, follower, cursor, size)
        if stop <= cursor:
            return cursor
        follower.follow(connection, self._links(connection, cursor, stop))
        _move(connection, follower.name, stop)
        return stop

    def _prepared(self, follower: Preparing, size: int) -> int:
        with reading(self._engine) as reader:
            cursor = reader.cursors().get(follower.name, 0)
            stop = self._stop(reader.connection, follower, cursor, size)
            if stop <= cursor:
                return cursor
            prepared = follower.prepare(reader, self._links(reader.connection, cursor, stop))
        with writing(self._engine) as connection:
            now = _lock(connection, follower)
            if now != cursor:
                return now
            follower.write(connection, prepared)
            _move(connection, follower.name, stop)
        return stop

    @staticmethod
    def _stop(connection: Connection, follower: Follower, cursor: int, size: int) -> int:
        stop = min(cursor + BATCH, size)
        if follower.after:
            cursors = Reader(connection).cursors()
            stop = min(stop, *(cursors.get(name, 0) for name in follower.after))
        return stop

    def _links(self, connection: Connection, cursor: int, stop: int) -> list[tuple[int, Link]]:
        if self._read[:2] != (cursor, stop):
            self._read = (cursor, stop, list(Reader(connection).parsed_links(cursor, stop)))
        return self._read[2]


def _lock(connection: Connection, follower: Follower) -> int:
    first = {"name": follower.name, "cursor": 0, "version": follower.version()}
    insert_new(connection, t.follower, [first])
    query = select(t.follower.c.cursor).where(t.follower.c.name == follower.name)
    query = query.with_for_update()
    return int(connection.execute(query).scalar_one())


def _move(connection: Connection, name: str, cursor: int) -> None:
    connection.execute(update(t.follower).where(t.follower.c.name == name).values(cursor=cursor))
