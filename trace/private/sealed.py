"""A disclosure encrypted with a key of its own: without the key it is nothing.

AES-256-GCM, the disclosure's digest and its party bound to it. Pure.
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
    nonce = random(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, stored.encode(), context.encode())


def unseal(key: bytes, data: bytes, context: str) -> str | None:
    """What was sealed; None with another key or context, or where it was changed."""
    try:
        found = AESGCM(key).decrypt(data[:_NONCE], data[_NONCE:], context.encode())
        return found.decode()
    except (InvalidTag, ValueError):
        return None
