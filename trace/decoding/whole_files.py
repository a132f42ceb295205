"""In the decoder: a paper is what it claims to be, whole, and nothing besides."""

from .. import media
from . import ends, pdf_objects, raster_reading
from .asking import Said
from .errors import NotDecoded


def paper(data: bytes, said: Said) -> tuple[Said, bytes]:
    """Nothing; NotDecoded for a file that is not whole, or has in it what a program would run."""
    kind = media.kind(data)
    if kind == media.PDF:
        pdf_objects.require_quiet(data)
    elif kind is not None:
        _require_picture(data, kind, said["most"])
    if ends.holds_archive(data):
        raise NotDecoded("the file is an archive besides: save or print it anew")
    return {}, b""


def _require_picture(data: bytes, kind: str, most: object) -> None:
    if ends.end(data, kind) != len(data):
        raise NotDecoded("the picture does not end where it says: save it anew as a picture")
    with raster_reading.opened(data, most) as found:
        if getattr(found, "n_frames", 1) != 1:
            raise NotDecoded("the picture moves: give one that stands still")
        found.draft("L", (1, 1))  # a JPEG is read whole, and unpacked small
        found.load()
