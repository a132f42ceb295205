"""How a holder's chain of an item begins (section 1 of the format)."""

from collections.abc import Callable

from .chain import step
from .handover import destinations, is_dispatch
from .link import Link
from .projection import Role, rows
from .state import coded

_EXAMINING = ("sampling", "inspecting")


def is_unpacking(link: Link) -> bool:
    """Whether a link's event ends what it says of an aggregation."""
    return link.event is not None and link.event.get("action") == "DELETE"


def begins_well(link: Link, item: str, at: Callable[[int], Link | None]) -> bool:
    """Whether the first link of a chain is one with which a holder's chain begins.

    A laboratory or an office holds nothing: its chain begins with the examination of what a
    link that it names in `after` is about. `at` finds links by index.
    """
    if link.event is None or link.is_received:
        return False
    if item in set(coded(link)):
        return True
    if link.event["type"] == "AggregationEvent" and _is_held_so(link, item):
        return True
    for after in link.after:
        other = at(after.index) if after.ledger is None else None
        if other is None:
            continue
        if not any(ref.item == item for ref in other.items):
            continue
        if step(link) in _EXAMINING or (is_dispatch(other) and link.actor in destinations(other)):
            return True
    return False


def _is_held_so(link: Link, item: str) -> bool:
    """Whether the item is packed here as the container, or taken out of one held before."""
    roles = {row.item: row.role for row in rows(link)}
    if not is_unpacking(link):
        return (link.event or {}).get("action") == "ADD" and bool(
            roles.get(item, Role.NONE) & Role.PARENT
        )
    held = any(roles[ref.item] & Role.PARENT and ref.seq > 0 for ref in link.items)
    return held and bool(roles.get(item, Role.NONE) & Role.CHILD)
