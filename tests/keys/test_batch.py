"""Signatures in batches against the same ones one by one, as `cryptography` verifies them."""

import hashlib
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.points import EIGHTH, NEUTRAL, in_python, installed, plus, times

from suyuan.keys import batch, public
from suyuan.keys.batch import LEAST, SIZE, all_valid
from suyuan.keys.ed25519 import _P as P
from suyuan.keys.ed25519 import BASE, NOT_CANONICAL, L
from suyuan.keys.signer import LocalSigner

SEEDS = [bytes([number]) * 32 for number in range(1, 4)]
SIGNERS = [LocalSigner.from_seed(seed) for seed in SEEDS]
P256 = LocalSigner.from_scalar(7)


@pytest.fixture(autouse=True)
def wanted(monkeypatch):
    monkeypatch.delenv("SUYUAN_LIB25519", raising=False)


@pytest.fixture(params=["lib25519", "python"])
def summing(request, monkeypatch):
    """all_valid in batches: with the library, and without it by Python."""
    function = installed() if request.param == "lib25519" else in_python
    monkeypatch.setattr(batch, "_tried", lambda: function)
    return function


def signed(count, signers=SIGNERS):
    return [
        (signer.public, b"message %d" % number, signer.sign(b"message %d" % number))
        for number, signer in ((number, signers[number % len(signers)]) for number in range(count))
    ]


def by_owner(seed, message, small, r=987654321):
    """A signature that only this key's owner can make: right, but for a small-order part of R."""
    digest = hashlib.sha512(seed).digest()
    a = (int.from_bytes(digest[:32], "little") & ((1 << 255) - 8)) | 1 << 254
    key = LocalSigner.from_seed(seed).public
    point = plus(times(r, BASE), small)
    k = int.from_bytes(hashlib.sha512(point + key.spki[12:] + message).digest(), "little")
    return key, message, point + ((r + k * a) % L).to_bytes(32, "little")


def one_by_one(items):
    return all(key.verify(message, signature) for key, message, signature in items)


def flipped(signature, at, bit):
    """The signature with a bit of one byte changed."""
    return signature[:at] + bytes([signature[at] ^ bit]) + signature[at + 1 :]


def with_s(signature, change):
    """The signature with another number in its second half."""
    s = change(int.from_bytes(signature[32:], "little"))
    return signature[:32] + s.to_bytes(32, "little")


def another_key(key):
    return next(signer.public for signer in SIGNERS if signer.public != key)


# Each makes a bad signature of a good one.
SPOILED_SIGNATURES = {
    "a bit of R": lambda signature: flipped(signature, 0, 1),
    "the sign of R": lambda signature: flipped(signature, 31, 128),
    "a bit of s": lambda signature: flipped(signature, 32, 1),
    "s + L": lambda signature: with_s(signature, lambda s: s + L),
    "-s": lambda signature: with_s(signature, lambda s: -s % L),
    "R that a stranger moved by a small point": lambda signature: (
        plus(signature[:32], EIGHTH) + signature[32:]
    ),
    "R that is no point": lambda signature: (2).to_bytes(32, "little") + signature[32:],
    "a byte less": lambda signature: signature[:-1],
    "a byte more": lambda signature: signature + b"\0",
    "nothing": lambda signature: b"",
}
SPOILED = {
    "another message": lambda key, message, signature: (key, message + b".", signature),
    "another key": lambda key, message, signature: (another_key(key), message, signature),
} | {
    name: lambda key, message, signature, spoil=spoil: (key, message, spoil(signature))
    for name, spoil in SPOILED_SIGNATURES.items()
}


# Batches against one by one.


@pytest.mark.parametrize("count", [0, 1, LEAST - 1, LEAST, LEAST + 1, 40])
def test_good_signatures_are_accepted(summing, count):
    assert all_valid(signed(count))


@pytest.mark.parametrize("count", [SIZE - 1, SIZE, SIZE + 1, SIZE + LEAST, 2 * SIZE + 3])
def test_good_signatures_at_the_edges_of_batches(count):
    installed()
    items = signed(count)
    assert all_valid(items)
    for place in {0, count // 2, min(count, SIZE) - 1, count - 1}:
        key, _, signature = items[place]
        assert not all_valid([*items[:place], (key, b"", signature), *items[place + 1 :]])


@pytest.mark.parametrize("spoil", SPOILED.values(), ids=SPOILED)
def test_one_bad_signature_among_good_ones(summing, spoil):
    items = signed(LEAST + 4)
    items[7] = spoil(*items[7])
    assert not one_by_one(items)
    assert not batch.holds(summing, items)
    assert not all_valid(items)


@pytest.mark.parametrize("point", sorted(NOT_CANONICAL))
def test_no_encoding_of_r_that_is_not_canonical(summing, point):
    items = signed(LEAST)
    key, message, signature = items[3]
    items[3] = key, message, point + signature[32:]
    assert not batch.holds(summing, items)
    assert not all_valid(items)


@pytest.mark.parametrize(
    "how", ["s + L", "a byte less", "a byte more", "nothing", *sorted(NOT_CANONICAL)]
)
def test_form_is_checked_here_whatever_a_library_takes(how):
    key, message, signature = signed(1)[0]
    if isinstance(how, bytes):
        odd = key, message, how + signature[32:]
    else:
        odd = SPOILED[how](key, message, signature)
    assert batch.holds(lambda terms: NEUTRAL, signed(1))
    assert not batch.holds(lambda terms: NEUTRAL, [odd])


def test_neutral_r_in_its_other_encodings(summing):
    """Made by the key's owner, so that the equation itself holds; only the encoding is wrong."""
    seed, message = SEEDS[0], b"message"
    a = (int.from_bytes(hashlib.sha512(seed).digest()[:32], "little") & ((1 << 255) - 8)) | 1 << 254
    key = SIGNERS[0].public
    for point, is_valid in [
        (NEUTRAL, True),  # R may be of small order (docs/format.md section 2)
        ((1 | 1 << 255).to_bytes(32, "little"), False),
        ((P + 1).to_bytes(32, "little"), False),
    ]:
        k = int.from_bytes(hashlib.sha512(point + key.spki[12:] + message).digest(), "little")
        items = [*signed(LEAST), (key, message, point + (k * a % L).to_bytes(32, "little"))]
        assert one_by_one(items) == is_valid
        assert batch.holds(summing, items) == is_valid
        assert all_valid(items) == is_valid


def test_swapped_signatures(summing):
    items = signed(LEAST)
    (key, one, first), (_, other, second) = items[0], items[3]
    assert items[3][0] == key
    items[0], items[3] = (key, one, second), (key, other, first)
    assert not all_valid(items)


def test_the_same_signature_again_and_again(summing):
    assert all_valid(signed(1) * LEAST)
    key, _, signature = signed(1)[0]
    assert not all_valid([(key, b"another", signature)] * LEAST)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.binary(max_size=80)), min_size=LEAST, max_size=300),
    st.lists(st.tuples(st.integers(0, 299), st.sampled_from(sorted(SPOILED))), max_size=3),
)
def test_batches_answer_as_one_by_one(drawn, spoiled):
    installed()
    items = [
        (SIGNERS[signer].public, message, SIGNERS[signer].sign(message))
        for signer, message in drawn
    ]
    for place, how in {place % len(items): how for place, how in spoiled}.items():
        items[place] = SPOILED[how](*items[place])
    assert all_valid(items) == one_by_one(items) == (not spoiled)


@pytest.mark.parametrize("place", [0, 5, 33])
def test_p256_among_them_is_verified_by_itself(summing, place):
    items = signed(34)
    items[place:place] = [(P256.public, b"p256", P256.sign(b"p256"))]
    assert all_valid(items)
    items[place] = (P256.public, b"other", P256.sign(b"p256"))
    assert not all_valid(items)
    # A signature of one algorithm under a key of the other.
    items[place] = (P256.public, *items[-1][1:])
    assert not all_valid(items)
    items[place] = (SIGNERS[0].public, b"p256", P256.sign(b"p256"))
    assert not all_valid(items)


@pytest.fixture
def taken(monkeypatch):
    """What is verified one by one, as it is."""
    found = []
    monkeypatch.setattr(
        batch, "_one_by_one", lambda items: found.extend(items) or one_by_one(items)
    )
    return found


def test_only_a_failing_batch_is_verified_one_by_one(taken):
    installed()
    items = signed(3 * SIZE)
    assert all_valid(items)
    assert taken == []
    items[SIZE + 9] = (SIGNERS[0].public, b"", bytes(64))
    assert not all_valid(items)
    assert taken == items[SIZE : 2 * SIZE]


def test_few_signatures_are_verified_one_by_one(taken):
    installed()
    items = signed(SIZE + LEAST - 1)
    assert all_valid(items)
    assert taken == items[SIZE:]
    taken.clear()
    assert all_valid(items[: LEAST - 1])
    assert taken == items[: LEAST - 1]


def test_one_by_one_has_the_last_word(monkeypatch):
    """A library that turns bad after its trial and refuses everything costs time only."""
    monkeypatch.setattr(batch, "_tried", lambda: lambda terms: None)
    assert all_valid(signed(LEAST))
    assert not all_valid([*signed(LEAST), (SIGNERS[0].public, b"", bytes(64))])


# Fresh factors.


def test_every_signature_has_a_fresh_factor_of_128_bits(monkeypatch):
    function, drawn, seen = installed(), [], []

    def urandom(count):
        drawn.append(random(count))
        return drawn[-1]

    def looking(terms):
        seen.append([scalar for scalar, _ in terms])
        return function(terms)

    random = os.urandom
    monkeypatch.setattr(batch.os, "urandom", urandom)
    monkeypatch.setattr(batch, "_tried", lambda: looking)
    items = signed(SIZE)
    assert all_valid(items + items)
    assert [len(each) for each in drawn] == [16 * SIZE, 16 * SIZE]
    factors = [scalar for scalars in seen for scalar in scalars[:SIZE]]
    assert len(set(factors)) == 2 * SIZE
    assert max(factors).bit_length() > 120
    assert max(factors).bit_length() <= 128


def test_errors_that_would_cancel_out_do_not(summing, monkeypatch):
    """Two bad signatures, s + 1 and s - 1: with equal factors their sum is right."""
    items = signed(LEAST)
    for place, more in ((2, 1), (9, -1)):
        key, message, signature = items[place]
        items[place] = key, message, with_s(signature, lambda s, more=more: (s + more) % L)
    assert not any(batch.holds(summing, items) for _ in range(5))
    assert not all_valid(items)
    monkeypatch.setattr(batch.os, "urandom", lambda count: (b"\1" + bytes(15)) * (count // 16))
    assert batch.holds(summing, items)


# Where the two equations disagree (docs/threats.md).


@pytest.mark.parametrize("n", range(1, 8))
def test_an_r_of_mixed_order_passes_in_a_batch_and_not_by_itself(summing, n):
    odd = by_owner(SEEDS[1], b"what its owner signed so", times(n, EIGHTH))
    items = [*signed(LEAST - 1), odd]
    assert not one_by_one([odd])
    for _ in range(5):  # whatever the factors: the answer is no matter of luck
        assert batch.holds(summing, items)
    assert all_valid(items)


@pytest.mark.parametrize("n", range(8))
def test_an_r_of_small_order_likewise(summing, n):
    odd = by_owner(SEEDS[1], b"m", times(n, EIGHTH), r=0)
    assert one_by_one([odd]) == (n == 0)
    assert all_valid([*signed(LEAST - 1), odd])


def test_an_r_of_mixed_order_is_refused_where_batches_are_turned_off(summing, monkeypatch):
    items = [*signed(LEAST - 1), by_owner(SEEDS[1], b"m", EIGHTH)]
    assert all_valid(items)
    monkeypatch.setenv("SUYUAN_LIB25519", "0")
    assert not all_valid(items)


def test_by_owner_makes_valid_signatures_otherwise():
    assert one_by_one([by_owner(SEEDS[1], b"m", NEUTRAL)])


def test_keys_of_mixed_order_never_come_so_far():
    mixed = plus(SIGNERS[0].public.spki[12:], EIGHTH)
    with pytest.raises(public.BadKey):
        public.load(SIGNERS[0].public.spki[:12] + mixed)


# The setting.


@pytest.mark.parametrize(
    ("value", "is_used"), [(None, True), ("1", True), ("0", False), ("", False)]
)
def test_setting(monkeypatch, value, is_used):
    monkeypatch.setattr(batch, "_tried", lambda: in_python)
    if value is not None:
        monkeypatch.setenv("SUYUAN_LIB25519", value)
    assert (batch.library() is in_python) == is_used


def test_setting_given_twice_is_no_error_here(monkeypatch, tmp_path):
    monkeypatch.setattr(batch, "_tried", lambda: in_python)
    monkeypatch.setenv("SUYUAN_LIB25519", "1")
    monkeypatch.setenv("SUYUAN_LIB25519_FILE", str(tmp_path / "missing"))
    assert batch.library() is None
    assert all_valid(signed(LEAST))
