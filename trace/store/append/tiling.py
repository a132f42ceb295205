"""Full hash tiles as the log grows, and hashes of full subtrees out of them.

A tile is made once, from the leaf hashes and the tiles below; a hash that no full tile has is
computed from the links behind it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from sqlalchemy import Connection, bindparam, insert, select

from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import HASH, node_hash
from suyuan.trace.log.proofs import Coordinate
from suyuan.trace.log.tiles import HEIGHT, WIDTH

from .. import schema as t

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
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[at], level[at + 1]) for at in range(0, len(level), 2)]
    return level[0]


def split(hashes: bytes) -> list[bytes]:
    """The hashes that a tile joins."""
    return [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]


class Tiling:
    """The tiles that leaves complete above `size` leaves, `tail` behind the last full tile."""

    def __init__(self, size: int = 0, tail: Sequence[bytes] = ()) -> None:
        assert len(tail) == size % WIDTH
        self.size = size
        self._tail = list(tail)

    def extend(self, leaves: Sequence[bytes], below: RootsBelow | None = None) -> list[FullTile]:
        """Take in leaf hashes; the tiles that are full now, each after those that it stands on.

        `below(level, first, count)` gives the roots of tiles of a level that were made earlier.
        """
        full: list[FullTile] = []
        self._tail.extend(leaves)
        number = self.size // WIDTH
        self.size += len(leaves)
        start = 0
        while len(self._tail) - start >= WIDTH:
            full.append(full_tile(0, number, self._tail[start : start + WIDTH]))
            start += WIDTH
            number += 1
        del self._tail[:start]
        self._above(full, list(full), below)
        return full

    def _above(
        self, full: list[FullTile], tiles: Sequence[FullTile], below: RootsBelow | None
    ) -> None:
        """The tiles that full tiles of one level complete."""
        upper: list[FullTile] = []
        for at, tile in enumerate(tiles):
            if (tile.number + 1) % WIDTH:
                continue
            first = tile.number + 1 - WIDTH
            roots = [lower.root for lower in tiles[: at + 1] if lower.number >= first]
            if len(roots) < WIDTH:
                assert below is not None
                roots = [*below(tile.level, first, WIDTH - len(roots)), *roots]
            upper.append(full_tile(tile.level + 1, tile.number // WIDTH, roots))
        if upper:
            full.extend(upper)
            self._above(full, upper, below)


_TILES = select(t.tile.c.id, t.tile.c.hashes).where(
    t.tile.c.id.in_(bindparam("ids", expanding=True))
)
_ROOTS = (
    select(t.tile.c.root)
    .where(t.tile.c.id >= bindparam("start"), t.tile.c.id < bindparam("stop"))
    .order_by(t.tile.c.id)
)
_LEAVES = (
    select(t.link.c.hash)
    .where(t.link.c.leaf >= bindparam("start"), t.link.c.leaf < bindparam("stop"))
    .order_by(t.link.c.leaf)
)
_KEPT = 64  # tiles that one reader remembers


class StoreHashes:
    """A HashReader over one transaction; a subtree that the store cannot give is a LogError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tiles: dict[int, list[list[bytes]] | None] = {}

    def read(self, wanted: Sequence[Coordinate]) -> list[bytes]:
        """The hashes with these levels and numbers, in this order."""
        self._fetch(_tile_of(coordinate) for coordinate in wanted)
        return [self._hash(level, number) for level, number in wanted]

    def tile(self, level: int, number: int) -> bytes | None:
        """The 256 hashes of a full tile, joined; None where the store has none."""
        row = self._connection.execute(_TILES, {"ids": [tile_id(level, number)]}).one_or_none()
        return None if row is None else bytes(row.hashes)

    def row(self, level: int, start: int, stop: int) -> list[bytes]:
        """The hashes of one of the tiles' levels, from `start` until before `stop`."""
        if level == 0:
            query, offset = _LEAVES, 0
        else:
            query, offset = _ROOTS, tile_id(level - 1, 0)
        bounds = {"start": offset + start, "stop": offset + stop}
        hashes = [bytes(value) for value in self._connection.execute(query, bounds).scalars()]
        if len(hashes) != stop - start or any(len(value) != HASH for value in hashes):
            raise LogError(
                "the store has %s of the %s hashes from number %s of level %s: run `suyuan audit`",
                len(hashes),
                stop - start,
                start,
                level * HEIGHT,
            )
        return hashes

    def _fetch(self, tiles: Iterable[int]) -> None:
        ids = sorted({tile for tile in tiles if tile not in self._tiles})
        if not ids:
            return
        if len(self._tiles) > _KEPT:
            self._tiles.clear()
        self._tiles.update(dict.fromkeys(ids))
        for row in self._connection.execute(_TILES, {"ids": ids}):
            hashes = bytes(row.hashes)
            if len(hashes) != HASH * WIDTH:
                raise LogError("a tile of the store has %s bytes: run `suyuan audit`", len(hashes))
            self._tiles[row.id] = [split(hashes)]

    def _hash(self, level: int, number: int) -> bytes:
        tile_level, within = divmod(level, HEIGHT)
        first, count = number << within, 1 << within
        levels = self._tiles.get(tile_id(tile_level, first // WIDTH))
        if levels is None:
            return subtree_root(self.row(tile_level, first, first + count))
        while len(levels) <= within:
            below = levels[-1]
            levels.append([node_hash(a, b) for a, b in list(pairwise(below))[::2]])
        return levels[within][number % (WIDTH >> within)]


def _tile_of(coordinate: Coordinate) -> int:
    level, number = coordinate
    tile_level, within = divmod(level, HEIGHT)
    return tile_id(tile_level, (number << within) // WIDTH)


class TileWriter:
    """Writes the full tiles of one log as it grows, each once."""

    def __init__(self) -> None:
        self._tiling: Tiling | None = None

    def forget(self) -> None:
        """Look at the log again before the next is written."""
        self._tiling = None

    def write(self, connection: Connection, size: int, leaves: Sequence[bytes]) -> None:
        """The tiles that these leaves complete, behind the first `size`."""
        store = StoreHashes(connection)
        if self._tiling is None:
            if size % WIDTH + len(leaves) < WIDTH:
                return
            self._tiling = Tiling(size, store.row(0, size - size % WIDTH, size))
        full = self._tiling.extend(
            leaves, lambda level, first, count: store.row(level + 1, first, first + count)
        )
        rows = [
            {"id": tile_id(x.level, x.number), "root": x.root, "hashes": x.hashes} for x in full
        ]
        if rows:
            connection.execute(insert(t.tile), rows)
