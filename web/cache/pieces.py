"""A page in pieces that are each deflated once, and put together anew for each answer.

What changes from one answer to the next is a piece of its own. The checksum of the whole is made of
the pieces' own (RFC 1951, RFC 1952).
"""

import base64
import hashlib
import re
import secrets
import zlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, TypeAlias

_HEAD = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
_END = b"\x03\x00"  # a last block, empty
_POLYNOMIAL = 0xEDB88320
# Where a page's text has them, something is to be put in; nobody can guess them.
AS_OF, SCANS = secrets.token_hex(16), secrets.token_hex(16)
_MARKS = re.compile(f"({AS_OF}|{SCANS})")


class Piece(NamedTuple):
    """A text's bytes deflated up to a whole byte, with their size, CRC-32 and a digest."""

    deflated: bytes
    size: int
    crc: int
    tag: str


Pieces: TypeAlias = "tuple[Piece | str, ...]"  # with marks where a piece is to be put in


def piece(text: str) -> Piece:
    """The piece of a text."""
    data = text.encode()
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15, 9)
    deflated = squeeze.compress(data) + squeeze.flush(zlib.Z_FULL_FLUSH)
    tag = base64.urlsafe_b64encode(hashlib.sha256(data).digest()[:12]).decode()
    return Piece(deflated, len(data), zlib.crc32(data), tag)


def cut(text: str) -> Pieces:
    """The pieces of a page that has marks."""
    parts = _MARKS.split(text)
    return tuple(part if at % 2 else piece(part) for at, part in enumerate(parts))


def put_in(text: str, texts: Mapping[str, str]) -> str:
    """The page with these texts in place of its marks."""
    return _MARKS.sub(lambda mark: texts[mark[0]], text)


def plain(pieces: Sequence[Piece]) -> bytes:
    """The page as it is."""
    return b"".join(zlib.decompress(part.deflated + _END, -15) for part in pieces)


def gzipped(pieces: Sequence[Piece]) -> bytes:
    """The page as one member of gzip."""
    end = _end(tuple((part.crc, part.size) for part in pieces))
    return b"".join([_HEAD, *(part.deflated for part in pieces), end])


def etag(pieces: Sequence[Piece]) -> str:
    """A weak validator of the page."""
    return f'W/"{"".join([part.tag for part in pieces])}"'


@lru_cache(maxsize=4_096)
def _end(sums: tuple[tuple[int, int], ...]) -> bytes:
    """The end of a member of gzip, whose parts have these checksums and sizes."""
    whole, total = 0, 0
    for crc, size in sums:
        whole, total = _times(whole, _shift(size)) ^ crc, total + size
    return _END + whole.to_bytes(4, "little") + total.to_bytes(4, "little")


def _times(left: int, right: int) -> int:
    """The product of two polynomials over GF(2), bit-reversed, modulo that of CRC-32."""
    product = 0
    while left:
        if left & 0x80000000:
            product ^= right
        left = left << 1 & 0xFFFFFFFF
        right = right >> 1 ^ (_POLYNOMIAL if right & 1 else 0)
    return product


@lru_cache(maxsize=4_096)
def _shift(size: int) -> int:
    """x to the power of 8 times a size: what so many bytes do to the checksum before them."""
    shift, power = 0x80000000, 0x00800000  # 1, and x^8
    while size:
        if size & 1:
            shift = _times(power, shift)
        power = _times(power, power)
        size >>= 1
    return shift
