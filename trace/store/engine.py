"""Engines: how each database is opened so that what is committed is durable."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib import import_module
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, Table, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, SQLAlchemyError

from .errors import Conflict, StoreError, first_line

WRITE = {"begin": "BEGIN IMMEDIATE"}
_BUSY_MS = 30_000
_LOGGED: dict[str, Any] = {"hide_parameters": True}  # errors are logged: no person's data in them
_POOL = {"pool_size": 16, "max_overflow": 16}  # a server process has 16 threads
_SHARED_POOL = {"pool_size": 8, "max_overflow": 12}  # of a server that others use too


def open_engine(url: str, *, durable: bool = True) -> Engine:
    """An engine for a SQLite or PostgreSQL URL; not `durable` only for scratch files.

    Raises StoreError for another database, one that cannot be reached, or a PostgreSQL that
    would acknowledge what it may lose (fsync off, synchronous_commit off).
    """
    try:
        parsed = make_url(url)
        name = parsed.get_backend_name()
        parsed.get_dialect()
    except (ArgumentError, ValueError, NoSuchModuleError) as error:
        raise StoreError("SUYUAN_DATABASE_URL is no database URL: %s", first_line(error)) from None
    if name == "sqlite":
        return _sqlite(url, durable=durable)
    if name == "postgresql":
        return _postgresql(url)
    raise StoreError("%s is no database for a ledger: use sqlite or postgresql+psycopg", name)


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite+pysqlite:///{path}"


def is_sqlite(engine: Engine) -> bool:
    """Whether the engine is SQLite's."""
    return engine.dialect.name == "sqlite"


def run_driver(connection: Connection, statement: str, values: Any) -> CursorResult[Any]:
    """Run a statement whose values are marked by `?` past most of SQLAlchemy's own work."""
    marked = statement if is_sqlite(connection.engine) else statement.replace("?", "%s")
    return connection.exec_driver_sql(marked, values)


def dialect_insert(engine: Engine, table: Table) -> Any:
    """An INSERT of the engine's own kind, which may say what a conflict does."""
    dialect = import_module(f"sqlalchemy.dialects.{engine.dialect.name}")  # the other costs 25 ms
    return dialect.insert(table)


@contextmanager
def failing(summary: str) -> Iterator[None]:
    """Make a database error a StoreError that begins with `summary`; Conflict for a known key."""
    try:
        yield
    except SQLAlchemyError as error:
        kind = Conflict if isinstance(error, IntegrityError) else StoreError
        raise kind(f"{summary}: {first_line(error)}") from error


@contextmanager
def writing(engine: Engine, noun: str | None = None) -> Iterator[Connection]:
    """A connection in one writing transaction; with a `noun` an error is a StoreError."""
    errors = nullcontext() if noun is None else failing(f"{noun} cannot be written")
    with errors, engine.connect() as plain:
        connection = plain.execution_options(**WRITE)
        with connection.begin():
            yield connection


def _sqlite(url: str, *, durable: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _BUSY_MS / 1000}, **_LOGGED, **_POOL)

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None  # we begin transactions ourselves
        for pragma in (
            "journal_mode=WAL",
            f"synchronous={'FULL' if durable else 'OFF'}",
            "foreign_keys=ON",
            f"busy_timeout={_BUSY_MS}",
            "cache_size=-65536",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))

    return engine


def _postgresql(url: str) -> Engine:
    engine = create_engine(
        url,
        pool_pre_ping=True,
        **_LOGGED,
        **_SHARED_POOL,
        connect_args={
            "connect_timeout": 10,
            "options": "-c idle_in_transaction_session_timeout=5000 -c lock_timeout=10000",
        },
    )
    try:
        with engine.connect() as connection:
            for setting in ("fsync", "synchronous_commit"):
                value = connection.exec_driver_sql(f"SHOW {setting}").scalar_one()
                if value == "off":
                    raise StoreError(
                        "PostgreSQL has %s off: an acknowledged link could be lost. "
                        "Turn it on and start again",
                        setting,
                    )
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError("PostgreSQL cannot be reached: %s", first_line(error)) from None
    except StoreError:
        engine.dispose()
        raise
    return engine
