"""In the decoder: a paper is what it claims to be, whole, and nothing besides."""

import re
import struct

from suyuan.trace.store.files import media

from . import pdf_objects, raster_reading
from .decoders import NotDecoded, Said

# An archive's last record, of one volume; and what WinRAR and 7-Zip look for behind other bytes.
_ARCHIVE = re.compile(rb"PK\x05\x06\0{4}|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c")
_DIRECTORY, _LAST = b"PK\x01\x02", b"PK\x05\x06"  # of a ZIP, whatever is said between them


def paper(data: bytes, said: Said) -> tuple[Said, bytes]:
    """Nothing; NotDecoded for a file that is not whole, or has in it what a program would run."""
    kind = media.kind(data)
    if kind == media.PDF:
        pdf_objects.require_quiet(data)
    elif kind is not None:
        _require_picture(data, kind, said["most"])
    if holds_archive(data):
        raise NotDecoded("the file is an archive besides: save or print it anew")
    return {}, b""


def _require_picture(data: bytes, kind: str, most: object) -> None:
    if end(data, kind) != len(data):
        raise NotDecoded("the picture does not end where it says: save it anew as a picture")
    with raster_reading.opened(data, most) as found:
        if getattr(found, "n_frames", 1) != 1:
            raise NotDecoded("the picture moves: give one that stands still")
        found.draft("L", (1, 1))  # a JPEG is read whole, and unpacked small
        found.load()


def holds_archive(data: bytes) -> bool:
    """Whether some program would open the file, or a part of it, as a ZIP, RAR or 7z."""
    return _ARCHIVE.search(data) is not None or (_LAST in data and _DIRECTORY in data)


def end(data: bytes, kind: str) -> int | None:
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
