"""Full hash tiles as the log grows, and hashes of full subtrees out of them.

A tile is made once, from the leaf hashes and the tiles below; a hash that no full tile has is
computed from the links behind it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select

from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import HASH, levels, subtree
from suyuan.trace.log.proofs import Coordinate
from suyuan.trace.log.tiles import HEIGHT, WIDTH

from .. import schema as t
from ..engine import run_driver
from ..selecting import as_bytes

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
    return levels(b"".join(hashes))[-1]


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


_TILE = select(t.tile.c.hashes).where(t.tile.c.id == bindparam("id"))
# The hashes of a tile of level 0 are those of leaves, named here as tiles of level -1 would be.
_FULL = "SELECT id, hashes FROM tile WHERE id IN ({marks})"
_LEAVES_OF = "SELECT leaf - 281474976710656, hash FROM link WHERE leaf >= ? AND leaf < ?"
_ROOTS_OF = "SELECT id, root FROM tile WHERE id >= ? AND id < ?"
_REMEMBERED = 64  # tiles of one transaction


class StoreHashes:
    """A HashReader over one transaction; a subtree that the store cannot give is a LogError."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._tiles: dict[int, bytes] = {}  # by id; of one that is not full, its first hashes

    def read(self, wanted: Sequence[Coordinate]) -> list[bytes]:
        """The hashes with these levels and numbers, in this order; out of a few hundred tiles."""
        if len(self._tiles) > _REMEMBERED:
            self._tiles.clear()
        places = list[tuple[int, int, int]]()
        missing = dict[int, int]()  # how many hashes of each tile
        for level, number in wanted:
            tile_level, within = divmod(level, HEIGHT)
            tile, start = divmod(number << within, WIDTH)
            id_, stop = tile_id(tile_level, tile), start + (1 << within)
            places.append((id_, within, start >> within))
            if len(self._tiles.get(id_, b"")) < stop * HASH:
                missing[id_] = max(stop, missing.get(id_, 0))
        if missing:
            self._fetch(missing)
        return [subtree(self._tiles[id_], within, number) for id_, within, number in places]

    def _fetch(self, counts: Mapping[int, int]) -> None:
        """Full tiles by one statement; by another as many hashes as needed of those not there."""
        statement, rest = _FULL.format(marks=", ".join("?" * len(counts))), dict(counts)
        full: Sequence[Any] = run_driver(self._connection, statement, tuple(counts)).all()
        for id_, value in full:
            hashes = as_bytes(value)
            if len(hashes) != HASH * WIDTH:
                raise LogError("a tile of the store has %s bytes: run `suyuan audit`", len(hashes))
            self._tiles[id_] = hashes
            del rest[id_]
        if rest:
            places = [divmod(id_, 1 << LEVEL_BITS) for id_ in rest]
            spans = [
                (level, number * WIDTH, number * WIDTH + count)
                for (level, number), count in zip(places, rest.values(), strict=True)
            ]
            self._tiles |= zip(rest, map(b"".join, self._rows(spans)), strict=True)

    def _rows(self, spans: Sequence[tuple[int, int, int]]) -> list[list[bytes]]:
        """Hashes of the tiles' levels, of each from one number until before another."""
        parts, bounds = list[str](), list[int]()
        for level, start, stop in spans:
            first = tile_id(level - 1, 0) if level else 0
            parts.append(_ROOTS_OF if level else _LEAVES_OF)
            bounds += first + start, first + stop
        query = " UNION ALL ".join(parts)
        pairs: Sequence[Any] = run_driver(self._connection, query, tuple(bounds)).all()
        rows = {key: as_bytes(value) for key, value in pairs}
        return [_row(rows, *span) for span in spans]

    def tile(self, level: int, number: int) -> bytes | None:
        """The 256 hashes of a full tile, joined; None where the store has none."""
        bounds = {"id": tile_id(level, number)}
        hashes = self._connection.execute(_TILE, bounds).scalar_one_or_none()
        return None if hashes is None else as_bytes(hashes)

    def row(self, level: int, start: int, stop: int) -> list[bytes]:
        """The hashes of one of the tiles' levels, from `start` until before `stop`."""
        return self._rows([(level, start, stop)])[0]


def _row(rows: Mapping[int, bytes], level: int, start: int, stop: int) -> list[bytes]:
    first = tile_id(level - 1, 0)
    keys = range(first + start, first + stop)
    hashes = [rows[key] for key in keys if key in rows]
    if len(hashes) != len(keys) or any(len(value) != HASH for value in hashes):
        raise LogError(
            "the store has %s of the %s hashes from number %s of level %s: run `suyuan audit`",
            len(hashes),
            len(keys),
            start,
            level * HEIGHT,
        )
    return hashes


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
