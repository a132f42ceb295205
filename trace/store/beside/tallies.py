"""What is counted beside the ledger: scans of labels, and what parties offer for keeping.

On SQLite each in a file of its own in the home; on PostgreSQL in tables of the ledger's own
database, since several machines count together, outside the schema that the ledger's audit knows.
Of a scan there is kept the label, the day, and in which hours of that day: nothing about who or
from where. Losing what was offered loses a limit for a day, and nothing else.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
    event,
    or_,
    select,
    tuple_,
)
from sqlalchemy.pool import NullPool

from suyuan.trace.findings.label_copies import Day, Scans

from ..engine import dialect_insert, failing, is_sqlite, run_driver, sqlite_url
from ..errors import StoreError, first_line

KEPT = timedelta(days=400)  # how long single days are kept, and labels that nobody scans again
KEPT_UNKNOWN = timedelta(days=30)  # and serials that nobody had issued when they were scanned


def _key() -> tuple[Column[str], Column[str]]:
    return (
        Column("code", String(16), primary_key=True),
        Column("serial", String(13), primary_key=True),
    )


metadata = MetaData()
label = Table(
    "scanned_label",
    metadata,
    *_key(),
    Column("first", BigInteger, nullable=False),
    Column("last", BigInteger, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("issued", Boolean, nullable=False),
)
day = Table(
    "scanned_day",
    metadata,
    *_key(),
    Column("day", Integer, primary_key=True),  # as date.toordinal() in the ledger's zone
    Column("count", BigInteger, nullable=False),
    Column("hours", Integer, nullable=False),  # bit n: scanned in hour n
)

offered = Table(
    "offered_day",
    metadata,
    Column("party", String(600), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

SCANS, OFFERED = (label, day), (offered,)
_LABEL = 'SELECT "count", first, last FROM scanned_label WHERE code = ? AND serial = ?'
_DAYS = 'SELECT day, "count", hours FROM scanned_day WHERE code = ? AND serial = ? ORDER BY day'


Key = tuple[str, str]  # a holder's code, a serial


class _Tables:
    """Tables that are made when they are first used, on SQLite in a file of their own."""

    def __init__(self, path: Path, engine: Engine, tables: Sequence[Table], wait: int) -> None:
        """`wait` are the seconds that a writer of the file waits for another."""
        self.is_own = is_sqlite(engine)
        self.engine = engine
        if self.is_own:
            self.engine = create_engine(
                sqlite_url(path), poolclass=NullPool, connect_args={"timeout": wait}
            )
        self._tables = tables
        self._is_made = False

    def insert(self, table: Table) -> Any:
        """An INSERT into one of them that may be an update."""
        return dialect_insert(self.engine, table)

    @contextmanager
    def writing(self, failure: str) -> Iterator[Connection]:
        """A connection in one transaction; StoreError with `failure` where it fails."""
        with failing(failure):
            self.make()
            with self.engine.begin() as connection:
                yield connection

    def make(self) -> None:
        """Make them where they are not there."""
        if self._is_made:
            return
        metadata.create_all(self.engine, self._tables, checkfirst=True)
        if self.is_own and self._tables is SCANS:
            with self.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")
        self._is_made = True


@dataclass(slots=True)
class Tally:
    """What was counted of one label and is not written yet; instants are microseconds UTC."""

    first: int
    last: int
    is_issued: bool
    days: dict[int, tuple[int, int]]  # by ordinal: count, hours as bits

    @property
    def count(self) -> int:
        """How many scans."""
        return sum(count for count, _ in self.days.values())


class ScanBook:
    """The counts of one ledger's labels, which any number of processes add to."""

    def __init__(self, home: Path, engine: Engine) -> None:
        path = home / "scans.db"
        self._tables = _Tables(path, engine, SCANS, wait=2)
        self._own: ScanReader | None = None
        if self._tables.is_own:
            own = self._own = ScanReader(path)
            event.listen(engine, "engine_disposed", lambda _: own.close())

    def add(self, tallies: Mapping[Key, Tally]) -> None:
        """Add what was counted, in one transaction; StoreError where it cannot be written."""
        labels = [
            {
                "code": code, "serial": serial, "first": tally.first, "last": tally.last,
                "count": tally.count, "issued": tally.is_issued,
            }
            for (code, serial), tally in sorted(tallies.items())
        ]  # fmt: skip
        days = [
            {"code": code, "serial": serial, "day": at, "count": count, "hours": hours}
            for (code, serial), tally in sorted(tallies.items())
            for at, (count, hours) in sorted(tally.days.items())
        ]
        if not labels:
            return
        insert = self._tables.insert(label)
        new, old = insert.excluded, label.c
        more = insert.on_conflict_do_update(
            index_elements=["code", "serial"],
            set_={
                "last": new.last,
                "count": old["count"] + new["count"],
                "issued": or_(old.issued, new.issued),
            },
        )
        by_day = self._tables.insert(day)
        more_days = by_day.on_conflict_do_update(
            index_elements=["code", "serial", "day"],
            set_={
                "count": day.c["count"] + by_day.excluded["count"],
                "hours": day.c.hours.op("|")(by_day.excluded.hours),
            },
        )
        with self._tables.writing("scans cannot be counted") as connection:
            connection.execute(more, labels)
            connection.execute(more_days, days)

    def of(self, code: str, serial: str) -> Scans | None:
        """What is known of a label; None where it was never scanned."""
        try:
            with failing("scans cannot be read"):
                self._tables.make()
                if self._own is not None:
                    return self._own.of(code, serial)
                with self._tables.engine.connect() as connection:
                    return _scans(partial(run_driver, connection), (code, serial))
        except (sqlite3.Error, OSError) as error:
            raise StoreError("scans cannot be read: %s", first_line(error)) from error

    def sweep(self, today: int, now: int) -> None:
        """Forget what is too old, `today` as an ordinal and `now` in microseconds UTC."""
        micro = timedelta(microseconds=1)
        too_old = label.c.last < now - KEPT // micro
        unknown = ~label.c.issued & (label.c.last < now - KEPT_UNKNOWN // micro)
        with self._tables.writing("scans cannot be swept") as connection:
            gone = select(label.c.code, label.c.serial).where(too_old | unknown)
            is_gone = tuple_(day.c.code, day.c.serial).in_(gone)
            connection.execute(delete(day).where(or_(day.c.day < today - KEPT.days, is_gone)))
            connection.execute(delete(label).where(too_old | unknown))


def _scans(run: Callable[[str, Key], Iterable[Any]], key: Key) -> Scans | None:
    """What is known of a label; `run` gives the rows of a statement."""
    for count, first, last in run(_LABEL, key):
        return Scans(count, first, last, tuple(Day(*row) for row in run(_DAYS, key)))
    return None


def merged(stored: Scans | None, tally: Tally | None) -> Scans | None:
    """The stored scans with the tally that is not written yet."""
    if tally is None:
        return stored
    days = {d.day: (d.count, d.hours) for d in (() if stored is None else stored.days)}
    for at, (count, hours) in tally.days.items():
        before = days.get(at, (0, 0))
        days[at] = (before[0] + count, before[1] | hours)
    first = tally.first if stored is None else min(stored.first, tally.first)
    count = tally.count + (0 if stored is None else stored.count)
    every = tuple(Day(at, scans, hours) for at, (scans, hours) in sorted(days.items()))
    return Scans(count, first, tally.last, every)


class ScanReader:
    """One connection to `scans.db`, opened again where the file is another one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._opened: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None

    def of(self, code: str, serial: str) -> Scans | None:
        """What is known of a label; None where it was never scanned."""
        with self._lock:
            try:
                db = self._open()
                db.execute("BEGIN")
                scans = _scans(db.execute, (code, serial))
                db.execute("ROLLBACK")
            except (sqlite3.Error, OSError):
                self._close()
                raise
        return scans

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._close()

    def _open(self) -> sqlite3.Connection:
        stat = self._path.stat()
        file = stat.st_dev, stat.st_ino
        if self._opened is None or file != self._file:
            self._close()
            self._opened = sqlite3.connect(
                self._path, isolation_level=None, check_same_thread=False, timeout=2
            )
            self._file = file
        return self._opened

    def _close(self) -> None:
        opened, self._opened = self._opened, None
        if opened is not None:
            opened.close()


class OfferedBook:
    """How much each party offered for keeping on a day; any number of processes count together."""

    def __init__(self, home: Path, engine: Engine) -> None:
        self._tables = _Tables(home / "offered.db", engine, OFFERED, wait=10)

    def take(
        self, party: str, day: int, size: int, *, most_files: int, most_bytes: int, files: int = 1
    ) -> bool:
        """Count a party's files of a day; False, and nothing counted, where that is too much."""
        if files > most_files or size > most_bytes:
            return False
        c = offered.c
        upsert = (
            self._tables.insert(offered)
            .values(party=party, day=day, files=files, bytes=size)
            .on_conflict_do_update(
                index_elements=["party", "day"],
                set_={"files": c.files + files, "bytes": c.bytes + size},
                where=(c.files <= most_files - files) & (c.bytes <= most_bytes - size),
            )
            .returning(c.files)
        )
        with self._tables.writing("what was offered cannot be counted") as connection:
            total = connection.execute(upsert).scalar_one_or_none()
            if total == files:  # once a day and party: what is past is of no use
                connection.execute(delete(offered).where(c.day < day))
        return total is not None
