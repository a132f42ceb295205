"""Crashes: killed processes and servers, full disks. What was acknowledged is there and verifies.

SUYUAN_CRASHES sets how often each is killed: 8 times by default, 200 times with SUYUAN_LONG=1. The
short form meets the same moments, and fewer of each.
"""

import contextlib
import multiprocessing
import os
import random
import resource
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event as events
from support.ledger.lengths import length
from support.ledger.world import FIRMS, HOST, World, admit_firms, event, firm, postgres_server
from support.watch.audits import audit

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.merkle import leaf_hash
from suyuan.trace.store.append.receipts import Receipt
from suyuan.trace.store.errors import StoreError

CRASHES = int(os.environ.get("SUYUAN_CRASHES", str(length(8, 200))))
THREADS = 4
FORK = multiprocessing.get_context("forkserver")
pytestmark = [pytest.mark.slow, pytest.mark.fault, pytest.mark.usefixtures("from_root")]


def _load(home: Path, url: str | None, told: Path, seed: int) -> None:
    """Threads that append single links and arrays for ever, and write down what they were told."""
    ledger = Ledger.open(home, lambda: LocalSigner.from_seed(b"L" * 32), url=url)
    out = os.open(told, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def device(number: int) -> None:
        choose = random.Random(seed * 100 + number)
        uri, signer = firm(number % FIRMS)
        pen = ledger.pen(uri, signer)
        while True:
            lot = f"https://{HOST}/t/{number}-{choose.randrange(5)}"
            drafts = [
                Draft(event=event("feed", lot, "1")) for _ in range(choose.choice((1, 1, 1, 20)))
            ]
            try:
                receipts = ledger.write(pen, drafts)
            except StoreError:
                pen.forget()
                time.sleep(0.05)
                continue
            proof = receipts[-1].proof.encode().hex()
            lines = "".join(f"{r.index} {r.hash}\n" for r in receipts) + f"proof {proof}\n"
            os.write(out, lines.encode())

    for number in range(THREADS):
        threading.Thread(target=device, args=(number,)).start()


def links_in(told: Path) -> int:
    """How many links were acknowledged so far."""
    lines = told.read_text().splitlines() if told.exists() else []
    return sum(not line.startswith("proof") for line in lines)


def loaded(world: World, told: Path, seed: int, least: int = 1):
    """A process under load, once it was told of so many more links, however long that takes."""
    FORK.set_forkserver_preload(["suyuan.trace.ledger.ledger", "support.ledger.world"])
    process = FORK.Process(
        target=_load, args=(world.home, world.ledger.database.url, told, seed), daemon=True
    )
    before = links_in(told)
    process.start()
    deadline = time.monotonic() + 3000
    while links_in(told) < before + least:
        assert time.monotonic() < deadline, "nothing was ever acknowledged"
        time.sleep(0.002)
    return process


class Told:
    """What was acknowledged before the crashes, checked against what is there after each."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read = 0
        self.links: dict[int, str] = {}
        self.notes: list[str] = []

    def check(self, world: World) -> None:
        with self.path.open() as file:
            file.seek(self._read)
            for line in file:
                if not line.endswith("\n"):
                    break
                self._read += len(line)
                one, two = line.split()
                if one == "proof":
                    self.notes.append(bytes.fromhex(two).decode())
                else:
                    assert self.links.setdefault(int(one), two) == two, "an index given twice"
        with world.ledger.reading() as reader:
            stored = {link.index: link for link in reader.links()}
            assert sorted(stored) == list(range(reader.size()))
            for index, digest in self.links.items():
                assert stored[index].hash == digest == leaf_hash(stored[index].entry).hex()
            for text in self.notes:  # every checkpoint that ever left is of this one history
                proof = tlog_proof.parse(text)
                checkpoint = open_checkpoint(proof.note, world.trust.log)
                assert proofs.root(checkpoint.size, reader.hashes()) == checkpoint.root
                leaf, at = bytes.fromhex(stored[proof.index].hash), (proof.index, checkpoint.size)
                proofs.check_inclusion(leaf, *at, proof=proof.hashes, root=checkpoint.root)
            self.notes.clear()


def test_processes_killed_at_random_moments(world: World, tmp_path: Path) -> None:
    admit_firms(world)
    told = Told(tmp_path / "told")
    choose = random.Random(1)
    for number in range(CRASHES):
        process = loaded(world, told.path, number, least=4)
        time.sleep(choose.random() * 0.15)
        process.kill()
        process.join()
        told.check(world)
    assert len(told.links) > CRASHES * 3
    world.ledger.followers.catch_up()
    assert audit(world.ledger).findings == []


class Server:
    """A PostgreSQL server of our own, to be killed."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="suyuan-postgres-"))
        self.folder.chmod(0o755)
        self.server = postgres_server(self.folder / "data")
        self.uri = self.server.get_uri()

    def crash(self) -> None:
        """SIGQUIT: no shutdown checkpoint, all sessions cut; then started again."""
        pid = self.server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + 300
        while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.server.ensure_postgres_running()

    def close(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


@pytest.fixture
def server() -> Iterator[Server]:
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="suyuan-run-"))
    made = Server()
    yield made
    made.close()


def test_the_database_server_killed_at_random_moments(server: Server, tmp_path: Path) -> None:
    with psycopg.connect(server.uri, autocommit=True) as connection:
        connection.execute("CREATE DATABASE crashing")
    url = server.uri.replace("postgresql://", "postgresql+psycopg://")
    world = World(tmp_path / "home", url.replace("/postgres?", "/crashing?"))
    admit_firms(world)
    told = Told(tmp_path / "told")
    process = loaded(world, told.path, 1)
    choose = random.Random(2)
    try:
        for _ in range(max(2, CRASHES // 4)):
            time.sleep(choose.random() * 0.3)
            server.crash()
            before = told.path.stat().st_size
            deadline = time.monotonic() + 300
            while told.path.stat().st_size == before:  # the load goes on by itself
                assert time.monotonic() < deadline
                time.sleep(0.01)
            told.check(world)
    finally:
        process.kill()
        process.join()
    told.check(world)
    world.ledger.followers.catch_up()
    assert audit(world.ledger).findings == []
    world.ledger.close()


# A full disk.


def append_until_it_fails(world: World, lots: int = 400) -> tuple[list[bytes], list]:
    """Links offered in arrays of ten until the store fails; what was offered, and acknowledged."""
    uri, signer = firm(0)
    pen = world.ledger.pen(uri, signer)
    offered: list[bytes] = []
    acknowledged: list = []
    for _ in range(lots):
        array = [pen.sign(Draft(event=event("code", world.new_lot(), "1"))) for _ in range(10)]
        offered += array
        try:
            acknowledged += world.ledger.append(array)
        except StoreError:
            return offered, acknowledged
    pytest.fail("the disk was never full")


def check_after(world: World, offered: list[bytes], acknowledged: list) -> None:
    with world.ledger.reading() as reader:
        stored = [link.entry for link in reader.links()]
        assert proofs.root(reader.size(), reader.hashes()) == bytes(reader.log_state().root)
    assert all(isinstance(found, Receipt) for found in acknowledged)
    assert all(stored[found.index] == offered[n] for n, found in enumerate(acknowledged))
    again = world.ledger.append(offered[-10:])
    assert all(isinstance(found, Receipt) for found in again)
    world.ledger.followers.catch_up()
    assert audit(world.ledger).findings == []


def test_a_full_database_refuses_and_goes_on_once_there_is_room(small: World) -> None:
    """SQLITE_FULL, by the database's own limit on its pages."""
    admit_firms(small)
    pool = small.ledger.database.engine
    with pool.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    limited: list = []

    @events.listens_for(pool, "checkout")
    def _limit(connection, _record, _proxy) -> None:
        limit = (pages + 40) if limited else 1 << 30
        connection.execute(f"PRAGMA max_page_count={limit}")

    limited.append(True)
    offered, acknowledged = append_until_it_fails(small)
    assert acknowledged
    limited.clear()
    check_after(small, offered, acknowledged)


def _fill(home: Path, room: int, answer) -> None:
    """A process whose files may not grow beyond `room` bytes: writes fail as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    ledger = Ledger.open(home, lambda: LocalSigner.from_seed(b"L" * 32))
    world = World.__new__(World)
    world.home, world.ledger = home, ledger
    offered, acknowledged = append_until_it_fails(world)
    answer.put((offered, [(found.index, found.hash) for found in acknowledged]))


@pytest.mark.parametrize("room", [300_000, 700_000, 1_500_000])
def test_writes_that_the_system_refuses(small: World, room: int) -> None:
    admit_firms(small)
    answer = FORK.Queue()
    process = FORK.Process(target=_fill, args=(small.home, room, answer))
    process.start()
    offered, acknowledged = answer.get(timeout=300)
    process.join(300)
    with small.ledger.reading() as reader:
        stored = {link.index: link.hash for link in reader.links()}
    assert all(stored[index] == digest for index, digest in acknowledged)
    receipts = small.ledger.append(offered)
    assert [found.is_new for found in receipts].count(False) >= len(acknowledged)
    check_after(small, offered, receipts)


@contextlib.contextmanager
def _noting(world: World) -> Iterator[list[bytes]]:
    """Everything that the log's key signs."""
    signed: list[bytes] = []
    real: Callable[[bytes], bytes] = world.log.sign

    class Noting:
        public = world.log.public

        def sign(self, message: bytes) -> bytes:
            signed.append(message)
            return real(message)

    world.ledger.append([])
    appender = world.ledger._appender
    before, appender._signer = appender._signer, Noting()
    yield signed
    appender._signer = before


def test_a_checkpoint_that_was_signed_and_not_stored_never_leaves(world: World) -> None:
    """Two trees of one size may be signed in one process; one of them is ever seen."""
    admit_firms(world)
    uri, signer = firm(0)
    pen = world.ledger.pen(uri, signer)
    one, two = (pen.sign(Draft(event=event("code", world.new_lot(), "1"))) for _ in range(2))
    dialect = world.ledger.database.engine.dialect
    real, notes = dialect.do_commit, []

    with _noting(world) as signed:

        def failing(connection) -> None:
            if signed:  # not what only read
                raise dialect.dbapi.OperationalError("disk I/O error")
            real(connection)

        dialect.do_commit = failing
        with pytest.raises(StoreError):
            world.ledger.append([one])
        dialect.do_commit = real
        (receipt,) = world.ledger.append([two])
        notes.append(receipt.checkpoint)
    del dialect.do_commit
    assert len(signed) == 2 and signed[0] != signed[1]
    assert signed[0].split(b"\n")[1] == signed[1].split(b"\n")[1], "of one size"
    with world.ledger.reading() as reader:
        kept = [found.note for found in reader.checkpoints()]
    assert notes[0] in kept
    assert not any(note.startswith(signed[0].decode()) for note in kept)
