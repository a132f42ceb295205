"""Pictures from outside: read within limits, for their codes too, and written anew.

What is written anew has nothing else in it.
"""

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.store.files import media

from .decoding.decoders import Answer, Unreadable, ask

MAX_BYTES = 7 << 20
MAX_PIXELS = 50_000_000  # telephones make 12 to 50 million
MAX_SCANNED = 12_600_000  # of a photo that is only read: the "12 megapixels" of telephones
MAX_SCANS = 200  # of a JPEG: cameras write some ten; a film behind one has as many by chance
_LONGEST = 2_400  # pixels: what finds a symbol of a quarter of the picture's width
_SCAN = b"\xff\xda"
_WEBP = 4  # its decoder keeps a picture four times over


class PictureError(LedgerError):
    """A file that is no picture, or one too large."""


def cleaned(data: bytes, longest: int = 2_000) -> bytes:
    """The picture as a fresh JPEG: no place where it was taken, and no other file hidden in it.

    Upright, in RGB, its longer side at most `longest` pixels. Raises what `ask_of` does.
    """
    return ask_of(data, "photo", MAX_PIXELS, longest=longest).body


def reduced(data: bytes, longest: int) -> bytes:
    """A fresh JPEG of a picture, or of the first page of a PDF, of at most `longest` pixels a side.

    Raises what `ask_of` does.
    """
    if media.kind(data) != media.PDF:
        return cleaned(data, longest)
    try:
        return ask("page", data, longest=longest).body
    except Unreadable as error:
        raise PictureError(error) from None


def codes(data: bytes) -> list[str]:
    """The texts of the codes in a picture (QR, Data Matrix, and the linear ones of shops).

    Those that look like a trace code or a link stand first. Raises what `ask_of` does.
    """
    texts = ask_of(data, "codes", MAX_SCANNED, longest=_LONGEST).header.get("texts")
    return [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []


def ask_of(data: bytes, task: str, most: int, **more: int) -> Answer:
    """What a decoder's task makes of a picture of at most `most` pixels.

    JPEG, PNG and WebP are read, by their content. Raises PictureError for anything else, for one of
    more bytes or pixels, before any is unpacked, and for what cannot be read; Busy where no decoder
    is free in time.
    """
    if len(data) > MAX_BYTES:
        raise PictureError("the picture has over %s MiB: make it smaller", MAX_BYTES >> 20)
    kind = media.kind(data)
    if kind not in (media.JPEG, media.PNG, media.WEBP):
        raise PictureError("this is no JPEG, PNG or WebP picture")
    if kind == media.JPEG and data.count(_SCAN) > MAX_SCANS:  # each costs as much as the picture
        raise PictureError("the picture is drawn over itself too often: save it anew")
    pixels = media.pixels(data)
    if not pixels:
        raise PictureError("the picture cannot be read: it does not say how large it is")
    if kind == media.WEBP:
        most = min(most, MAX_SCANNED)
    if pixels > most:
        raise PictureError(
            "the picture has %s million pixels: at most %s million are read",
            f"{pixels / 1000000.0:.1f}",
            f"{most / 1000000.0:g}",
        )
    copies = _WEBP if kind == media.WEBP else 1
    places = 1 if pixels * copies <= MAX_SCANNED else 2
    try:
        return ask(task, data, places=places, most=most, **more)
    except Unreadable as error:
        raise PictureError(error) from None
