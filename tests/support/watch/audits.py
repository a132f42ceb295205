"""The audit of a ledger but for its schema, and a database that is tampered with."""

import sqlite3
from collections import Counter
from contextlib import closing
from unittest import mock

from sqlalchemy import text
from support.ledger.world import World

from suyuan.trace.format.link import link_hash
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.checkpoint import Checkpoint, sign
from suyuan.trace.log.merkle import Edge
from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.store.engine import writing
from suyuan.trace.watch.audit import audit_rows
from suyuan.trace.watch.auditing import links
from suyuan.trace.watch.auditing.audit_report import Report

PART = 256  # links of a part in tests
FEW = 3


def audit(ledger: Ledger, **options) -> Report:
    """The report on rows, once it is seen to be the same in parts of few links."""
    report = audit_rows(ledger, **options)
    if report.size < WIDTH:  # parts that are no whole tiles do where there are none
        with mock.patch.object(links, "PART", FEW):
            parts = audit_rows(ledger, **options)
        same = Counter(map(str, parts.findings)), Counter(map(str, report.findings))
        assert same[0] == same[1], (same[0] - same[1], same[1] - same[0])
        if not report.findings:
            assert (parts.root, parts.newest) == (report.root, report.newest)
    return report


class Thief:
    """Someone with write access to the database file, and time."""

    def __init__(self, world: World) -> None:
        self._path = world.home / "suyuan.db"

    def run(self, statement: str, *values: object) -> list:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            for table, verb in (
                ("link", "update"), ("link", "delete"), ("checkpoint", "update"),
                ("checkpoint", "delete"),
            ):  # fmt: skip
                connection.execute(f"DROP TRIGGER IF EXISTS {table}_no_{verb}")
            return connection.execute(statement, values).fetchall()

    def entry(self, leaf: int) -> bytes:
        return self.run("SELECT entry FROM link WHERE leaf = ?", leaf)[0][0]

    def change(self, column: str, leaf: int) -> tuple[str, str, int]:
        """Another value in a column of `link_item`; the place that it is about."""
        values = {"leaf": leaf + 1, "role": 31, "quantity": 7, "unit": "L"}
        ((chain, seq),) = self.run("SELECT chain, seq FROM link_item WHERE leaf = ? LIMIT 1", leaf)
        self.run(
            f"UPDATE link_item SET {column} = ? WHERE chain = ? AND seq = ?",
            values[column], chain, seq,
        )  # fmt: skip
        (row,) = self.run(
            "SELECT i.uri, a.uri FROM chain c JOIN subject i ON c.subject = i.id "
            "JOIN subject a ON c.actor = a.id WHERE c.id = ?",
            chain,
        )
        return row[0], row[1], seq

    def put(self, leaf: int, entry: bytes, *, hash_too: bool) -> None:
        self.run("UPDATE link SET entry = ? WHERE leaf = ?", entry, leaf)
        if hash_too:
            digest = bytes.fromhex(link_hash(entry))
            self.run("UPDATE link SET hash = ? WHERE leaf = ?", digest, leaf)


FROZEN = ("link", "checkpoint", "tile", "cosigned")


def tamper(world: World, statement: str, **values: object) -> None:
    """Change a row with the database's own rights, past its triggers."""
    with writing(world.ledger.database.engine) as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = replica"))
        else:
            for table in FROZEN:
                for verb in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
        assert connection.execute(text(statement), values).rowcount > 0
        if connection.dialect.name == "postgresql":
            connection.execute(text("SET session_replication_role = origin"))


def without(connection: sqlite3.Connection, table: str, rule: str, instead: str = "") -> None:
    """The table made anew without one of its rules, and without its triggers."""
    ((made,),) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    assert rule in made
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute(f"CREATE TABLE kept AS SELECT * FROM {table}")
    connection.execute(f"DROP TABLE {table}")
    connection.execute(made.replace(rule, instead))
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
        "INSERT INTO link VALUES (?, ?, ?)", (len(rows), bytes.fromhex(link_hash(entry)), entry)
    )
    connection.execute("INSERT INTO checkpoint VALUES (?, ?, ?)", (edge.size, note, committed))
    connection.execute(
        "UPDATE log_state SET size = ?, root = ?, edge = ?", (edge.size, edge.root(), edge.encode())
    )
    return len(rows)
