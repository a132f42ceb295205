"""What an item is: canonical URIs, and the item set of an event (section 3 of the format)."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from ..members import uri as is_uri
from . import gs1

EPC_LISTS = ("epcList", "childEPCs", "inputEPCList", "outputEPCList")
QUANTITY_LISTS = ("quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList")


@lru_cache(maxsize=8_192)  # a link's items are asked for several times, and those of the next
def canonical(identifier: str) -> str | None:
    """The item's URI that `identifier` stands for; None where it is no item."""
    uri = gs1.canonical(identifier)
    return uri if uri is not None and is_uri(uri) else None


def named(event: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Each identifier in the event's item lists, with the name of the list it stands in."""
    for name in EPC_LISTS:
        for identifier in event.get(name, ()):
            yield name, identifier
    if "parentID" in event:
        yield "parentID", str(event["parentID"])
    for name in QUANTITY_LISTS:
        for element in event.get(name, ()):
            yield name, element["epcClass"]


def item_set(event: Mapping[str, Any]) -> list[str]:
    """The event's items: canonical URIs, each once, sorted by their bytes."""
    return sorted({uri for _, name in named(event) if (uri := canonical(name)) is not None})


def kept_as_written(event: Mapping[str, Any]) -> list[str]:
    """GS1 identifiers in the event that a wrong length, digit or escape keeps as written.

    They are items all the same; imports report them.
    """
    return sorted({name for _, name in named(event) if is_mistaken(name)})


def is_mistaken(identifier: str) -> bool:
    """Whether an identifier is meant as a GS1 lot, piece or unit and is none."""
    return (
        looks_like_gs1(identifier)
        and canonical(identifier) == identifier
        and not gs1.is_canonical(identifier)
    )


def looks_like_gs1(identifier: str) -> bool:
    """Whether an identifier is meant as a GS1 lot, piece or unit, right or not."""
    return identifier.startswith(
        ("urn:epc:id:sscc:", "urn:epc:id:sgtin:", "urn:epc:class:lgtin:")
    ) or (identifier[:4].lower() == "http" and ("/01/" in identifier or "/00/" in identifier))
