"""Signatures of webhooks, as Standard Webhooks 1.0 has them: HMAC-SHA256 with a contact's secret.

A contact has a secret of its own, so that one receiver cannot sign for another. That the order in
the body is genuine does not hang on it: the body has the ledger's own signed link.
"""

import hashlib
import hmac
import secrets

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError

PREFIX = "whsec_"
_BYTES = 32
_LEAST, _MOST = 24, 64  # bytes of a secret, by the specification


def new_secret() -> str:
    """A fresh secret, as receivers' libraries take it."""
    return PREFIX + base64.encode(secrets.token_bytes(_BYTES))


def signature(secret: str, key: str, timestamp: int, body: bytes) -> str:
    """What the header `webhook-signature` says of a body; ValueError for no secret.

    `timestamp` is in seconds since 1970 UTC, and `key` the value of `webhook-id`.
    """
    try:
        found = base64.decode(secret.removeprefix(PREFIX))
    except EncodingError:
        found = b""
    if not secret.startswith(PREFIX) or not _LEAST <= len(found) <= _MOST:
        raise ValueError("the contact has no secret that can sign: remove it and add it again")
    said = f"{key}.{timestamp}.".encode() + body
    return "v1," + base64.encode(hmac.digest(found, said, hashlib.sha256))
