"""A log of 70,000 leaves whose root and key are known from elsewhere, by every way to its root."""

import pytest

from suyuan.keys import base64
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.log import checkpoint, merkle, proofs, tiles
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.fetch import Fetched
from suyuan.trace.log.merkle import Edge, leaf_hash, node_hash
from suyuan.trace.log.tiles import Tile, TileReader

ORIGIN = "log.food.example/ledger"
SIZE = 70_000
ROOT = "4v9xdav1ZVH2XEAek45LnjITa8tTAFUM8iQgpHmAPeg="
KEY = "log.food.example/ledger+b641bb4b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
SIGNER = LocalSigner.from_seed(bytes(range(32)))
ENTRIES = [f'{{"item":"{i}","step":"harvest"}}'.encode() for i in range(SIZE)]


class Memory:
    """The log as a store gives it: the hashes of each level of tiles, and no tile kept."""

    def __init__(self):
        self._rows = [[leaf_hash(entry) for entry in ENTRIES]]
        while len(row := self._rows[-1]) >= 256:
            starts = range(0, len(row) - 255, 256)
            self._rows.append([merkle.root(row[at : at + 256]) for at in starts])

    def size(self):
        return SIZE

    def tile(self, level, number):
        return None

    def hashes(self):
        return self

    def row(self, level, start, stop):
        return self._rows[level][start:stop]

    def links(self, start, stop):
        class Link:
            def __init__(self, index):
                self.index, self.entry = index, ENTRIES[index]

        return (Link(n) for n in range(start, stop))


@pytest.fixture(scope="module")
def log():
    return Memory()


def test_the_key():
    assert str(VerifierKey(ORIGIN, SIGNER.public)) == KEY
    assert VerifierKey.parse(KEY).key == SIGNER.public


def test_the_right_edge():
    edge = Edge()
    for entry in ENTRIES:
        edge.append(leaf_hash(entry))
    assert base64.encode(edge.root()) == ROOT


def test_the_tiles(log):
    fetched = {tile: tiles.content(tile, log) for tile in tiles.tiles(SIZE)}
    assert base64.encode(proofs.root(SIZE, TileReader(SIZE, fetched))) == ROOT


def test_the_definition():
    """RFC 6962 section 2.1, level by level over a tree filled up to a power of two."""
    row = [leaf_hash(entry) for entry in ENTRIES]
    while len(row) > 1:
        pairs = [node_hash(row[n], row[n + 1]) for n in range(0, len(row) - 1, 2)]
        row = pairs + row[len(row) & ~1 :]
    assert base64.encode(row[0]) == ROOT


def test_a_client_reads_it_all(log):
    class Served:
        def get(self, path, max_bytes=None):
            if path == "checkpoint":
                note = checkpoint.sign(Checkpoint(ORIGIN, SIZE, base64.decode(ROOT)), SIGNER)
                return Fetched(200, "text/plain", note.encode())
            return Fetched(200, "application/octet-stream", tiles.content(Tile.parse(path), log))

    client = LogClient(Served(), VerifierKey.parse(KEY))
    _, found = client.checkpoint()
    shown = client.hashes(found)
    entries = list(client.entries(0, SIZE, SIZE))
    assert entries == ENTRIES
    assert [leaf_hash(entry) for entry in entries] == list(
        shown.read([(0, n) for n in range(SIZE)])
    )
    for index in (0, 255, 256, 65_535, 65_536, SIZE - 1):
        proof = proofs.inclusion(index, SIZE, shown)
        leaf = leaf_hash(ENTRIES[index])
        proofs.check_inclusion(leaf, index, SIZE, proof=proof, root=found.root)
