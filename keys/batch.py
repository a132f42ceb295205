"""Many Ed25519 signatures at once: for each 256 of them one sum of points.

A batch checks RFC 8032's equation with the cofactor (section 5.1.7), all added up with a fresh
random factor z for each: [8]([Σzs]B − Σ[z]R − Σ[zk]A) = 0. Of a signature that breaks its own
equation the sum takes notice but with probability 2^-128. What defines validity is the equation
without the cofactor (docs/format.md section 2). The two disagree only on a signature whose R has
a part of small order and of which all else is right, and that takes the private key to make
(docs/threats.md). A batch always accepts those, so that no answer hangs on the factors drawn.
"""

import ctypes
import os
from collections.abc import Callable, Sequence
from functools import lru_cache
from hashlib import sha512

from .ed25519 import BASE, NOT_CANONICAL, SMALL_ORDER, L
from .public import PublicKey
from .signer import LocalSigner
from .verification import is_lib25519_wanted, open_lib25519

# Scalars, each below the order L, with the encoded point that each multiplies; their sum, encoded.
Multiscalar = Callable[[Sequence[tuple[int, bytes]]], bytes | None]

Signed = tuple[PublicKey, bytes, bytes]  # key, message, signature

SIZE = 256
LEAST = 16  # with fewer, one by one is as fast
_FACTOR = 16  # bytes


def all_valid(signed: Sequence[Signed]) -> bool:
    """Whether all are valid: Ed25519 in batches where a library is trusted, the rest one by one."""
    multiscalar = library()
    if multiscalar is None or len(signed) < LEAST:
        return _one_by_one(signed)
    batched = [triple for triple in signed if triple[0].alg == "Ed25519"]
    others = [triple for triple in signed if triple[0].alg != "Ed25519"]
    for start in range(0, len(batched), SIZE):
        batch = batched[start : start + SIZE]
        if len(batch) >= LEAST and holds(multiscalar, batch):
            continue
        if not _one_by_one(batch):
            return False
    return _one_by_one(others)


def library() -> Multiscalar | None:
    """The trusted library's sum; None where it is missing, wrong or not wanted."""
    return _tried() if is_lib25519_wanted() else None


def holds(multiscalar: Multiscalar, signed: Sequence[Signed]) -> bool:
    """Whether the equation of the batch holds for Ed25519 signatures, each s < L, R canonical."""
    factors = os.urandom(_FACTOR * len(signed))
    terms: list[tuple[int, bytes]] = []
    of_base = 0
    of_keys: dict[bytes, int] = {}  # a key that signed many is multiplied once
    for place, (key, message, signature) in enumerate(signed):
        point, s = signature[:32], int.from_bytes(signature[32:], "little")
        if len(signature) != 64 or s >= L or point in NOT_CANONICAL:
            return False
        z = int.from_bytes(factors[_FACTOR * place : _FACTOR * (place + 1)], "little")
        public = key.spki[-32:]
        k = int.from_bytes(sha512(point + public + message).digest(), "little")
        terms.append((z, point))
        of_keys[public] = of_keys.get(public, 0) + z * k
        of_base += z * s
    terms += [(scalar % L, public) for public, scalar in of_keys.items()]
    terms.append((-of_base % L, BASE))
    # Times the cofactor: whether the sum is one of the eight points that 8 multiplies to nothing.
    return multiscalar(terms) in SMALL_ORDER


def _one_by_one(signed: Sequence[Signed]) -> bool:
    return all(key.verify(message, signature) for key, message, signature in signed)


@lru_cache(maxsize=1)
def _tried() -> Multiscalar | None:
    """The installed library's sum; None where it is not installed or `is_right` fails."""
    multiscalar = load_library()
    return multiscalar if multiscalar is not None and is_right(multiscalar) else None


def is_right(multiscalar: Multiscalar) -> bool:
    """Whether it accepts valid signatures and, whichever one is spoiled, none that is not."""
    signers = [LocalSigner.from_seed(bytes([number]) * 32) for number in range(3)]
    good: list[Signed] = []
    for number in range(LEAST):
        signer, message = signers[number % 3], b"message %d" % number
        good.append((signer.public, message, signer.sign(message)))
    if not holds(multiscalar, good):
        return False
    for place, (key, message, signature) in enumerate(good):
        s = int.from_bytes(signature[32:], "little")
        for spoiled in (
            (signers[(place + 1) % 3].public, message, signature),
            (key, message + b"!", signature),
            (key, message, signature[:32] + ((s + 1) % L).to_bytes(32, "little")),
            (key, message, good[place - 1][2][:32] + signature[32:]),
        ):
            if holds(multiscalar, [*good[:place], spoiled, *good[place + 1 :]]):
                return False
    return True


@lru_cache(maxsize=1)
def load_library() -> Multiscalar | None:
    """The installed library's sum, 32 bytes, None of what is not canonical; None without one."""
    try:
        function = open_lib25519().lib25519_multiscalar_ed25519
    except (OSError, AttributeError):  # not installed, or a version without this function
        return None
    # The sum is written; scalars, points and their number are read.
    function.restype = None
    function.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_longlong]

    def multiscalar(terms: Sequence[tuple[int, bytes]]) -> bytes | None:
        scalars = b"".join([scalar.to_bytes(32, "little") for scalar, _ in terms])
        points = b"".join([point for _, point in terms])
        if len(points) != 32 * len(terms):
            return None  # the library would read beyond its input
        result = ctypes.create_string_buffer(33)  # the sum, and 1 where all input was canonical
        function(result, scalars, points, len(terms))
        return result.raw[:32] if result.raw[32] == 1 else None

    return multiscalar
