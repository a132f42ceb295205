"""Which products an item's own URI names: by its GTIN, or as GDST writes classes and lots."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

from ..identifiers.gs1 import ID

_GDST_LOT = re.compile(r"(urn:gdst:[^:]+):product:lot:class:([^.]+\.[^.]+)\..+")


def gs1_values(item: str) -> dict[str, str]:
    """The values of a canonical GS1 URI by their keys (01, 10, 21, 00); of others none."""
    if not item.startswith(f"{ID}/"):
        return {}
    parts = item.removeprefix(f"{ID}/").split("/")
    values = (unquote(value, errors="replace") for value in parts[1::2])
    return dict(zip(parts[::2], values, strict=False))


def products_of(item: str) -> Iterator[str]:
    """URIs under which an item's product may have a name.

    For a GTIN its own and the EPC patterns by which imported master data names it.
    """
    gtin = gs1_values(item).get("01")
    if gtin is not None:
        yield f"{ID}/01/{gtin}"
        digits = gtin[1:13]
        for length in range(6, 13):
            yield f"urn:epc:idpat:sgtin:{digits[:length]}.{gtin[0]}{digits[length:]}.*"
    gdst = _GDST_LOT.fullmatch(item)
    if gdst is not None:
        yield f"{gdst[1]}:product:class:{gdst[2]}"
