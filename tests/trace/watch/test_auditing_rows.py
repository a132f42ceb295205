"""What only a changed schema, or a choice of identifiers, brings about: both audits see it."""

import sqlite3
from contextlib import closing

import pytest
from support.ledger.world import HOST, World, event
from support.watch.audits import audit, tamper

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import link_hash
from suyuan.trace.log.checkpoint import Checkpoint, sign
from suyuan.trace.log.merkle import Edge

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_parts")]


def without(connection: sqlite3.Connection, table: str, rule: str) -> None:
    """The table made anew without one of its rules, and without its triggers."""
    ((made,),) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    assert rule in made
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
    connection.execute(f"DROP TABLE {table}")
    connection.execute(made.replace(rule, ""))
    connection.execute(f"INSERT INTO {table} SELECT * FROM kept")
    connection.execute("DROP TABLE kept")


def append_by_hand(world: World, connection: sqlite3.Connection, entry: bytes) -> int:
    """A link under a checkpoint, by one who has the log's key and asks no rule."""
    edge = Edge()
    rows = connection.execute("SELECT entry FROM link ORDER BY leaf").fetchall()
    for one in (*(row[0] for row in rows), entry):
        edge.append(bytes.fromhex(link_hash(one)))
    (committed,) = connection.execute("SELECT committed FROM log_state").fetchone()
    note = sign(Checkpoint(world.trust.origin, edge.size, edge.root()), world.log)
    connection.execute(
        "INSERT INTO link VALUES (?, ?, ?)",
        (len(rows), bytes.fromhex(link_hash(entry)), entry),
    )
    connection.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (edge.size, note, committed))
    connection.execute(
        "UPDATE log_state SET size = ?, root = ?, edge = ?",
        (edge.size, edge.root(), edge.encode()),
    )
    return len(rows)


def test_a_chain_that_forks_is_seen_where_the_table_allows_two_rows(small: World) -> None:
    """The second link of the same number, in a chain row of its own."""
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    other = small.ledger.pen(farm.uri, farm.signer)
    entry = other.sign(Draft(event=event("code", lot, "100")))
    small.ledger.append([farm.pen.sign(Draft(event=event("code", lot, "1")))])
    small.ledger.followers.catch_up()
    with closing(sqlite3.connect(small.home / "suyuan.db", isolation_level=None)) as connection:
        without(connection, "chain", ", \n\tCONSTRAINT uq_chain_subject UNIQUE (subject, actor)")
        leaf = append_by_hand(small, connection, entry)
        connection.execute(
            "INSERT INTO chain SELECT id + 1, subject, actor, 0, ? FROM chain ORDER BY id DESC "
            "LIMIT 1",
            (bytes.fromhex(link_hash(entry)),),
        )
        connection.execute(
            "INSERT INTO link_item SELECT chain + 1, 0, ?, role, 100000000, unit FROM link_item "
            "ORDER BY chain DESC LIMIT 1",
            (leaf,),
        )
    small.ledger.followers.catch_up()
    report = audit(small.ledger)
    assert [found.rule for found in report.findings] == ["chain"]


def test_a_chain_in_two_rows_is_seen_though_each_agrees_with_its_places(small: World) -> None:
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    for _ in range(2):
        small.code(farm, lot)
    small.ledger.followers.catch_up()
    with closing(sqlite3.connect(small.home / "suyuan.db", isolation_level=None)) as connection:
        without(connection, "chain", ", \n\tCONSTRAINT uq_chain_subject UNIQUE (subject, actor)")
        connection.execute(
            "INSERT INTO chain SELECT id + 1, subject, actor, seq, head FROM chain "
            "ORDER BY id DESC LIMIT 1"
        )
        connection.execute(
            "UPDATE link_item SET chain = chain + 1 WHERE seq = 1 AND chain = "
            "(SELECT max(id) - 1 FROM chain)"
        )
        connection.execute(
            "UPDATE chain SET seq = 0, head = (SELECT hash FROM link_item JOIN link USING (leaf) "
            "WHERE chain = id) WHERE id = (SELECT max(id) - 1 FROM chain)"
        )
    found = audit(small.ledger).findings
    assert [(one.rule, one.item, one.actor) for one in found] == [("projection", lot, farm.uri)]


@pytest.mark.parametrize(
    "statements",
    [
        # A place in a chain for a link that is not there, beyond the end of the log.
        [
            "INSERT INTO link_item SELECT id, seq + 1, 1000000000, 1, NULL, NULL FROM chain "
            "WHERE id = (SELECT max(id) FROM chain)",
            "UPDATE chain SET seq = seq + 1, head = zeroblob(32) WHERE id = (SELECT max(id) "
            "FROM chain)",
        ],
        ["UPDATE link_item SET unit = 'None', quantity = 'None' WHERE unit IS NULL"],
    ],
)
def test_a_row_that_only_looks_like_the_right_one_is_seen(small, statements) -> None:
    farm = small.party("青山农场", "producer")
    small.code(farm, small.new_lot())
    small.ledger.followers.catch_up()
    for statement in statements:
        tamper(small, statement)
    assert not audit(small.ledger).is_good


@pytest.mark.parametrize(
    ("table", "rule", "rows"),
    [
        ("code", "CONSTRAINT pk_code PRIMARY KEY (code), ", "SELECT * FROM code"),
        (
            "subject",
            ", \n\tCONSTRAINT uq_subject_uri UNIQUE (uri)",
            "SELECT id + 100, uri, code FROM subject",
        ),
        ("name", ", \n\tCONSTRAINT pk_name PRIMARY KEY (uri, leaf)", "SELECT * FROM name"),
    ],
)
def test_a_row_that_stands_twice_is_seen(small: World, table: str, rule: str, rows: str) -> None:
    farm = small.party("青山农场", "producer")
    small.code(farm, small.new_lot())
    small.ledger.followers.catch_up()
    with closing(sqlite3.connect(small.home / "suyuan.db", isolation_level=None)) as connection:
        without(connection, table, rule)
        connection.execute(f"INSERT INTO {table} {rows}")
    assert not audit(small.ledger).is_good


def test_a_row_without_its_key_is_seen(small: World) -> None:
    """No range of sizes has it."""
    small.code(small.party("青山农场", "producer"), small.new_lot())
    small.ledger.followers.catch_up()
    with closing(sqlite3.connect(small.home / "suyuan.db", isolation_level=None)) as connection:
        without(connection, "checkpoint", ", \n\tCONSTRAINT pk_checkpoint PRIMARY KEY (size)")
        without(connection, "checkpoint", " NOT NULL")
        connection.execute("INSERT INTO checkpoint SELECT NULL, note, committed FROM checkpoint")
    assert not audit(small.ledger).is_good


@pytest.mark.parametrize("is_first", [True, False])
def test_a_code_that_another_took_is_no_tampering(small: World, is_first: bool) -> None:
    """Whoever codes an item of this ledger's own chooses its code, a chain's of another too."""
    farm, stall, lot = small.party("青山农场", "producer"), small.party("摊位"), small.new_lot()
    item = f"https://{HOST}/t/{codes.of_chain(lot, farm.uri)}"
    for turn in (is_first, not is_first):
        if turn:
            small.do(stall, event("code", item, "1"))
        else:
            small.code(farm, lot)
    small.ledger.followers.catch_up()
    report = audit(small.ledger)
    assert report.is_good
    assert [found.rule for found in report.notices] == ["code"]
    tamper(small, "DELETE FROM finding")
    assert not audit(small.ledger).is_good


def test_a_code_given_to_who_came_later_is_seen(small: World) -> None:
    farm, stall, lot = small.party("青山农场", "producer"), small.party("摊位"), small.new_lot()
    item = f"https://{HOST}/t/{codes.of_chain(lot, farm.uri)}"
    small.code(farm, lot)
    small.do(stall, event("code", item, "1"))
    small.ledger.followers.catch_up()
    tamper(
        small,
        "UPDATE code SET actor = NULL, subject = (SELECT id FROM subject WHERE uri = :item) "
        "WHERE code = :code",
        item=item, code=codes.of_chain(lot, farm.uri),
    )  # fmt: skip
    tamper(
        small,
        "UPDATE finding SET leaf = (SELECT leaf FROM link_item JOIN chain ON chain.id = chain "
        "JOIN subject ON subject.id = subject WHERE uri = :lot), subject = :lot, "
        "message = replace(message, :lot, :item)",
        item=item, lot=lot,
    )  # fmt: skip
    assert not audit(small.ledger).is_good


@pytest.mark.parametrize("table", ["subject", "chain"])
def test_one_id_far_beyond_the_others_takes_no_time(small: World, table: str) -> None:
    small.code(small.party("青山农场", "producer"), small.new_lot())
    small.ledger.followers.catch_up()
    with closing(sqlite3.connect(small.home / "suyuan.db", isolation_level=None)) as connection:
        connection.execute(f"UPDATE {table} SET id = 4611686018427387904 WHERE id = 2")
    assert not audit(small.ledger).is_good
