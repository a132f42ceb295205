"""Proofs against the reference, which is RFC 6962 word for word, and every way to spoil them."""

import pytest
from conformance.reference import log
from conformance.reference import proofs as reference
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.log import proofs
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import EMPTY_ROOT, leaf_hash

DATA = [b"%d" % n for n in range(70)]
LEAVES = [leaf_hash(data) for data in DATA]
ROOTS = [log.root(DATA[:size]) for size in range(71)]


def path(index, size):
    return reference.path(index, DATA[:size])


def subproof(old, size):
    return reference.subproof(old, DATA[:size])


class Naive:
    """A reader that computes each hash from the leaves; it refuses what is no full subtree."""

    def __init__(self, size):
        self.size = size

    def read(self, wanted):
        found = []
        for level, number in wanted:
            start, stop = number << level, (number + 1) << level
            assert stop <= self.size
            found.append(log.root(DATA[start:stop]))
        return found


def test_roots_and_proofs_are_those_of_the_definition_and_check():
    for size in range(1, len(LEAVES) + 1):
        reader = Naive(size)
        assert proofs.root(size, reader) == ROOTS[size]
        for index in range(size):
            proof = path(index, size)
            assert proofs.inclusion(index, size, reader) == proof
            proofs.check_inclusion(LEAVES[index], index, size, proof=proof, root=ROOTS[size])
        for old in range(size + 1):
            proof = proofs.consistency(old, size, reader)
            assert old in (0, size) or proof == subproof(old, size)
            proofs.check_consistency(old, ROOTS[old], size, ROOTS[size], proof)
    assert proofs.root(0, Naive(0)) == EMPTY_ROOT


@given(data=st.data())
def test_a_spoilt_inclusion_proof_is_refused(data):
    size = data.draw(st.integers(1, 70))
    index = data.draw(st.integers(0, size - 1))
    root, proof = ROOTS[size], path(index, size)
    leaf = LEAVES[index]
    kind = data.draw(st.sampled_from(["leaf", "index", "size", "drop", "add", "flip", "root"]))
    match kind:
        case "leaf":
            leaf = leaf_hash(b"another")
        case "index":
            index = data.draw(st.integers(-2, 75).filter(lambda n: n != index))
        case "size":
            other = data.draw(st.integers(0, 80).filter(lambda n: n != size))
            if len(proof) and _same_shape(index, size, other):
                return  # sizes that give the path the same shape are told apart by the root alone
            size = other
        case "drop":
            if not proof:
                return
            proof.pop(data.draw(st.integers(0, len(proof) - 1)))
        case "add":
            proof.insert(data.draw(st.integers(0, len(proof))), leaf_hash(b"x"))
        case "flip":
            if not proof:
                return
            at = data.draw(st.integers(0, len(proof) - 1))
            proof[at] = bytes([proof[at][0] ^ 1]) + proof[at][1:]
        case "root":
            root = leaf_hash(b"root")
    with pytest.raises(LogError):
        proofs.check_inclusion(leaf, index, size, proof=proof, root=root)


def _same_shape(index, one, two):
    if not (0 <= index < two):
        return False
    return _sides(index, one) == _sides(index, two)


def _sides(index, size):
    if size == 1:
        return []
    k = reference.half(size)
    return [*_sides(index, k), True] if index < k else [*_sides(index - k, size - k), False]


@given(data=st.data())
def test_a_spoilt_consistency_proof_is_refused(data):
    new = data.draw(st.integers(2, 70))
    old = data.draw(st.integers(1, new - 1))
    roots = [ROOTS[old], ROOTS[new]]
    proof = subproof(old, new)
    kind = data.draw(st.sampled_from(["old", "new", "drop", "add", "flip", "fork"]))
    match kind:
        case "old":
            roots[0] = leaf_hash(b"old")
        case "new":
            roots[1] = leaf_hash(b"new")
        case "drop":
            proof.pop(data.draw(st.integers(0, len(proof) - 1)))
        case "add":
            proof.insert(data.draw(st.integers(0, len(proof))), leaf_hash(b"x"))
        case "flip":
            at = data.draw(st.integers(0, len(proof) - 1))
            proof[at] = proof[at][:-1] + bytes([proof[at][-1] ^ 128])
        case "fork":
            forked = [b"fork", *DATA[1:new]]
            roots[1], proof = log.root(forked), reference.subproof(old, forked)
    with pytest.raises(LogError):
        proofs.check_consistency(old, roots[0], new, roots[1], proof)


@pytest.mark.parametrize(
    ("index", "size"), [(0, 0), (-1, 5), (5, 5), (2**63, 2**63), (1, 2**64), (0, 2**70)]
)
def test_sizes_that_cannot_be_are_refused_at_once(index, size):
    for proof in (LEAVES[:3], [b"short"], LEAVES[:65]):
        with pytest.raises(LogError):
            proofs.check_inclusion(LEAVES[0], index, size, proof=proof, root=LEAVES[0])


def test_nothing_is_a_beginning_of_what_is_smaller():
    with pytest.raises(LogError):
        proofs.consistency(3, 2, Naive(3))
    for old in (3, 0):
        with pytest.raises(LogError):
            proofs.check_consistency(old, LEAVES[0], 2, LEAVES[0], [])
    proofs.check_consistency(0, EMPTY_ROOT, 2, ROOTS[2], [])
