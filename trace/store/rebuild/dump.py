"""The whole database as files of one moment, while others go on writing; and made of these again.

SQLite copies itself. Of PostgreSQL it is each table, in a snapshot, by COPY in its binary form,
which a schema of the same revision takes.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, delete, func, select

from suyuan.trace.format.errors import LedgerError

from .. import migrate
from .. import schema as t
from ..beside.schema_beside import invitation, session
from ..database import Database
from ..engine import failing, is_sqlite, open_engine, sqlite_url, writing
from ..errors import StoreError, first_line
from ..read.log_reader import StoredCheckpoint
from ..read.reader import reading

SQLITE, POSTGRESQL = "suyuan.db", "tables"  # what a dump is: this file, or files in this folder
_SPENT = (invitation, session)  # which open doors: nobody enters by a copy


@contextmanager
def dumped(
    database: Database, folder: Path
) -> Iterator[tuple[StoredCheckpoint | None, Iterable[Path]]]:
    """The newest checkpoint of a moment, and the files of a dump of that, made in a folder.

    Each file may be taken away before the next is asked for. Without sessions and invitations.
    StoreError where the database cannot be read.
    """
    if not is_sqlite(database.engine):
        with database.reading(patient=True) as reader:
            yield reader.checkpoint(), _tables(reader.connection, folder)
        return
    path = folder / SQLITE
    with failing("the database cannot be copied"):
        raw = database.engine.raw_connection()
        target = sqlite3.connect(path)
        try:
            source: Any = raw.driver_connection
            source.backup(target)
        except sqlite3.Error as error:
            raise StoreError("the database cannot be copied: %s", error) from None
        finally:
            target.close()
            raw.close()
    copy = open_engine(sqlite_url(path), durable=False)
    try:
        with writing(copy, "the copy") as connection:
            for table in _SPENT:
                connection.execute(delete(table))
        with reading(copy) as reader:
            newest = reader.checkpoint()
    finally:
        copy.dispose()  # which leaves all of it in the one file
    yield newest, [path]


def load(database: Database, folder: Path) -> None:
    """Fill a PostgreSQL that holds nothing from a dump in a folder, all of it or nothing.

    StoreError where it holds a ledger, or does not take it.
    """
    require_empty(database)
    with writing(database.engine, "the database") as connection:
        migrate.make(connection)
        for table in _dumped():
            statement = f"COPY {_named(table)} FROM STDIN (FORMAT BINARY)"
            with (folder / table.name).open("rb") as file, _copying(connection, statement) as copy:
                while block := file.read(1 << 20):
                    copy.write(block)
            for column in table.primary_key:
                if column.autoincrement is True:
                    free = select(func.coalesce(func.max(column), 0) + 1).scalar_subquery()
                    drawn = func.pg_get_serial_sequence(table.name, column.name)
                    connection.execute(select(func.setval(drawn, free, False)))


def require_empty(database: Database) -> None:
    """Raise LedgerError where a database holds a ledger."""
    if migrate.current(database.engine) is not None:
        raise LedgerError("the database holds a ledger already: nothing was changed")


def _dumped() -> list[Table]:
    return [table for table in t.metadata.sorted_tables if table not in _SPENT]


def _named(table: Table) -> str:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    return f'"{table.name}" ({columns})'


def _tables(connection: Connection, folder: Path) -> Iterator[Path]:
    for table in _dumped():
        path = folder / table.name
        statement = f"COPY {_named(table)} TO STDOUT (FORMAT BINARY)"
        with path.open("wb") as file, _copying(connection, statement) as copy:
            for block in copy:
                file.write(block)
        yield path


@contextmanager
def _copying(connection: Connection, statement: str) -> Iterator[Any]:
    import psycopg  # which SQLite does without

    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            yield copy
    except psycopg.Error as error:
        raise StoreError("the database cannot be copied: %s", first_line(error)) from None
