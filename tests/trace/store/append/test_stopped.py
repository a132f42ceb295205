"""A process that is stopped while it holds the ledger's lock costs the others a few seconds."""

import multiprocessing
import os
import signal
import subprocess
import threading
import time
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace

import pytest
from support.ledger.queueing import until
from support.ledger.world import Actor, World, event

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append import lock, transaction
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.errors import Busy
from suyuan.trace.watch.audit import audit

pytestmark = pytest.mark.usefixtures("from_root")

SPAWN = multiprocessing.get_context("spawn")


def _stop_in_the_transaction(home: Path, url: str | None, entry: bytes) -> None:
    """Stops itself once everything is written and before COMMIT."""
    ledger = Ledger.open(home, lambda: LocalSigner.from_seed(b"L" * 32), url=url)
    real = transaction.write_links

    def stopping(*arguments) -> None:
        real(*arguments)
        signal.raise_signal(signal.SIGSTOP)  # to this very thread, which goes no further

    transaction.write_links = stopping
    ledger.append([entry])


def stopped(world: World, entry: bytes):
    process = SPAWN.Process(
        target=_stop_in_the_transaction, args=(world.home, world.ledger.database.url, entry)
    )
    process.start()
    until(lambda: lock._state(process.pid) == "T")
    return process


def coding(world: World, farm: Actor) -> bytes:
    return farm.pen.sign(Draft(event=event("code", world.new_lot(), "1")))


@pytest.mark.slow
def test_the_others_go_on_after_a_few_seconds_and_the_link_is_not_there(world, farm):
    left, mine = coding(world, farm), coding(world, farm)
    process = stopped(world, left)
    try:
        begun = time.monotonic()
        (receipt,) = world.ledger.append([mine])
        assert isinstance(receipt, Receipt) and receipt.is_new
        assert time.monotonic() - begun < 60
        with world.ledger.reading() as reader:
            assert mine in {link.entry for link in reader.links()}
            assert left not in {link.entry for link in reader.links()}
    finally:
        process.kill()
        process.join()
    assert world.ledger.append([left])[0].is_new
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


@pytest.mark.slow
def test_one_that_is_let_go_on_acknowledges_nothing_that_is_not_there(world, farm, monkeypatch):
    """On PostgreSQL its session is gone; on SQLite it is."""
    monkeypatch.setattr(lock, "STOPPED_SECONDS", 0.2)
    left, mine = coding(world, farm), coding(world, farm)
    process = stopped(world, left)
    world.ledger.append([mine])
    if process.is_alive():
        os.kill(process.pid, signal.SIGCONT)
    process.join(300)
    assert process.exitcode not in (0, None)
    with world.ledger.reading() as reader:
        assert left not in {link.entry for link in reader.links()}


def _hold(path: Path, seconds: float, told) -> None:
    with lock.FileLock(path)():
        told.set()
        time.sleep(seconds)


@pytest.mark.slow
def test_a_slow_holder_is_waited_for_and_not_killed(tmp_path, monkeypatch):
    monkeypatch.setattr(lock, "STOPPED_SECONDS", 0.2)
    path, told = tmp_path / "lock", SPAWN.Event()
    process = SPAWN.Process(target=_hold, args=(path, 1.5, told))
    process.start()
    assert told.wait(300)
    with lock.FileLock(path, ends_stopped=True)():
        pass
    process.join(300)
    assert process.exitcode == 0


@pytest.mark.slow
def test_one_that_is_stopped_while_it_is_next_keeps_nobody_out(tmp_path, monkeypatch):
    """It holds the place of the one whose turn is next, and nothing else."""
    monkeypatch.setattr(lock, "STOPPED_SECONDS", 0.2)
    path, told = tmp_path / "lock", SPAWN.Event()
    process = SPAWN.Process(target=_hold, args=(path, 0, told))
    with lock.FileLock(path)():
        process.start()
        turnstile = lock._open(tmp_path / "lock.next")
        until(lambda: lock._holder(turnstile) == process.pid)
        os.kill(process.pid, signal.SIGSTOP)
    os.close(turnstile)
    with lock.FileLock(path, ends_stopped=True)():
        pass
    process.join(300)
    assert process.exitcode == -signal.SIGKILL


def test_a_machine_that_stood_still_has_used_up_no_wait(tmp_path, monkeypatch):
    """Its clock is a minute later at each look: the holder stood still as long."""
    descriptor, looked = lock._open(tmp_path / "lock"), count()
    assert lock._try(descriptor)

    def sleep(_seconds: float) -> None:
        if next(looked) == 9:
            lock._let_go(descriptor)

    clock = SimpleNamespace(monotonic=partial(next, count(0, 60)), sleep=sleep)
    monkeypatch.setattr(lock, "time", clock)
    with lock.FileLock(tmp_path / "lock")():
        assert next(looked) == 10


def test_a_lock_is_let_go_though_a_child_has_inherited_it(tmp_path, monkeypatch):
    opened: list[int] = []
    real = lock._open
    monkeypatch.setattr(lock, "_open", lambda path: opened.append(real(path)) or opened[-1])
    with lock.FileLock(tmp_path / "lock")():
        child = subprocess.Popen(["sleep", "30"], pass_fds=opened[:1])
    try:
        descriptor = real(tmp_path / "lock")
        assert lock._try(descriptor)
        os.close(descriptor)
    finally:
        child.kill()
        child.wait()


@pytest.mark.slow
def test_a_stopped_holder_of_another_lock_is_left_alone(tmp_path, monkeypatch):
    """A registration that somebody has stopped at the keyboard will be taken up again."""
    monkeypatch.setattr(lock, "STOPPED_SECONDS", 0.1)
    monkeypatch.setattr(lock, "WAIT_SECONDS", 0.6)
    path, told = tmp_path / "lock", SPAWN.Event()
    process = SPAWN.Process(target=_hold, args=(path, 0.1, told))
    process.start()
    assert told.wait(300)
    os.kill(process.pid, signal.SIGSTOP)
    try:
        with pytest.raises(Busy), lock.FileLock(path)():
            pass
        assert process.is_alive()
    finally:
        os.kill(process.pid, signal.SIGCONT)
    process.join(300)
    assert process.exitcode == 0


def test_only_the_one_whom_the_kernel_names_as_holder_could_be_ended(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT)
    assert lock._holder(descriptor) is None
    lock._end_stopped(descriptor)
    with lock.FileLock(path)():
        assert lock._holder(descriptor) == os.getpid()
        lock._end_stopped(descriptor)  # this process, which is not stopped
    os.close(descriptor)


def test_who_wants_the_lock_again_at_once_comes_after_those_who_wait(tmp_path: Path) -> None:
    order: list[str] = []
    held = lock.FileLock(tmp_path / "lock")

    def waiting() -> None:
        with held():
            order.append("the one who waited")

    with held():
        thread = threading.Thread(target=waiting)
        turnstile = lock._open(tmp_path / "lock.next")
        assert lock._holder(turnstile) is None
        thread.start()
        until(lambda: lock._holder(turnstile) is not None)  # whose turn is next
        os.close(turnstile)
    for _ in range(50):
        with held():
            order.append("again")
        if len(order) > 5 and "the one who waited" in order:
            break
    thread.join(60)
    assert order.index("the one who waited") <= 2
