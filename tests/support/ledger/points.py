"""Points of edwards25519 by this project's own slow arithmetic, and the library that is quicker."""

import hashlib
from collections.abc import Callable, Iterable

import pytest
from support.ledger.world import is_ci

from suyuan.keys import batch, ed25519
from suyuan.keys.ed25519 import L

NEUTRAL = (1).to_bytes(32, "little")
# A point of order 8.
EIGHTH = bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")
Point = tuple[int, int, int, int]


def encode(point: Point) -> bytes:
    """The 32 bytes of a point."""
    return ed25519._encode(point)


def decode(encoded: bytes) -> Point:
    """The point of 32 bytes, which must be of one."""
    point = ed25519._decode(encoded)
    assert point is not None
    return point


def times(scalar: int, encoded: bytes) -> bytes:
    """A multiple of a point."""
    return encode(ed25519._multiply(scalar, decode(encoded)))


def plus(point: bytes, other: bytes) -> bytes:
    """The sum of two points."""
    return ed25519.sum_of(point, other)


def secret(seed: bytes) -> int:
    """The secret scalar of a seed (RFC 8032, 5.1.5)."""
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return (scalar & ((1 << 255) - 8)) | 1 << 254


def signature_with(seed: bytes, message: bytes, r: int, point: bytes) -> bytes:
    """What only the owner can make: R is `point`, whatever that is, and S fits `r`."""
    a = secret(seed)
    k = int.from_bytes(hashlib.sha512(point + times(a, ed25519.BASE) + message).digest(), "little")
    return point + ((r + k * a) % L).to_bytes(32, "little")


def in_python(terms: Iterable[tuple[int, bytes]]) -> bytes | None:
    """A multiscalar function in Python, by its contract."""
    total = ed25519._NEUTRAL
    for scalar, encoded in terms:
        point = ed25519._decode(encoded)
        if point is None or not 0 <= scalar < L:
            return None
        total = ed25519._add(total, ed25519._multiply(scalar, point))
    return encode(total)


def installed() -> Callable:
    """The library's multiscalar function; the test is skipped where it is not installed."""
    function = batch.load_library()
    if function is None:
        why = "lib25519 is not installed (Debian: lib25519-1)"
        (pytest.fail if is_ci() else pytest.skip)(why)
    return function
