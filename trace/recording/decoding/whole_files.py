"""In the decoder: a paper is what it claims to be, whole, and nothing besides.

A PDF's objects are each looked at for what a reader would run, open or send.
"""

import io
import re
import struct
from collections.abc import Iterator, Mapping
from typing import Any

from suyuan.trace.store.files import media

from . import raster_reading
from .decoders import Header, NotDecoded

# An archive's last record, of one volume; and what WinRAR and 7-Zip look for behind other bytes.
_ARCHIVE = re.compile(rb"PK\x05\x06\0{4}|Rar!\x1a\x07|7z\xbc\xaf\x27\x1c")
_DIRECTORY, _LAST = b"PK\x01\x02", b"PK\x05\x06"  # of a ZIP, whatever is said between them
_MOST = 400_000  # values in all objects of a PDF
_ANEW = "print it anew to a PDF"
_LOST = b"startxref", b"startXref"  # of the same length: the table of objects cannot be found
_OF_OBJECT = re.compile(r"\bobject \d+ \d+(?!.*repairing)")  # which is then left out

# What runs, is sent, fetched or kept, by its name in ISO 32000-2 and Adobe's extensions to it.
_KEYS = frozenset(
    {"/JS", "/JavaScript", "/AA", "/XFA", "/EF", "/EmbeddedFiles", "/Collection"}
    | {"/RichMediaContent", "/RichMediaSettings"}
)
_VALUES: Mapping[str, frozenset[str]] = {
    "/S": frozenset(
        {"/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/Hide"}
        | {"/SetOCGState", "/GoToR", "/GoToE", "/GoTo3DView", "/Rendition", "/Movie", "/Sound"}
        | {"/RichMediaExecute"}
    ),
    "/Subtype": frozenset({"/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/FileAttachment"}),
    "/Type": frozenset({"/EmbeddedFile"}),
}
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto", "tel"})


def paper(data: bytes, header: Header) -> tuple[Header, bytes]:
    """Nothing; NotDecoded for a file that is not whole, or has in it what a program would run."""
    kind = media.kind(data)
    if kind == media.PDF:
        _require_quiet_pdf(data)
    elif kind is not None:
        _require_picture(data, kind, header["most"])
    if holds_archive(data):
        raise NotDecoded("the file is an archive besides: save or print it anew")
    return {}, b""


def _require_picture(data: bytes, kind: str, most: object) -> None:
    if end(data, kind) != len(data):
        raise NotDecoded("the picture does not end where it says: save it anew as a picture")
    with raster_reading.opened(data, most) as picture:
        if getattr(picture, "n_frames", 1) != 1:
            raise NotDecoded("the picture moves: give one that stands still")
        picture.draft("L", (1, 1))  # a JPEG is read whole, and unpacked small
        picture.load()


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


def _require_quiet_pdf(data: bytes) -> None:
    """NotDecoded for a PDF that runs, sends, fetches or holds something, or cannot be read whole.

    It is looked at by its table of objects, and once more as a reader does that finds the table
    spoilt and looks for the objects itself: what only one of them finds is in it.
    """
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :].strip(b"\r\n \t\0"):
        raise NotDecoded(f"the PDF does not end where it says: {_ANEW}")
    _look(data, is_repaired=False)
    _look(data.replace(*_LOST), is_repaired=True)


def _look(data: bytes, *, is_repaired: bool) -> None:
    import pikepdf  # here, since pictures need it not

    try:
        with pikepdf.open(
            io.BytesIO(data),
            attempt_recovery=is_repaired,
            suppress_warnings=True,
            inherit_page_attributes=False,
        ) as pdf:
            if pdf.is_encrypted:
                raise NotDecoded(f"the PDF is encrypted: {_ANEW} without a password")
            for members in _dictionaries(pdf):
                _require_quiet(members)
            # What is left out with a warning, spoilt or too large, another reader may well see.
            for warning in pdf.get_warnings():
                if not is_repaired or _OF_OBJECT.search(str(warning)):
                    raise _damaged(warning)
    except pikepdf.PasswordError:
        raise NotDecoded(f"the PDF is encrypted: {_ANEW} without a password") from None
    except pikepdf.PdfError as error:
        raise _damaged(error) from None


def _damaged(why: object) -> NotDecoded:
    return NotDecoded(f"the PDF is damaged ({str(why).rpartition(': ')[2][:100]}): {_ANEW}")


def _dictionaries(pdf: Any) -> Iterator[dict[str, Any]]:
    """Every dictionary in a PDF: the trailer, those of streams, and the ones inside others."""
    import pikepdf

    count = 0
    for whole in (pdf.trailer, *pdf.objects):
        waiting = [whole]
        while waiting:
            part, parts = waiting.pop(), list[Any]()
            if isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
                members = dict(part.items())
                yield members
                parts.extend(members.values())
            elif isinstance(part, pikepdf.Array):
                parts.extend(part)
            count += 1 + len(parts)
            if count > _MOST:
                raise NotDecoded(f"the PDF has too many parts: {_ANEW}")
            # What is by itself comes by itself.
            objects = (part for part in parts if isinstance(part, pikepdf.Object))
            waiting += (part for part in objects if not part.is_indirect)


def _require_quiet(members: Mapping[str, Any]) -> None:
    """NotDecoded for a dictionary that makes a reader do something, or keeps a file."""
    import pikepdf

    loud = _KEYS.intersection(members)
    loud |= {name for key, names in _VALUES.items() if (name := _name(members.get(key))) in names}
    opening = members.get("/OpenAction")
    if isinstance(opening, pikepdf.Dictionary) and _name(opening.get("/S")) != "/GoTo":
        loud |= {"/OpenAction"}
    address = members.get("/URI")
    if isinstance(address, pikepdf.String):
        scheme = _SCHEME.match(str(address))
        if scheme is not None and scheme[1].lower() not in _SCHEMES:
            loud |= {"/URI"}
    if loud:
        raise NotDecoded(f"the PDF has scripts, actions or files in it ({min(loud)}): {_ANEW}")


def _name(value: Any) -> str:
    import pikepdf

    return str(value) if isinstance(value, pikepdf.Name) else ""
