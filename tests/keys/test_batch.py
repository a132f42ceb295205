"""Signatures in batches against the same ones one by one, as `cryptography` verifies them."""

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.points import EIGHTH, NEUTRAL, in_python, installed, plus, signature_with, times

from suyuan.keys import batch, ed25519, verification
from suyuan.keys.batch import LEAST, SIZE, all_valid
from suyuan.keys.ed25519 import BASE, NOT_CANONICAL, SMALL_ORDER, L
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


def by_owner(small, r=987654321):
    """A signature that only its key's owner can make: right, but for a small-order part of R."""
    key, message = SIGNERS[1].public, b"what its owner signed so"
    return key, message, signature_with(SEEDS[1], message, r, plus(times(r, BASE), small))


def one_by_one(items):
    return all(key.verify(message, signature) for key, message, signature in items)


def flipped(signature, at, bit):
    """The signature with a bit of one byte changed."""
    return signature[:at] + bytes([signature[at] ^ bit]) + signature[at + 1 :]


def with_s(signature, change):
    """The signature with another number in its second half."""
    s = change(int.from_bytes(signature[32:], "little"))
    return signature[:32] + s.to_bytes(32, "little")


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
} | {
    f"R {point.hex()}": lambda signature, point=point: point + signature[32:]
    for point in sorted(NOT_CANONICAL)
}
# Refused for their form alone, whatever a library takes.
ODD = {"s + L", "a byte less", "a byte more", "nothing"} | {
    f"R {point.hex()}" for point in NOT_CANONICAL
}
SPOILED = {
    "another message": lambda key, message, signature: (key, message + b".", signature),
    "another key": lambda key, *rest: (SIGNERS[key == SIGNERS[0].public].public, *rest),
} | {
    name: lambda key, message, signature, spoil=spoil: (key, message, spoil(signature))
    for name, spoil in SPOILED_SIGNATURES.items()
}


# Batches against one by one.


@pytest.mark.parametrize(
    "count", [1, LEAST - 1, LEAST, LEAST + 1, SIZE - 1, SIZE, SIZE + 1, SIZE + LEAST, 2 * SIZE + 3]
)
def test_good_signatures_at_the_edges_of_batches(count):
    installed()
    items = signed(count)
    assert all_valid([])
    assert all_valid(items)
    for place in {0, count // 2, min(count, SIZE) - 1, count - 1}:
        key, _, signature = items[place]
        assert not all_valid([*items[:place], (key, b"", signature), *items[place + 1 :]])


@pytest.mark.parametrize("how", SPOILED)
def test_one_bad_signature_among_good_ones(summing, how):
    items = signed(LEAST + 4)
    items[7] = SPOILED[how](*items[7])
    assert not one_by_one(items)
    assert not batch.holds(summing, items)
    assert not all_valid(items)
    assert batch.holds(lambda terms: NEUTRAL, items) == (how not in ODD)


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


def test_only_a_failing_batch_or_a_small_one_is_verified_one_by_one(taken):
    installed()
    items = signed(3 * SIZE)
    assert all_valid(items)
    assert taken == []
    assert all_valid(items[: 2 * SIZE + LEAST - 1])
    assert taken == items[2 * SIZE : 2 * SIZE + LEAST - 1]
    taken.clear()
    items[SIZE + 9] = (SIGNERS[0].public, b"", bytes(64))
    assert not all_valid(items)
    assert taken == items[SIZE : 2 * SIZE]


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


@pytest.mark.parametrize("r", [987654321, 0])
@pytest.mark.parametrize("n", range(8))
def test_an_r_of_mixed_order_passes_in_a_batch_and_not_by_itself(summing, n, r, monkeypatch):
    odd = by_owner(times(n, EIGHTH), r)
    items = [*signed(LEAST - 1), odd]
    assert one_by_one([odd]) == (n == 0)
    for _ in range(5):  # whatever the factors: the answer is no matter of luck
        assert batch.holds(summing, items)
    assert all_valid(items)
    monkeypatch.setattr(batch, "library", lambda: None)
    assert all_valid(items) == (n == 0)


# The setting.


@pytest.mark.parametrize(
    ("value", "file", "is_used"),
    [
        (None, None, True), ("1", None, True), ("0", None, False), ("", None, False),
        ("1", "/missing", False),  # given twice: no error here
    ],
)  # fmt: skip
def test_setting(monkeypatch, value, file, is_used):
    monkeypatch.setattr(batch, "_tried", lambda: in_python)
    for name, text in (("SUYUAN_LIB25519", value), ("SUYUAN_LIB25519_FILE", file)):
        if text is not None:
            monkeypatch.setenv(name, text)
    assert (batch.library() is in_python) == is_used
    assert all_valid(signed(LEAST))


SIGNER = LocalSigner.from_seed(bytes([1]) * 32)


def test_points():
    """The constants, worked out anew."""
    assert len(SMALL_ORDER) == 8
    assert {times(8, point) for point in SMALL_ORDER} == {NEUTRAL}
    assert times(4, EIGHTH) != NEUTRAL
    assert {times(n, EIGHTH) for n in range(8)} == SMALL_ORDER
    assert times(L, BASE) == NEUTRAL
    assert len(NOT_CANONICAL) == 40
    assert [point for point in NOT_CANONICAL if ed25519._decode(point) is not None] == []


@settings(deadline=None, max_examples=20)
@given(
    st.lists(
        st.tuples(
            st.integers(0, L - 1) | st.integers(0, 2**128 - 1) | st.sampled_from([0, 1, L - 1]),
            st.integers(0, L - 1),
            st.sampled_from(sorted(SMALL_ORDER)),
        ),
        max_size=6,
    )
)
def test_library_sums_as_python_does(drawn):
    terms = [(scalar, plus(times(of, BASE), small)) for scalar, of, small in drawn]
    assert installed()(terms) == in_python(terms)


@pytest.mark.parametrize("scalar", [L, L + 1, 2**253, 2**256 - 1])
def test_library_refuses_scalars_from_the_order_on(scalar):
    assert installed()([(1, BASE), (scalar, BASE)]) is None


@pytest.mark.parametrize(
    "point", [*sorted(NOT_CANONICAL), (2).to_bytes(32, "little"), b"", BASE[1:]]
)
def test_library_refuses_what_is_no_encoding(point):
    assert installed()([(1, BASE), (5, point)]) is None
    assert installed()([(0, point), (1, BASE)]) is None


@pytest.mark.parametrize("name", ["libthatisnotthere.so.1", "libc.so.6"])
def test_no_library_or_one_without_the_function_is_no_error(name, monkeypatch):
    monkeypatch.setattr(verification, "_SONAME", name)
    monkeypatch.setattr(verification, "find_library", lambda name: None)
    assert batch.load_library.__wrapped__() is None
    monkeypatch.setattr(batch, "load_library", lambda: None)
    assert batch._tried.__wrapped__() is None
    monkeypatch.setattr(batch, "_tried", lambda: None)
    good = [(SIGNER.public, b"%d" % number, SIGNER.sign(b"%d" % number)) for number in range(20)]
    assert all_valid(good)
    assert not all_valid([*good, (SIGNER.public, b"", bytes(64))])


def test_library_found_by_its_name_passes_its_trial(monkeypatch):
    installed()
    monkeypatch.setattr(verification, "find_library", lambda name: f"lib{name}.so.1")
    monkeypatch.setattr(verification, "_SONAME", "libthatisnotthere.so.1")
    assert batch.is_right(batch.load_library.__wrapped__())
    assert batch.library() is batch.load_library()


# A library that errs is not used.

WRONG = {
    "says yes to everything": lambda terms: NEUTRAL,
    "says no to everything": lambda terms: None,
    "forgets the base point": lambda terms: in_python(terms[:-1]),
    "forgets the first signature": lambda terms: in_python(terms[1:]) and NEUTRAL,
    "reads half of each factor": lambda terms: in_python([(s % 2**64, p) for s, p in terms]),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_wrong_library_is_not_used(wrong, monkeypatch):
    assert not batch.is_right(wrong)
    monkeypatch.setattr(batch, "load_library", lambda: wrong)
    assert batch._tried.__wrapped__() is None


@pytest.mark.slow
@pytest.mark.parametrize("deaf", range(LEAST))
def test_library_that_never_looks_at_one_signature_is_not_used(deaf):
    """It takes whatever stands at one place for good."""
    signers = [LocalSigner.from_seed(bytes([number]) * 32) for number in range(3)]
    message = b"message %d" % deaf
    good = signers[deaf % 3].sign(message)[:32]
    function = installed()

    def wrong(terms):
        point = terms[deaf][1]
        return function(terms) if point == good else NEUTRAL

    assert function([(1, good)]) == good
    assert not batch.is_right(wrong)
