"""Papers: the certificates, notes and photographs that an event names, held to what they claim.

A file is a PDF, JPEG, PNG or WebP by its content (section 7), whole and nothing else besides: no
bytes behind its end, no archive over it, a picture that unpacks. What a browser might take for a
program is not kept.
"""

import hashlib
import io
import re
import struct
import warnings
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from PIL import Image

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError

from . import media
from .errors import LedgerError
from .link import Link
from .members import Object, digest
from .pictures import MAX_PIXELS, UNPACKING, has_too_many_scans
from .private.files import SALT, name_of

MAX_BYTES = 7 << 20
MAX_NAMED = 20  # by one event
MEMBER = "suyuan:attachments"
SALTED = "salt"  # of a private file: the member that is hidden, and opens it
KINDS = ("certificate", "quarantine", "report", "note", "photo", "other")
EXTENSIONS: Mapping[str, str] = {
    media.PDF: "pdf",
    media.JPEG: "jpg",
    media.PNG: "png",
    media.WEBP: "webp",
}
_FORMATS = {media.JPEG: "JPEG", media.PNG: "PNG", media.WEBP: "WEBP"}
_INFLATED = 32 << 20  # bytes of a PDF's object streams that are looked into, packed and unpacked
_ARCHIVE_END = b"PK\x05\x06"
_ARCHIVE_TAIL = 22 + 0xFFFF
# Long names only: the bytes of a stream may be any, and spell a short one by chance.
_NAMES = ("JavaScript", "Launch", "RichMedia", "SubmitForm", "ImportData")
# Each letter as it is, or under the escape that may hide it.
_ACTIVE = re.compile(
    b"/(?:%s)(?![A-Za-z0-9])"
    % b"|".join(
        b"".join(b"(?:%c|#%x(?i:%x))" % (one, one >> 4, one & 15) for one in name.encode())
        for name in _NAMES
    )
)
_STREAM = re.compile(rb"stream\r?\n")
_OBJECTS = b"/ObjStm"
_NEAR = 407  # bytes before a stream in which its dictionary says what it is
_STREAMS = 5_000  # that are looked into
_PIECE = 64  # bytes


class PaperError(LedgerError):
    """A file that is not kept; the text says why, and what would be."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was looked at: its name is its SHA-256, its type what it is by content.

    A private one has a `salt`, and is named by the SHA-256 of that and its content.
    """

    sha256: str
    size: int
    type: str
    salt: bytes | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A file as an event names it, in the event's own words.

    Of a private file the `salt` is None unless its disclosure was put in its place.
    """

    sha256: str
    size: int
    type: str
    kind: str
    is_private: bool = False
    salt: bytes | None = None


def examine(data: bytes, salt: bytes | None = None) -> Paper:
    """What a file is; PaperError for one too large, of another kind, or with more in it.

    With a salt it is a private one.
    """
    if len(data) > MAX_BYTES:
        raise PaperError(f"the file has over {MAX_BYTES >> 20} MiB: make it smaller")
    kind = media.kind(data)
    if kind is None:
        raise PaperError("the file is no PDF, JPEG, PNG or WebP: scan or photograph the paper")
    if kind == media.PDF:
        _pdf(data)
    else:
        _picture(data, kind)
    if salt is not None:
        return Paper(name_of(salt, data), len(data), kind, salt)
    return Paper(hashlib.sha256(data).hexdigest(), len(data), kind)


def named(event: Object | None) -> list[Named]:
    """The files that an event names; what is not of the form is left out, and is no file."""
    found = (event or {}).get(MEMBER)
    parts = found[:MAX_NAMED] if isinstance(found, list) else ()
    return [one for part in parts if (one := _read(part)) is not None]


def names(link: Link, sha256: str) -> bool:
    """Whether a link's event names a file."""
    return any(one.sha256 == sha256 for one in named(link.event))


def member(paper: Paper, kind: str) -> Object:
    """A file as an event names it; of a private one the salt is to be hidden before signing."""
    said = {"sha256": paper.sha256, "size": paper.size, "type": paper.type, "as": kind}
    if paper.salt is None:
        return said
    return said | {"private": True, SALTED: base64.encode_url(paper.salt)}


def salt_pointer(number: int) -> str:
    """Where the salt of an event's file of this number stands, from 0."""
    return f"/{MEMBER}/{number}/{SALTED}"


def salt_of(text: object) -> bytes | None:
    """The salt that base64url spells; None where it is none."""
    try:
        found = base64.decode_url(text) if isinstance(text, str) else b""
    except EncodingError:
        return None
    return found if len(found) == SALT else None


def _read(part: object) -> Named | None:
    if not isinstance(part, dict):
        return None
    name, size, kind = part.get("sha256"), part.get("size"), part.get("type")
    if not (digest(name) and isinstance(name, str)):
        return None
    if not isinstance(kind, str) or kind not in EXTENSIONS:
        return None
    if type(size) is not int or not 0 < size <= MAX_BYTES:
        return None
    said = part.get("as")
    known = said if isinstance(said, str) and said in KINDS else "other"
    return Named(name, size, kind, known, part.get("private") is True, salt_of(part.get(SALTED)))


def _picture(data: bytes, kind: str) -> None:
    if _end(data, kind) != len(data):
        raise PaperError("the picture does not end where it says: save it anew as a picture")
    if has_too_many_scans(data):
        raise PaperError("the picture is drawn over itself too often: save it anew")
    try:
        with UNPACKING, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=(_FORMATS[kind],)) as found:
                width, height = found.size
                if width * height > MAX_PIXELS:
                    raise PaperError(
                        f"the picture has {width} × {height} pixels: at most "
                        f"{MAX_PIXELS // 1_000_000} million are read"
                    )
                if getattr(found, "n_frames", 1) != 1:
                    raise PaperError("the picture moves: give one that stands still")
                found.load()
    except PaperError:
        raise
    except Exception as error:  # noqa: BLE001  whatever a decoder says of bytes from outside
        raise PaperError(f"the picture cannot be read: {str(error)[:100]}") from None


def _end(data: bytes, kind: str) -> int | None:
    """Where a picture ends by its own structure; None where that cannot be followed."""
    try:
        if kind == media.PNG:
            return _end_png(data)
        if kind == media.WEBP:
            size = int(struct.unpack_from("<I", data, 4)[0])
            return 8 + size + size % 2
        return _end_jpeg(data)
    except (struct.error, IndexError):
        return None


def _end_png(data: bytes) -> int | None:
    at = 8
    while True:
        length, name = struct.unpack_from(">I4s", data, at)
        at += 12 + length
        if name == b"IEND":
            return at if length == 0 else None
        if at > len(data):
            return None


def _end_jpeg(data: bytes) -> int | None:
    at = 2
    while True:
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
            continue
        at += 2
        if marker == 0xD9:
            return at
        if marker == 0x01 or 0xD0 <= marker <= 0xD7:
            continue
        at += int(struct.unpack_from(">H", data, at)[0])
        if marker == 0xDA:
            at = _after_scan(data, at)


def _after_scan(data: bytes, at: int) -> int:
    """Where the next marker stands behind a scan's coded bytes."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0:
            return len(data)
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2


def _pdf(data: bytes) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :].strip(b"\r\n \t\0"):
        raise PaperError("the PDF does not end where it says: print it anew to a PDF")
    tail = data[-_ARCHIVE_TAIL:]
    if _ARCHIVE_END in tail:
        raise PaperError("the PDF is an archive besides: print it anew to a PDF")
    if any(_ACTIVE.search(part) for part in _parts(data)):
        raise PaperError("the PDF has scripts in it: print it anew to a PDF")


def _parts(data: bytes) -> Iterator[bytes]:
    """The PDF itself, and what its object streams unpack to, within limits.

    Of a stream that breaks off or is spoilt, what stands before that: readers show as much.
    """
    yield data
    room = _INFLATED
    looked = 0
    for match in _STREAM.finditer(data):
        if data.rfind(_OBJECTS, max(0, match.start() - _NEAR), match.start()) < 0:
            continue
        looked += 1
        part, read = _unpacked(memoryview(data)[match.end() :], room)
        room -= len(part) + read
        if room <= 0 or looked > _STREAMS:
            raise PaperError("the PDF unpacks to too much: print it anew to a PDF")
        yield part


def _unpacked(data: memoryview, room: int) -> tuple[bytes, int]:
    """What a stream unpacks to, and how many bytes of it were read: both together `room` or so.

    Read piece by piece, so that what stands behind a stream costs nothing.
    """
    unpacking, found, read = zlib.decompressobj(), bytearray(), 0
    with suppress(zlib.error):
        while read < len(data) and not unpacking.eof and len(found) + read < room:
            piece = data[read : read + _PIECE]
            read += len(piece)
            found += unpacking.decompress(piece, room)
    return bytes(found), read
