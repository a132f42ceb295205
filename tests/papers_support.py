"""Files for tests: papers as people attach them, and what attackers would."""

import io
import zipfile
import zlib
from functools import cache

from PIL import Image

PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>"
    b"endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)
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
    return PDF.replace(b"trailer", b"3 0 obj" + part + b"endobj\ntrailer")


def packed(part: bytes) -> bytes:
    """A PDF that hides an object in a compressed object stream."""
    data = zlib.compress(part)
    head = b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\r\n" % len(data)
    return pdf_with(head + data + b"\nendstream ")


@cache
def attacks() -> dict[str, bytes]:
    """Files that are no papers, by what they are."""
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
        "PDF that unpacks to too much": packed(bytes(33 << 20)),
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
