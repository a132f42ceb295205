"""What a database is made of, by its own catalogue: tables, columns, indexes, triggers and more.

An object is named by its kind and its name, and stands as a text that is the same in two databases
exactly where the object is. What our migrations make is read from a scratch schema of the same
engine, so that both texts are written by the same program.
"""

import re
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Engine, Row, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from .. import migrate
from ..beside import tallies
from ..engine import is_sqlite
from ..errors import StoreError, first_line
from . import catalogue_queries as queries

Key = tuple[str, str]  # kind and name
# Made by the program when it first counts, beside the migrations; in this database on PostgreSQL.
LATER = frozenset(tallies.metadata.tables)
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
_made: dict[str, "Catalogue"] = {}
_making = threading.Lock()


class NotMade(Exception):
    """No scratch schema could be made, so that there is nothing to compare with."""


@dataclass(slots=True)
class Catalogue:
    """The objects of a schema.

    `plain` are those that change nothing for whoever reads the others: tables, and indexes that
    refuse no row. `odd` is what is wrong with none to compare with, `settings` what only may be.
    `mark` changes whenever a table is altered.
    """

    objects: dict[Key, str] = field(default_factory=dict)
    plain: set[Key] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)
    settings: list[str] = field(default_factory=list)
    mark: str = ""

    def add(self, kind: str, name: str, definition: str, *, is_plain: bool = False) -> None:
        """Take an object in."""
        self.objects[kind, name] = " ".join(definition.split())
        if is_plain:
            self.plain.add((kind, name))


def stored(engine: Engine, tables: frozenset[str]) -> Catalogue:
    """What the database is made of now; `tables` are those that nothing may stand before."""
    try:
        with engine.connect() as connection:
            if is_sqlite(engine):
                return _sqlite(connection)
            home = connection.execute(text(queries.HOME)).scalar_one_or_none()
            if home is None:
                return Catalogue(odd=["the tables are in no schema of the search path"])
            catalogue = _postgresql(connection, home)
            values: Mapping[str, object] = {"home": home, "tables": sorted(tables)}
            for query in queries.ODD:
                catalogue.odd += connection.execute(text(query), values).scalars()
            catalogue.settings += connection.execute(text(queries.SETTINGS), values).scalars()
            return catalogue
    except SQLAlchemyError as error:
        raise StoreError("the schema cannot be read: %s", first_line(error)) from error


def expected(engine: Engine) -> Catalogue:
    """What our migrations make on this engine. NotMade where the role may not make a schema."""
    with _making:
        kind = engine.dialect.name
        if not is_sqlite(engine):
            with engine.connect() as connection:
                kind += str(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
        if kind not in _made:
            _made[kind] = _in_memory() if is_sqlite(engine) else _in_scratch(engine)
        return _made[kind]


def _in_memory() -> Catalogue:
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            migrate.make(connection)
            return _sqlite(connection)
    finally:
        engine.dispose()


def _in_scratch(engine: Engine) -> Catalogue:
    scratch = f"suyuan_audit_{secrets.token_hex(8)}"
    try:
        with undone(engine) as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {scratch}")
            connection.exec_driver_sql(f"SET LOCAL search_path = {scratch}")
            migrate.make(connection)
            tallies.metadata.create_all(connection, checkfirst=False)
            return _postgresql(connection, scratch)
    except SQLAlchemyError as error:
        raise NotMade(first_line(error, 200)) from error


@contextmanager
def undone(engine: Engine) -> Iterator[Connection]:
    """A connection in a transaction that is rolled back whatever happens."""
    with engine.connect() as connection:
        transaction = connection.begin()
        try:
            yield connection
        finally:
            transaction.rollback()


# SQLite.


def _sqlite(connection: Connection) -> Catalogue:
    catalogue = Catalogue()
    catalogue.mark = str(connection.exec_driver_sql("PRAGMA schema_version").scalar_one())
    roots: dict[int, str] = {}
    for kind, name, table, root, sql in connection.exec_driver_sql(queries.SQLITE):
        if root:
            if root in roots:
                catalogue.odd.append(f"{name} and {roots[root]} stand on the same page of the file")
            roots[root] = name
        plain = re.sub(r'"(\w+)"', r"\1", " ".join((sql or "").split()))  # "key" is key
        _sqlite_object(catalogue, kind, name, table, plain)
    return catalogue


def _sqlite_object(catalogue: Catalogue, kind: str, name: str, table: str, sql: str) -> None:
    owned = name if kind in ("table", "view") else f"{table}.{name}"
    if kind == "index":
        is_plain = sql.startswith(f"CREATE INDEX {name} ON {table} (")
        catalogue.add(kind, owned, sql or "as its constraint says", is_plain=is_plain)
        return
    head, clauses, tail = _clauses(sql)
    if kind != "table" or head.split() != ["CREATE", "TABLE", name] or not clauses:
        catalogue.add(kind, owned, sql)
        return
    catalogue.add(kind, name, f"{head} {tail}", is_plain=True)
    for clause in clauses:
        first, _, rest = clause.partition(" ")
        if first == "CONSTRAINT":
            first, _, rest = rest.partition(" ")
            catalogue.add("constraint", f"{name}.{first}", rest)
        else:
            catalogue.add("column", f"{name}.{first}", rest)


def _clauses(sql: str) -> tuple[str, list[str], str]:
    """What stands before the outermost parentheses, between its commas, and behind them."""
    head, _, rest = sql.partition("(")
    body, _, tail = rest.rpartition(")")
    parts, depth, is_quoted = [""], 0, False
    for char in body:
        is_quoted ^= char == "'"
        depth += 0 if is_quoted else (char == "(") - (char == ")")
        if char == "," and depth == 0 and not is_quoted:
            parts.append("")
        else:
            parts[-1] += char
    return head, [part.strip() for part in parts if part.strip()], tail


# PostgreSQL.


def _postgresql(connection: Connection, home: str) -> Catalogue:
    catalogue = Catalogue()
    values = {"home": home}
    prefix = str(connection.execute(text("SELECT quote_ident(:home)"), values).scalar_one()) + "."
    for kind, query in queries.OBJECTS.items():
        for name, definition, is_plain in connection.execute(text(query), values):
            of = str(kind or definition.partition(";")[0])  # a relation says itself what it is
            catalogue.add(of, name.replace(prefix, ""), definition.replace(prefix, ""),
                      is_plain=is_plain)  # fmt: skip
    catalogue.mark = str(connection.execute(text(queries.MARK), values).scalar_one())
    return catalogue


# What indexes hold, compared with their tables by the database itself.


def damaged_indexes(engine: Engine) -> Looked:
    """What is wrong; and why some was not looked at, empty where all was."""
    # A connection that is open already may know SQLite's indexes as they were before.
    alone = create_engine(engine.url, poolclass=NullPool) if is_sqlite(engine) else engine
    try:
        with undone(alone) as connection:
            if not is_sqlite(engine):
                return _amcheck(connection)
            rows = connection.exec_driver_sql(f"PRAGMA integrity_check({_MOST})").scalars()
            return [str(row)[:500] for row in rows if row != "ok"], ""
    except SQLAlchemyError as error:
        return [f"the database's own check failed: {first_line(error, 200)}"], ""


def _amcheck(connection: Connection) -> Looked:
    connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
    extension = connection.execute(text(_EXTENSION)).scalar_one_or_none()
    if extension is None:
        try:
            with connection.begin_nested():  # for this transaction only
                connection.exec_driver_sql("CREATE EXTENSION amcheck")
            extension = connection.execute(text(_EXTENSION)).scalar_one()
        except SQLAlchemyError as error:
            return [], f"the extension amcheck cannot be had ({first_line(error, 200)})"
    home = connection.execute(text(queries.HOME)).scalar_one_or_none()
    return _checked(connection, extension, connection.execute(text(_INDEXES), {"home": home}).all())


def _checked(connection: Connection, extension: str, indexes: Sequence[Row[Any]]) -> Looked:
    damaged: list[str] = []
    missed: list[str] = []
    for index in indexes:
        try:
            with connection.begin_nested():
                check = f"SELECT {extension}.bt_index_check({index.indexrelid}::regclass, true)"
                connection.exec_driver_sql(check)
        except SQLAlchemyError as error:
            state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
            (missed if state[:2] in _NOT_DAMAGE else damaged).append(
                f"{index.relname}: {first_line(error, 200)}"
            )
    return damaged, "; ".join(missed)[:500]
