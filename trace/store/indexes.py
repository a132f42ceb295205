"""What indexes hold, compared with their tables by the database itself."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Engine, Row, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from .catalogue import undone
from .catalogue_queries import HOME
from .engine import is_sqlite

_MOST = 100  # problems that SQLite names
_NOT_DAMAGE = ("42", "55", "57")  # SQLSTATE classes: may not, is in use, was cancelled
_EXTENSION = (
    "SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n "
    "ON n.oid = e.extnamespace WHERE e.extname = 'amcheck'"
)
_INDEXES = """
SELECT i.indexrelid, x.relname FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid
JOIN pg_am a ON a.oid = x.relam JOIN pg_namespace n ON n.oid = x.relnamespace
WHERE n.nspname = :home AND a.amname = 'btree' AND x.relkind = 'i' AND x.relpersistence <> 't'
ORDER BY x.relname"""

Looked = tuple[list[str], str]


def damaged(engine: Engine) -> Looked:
    """What is wrong; and why some was not looked at, empty where all was."""
    # A connection that is open already may know SQLite's indexes as they were before.
    alone = create_engine(engine.url, poolclass=NullPool) if is_sqlite(engine) else engine
    try:
        with undone(alone) as connection:
            return _sqlite(connection) if is_sqlite(engine) else _postgresql(connection)
    except SQLAlchemyError as error:
        return [f"the database's own check failed: {_short(error)}"], ""


def _sqlite(connection: Connection) -> Looked:
    rows = connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST})").scalars().all()
    return [str(row)[:500] for row in rows if row != "ok"], ""


def _postgresql(connection: Connection) -> Looked:
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    extension = connection.execute(text(_EXTENSION)).scalar_one_or_none()
    if extension is None:
        try:
            with connection.begin_nested():  # for this transaction only
                connection.exec_driver_sql("CREATE EXTENSION amcheck")
            extension = connection.execute(text(_EXTENSION)).scalar_one()
        except SQLAlchemyError as error:
            return [], f"the extension amcheck cannot be had ({_short(error)})"
    home = connection.execute(text(HOME)).scalar_one_or_none()
    return _checked(connection, extension, connection.execute(text(_INDEXES), {"home": home}).all())


def _checked(connection: Connection, extension: str, indexes: Sequence[Row[Any]]) -> Looked:
    found: list[str] = []
    missed: list[str] = []
    for index in indexes:
        try:
            with connection.begin_nested():
                check = f"SELECT {extension}.bt_index_check({index.indexrelid}::regclass, true)"
                connection.exec_driver_sql(check)
        except SQLAlchemyError as error:
            state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
            (missed if state[:2] in _NOT_DAMAGE else found).append(
                f"{index.relname}: {_short(error)}"
            )
    return found, "; ".join(missed)[:500]


def _short(error: Exception) -> str:
    return str(error).splitlines()[0][:200]
