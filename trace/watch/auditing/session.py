"""One transaction of the audited database, in which a process does all its tasks of an audit."""

import gc
import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from suyuan.trace.admission.state import Genesis
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.store.engine import open_engine, run_driver
from suyuan.trace.store.errors import StoreError, first_line
from suyuan.trace.store.read.reader import Reader, reading
from suyuan.trace.store.rebuild.compare import Row, fetched
from suyuan.trace.store.schema_columns import APPEND, of_projection


@dataclass(frozen=True, slots=True)
class Frame:
    """What is the same for all tasks of an audit.

    `key` is that of the digests, which who changes rows does not know; None where nobody keeps
    them. `cursors` say up to where followers had followed. With `is_closer` heads are looked up by
    all rows of a chain and their links; then `statements` are the indexes of those on who may sign,
    which else the columns beside them say, and `broken` those of broken links.
    """

    url: str
    genesis: Genesis
    log: str
    key: bytes | None
    cursors: Mapping[str, int]
    signatures: frozenset[int] | None = None  # None: of all links
    statements: tuple[int, ...] | None = None
    broken: frozenset[int] = frozenset()
    is_closer: bool = False


class Session:
    """What a process knows of an audited database while the audit lasts."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.memory: dict[str, Any] = {}  # what those who do the tasks keep between them
        with ExitStack() as stack:
            engine = open_engine(frame.url)
            stack.callback(engine.dispose)
            self.reader: Reader = stack.enter_context(reading(engine, patient=True))
            self._stack = stack.pop_all()

    def close(self) -> None:
        """End the transaction."""
        self._stack.close()

    @cached_property
    def cursors(self) -> dict[str, int]:
        """How many links each follower has taken in, as of this transaction."""
        return self.reader.cursors()

    @cached_property
    def standing(self) -> frozenset[int]:
        """The numbers of subjects that are an actor, or that a row on who may sign names."""
        names = ["SELECT actor FROM chain"]
        for table in of_projection(APPEND):
            names += [f"SELECT {c.name} FROM {table.name}" for c in table.c if c.foreign_keys]  # noqa: S608
        return frozenset(row[0] for row in self.rows(" UNION ".join(names)))

    def rows(self, query: str, *values: object) -> list[Row]:
        """The rows of a query whose values are marked by `?`."""
        return fetched(run_driver(self.reader.connection, query, values))

    def digest(self, rows: Sequence[object]) -> bytes:
        """A digest of rows: keyed BLAKE2b (RFC 7693) over them as Python writes them."""
        key = self.frame.key
        if key is None:
            return b""
        return hashlib.blake2b(repr(rows).encode(), key=key, digest_size=16).digest()


class _Here(threading.local):
    session: Session | None = None


_here = _Here()


@contextmanager
def session(frame: Frame) -> Iterator[Session]:
    """The session of an audit, for one task: only at its end what it has made is collected."""
    if _here.session is None or _here.session.frame != frame:
        end()
        _here.session = Session(frame)
    was_collecting = gc.isenabled()
    gc.disable()
    try:
        yield _here.session
    finally:
        if was_collecting:
            gc.enable()


def look(frame: Frame, findings: list[Finding], work: Callable[[Session], None]) -> bool:
    """Do a task whose errors are findings; whether it came to its end.

    StoreError where the database cannot be opened.
    """
    try:
        with session(frame) as here:
            work(here)
    except StoreError:
        raise
    except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
        findings.append(unreadable(error))
        return False
    return True


def unreadable(error: Exception) -> Finding:
    """The finding that the store holds what no program of ours can have put there."""
    line = first_line(error) if str(error) else ""
    reason = f"the store holds what cannot be read: {type(error).__name__}: {line}"
    return Finding(str(Kind.PROJECTION), reason[:500])


def end() -> None:
    """Close the session, if there is one."""
    if _here.session is not None:
        _here.session.close()
        _here.session = None
