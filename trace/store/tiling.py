"""Full hash tiles as the log grows: made once, from the leaf hashes and the tiles below."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..log.merkle import HASH, node_hash
from ..log.tiles import WIDTH

LEVEL_BITS = 48  # bits that a tile's number may have

RootsBelow = Callable[[int, int, int], Sequence[bytes]]


def tile_id(level: int, number: int) -> int:
    """The one integer under which the store keeps a tile."""
    return (level << LEVEL_BITS) + number


@dataclass(frozen=True, slots=True)
class FullTile:
    """256 hashes joined, and the root of the subtree that they are the leaves of."""

    level: int
    number: int
    root: bytes
    hashes: bytes


def full_tile(level: int, number: int, hashes: Sequence[bytes]) -> FullTile:
    """The tile of exactly 256 hashes."""
    assert len(hashes) == WIDTH
    return FullTile(level, number, subtree_root(hashes), b"".join(hashes))


def subtree_root(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes whose number is a power of two."""
    found = list(hashes)
    while len(found) > 1:
        found = [node_hash(found[at], found[at + 1]) for at in range(0, len(found), 2)]
    return found[0]


def split(hashes: bytes) -> list[bytes]:
    """The hashes that a tile joins."""
    return [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]


class Tiling:
    """The tiles that leaves complete, above a log of `size` leaves.

    `tail` holds the leaf hashes behind the last full tile.
    """

    def __init__(self, size: int = 0, tail: Sequence[bytes] = ()) -> None:
        assert len(tail) == size % WIDTH
        self.size = size
        self._tail = list(tail)

    def extend(self, leaves: Sequence[bytes], below: RootsBelow | None = None) -> list[FullTile]:
        """Take in leaf hashes; the tiles that are full now, each after those that it stands on.

        `below(level, first, count)` gives the roots of tiles of a level that were made earlier.
        """
        made: list[FullTile] = []
        self._tail.extend(leaves)
        number = self.size // WIDTH
        self.size += len(leaves)
        start = 0
        while len(self._tail) - start >= WIDTH:
            made.append(full_tile(0, number, self._tail[start : start + WIDTH]))
            start += WIDTH
            number += 1
        del self._tail[:start]
        self._above(made, list(made), below)
        return made

    def _above(
        self, made: list[FullTile], tiles: Sequence[FullTile], below: RootsBelow | None
    ) -> None:
        """The tiles that full tiles of one level complete."""
        upper: list[FullTile] = []
        for at, tile in enumerate(tiles):
            if (tile.number + 1) % WIDTH:
                continue
            first = tile.number + 1 - WIDTH
            roots = [found.root for found in tiles[: at + 1] if found.number >= first]
            if len(roots) < WIDTH:
                assert below is not None
                roots = [*below(tile.level, first, WIDTH - len(roots)), *roots]
            upper.append(full_tile(tile.level + 1, tile.number // WIDTH, roots))
        if upper:
            made.extend(upper)
            self._above(made, upper, below)
