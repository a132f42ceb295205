"""Base64 with exactly one spelling for each byte string."""

import base64 as _base64
import binascii

from .errors import EncodingError


def encode(data: bytes) -> str:
    """Standard padded base64 (RFC 4648 section 4)."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def decode(text: str) -> bytes:
    """The bytes of padded base64 (RFC 4648 section 4) in its one spelling; else EncodingError."""
    try:
        data = _base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise EncodingError("not base64: %s", error) from None
    if encode(data) != text:
        raise EncodingError("base64 whose unused bits are not zero, or with odd padding")
    return data


def encode_url(data: bytes) -> str:
    """Base64url without padding (RFC 4648 section 5), as RFC 9901 writes salts and digests."""
    return _base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode_url(text: str) -> bytes:
    """The bytes that unpadded base64url `text` spells; EncodingError for any other spelling."""
    if "=" in text or "+" in text or "/" in text:
        raise EncodingError("not base64url without padding")
    try:
        data = _base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise EncodingError("not base64url: %s", error) from None
    if encode_url(data) != text:
        raise EncodingError("base64url whose unused bits are not zero")
    return data
