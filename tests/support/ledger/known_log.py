"""A log of 70,000 entries with a published root and key."""

from suyuan.keys import base64
from suyuan.keys.notes import VerifierKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.log import tiles
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.merkle import leaf_hash, node_hash

ORIGIN = "log.food.example/ledger"
SIGNER = LocalSigner.from_seed(bytes(range(32)))
KEY = VerifierKey.parse(f"{ORIGIN}+b641bb4b+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4")
SIZE = 70_000
ROOT = base64.decode("4v9xdav1ZVH2XEAek45LnjITa8tTAFUM8iQgpHmAPeg=")
HEAD = Checkpoint(ORIGIN, SIZE, ROOT)
ENTRIES = [b'{"item":"%d","step":"harvest"}' % number for number in range(SIZE)]
# The hashes of all full subtrees, by the logarithm of their size.
LEVELS = [[leaf_hash(entry) for entry in ENTRIES]]
while len(row := LEVELS[-1]) > 1:
    LEVELS.append([node_hash(row[n], row[n + 1]) for n in range(0, len(row) - 1, 2)])


def content(tile):
    """The bytes of a tile or bundle."""
    start, stop = tile.number * 256, tile.number * 256 + tile.width
    if tile.level < 0:
        return tiles.encode_bundle(ENTRIES[start:stop])
    return b"".join(LEVELS[tile.level * 8][start:stop])
