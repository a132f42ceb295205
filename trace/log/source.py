"""The bytes of any tile or entry bundle, out of what keeps a log.

The web front-end serves these bytes and `suyuan publish` writes them, so that a reader cannot tell
a served log from a published one.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from .errors import LogError
from .merkle import HASH
from .tiles import HEIGHT, WIDTH, Tile, encode_bundle

MAX_ENTRY = 0xFFFF  # bytes
MAX_BUNDLE = WIDTH * (MAX_ENTRY + 2)  # bytes


class Rows(Protocol):
    """The hashes of the levels that tiles hold."""

    def row(self, level: int, start: int, stop: int) -> Sequence[bytes]:
        """The hashes of tile level `level`, from `start` until before `stop`."""


class Entry(Protocol):
    """A leaf's data at its index."""

    @property
    def index(self) -> int: ...

    @property
    def entry(self) -> bytes: ...


class LogSource(Protocol):
    """A log as of one moment; the store's Reader is one."""

    def size(self) -> int:
        """How many entries it has."""

    def tile(self, level: int, number: int) -> bytes | None:
        """A full tile as it was kept, or None."""

    def hashes(self) -> Rows:
        """Its hashes."""

    def links(self, start: int, stop: int) -> Iterator[Entry]:
        """Its entries in order, from `start` until before `stop`."""


def covers(tile: Tile, size: int) -> bool:
    """Whether a log of `size` entries has this tile or bundle, at this width."""
    hashes = size >> (max(tile.level, 0) * HEIGHT)
    return tile.number * WIDTH + tile.width <= hashes


def content(tile: Tile, source: LogSource) -> bytes:
    """The bytes of a tile or bundle that the log has.

    A tile of any width up to what the log has is made, one that is full by now included. Raises
    LogError where the log is smaller, or what it is kept in is not whole.
    """
    if not covers(tile, source.size()):
        raise LogError(f"the log has no {tile.name()} yet")
    start = tile.number * WIDTH
    if tile.level < 0:
        return _bundle(start, start + tile.width, source)
    if tile.is_full:
        kept = source.tile(tile.level, tile.number)
        if kept is not None:
            if len(kept) != WIDTH * HASH:
                raise LogError(f"{tile.name()} is kept with {len(kept)} bytes")
            return kept
    hashes = source.hashes().row(tile.level, start, start + tile.width)
    if len(hashes) != tile.width or any(len(one) != HASH for one in hashes):
        raise LogError(f"the hashes of {tile.name()} are not all there")
    return b"".join(hashes)


def _bundle(start: int, stop: int, source: LogSource) -> bytes:
    entries: list[bytes] = []
    for link in source.links(start, stop):
        if link.index != start + len(entries):
            break
        entries.append(link.entry)
    if len(entries) != stop - start:
        raise LogError(f"the entry {start + len(entries)} is not there")
    return encode_bundle(entries)
