import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.ledger.points import decode, encode, plus, secret, times

from suyuan.keys import ed25519
from suyuan.keys.ed25519 import is_good_point
from suyuan.keys.signer import LocalSigner

BASE = bytes.fromhex("58" + "66" * 31)

# Order, and the canonical encoding of each point whose order divides 8.
SMALL = [
    (1, "0100000000000000000000000000000000000000000000000000000000000000"),
    (2, "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
    (4, "0000000000000000000000000000000000000000000000000000000000000000"),
    (4, "0000000000000000000000000000000000000000000000000000000000000080"),
    (8, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    (8, "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    (8, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    (8, "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa"),
]


@settings(deadline=None, max_examples=15)
@given(st.binary(min_size=32, max_size=32))
def test_arithmetic_makes_the_public_keys_that_cryptography_makes(seed):
    key = LocalSigner.from_seed(seed).public.spki[12:]
    assert times(secret(seed), BASE) == key == encode(decode(key))
    assert is_good_point(key)


@pytest.mark.parametrize(("order", "key"), SMALL)
def test_points_of_small_order_are_refused(order, key):
    point = decode(bytes.fromhex(key))
    assert encode(point) == bytes.fromhex(key)
    neutral = [n for n in range(1, 9) if ed25519._is_neutral(ed25519._multiply(n, point))]
    assert neutral[0] == order
    assert not is_good_point(bytes.fromhex(key))


@pytest.mark.parametrize("key", [key for _, key in SMALL[1:]])
def test_points_of_mixed_order_are_refused(key):
    mixed = plus(bytes.fromhex(key), LocalSigner.from_seed(bytes(32)).public.spki[12:])
    assert ed25519._decode(mixed) is not None
    assert not is_good_point(mixed)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_other_lengths_are_refused(length):
    assert not is_good_point((BASE + bytes(32))[:length])


def test_base_point_is_good_in_either_sign():
    assert is_good_point(BASE)
    assert is_good_point(BASE[:31] + bytes([BASE[31] | 0x80]))
