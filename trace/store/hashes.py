"""Hashes of full subtrees out of the store: from full tiles, and from the links behind them."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from sqlalchemy import Connection, bindparam, select

from ..log.errors import LogError
from ..log.merkle import HASH, node_hash
from ..log.proofs import Coordinate
from ..log.tiles import HEIGHT, WIDTH
from . import schema as t
from .tiling import split, subtree_root, tile_id

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
        found = [bytes(value) for value in self._connection.execute(query, bounds).scalars()]
        if len(found) != stop - start or any(len(value) != HASH for value in found):
            raise LogError(
                f"the store has {len(found)} of the {stop - start} hashes from number {start} "
                f"of level {level * HEIGHT}: run `suyuan audit`"
            )
        return found

    def _fetch(self, tiles: Iterable[int]) -> None:
        ids = sorted({found for found in tiles if found not in self._tiles})
        if not ids:
            return
        if len(self._tiles) > _KEPT:
            self._tiles.clear()
        self._tiles.update(dict.fromkeys(ids))
        for row in self._connection.execute(_TILES, {"ids": ids}):
            hashes = bytes(row.hashes)
            if len(hashes) != HASH * WIDTH:
                raise LogError(f"a tile of the store has {len(hashes)} bytes: run `suyuan audit`")
            self._tiles[row.id] = [split(hashes)]

    def _hash(self, level: int, number: int) -> bytes:
        tile_level, within = divmod(level, HEIGHT)
        first, count = number << within, 1 << within
        found = self._tiles.get(tile_id(tile_level, first // WIDTH))
        if found is None:
            return subtree_root(self.row(tile_level, first, first + count))
        while len(found) <= within:
            below = found[-1]
            found.append([node_hash(a, b) for a, b in list(pairwise(below))[::2]])
        return found[within][number % (WIDTH >> within)]


def _tile_of(coordinate: Coordinate) -> int:
    level, number = coordinate
    tile_level, within = divmod(level, HEIGHT)
    return tile_id(tile_level, (number << within) // WIDTH)
