"""Publishing: the files are the served ones, in an order that survives a crash, of one history."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys

import pytest
from conformance.others_ledger import grow
from obstore.store import MemoryStore
from support.ledger.commands import Suyuan
from support.ledger.queueing import until
from support.ledger.world import ORIGIN, World, is_ci
from support.web.client import change, client_of

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, FetchError, LedgerError, Tampered
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import checkpoint, proofs, tiles
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.fetch import Fetched, Fetcher
from suyuan.trace.log.merkle import leaf_hash
from suyuan.trace.log.tiles import Tile
from suyuan.trace.watch.publishing.publish import publish
from suyuan.trace.watch.publishing.storage import Bucket, Folder, open_storage

pytestmark = pytest.mark.slow


class Live:
    """A world that grows, and copies of it as it was."""

    def __init__(self, home):
        self.world = World(home)
        self.stall = self.world.party("称重的档口")
        self.ledger = self.world.ledger

    def grow(self, size):
        grow(self.world, self.stall, size)
        return self.ledger


@pytest.fixture
def live(tmp_path):
    made = Live(tmp_path / "home")
    yield made
    made.ledger.close()


@pytest.fixture
def storage(tmp_path):
    """An empty folder to publish to."""
    return Folder(tmp_path / "log")


class Files:
    """What is in storage, asked as a client of a log asks."""

    def __init__(self, storage):
        self.storage = storage

    def get(self, path, max_bytes=None):
        data = self.storage.read(path)
        return Fetched(404, "", b"") if data is None else Fetched(200, "", data)


def verify(storage, trust, *, entries=True):
    """The size of what is published, once all of it is verified as a stranger verifies it."""
    client = LogClient(Files(storage), trust.log)
    _, found = client.checkpoint()
    shown = client.hashes(found)
    for tile in tiles.tiles(found.size):
        first, level = tile.number * 256, tile.level * 8
        shown.read([(level, n) for n in range(first, first + tile.width)])
    if entries:
        leaves = [leaf_hash(entry) for entry in client.entries(0, found.size, found.size)]
        assert leaves == shown.read([(0, n) for n in range(found.size)])
    assert proofs.root(found.size, shown) == found.root
    return found.size


STORAGES = {
    "folder": lambda tmp: Folder(tmp / "public" / "log"),
    "bucket": lambda tmp: Bucket(MemoryStore(), "memory:///log"),
}


@pytest.mark.parametrize("kind", STORAGES)
def test_what_is_published_is_what_is_served(live, tmp_path, kind):
    ledger, storage = live.grow(700), STORAGES[kind](tmp_path)
    told = []
    done = publish(ledger, storage, lambda *step: told.append(step))
    assert (done.before, done.size, done.removed) == (0, 700, 0)
    assert done.written == 3 + 3 + 1 + 1 and told[-1] == (7, 7)
    served = client_of(ledger)
    for tile in [*tiles.tiles(700), Tile(-1, 0), Tile(-1, 1), Tile(-1, 2, 188)]:
        assert storage.read(tile.name()) == served.get(f"/log/{tile.name()}").data
    assert storage.read("checkpoint") == served.get("/log/checkpoint").data
    assert verify(storage, ledger.trust) == 700


@pytest.mark.parametrize("kind", STORAGES)
def test_only_what_is_new_is_written_and_partial_tiles_go_when_they_are_full(live, tmp_path, kind):
    storage = STORAGES[kind](tmp_path)
    publish(live.grow(10), storage)
    publish(live.grow(20), storage)
    assert storage.below("tile/0/000.p") == ["tile/0/000.p/10", "tile/0/000.p/20"]
    done = publish(live.grow(300), storage)
    assert (done.before, done.size, done.removed) == (20, 300, 4)
    assert storage.below("tile/0/000.p") == storage.below("tile/entries/000.p") == []
    assert storage.below("tile/0/001.p") == ["tile/0/001.p/44"]
    assert verify(storage, live.ledger.trust) == 300
    assert publish(live.ledger, storage).written == 0
    done = publish(live.grow(310), storage)
    assert done.written == 3  # a bundle, a tile, the checkpoint


def test_nothing_lies_about_in_a_folder(live, tmp_path):
    folder = tmp_path / "log"
    publish(live.grow(300), Folder(folder))
    publish(live.grow(600), Folder(folder))
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    names = {tile.name() for tile in tiles.tiles(600)} | {"checkpoint"}
    names |= {"tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"}
    names |= {"tile/1/000.p/1"}  # no full tile stands for it yet
    assert found == names
    for path in folder.rglob("*"):
        assert path.stat().st_mode & 0o777 == (0o755 if path.is_dir() else 0o644)


class Failing:
    """Storage that fails at one of its writes, before or after the file is there."""

    def __init__(self, storage, at, *, is_after):
        self._storage, self._at, self._is_after, self.written = storage, at, is_after, []

    def __getattr__(self, name):
        return getattr(self._storage, name)

    def _maybe(self, name, act):
        self.written.append(name)
        fails = len(self.written) == self._at
        if fails and not self._is_after:
            raise KeyboardInterrupt
        act()
        if fails:
            raise KeyboardInterrupt

    def write(self, name, data, **more):
        self._maybe(name, lambda: self._storage.write(name, data, **more))

    def remove(self, names):
        if names:
            self._maybe("remove", lambda: self._storage.remove(names))


@pytest.mark.parametrize("is_after", [False, True])
def test_a_crash_at_any_step_leaves_a_tree_that_verifies(live, tmp_path, storage, is_after):
    publish(live.grow(250), storage)
    live.grow(530)
    at, seen = 1, set()
    while True:
        shutil.rmtree(tmp_path / "crashed", ignore_errors=True)
        shutil.copytree(tmp_path / "log", tmp_path / "crashed")
        crashed = Folder(tmp_path / "crashed")
        failing = Failing(crashed, at, is_after=is_after)
        try:
            publish(live.ledger, failing, at_once=1)
        except KeyboardInterrupt:
            pass
        else:
            break
        seen.add(verify(crashed, live.ledger.trust))
        publish(live.ledger, crashed)
        assert verify(crashed, live.ledger.trust) == 530
        at += 1
    assert seen == {250, 530}
    order = [name.split("/")[1] if "/" in name else name for name in failing.written]
    assert order == ["entries"] * 3 + ["0"] * 3 + ["1", "checkpoint", "remove", "remove"]


def foreign(signer, origin=ORIGIN, size=3, root=bytes(32)):
    return checkpoint.sign(Checkpoint(origin, size, root), signer).encode()


@pytest.mark.parametrize("kind", STORAGES)
def test_another_history_is_left_as_it_is(live, tmp_path, kind):
    ledger, log = live.grow(20), live.world.log
    other = LocalSigner.from_seed(b"O" * 32)
    for note, said in {
        b"hello": "did not sign",
        b"\xff": "did not sign",
        foreign(other): "did not sign", foreign(log, "other.example/log"): "did not sign",
        foreign(log): "two histories", foreign(log, size=20): "two histories",
        foreign(log, size=21): "set back", foreign(log, size=2**63 - 1): "set back",
    }.items():  # fmt: skip
        storage = STORAGES[kind](tmp_path)
        storage.read("checkpoint")
        with storage.alone():
            storage.write("checkpoint", note, kind="text/plain", cache="no-store")
        with pytest.raises(Tampered, match=said) as caught:
            publish(ledger, storage)
        assert storage.shown in str(caught.value) and ORIGIN in str(caught.value)
        assert storage.read("checkpoint") == note and storage.below("tile") == []


def test_a_ledger_set_back_from_a_backup_publishes_no_more(live, tmp_path, storage):
    live.grow(10).database.close()
    shutil.copytree(tmp_path / "home", tmp_path / "backup")
    publish(live.grow(300), storage)
    live.ledger.close()
    back = Ledger.open(tmp_path / "backup", lambda: live.world.log)
    with pytest.raises(Tampered, match="set back"):
        publish(back, storage)
    assert verify(storage, back.trust) == 300
    back.close()


def test_another_file_of_the_same_name_is_another_history(live, storage):
    ledger = live.grow(300)
    with storage.alone():
        storage.write("tile/0/000", bytes(8192), kind="", cache="")
    with pytest.raises(Tampered, match="tile/0/000"):
        publish(ledger, storage)
    assert storage.read("checkpoint") is None


CHANGES = {
    "an entry": ("UPDATE link SET entry = replace(entry, ?, 'A') WHERE leaf = 5", "B"),
    "a hash": ("UPDATE link SET hash = ? WHERE leaf = 298", bytes(32)),
    "a tile": ("UPDATE tile SET hashes = zeroblob(8192) WHERE 1 = ?", 1),
    "a tile's root": ("UPDATE tile SET root = ?", bytes(32)),
    "a link is gone": ("DELETE FROM link WHERE leaf = ?", 298),
    "the checkpoint": ("UPDATE checkpoint SET note = ? WHERE size = 300", "x"),
    "the size": ("UPDATE log_state SET size = ?", 200),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_the_checkpoint_does_not_commit_to_is_not_published(live, storage, name):
    ledger = live.grow(300)
    change(ledger, *CHANGES[name])
    with pytest.raises(Tampered):
        publish(ledger, storage)
    assert storage.read("checkpoint") is None


def test_private_entries_are_not_published(live, storage):
    ledger = live.grow(300)
    private = Trust.from_json(ledger.trust.to_json().replace('"public"', '"private"'))
    hidden = Ledger(ledger.home, private, ledger.database, lambda: pytest.fail("signs nothing"))
    assert publish(hidden, storage).written == 3 + 1
    assert storage.below("tile/entries") == []
    assert verify(storage, private, entries=False) == 300


def test_an_empty_ledger_has_nothing_to_publish(live, tmp_path, storage):
    trust = live.ledger.trust
    empty = Ledger.create(tmp_path / "empty", trust, lambda: pytest.fail("signs nothing"))
    with pytest.raises(CannotDecide):
        publish(empty, storage)
    empty.close()


def test_two_runs_do_not_meet(live, tmp_path, storage):
    ledger = live.grow(10)
    with storage.alone(), pytest.raises(LedgerError, match="another"):
        publish(ledger, Folder(tmp_path / "log"))
    assert publish(ledger, storage).size == 10


def test_two_runs_on_a_bucket_do_not_set_it_back(live):
    store = MemoryStore()
    slow, quick = Bucket(store, "memory:///"), Bucket(store, "memory:///")
    publish(live.grow(10), slow)
    note = slow.read("checkpoint")
    publish(live.grow(20), quick)
    with pytest.raises(FetchError, match="somebody else"):
        slow.write("checkpoint", note, kind="", cache="")
    assert verify(quick, live.ledger.trust) == 20


def test_what_is_no_target(live, tmp_path):
    for target in ("ftp://a/b", "s3://", "http://a/log", "file://elsewhere/x", "no://x", "s3://[x"):
        with pytest.raises(LedgerError):
            open_storage(target)
    (tmp_path / "file").write_text("x")
    with pytest.raises(CannotDecide):
        publish(live.grow(10), Folder(tmp_path / "file" / "log"))


def test_the_command(live, tmp_path):
    live.grow(10)
    target, suyuan = tmp_path / "log", Suyuan("--home", live.world.home)
    code, out, err = suyuan("publish", target, "--json")
    assert code == 0 and '"size": 10' in out and "10 records" in err
    assert suyuan("publish", f"file://{target}").code == 0
    (target / "checkpoint").write_bytes(foreign(live.world.log, size=10))
    assert suyuan("publish", target).code == 1
    assert suyuan("publish", "ftp://x/y").code == 2
    assert Suyuan()("publish", target, "--home", tmp_path / "nowhere").code == 3
    with (target / ".publish" / "x").open("w"):
        held = os.open(target / ".publish", os.O_RDONLY)
        fcntl.flock(held, fcntl.LOCK_EX)
        assert suyuan("publish", target).code == 2
        os.close(held)


def test_watching_goes_on_until_ended(live, storage):
    live.grow(10)
    program = [sys.executable, "-m", "suyuan.web.server.cli", "publish", storage.shown]
    options = ["--watch", "0.1", "--home", str(live.world.home)]
    process = subprocess.Popen([*program, *options], stderr=subprocess.PIPE)
    try:
        for size in (10, 20, 300):
            live.grow(size)
            until(
                lambda size=size: (
                    storage.read("checkpoint") is not None
                    and verify(storage, live.ledger.trust) >= size
                )
            )
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=120)
    assert process.returncode == 0 and b"Traceback" not in said


def test_a_bucket_of_an_s3_server(live, tmp_path, monkeypatch):
    try:
        import boto3
        from moto.server import ThreadedMotoServer
    except ImportError:
        if is_ci():
            raise
        pytest.skip("moto, which serves S3 on loopback, is not installed")
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        url = f"http://{host}:{port}"
        for name, value in {
            "ENDPOINT_URL": url, "ALLOW_HTTP": "true", "ACCESS_KEY_ID": "a",
            "SECRET_ACCESS_KEY": "b", "REGION": "us-east-1",
        }.items():  # fmt: skip
            monkeypatch.setenv(f"AWS_{name}", value)
        boto3.client("s3", endpoint_url=url).create_bucket(Bucket="city")
        ledger = live.grow(300)
        publish(ledger, open_storage("s3://city/ledger/log"))
        done = publish(live.grow(600), open_storage("s3://city/ledger/log"))
        assert (done.before, done.size, done.removed) == (300, 600, 2)
        assert verify(open_storage("s3://city/ledger/log"), ledger.trust) == 600
        head = boto3.client("s3", endpoint_url=url).head_object
        found = head(Bucket="city", Key="ledger/log/checkpoint")
        assert found["ContentType"] == "text/plain; charset=utf-8"
        assert found["CacheControl"] == "no-store"
        found = head(Bucket="city", Key="ledger/log/tile/0/001")
        assert found["ContentType"] == "application/octet-stream"
        assert found["CacheControl"] == "public, max-age=31536000, immutable"
        with pytest.raises(CannotDecide):
            publish(ledger, open_storage("s3://no-such-bucket/log"))
    finally:
        server.stop()


def test_a_folder_served_by_any_web_server_is_a_log(live, tmp_path):
    """A client over HTTP, from a server that knows of nothing but files."""
    publish(live.grow(600), Folder(tmp_path / "log"))
    command = [sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"]
    process = subprocess.Popen(
        ["env", "PYTHONUNBUFFERED=1", *command], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        port = process.stdout.readline().split("port ")[1].split()[0]
        with Fetcher(f"http://127.0.0.1:{port}/log") as fetcher:
            client = LogClient(fetcher, live.ledger.trust.log)
            _, found = client.checkpoint()
            assert found.size == 600 and proofs.root(600, client.hashes(found)) == found.root
            assert len(list(client.entries(0, 600, 600))) == 600
    finally:
        process.terminate()
        process.wait(timeout=120)
        process.stdout.close()
