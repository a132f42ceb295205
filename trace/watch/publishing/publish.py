"""The log as static files: the same tree as is served, for a CDN to carry the reads.

The order is bundles, then tiles, then the checkpoint: whatever is interrupted leaves a tree whose
checkpoint verifies. Partial tiles go once their full tile is there, after the checkpoint.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from suyuan.trace.format.errors import CannotDecide, Tampered
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import proofs, tiles
from suyuan.trace.log.checkpoint import Checkpoint, open_checkpoint, open_served
from suyuan.trace.log.client import LogClient, in_order
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetched
from suyuan.trace.log.merkle import HASH, leaf_hash
from suyuan.trace.log.proofs import HashReader
from suyuan.trace.log.tiles import WIDTH, Tile, decode_bundle

from .storage import Storage

CHECKPOINT = "checkpoint"
CHECKPOINT_KIND, TILE_KIND = "text/plain; charset=utf-8", "application/octet-stream"
CHECKPOINT_CACHE, TILE_CACHE = "no-store", "public, max-age=31536000, immutable"
_AT_ONCE = 8

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Published:
    """What one run did: the checkpoint's size before (0: none) and after, files put and removed."""

    before: int
    size: int
    written: int
    removed: int


def publish(
    ledger: Ledger,
    storage: Storage,
    tell: Tell = lambda done, total: None,
    *,
    at_once: int = _AT_ONCE,
) -> Published:
    """Bring the files in `storage` up to the ledger's published checkpoint.

    Only what the checkpoint there does not have is written, and nothing that the new checkpoint
    does not commit to. Where entries are private their bundles are left out. Raises Tampered,
    before anything is written, where the checkpoint there is not one of this ledger's history, or
    the ledger does not hold what its own commits to; CannotDecide where there is no checkpoint
    yet or the storage cannot be used; LedgerError where another run is at work.
    """
    with storage.alone():
        return _Run(ledger, storage).publish(tell, at_once)


class _Run:
    def __init__(self, ledger: Ledger, storage: Storage) -> None:
        self._ledger = ledger
        self._storage = storage

    def publish(self, tell: Tell, at_once: int) -> Published:
        newest, new, size = self._newest()
        if new.size > size:
            raise Tampered(
                "the ledger holds %s links and a checkpoint over %s: links were lost",
                size,
                new.size,
            )
        shown = LogClient(_Served(self._ledger), self._ledger.trust.log).hashes(new)
        note = self._storage.read(CHECKPOINT)
        old = None if note is None else self._theirs(note, new, size)
        before = 0 if old is None else old.size
        if before > new.size:  # published before there was a policy, and not yet cosigned again
            return Published(before, before, 0, 0)
        with _own_hashes():
            proofs.root(new.size, shown)
        count = 0
        files = list(tiles.tiles(new.size, before))
        bundles = [Tile(-1, tile.number, tile.width) for tile in files if tile.level == 0]
        if self._ledger.trust.entries == "private":
            bundles = []
        total = len(files) + len(bundles)
        for phase, make in ((bundles, self._bundle), (files, self._tile)):
            for _ in self._put(phase, make, shown, at_once):
                count += 1
                tell(count, total)
        data = newest.encode()
        if note != data:
            self._storage.write(CHECKPOINT, data, kind=CHECKPOINT_KIND, cache=CHECKPOINT_CACHE)
            count += 1
        return Published(before, new.size, count, self._sweep(new.size, before))

    def _newest(self) -> tuple[str, Checkpoint, int]:
        """The newest checkpoint that may be published, its note first, and the ledger's size."""
        with self._ledger.reading() as reader:
            published, size = reader.published(), reader.size()
        if published is None:
            raise CannotDecide("there is no checkpoint yet that meets this ledger's policy")
        try:
            return published.note, open_checkpoint(published.note, self._ledger.trust.log), size
        except LogError as error:
            raise Tampered("the ledger's own checkpoint: %s", error) from None

    def _theirs(self, note: bytes, new: Checkpoint, size: int) -> Checkpoint:
        """The checkpoint in the storage, once it is seen to be of this ledger's history."""
        place, here = self._storage.shown, self._ledger.trust.origin
        try:
            old = open_served(note, self._ledger.trust.log).checkpoint
        except LogError as error:
            raise Tampered(
                "%s holds a checkpoint that %s did not sign (%s), and the ledger is "
                "%s at %s links: nothing was written",
                place,
                here,
                error,
                here,
                new.size,
            ) from None
        if old.size > size:
            raise Tampered(
                "%s holds a checkpoint of %s over %s links, signed by its key, and "
                "the ledger holds %s: it was set back. Nothing was written",
                place,
                here,
                old.size,
                size,
            )
        with _own_hashes(), self._ledger.reading() as reader:
            root = proofs.root(old.size, reader.hashes())
        if root != old.root:
            raise Tampered(
                "%s holds a checkpoint of %s over %s links with root %s, and the "
                "ledger's first %s links have root %s: two histories. Nothing was "
                "written",
                place,
                here,
                old.size,
                old.root.hex(),
                old.size,
                root.hex(),
            )
        return old

    def _put(
        self,
        wanted: list[Tile],
        make: Callable[[Tile, HashReader], bytes],
        shown: HashReader,
        at_once: int,
    ) -> Iterator[None]:
        """Put files, some at a time, each checked first; all are there at the end."""

        def writes() -> Iterator[Callable[[], None]]:
            for tile in wanted:
                with _own_hashes():
                    data = make(tile, shown)
                yield partial(self._write, tile.name(), data)

        with ThreadPoolExecutor(at_once) as pool:
            yield from in_order(pool, writes(), at_once - 1)

    def _write(self, name: str, data: bytes) -> None:
        stored = self._storage.read(name)
        if stored is None:
            self._storage.write(name, data, kind=TILE_KIND, cache=TILE_CACHE)
        elif stored != data:
            raise Tampered(
                "%s holds another %s than the ledger's: two histories", self._storage.shown, name
            )

    def _tile(self, tile: Tile, shown: HashReader) -> bytes:
        first = tile.number * WIDTH
        level = tile.level * tiles.HEIGHT
        return b"".join(shown.read([(level, n) for n in range(first, first + tile.width)]))

    def _bundle(self, tile: Tile, shown: HashReader) -> bytes:
        """The bundle, each of whose entries has the hash that the tree has for it."""
        with self._ledger.reading() as reader:
            data = tiles.content(tile, reader)
        entries = decode_bundle(data, tile.width)
        hashes = self._tile(Tile(0, tile.number, tile.width), shown)
        for n, entry in enumerate(entries):
            if leaf_hash(entry) != hashes[n * HASH : (n + 1) * HASH]:
                raise LogError(
                    "the entry %s is not the one that was logged", tile.number * WIDTH + n
                )
        return data

    def _sweep(self, size: int, before: int) -> int:
        """Remove the partial tiles whose full tiles are there now; how many they were."""
        removed = 0
        level = 0
        while before:
            number = before // WIDTH
            if before % WIDTH and number < size // WIDTH:
                for kind in (level, -1) if level == 0 else (level,):
                    names = self._storage.below(f"{Tile(kind, number).name()}.p")
                    self._storage.remove(names)
                    removed += len(names)
            size, before, level = size // WIDTH, before // WIDTH, level + 1
        return removed


class _Served:
    """The ledger's own tiles as a LogClient asks for them, so that each is checked as a stranger's.

    Each is read in a short transaction of its own: what a checkpoint covers never changes.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def get(self, path: str, max_bytes: int | None = None) -> Fetched:
        """A tile's bytes."""
        with self._ledger.reading() as reader:
            return Fetched(200, TILE_KIND, tiles.content(Tile.parse(path), reader))


@contextmanager
def _own_hashes() -> Iterator[None]:
    """A block in which a LogError says that the ledger is not what its checkpoint commits to."""
    try:
        yield
    except LogError as error:
        raise Tampered(
            "the ledger does not hold what its checkpoint commits to (%s): run `suyuan audit`",
            error,
        ) from None
