"""What an answer was made from, read again: the statements themselves, and a digest of their rows.

While an answer is made every statement over its connection is noted. Asked again, they give the
same rows or they do not (told by a checksum under a key that nobody has but this process). An
answer whose statements give the same rows is the answer still, since nothing else of the database
went into it. So it cannot be out of date, whoever changed what.
"""

import marshal
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

from cryptography.hazmat.primitives.poly1305 import Poly1305
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import SQLAlchemyError

from suyuan.keys.notes import VerifierKey
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError

from ..engine import is_sqlite
from ..errors import StoreError, first_line
from .log_reader import StoredCheckpoint
from .reader import Reader

Statement = tuple[str, Any]  # what the driver was given
MOST = 400  # statements that one answer may need and still be kept: SQLite joins up to 500
_FORM = 2  # of marshal: no references, so that equal rows give equal bytes
_NEWEST = (
    "SELECT size FROM log_state",
    "SELECT size, note, committed FROM checkpoint ORDER BY size DESC LIMIT 1",
    "SELECT size, note, at FROM cosigned ORDER BY size DESC LIMIT 1",
)
_KEY = secrets.token_bytes(32)
_noting: ContextVar["Reads | None"] = ContextVar("reads", default=None)


@dataclass(frozen=True, slots=True)
class Live:
    """What every append changes: the size, the newest checkpoint, the newest that met its quorum.

    Kept apart from what an answer was made from, so that others' links leave it as it is.
    """

    size: int
    checkpoint: StoredCheckpoint | None
    kept: StoredCheckpoint | None

    def is_signed(self, log: VerifierKey) -> bool:
        """Whether the newest checkpoint is of all that is there, and signed by the log."""
        newest = self.checkpoint
        return newest is not None and newest.size == self.size == _signed_size(newest.note, log)


@lru_cache(maxsize=64)
def _signed_size(note: str, log: VerifierKey) -> int | None:
    try:
        return open_checkpoint(note, log).size
    except LogError:
        return None


@dataclass(slots=True)
class Kept:
    """Statements and the digest of their rows; `version` of the database when last compared."""

    statements: Sequence[Statement]
    digest: bytes
    version: int | None = None


class Reads:
    """The statements by which one answer is made over one connection."""

    def __init__(self, reader: Reader) -> None:
        self._connection = reader.connection
        self._driver: Any = reader.connection.connection.driver_connection
        self._noted: dict[tuple[str, Any], Statement] = {}
        self._is_whole = True

    @contextmanager
    def noting(self) -> Iterator[None]:
        """Note what is read in this thread."""
        token = _noting.set(self)
        try:
            yield
        finally:
            _noting.reset(token)

    def note(self, connection: Connection, statement: str, values: Any, *, many: bool) -> None:
        """Note one statement; over another connection, or writing, it cannot be asked again."""
        is_read = statement.lstrip()[:6].upper() in ("SELECT", "WITH R")
        is_mine = connection.connection.driver_connection is self._driver
        if many or not is_read or not is_mine or len(self._noted) >= MOST:
            self._is_whole = False
            return
        key = tuple(sorted(values.items())) if isinstance(values, dict) else tuple(values or ())
        self._noted.setdefault((statement, key), (statement, values))

    @property
    def statements(self) -> list[Statement]:
        """The statements so far, each once, in their order."""
        return list(self._noted.values())

    def kept(self) -> Kept | None:
        """What was noted, with a digest of its rows as of now; None where that is not all."""
        if not self._is_whole:
            return None
        statements = self.statements
        try:
            if is_sqlite(self._connection.engine):
                joined = _joined(self._driver, statements)
                return Kept([joined], _digest(_apart(self._driver.execute(*joined).fetchall())[1]))
            return Kept(statements, _digest(_piped(self._driver, statements)))
        except (ValueError, sqlite3.Error):  # rows that marshal has no form for; too much for one
            return None


def listen(engine: Engine) -> None:
    """Let Reads note what is read by this engine."""
    event.listen(engine, "before_cursor_execute", _note)


def _note(
    connection: Connection, _cursor: Any, statement: str, values: Any, _context: Any, many: bool
) -> None:
    reads = _noting.get()
    if reads is not None:
        reads.note(connection, statement, values, many=many)


@contextmanager
def aside() -> Iterator[None]:
    """Note nothing meanwhile: what is read is no part of the answer, or watched otherwise."""
    token = _noting.set(None)
    try:
        yield
    finally:
        _noting.reset(token)


def live(reader: Reader) -> Live:
    """What is newest, as of a reader's moment; not noted."""
    with aside():
        return Live(reader.size(), reader.checkpoint(), reader.newest_kept())


class Again(Protocol):
    """Reads again, for one process.

    `is_here`: on this machine, so that reading takes no longer than what is computed of it.
    """

    is_here: bool

    def look(self, noted: Kept) -> Live | None:
        """What is newest, if the statements give the same rows still; else None.

        Both as of one moment, which is after the call. StoreError where it cannot be read.
        """


def again(engine: Engine, *, skips: bool = True, megabytes: int = 64) -> Again:
    """A reader of noted statements over this engine's database.

    On SQLite, `skips`: not where the whole database has not changed since; `megabytes`: the most
    of the database that stays in memory.
    """
    if is_sqlite(engine):
        reader = _OverSqlite(str(engine.url.database), skips=skips, megabytes=megabytes)
        event.listen(engine, "engine_disposed", lambda _: reader.close())
        return reader
    return _OverPostgres(engine)


class _OverSqlite:
    """One connection of its own, which never writes, so that its data_version tells of others."""

    is_here = True

    def __init__(self, path: str, *, skips: bool, megabytes: int) -> None:
        self._path = path
        self._megabytes = megabytes
        self.skips = skips
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._version: int | None = None  # at which `_live` was read
        self._newest: list[list[Any]] = []
        self._live: Live | None = None

    def look(self, noted: Kept) -> Live | None:
        with self._lock:
            try:
                return self._look(self._open(), noted)
            except (sqlite3.Error, ValueError, TypeError) as error:
                self._close()
                raise StoreError("the database cannot be read: %s", error) from error

    def _look(self, db: sqlite3.Connection, noted: Kept) -> Live | None:
        # Asked for before the moment that is read, so that a change between the two is seen.
        version = int(db.execute("PRAGMA data_version").fetchone()[0]) if self.skips else None
        if version is not None and noted.version == version == self._version:
            return self._live
        ((query, values),) = noted.statements
        newest, rows = _apart(db.execute(query, values).fetchall())
        if self._live is None or newest != self._newest:
            self._live, self._newest = _live(newest), newest
        self._version = version
        is_same = _digest(rows) == noted.digest
        noted.version = version if is_same else None
        return self._live if is_same else None

    def _open(self) -> sqlite3.Connection:
        if self._opened is None:
            self._opened = sqlite3.connect(
                self._path,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=512,
                timeout=5,
            )
            self._opened.execute("PRAGMA query_only=ON")
            self._opened.execute(f"PRAGMA cache_size=-{self._megabytes << 10}")
        return self._opened

    def _close(self) -> None:
        opened, self._opened, self._version = self._opened, None, None
        if opened is not None:
            opened.close()

    def close(self) -> None:
        with self._lock:
            self._close()


class _OverPostgres:
    """Over the engine's pool, all statements of an answer sent at once."""

    is_here = False

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def look(self, noted: Kept) -> Live | None:
        newest: list[Statement] = [(query, None) for query in _NEWEST]
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(isolation_level="REPEATABLE READ")
                with aside(), connection.begin():
                    driver: Any = connection.connection.driver_connection
                    rows = _piped(driver, [*newest, *noted.statements])
            result = _live(rows[: len(newest)])
            return result if _digest(rows[len(newest) :]) == noted.digest else None
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            raise StoreError("the database cannot be read: %s", first_line(error)) from error
        except (ValueError, TypeError):
            return None


def _joined(driver: Any, statements: Sequence[Statement]) -> Statement:
    """One statement of what is newest and of all these, its rows numbered by where they are from.

    One reads one moment, and costs a fraction of many. Pages of one form have the same one.
    """
    every: list[Statement] = [*((query, ()) for query in _NEWEST), *statements]
    widths = [len(driver.execute(*statement).description) for statement in every]
    parts = [
        f"SELECT {at}, *{', NULL' * (max(widths) - width)} FROM ({query})"  # noqa: S608
        for at, ((query, _), width) in enumerate(zip(every, widths, strict=True))
    ]
    return "\nUNION ALL ".join(parts), tuple(value for _, values in every for value in values)


def _apart(rows: list[Any]) -> tuple[list[list[Any]], list[Any]]:
    """What is newest, as _live takes it, and the other rows."""
    newest: list[list[Any]] = [[] for _ in _NEWEST]
    most = len(_NEWEST)  # each gives one row or none, and they come first
    for row in rows[:most]:
        if row[0] < most:
            newest[row[0]].append(row[1:4])
    return newest, rows[sum(map(len, newest)) :]


def _piped(driver: Any, statements: Sequence[Statement]) -> list[list[Any]]:
    with driver.pipeline():
        cursors = [driver.cursor() for _ in statements]
        for cursor, (query, values) in zip(cursors, statements, strict=True):
            cursor.execute(query, values or None)
    results = []
    for cursor in cursors:
        with closing(cursor):
            results.append([tuple(row) for row in cursor.fetchall()])
    return results


def _digest(rows: list[list[Any]]) -> bytes:
    # A universal hash is enough, and a third of SHA-256: its key and its sums never leave here.
    return Poly1305.generate_tag(_KEY, marshal.dumps(rows, _FORM))


def _live(rows: list[list[Any]]) -> Live:
    size, checkpoint, witnessed = (part[0] if part else None for part in rows)
    if size is None:
        raise ValueError("the ledger has no size")
    return Live(
        int(size[0]),
        None if checkpoint is None else StoredCheckpoint(*checkpoint),
        None if witnessed is None else StoredCheckpoint(*witnessed),
    )
