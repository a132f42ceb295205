"""Both audits of a ledger at once, and a database that is tampered with."""

import sqlite3
from contextlib import closing
from unittest import mock

from sqlalchemy import text
from support.ledger.world import World

from suyuan.trace.format.link import link_hash
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.engine import writing
from suyuan.trace.watch.audit import audit as thorough
from suyuan.trace.watch.auditing import quick
from suyuan.trace.watch.auditing.audit_report import Report
from suyuan.trace.watch.auditing.quick import Audited

PART = 256  # links of a part in tests


def audit(ledger: Ledger, **options) -> Report:
    """The thorough audit's report, once the quick one is seen to agree that all is well, or not."""
    report = thorough(ledger, **options)
    if "signatures" in options:
        return report
    audited = _quick(ledger, options.get("kept"))
    if audited is None:
        return report
    wrong = [finding for finding in report.findings if finding.rule != "file"]
    assert bool(audited.odd) == bool(wrong), (audited.odd, wrong[:3])
    if not wrong:
        assert (audited.size, audited.root) == (report.size, report.root)
        assert (audited.newest, audited.checkpoints) == (report.newest, report.checkpoints)
    return report


def _quick(ledger: Ledger, note: str | None) -> Audited | None:
    """In this process; whatever a changed database makes of reading it is odd."""
    with mock.patch.object(quick.os, "cpu_count", return_value=1):
        try:
            return quick.audit(ledger, kept=note)
        except Exception as error:  # noqa: BLE001
            return Audited(0, [repr(error)])


class Thief:
    """Someone with write access to the database file, and time."""

    def __init__(self, world: World) -> None:
        self._path = world.home / "suyuan.db"

    def run(self, statement: str, *values: object) -> list:
        with closing(sqlite3.connect(self._path)) as connection, connection:
            for table, verb in (
                ("link", "update"),
                ("link", "delete"),
                ("checkpoint", "update"),
                ("checkpoint", "delete"),
            ):
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
