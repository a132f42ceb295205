"""Signatures that only a close reading refuses: edwards25519 by hand."""

import hashlib

from conformance.reference.encoding import ED_START, L, P, plus, point_of, times
from cryptography.hazmat.primitives import serialization

from suyuan.keys import dsse

BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    4 * pow(5, -1, P) % P,
)
NEUTRAL = bytes([1]) + bytes(31)
# A point of order 8, and what else is of small order, by its 32 bytes (the last spelled wrongly).
ORDER_8 = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
ORDER_4 = bytes(32)
ORDER_2 = (P - 1).to_bytes(32, "little")
NOT_CANONICAL = {
    "the neutral element with y = p + 1": (P + 1).to_bytes(32, "little"),
    "a point of order 4 with y = p": P.to_bytes(32, "little"),
    "the neutral element with the sign of x set": NEUTRAL[:31] + b"\x80",
    "the point of order 2 with the sign of x set": (2**255 + P - 1).to_bytes(32, "little"),
}


def encode(point):
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def secret(signer):
    """The secret scalar of an Ed25519 signer."""
    seed = signer.private.private_bytes(
        serialization.Encoding.Raw,
        serialization.PrivateFormat.Raw,
        serialization.NoEncryption(),
    )
    digest = bytearray(hashlib.sha512(seed).digest()[:32])
    digest[0] &= 248
    digest[31] = digest[31] & 127 | 64
    return int.from_bytes(digest, "little")


def challenge(r, key, message):
    return int.from_bytes(hashlib.sha512(r + key + message).digest(), "little") % L


def with_r(signer, message, encoded, nonce=0):
    """The signature with this R, whose discrete logarithm is `nonce` but for small order."""
    h = challenge(encoded, signer.public.spki[12:], message)
    return encoded + ((nonce + h * secret(signer)) % L).to_bytes(32, "little")


def cofactored(signer, message):
    """A signature that holds only when both sides are multiplied by 8."""
    point = plus(times(12345, BASE), point_of(ORDER_8))
    return with_r(signer, message, encode(point), 12345)


def mixed_key(signer):
    """The signer's public key plus a point of order 8, as a SubjectPublicKeyInfo."""
    return ED_START + encode(plus(point_of(signer.public.spki[12:]), point_of(ORDER_8)))


def mixed_signature(signer, message):
    """A signature under `mixed_key` that the cofactorless equation takes."""
    key = mixed_key(signer)[12:]
    nonce = 1
    while True:
        r = encode(times(nonce, BASE))
        h = challenge(r, key, message)
        if h % 8 == 0:
            return r + ((nonce + h * secret(signer)) % L).to_bytes(32, "little")
        nonce += 1


def envelope(kind, payload, keyid, signature):
    return dsse.Envelope(kind, payload, keyid, signature).encode()
