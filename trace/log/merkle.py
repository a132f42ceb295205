"""The Merkle tree of RFC 6962 section 2.1, kept as its right edge."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256

from .errors import LogError

HASH = 32
EMPTY_ROOT = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 || data)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\1" + left + right).digest()


@lru_cache(maxsize=256)
def levels(hashes: bytes) -> tuple[bytes, ...]:
    """Hashes joined, from a first node of the tree on, and above them those of full subtrees.

    Neighbours' proofs take the same few tiles: who reads the same bytes again need not hash them
    again. A tile of 8 KiB is remembered in 16.
    """
    rows = [hashes]
    while len(rows[-1]) >= 2 * HASH:
        below = rows[-1]
        pairs = range(0, len(below) - HASH, 2 * HASH)
        rows.append(b"".join([sha256(b"\1" + below[at : at + 2 * HASH]).digest() for at in pairs]))
    return tuple(rows)


def subtree(hashes: bytes, level: int, number: int) -> bytes:
    """The root of the full subtree at a level above joined hashes."""
    return levels(hashes)[level][number * HASH : (number + 1) * HASH]


@dataclass(slots=True)
class Edge:
    """The tree of `size` leaves as the roots of its full subtrees, largest first."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, leaf: bytes) -> None:
        """Add a leaf hash at the right."""
        size = self.size
        while size & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
            size >>= 1
        self.hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The RFC 6962 root; SHA-256 of nothing for no leaves."""
        if not self.hashes:
            return EMPTY_ROOT
        node = self.hashes[-1]
        for left in reversed(self.hashes[:-1]):
            node = node_hash(left, node)
        return node

    def encode(self) -> bytes:
        """The hashes joined, as the store keeps them."""
        return b"".join(self.hashes)

    @classmethod
    def decode(cls, size: int, data: bytes) -> "Edge":
        """The edge that `encode` gave for `size`; LogError where the lengths do not agree."""
        if size < 0 or len(data) != HASH * size.bit_count():
            raise LogError("a right edge of %s bytes does not fit %s leaves", len(data), size)
        return cls(size, [data[at : at + HASH] for at in range(0, len(data), HASH)])


def root(leaves: Iterable[bytes]) -> bytes:
    """The RFC 6962 root over leaf hashes in order."""
    edge = Edge()
    for leaf in leaves:
        edge.append(leaf)
    return edge.root()


def root_of_texts(texts: Sequence[str]) -> bytes:
    """The root over texts in byte order, one leaf each, as statements about lists give it."""
    return root(leaf_hash(data) for data in sorted(text.encode() for text in texts))
