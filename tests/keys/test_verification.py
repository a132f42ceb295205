"""Every library that verifies one signature, against the reference and against plain arithmetic.

A million cases with SUYUAN_LONG=1: honest signatures, damage at random, the categories of
Wycheproof's and CCTV's vectors made anew (S beyond the order, R of small and mixed order, R in
encodings that are not canonical), by the key's owner, so that all else about them is right.
"""

import hashlib
import logging
import random

import pytest
from support.ledger.lengths import length
from support.ledger.points import NEUTRAL, installed, plus, secret, signature_with, times

from suyuan.keys import ed25519, verification
from suyuan.keys.ed25519 import BASE, NOT_CANONICAL, SMALL_ORDER, L
from suyuan.keys.signer import LocalSigner
from suyuan.keys.verification import agrees, libraries, quickest, reference, verify

CASES = length(5_000, 1_000_000)


SEEDS = [bytes([number]) * 32 for number in range(1, 9)]
OWNERS = [(LocalSigner.from_seed(seed), times(secret(seed), BASE)) for seed in SEEDS]
# R's that an owner may choose: a multiple of the base point, with every point of small order added.
CHOSEN = [
    (r, plus(times(r, BASE), small))
    for r in (0, 1, 2, L - 1, *range(10**9, 10**9 + 4))
    for small in sorted(SMALL_ORDER)
] + [(0, point) for point in NOT_CANONICAL]


def by_owner(drawn, message):
    """A signature whose S fits the R, whatever that is."""
    at = drawn.randrange(len(SEEDS))
    return OWNERS[at][1], message, signature_with(SEEDS[at], message, *drawn.choice(CHOSEN))


def honest(drawn, message):
    signer, key = drawn.choice(OWNERS)
    return key, message, signer.sign(message)


def damaged(drawn, message):
    key, message, signature = drawn.choice((honest, by_owner))(drawn, message)
    bits = int.from_bytes(signature, "little") ^ 1 << drawn.randrange(512)
    return key, message, bits.to_bytes(64, "little")


def s_beyond_the_order(drawn, message):
    key, message, signature = drawn.choice((honest, by_owner))(drawn, message)
    s = int.from_bytes(signature[32:], "little") + drawn.randrange(1, 16) * L
    return key, message, signature[:32] + (s % (1 << 256)).to_bytes(32, "little")


def any_bytes(drawn, message):
    return drawn.choice(OWNERS)[1], message, drawn.randbytes(64)


def of_another(drawn, message):
    _, message, signature = honest(drawn, message)
    return drawn.choice(OWNERS)[1], message, signature


KINDS = (honest, by_owner, by_owner, damaged, s_beyond_the_order, any_bytes, of_another)


def cases(count, seed=25519):
    drawn = random.Random(seed)
    for _ in range(count):
        message = drawn.randbytes(drawn.choice((0, 1, 32, 111, 112, 128, drawn.randrange(2_000))))
        yield drawn.choice(KINDS)(drawn, message)


def by_arithmetic(key, message, signature, small=NEUTRAL):
    """docs/format.md section 2, word by word; or with a point of small order beside R."""
    point, s = signature[:32], int.from_bytes(signature[32:], "little")
    if s >= L or point in NOT_CANONICAL or ed25519._decode(point) is None:
        return False
    k = int.from_bytes(hashlib.sha512(point + key + message).digest(), "little") % L
    return times(s, BASE) == plus(plus(point, small), times(k, key))


@pytest.mark.parametrize("name", ["lib25519", "PyNaCl"])
def test_library_accepts_what_the_reference_accepts(name, monkeypatch):
    installed()
    library, valid = libraries()[name], 0
    monkeypatch.setattr(verification, "quickest", lambda: library)
    for key, message, signature in cases(CASES):
        expected = reference(key, message, signature)
        valid += expected
        assert verify(key, message, signature) == expected
        if signature[:32] != NEUTRAL:
            assert library(key, message, signature) == expected, (key, message, signature)
    assert CASES / 8 < valid < CASES / 2


@pytest.mark.parametrize("kind", KINDS)
def test_reference_decides_by_the_equation_of_the_format(kind):
    drawn = random.Random(kind.__name__)
    for _ in range(length(6, 300)):
        case = kind(drawn, drawn.randbytes(40))
        assert reference(*case) == verify(*case) == by_arithmetic(*case)


@pytest.mark.parametrize("small", sorted(SMALL_ORDER))
def test_an_r_of_small_order_is_valid_where_it_is_the_identity(small, monkeypatch):
    """As docs/format.md section 2 has it, which libsodium alone would refuse."""
    monkeypatch.setattr(verification, "quickest", lambda: libraries()["PyNaCl"])
    case = OWNERS[0][1], b"", signature_with(SEEDS[0], b"", 0, small)
    assert verify(*case) == reference(*case) == (small == NEUTRAL)


@pytest.mark.parametrize("size", [0, 32, 63, 65, 128])
def test_signature_of_another_length_is_none(size):
    assert not verify(OWNERS[0][1], b"", bytes(size))
    assert not verify(OWNERS[0][1], b"", NEUTRAL[:size] + bytes(max(0, size - 32)))


# Which library is taken.


def wrong(change):
    """PyNaCl, but for what `change(key, message, signature)` answers where that is not None."""
    by_libsodium = libraries()["PyNaCl"]

    def answer(key, message, signature):
        changed = change(key, message, signature)
        return by_libsodium(key, message, signature) if changed is None else changed

    return answer


def with_cofactor(key, message, signature):
    """Accept what is right but for a part of small order."""
    if ed25519._decode(signature[:32]) is None:
        return None
    return any(by_arithmetic(key, message, signature, small) for small in SMALL_ORDER) or None


def s_reduced(key, message, signature):
    s = int.from_bytes(signature[32:], "little") % L
    return reference(key, message, signature[:32] + s.to_bytes(32, "little"))


WRONG = {
    "says yes to everything": lambda *case: True,
    "says no to everything": lambda *case: False,
    "does not look at the message": wrong(
        lambda key, message, signature: reference(key, message.rstrip(b"."), signature) or None
    ),
    "takes S beyond the order": wrong(s_reduced),
    "multiplies by the cofactor": wrong(with_cofactor),
}


@pytest.mark.parametrize("library", WRONG.values(), ids=WRONG)
def test_wrong_library_is_not_used_and_that_is_said(library, monkeypatch, caplog):
    assert not agrees(library)
    monkeypatch.setattr(verification, "libraries", lambda: {"wrong": library})
    with caplog.at_level(logging.WARNING, "suyuan.keys"):
        assert quickest.__wrapped__() is reference
    assert "wrong verifies signatures unlike the reference" in caplog.text


def test_what_is_here_passes_its_trial():
    installed()
    assert all(agrees(library) for library in libraries().values())
    assert list(libraries()) == ["lib25519", "PyNaCl"]


def test_without_lib25519_there_is_what_pip_brings(monkeypatch):
    monkeypatch.setenv("SUYUAN_LIB25519", "0")
    assert list(libraries()) == ["PyNaCl"]
    assert quickest.__wrapped__() is libraries()["PyNaCl"]
    monkeypatch.delenv("SUYUAN_LIB25519")
    monkeypatch.setattr(verification, "_SONAME", "libthatisnotthere.so.1")
    monkeypatch.setattr(verification, "find_library", lambda name: None)
    assert list(libraries()) == ["PyNaCl"]
