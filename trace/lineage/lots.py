"""What a lot is, as an event about it says, and which products its own URI names."""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from ..epcis.prefixes import in_force, is_standard
from ..identifiers.gs1 import ID
from ..joins import bought
from ..members import Object
from ..projection import id_key
from ..state import coded_in
from .model import Lot

_TEXT = 200  # of a lot's name, as much as a column should hold
_GDST_LOT = re.compile(r"(urn:gdst:[^:]+):product:lot:class:([^.]+\.[^.]+)\..+")


def coded(item: str, leaf: int, event: Object | None) -> Lot | None:
    """By the event that brings it about; None where that cannot be read."""
    ilmd = (event or {}).get("ilmd")
    if not isinstance(ilmd, dict):
        return Lot(item, leaf, None, None, None, None) if event is not None else None
    return _lot(item, leaf, ilmd)


def entered(item: str, leaf: int, event: Object | None) -> Lot | None:
    """By its buyer's word, where the supplier pushed nothing; None where there is none."""
    ilmd = bought(event or {})
    return None if ilmd is None else _lot(item, leaf, ilmd)


def master_data(item: str, events: Iterable[tuple[str, Object, bool]]) -> list[Object]:
    """What counts of what is said about an item, oldest first (section 10 of the format).

    Of its coder alone, never a later holder's; of what nobody coded, what documents report, else
    what its first buyer entered. `events` are those that stand and are about it, oldest first, each
    with its actor and whether a document reports it.
    """
    known = list(events)
    coder = next((actor for actor, event, is_received in known
                  if not is_received and item in set(coded_in(event))), None)  # fmt: skip
    if coder is not None:
        events_of_coder = [event for actor, event, is_received in known
                if actor == coder and not is_received and item in set(coded_in(event))]  # fmt: skip
        return [_ilmd(event) for event in events_of_coder]
    reported = [event for _, event, is_received in known if is_received]
    if reported:
        is_making = (event["type"] == "TransformationEvent" for event in reported)
        return [_ilmd(event) for event, makes in zip(reported, is_making, strict=True)
                if not makes or item in set(coded_in(event))]  # fmt: skip
    entered_as = next(filter(None, (bought(event) for _, event, _ in known)), None)
    return [] if entered_as is None else [entered_as]


def _ilmd(event: Object) -> Object:
    found = event.get("ilmd")
    if not isinstance(found, dict):
        return {}
    if is_standard("cbvmda", in_force(event.get("@context"))):
        return found
    return {name: value for name, value in found.items() if not name.startswith("cbvmda:")}


def _lot(item: str, leaf: int, ilmd: Object) -> Lot:
    days = ilmd.get("suyuan:shelfLifeDays")
    return Lot(
        item=item,
        leaf=leaf,
        name=_text(ilmd.get("suyuan:product")),
        product=None if (uri := _text(ilmd.get("suyuan:productId"))) is None else id_key(uri),
        produced=_text(ilmd.get("suyuan:productionDate")),
        shelf_life=days if type(days) is int and 0 <= days <= 36_500 else None,
        category=_text(ilmd.get("suyuan:category")),
    )


def _text(value: object) -> str | None:
    return value[:_TEXT] if isinstance(value, str) and value else None


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
