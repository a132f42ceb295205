"""Tiles and entry bundles by C2SP tlog-tiles: names, contents, and the hashes in them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from .errors import LogError
from .merkle import HASH, subtree
from .proofs import Coordinate

WIDTH = 256  # hashes in a full tile, entries in a full bundle
HEIGHT = 8  # levels of the tree in a tile
MAX_LEVEL = 7  # a tile of level 7 would need 2^56 leaves
MAX_ENTRY = 0xFFFF  # bytes
MAX_BUNDLE = WIDTH * (MAX_ENTRY + 2)  # bytes

_NAME = re.compile(
    r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?", re.ASCII
)


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """`width` hashes of tree level `level * 8` from `number * 256` on; of level -1, the entries."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def is_full(self) -> bool:
        """Whether it is written once and stays."""
        return self.width == WIDTH

    def name(self) -> str:
        """`tile/<L>/<N>[.p/<W>]`, as it stands behind the log's prefix."""
        level = "entries" if self.level < 0 else str(self.level)
        partial = "" if self.is_full else f".p/{self.width}"
        return f"tile/{level}/{number_path(self.number)}{partial}"

    @classmethod
    def parse(cls, name: str) -> "Tile":
        """The tile of a name; LogError for any other spelling than the one `name` gives."""
        match = _NAME.fullmatch(name)
        if match is None:
            raise LogError("no tile: %s", repr(name[:80]))
        level, number, width = match.groups()
        tile = cls(
            -1 if level == "entries" else int(level),
            int(number.replace("x", "").replace("/", "")),
            WIDTH if width is None else int(width),
        )
        if tile.level > MAX_LEVEL or tile.width > WIDTH or tile.name() != name:
            raise LogError("no tile: %s", repr(name[:80]))
        return tile


def number_path(number: int) -> str:
    """A tile's number in groups of three digits, all but the last behind an x."""
    groups = [f"{number % 1000:03d}"]
    while number >= 1000:
        number //= 1000
        groups.append(f"x{number % 1000:03d}")
    return "/".join(reversed(groups))


def tiles(size: int, before: int = 0) -> Iterator[Tile]:
    """The hash tiles of a tree that a smaller one lacks, level by level, full ones first."""
    level = 0
    while size > 0:
        for number in range(before // WIDTH, size // WIDTH):
            yield Tile(level, number)
        if size % WIDTH and size != before:
            yield Tile(level, size // WIDTH, size % WIDTH)
        size, before, level = size // WIDTH, before // WIDTH, level + 1


def place(coordinate: Coordinate, size: int) -> tuple[Tile, int, int]:
    """The tile from which a hash comes, where it begins there, and how many; else LogError."""
    level, number = coordinate
    if level < 0 or number < 0 or (number + 1) << level > size:
        raise LogError(
            "a tree of %s leaves has no full subtree %s of level %s", size, number, level
        )
    tile_level, within = divmod(level, HEIGHT)
    first = number << within
    tile_number, start = divmod(first, WIDTH)
    hashes = size >> (tile_level * HEIGHT)
    width = min(WIDTH, hashes - tile_number * WIDTH)
    return Tile(tile_level, tile_number, width), start, 1 << within


class Tiles(Protocol):
    """A source of tiles' bytes."""

    def __getitem__(self, tile: Tile, /) -> bytes: ...


class TileReader:
    """Hashes out of fetched tiles, none of which is believed before a proof holds."""

    def __init__(self, size: int, fetched: Tiles) -> None:
        self.size = size
        self._fetched = fetched

    def read(self, wanted: Sequence[Coordinate]) -> list[bytes]:
        """The hashes with these levels and numbers; LogError for a tile of a wrong length."""
        return [self._hash(coordinate) for coordinate in wanted]

    def _hash(self, coordinate: Coordinate) -> bytes:
        tile, start, count = place(coordinate, self.size)
        data = self._fetched[tile]
        if len(data) != tile.width * HASH:
            raise LogError(
                "%s has %s bytes, %s are right", tile.name(), len(data), tile.width * HASH
            )
        return subtree(data, count.bit_length() - 1, start // count)


def encode_bundle(entries: Sequence[bytes]) -> bytes:
    """At most 256 entries of 65,535 bytes, each behind its length of two; else LogError."""
    if len(entries) > WIDTH or any(len(entry) > MAX_ENTRY for entry in entries):
        raise LogError("a bundle has at most %s entries of 65,535 bytes", WIDTH)
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def decode_bundle(data: bytes, width: int, *, may_go_on: bool = False) -> list[bytes]:
    """The `width` entries of a bundle, its first ones if it `may_go_on`; else LogError."""
    entries: list[bytes] = []
    at = 0
    while at < len(data) and len(entries) < width:
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise LogError("an entry bundle that ends within an entry")
        entries.append(data[at + 2 : end])
        at = end
    if len(entries) != width or (at != len(data) and not may_go_on):
        raise LogError("an entry bundle of %s entries, %s are right", len(entries), width)
    return entries


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
    """The bytes of a tile or bundle, of any width up to the log's; LogError for what it lacks."""
    if not covers(tile, source.size()):
        raise LogError("the log has no %s yet", tile.name())
    start = tile.number * WIDTH
    if tile.level < 0:
        return _bundle_of(start, start + tile.width, source)
    if tile.is_full:
        stored = source.tile(tile.level, tile.number)
        if stored is not None:
            if len(stored) != WIDTH * HASH:
                raise LogError("%s is kept with %s bytes", tile.name(), len(stored))
            return stored
    hashes = source.hashes().row(tile.level, start, start + tile.width)
    if len(hashes) != tile.width or any(len(node) != HASH for node in hashes):
        raise LogError("the hashes of %s are not all there", tile.name())
    return b"".join(hashes)


def _bundle_of(start: int, stop: int, source: LogSource) -> bytes:
    entries: list[bytes] = []
    for link in source.links(start, stop):
        if link.index != start + len(entries):
            break
        entries.append(link.entry)
    if len(entries) != stop - start:
        raise LogError("the entry %s is not there", start + len(entries))
    return encode_bundle(entries)
