"""Logs that lie, stall and overflow: bounded time and memory, one family of errors, 1 or 3."""

import time
import tracemalloc
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.ledger.world import ORIGIN, World, event
from support.watch.replica import Log, a_city, chained, entries_of, over_http, resealed

from suyuan.keys import notes
from suyuan.keys.signer import LocalSigner
from suyuan.trace.format.errors import CannotDecide, LedgerError
from suyuan.trace.log import checkpoint, merkle, tiles
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetched, Fetcher
from suyuan.trace.log.tiles import Tile
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.watch.monitor import Monitor
from suyuan.trace.watch.remote_audit import audit_url
from suyuan.trace.watch.replica import Replica

pytestmark = pytest.mark.slow

TIMEOUT = 0.6  # seconds for each request to one that makes us wait for ever
PATIENCE = 60.0  # for each to another, however busy this machine is
OTHER = LocalSigner.from_seed(b"O" * 32)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    found = a_city(World(tmp_path_factory.mktemp("hostile") / "home"))
    found.entries = entries_of(found.ledger)
    yield found
    found.ledger.close()


def honest(world) -> Log:
    return Log(world.entries, world.log)


def log_with(world, path, answer) -> Log:
    found = honest(world)
    found.changed[path.format(size=found.size, last=found.size - 1)] = answer
    return found


def raw(path, behave):
    def make(world):
        found = honest(world)
        found.raw = {path.format(size=found.size): behave}
        return found

    return make


def note(size, root=bytes(32), origin=ORIGIN, signer=None, extra=""):
    """A checkpoint's note, well signed or not."""

    def make(world):
        text = f"{origin}\n{size}\n{merkle_text(root)}\n{extra}"
        signed = notes.sign(text, origin, signer or world.log)
        return log_with(world, "checkpoint", signed.encode())

    return make


def merkle_text(root):
    return Checkpoint("x", 0, root).text().splitlines()[2]


def endless(file):
    file.write(HEAD + b"\r\n")
    while True:
        file.write(b"x" * 65_536)


def drip(file):
    file.write(HEAD + b"Content-Length: 100000\r\n\r\n")
    while True:
        file.write(b"x")
        time.sleep(0.05)


def silent(_file):
    time.sleep(2)


def cut(file):
    file.write(HEAD + b"Content-Length: 1000\r\n\r\nhalf")


def redirect(file):
    file.write(b"HTTP/1.1 302 Found\r\nLocation: /log/checkpoint\r\nContent-Length: 0\r\n\r\n")


def packed(file):
    file.write(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc")


class Repeated:
    """A log of 2^62 times the same entry: every tile is right, and none ends the reading."""

    def __init__(self, entry: bytes, signer: LocalSigner, size: int = 1 << 62) -> None:
        self.entry, self.size, self.asked = entry, size, 0
        self.levels = [merkle.leaf_hash(entry)]
        for _ in range(63):
            self.levels.append(merkle.node_hash(self.levels[-1], self.levels[-1]))
        self.head = Checkpoint(ORIGIN, size, self.levels[size.bit_length() - 1])
        self.text = checkpoint.sign(self.head, signer)

    def get(self, path, max_bytes=None):
        self.asked += 1
        if path == "checkpoint":
            return Fetched(200, "text/plain", self.text.encode())
        tile = Tile.parse(path)
        if tile.level < 0:
            data = tiles.encode_bundle([self.entry] * tile.width)
        else:
            data = self.levels[tile.level * 8] * tile.width
        return Fetched(200, "application/octet-stream", data)


def spoilt_bundle(change):
    def make(world):
        found = honest(world)
        entries = change(list(world.entries))
        name = f"tile/entries/000.p/{found.size}"
        found.changed[name] = (
            entries if isinstance(entries, bytes) else tiles.encode_bundle(entries)
        )
        return found

    return make


def signed(change):
    """Entries that were changed and then signed under the true key."""
    return lambda world: Log(change(world, list(world.entries)), world.log)


def of_another_ledger(world, found):
    entry = chained(world, world.farm, found, event=event("code", world.new_lot(), "5"))
    return [*found, resealed(entry, world.farm.signer, ledger="other.example/log")]


class Pages(Log):
    """All that is asked for, said to be pages."""

    def get(self, path, max_bytes=None):
        found = super().get(path, max_bytes)
        return Fetched(found.status, "text/html; charset=gb18030", found.body)


UNHEARD, SERVED, RULE, GOOD = "unheard", "served", "rule", "good"
OURS = "tile/entries/000.p/{size}"
TILE = "tile/0/000.p/{size}"
CASES = {
    # In place of a checkpoint: nothing of the log's own, so nothing is decided.
    "an empty note": (lambda w: log_with(w, "checkpoint", b""), UNHEARD),
    "no UTF-8": (lambda w: log_with(w, "checkpoint", b"\xff" * 100), UNHEARD),
    "a page": (lambda w: log_with(w, "checkpoint", b"<html>\n\n<p>hi</p>\n"), UNHEARD),
    "a huge note": (lambda w: log_with(w, "checkpoint", b"x" * (3 << 20)), UNHEARD),
    "a note of line ends": (lambda w: log_with(w, "checkpoint", b"\n" * (1 << 20)), UNHEARD),
    "a thousand signatures": (
        lambda w: log_with(
            w, "checkpoint", (honest(w).note() + "— x AAAAAAAA\n" * 1000).encode()
        ),
        UNHEARD,
    ),
    "beyond 2^63": (note(1 << 63), UNHEARD), "far beyond 2^63": (note("9" * 500), UNHEARD),
    "a negative size": (note(-1), UNHEARD), "a size with zeros before it": (note("007"), UNHEARD),
    "an extension line": (note(3, extra="more\n"), UNHEARD),
    "another origin": (note(3, origin="other.example/log"), UNHEARD),
    "another key": (note(3, signer=OTHER), UNHEARD), "no leaves with a root": (note(0), SERVED),
    "a redirect": (raw("checkpoint", redirect), UNHEARD),
    "an answer that is packed": (raw("checkpoint", packed), UNHEARD),
    "an endless note": (raw("checkpoint", endless), UNHEARD),
    "a note by drops": (raw("checkpoint", drip), UNHEARD),
    "a note that never comes": (raw("checkpoint", silent), UNHEARD),
    "half a note": (raw("checkpoint", cut), UNHEARD),
    "wrong content types": (lambda w: Pages(w.entries, w.log), GOOD),
    "no checkpoint": (lambda w: log_with(w, "checkpoint", 404), UNHEARD),
    "a server that fails": (lambda w: log_with(w, "checkpoint", 500), UNHEARD),
    # Below a checkpoint that the log signed: silence is no answer, anything else is its own.
    "a jump to 2^62": (note(1 << 62, b"r" * 32), UNHEARD),
    "a jump to 2^63 - 1": (note((1 << 63) - 1, b"r" * 32), UNHEARD),
    "no tiles": (lambda w: log_with(w, TILE, 404), UNHEARD),
    "a tile too short": (lambda w: log_with(w, TILE, b"x" * 31), SERVED),
    "a tile too long": (lambda w: log_with(w, TILE, b"x" * 32 * 300), UNHEARD),
    "a tile of other hashes": (lambda w: log_with(w, TILE, b"x" * 32 * len(w.entries)), SERVED),
    "a tile of the full width": (lambda w: log_with(w, TILE, b"x" * 32 * 256), SERVED),
    "an endless tile": (raw(TILE, endless), UNHEARD), "a tile by drops": (raw(TILE, drip), UNHEARD),
    "no entries": (lambda w: log_with(w, OURS, 404), UNHEARD),
    "private entries": (lambda w: log_with(w, OURS, 403), UNHEARD),
    "endless entries": (raw(OURS, endless), UNHEARD),
    "entries by drops": (raw(OURS, drip), UNHEARD),
    "a bundle with more behind it": (
        spoilt_bundle(lambda found: tiles.encode_bundle(found) + b"\0"), GOOD,
    ),
    "a bundle of one entry too few": (spoilt_bundle(lambda found: found[:-1]), SERVED),
    "a bundle that ends within an entry": (
        spoilt_bundle(lambda found: tiles.encode_bundle(found)[:-7]), SERVED,
    ),
    "an entry for another": (spoilt_bundle(lambda found: [*found[:-1], found[0]]), SERVED),
    "entries of another ledger": (
        spoilt_bundle(lambda found: [b"entry %d" % n for n in range(len(found))]), SERVED,
    ),
    "empty entries": (spoilt_bundle(lambda found: [b""] * len(found)), SERVED),
    # Signed so: nobody but the holder of the log's key can have done it.
    "entries that are none": (signed(lambda w, found: [*found, b"<html>", b""]), RULE),
    "the same entry twice": (signed(lambda w, found: [*found, found[-1]]), RULE),
    "an entry of 65,535 bytes": (signed(lambda w, found: [*found, b"{" * 65_535]), RULE),
    "deep nesting": (
        signed(lambda w, found: [*found, b'{"payload":' * 5000]), RULE,
    ),
    "another ledger's link": (signed(of_another_ledger), RULE),
    "2^62 times the same entry": (lambda w: Repeated(w.entries[0], w.log), RULE),
    "2^62 times nothing": (lambda w: Repeated(b"", w.log), RULE),
}  # fmt: skip
SLOW = ("drops", "never", "endless", "2^62 times")


def outcome(found) -> str:
    if found.alarm is not None:
        return found.alarm.kind
    return UNHEARD if found.undecided else GOOD


@contextmanager
def bounded():
    """No more than a few requests' time, nor 100 MiB."""
    tracemalloc.start()
    started = time.monotonic()
    try:
        yield
        assert time.monotonic() - started < 120
        assert tracemalloc.get_traced_memory()[1] < 100 << 20
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.slow] if any(w in name for w in SLOW) else [])
        for name in CASES
    ],
)
def test_by_outcome(world, tmp_path, name):
    make, expected = CASES[name]
    timeout = TIMEOUT if "drops" in name or "never" in name else PATIENCE
    with over_http(make(world)) as (url, _), Fetcher(url, timeout=timeout) as fetcher:
        watched = Monitor(fetcher, world.trust, tmp_path / "monitor", checkers=Checkers(1))
        try:
            with bounded():
                assert outcome(watched.look()) == expected
        finally:
            watched.close()
        with bounded():
            assert audited(url, world.trust, fetcher) == expected


def audited(url, trust, fetcher) -> str:
    """What `suyuan audit --url` would make of it, in the same words."""
    try:
        report = audit_url(url, trust, fetcher=fetcher, checkers=Checkers(1))
    except CannotDecide:
        return UNHEARD
    if report.is_good:
        return GOOD
    return SERVED if report.findings[0].rule == "log" else RULE


# After it was once followed: what it signed before is held against it.

LATER = {
    "a jump to 2^62 over one entry": (lambda w: Repeated(w.entries[0], w.log), "fork"),
    "no leaves any more": (note(0, merkle.EMPTY_ROOT), "backwards"),
    "one leaf of another history": (note(1, b"x" * 32), "fork"),
    "the same size, another root": (
        lambda w: note(len(w.entries), b"x" * 32)(w), "fork",
    ),
    "larger, and no tiles": (
        lambda w: note(len(w.entries) + 1, b"x" * 32)(w), UNHEARD,
    ),
    "larger, and tiles of another tree": (
        lambda w: Log(
            [*w.entries, b"{}"], w.log, size=len(w.entries),
            checkpoint=note(len(w.entries) + 1, b"x" * 32)(w).changed["checkpoint"],
        ),
        "served",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LATER)
def test_by_outcome_once_it_was_followed(world, tmp_path, name):
    make, expected = LATER[name]
    with over_http(honest(world)) as (url, server), Fetcher(url, timeout=PATIENCE) as fetcher:
        watched = Monitor(fetcher, world.trust, tmp_path / "monitor", checkers=Checkers(1))
        try:
            assert outcome(watched.look()) == GOOD
            server.log = make(world)
            with bounded():
                assert outcome(watched.look()) == expected
            kept = watched.folder.latest()
            assert kept.note == honest(world).note()
            if expected not in (UNHEARD, "served"):
                (file,) = (watched.folder.path / "evidence").glob("*.json")
                assert file.name.split("-")[1] == expected
        finally:
            watched.close()


def test_a_jump_costs_a_few_requests(world, tmp_path):
    log = Repeated(world.entries[0], world.log)
    with (
        Replica(tmp_path / "replica", world.trust, Checkers(1)) as replica,
        pytest.raises(LedgerError, match="breaks rule"),
    ):
        replica.advance(LogClient(log, world.trust.log), log.text)
    assert log.asked < 200


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_whatever_is_served_ends_in_one_of_its_errors(world, tmp_path_factory, data):
    log = honest(world)
    paths = ["checkpoint", OURS, TILE, "tile/entries/000", "tile/0/000"]
    for path in data.draw(st.sets(st.sampled_from(paths), min_size=1)):
        path = path.format(size=log.size)
        right = log.content(path)
        right = right if isinstance(right, bytes) else b""
        kind = data.draw(st.sampled_from(["bytes", "flipped", "status", "cut"]))
        if kind == "bytes":
            log.changed[path] = data.draw(st.binary(max_size=200))
        elif kind == "status":
            log.changed[path] = data.draw(st.integers(100, 599))
        elif kind == "cut":
            log.changed[path] = right[: data.draw(st.integers(0, len(right)))]
        elif right:
            at = data.draw(st.integers(0, len(right) - 1))
            log.changed[path] = right[:at] + bytes([right[at] ^ 0xFF]) + right[at + 1 :]
    with Replica(tmp_path_factory.mktemp("any") / "r", world.trust, Checkers(1)) as replica:
        client = LogClient(log, world.trust.log)
        try:
            note, found = client.checkpoint()
            replica.advance(client, note)
        except (LogError, CannotDecide):
            assert replica.verified() is None
        else:
            assert found.root == merkle.root(log.leaves())
        replica.check()
