"""Reading a log that somebody else serves (C2SP tlog-tiles), believing nothing before it is shown.

LogError is for what a log says wrongly, FetchError (from the fetcher, or for an answer other than
200) for what it does not say.
"""

from collections import OrderedDict, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from suyuan.keys.notes import MAX_NOTE, VerifierKey

from ..errors import FetchError
from ..fetch import Fetched
from . import merkle, proofs
from .checkpoint import Checkpoint, open_checkpoint
from .errors import LogError
from .merkle import EMPTY_ROOT, HASH
from .source import MAX_BUNDLE
from .tiles import HEIGHT, WIDTH, Tile, TileReader, decode_bundle

KEPT = 256  # tiles of 8 KiB
AHEAD = 3  # bundles


class Getting(Protocol):
    """What a Fetcher does, below the log's prefix."""

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        """An answer, or FetchError."""


class LogClient:
    """The log whose prefix `fetcher` asks below (`https://host/log`) and whose key is `key`.

    Threads may share it, but not what `hashes` and `entries` give; it asks for entries in threads
    of its own.
    """

    def __init__(self, fetcher: Getting, key: VerifierKey) -> None:
        self.key = key
        self._fetcher = fetcher

    def checkpoint(self) -> tuple[str, Checkpoint]:
        """The newest checkpoint's note, cosignature lines and all, once the log's line is valid.

        Raises LogError for any other note, FetchError where there is none.
        """
        found = self._fetcher.get("checkpoint", MAX_NOTE)
        if found.status != 200:
            raise FetchError(f"the log answers {found.status} when asked for its checkpoint")
        try:
            note = found.body.decode("utf-8")
        except UnicodeDecodeError:
            raise LogError("a checkpoint that is no UTF-8") from None
        return note, open_checkpoint(note, self.key)

    def tile(self, tile: Tile) -> bytes:
        """The bytes of a hash tile or bundle as the log gives them, not verified.

        A hash tile has its right length; one that is gone as a partial tile is taken out of the
        full one. Raises LogError for a wrong length, FetchError where the log does not have it.
        """
        if tile.level < 0:
            return _bundle(self._either(tile), tile)
        data = self._either(tile)
        if len(data) not in (tile.width * HASH, WIDTH * HASH):
            raise LogError(f"{tile.name()} has {len(data)} bytes, {tile.width * HASH} are right")
        return data[: tile.width * HASH]

    def entries(self, start: int, stop: int, size: int) -> Iterator[bytes]:
        """The entries from `start` until before `stop`, of a log of `size` entries, in order.

        Not verified: whoever reads them hashes them up to a root or compares them with `hashes`.
        The next bundles are fetched meanwhile, at most four in memory. Raises LogError for bundles
        that are none.
        """
        if not 0 <= start <= stop <= size:
            raise LogError(f"no entries {start} to {stop} in a log of {size}")
        if start == stop:
            return
        for tile, data in self._ahead(start // WIDTH, -(-stop // WIDTH), size):
            first = tile.number * WIDTH
            entries = decode_bundle(data, tile.width)
            yield from entries[max(start - first, 0) : stop - first]

    def _ahead(self, number: int, stop: int, size: int) -> Iterator[tuple[Tile, bytes]]:
        """Bundles by number, in order, a few asked for before they are needed."""
        coming: deque[tuple[Tile, Future[bytes]]] = deque()
        pool = ThreadPoolExecutor(AHEAD)
        try:
            while number < stop or coming:
                while number < stop and len(coming) <= AHEAD:
                    tile = Tile(-1, number, min(WIDTH, size - number * WIDTH))
                    coming.append((tile, pool.submit(self.tile, tile)))
                    number += 1
                tile, data = coming.popleft()
                yield tile, data.result()
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def hashes(self, checkpoint: Checkpoint) -> TileReader:
        """A HashReader over the tree that the checkpoint commits to.

        Each hash that it gives has been shown to be in that tree, whatever the log serves: a tile
        is used once the tiles above it, up to the checkpoint's root, commit to all its hashes.
        Reading raises LogError where they do not.
        """
        return TileReader(checkpoint.size, _Shown(self, checkpoint))

    def check_grown(self, old: Checkpoint, new: Checkpoint) -> None:
        """Raise LogError unless the tree of `old` is a beginning of that of `new`.

        By the log's own tiles, checked against both roots; FetchError where they are not served.
        """
        proof = proofs.consistency(old.size, new.size, self.hashes(new))
        proofs.check_consistency(old.size, old.root, new.size, new.root, proof)

    def _either(self, tile: Tile) -> bytes:
        limit = MAX_BUNDLE if tile.level < 0 else WIDTH * HASH
        found = self._fetcher.get(tile.name(), limit)
        if found.status in (404, 410) and not tile.is_full:
            full = self._fetcher.get(Tile(tile.level, tile.number).name(), limit)
            found = full if full.status == 200 else found
        if found.status != 200:
            raise FetchError(f"the log answers {found.status} when asked for {tile.name()}")
        return found.body


def _bundle(data: bytes, tile: Tile) -> bytes:
    """The bundle's first entries, as many as asked for: a full one may stand for a partial one."""
    at = 0
    for _ in range(tile.width):
        if at + 2 > len(data):
            raise LogError(f"{tile.name()} ends within its entries")
        at += 2 + int.from_bytes(data[at : at + 2], "big")
    if at > len(data) or (at < len(data) and tile.is_full):
        raise LogError(f"{tile.name()} does not end where its entries end")
    return data[:at]


class _Shown(Mapping[Tile, bytes]):
    """The tiles of one tree, each checked against its root before it is given."""

    def __init__(self, client: LogClient, checkpoint: Checkpoint) -> None:
        self._client = client
        self._tree = checkpoint
        self._edge: dict[Tile, bytes] | None = None
        self._kept: OrderedDict[Tile, bytes] = OrderedDict()
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            raise LogError("a checkpoint of no leaves with a root of some")

    def __getitem__(self, tile: Tile) -> bytes:
        if not tile.is_full:
            return self._right_edge()[tile]
        found = self._kept.get(tile)
        if found is not None:
            self._kept.move_to_end(tile)
            return found
        found = self._client.tile(tile)
        root = merkle.root(found[at : at + HASH] for at in range(0, len(found), HASH))
        above = TileReader(self._tree.size, self)
        if above.read([((tile.level + 1) * HEIGHT, tile.number)])[0] != root:
            raise LogError(f"{tile.name()} is not of the tree of {self._tree.size} with this root")
        self._kept[tile] = found
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return found

    def _right_edge(self) -> dict[Tile, bytes]:
        """The partial tiles: together all that the root is made of, and so shown by it."""
        if self._edge is None:
            found: dict[Tile, bytes] = {}
            left, level = self._tree.size, 0
            while left:
                if width := left % WIDTH:
                    tile = Tile(level, left // WIDTH, width)
                    found[tile] = self._client.tile(tile)
                left, level = left // WIDTH, level + 1
            if proofs.root(self._tree.size, TileReader(self._tree.size, found)) != self._tree.root:
                raise LogError(
                    f"the log's tiles are not of the tree of {self._tree.size} that it signed"
                )
            self._edge = found
        return self._edge

    def __iter__(self) -> Iterator[Tile]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)
