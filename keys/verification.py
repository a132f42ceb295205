"""Ed25519 signatures one by one, by the quickest library here that answers as the reference does.

Validity is docs/format.md section 2, and the reference for it is `cryptography`: S < L, R compared
as bytes, no cofactor. Other libraries decide most of what is verified, each only after it answered
a trial as the reference does. libsodium (PyNaCl) refuses an R that encodes the identity, which the
reference accepts: no library is asked about that one.
"""

import ctypes
import logging
from collections.abc import Callable, Iterator
from ctypes.util import find_library
from functools import lru_cache
from hashlib import sha512

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from nacl.bindings import crypto_sign_open
from nacl.exceptions import BadSignatureError

from .ed25519 import BASE, NOT_CANONICAL, SMALL_ORDER, L, sum_of
from .errors import SettingError
from .settings import setting

# Whether a signature of 64 bytes by the key of 32 bytes, canonical and of prime order, is valid.
Verify = Callable[[bytes, bytes, bytes], bool]

_IDENTITY = (1).to_bytes(32, "little")
_SONAME = "lib25519.so.1"  # Debian's lib25519-1
_log = logging.getLogger("suyuan.keys")


def verify(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a signature is valid under a key of 32 bytes, canonical and of prime order."""
    if len(signature) != 64:
        return False
    if signature.startswith(_IDENTITY):
        return reference(key, message, signature)
    return quickest()(key, message, signature)


def reference(key: bytes, message: bytes, signature: bytes) -> bool:
    """The answer of `cryptography`, which counts."""
    try:
        _public_key(key).verify(signature, message)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=4096)
def _public_key(key: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(key)


@lru_cache(maxsize=1)
def quickest() -> Verify:
    """The first of `libraries` that passes its trial; the reference, with a warning, if none does.

    Tried once in a process, at its first signature.
    """
    for name, library in libraries().items():
        if agrees(library):
            return library
        _log.warning("%s verifies signatures unlike the reference and is not used", name)
    return reference


def libraries() -> dict[str, Verify]:
    """What is here besides the reference, the quickest first."""
    by_lib25519 = _lib25519_verify()
    return ({"lib25519": by_lib25519} if by_lib25519 else {}) | {"PyNaCl": _by_libsodium}


def _by_libsodium(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        crypto_sign_open(signature + message, key)
    except BadSignatureError:
        return False
    return True


def agrees(verify: Verify) -> bool:
    """Whether a library answers as the reference does, on good signatures and on odd ones."""
    return all(
        verify(key, message, signature) == reference(key, message, signature)
        for key, message, signature in _trial()
    )


def _trial() -> Iterator[tuple[bytes, bytes, bytes]]:
    """Good signatures, damaged ones, and what only a key's owner can make: 5 ms in all."""
    for seed, message in ((bytes(32), b""), (bytes([1]) * 32, b"trial" * 50)):
        signer = Ed25519PrivateKey.from_private_bytes(seed)
        key, signature = signer.public_key().public_bytes_raw(), signer.sign(message)
        yield key, message, signature
        yield key, message + b".", signature
        r, s = signature[:32], int.from_bytes(signature[32:], "little")
        for other in (s + L, -s % L, 0, L):
            yield key, message, r + other.to_bytes(32, "little")
        for at in range(0, 512, 61):
            flipped = int.from_bytes(signature, "little") ^ 1 << at
            yield key, message, flipped.to_bytes(64, "little")
    # R of the owner's choice: of mixed order, of small order, written in a second way.
    secret = (int.from_bytes(sha512(seed).digest()[:32], "little") & ((1 << 255) - 8)) | 1 << 254
    chosen = [(1, sum_of(BASE, small)) for small in sorted(SMALL_ORDER)]
    chosen += [(0, point) for point in sorted(SMALL_ORDER - {_IDENTITY})]
    chosen += [(0, point) for point in sorted(NOT_CANONICAL)[::8]]
    for scalar, point in chosen:
        k = int.from_bytes(sha512(point + key + message).digest(), "little")
        yield key, message, point + ((scalar + k * secret) % L).to_bytes(32, "little")


def _lib25519_verify() -> Verify | None:
    """One by one by lib25519; None where it is not installed, or not wanted."""
    try:
        sign_open = open_lib25519().lib25519_sign_ed25519_open if is_lib25519_wanted() else None
    except (OSError, AttributeError):  # not installed, or a version without this function
        return None
    if sign_open is None:
        return None
    # The message and its length are written; signature and message, their length, the key read.
    sign_open.argtypes = [ctypes.c_char_p, ctypes.c_void_p, ctypes.c_char_p]
    sign_open.argtypes += [ctypes.c_longlong, ctypes.c_char_p]

    def verify(key: bytes, message: bytes, signature: bytes) -> bool:
        signed = signature + message
        written, length = ctypes.create_string_buffer(len(signed)), ctypes.c_longlong()
        return not sign_open(written, ctypes.byref(length), signed, len(signed), key)

    return verify


def is_lib25519_wanted() -> bool:
    """Whether SUYUAN_LIB25519 allows it; a setting that cannot be read does not."""
    try:
        return setting("LIB25519") in (None, "1")
    except SettingError:
        return False


def open_lib25519() -> ctypes.CDLL:
    """The installed library; OSError where there is none."""
    try:
        return ctypes.CDLL(_SONAME)  # looking a library up by its name starts other programs
    except OSError:
        name = find_library("25519")
        if name is None:
            raise
        return ctypes.CDLL(name)
