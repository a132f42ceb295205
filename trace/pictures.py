"""Pictures from outside: read within limits, and written anew so that nothing else is in them."""

import io
import threading
import warnings

from PIL import Image, ImageOps

from . import media
from .errors import LedgerError

MAX_BYTES = 7 << 20
MAX_PIXELS = 50_000_000  # telephones make 12 to 50 million
MAX_SCANS = 200  # of a JPEG: cameras write some ten; a film behind one has as many by chance
UNPACKING = threading.BoundedSemaphore(2)  # at once in a process: each may take half a gigabyte
_SCAN = b"\xff\xda"
_FORMATS = ("JPEG", "PNG", "WEBP")


class PictureError(LedgerError):
    """A file that is no picture, or one too large."""


def opened(data: bytes, longest: int) -> Image.Image:
    """The picture, upright, in RGB, its longer side at most `longest` pixels.

    JPEG, PNG and WebP are read, by their content. Raises PictureError for anything else, and for
    one of more bytes or pixels than a telephone makes, before its pixels are unpacked.
    """
    if len(data) > MAX_BYTES:
        raise PictureError(f"the picture has over {MAX_BYTES >> 20} MiB: make it smaller")
    if media.kind(data) not in (media.JPEG, media.PNG, media.WEBP):
        raise PictureError("this is no JPEG, PNG or WebP picture")
    if has_too_many_scans(data):
        raise PictureError("the picture is drawn over itself too often: save it anew")
    try:
        with UNPACKING, warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as found:
                width, height = found.size
                if width * height > MAX_PIXELS:
                    raise PictureError(
                        f"the picture has {width} × {height} pixels: at most "
                        f"{MAX_PIXELS // 1_000_000} million are read"
                    )
                found.draft("RGB", (longest, longest))  # a large JPEG is unpacked smaller
                found.load()
                upright = ImageOps.exif_transpose(found)
                upright.thumbnail((longest, longest))
                return _flat(upright)
    except PictureError:
        raise
    except Exception as error:  # noqa: BLE001  whatever a decoder says of bytes from outside
        raise PictureError(f"the picture cannot be read: {str(error)[:100]}") from None


def cleaned(data: bytes, longest: int = 2_000) -> bytes:
    """The picture as a fresh JPEG: no place where it was taken, and no other file hidden in it."""
    out = io.BytesIO()
    opened(data, longest).save(out, "JPEG", quality=85)
    return out.getvalue()


def has_too_many_scans(data: bytes) -> bool:
    """Whether a JPEG has over MAX_SCANS: each costs as much as the whole picture, in 75 bytes."""
    return media.kind(data) == media.JPEG and data.count(_SCAN) > MAX_SCANS


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", layered.size, "white")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground
