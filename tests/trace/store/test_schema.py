"""The schema: made by migrations only, frozen where it must be, refused where it is another's."""

import shutil
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import insert, inspect, select, text
from sqlalchemy.exc import DBAPIError
from support.ledger.columns import every_table, tables_without_rows
from support.ledger.row import change
from support.ledger.world import World, event

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.cli.main import cli, run
from suyuan.trace.format.errors import CannotDecide
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store import migrate, schema
from suyuan.trace.store.engine import open_engine, writing
from suyuan.trace.store.errors import SchemaError, StoreError
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.audit import audit


def test_the_program_is_written_for_the_newest_migration() -> None:
    scripts = Path(migrate.__file__).parent / "migrations"
    assert ScriptDirectory(str(scripts)).get_current_head() == migrate.NEWEST


# SQLAlchemy reads no index over an expression back; that each is there its SQL shows below.
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index"),
    pytest.mark.filterwarnings("ignore:autogenerate skipping metadata-specified expression"),
]


def test_the_migrations_make_exactly_the_tables_of_the_program(world: World) -> None:
    with world.ledger.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


def test_a_new_schema_is_what_alembic_makes(tmp_path: Path) -> None:
    made = []
    for make in (migrate.make, migrate.migrate):
        engine = open_engine(f"sqlite:///{tmp_path / make.__name__}.db")
        with writing(engine) as connection:
            make(connection)
            rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master").all()
        made.append({name: "".join((sql or "").split()) for name, sql in rows})
    assert made[0] == made[1] and "alembic_version" in made[0]


def test_a_later_revision_is_run_over_a_home_of_the_first_release(tmp_path, monkeypatch):
    shutil.copytree(Path(migrate.__file__).parent / "migrations", tmp_path / "migrations")
    (tmp_path / "migrations/versions/rev_0007_more.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n\n"
        'revision, down_revision = "0007", "0006"\n\n\n'
        'def upgrade():\n    op.add_column("lot", sa.Column("more", sa.Text))\n'
    )
    before, new = (open_engine(f"sqlite:///{tmp_path / name}.db") for name in ("before", "new"))
    migrate.upgrade(before)
    monkeypatch.setattr(migrate, "_MIGRATIONS", tmp_path / "migrations")
    monkeypatch.setattr(migrate, "NEWEST", "0007")
    with writing(new) as connection:
        migrate.make(connection)
    assert migrate.current(new) == "0007"
    for engine in (before, before, new):
        assert migrate.upgrade(engine) == migrate.current(engine) == "0007"
    assert "more" in {column["name"] for column in inspect(before).get_columns("lot")}


@pytest.mark.parametrize("table", ["link", "checkpoint", "tile", "cosigned"])
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_what_was_acknowledged_is_never_changed(world: World, table: str, change: str) -> None:
    column = {"link": "hash", "tile": "root"}.get(table, "note")
    engine = world.ledger.database.engine
    with writing(engine) as connection:
        if table == "tile":
            connection.execute(insert(schema.tile), {"id": 0, "root": b"1" * 32, "hashes": b""})
        elif table == "cosigned":
            connection.execute(insert(schema.cosigned), {"size": 1, "note": "", "at": 1})
    with pytest.raises(DBAPIError, match="written once"), writing(engine) as connection:
        connection.execute(text(change.format(table, column)))
    if engine.dialect.name == "postgresql":
        with pytest.raises(DBAPIError, match="written once"), writing(engine) as connection:
            connection.execute(text(f"TRUNCATE {table}"))
    world.party("A 区 12 号")  # goes on


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        ("9999", "newer than this program: install"), (None, "holds no ledger: run `suyuan init`"),
        ("0005", "older than this program: run `suyuan upgrade`"),
    ],
)  # fmt: skip
def test_another_schema_is_refused(world: World, revision: str | None, says: str) -> None:
    with writing(world.ledger.database.engine) as connection:
        connection.execute(text("DELETE FROM alembic_version"))
        if revision is not None:
            connection.execute(text(f"INSERT INTO alembic_version VALUES ('{revision}')"))
    with pytest.raises(SchemaError, match=says):
        world.reopen()


def older(world: World, revision: str = "0005") -> None:
    """Make it a ledger of before the first release, with rows that links give otherwise or not."""
    with writing(world.ledger.database.engine) as connection:
        for change in (
            "ALTER TABLE lot DROP COLUMN shelf_life", "DROP TABLE holding", "DROP TABLE coder",
            "DELETE FROM scope", "UPDATE party SET name = 'x'",
            "UPDATE log_state SET standing = 0, committed = 0",
            f"UPDATE alembic_version SET version_num = '{revision}'",
        ):  # fmt: skip
            connection.execute(text(change))


def lived_in(world: World) -> None:
    """Links of every kind, a hold, tiles, and rows beside the ledger."""
    every_table(world, feeds=256)
    assert tables_without_rows(world) == []


def rows_of(world: World) -> dict[str, list[tuple]]:
    """All rows by table; a follower's version and cursor are said elsewhere."""
    with world.ledger.reading() as reader:
        return {
            name: sorted(map(tuple, reader.connection.execute(select(table))), key=repr)
            for name, table in schema.metadata.tables.items()
        }


def test_upgrading_replays_the_entries_into_the_tables_of_now(world, monkeypatch):
    lived_in(world)
    before = rows_of(world)
    monkeypatch.setattr(migrate, "_BLOCK", 100)
    older(world)
    assert upgraded(world) == migrate.NEWEST
    world.ledger.followers.catch_up()
    after = rows_of(world)
    assert {name for name in before if before[name] != after[name]} == set()
    with world.ledger.database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
    assert audits.audit(world.ledger).is_good
    pen = world.ledger.pen(world.authority.uri, world.authority.signer)
    admission = Draft(statement=acts.admit("x:z", "摊", ["stall"], "350206"))
    assert world.ledger.write(pen, [admission])[0].is_new  # goes on
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def upgraded(world: World) -> str:
    """The revision after an upgrade."""
    return world.ledger.database.upgrade(world.ledger.attachments.get, lambda *_: None)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ("UPDATE link SET entry = x'7b7d' WHERE leaf = 1", "the entry at index 1"),
        ("DELETE FROM link WHERE leaf = 1", "the link at index 1 is missing"),
        ("DELETE FROM link WHERE leaf > 1", "not those that were signed"),
        (
            "UPDATE checkpoint SET note = replace(note, '/', '+') WHERE size > 1",
            "the newest checkpoint",
        ),
    ],
)
def test_upgrading_replays_only_what_was_signed(small: World, change: str, says: str) -> None:
    """And changes nothing where it does not."""
    small.code(small.party("青山农场", "producer"), small.new_lot())
    older(small)
    with writing(small.ledger.database.engine) as connection:
        for name in ("link_no_update", "link_no_delete", "checkpoint_no_update"):
            connection.execute(text(f"DROP TRIGGER {name}"))
        connection.execute(text(change))
    with pytest.raises(StoreError, match=says):
        upgraded(small)
    assert migrate.current(small.ledger.database.engine) == "0005"


def test_upgrading_needs_the_lists_of_acts(small: World) -> None:
    lived_in(small)
    older(small)
    with pytest.raises(StoreError, match="the list of an act, is not in attachments"):
        small.ledger.database.upgrade(lambda sha256: None, lambda *_: None)


def test_the_command_replays_what_is_older_and_refuses_what_is_much_older(small, capsys):
    small.code(small.party("青山农场", "producer"), small.new_lot())
    home = ["--home", str(small.home)]
    older(small, "0004")
    assert run(cli, ["audit", *home]) == 2
    assert run(cli, ["upgrade", *home]) == 2
    assert "only the entries of 0005 can be replayed" in capsys.readouterr().err
    change(small.ledger, "UPDATE alembic_version SET version_num = '9999'")
    assert run(cli, ["upgrade", *home]) == 2
    assert "newer than this program" in capsys.readouterr().err
    change(small.ledger, "UPDATE alembic_version SET version_num = '0005'")
    assert run(cli, ["upgrade", *home]) == 0
    assert run(cli, ["audit", *home]) == 0


def test_a_database_that_holds_a_ledger_is_not_made_again(world: World) -> None:
    with pytest.raises(StoreError, match="holds a ledger already"):
        world.ledger.database.create(world.trust)


def test_a_home_without_a_ledger_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(CannotDecide, match="suyuan init"):
        Ledger.open(tmp_path, lambda: pytest.fail("the key is not asked for"))


def test_a_file_that_is_no_database_is_said_to_be_none(small: World) -> None:
    small.ledger.close()
    for name in ("suyuan.db", "suyuan.db-wal", "suyuan.db-shm"):
        (small.home / name).unlink(missing_ok=True)
    (small.home / "suyuan.db").write_bytes(b"no database " * 1000)
    with pytest.raises(StoreError, match="cannot be read"):
        small.reopen()


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("nonsense", "no database URL"), ("://", "no database URL"),
        ("postgresql+psycopg://host:port/x", "no database URL"),
        ("sqlite+nothing:///x", "no database URL"), ("postgresql+nothing://x", "no database URL"),
        ("mysql://x/y", "no database"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/x", "cannot be reached"),
    ],
)  # fmt: skip
def test_a_url_that_is_none_is_refused(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        open_engine(url)


@pytest.mark.parametrize(("value", "is_good"), [("off", False), ("local", True), ("on", True)])
def test_a_postgresql_that_may_lose_what_it_acknowledged_is_refused(postgres, value, is_good):
    name = f"sync_{value}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        connection.execute(f"ALTER DATABASE {name} SET synchronous_commit = {value}")
    url = postgres.replace("postgresql://", "postgresql+psycopg://").replace(
        "/postgres?", f"/{name}?"
    )
    if is_good:
        open_engine(url).dispose()
        return
    with pytest.raises(StoreError, match="synchronous_commit off: an acknowledged link"):
        open_engine(url)


def test_sqlite_waits_for_the_disk(small: World) -> None:
    with small.ledger.database.engine.connect() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == 2  # FULL
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


def test_uris_and_event_ids_compare_as_bytes(world: World) -> None:
    """Case counts, and order is that of bytes, whatever the server's language."""
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    uris = [
        "urn:x:a", "urn:x:B", "urn:x:A", "urn:x:b", "urn:x:_", "urn:x:a-b", "urn:x:ab", "URN:x:a",
    ]  # fmt: skip
    names = ["urn:x:é", "urn:x:e\u0301", "urn:x:É", "urn:x:链"]
    world.do(farm, *(event("count", uri, "1") for uri in uris))
    world.do(farm, *(event("count", lot, "1", event_id=name) for name in names))
    with world.caught_up() as reader:
        assert reader.findings() == []
        assert all(len(reader.chains(uri)) == 1 for uri in uris)
        assert not reader.subject("URN:X:A")
        for column, table, given in (("uri", "subject", uris), ("event_id", "event", names)):
            query = text(f"SELECT {column} FROM {table} ORDER BY {column}")
            found = list(reader.connection.execute(query).scalars())
            assert found == sorted(found, key=str.encode) and set(given) <= set(found)


def test_upgrading_makes_the_tables_that_came_beside_the_ledger_since(small: World):
    """Those of cases, of documents, of shares: an older home has none, and is asked for them."""
    older(small)
    for table in ("report_case", "office_document", "delivery"):
        change(small.ledger, f"DROP TABLE {table}")
    small.ledger.database.engine.dispose()
    upgraded(small)
    with small.ledger.reading() as reader:
        for name in ("report_case", "office_document", "delivery"):
            assert reader.connection.execute(select(schema.metadata.tables[name])).all() == []
