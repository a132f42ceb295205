"""Fixtures: a real PostgreSQL beside SQLite, and a small world on either."""

import gc
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import wraps
from pathlib import Path

import psycopg
import pytest
from conformance import others_programs as others
from flask import Flask
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Engine, event, make_url
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.dialects.sqlite.base import SQLiteDialect
from sqlalchemy.util import LRUCache
from support.ledger.commands import PASSPHRASE, Suyuan
from support.ledger.lengths import IS_LONG
from support.ledger.world import ROOT, World, days_ago, postgres_server
from support.watch.witnessing import Village, village
from werkzeug.routing import Rule

from suyuan.trace.recall import deadlines
from suyuan.trace.store import migrate
from suyuan.trace.store.engine import writing
from suyuan.trace.store.projections import Followers
from suyuan.trace.store.read.reader import reading
from suyuan.web.app.access import freshness

# No example is chosen by chance or given a time on an ordinary day: a failure is of the change.
settings.register_profile("daily", deadline=None, derandomize=True)
settings.register_profile("long", deadline=None, derandomize=False)
settings.load_profile("long" if IS_LONG else "daily")

TESTS = Path(__file__).parent
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


@pytest.fixture
def from_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes of a test import its module by its name from the root.

    Behind all else: `tests/trace` is no module of that name, which the standard library has.
    """
    monkeypatch.setattr(sys, "path", [*sys.path, str(ROOT)])


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

    def upgraded(engine: Engine, *replay: object) -> str:
        if migrate.current(engine) is not None:
            return upgrade(engine, *replay)
        if engine.dialect.name == "postgresql":
            return _copied(engine, upgrade, servers)
        if not told:
            return _heard(engine, upgrade, told)
        with writing(engine) as connection:
            cursor = connection.connection.cursor()
            for statement, parameters in told:
                cursor.execute(statement, parameters)
            cursor.close()
        return migrate.NEWEST

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
            connection.execute(f"CREATE DATABASE migrated TEMPLATE {made} STRATEGY file_copy")
            servers.add(address)
        else:
            connection.execute(f"DROP DATABASE {made} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {made} TEMPLATE migrated STRATEGY file_copy")
    return migrate.NEWEST


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


@pytest.fixture(scope="session", autouse=True)
def _worker_beside() -> Iterator[None]:
    """A test's app has no worker beside it: who would look how far that is does its work.

    If there is any: most requests of most tests find all done, and it writes even then.
    """
    look = freshness.reached

    @wraps(look)
    def reached(followers: Followers, size: int) -> int:
        with reading(followers._engine) as reader:
            cursors, there = reader.cursors(), reader.size()
        if all(cursors.get(name) == there for name in followers.names):
            return there
        followers.catch_up()
        return look(followers, size)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(freshness, "reached", reached)
        yield


@pytest.fixture
def no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody runs followers in this test unless it does."""
    monkeypatch.setattr(freshness, "reached", freshness.reached.__wrapped__)
    monkeypatch.setattr(freshness, "LONGEST", 0.05)


@pytest.fixture(scope="session")
def aics_python() -> Path:
    """A python that has aics-witness and aics-tlog."""
    return others.python_with("aics-witness", "aics-tlog")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a real PostgreSQL server, from a wheel, without a database name."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
    # As root the server runs as a user of its own, who must be able to reach its folder.
    folder = Path(tempfile.mkdtemp(prefix="suyuan-postgres-", dir=_memory()))
    folder.chmod(0o755)
    server = postgres_server(folder / "data")
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
    *_, old, new = deadlines.RULES
    last, since = (date.fromisoformat(days_ago(n)) for n in (2, 1))
    old = replace(old, law=replace(old.law, last=last))
    new = replace(new, law=replace(new.law, since=since))
    monkeypatch.setattr(deadlines, "RULES", (old, new))


BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)]


@contextmanager
def _database(server: str, like: str = "template1") -> Iterator[str]:
    """The URL of a new database of a server, a copy of another of its databases."""
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {like} STRATEGY file_copy")
    yield server.replace("postgresql://", "postgresql+psycopg://").replace(
        "/postgres?", f"/{name}?"
    )
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=BOTH)
def url(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """A fresh database: None for SQLite in the home, else one of its own on PostgreSQL."""
    if request.param == "sqlite":
        yield None
        return
    yield request.getfixturevalue("postgres_database")


@pytest.fixture
def postgres_database(postgres: str) -> Iterator[str]:
    """The URL of a fresh database on PostgreSQL."""
    with _database(postgres) as made:
        yield made


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where copies.filled keeps what the first test of a file has made."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of a world in which nothing has happened yet: a copy is quicker than another."""
    return _found(tmp_path_factory.mktemp("founded") / "home")


@pytest.fixture(scope="session")
def founded_database(
    postgres: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """One on PostgreSQL: the name of its database, and its home."""
    with _database(postgres) as url:
        home = _found(tmp_path_factory.mktemp("founded") / "home", url)
        yield str(make_url(url).database), home


def _found(home: Path, url: str | None = None) -> Path:
    World(home, url).ledger.close()
    return home


@pytest.fixture(params=BOTH)
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """A world on each database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("small")
        return
    like, founded = request.getfixturevalue("founded_database")
    with _database(request.getfixturevalue("postgres"), like) as url:
        made = World(tmp_path / "home", url, founded=founded)
        yield made
        made.ledger.close()


@pytest.fixture
def small(tmp_path: Path, founded: Path) -> Iterator[World]:
    """A world on SQLite."""
    made = World(tmp_path / "home", founded=founded)
    yield made
    made.ledger.close()


@pytest.fixture
def suyuan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Suyuan:
    """Runs commands in an empty folder, with a passphrase set and no other settings."""
    for name in [name for name in os.environ if name.startswith("SUYUAN_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", PASSPHRASE.decode())
    (folder := tmp_path / "commands").mkdir()
    monkeypatch.chdir(folder)
    return Suyuan()


@pytest.fixture
def around(tmp_path: Path) -> Iterator[Village]:
    """Witnesses behind sockets, all ended after the test."""
    with village(tmp_path / "witnesses") as made:
        yield made


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test is of one day, in China and in UTC: shortly before the next it waits for that."""
    left = min(-(time.time() + hours * 3_600) % 86_400 for hours in (0, 8))
    if left < (45 if item.get_closest_marker("slow") else 10):
        time.sleep(left)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What browsers do and what is measured is slow, by its folder."""
    for item in items:
        if item.path.is_relative_to(TESTS / "e2e") or item.path.is_relative_to(TESTS / "bench"):
            item.add_marker(pytest.mark.slow)
