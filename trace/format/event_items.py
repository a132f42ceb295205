"""Derived from an entry for the store: each item's role and quantity in it.

Pure functions of the link, so that an audit can make every column anew and compare.
"""

import hashlib
from collections.abc import Iterator
from enum import IntFlag

from suyuan.keys.records import record

from .identifiers.items import canonical
from .link import Link
from .members import MAX_URI, Object
from .quantities import Quantity, exact


class Role(IntFlag):
    """An item's roles in an event; several at once are possible."""

    NONE = 0  # a statement's subject, an event without items, an event by reference
    OBJECT = 1
    PARENT = 2
    CHILD = 4
    INPUT = 8
    OUTPUT = 16

    def __and__(self, other: int) -> int:  # type: ignore[override]
        """The roles of both, as a number: to make a Role of it takes ten times as long."""
        return int.__and__(self, other)


_LISTS = (
    ("epcList", "quantityList", Role.OBJECT),
    ("childEPCs", "childQuantityList", Role.CHILD),
    ("inputEPCList", "inputQuantityList", Role.INPUT),
    ("outputEPCList", "outputQuantityList", Role.OUTPUT),
)


@record
class ItemRow:
    """One item's part in a link: the row of `link_item`, but for its integers."""

    item: str
    seq: int
    role: Role
    quantity: Quantity | None


@record
class Mention:
    """An item in one of an event's lists, with the quantity element that stands there."""

    item: str
    role: Role
    quantity: Quantity | None
    is_inexact: bool


def mentions(event: Object) -> Iterator[Mention]:
    """Each mention of an item in the event, in the order of its lists."""
    if "parentID" in event and (item := canonical(str(event["parentID"]))) is not None:
        yield Mention(item, Role.PARENT, None, False)
    for epcs, quantities, role in _LISTS:
        for name in event.get(epcs, ()):
            if (item := canonical(name)) is not None:
                yield Mention(item, role, None, False)
        for element in event.get(quantities, ()):
            if (item := canonical(element["epcClass"])) is not None:
                is_given = "quantity" in element
                quantity = exact(element["quantity"], element.get("uom")) if is_given else None
                yield Mention(item, role, quantity, is_given and quantity is None)


def rows(link: Link) -> list[ItemRow]:
    """The rows of `link_item` for a link, in the order of its items.

    The quantity is the sum over the item's mentions where it has one role, and all of them one
    base unit and exact; else None.
    """
    by_item: dict[str, list[Mention]] = {}
    for mention in mentions(link.event or {}):
        by_item.setdefault(mention.item, []).append(mention)
    result = []
    for ref in link.items:
        role, there = Role.NONE, by_item.get(ref.item, [])
        for mention in there:
            role |= mention.role
        result.append(ItemRow(ref.item, ref.seq, role, _sum(there)))
    return result


def _sum(there: list[Mention]) -> Quantity | None:
    quantities = [mention.quantity for mention in there if mention.quantity is not None]
    if not quantities or any(mention.is_inexact for mention in there):
        return None
    if len({q.unit for q in quantities}) > 1 or len({mention.role for mention in there}) > 1:
        return None
    micro = sum(q.micro for q in quantities)
    return Quantity(micro, quantities[0].unit) if abs(micro) < 2**63 else None


def id_key(event_id: str) -> str:
    """An eventID as the store indexes it: one that is too long by its digest."""
    data = event_id.encode()
    return event_id if len(data) <= MAX_URI else f"sha256:{hashlib.sha256(data).hexdigest()}"


def inexact(link: Link) -> list[str]:
    """The items whose quantity in this link does not convert exactly: a finding for each."""
    return sorted({mention.item for mention in mentions(link.event or {}) if mention.is_inexact})
