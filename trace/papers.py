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
from dataclasses import dataclass

from PIL import Image

from . import media
from .errors import LedgerError
from .link import Link
from .members import Object, digest
from .pictures import MAX_PIXELS

MAX_BYTES = 7 << 20
MAX_NAMED = 20  # by one event
MEMBER = "suyuan:attachments"
KINDS = ("certificate", "quarantine", "report", "note", "photo", "other")
EXTENSIONS: Mapping[str, str] = {
    media.PDF: "pdf",
    media.JPEG: "jpg",
    media.PNG: "png",
    media.WEBP: "webp",
}
_FORMATS = {media.JPEG: "JPEG", media.PNG: "PNG", media.WEBP: "WEBP"}
_INFLATED = 32 << 20  # bytes of a PDF's object streams that are looked into
_ARCHIVE_END = b"PK\x05\x06"
_ARCHIVE_TAIL = 22 + 0xFFFF
# Long names only: the bytes of a stream may be any, and spell a short one by chance.
_ACTIVE = re.compile(rb"/(JavaScript|Launch|RichMedia|SubmitForm|ImportData)(?![A-Za-z0-9])")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_STREAM = re.compile(rb"/ObjStm\b.{0,400}?stream\r?\n", re.DOTALL)


class PaperError(LedgerError):
    """A file that is not kept; the text says why, and what would be."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A file that was looked at: its name is its SHA-256, its type what it is by content."""

    sha256: str
    size: int
    type: str


@dataclass(frozen=True, slots=True)
class Named:
    """A file as an event names it, in the event's own words."""

    sha256: str
    size: int
    type: str
    kind: str


def examine(data: bytes) -> Paper:
    """What a file is; PaperError for one too large, of another kind, or with more in it."""
    if len(data) > MAX_BYTES:
        raise PaperError(f"the file has over {MAX_BYTES >> 20} MB: make it smaller")
    kind = media.kind(data)
    if kind is None:
        raise PaperError("the file is no PDF, JPEG, PNG or WebP: scan or photograph the paper")
    if kind == media.PDF:
        _pdf(data)
    else:
        _picture(data, kind)
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
    """A file as an event names it."""
    return {"sha256": paper.sha256, "size": paper.size, "type": paper.type, "as": kind}


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
    return Named(name, size, kind, said if isinstance(said, str) and said in KINDS else "other")


def _picture(data: bytes, kind: str) -> None:
    if _end(data, kind) != len(data):
        raise PaperError("the picture does not end where it says: save it anew as a picture")
    try:
        with warnings.catch_warnings():
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
    if any(_ACTIVE.search(_plain(part)) for part in _parts(data)):
        raise PaperError("the PDF has scripts in it: print it anew to a PDF")


def _plain(part: bytes) -> bytes:
    """With the escapes undone under which a name may hide."""
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 16)]), part)


def _parts(data: bytes) -> Iterator[bytes]:
    """The PDF itself, and what its object streams unpack to, within limits."""
    yield data
    room = _INFLATED
    for match in _STREAM.finditer(data):
        unpacking = zlib.decompressobj()
        try:
            part = unpacking.decompress(data[match.end() :], room)
        except zlib.error:
            continue
        yield part
        room -= len(part)
        if room <= 0:
            raise PaperError("the PDF unpacks to too much: print it anew to a PDF")
