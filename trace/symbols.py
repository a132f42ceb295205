"""Codes read from a picture: QR, Data Matrix, and the linear ones of shops."""

import re

import zxingcpp

from . import pictures

LONGEST = 2_400  # pixels: what finds a symbol of a quarter of the picture's width
_FORMATS = zxingcpp.barcode_formats_from_str("QRCode,DataMatrix,EAN13,EAN8,Code128")


def read(data: bytes) -> list[str]:
    """The texts of the codes in a picture, those that look like a trace code or a link first.

    Empty where none is found. Raises PictureError as pictures.opened does.
    """
    picture = pictures.opened(data, LONGEST).convert("L")
    texts = [one.text for one in zxingcpp.read_barcodes(picture, formats=_FORMATS) if one.text]
    return sorted(texts, key=lambda text: not re.search(r"/(t|01|00)/", text, re.IGNORECASE))
