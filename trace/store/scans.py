"""How often labels were scanned: a database of its own beside the ledger's.

On SQLite that is `<home>/scans.db`; on PostgreSQL two tables of the ledger's own database, since
several machines count together, outside the schema that the ledger's audit knows. Of a scan there
is kept the label, the day, and in which hours of that day: nothing about who or from where.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
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
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from ..copies import Day, Scans
from .engine import is_sqlite, sqlite_url
from .errors import StoreError
from .scans_read import ScanReader

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

Key = tuple[str, str]  # a holder's code, a serial


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
        self._is_own = is_sqlite(engine)
        self._engine = engine
        self._own: ScanReader | None = None
        if self._is_own:
            own = self._own = ScanReader(home / "scans.db")
            event.listen(engine, "engine_disposed", lambda _: own.close())
            self._engine = create_engine(
                sqlite_url(home / "scans.db"), poolclass=NullPool, connect_args={"timeout": 2}
            )
        self._is_made = False

    def add(self, tallies: Mapping[Key, Tally]) -> None:
        """Add what was counted, in one transaction; StoreError where it cannot be written."""
        insert = sqlite_insert if self._is_own else postgresql_insert
        labels = [
            {
                "code": code, "serial": serial, "first": one.first, "last": one.last,
                "count": one.count, "issued": one.is_issued,
            }
            for (code, serial), one in sorted(tallies.items())
        ]  # fmt: skip
        days = [
            {"code": code, "serial": serial, "day": at, "count": count, "hours": hours}
            for (code, serial), one in sorted(tallies.items())
            for at, (count, hours) in sorted(one.days.items())
        ]
        if not labels:
            return
        said = insert(label)
        new, old = said.excluded, label.c
        more = said.on_conflict_do_update(
            index_elements=["code", "serial"],
            set_={
                "last": new.last,
                "count": old["count"] + new["count"],
                "issued": or_(old.issued, new.issued),
            },
        )
        by_day = insert(day)
        more_days = by_day.on_conflict_do_update(
            index_elements=["code", "serial", "day"],
            set_={
                "count": day.c["count"] + by_day.excluded["count"],
                "hours": day.c.hours.op("|")(by_day.excluded.hours),
            },
        )
        try:
            self._make()
            with self._engine.begin() as connection:
                connection.execute(more, labels)
                connection.execute(more_days, days)
        except SQLAlchemyError as error:
            raise StoreError(f"scans cannot be counted: {_said(error)}") from error

    def of(self, code: str, serial: str) -> Scans | None:
        """What is known of a label; None where it was never scanned.

        StoreError where the counts cannot be read.
        """
        try:
            self._make()
            if self._own is not None:
                return self._own.of(code, serial)
            with self._engine.connect() as connection:
                row = connection.execute(
                    select(label.c["count"].label("scans"), label.c.first, label.c.last).where(
                        label.c.code == code, label.c.serial == serial
                    )
                ).one_or_none()
                if row is None:
                    return None
                days = connection.execute(
                    select(day.c.day, day.c["count"], day.c.hours)
                    .where(day.c.code == code, day.c.serial == serial)
                    .order_by(day.c.day)
                ).all()
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise StoreError(f"scans cannot be read: {_said(error)}") from error
        found = tuple(Day(at, count, hours) for at, count, hours in days)
        return Scans(row.scans, row.first, row.last, found)

    def sweep(self, today: int, now: int) -> None:
        """Forget what is too old, `today` as an ordinal and `now` in microseconds UTC."""
        micro = timedelta(microseconds=1)
        too_old = label.c.last < now - KEPT // micro
        unknown = ~label.c.issued & (label.c.last < now - KEPT_UNKNOWN // micro)
        try:
            self._make()
            with self._engine.begin() as connection:
                gone = select(label.c.code, label.c.serial).where(too_old | unknown)
                keys = connection.execute(gone).all()
                connection.execute(delete(day).where(day.c.day < today - KEPT.days))
                for code, serial in keys:
                    for table in (day, label):
                        where = (table.c.code == code) & (table.c.serial == serial)
                        connection.execute(delete(table).where(where))
        except SQLAlchemyError as error:
            raise StoreError(f"scans cannot be swept: {_said(error)}") from error

    def _make(self) -> None:
        if not self._is_made:
            metadata.create_all(self._engine, checkfirst=True)
            if self._is_own:
                with self._engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA journal_mode=WAL")
            self._is_made = True


def merged(stored: Scans | None, tally: Tally | None) -> Scans | None:
    """What is stored together with what is not written yet."""
    if tally is None:
        return stored
    days = {one.day: (one.count, one.hours) for one in (() if stored is None else stored.days)}
    for at, (count, hours) in tally.days.items():
        before = days.get(at, (0, 0))
        days[at] = (before[0] + count, before[1] | hours)
    first = tally.first if stored is None else min(stored.first, tally.first)
    count = tally.count + (0 if stored is None else stored.count)
    return Scans(count, first, tally.last, _days(days.items()))


def _days(items: Iterable[tuple[int, tuple[int, int]]]) -> tuple[Day, ...]:
    return tuple(Day(at, count, hours) for at, (count, hours) in sorted(items))


def _said(error: Exception) -> str:
    return str(error).splitlines()[0][:300]
