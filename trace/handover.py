"""Hand-overs: which dispatch of an item a receipt answers."""

from collections.abc import Callable

from .chain import step
from .identifiers.parties import alike
from .link import Link
from .members import Object
from .steps import SUPPLIER

REFUSE = "urn:suyuan:step:refuse"
_BOUGHT = tuple(
    f"suyuan:{name}"
    for name in ("product", "productId", "spec", "productionDate", "lot", "shelfLifeDays", "origin")
)
_TO_A_PARTY = ("owning_party", "possessing_party")


def destinations(link: Link) -> set[str]:
    """The owning and possessing parties that a link's event is destined to."""
    found = (link.event or {}).get("destinationList")
    if not isinstance(found, list):
        return set()
    return {
        part["destination"]
        for part in found
        if isinstance(part, dict)
        and isinstance(part.get("destination"), str)
        and isinstance(part.get("type"), str)
        and part["type"].endswith(_TO_A_PARTY)  # bare, or as a URI of the CBV
    }


def is_addressed(link: Link, actor: str, firm: Callable[[str], str | None]) -> bool:
    """Whether a dispatch or return went to an actor, or to the firm that it is part of.

    URN and URI of one party are alike; `firm` is asked only where the actor itself is not named.
    """
    named = {alike(party) for party in destinations(link)}
    if alike(actor) in named:
        return True
    of = firm(actor) if named else None
    return of is not None and alike(of) in named


def is_dispatch(link: Link) -> bool:
    """Whether a link's event ships something; one that takes such an event back does not."""
    return step(link) == "shipping" and "errorDeclaration" not in (link.event or {})


def is_return(link: Link) -> bool:
    """Whether a link's event sends back what it was sent."""
    found = (link.event or {}).get("disposition")
    return isinstance(found, str) and found.endswith("returned")


def is_refusal(link: Link) -> bool:
    """Whether a link's event refuses what was sent to its actor."""
    return (link.event or {}).get("bizStep") == REFUSE


def undone(link: Link) -> str | None:
    """The eventID of the dispatch of its actor that a link's event takes back, if it does."""
    event = link.event or {}
    if "errorDeclaration" in event:
        found = event.get("eventID")
    else:
        found = event.get("suyuan:of") if step(link) == "void_shipping" else None
    return found if isinstance(found, str) else None


def bought(event: Object) -> Object | None:
    """What a buyer says of goods that no supplier pushed, as a coding's ilmd would have it.

    None where the event enters no purchase, or gives no name to what was bought.
    """
    is_receipt = str(event.get("bizStep")).endswith("receiving")
    if not is_receipt or not isinstance(event.get(SUPPLIER), dict):
        return None
    found = {name: event[name] for name in _BOUGHT if name in event}
    return found if isinstance(found.get("suyuan:product"), str) else None
