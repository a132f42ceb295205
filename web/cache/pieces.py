"""A page in pieces that are each deflated once, and put together anew for each answer.

What changes from one answer to the next is a piece of its own (RFC 1951, RFC 1952).
"""

import base64
import hashlib
import re
import secrets
import zlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TypeAlias

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END = b"\x03\x00"  # a last block, empty
# Where a page's text has them, something is to be put in; nobody can guess them.
AS_OF, SCANS = secrets.token_hex(16), secrets.token_hex(16)
_MARKS = re.compile(f"({AS_OF}|{SCANS})")


class Piece(NamedTuple):
    """A text's bytes, the same deflated up to a whole byte, and a digest."""

    data: bytes
    deflated: bytes
    tag: str


Pieces: TypeAlias = "tuple[Piece | str, ...]"  # with marks where a piece is to be put in


def piece(text: str) -> Piece:
    """The piece of a text."""
    data = text.encode()
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15, 9)
    deflated = squeeze.compress(data) + squeeze.flush(zlib.Z_FULL_FLUSH)
    tag = base64.urlsafe_b64encode(hashlib.sha256(data).digest()[:12]).decode()
    return Piece(data, deflated, tag)


def cut(text: str) -> Pieces:
    """The pieces of a page that has marks."""
    parts = _MARKS.split(text)
    return tuple(part if at % 2 else piece(part) for at, part in enumerate(parts))


def put_in(text: str, texts: Mapping[str, str]) -> str:
    """The page with these texts in place of its marks."""
    return _MARKS.sub(lambda mark: texts[mark[0]], text)


def plain(pieces: Sequence[Piece]) -> bytes:
    """The page as it is."""
    return b"".join([part.data for part in pieces])


def gzipped(pieces: Sequence[Piece]) -> bytes:
    """The page as one member of gzip."""
    data = plain(pieces)
    sums = zlib.crc32(data).to_bytes(4, "little") + len(data).to_bytes(4, "little")
    return b"".join([_HEAD, *[part.deflated for part in pieces], _END, sums])


def etag(pieces: Sequence[Piece]) -> str:
    """A weak validator of the page."""
    return f'W/"{"".join([part.tag for part in pieces])}"'
