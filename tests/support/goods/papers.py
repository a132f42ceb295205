"""Files for tests: papers as people attach them, and hostile ones."""

import io
import struct
import zipfile
import zlib
from functools import cache

from PIL import Image

_OBJECTS = (
    b"<</Type/Catalog/Pages 2 0 R>>",
    b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
    b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
)


def pdf(*more: bytes, hidden: bytes = b"", trailer: bytes = b"") -> bytes:
    """A PDF of one page with further objects, from number 4 on; a `hidden` one is in no table."""
    out, places = b"%PDF-1.4\n", []
    for number, part in enumerate([*_OBJECTS, *more], 1):
        places.append(len(out))
        out += b"%d 0 obj" % number + part + b"\nendobj\n"
    if hidden:
        out += b"%d 0 obj" % (len(places) + 1) + hidden + b"\nendobj\n"
    start, count = len(out), len(places) + 1
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % count + rows
    end = b"startxref\n%d\n%%%%EOF\n" % start
    return out + b"trailer<</Size %d/Root 1 0 R" % count + trailer + b">>\n" + end


PDF = pdf()
HTML = b"<!doctype html><script>alert(1)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def picture(form: str, size: tuple[int, int] = (24, 16), **more) -> bytes:
    """A picture of one of Pillow's formats."""
    out = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(out, form, **more)
    return out.getvalue()


def archive() -> bytes:
    """A Java archive, as GIFARs have behind them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("A.class", b"\xca\xfe\xba\xbe")
    return out.getvalue()


def pdf_with(part: bytes) -> bytes:
    """A PDF with another object in it."""
    return pdf(part)


def squeezed(*parts: bytes | tuple[bytes, int]) -> bytes:
    """What these unpack from by zlib; of a piece and a number, the piece so often again.

    It is packed once, however often it comes: hundreds of megabytes are made in no time.
    """
    packing, out, checksum = zlib.compressobj(9, wbits=-15), [b"\x78\xda"], 1
    for part in parts:
        piece, times = part if isinstance(part, tuple) else (part, 1)
        out += [packing.compress(piece) + packing.flush(zlib.Z_FULL_FLUSH)] * times
        for _ in range(times):
            checksum = zlib.adler32(piece, checksum)
    return b"".join(out) + packing.flush() + struct.pack(">I", checksum)


def packed(*parts: bytes | tuple[bytes, int]) -> bytes:
    """A PDF that hides an object, number 4, in a compressed object stream, as `squeezed` has it."""
    data = squeezed(b"4 0 ", *parts)
    head = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n" % len(data)
    out, places = b"%PDF-1.5\n", {}
    objects = dict(enumerate(_OBJECTS, 1)) | {5: head + data + b"\nendstream"}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj" % number + content + b"\nendobj\n"
    rows = [(0, 0, 255), *((1, places[number], 0) for number in (1, 2, 3))]
    rows += [(2, 5, 0), (1, places[5], 0), (1, len(out), 0)]
    table = b"".join(struct.pack(">BIB", *row) for row in rows)
    xref = b"<</Type/XRef/Size 7/W[1 4 1]/Root 1 0 R/Length %d>>stream\n" % len(table)
    last = b"6 0 obj" + xref + table + b"\nendstream endobj\n"
    return out + last + b"startxref\n%d\n%%%%EOF\n" % len(out)


def commented(form: str, data: bytes) -> bytes:
    """A picture that is whole and has these bytes where it has room for others'."""
    whole = picture(form)
    if form == "JPEG":
        return whole[:2] + b"\xff\xfe" + struct.pack(">H", len(data) + 2) + data + whole[2:]
    if form == "PNG":
        checked = b"prVt" + data
        chunk = struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))
        return whole[:-12] + chunk + whole[-12:]
    chunk = b"JUNK" + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)
    return whole[:4] + struct.pack("<I", len(whole) - 8 + len(chunk)) + whole[8:] + chunk


@cache
def attacks() -> dict[str, bytes]:
    """Files that are no papers, by kind."""
    png, jpeg, webp = picture("PNG"), picture("JPEG"), picture("WEBP")
    script = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
    moving = io.BytesIO()
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    frames[0].save(moving, "WEBP", save_all=True, append_images=frames[1:])
    return {
        "SVG": SVG,
        "SVG with a BOM": b"\xef\xbb\xbf" + SVG,
        "HTML": HTML,
        "HTML before a PDF": HTML + PDF,
        "a script": b"#!/bin/sh\necho\n",
        "GIF": b"GIF89a" + bytes(20),
        "a PDF behind junk": b"\n" + PDF,
        "PNG with HTML behind": png + HTML,
        "JPEG with HTML behind": jpeg + HTML,
        "WebP with HTML behind": webp + HTML,
        "PNG with an archive behind": png + archive(),
        "JPEG with an archive behind": jpeg + archive(),
        "PNG cut": png[:-20],
        "JPEG cut": jpeg[: len(jpeg) // 2],
        "PNG with a wrong checksum": png[:40] + bytes([png[40] ^ 1]) + png[41:],
        "a PNG's first bytes": png[:8] + HTML,
        "a JPEG's first bytes": b"\xff\xd8\xff" + HTML,
        "a JPEG's markers without end": b"\xff\xd8" + b"\xff" * 4_000,
        "a WebP's first bytes": b"RIFF" + bytes(4) + b"WEBP" + HTML,
        "a WebP that moves": moving.getvalue(),
        "PDF with HTML behind": PDF + HTML,
        "PDF with an archive behind": PDF + archive(),
        "PDF inside an archive's comment": PDF.replace(b"%%EOF", archive()[-22:] + b"\n%%EOF"),
        "PDF without end": PDF.replace(b"%%EOF", b""),
        "PDF with JavaScript": pdf_with(script),
        "PDF with escaped JavaScript": pdf_with(script.replace(b"JavaScript", b"Java#53cript")),
        "PDF with packed JavaScript": packed(script),
        "PDF that starts a program": pdf_with(b"<</S/Launch/F(cmd.exe)>>"),
        "PDF that unpacks to too much": packed((b" " * (1 << 20), 600), b"<<>>"),
        "PDF without its table": PDF.replace(b"startxref", b"startXref"),
        "too many pixels": _bomb(),
    }


def _bomb() -> bytes:
    """A PNG of 900 million pixels in a few bytes: it is not unpacked to find out."""
    out = io.BytesIO()
    Image.new("1", (8, 8)).save(out, "PNG")
    data = bytearray(out.getvalue())
    data[16:24] = (30_000).to_bytes(4, "big") * 2
    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    return bytes(data)
