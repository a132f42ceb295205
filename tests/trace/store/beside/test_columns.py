"""Each column of each table is changed, and found as docs/operations.md says, or is harmless."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, Integer, LargeBinary, Table, UniqueConstraint
from support.ledger.columns import every_table, tables_without_rows
from support.ledger.world import ROOT, World

from suyuan.trace.format.errors import CannotDecide, Tampered
from suyuan.trace.store import schema as t
from suyuan.trace.store.beside import tallies
from suyuan.trace.store.beside.sealed_rows import broken
from suyuan.trace.store.engine import open_engine, sqlite_url
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.rebuild.compare import compared
from suyuan.trace.watch.audit import audit, audit_rows

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "operations.md"
LESS, MORE = "a row less", "a row more"
BESIDE = tallies.metadata.tables  # on SQLite in files of their own
COMPARED = {name for name, table in t.metadata.tables.items() if table.info["by"]}


def claims() -> Iterator[tuple[str, str, str]]:
    """Table, column and what finds a change of it, row by row as the page says."""
    page = PAGE.read_text(encoding="utf-8")
    (section,) = re.findall(
        r"^## What finds a change of the database\n(.*?)^## ", page, re.M | re.S
    )
    for name, columns, found in re.findall(r"^\| `(\w+)` \| (.+?) \| (.+?) \|$", section, re.M):
        for column in re.findall(r"`(\w+)`|\*([\w ]+)\*", columns):
            yield name, "".join(column), found.strip()


CLAIMS = {(name, column): found for name, column, found in claims()}


def test_every_column_of_every_table_is_listed_once() -> None:
    tables = {**t.metadata.tables, **BESIDE}
    wanted = [(name, column.name) for name, table in tables.items() for column in table.columns]
    wanted += [(name, what) for name in (*tables, "alembic_version") for what in (LESS, MORE)]
    wanted.append(("alembic_version", "version_num"))
    assert sorted((name, column) for name, column, _ in claims()) == sorted(wanted)


class Changed:
    """A world of which one thing at a time is changed, and put back."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._path = world.home / "suyuan.db"
        self._kept = sqlite3.connect(":memory:", check_same_thread=False)
        with closing(sqlite3.connect(self._path)) as connection:
            connection.backup(self._kept)

    def put_back(self) -> None:
        with closing(sqlite3.connect(self._path)) as connection:
            self._kept.backup(connection)

    def change(self, statement: str) -> None:
        """Past the triggers, which are there again afterwards."""
        with closing(sqlite3.connect(self._path)) as connection:
            triggers = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
            ).fetchall()
            for name, _ in triggers:
                connection.execute(f"DROP TRIGGER {name}")
            assert connection.execute(statement).rowcount == 1, statement
            for _, made in triggers:
                connection.execute(made)
            connection.commit()

    def first(self, table: Table) -> str:
        """The condition that the first row meets."""
        keys = [column.name for column in table.primary_key.columns]
        quoted = ", ".join(f'quote("{key}")' for key in keys)
        with closing(sqlite3.connect(self._path)) as connection:
            query = f'SELECT {quoted} FROM "{table.name}" LIMIT 1'
            row = connection.execute(query).fetchone()
        return " AND ".join(f'"{key}" = {value}' for key, value in zip(keys, row, strict=True))

    def differs(self, table: str) -> bool:
        """Whether the audit names a row of this table, or says that it cannot be read.

        By a chain's number its places are named.
        """
        self._follow()
        found = audit_rows(self.world.ledger).findings
        names = (table, "link_item") if table == "chain" else (table,)
        return any(one.rule == "projection" and one.reason.startswith(names) for one in found)

    def is_unsealed(self) -> bool:
        """Whether the part of the audits that looks beside the ledger sees it."""
        with self.world.ledger.reading() as live:
            return any(True for _ in broken(live))

    def found(self) -> dict[str, str]:
        """What the audit finds: by rule the reasons; `exit 3` or `opening` where that ends it."""
        self._follow()
        try:
            self.world.reopen().close()
        except (StoreError, Tampered) as error:
            if "log_state" not in str(error):
                return {"opening": str(error)}
        try:
            report = audit(self.world.ledger)
        except (StoreError, CannotDecide) as error:
            return {"exit 3": str(error)}
        reasons: dict[str, str] = {}
        for one in report.findings:
            reasons[one.rule] = reasons.get(one.rule, "") + "; " + one.reason
        return reasons

    def _follow(self) -> None:
        """As the command does before it audits."""
        with suppress(StoreError):
            self.world.ledger.followers.catch_up()


def changed(column: Column) -> str:
    """Another value of the column's type, as SQL."""
    quoted = f'"{column.name}"'
    if isinstance(column.type, Boolean):
        return f"NOT {quoted}"
    if isinstance(column.type, Integer):
        return f"COALESCE({quoted}, 0) + {5_000 if is_key(column) else 1}"
    if isinstance(column.type, LargeBinary):
        return f"CAST(COALESCE({quoted}, x'00') || x'01' AS BLOB)"
    return f"COALESCE({quoted}, '') || 'x'"


def is_key(column: Column) -> bool:
    """Whether the database refuses a second row of the same value, by itself or with others."""
    table = column.table
    rules: list = [one for one in table.constraints if isinstance(one, UniqueConstraint)]
    rules += [one for one in table.indexes if one.unique]
    of_rules = {one.name for rule in rules for one in rule.columns}
    return column.primary_key or bool(column.unique) or column.name in of_rules


def statements(table: Table, here: str) -> dict[str, str]:
    """By column, or what becomes of a row: the statement that does it."""
    made = {
        column.name: f'UPDATE "{table.name}" SET "{column.name}" = {changed(column)} WHERE {here}'
        for column in table.columns
    }
    made[LESS] = f'DELETE FROM "{table.name}" WHERE {here}'
    last = list(table.primary_key.columns)[-1]
    values = ", ".join(
        changed(column)
        if column is last or (is_key(column) and not column.primary_key)
        else f'"{column.name}"'
        for column in table.columns
    )
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    made[MORE] = f'INSERT INTO "{table.name}" ({names}) SELECT {values} FROM "{table.name}" '
    made[MORE] += f"WHERE {here}"
    return made


@pytest.fixture(scope="module")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    made = World(tmp_path_factory.mktemp("columns") / "home")
    every_table(made)
    assert tables_without_rows(made) == ["tile"]
    return Changed(made)


@pytest.fixture(scope="module")
def wide_world(tmp_path_factory: pytest.TempPathFactory) -> Changed:
    made = World(tmp_path_factory.mktemp("wide") / "home")
    every_table(made, feeds=256)
    assert tables_without_rows(made) == []
    return Changed(made)


def test_untouched_the_audit_is_quiet(small_world: Changed, wide_world: Changed) -> None:
    for world in (small_world, wide_world):
        assert world.found() == {}


def value_of(column: Column) -> bool | int | str:
    """Some value of the column's type."""
    if isinstance(column.type, Boolean):
        return True
    return 7 if isinstance(column.type, Integer) else "x"


@pytest.mark.parametrize("name", BESIDE)
def test_what_is_in_a_file_beside_is_of_no_concern_to_an_audit(small_world, name):
    table = BESIDE[name]
    file = "scans.db" if name.startswith("scanned") else "offered.db"
    engine = open_engine(sqlite_url(small_world.world.home / file))
    table.create(engine)
    row = {column.name: value_of(column) for column in table.columns}
    for statement in statements(table, "TRUE").values():
        with engine.begin() as connection:
            connection.execute(table.delete())
            connection.execute(table.insert(), row)
            assert connection.exec_driver_sql(statement).rowcount == 1
        assert small_world.found() == {}, statement
    engine.dispose()
    assert all(found.startswith("nothing") for (of, _), found in CLAIMS.items() if of == name)


@pytest.mark.parametrize("name", t.metadata.tables)
def test_what_is_changed_is_found_as_the_page_says(request, name):
    world: Changed = request.getfixturevalue("wide_world" if name == "tile" else "small_world")
    table = t.metadata.tables[name]
    for column, statement in statements(table, world.first(table)).items():
        claim = re.split("[,:]", CLAIMS[name, column])[0].strip("`")
        world.change(statement)
        try:
            if name in COMPARED:
                assert (claim, world.differs(name)) == ("projection", True), column
            elif claim == "seal" and column != MORE:
                assert world.is_unsealed(), column
            else:
                found = world.found()
                assert found == {} if claim == "nothing" else claim in found, (column, found)
        finally:
            world.put_back()


def places(name: str) -> list[str]:
    """The columns by which the rows of two stores are told to be the same."""
    query, keys = compared(t.metadata.tables[name])
    return [column.key for column in query.selected_columns][:keys]


def others_of(name: str) -> list[Column[Any]]:
    """The columns that do not say which row it is."""
    table = t.metadata.tables[name]
    return [one for one in table.columns if not is_key(one) and one.name not in places(name)]


@pytest.mark.parametrize("name", sorted(name for name in COMPARED if others_of(name)))
def test_the_finding_names_every_column_that_is_another(small_world: Changed, name: str) -> None:
    """All at once, but those that say which row it is: so each by itself is named too."""
    table, others = t.metadata.tables[name], others_of(name)
    values = ", ".join(f'"{column.name}" = {changed(column)}' for column in others)
    small_world.change(f'UPDATE "{name}" SET {values} WHERE {small_world.first(table)}')
    try:
        told = small_world.found()["projection"]
        for column in others:
            assert re.search(rf"\b{column.name} is ", told), (column.name, told)
    finally:
        small_world.put_back()


def test_a_code_that_is_given_to_an_earlier_chain_is_found(small_world: Changed) -> None:
    """The first that claims a code has it, but only its own: a label would lead to another."""
    with small_world.world.ledger.reading() as live:
        rows = live.connection.execute(t.code.select().order_by(t.code.c.subject)).all()
    for row in rows[-4:]:
        for _, subject, actor in rows[:4]:
            numbers = f"subject = {subject}, actor = {'NULL' if actor is None else actor}"
            small_world.change(f"UPDATE code SET {numbers} WHERE code = '{row.code}'")
            try:
                assert small_world.differs("code"), (row, subject, actor)
            finally:
                small_world.put_back()


@pytest.mark.parametrize(
    ("column", "statement"),
    [
        ("version_num", "UPDATE alembic_version SET version_num = '0001'"),
        ("version_num", "UPDATE alembic_version SET version_num = version_num || 'x'"),
        (LESS, "DELETE FROM alembic_version"),
        (MORE, "INSERT INTO alembic_version SELECT version_num || 'x' FROM alembic_version"),
        (MORE, "INSERT INTO alembic_version VALUES ('0001')"),
    ],
)
def test_another_version_of_the_schema_is_not_opened(small_world, column, statement):
    assert CLAIMS["alembic_version", column].startswith("opening")
    small_world.change(statement)
    try:
        with pytest.raises(StoreError):
            small_world.world.reopen()
    finally:
        small_world.put_back()
