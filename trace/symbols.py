"""Codes read from a picture: QR, Data Matrix, and the linear ones of shops."""

from . import pictures

LONGEST = 2_400  # pixels: what finds a symbol of a quarter of the picture's width


def read(data: bytes) -> list[str]:
    """The texts of the codes in a picture, those that look like a trace code or a link first.

    Empty where none is found. Raises what pictures.ask_of does.
    """
    said = pictures.ask_of(data, "codes", pictures.MAX_SCANNED, longest=LONGEST).said
    found = said.get("texts")
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
