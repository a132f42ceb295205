"""A client of logs, and logs that lie to it: what is used has been shown, or it is LogError."""

import functools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.known_log import ENTRIES, KEY, LEVELS, ORIGIN, ROOT, SIGNER, SIZE, content

from suyuan.keys.signer import LocalSigner
from suyuan.trace.format.errors import FetchError
from suyuan.trace.log import checkpoint, merkle, proofs, tiles
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.client import CACHED, LogClient
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetched
from suyuan.trace.log.tiles import Tile

pytestmark = pytest.mark.slow


@functools.cache
def head_of(size):
    return Checkpoint(ORIGIN, size, merkle.root(LEVELS[0][:size]))


class Log:
    """A log of `size` entries, as static files; `changed` are answers of its own."""

    def __init__(self, size=SIZE, changed=(), *, partials=True):
        self.size, self.changed, self.partials = size, dict(changed), partials
        self.asked = []

    @property
    def head(self):
        return head_of(self.size)

    def get(self, path, max_bytes=None):
        self.asked.append(path)
        found = self.changed.get(path, self._content(path))
        if isinstance(found, int):
            return Fetched(found, "", b"")
        if max_bytes is not None and len(found) > max_bytes:
            raise FetchError("too long")
        return Fetched(200, "application/octet-stream", found)

    def _content(self, path):
        if path == "checkpoint":
            return checkpoint.sign(self.head, SIGNER).encode()
        tile = Tile.parse(path)
        level = LEVELS[max(tile.level, 0) * 8]
        if not self.partials and not tile.is_full:
            return 404
        return content(tile) if tile.number * 256 + tile.width <= len(level) else 404


def client(log):
    return LogClient(log, KEY)


OTHER = LocalSigner.from_seed(b"D" * 32)
BAD_NOTES = {
    "nothing": b"",
    "no UTF-8": b"\xff\xfe",
    "another key": checkpoint.sign(Log(3).head, OTHER).encode(),
    "another log": checkpoint.sign(Checkpoint("other.example", 1, bytes(32)), SIGNER).encode(),
    "beyond 2^63": checkpoint.sign(Checkpoint(ORIGIN, 2**63, bytes(32)), SIGNER).encode(),
    "a page": b"<html>\n\n</html>\n",
}


@pytest.mark.parametrize("name", BAD_NOTES)
def test_what_is_no_checkpoint_of_this_log(name):
    with pytest.raises(LogError):
        client(Log(3, {"checkpoint": BAD_NOTES[name]})).checkpoint()


@pytest.mark.parametrize("status", [301, 302, 403, 404, 429, 500])
def test_what_is_not_answered_is_not_decided(status):
    log = Log(3, dict.fromkeys(["checkpoint", "tile/0/000.p/3", "tile/0/000"], status))
    with pytest.raises(FetchError):
        client(log).checkpoint()
    with pytest.raises(FetchError):
        client(log).tile(Tile(0, 0, 3))


def check_grown(log, old):
    """Raise LogError unless the log's tree begins with another."""
    proof = proofs.consistency(old.size, log.head.size, client(log).hashes(log.head))
    proofs.check_consistency(old.size, old.root, log.head.size, log.head.root, proof)


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 65_535, 65_536, 65_537, SIZE])
def test_proofs_out_of_a_served_log(size):
    log = Log(size)
    reader = client(log).hashes(log.head)
    for index in {0, size // 2, size - 1}:
        proof = proofs.inclusion(index, size, reader)
        proofs.check_inclusion(LEVELS[0][index], index, size, proof=proof, root=log.head.root)
    for old in {0, 1, size // 2, size - 1, size}:
        check_grown(log, Log(old).head)
    assert proofs.root(size, reader) == log.head.root


def test_entries_and_hashes_of_a_log_whose_root_is_known():
    log = Log()
    note, found = client(log).checkpoint()
    assert found == log.head == checkpoint.open_checkpoint(note, KEY) and found.root == ROOT
    assert list(client(log).entries(0, SIZE, SIZE)) == ENTRIES
    assert list(client(log).hashes(found).read([(0, n) for n in range(SIZE)])) == LEVELS[0]
    for span in ((0, 0), (0, 1), (0, 700), (255, 257), (300, 301), (699, 700)):
        assert list(client(Log(700)).entries(*span, 700)) == ENTRIES[slice(*span)]
    for span in ((-1, 1), (1, 0), (0, 701)):
        with pytest.raises(LogError):
            list(client(Log(700)).entries(*span, 700))


BUNDLE = tiles.encode_bundle(ENTRIES[:3])
FULL = tiles.encode_bundle(ENTRIES[:256]) + BUNDLE


@pytest.mark.parametrize(
    "bundle",
    [
        b"", tiles.encode_bundle(ENTRIES[:2]), BUNDLE[:-1], BUNDLE[: -len(ENTRIES[2]) - 1], FULL,
    ],
)  # fmt: skip
def test_what_is_no_bundle(bundle):
    """Of a partial one the rest may be there already; a full one holds 256 and no more."""
    if bundle != FULL:
        with pytest.raises(LogError):
            list(client(Log(3, {"tile/entries/000.p/3": bundle})).entries(0, 3, 3))
    with pytest.raises(LogError):
        list(client(Log(700, {"tile/entries/000": bundle})).entries(0, 1, 700))


def test_a_full_tile_stands_for_a_partial_one_that_is_gone():
    later, earlier = Log(SIZE, partials=False), Log(300)
    proof = proofs.inclusion(299, 300, client(later).hashes(earlier.head))
    proofs.check_inclusion(LEVELS[0][299], 299, 300, proof=proof, root=earlier.head.root)
    assert list(client(later).entries(290, 300, 300)) == ENTRIES[290:300]
    assert "tile/0/001" in later.asked


@settings(deadline=None, max_examples=60)
@given(data=st.data())
def test_no_hash_is_believed_that_the_root_does_not_commit_to(data):
    """Any change of any tile: either it is found, or the hashes given are the true ones."""
    size = data.draw(st.sampled_from([5, 256, 300, 700, 65_600, SIZE]))
    log = Log(size)
    index = data.draw(st.integers(0, size - 1))
    good = proofs.inclusion(index, size, client(log).hashes(log.head))
    name = data.draw(st.sampled_from(sorted(set(log.asked))))
    old = content(Tile.parse(name))
    match data.draw(st.sampled_from(["flip", "cut", "longer", "other", "empty"])):
        case "flip":
            at = data.draw(st.integers(0, len(old) - 1))
            new = old[:at] + bytes([old[at] ^ (1 << data.draw(st.integers(0, 7)))]) + old[at + 1 :]
        case "cut":
            new = old[: data.draw(st.integers(0, len(old) - 1))]
        case "longer":
            new = old + data.draw(st.binary(min_size=1, max_size=40))
        case "other":
            new = old[-32:] + old[:-32]
        case _:
            new = b""
    try:
        lying = Log(size, {name: new})
        got = proofs.inclusion(index, size, client(lying).hashes(log.head))
    except (LogError, FetchError):
        return
    assert got == good


def test_a_true_looking_tree_under_another_root_is_refused():
    log = Log(700)
    with pytest.raises(LogError):
        client(log).hashes(Checkpoint(ORIGIN, 700, bytes(32))).read([(0, 0)])
    with pytest.raises(LogError):
        client(log).hashes(Checkpoint(ORIGIN, 0, bytes(32)))


def test_a_log_that_grew_otherwise_is_found():
    log = Log(700)
    forked = Checkpoint(ORIGIN, 300, merkle.root(LEVELS[0][1:301]))
    with pytest.raises(LogError):
        check_grown(log, forked)
    with pytest.raises(LogError):
        check_grown(Log(300), log.head)


@given(data=st.binary(max_size=300), width=st.integers(1, 256))
def test_any_bytes_are_entries_or_refused(data, width):
    tile = Tile(-1, 0, width)
    log = Log(3, {tile.name(): data})
    try:
        found = list(client(log).entries(0, width, width))
    except LogError:
        return
    assert data.startswith(tiles.encode_bundle(found)) and len(found) == width


def test_sizes_beyond_all_are_asked_for_and_not_computed_with():
    huge = Checkpoint(ORIGIN, 2**63 - 1, bytes(32))
    log = Log(3)
    with pytest.raises((FetchError, LogError)):
        proofs.inclusion(2**62, 2**63 - 1, client(log).hashes(huge))
    assert len(log.asked) <= 8


def test_tiles_are_asked_for_once_and_few_are_kept():
    log = Log()
    reader = client(log).hashes(log.head)
    for index in range(0, SIZE, 100):
        reader.read([(0, index)])
    full = [name for name in log.asked if ".p/" not in name]
    assert len(full) == len(set(full))
    assert reader._fetched.full.cache_info().currsize <= CACHED
