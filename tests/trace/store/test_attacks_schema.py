"""Who may write the database changes what it is made of: views, indexes, triggers, columns, rules.

Each attack is on a ledger whose rows and links are all as they should be; the audit names it.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import text
from support.ledger.world import World

from suyuan.trace.cli.main import cli, run
from suyuan.trace.store.beside import tallies
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.store.database import Database
from suyuan.trace.store.engine import is_sqlite, writing
from suyuan.trace.store.rebuild import schema_catalogue
from suyuan.trace.store.schema import metadata
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.auditing.schemas import SchemaLook

pytestmark = pytest.mark.slow

INDEXES = sorted(
    (index.name, table.name) for table in metadata.tables.values() for index in table.indexes
)
FROZEN = ("link", "checkpoint", "tile", "cosigned")


def change(world: World, *statements: str) -> None:
    with writing(world.ledger.database.engine) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def found(world: World) -> list[str]:
    """What the look at the schema alone finds, which is how every audit begins and ends."""
    return [str(one) for one in SchemaLook(world.ledger.database).findings]


@contextmanager
def changed_and_back(world: World, there: str, back: str) -> Iterator[None]:
    change(world, there)
    yield
    change(world, back)


on_postgresql = pytest.mark.parametrize("world", ["postgresql"], indirect=True)


def definition(world: World, index: str) -> str:
    with world.ledger.database.engine.connect() as connection:
        where = (
            "sql FROM sqlite_master WHERE name"
            if is_sqlite(world.ledger.database.engine)
            else "indexdef FROM pg_indexes WHERE indexname"
        )
        return str(connection.execute(text(f"SELECT {where} = '{index}'")).scalar_one())


def test_untouched_a_schema_is_as_it_should_be(world: World) -> None:
    report = audits.audit(world.ledger)
    assert report.is_good and not report.notices


def test_a_view_in_place_of_scope_lies_except_while_an_audit_runs(world: World) -> None:
    change(
        world,
        "ALTER TABLE scope RENAME TO kept",
        "CREATE VIEW scope AS SELECT * FROM kept WHERE EXISTS (SELECT 1 FROM audit_run "
        "WHERE under_way = 1)",
    )
    said = [str(one) for one in audits.audit(world.ledger).findings]
    assert "schema: table scope is missing" in said
    assert "schema: view scope is not of this program" in said


def test_an_index_is_dropped(world: World) -> None:
    for name, table in INDEXES:
        with changed_and_back(world, f"DROP INDEX {name}", definition(world, name)):
            assert found(world) == [f"schema: index {table}.{name} is missing"]
    assert found(world) == []


def test_an_index_holds_other_rows_than_it_should(world: World) -> None:
    """By its definition: made partial it stands in every plan that names its condition."""
    for name, _ in INDEXES:
        made = definition(world, name)
        change(world, f"DROP INDEX {name}", f"{made} WHERE 1 = 0")
        assert len(found(world)) == 1 and name in found(world)[0]
        change(world, f"DROP INDEX {name}", made)
    change(world, "DROP INDEX ix_lot_leaf", "CREATE INDEX ix_lot_leaf ON lot (item, leaf)")
    assert len(found(world)) == 1 and "ix_lot_leaf" in found(world)[0]


def behind_its_back(world: World, *statements: str) -> None:
    """Write to SQLite's own catalogue, as no statement of SQL does."""
    with closing(sqlite3.connect(world.home / "suyuan.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA writable_schema = ON")
        for statement in statements:
            connection.execute(statement)
        connection.execute("PRAGMA writable_schema = RESET")


def filled(world: World) -> None:
    farm = world.party("青山农场", "producer")
    lot = world.coded_lot(farm)
    world.hand_over(farm, world.party("和顺食品"), lot)
    world.ledger.followers.catch_up()


@pytest.mark.parametrize("name", ["ix_lot_name", "ix_shipment_item", "ix_key_party"])
def test_an_index_is_emptied_and_named_by_the_audit_that_begins_anew(small, name, capsys):
    filled(small)
    assert audits.audit(small.ledger, indexes=True).is_good
    made = definition(small, name)
    change(small, f"DROP INDEX {name}", f"{made} WHERE 1 = 0")
    behind_its_back(small, f"UPDATE sqlite_master SET sql = '{made}' WHERE name = '{name}'")
    assert found(small) == []  # its definition says nothing
    said = audits.audit(small.ledger, indexes=True).findings
    assert any(one.rule == "storage" and name in one.reason for one in said)
    small.ledger.close()
    assert run(cli, ["audit", "--fresh", "--home", str(small.home)]) == 1
    assert name in capsys.readouterr().out


@on_postgresql
def test_an_index_is_emptied_on_postgresql(world: World) -> None:
    mark = "UPDATE pg_index SET indisready = {} WHERE indexrelid = 'ix_shipment_item'::regclass"
    change(world, mark.format("false"))
    filled(world)
    change(world, mark.format("true"))
    report = audits.audit(world.ledger, indexes=True)
    told = [str(one) for one in (*report.findings, *report.notices) if one.rule == "storage"]
    assert len(told) == 1
    with world.ledger.reading() as reader:
        has = text("SELECT count(*) FROM pg_available_extensions WHERE name = 'amcheck'")
        if reader.connection.execute(has).scalar_one():
            assert "ix_shipment_item" in told[0] and not report.is_good
        else:
            assert "what indexes hold was not looked at: the extension amcheck" in told[0]


def test_a_trigger_that_refuses_changes_is_dropped_or_is_another(world: World) -> None:
    if is_sqlite(world.ledger.database.engine):
        for table in FROZEN:
            for verb in ("update", "delete"):
                name = f"{table}_no_{verb}"
                made = (
                    f"CREATE TRIGGER {name} BEFORE {verb.upper()} ON {table} "
                    f"BEGIN SELECT RAISE(ABORT, '{table} is written once'); END"
                )
                change(world, f"DROP TRIGGER {name}")
                assert found(world) == [f"schema: trigger {table}.{name} is missing"]
                change(world, made.replace(" BEGIN", " WHEN 0 BEGIN"))
                assert len(found(world)) == 1 and f"trigger {table}.{name} is" in found(world)[0]
                change(world, f"DROP TRIGGER {name}", made)
    else:
        for table in FROZEN:
            name = f"{table}_frozen"
            there, back = (
                f"ALTER TABLE {table} {verb} TRIGGER ALL" for verb in ("DISABLE", "ENABLE")
            )
            with changed_and_back(world, there, back):
                assert any(f"trigger {table}.{name}" in one for one in found(world))
        change(world, "ALTER TABLE party DISABLE TRIGGER ALL")  # of its foreign key
        assert found(world) and all("trigger party.fk_party_subject" in one for one in found(world))
        change(world, "ALTER TABLE party ENABLE TRIGGER ALL", "DROP TRIGGER link_frozen ON link")
        assert found(world) == ["schema: trigger link.link_frozen is missing"]


def test_a_trigger_is_planted(world: World) -> None:
    if is_sqlite(world.ledger.database.engine):
        planted = ("CREATE TRIGGER quiet AFTER INSERT ON scope BEGIN DELETE FROM scope; END",)
    else:
        planted = (
            "CREATE FUNCTION quiet() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RETURN NULL; END $$",
            "CREATE TRIGGER quiet BEFORE INSERT ON scope FOR EACH ROW EXECUTE FUNCTION quiet()",
        )
    change(world, *planted)
    assert "schema: trigger scope.quiet is not of this program" in found(world)
    assert not audits.audit(world.ledger).is_good


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("ALTER TABLE scope ADD COLUMN more INTEGER DEFAULT 1", "column scope.more is not of"),
        ("ALTER TABLE act DROP COLUMN level", "column act.level is missing"),
        ("ALTER TABLE scope RENAME COLUMN cleared TO past", "column scope.cleared is missing"),
        ("CREATE VIEW lots AS SELECT * FROM lot", "view lots is not of this program"),
        ("CREATE UNIQUE INDEX ix_one ON alarm (kind)", "index alarm.ix_one is not of this program"),
        ("DROP TABLE mandate", "table mandate is missing"),
    ],
)
def test_the_shape_of_a_table_is_changed(world: World, statement: str, said: str) -> None:
    change(world, statement)
    assert any(said in one for one in found(world))
    assert not audits.audit(world.ledger).is_good


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("cleared BIGINT", "cleared BIGINT GENERATED ALWAYS AS (leaf)"),
        ("cleared BIGINT", "cleared BIGINT DEFAULT 1"), ("cleared BIGINT", "cleared TEXT"),
        ("cleared BIGINT", '"cleared BIGINT"'), ("leaf BIGINT NOT NULL", "leaf BIGINT"),
        ("item TEXT NOT NULL", "item TEXT NOT NULL COLLATE NOCASE"),
        ("PRIMARY KEY (item, act)", "PRIMARY KEY (act, item)"),
        ("PRIMARY KEY (item, act)", "PRIMARY KEY (item, act), CHECK (leaf > 9)"),
        ("PRIMARY KEY (item, act)", "PRIMARY KEY (item, act) ON CONFLICT IGNORE"),
        ("PRIMARY KEY (item, act)\n)", "PRIMARY KEY (item, act)\n) WITHOUT ROWID"),
    ],
)  # fmt: skip
def test_a_table_is_written_anew_with_other_columns(small: World, was: str, now: str) -> None:
    query = text("SELECT sql FROM sqlite_master WHERE name = 'scope'")
    with writing(small.ledger.database.engine) as connection:
        made = str(connection.execute(query).scalar_one())
        assert was in made
        connection.exec_driver_sql("DROP TABLE scope")
        connection.exec_driver_sql(made.replace(was, now))
        connection.exec_driver_sql("CREATE INDEX ix_scope_act ON scope (act)")
    assert found(small) and all("scope" in one for one in found(small))


def test_two_tables_stand_on_one_page(small: World) -> None:
    """By `writable_schema`: what is written to one is in the other."""
    page = "SELECT rootpage FROM sqlite_master WHERE name = 'voided'"
    behind_its_back(small, f"UPDATE sqlite_master SET rootpage = ({page}) WHERE name = 'act'")
    assert any("on the same page" in one for one in found(small))


@on_postgresql
@pytest.mark.parametrize(
    ("statements", "said"),
    [
        (["CREATE RULE quiet AS ON INSERT TO scope DO INSTEAD NOTHING"], "rule scope.quiet"),
        (["CREATE POLICY few ON scope USING (act > 9)"], "policy scope.few"),
        (["ALTER TABLE scope ENABLE ROW LEVEL SECURITY"], "table scope is 'table; row level"),
        (["ALTER TABLE job SET UNLOGGED"], "table job is 'table; unlogged"),
        (["CREATE TABLE child () INHERITS (scope)"], "table scope is 'table; also the rows of"),
        (["ALTER TABLE scope ALTER cleared SET DEFAULT 1"], "column scope.cleared is"),
        (["ALTER TABLE scope ALTER leaf DROP NOT NULL"], "column scope.leaf is"),
        (["ALTER TABLE scope ALTER item TYPE text COLLATE \"POSIX\""], "column scope.item is"),
        (["ALTER TABLE scope ADD CHECK (leaf > 9)"], "constraint scope.scope_leaf_check"),
        (["ALTER TABLE key DROP CONSTRAINT fk_key_party"], "constraint key.fk_key_party is miss"),
        (["CREATE OR REPLACE FUNCTION link_frozen() RETURNS trigger LANGUAGE plpgsql AS "
          "$$ BEGIN RETURN NULL; END $$"], "function link_frozen() is"),
        (["CREATE FUNCTION count(scope) RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'"],
         "function count(scope)"),
        (["CREATE COLLATION public.\"C\" (provider = libc, locale = 'POSIX')",
          "ALTER TABLE scope ALTER item TYPE text COLLATE public.\"C\""], "COLLATE public C"),
        (["CREATE SCHEMA postgres", "CREATE FUNCTION postgres.count(public.scope) RETURNS bigint "
          "LANGUAGE sql AS 'SELECT 0::bigint'"], "function count(scope) is found by name"),
        (["SET allow_system_table_mods = on", "CREATE FUNCTION pg_catalog.count(public.scope) "
          "RETURNS bigint LANGUAGE sql AS 'SELECT 0::bigint'"],
         "function count(scope) is found by name"),
        (["CREATE FUNCTION same(text, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
          "CREATE OPERATOR = (LEFTARG = text, RIGHTARG = bigint, FUNCTION = same)"],
         "operator text = bigint"),
        (["CREATE FUNCTION seen() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
          "CREATE EVENT TRIGGER seen ON ddl_command_end EXECUTE FUNCTION seen()"],
         "event trigger seen"),
        (["CREATE SCHEMA postgres", "CREATE VIEW postgres.scope AS SELECT * FROM public.scope"],
         "schema postgres is on the search path and has a scope of its own"),
        (["DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database() || "
          "' SET session_replication_role = replica'; END $$"], "triggers do not fire"),
    ],
)  # fmt: skip
def test_postgresql_is_told_to_do_more_or_less(world, statements, said):
    change(world, *statements)
    assert any(said in one for one in found(world)), found(world)


def test_what_an_operator_adds_is_only_told(world: World) -> None:
    change(
        world,
        "CREATE INDEX ix_mine ON event (received)",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, note TEXT UNIQUE)",
        "CREATE INDEX ix_notes ON notes (note)",
    )
    report = audits.audit(world.ledger)
    assert report.is_good
    assert {one.reason for one in report.notices} == {
        "index event.ix_mine is not of this program",
        "table notes is not of this program",
    }


def test_tables_that_the_program_makes_when_it_first_counts_are_its_own(world: World) -> None:
    with writing(world.ledger.database.engine) as connection:
        if connection.dialect.name == "postgresql":
            tallies.metadata.create_all(connection)
    look = SchemaLook(world.ledger.database)
    assert (look.findings, look.notices) == ([], [])


def test_a_table_is_swapped_while_the_audit_runs(world, monkeypatch):
    """There and back again: the catalogue was written to all the same."""
    real = audits.audit_rows

    def meanwhile(*args, **options):
        change(world, "ALTER TABLE scope RENAME TO kept", "CREATE VIEW scope AS SELECT * FROM kept")
        change(world, "DROP VIEW scope", "ALTER TABLE kept RENAME TO scope")
        return real(*args, **options)

    monkeypatch.setattr(audits, "audit_rows", meanwhile)
    said = [str(one) for one in audits.audit(world.ledger).findings]
    assert any("the schema was altered while the audit ran" in one for one in said)


def test_an_alarm_is_left_unresolved(world: World) -> None:
    book = WitnessBook(world.ledger.database.engine)
    raised = book.raise_alarm(1, "ahead", "w cosigned more", {"about": ["w"]}, stops=False)
    assert raised is not None
    report = audits.audit(world.ledger)
    assert [str(one) for one in report.findings] == [
        f"alarm: alarm {raised.id} (ahead) is not resolved: w cosigned more"
    ]


@on_postgresql
def test_a_role_that_may_make_no_schema_says_what_was_not_looked_at(world: World) -> None:
    url, name = world.ledger.database.engine.url, "r" + world.ledger.database.engine.url.database
    change(
        world, f"CREATE ROLE {name} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}"
    )
    schema_catalogue._made.clear()
    poor = Database(url.set(username=name).render_as_string(hide_password=False), world.home)
    try:
        look = SchemaLook(poor)
        assert look.findings == []
        assert re.search("the schema, but for views.*needs CREATE", look.undecided[0])
        change(world, "CREATE VIEW lots AS SELECT * FROM lot", "ALTER TABLE scope RENAME TO kept")
        said = [str(one) for one in SchemaLook(poor).findings]
        assert any("view lots" in one for one in said)
        assert "schema: table scope is missing" in said
    finally:
        poor.close()
        change(world, f"DROP OWNED BY {name}", f"DROP ROLE {name}")
