"""Hand-overs: which dispatch of an item a receipt answers."""

from .link import AfterRef, Link, parse
from .rules import Refused
from .store.read import Reader

SHIPPING = ("shipping", "https://ref.gs1.org/cbv/BizStep-shipping", "cbv:BizStep-shipping")


def destinations(link: Link) -> set[str]:
    """The owning and possessing parties that a link's event is destined to."""
    found = (link.event or {}).get("destinationList")
    if not isinstance(found, list):
        return set()
    return {
        part["destination"]
        for part in found
        if isinstance(part, dict) and isinstance(part.get("destination"), str)
    }


def is_dispatch(link: Link) -> bool:
    """Whether a link's event ships something."""
    return link.event is not None and link.event.get("bizStep") in SHIPPING


def open_dispatch(reader: Reader, item: str, actor: str) -> AfterRef | None:
    """The newest dispatch of an item to this actor that no link of the actor's answers yet."""
    answered: set[int] = set()
    sent: list[AfterRef] = []
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
            elif is_dispatch(link) and actor in destinations(link):
                sent.append(AfterRef(stored.index, stored.hash))
    waiting = [ref for ref in sent if ref.index not in answered]
    return max(waiting, key=lambda ref: ref.index, default=None)
