"""What kind of file an attachment is, by its content and never by its name (section 7)."""

import struct

PDF, JPEG, PNG, WEBP = "application/pdf", "image/jpeg", "image/png", "image/webp"
_SEGMENTS = 1_000  # before a JPEG's frame: EXIF, profiles and comments take some ten


def kind(data: bytes) -> str | None:
    """The media type of a PDF, JPEG, PNG or WebP; None for everything else."""
    if data.startswith(b"%PDF-"):
        return PDF
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    return WEBP if data[:4] == b"RIFF" and data[8:12] == b"WEBP" else None


def pixels(data: bytes) -> int | None:
    """The pixels that a JPEG, PNG or WebP says to have, before any is unpacked; None for none."""
    read = {JPEG: _of_jpeg, PNG: _of_png, WEBP: _of_webp}.get(kind(data) or "")
    try:
        sides = None if read is None else read(data)
    except (struct.error, IndexError):
        return None
    return None if sides is None else sides[0] * sides[1]


def _of_png(data: bytes) -> tuple[int, int] | None:
    name, width, height = struct.unpack_from(">4sII", data, 12)
    return (width, height) if name == b"IHDR" else None


def _of_webp(data: bytes) -> tuple[int, int] | None:
    """Of a picture by itself, with or without loss, or of the canvas of one with more in it."""
    name = data[12:16]
    if name == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    if name == b"VP8L":
        (packed,) = struct.unpack_from("<I", data, 21)
        return (packed & 0x3FFF) + 1, (packed >> 14 & 0x3FFF) + 1
    if name == b"VP8X":
        wide, high = data[24:27], data[27:30]
        return int.from_bytes(wide, "little") + 1, int.from_bytes(high, "little") + 1
    return None


def _of_jpeg(data: bytes) -> tuple[int, int] | None:
    """A JPEG's size by the frame's header, which stands before the first scan."""
    at = 2
    for _ in range(_SEGMENTS):
        if data[at + 1] == 0xFF:  # a fill byte
            at += 1
            continue
        mark, marker, length = struct.unpack_from(">BBH", data, at)
        if mark != 0xFF or marker in (0xD9, 0xDA):
            return None
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + length
    return None
