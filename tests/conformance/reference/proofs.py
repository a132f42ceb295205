"""Section 8 of the format: proofs, tlog-proof texts, tile names. Part of the second verifier.

Proofs are made and checked as RFC 6962 defines them, by recursion.
"""

import hashlib
import re

from conformance.reference.encoding import from_base64
from conformance.reference.log import half, node, root


def path(index, leaves):
    """PATH(m, D[n]) of section 2.1.1; `leaves` are the data."""
    if len(leaves) == 1:
        return []
    k = half(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), root(leaves[k:])]
    return [*path(index - k, leaves[k:]), root(leaves[:k])]


def subproof(old, leaves, is_known=True):
    """SUBPROOF(m, D[n], b) of section 2.1.2."""
    if old == len(leaves):
        return [] if is_known else [root(leaves)]
    k = half(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], is_known), root(leaves[k:])]
    return [*subproof(old - k, leaves[k:], False), root(leaves[:k])]


def is_included(hash_, index, size, proof, root):
    """Whether a path leads from a leaf hash to a root."""
    if not 0 <= index < size or any(len(step) != 32 for step in proof):
        return False
    try:
        return climb(hash_, index, size, list(proof)) == root
    except ValueError:
        return False


def climb(hash_, index, size, proof):
    """The root that a path leads to; ValueError where its length is wrong."""
    if size == 1:
        if proof:
            raise ValueError("too long")
        return hash_
    if not proof:
        raise ValueError("too short")
    last, k = proof.pop(), half(size)
    if index < k:
        return node(climb(hash_, index, k, proof), last)
    return node(last, climb(hash_, index - k, size - k, proof))


def is_grown(old, old_root, new, new_root, proof):
    """Whether a proof shows that one tree is the beginning of another."""
    if not 0 <= old <= new or any(len(step) != 32 for step in proof):
        return False
    if old == 0:
        empty = hashlib.sha256(b"").digest()
        return not proof and old_root == empty and (new > 0 or new_root == empty)
    try:
        return roots(old, new, list(proof), old_root, True) == (old_root, new_root)
    except ValueError:
        return False


def roots(old, new, proof, old_root, is_known):
    """Both roots of a subtree, from what a proof says of it."""
    if old == new:
        if is_known:
            if proof:
                raise ValueError("too long")
            return old_root, old_root
        if len(proof) != 1:
            raise ValueError("not one hash")
        return proof[0], proof[0]
    if not proof:
        raise ValueError("too short")
    last, k = proof.pop(), half(new)
    if old <= k:
        before, after = roots(old, k, proof, old_root, is_known)
        return before, node(after, last)
    before, after = roots(old - k, new - k, proof, old_root, False)
    return node(last, before), node(last, after)


def read_proof(text):
    """Index, hashes and checkpoint of a tlog-proof, or None."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    if len(lines) < 2 or lines.pop(0) != "c2sp.org/tlog-proof@v1" or "\n\n" not in text:
        return None
    if lines[0][:6] == "extra " and from_base64(lines.pop(0)[6:]) is None:
        return None
    if not lines or not re.fullmatch("index (0|[1-9][0-9]{0,18})", lines[0]):
        return None
    index = int(lines.pop(0)[6:])
    hashes = [from_base64(line) for line in lines]
    if index >= 2**63 or any(step is None or len(step) != 32 for step in hashes):
        return None
    return index, hashes, note


def tile(name):
    """Level (-1 for entries), number and width of a tile's name, or None."""
    match = re.fullmatch(
        "tile/([0-9]+|entries)/((?:x[0-9]{3}/)*)([0-9]{3})(?:[.]p/([0-9]+))?", name
    )
    if match is None:
        return None
    level, high, low, width = match.groups()
    if (level[0] == "0" and level != "0") or (width or "1")[0] == "0" or high.startswith("x000/"):
        return None
    found = (
        -1 if level == "entries" else int(level),
        int(high.replace("x", "").replace("/", "") + low),
        256 if width is None else int(width),
    )
    is_there = found[0] <= 7 and found[2] < 256 + (width is None)
    return found if is_there else None


def tiles(size):
    """Level, number and width of each hash tile of a tree, level by level."""
    level = 0
    while size >= 256**level:
        count = size // 256**level
        yield from ((level, n, 256) for n in range(count // 256))
        if count % 256:
            yield level, count // 256, count % 256
        level += 1
