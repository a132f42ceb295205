"""In the decoder: pictures and first pages unpacked, made small, and read for codes."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import zxingcpp
from PIL import Image, ImageOps, JpegImagePlugin, PngImagePlugin, WebPImagePlugin

from .decoders import Header, NotDecoded, number

_READ = (JpegImagePlugin, PngImagePlugin, WebPImagePlugin)  # imported before a file is waited for
_FORMATS = ("JPEG", "PNG", "WEBP")
_CODES = zxingcpp.barcode_formats_from_str("QRCode,DataMatrix,EAN13,EAN8,Code128")
_OURS = re.compile(r"/(t|01|00)/", re.IGNORECASE)
_BAND = 64  # rows of the small picture that are made at once
_QUALITY = 85
_TEXTS, _LONGEST = 8, 2_000  # that are told, and characters of each


def codes(data: bytes, header: Header) -> tuple[Header, bytes]:
    """The texts of the codes in a picture, those that look like a trace code or a link first."""
    picture = _small(data, header, "L")
    texts = [code.text for code in zxingcpp.read_barcodes(picture, formats=_CODES) if code.text]
    texts.sort(key=lambda text: not _OURS.search(text))
    return {"texts": [text[:_LONGEST] for text in texts[:_TEXTS]]}, b""


def photo(data: bytes, header: Header) -> tuple[Header, bytes]:
    """The picture as a fresh JPEG: its pixels, and nothing else that was in it."""
    out = io.BytesIO()
    _small(data, header, "RGB").save(out, "JPEG", quality=_QUALITY)
    return {}, out.getvalue()


def page(data: bytes, header: Header) -> tuple[Header, bytes]:
    """The first page of a PDF as a JPEG, its longer side `longest` pixels; forms are not drawn."""
    import pypdfium2  # type: ignore[import-untyped]  # here, since pictures need it not

    document = pypdfium2.PdfDocument(data)
    first = document[0]
    scale = number(header["longest"]) / max(first.get_size())
    out = io.BytesIO()
    first.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB").save(
        out, "JPEG", quality=_QUALITY
    )
    return {}, out.getvalue()


@contextmanager
def opened(data: bytes, most: object) -> Iterator[Image.Image]:
    """A picture whose pixels are not unpacked yet; NotDecoded for one of more than `most`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
                if picture.width * picture.height > number(most):
                    raise NotDecoded("the picture has more pixels than it says")
                yield picture
    except (NotDecoded, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  whatever a decoder says of bytes from outside
        why = str(error).partition(" <")[0][:100]
        raise NotDecoded(f"the picture cannot be read: {why}") from None


def _small(data: bytes, header: Header, mode: str) -> Image.Image:
    """The picture, upright, in a mode, its longer side at most the header's `longest` pixels."""
    longest = number(header["longest"])
    with opened(data, header["most"]) as picture:
        picture.draft("RGB", (longest, longest))  # a large JPEG is unpacked smaller
        picture.load()
        small = _reduced(picture, max(1, max(picture.size) // longest), mode)
        small.info = dict(picture.info)  # which way is up
    del picture  # and with it its pixels, before there are others
    small.thumbnail((longest, longest))
    ImageOps.exif_transpose(small, in_place=True)
    small.info = {}  # or Pillow writes a comment into the next file too
    return small


def _reduced(picture: Image.Image, by: int, mode: str) -> Image.Image:
    """The picture smaller by a whole number, band by band: so it is nowhere whole besides."""
    width, height = picture.size
    small = Image.new(mode, (-(-width // by), -(-height // by)))
    for top in range(0, height, _BAND * by):
        band = picture.crop((0, top, width, min(height, top + _BAND * by)))
        small.paste(_flat(band).convert(mode).reduce(by), (0, top // by))
    return small


def _flat(picture: Image.Image) -> Image.Image:
    if picture.mode in ("RGB", "L"):
        return picture.convert("RGB")
    layered = picture.convert("RGBA")
    ground = Image.new("RGB", layered.size, "white")
    ground.paste(layered, mask=layered.getchannel("A"))
    return ground
