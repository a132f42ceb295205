"""Sums over rows that do not depend on their order, to compare many rows without sorting them.

Each row counts as a keyed BLAKE2b digest (RFC 7693) of 128 bits, added modulo 2^128. Who does not
know the key, which is drawn for each audit, cannot make other rows of the same sum.
"""

import hashlib
import struct
from collections.abc import Iterable, Mapping

_MODULUS = (1 << 128) - 1  # as a mask
_PLACE = struct.Struct("<16sqq")
_HEAD = struct.Struct("<16sq")


class Sums:
    """Named sums, all 0 at first."""

    def __init__(self, key: bytes) -> None:
        self.key = key
        self.found: dict[str, int] = {}

    def add(self, name: str, data: bytes, sign: int = 1) -> None:
        """Count a row, given as bytes that no other row has; with `sign` -1 take one away."""
        digest = hashlib.blake2b(data, key=self.key, digest_size=16).digest()
        value = self.found.get(name, 0) + sign * int.from_bytes(digest, "little")
        self.found[name] = value & _MODULUS

    def merge(self, other: Mapping[str, int]) -> None:
        """Add the sums of other rows under the same key."""
        for name, value in other.items():
            self.found[name] = (self.found.get(name, 0) + value) & _MODULUS

    def chain(self, item: str, actor: str) -> bytes:
        """16 bytes that stand for a chain."""
        data = f"{item}\0{actor}".encode()
        return hashlib.blake2b(data, key=self.key, digest_size=16).digest()


def head(chain: bytes, seq: int, digest: bytes) -> bytes:
    """A link by its place in a chain and its hash, of whatever length somebody has made that."""
    return _HEAD.pack(chain, seq) + digest


def place(chain: bytes, seq: int, leaf: int, part: tuple[int, int | None, str | None]) -> bytes:
    """A row of `link_item`: its place, and role, quantity and unit."""
    return _PLACE.pack(chain, seq, leaf) + values(part)


def values(row: tuple[object, ...]) -> bytes:
    """Any row of integers, texts, bytes and NULL: as Python writes it, each in its own way."""
    return repr(row).encode()


def event_values(row: Iterable[object]) -> bytes:
    """A row of `event`; its booleans as the integers that SQLite keeps."""
    return values(tuple(int(part) if isinstance(part, bool) else part for part in row))
