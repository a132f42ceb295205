"""What the log keeps besides links and its own checkpoints: tiles, and cosigned checkpoints."""

from collections.abc import Iterator, Sequence

from suyuan.trace.admission.trust import Trust
from suyuan.trace.log import proofs
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import HASH, Edge
from suyuan.trace.log.policy import check, required
from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.store.append.tiling import FullTile, Tiling
from suyuan.trace.store.read.reader import Reader

_NAMED = 20


class TileAudit:
    """The full tiles made anew as the leaves come, and compared with those that are stored."""

    def __init__(self, live: Reader) -> None:
        self._live = live
        self._tiling = Tiling()
        self._roots: dict[tuple[int, int], bytes] = {}
        self._waiting: list[bytes] = []
        self._wrong: list[str] = []

    def add(self, leaf: bytes) -> None:
        """The next leaf hash."""
        self._waiting.append(leaf)
        if len(self._waiting) == WIDTH:
            for tile in self._tiling.extend(self._waiting, self._below):
                self._compare(tile)
            self._waiting.clear()

    def _below(self, level: int, first: int, count: int) -> Sequence[bytes]:
        return [self._roots[level, number] for number in range(first, first + count)]

    def _compare(self, tile: FullTile) -> None:
        self._roots[tile.level, tile.number] = tile.root
        stored = self._live.tile_row(tile.level, tile.number)
        if stored != (tile.root, tile.hashes):
            fault = "is not the tree's" if stored is not None else "is not there"
            self._wrong.append(f"tile {tile.level}/{tile.number} {fault}")

    def end(self) -> Iterator[str]:
        """What is wrong with the tiles, once all leaves have come."""
        yield from self._wrong[:_NAMED]
        count = self._live.tile_count()
        if not self._wrong and count != len(self._roots):
            yield f"there are {count} tiles, the tree has {len(self._roots)}"

    def agrees(self, index: int, leaf: str) -> bool:
        """Whether the stored tile has this leaf hash at this index; False where there is none."""
        tile = self._live.tile(0, index // WIDTH)
        at = index % WIDTH * HASH
        return tile is not None and tile[at : at + HASH].hex() == leaf


def cosigned_problems(live: Reader, trust: Trust, edge: Edge) -> Iterator[str]:
    """What is wrong with the kept checkpoints of a ledger whose tree is the one of `edge`."""
    policy = required(trust.policy)
    hashes = live.hashes()
    for size, note, at in live.cosigned():
        name = f"the cosigned checkpoint of size {size}"
        try:
            signed = check(note, trust.log, policy)
            if signed.checkpoint.size != size or size > edge.size:
                yield f"{name} has another size"
            elif proofs.root(size, hashes) != signed.checkpoint.root:
                yield f"{name} signs another tree"
            elif signed.time is not None and signed.time * 1_000_000 != at:
                yield f"{name} has another time than its witnesses say"
        except LogError as error:
            yield f"{name}: {error}"


def unmet(live: Reader, trust: Trust) -> Iterator[str]:
    """Kept checkpoints that today's policy would not take: it may have been another then."""
    policy = required(trust.policy)
    for size, note, _ in live.cosigned():
        try:
            if policy is not None and not check(note, trust.log, policy).is_met:
                yield f"the cosigned checkpoint of size {size} does not meet today's policy"
        except LogError:
            continue
