"""The schema: made by migrations only, frozen where it must be, refused where it is another's."""

from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from support import World, event

from suyuan.trace.audit import audit
from suyuan.trace.errors import CannotDecide
from suyuan.trace.ledger import Ledger
from suyuan.trace.store import migrate, schema
from suyuan.trace.store.database import Database
from suyuan.trace.store.engine import open_engine, writing
from suyuan.trace.store.errors import SchemaError, StoreError
from suyuan.trace.store.lineage import Lineage
from suyuan.trace.store.seals import FILE


def test_the_migrations_make_exactly_the_tables_of_the_program(world: World) -> None:
    with world.ledger.database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []


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
    [("9999", "newer than this program: install"), (None, "holds no ledger: run `suyuan init`")],
)
def test_another_schema_is_refused(world: World, revision: str | None, says: str) -> None:
    with writing(world.ledger.database.engine) as connection:
        if revision is None:
            connection.execute(text("DELETE FROM alembic_version"))
        else:
            connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
    with pytest.raises(SchemaError, match=says):
        world.reopen()


SINCE_LINEAGE = (
    "scope", "act", "contact", "choice", "job", "invitation", "session", "disclosure",
    "audit_run", "row_count", "follows",
    "voided", "lot",
    "used", "made", "containment", "holding", "shipment", "doubt", "term",
)  # fmt: skip


def before_lineage(world: World) -> None:
    """Make the schema what it was before lineage, holds and recalls."""
    (world.home / FILE).unlink()  # as there were no seals
    with writing(world.ledger.database.engine) as connection:
        for table in SINCE_LINEAGE:
            connection.execute(text(f"DROP TABLE {table}"))
        for index in ("ix_event_transformation", "ix_mandate_recipient", "ix_party_division"):
            connection.execute(text(f"DROP INDEX {index}"))
        for column in ("place", "parent", "recipient", "transformation"):
            connection.execute(text(f"ALTER TABLE event DROP COLUMN {column}"))
        connection.execute(text("DELETE FROM follower WHERE name = 'lineage'"))
        connection.execute(text("ALTER TABLE finding RENAME COLUMN message TO reason"))
        connection.execute(text("ALTER TABLE follower DROP COLUMN version"))
        connection.execute(text("ALTER TABLE alarm DROP COLUMN seal"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0002'"))


def older(world: World) -> None:
    """Make the schema what it was before the log's tiles."""
    before_lineage(world)
    with writing(world.ledger.database.engine) as connection:
        for table in ("tile", "cosigned", "witness", "alarm"):
            connection.execute(text(f"DROP TABLE {table}"))
        if connection.dialect.name == "postgresql":
            for table in ("tile", "cosigned"):
                connection.execute(text(f"DROP FUNCTION {table}_frozen"))
        connection.execute(text("ALTER TABLE log_state DROP COLUMN standing"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))


def test_an_older_schema_is_to_be_upgraded(small: World) -> None:
    older(small)
    with pytest.raises(SchemaError, match="older than this program: run `suyuan upgrade`"):
        small.reopen()


def test_upgrading_makes_the_tiles_of_the_links_that_are_there(world: World) -> None:
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    for _ in range(6):
        world.do(farm, *(event("feed", lot, "1") for _ in range(100)))
    with world.ledger.reading() as reader:
        before = list(reader.tiles())
    older(world)
    assert world.ledger.database.upgrade() == migrate.newest()
    with world.ledger.reading() as reader:
        assert [tile[:2] for tile in before] == [(0, 0), (0, 1)]
        assert list(reader.tiles()) == before
    world.code(farm, world.new_lot())  # goes on
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def test_upgrading_derives_lineage_of_the_links_that_are_there(world: World) -> None:
    farm, shop, lot = world.party("青山农场", "producer"), world.party("和顺"), world.new_lot()
    world.code(farm, lot)
    world.hand_over(farm, shop, lot)
    world.ledger.followers.catch_up()
    with world.ledger.reading() as reader:
        before = Lineage(reader).stock([lot])
    before_lineage(world)
    assert world.ledger.database.upgrade() == migrate.newest()
    world.ledger.followers.catch_up()
    with world.ledger.reading() as reader:
        assert Lineage(reader).stock([lot]) == before
        assert {stock.holder for stock in before} == {farm.uri, shop.uri}
    assert audit(world.ledger).is_good


def test_upgrading_what_is_up_to_date_changes_nothing(world: World) -> None:
    assert world.ledger.database.upgrade() == migrate.newest()
    world.reopen().close()


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
        ("nonsense", "no database URL"),
        ("://", "no database URL"),
        ("postgresql+psycopg://host:port/x", "no database URL"),
        ("sqlite+nothing:///x", "no database URL"),
        ("postgresql+nothing://x", "no database URL"),
        ("mysql://x/y", "no database"),
        ("postgresql+psycopg://nobody@127.0.0.1:1/x", "cannot be reached"),
    ],
)
def test_a_url_that_is_none_is_refused(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says):
        open_engine(url)


@pytest.mark.slow
@pytest.mark.parametrize(("value", "is_good"), [("off", False), ("local", True), ("on", True)])
def test_a_postgresql_that_may_lose_what_it_acknowledged_is_refused(
    postgres: str, value: str, is_good: bool
) -> None:
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


def test_uris_compare_as_bytes(world: World) -> None:
    """Case counts, and order is that of bytes, whatever the server's language."""
    farm = world.party("青山农场", "producer")
    uris = [
        "urn:x:a",
        "urn:x:B",
        "urn:x:A",
        "urn:x:b",
        "urn:x:_",
        "urn:x:a-b",
        "urn:x:ab",
        "URN:x:a",
    ]
    world.do(farm, *(event("count", uri, "1") for uri in uris))
    with world.ledger.reading() as reader:
        assert all(len(reader.chains(uri)) == 1 for uri in uris)
        assert not reader.subject("URN:X:A")
        query = text("SELECT uri FROM subject WHERE lower(uri) LIKE 'urn:x:%' ORDER BY uri")
        found = list(reader.connection.execute(query).scalars())
    assert found == sorted(uris)


def test_event_ids_compare_as_bytes(world: World) -> None:
    farm, lot = world.party("青山农场", "producer"), world.new_lot()
    for name in ("urn:x:é", "urn:x:e\u0301", "urn:x:É", "urn:x:链"):
        world.do(farm, event("count", lot, "1", event_id=name))
    world.ledger.followers.catch_up()
    with world.ledger.reading() as reader:
        assert reader.findings() == []
        query = text("SELECT event_id FROM event ORDER BY event_id")
        found = list(reader.connection.execute(query).scalars())
    assert found == sorted(found, key=str.encode) and len(set(found)) == 4


def test_a_scratch_database_is_made_and_closed(tmp_path: Path, small: World) -> None:
    scratch = Database.scratch(tmp_path)
    scratch.create(small.trust)
    assert scratch.trust() == small.trust
    scratch.close()
