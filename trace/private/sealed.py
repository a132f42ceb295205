"""A disclosure, or a private file, encrypted with a key of its own: without it it is nothing.

AES-256-GCM, the disclosure's digest, its party and whom it is shown bound to it. Pure.
"""

import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = 32  # bytes
_NONCE = 12
Random = Callable[[int], bytes]


def new_key(random: Random = secrets.token_bytes) -> bytes:
    """A key for one disclosure."""
    return random(KEY)


def seal(key: bytes, stored: str, context: str, random: Random = secrets.token_bytes) -> bytes:
    """The stored string as only this key opens it, in this context."""
    return seal_bytes(key, stored.encode(), context, random)


def unseal(key: bytes, data: bytes, context: str) -> str | None:
    """What was sealed; None with another key or context, or where it was changed."""
    try:
        found = unseal_bytes(key, data, context)
        return None if found is None else found.decode()
    except ValueError:
        return None


def seal_bytes(
    key: bytes, data: bytes, context: str, random: Random = secrets.token_bytes
) -> bytes:
    """The same of any bytes."""
    nonce = random(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal_bytes(key: bytes, data: bytes, context: str) -> bytes | None:
    """The same of any bytes."""
    try:
        return AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], context.encode())
    except (InvalidTag, ValueError):
        return None
