"""Hand-overs: which dispatch of an item a receipt answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from .chain import step
from .identifiers.parties import alike
from .link import AfterRef, Link, parse
from .members import Object
from .rules import Refused

if TYPE_CHECKING:  # what verifies an evidence file has no store
    from .store.read import Reader

REFUSE = "urn:suyuan:step:refuse"
SUPPLIER = "suyuan:supplier"
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


def open_dispatch(reader: Reader, item: str, actor: str) -> AfterRef | None:
    """The newest dispatch of an item to this actor that stands and no link of it answers yet."""
    answered: set[int] = set()
    taken_back: set[tuple[str, str]] = set()
    sent: list[tuple[AfterRef, tuple[str, str]]] = []
    for head in reader.chains(item):
        for _, stored in reader.chain_links(item, head.actor):
            if stored is None:
                continue
            try:
                link = parse(stored.entry)
            except Refused:
                continue
            if link.actor == actor:
                answered |= {ref.index for ref in link.after if ref.ledger is None}
            elif (name := undone(link)) is not None:
                taken_back.add((link.actor, name))
            elif is_dispatch(link) and actor in destinations(link):
                name = str((link.event or {}).get("eventID"))
                sent.append((AfterRef(stored.index, stored.hash), (link.actor, name)))
    waiting = [ref for ref, who in sent if ref.index not in answered and who not in taken_back]
    return max(waiting, key=lambda ref: ref.index, default=None)
