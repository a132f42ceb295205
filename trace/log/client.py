"""Reading a log that somebody else serves (C2SP tlog-tiles), believing nothing before it is shown.

LogError is for what a log says wrongly, FetchError (from the fetcher, or for an answer other than
200) for what it does not say.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cached_property, lru_cache, partial
from typing import TypeVar

from suyuan.keys.notes import MAX_NOTE, VerifierKey
from suyuan.trace.format.errors import FetchError

from . import merkle, proofs
from .checkpoint import Checkpoint, SignedCheckpoint, open_served
from .errors import LogError
from .fetch import Getting
from .merkle import EMPTY_ROOT, HASH
from .tiles import HEIGHT, MAX_BUNDLE, WIDTH, Tile, TileReader, decode_bundle

CACHED = 256  # tiles of 8 KiB
AHEAD = 3  # bundles

T = TypeVar("T")


def in_order(executor: Executor, calls: Iterable[Callable[[], T]], ahead: int) -> Iterator[T]:
    """What the calls return, in their order, up to `ahead` of them begun before they are needed."""
    running: deque[Future[T]] = deque()
    for call in calls:
        running.append(executor.submit(call))
        if len(running) > ahead:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()


class LogClient:
    """The log below the fetcher's base URL, whose key is `key`; threads may share it."""

    def __init__(self, fetcher: Getting, key: VerifierKey) -> None:
        self.key = key
        self._fetcher = fetcher

    def checkpoint(self) -> SignedCheckpoint:
        """The newest note that the log's key signs; LogError for another, FetchError for none."""
        answer = self._fetcher.get("checkpoint", MAX_NOTE)
        if answer.status != 200:
            raise FetchError("the log answers %s when asked for its checkpoint", answer.status)
        return open_served(answer.body, self.key)

    def tile(self, tile: Tile) -> bytes:
        """A hash tile, unverified, cut out of the full one if gone; LogError, FetchError."""
        data = self._either(tile)
        if len(data) not in (tile.width * HASH, WIDTH * HASH):
            raise LogError(
                "%s has %s bytes, %s are right", tile.name(), len(data), tile.width * HASH
            )
        return data[: tile.width * HASH]

    def entries(self, start: int, stop: int, size: int) -> Iterator[bytes]:
        """The entries from `start` until before `stop`, of a log of `size` entries, in order.

        Not verified: whoever reads them hashes them up to a root or compares them with `hashes`.
        The next bundles are fetched meanwhile, at most four in memory. Raises LogError for bundles
        that are none.
        """
        if not 0 <= start <= stop <= size:
            raise LogError("no entries %s to %s in a log of %s", start, stop, size)
        if start == stop:
            return
        numbers = range(start // WIDTH, -(-stop // WIDTH))
        bundles = (Tile(-1, n, min(WIDTH, size - n * WIDTH)) for n in numbers)
        pool = ThreadPoolExecutor(AHEAD)
        try:
            data = in_order(pool, (partial(self._bundle, bundle) for bundle in bundles), AHEAD)
            for number, entries in zip(numbers, data, strict=True):
                first = number * WIDTH
                yield from entries[max(start - first, 0) : stop - first]
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _bundle(self, tile: Tile) -> list[bytes]:
        return decode_bundle(self._either(tile), tile.width, may_go_on=not tile.is_full)

    def hashes(self, checkpoint: Checkpoint) -> TileReader:
        """A HashReader that gives what the checkpoint commits to, or raises LogError."""
        return TileReader(checkpoint.size, _Shown(self, checkpoint))

    def _either(self, tile: Tile) -> bytes:
        limit = MAX_BUNDLE if tile.level < 0 else WIDTH * HASH
        answer = self._fetcher.get(tile.name(), limit)
        if answer.status in (404, 410) and not tile.is_full:
            full = self._fetcher.get(Tile(tile.level, tile.number).name(), limit)
            answer = full if full.status == 200 else answer
        if answer.status != 200:
            raise FetchError("the log answers %s when asked for %s", answer.status, tile.name())
        return answer.body


class _Shown:
    """The tiles of one tree, each checked against its root before it is given."""

    def __init__(self, client: LogClient, checkpoint: Checkpoint) -> None:
        self._client = client
        self._tree = checkpoint
        self.full = lru_cache(CACHED)(self._full)
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            raise LogError("a checkpoint of no leaves with a root of some")

    def __getitem__(self, tile: Tile) -> bytes:
        return self.full(tile) if tile.is_full else self._right_edge[tile]

    def _full(self, tile: Tile) -> bytes:
        data = self._client.tile(tile)
        root = merkle.root(data[at : at + HASH] for at in range(0, len(data), HASH))
        above = TileReader(self._tree.size, self)
        if above.read([((tile.level + 1) * HEIGHT, tile.number)])[0] != root:
            raise LogError(
                "%s is not of the tree of %s with this root", tile.name(), self._tree.size
            )
        return data

    @cached_property
    def _right_edge(self) -> dict[Tile, bytes]:
        """The partial tiles: together all that the root is made of, and so shown by it."""
        edge: dict[Tile, bytes] = {}
        left, level = self._tree.size, 0
        while left:
            if width := left % WIDTH:
                tile = Tile(level, left // WIDTH, width)
                edge[tile] = self._client.tile(tile)
            left, level = left // WIDTH, level + 1
        if proofs.root(self._tree.size, TileReader(self._tree.size, edge)) != self._tree.root:
            raise LogError(
                "the log's tiles are not of the tree of %s that it signed", self._tree.size
            )
        return edge
