"""Inclusion and consistency proofs, as pure functions over a one-method hash reader.

The tree is RFC 6962's. A hash is named by level and number: (0, n) is the leaf hash n, (l, n) the
root of the full subtree of leaves n * 2^l up to (n + 1) * 2^l - 1.
"""

from collections.abc import Iterator, Sequence
from typing import Protocol

from .errors import LogError
from .merkle import EMPTY_ROOT, HASH, node_hash

Coordinate = tuple[int, int]
MAX_PROOF = 64  # hashes; a tree of 2^63 leaves needs no more


class HashReader(Protocol):
    """Where hashes of full subtrees come from: a store, tiles, another server."""

    def read(self, wanted: Sequence[Coordinate]) -> Sequence[bytes]:
        """The hashes with these levels and numbers, in this order."""


def root(size: int, reader: HashReader) -> bytes:
    """The root of the first `size` leaves (RFC 6962 section 2.1)."""
    if size == 0:
        return EMPTY_ROOT
    (top,) = _roots([((size - 1).bit_length(), 0)], size, reader)
    return top


def inclusion(index: int, size: int, reader: HashReader) -> list[bytes]:
    """The audit path of a leaf (section 2.1.1); LogError unless 0 <= index < size."""
    if not 0 <= index < size:
        raise LogError("no leaf %s in a tree of %s", index, size)
    return _roots(_siblings(index, size - 1), size, reader)


def consistency(old: int, new: int, reader: HashReader) -> list[bytes]:
    """The proof that one tree begins another (section 2.1.2); LogError unless 0 <= old <= new."""
    if not 0 <= old <= new:
        raise LogError("a tree of %s leaves is no beginning of one of %s", old, new)
    if old in (0, new):
        return []
    level = (old & -old).bit_length() - 1  # of the old tree's last full subtree
    number, last = (old - 1) >> level, (new - 1) >> level
    known = [] if number == 0 else [(level, number)]
    return _roots([*known, *_siblings(number, last, level)], new, reader)


def check_inclusion(
    leaf: bytes, index: int, size: int, *, proof: Sequence[bytes], root: bytes
) -> None:
    """Raise LogError unless a proof shows a leaf under a root (RFC 9162 section 2.1.3.2)."""
    _check_hashes(proof)
    if not 0 <= index < size:
        raise LogError("no leaf %s in a tree of %s", index, size)
    node = leaf
    for step, is_left in _climb(index, size - 1, proof, "an inclusion proof"):
        node = node_hash(step, node) if is_left else node_hash(node, step)
    if node != root:
        raise LogError("leaf %s is not in the tree of %s with this root", index, size)


def check_consistency(
    old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raise LogError unless a proof shows that one tree begins another (RFC 9162, 2.1.4.2)."""
    _check_hashes(proof)
    if not 0 <= old <= new:
        raise LogError("a tree of %s leaves is no beginning of one of %s", old, new)
    if old in (0, new):
        if proof:
            raise LogError("a consistency proof where none is needed")
        if (old == 0 and old_root != EMPTY_ROOT) or (old == new and old_root != new_root):
            raise LogError("two roots for a tree of %s leaves", old)
        return
    steps = list(proof)
    if not steps:
        raise LogError("a consistency proof without hashes")
    if old & (old - 1) == 0:
        steps.insert(0, old_root)
    number, last = old - 1, new - 1
    while number & 1:
        number >>= 1
        last >>= 1
    old_hash = new_hash = steps[0]
    for step, is_left in _climb(number, last, steps[1:], "a consistency proof"):
        old_hash = node_hash(step, old_hash) if is_left else old_hash
        new_hash = node_hash(step, new_hash) if is_left else node_hash(new_hash, step)
    if old_hash != old_root or new_hash != new_root:
        raise LogError("the tree of %s leaves is no beginning of that of %s", old, new)


def _climb(
    number: int, last: int, proof: Sequence[bytes], name: str
) -> Iterator[tuple[bytes, bool]]:
    """Each hash up to the root, and whether it is a left one; LogError for a wrong length."""
    for step in proof:
        if last == 0:
            raise LogError("%s that is too long", name)
        is_left = bool(number & 1) or number == last
        yield step, is_left
        while is_left and not number & 1 and number:
            number >>= 1
            last >>= 1
        number >>= 1
        last >>= 1
    if last != 0:
        raise LogError("%s that is too short", name)


def _check_hashes(proof: Sequence[bytes]) -> None:
    if len(proof) > MAX_PROOF or any(len(step) != HASH for step in proof):
        raise LogError("a proof has at most %s hashes of %s bytes", MAX_PROOF, HASH)


def _siblings(number: int, last: int, level: int = 0) -> list[Coordinate]:
    """What an audit path is the roots of, from a node of `level` upwards.

    `last` is the number of the last node of that level: what it and those above it are the roots
    of ends with the tree, and need not be full.
    """
    path = []
    while last:
        if number & 1:
            path.append((level, number - 1))
        elif number < last:
            path.append((level, number + 1))
        number, last, level = number >> 1, last >> 1, level + 1
    return path


def cover(start: int, stop: int) -> list[Coordinate]:
    """The full subtrees that make up a range of the tree, largest first."""
    places = []
    while start < stop:
        level = (stop - start).bit_length() - 1
        places.append((level, start >> level))
        start += 1 << level
    return places


def _roots(nodes: Sequence[Coordinate], size: int, reader: HashReader) -> list[bytes]:
    """The roots of subtrees, that at the tree's end as far as it goes, by one question."""
    covers = [
        [(level, number)] if (number + 1) << level <= size else cover(number << level, size)
        for level, number in nodes
    ]
    read = iter(reader.read([place for part in covers for place in part]))
    roots = []
    for part in covers:
        hashes = [next(read) for _ in part]
        node = hashes.pop()
        while hashes:
            node = node_hash(hashes.pop(), node)
        roots.append(node)
    return roots
