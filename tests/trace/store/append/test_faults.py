"""Faults: an append that fails at any step, as "failed" and as "failed but persisted"."""

import contextlib
import itertools
from collections.abc import Callable, Iterator

import pytest
from support.ledger.world import ORIGIN, Actor, World, event
from support.watch.replica import entries_of

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import link_hash
from suyuan.trace.store.append import lock
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.errors import Busy, StoreError
from suyuan.trace.watch.audit import audit

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("from_root")]

METHODS = ("do_execute", "do_executemany", "do_commit")


@contextlib.contextmanager
def failing(world: World, number: int, *, persisted: bool) -> Iterator[list[str]]:
    """The database's n-th call fails, before it is carried out or after; the calls made."""
    dialect = world.ledger.database.engine.dialect
    error = dialect.dbapi.OperationalError
    calls: list[str] = []

    def broken(name: str, real: Callable) -> Callable:
        def call(*args, **kwargs):
            calls.append(name)
            is_now = len(calls) == number + 1
            if is_now and not persisted:
                raise error("disk I/O error")
            found = real(*args, **kwargs)
            if is_now:
                raise error("server closed the connection unexpectedly")
            return found

        return call

    for name in METHODS:
        setattr(dialect, name, broken(name, getattr(dialect, name)))
    try:
        yield calls
    finally:
        for name in METHODS:
            delattr(dialect, name)


def array(world: World, who: Actor) -> list[bytes]:
    """A new chain, a link that builds on it, and one of a chain that is there."""
    pen, lot = world.ledger.pen(who.uri, who.signer), world.new_lot()
    steps = [("code", lot), ("feed", lot), ("feed", world.old)]
    return [pen.sign(Draft(event=event(step, item, "1"))) for step, item in steps]


@pytest.fixture
def farm(world: World) -> Actor:
    found = world.party("青山农场", "producer")
    world.old = world.new_lot()
    world.code(found, world.old)
    return found


@pytest.mark.parametrize("persisted", [False, True], ids=["failed", "failed but persisted"])
def test_a_fault_at_any_step_loses_nothing_and_doubles_nothing(world, farm, persisted):
    for number in itertools.count():
        offered, before = array(world, farm), entries_of(world.ledger)
        with failing(world, number, persisted=persisted) as calls, contextlib.suppress(StoreError):
            world.ledger.append(offered)
        if number >= len(calls):  # there is no such step
            assert entries_of(world.ledger) == before + offered
            break
        is_there = persisted and calls[number] == "do_commit"
        assert entries_of(world.ledger) == before + (offered if is_there else [])
        again = world.ledger.append(offered)  # the same object, the same bytes
        assert [found.hash for found in again] == [link_hash(entry) for entry in offered]
        assert all(found.is_new is not is_there for found in again)
        assert entries_of(world.ledger) == before + offered
        assert {found.index for found in again} == set(range(len(before), len(before) + 3))
    assert number > 12 and calls[-1] == "do_commit"
    world.ledger.followers.catch_up()
    assert audit(world.ledger).findings == []


def test_another_process_goes_on_after_a_fault(world: World, farm: Actor) -> None:
    offered = array(world, farm)
    with failing(world, 6, persisted=True), pytest.raises(StoreError):
        world.ledger.append(offered)
    other = world.reopen()
    assert all(found.is_new for found in other.append(offered))
    other.close()
    assert not any(found.is_new for found in world.ledger.append(offered))
    world.code(farm, world.new_lot())
    world.ledger.followers.catch_up()
    assert audit(world.ledger).findings == []


def test_statements_after_a_fault_meet_the_state_that_is_there(world: World, farm: Actor) -> None:
    """What was to be enrolled and was rolled back is not known afterwards."""
    new = LocalSigner.new()
    enrol = world.ledger.pen(farm.uri, farm.signer).sign(
        Draft(statement=acts.enrol_signer(ORIGIN, farm.uri, new))
    )
    by_new = world.ledger.pen(farm.uri, new).sign(Draft(event=event("feed", world.old)))
    with failing(world, 0, persisted=False) as calls, contextlib.suppress(StoreError):
        world.ledger.append([enrol, by_new])
    assert calls
    with failing(world, 12, persisted=False), pytest.raises(StoreError):
        world.ledger.append([enrol, by_new])
    (refused,) = world.ledger.append([by_new])
    assert refused.rule == "key"
    assert all(isinstance(found, Receipt) for found in world.ledger.append([enrol, by_new]))


def test_a_signer_that_fails_writes_nothing(world: World, farm: Actor) -> None:
    class Broken:
        public = world.log.public

        def sign(self, message: bytes) -> bytes:
            raise OSError("the token was pulled out")

    offered, before = array(world, farm), entries_of(world.ledger)
    appender = world.ledger._appender
    real, appender._signer = appender._signer, Broken()
    with pytest.raises(OSError, match="pulled out"):
        world.ledger.append(offered)
    appender._signer = real
    assert entries_of(world.ledger) == before
    assert all(found.is_new for found in world.ledger.append(offered))


def test_a_lock_that_cannot_be_had_is_said_to_be_busy(small, monkeypatch):
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.05)
    with lock.FileLock(small.home / "append.lock")(), pytest.raises(Busy, match="try again"):
        small.party("A 区 12 号")
    small.party("A 区 12 号")


def test_a_home_that_is_gone_is_a_store_error(small: World) -> None:
    entry = small.authority.pen.sign(Draft(statement=acts.leave("urn:x:nobody")))
    moved = small.home.with_name("moved")
    small.home.rename(moved)
    with pytest.raises(StoreError, match="cannot be opened"):
        small.ledger.append([entry])
    moved.rename(small.home)
    (refused,) = small.ledger.append([entry])
    assert refused.rule == "statement"


def test_a_connection_that_is_cut_is_a_store_error_and_is_made_again(world, farm):
    if world.ledger.database.engine.dialect.name == "postgresql":
        other = world.reopen()
        with other.database.engine.connect() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        other.close()
    else:
        world.ledger.close()
    assert all(found.is_new for found in world.ledger.append(array(world, farm)))
