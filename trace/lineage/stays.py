"""Stays of an item in containers, in event time: what was packed, until it was taken out."""

from collections.abc import Sequence

from ..quantities import Quantity
from .model import ItemEvent, Stay


def entered(item: str, container: str, event: ItemEvent) -> Stay:
    """The stay that begins with a packing."""
    return Stay(item, container, event.time, event.leaf, None, None, event.quantity)


def take_out(
    there: list[Stay], wanted: Quantity | None, event: ItemEvent, done: list[Stay]
) -> Quantity | None:
    """Take so much out of what is `there`, all of it for None, and put what left into `done`.

    What went in first comes out first; a stay of which only a part comes out is parted. Taking
    out what is not inside changes nothing. Returns what is still wanted.
    """
    while there and (wanted is None or wanted.micro > 0):
        stay = there[0]
        has = stay.quantity
        if wanted is None or has is None or wanted.unit != has.unit:
            done.append(_left(there.pop(0), event, has))
        elif wanted.micro >= has.micro:
            done.append(_left(there.pop(0), event, has))
            wanted = Quantity(wanted.micro - has.micro, wanted.unit)
        else:
            done.append(_left(stay, event, wanted))
            rest = Quantity(has.micro - wanted.micro, has.unit)
            there[0] = Stay(
                stay.item, stay.container, stay.entered, stay.entered_leaf, None, None, rest
            )
            wanted = Quantity(0, wanted.unit)
    return wanted


def _left(stay: Stay, event: ItemEvent, quantity: Quantity | None) -> Stay:
    return Stay(
        stay.item,
        stay.container,
        stay.entered,
        stay.entered_leaf,
        event.time,
        event.leaf,
        quantity,
    )


def order(stay: Stay) -> tuple[int, int, str, bool, int, int]:
    """In which order the stays of an item are told."""
    return (
        stay.entered,
        stay.entered_leaf,
        stay.container,
        stay.left is None,
        stay.left or 0,
        stay.left_leaf or 0,
    )


def amount_out(
    stays_of_item: Sequence[Stay], container: str, time: int, leaf: int
) -> Quantity | None:
    """How much came out of a container with one unpacking; None where that is not known."""
    found = [
        stay.quantity
        for stay in stays_of_item
        if stay.container == container and (stay.left, stay.left_leaf) == (time, leaf)
    ]
    known = [quantity for quantity in found if quantity is not None]
    if not known or len(known) != len(found) or len({quantity.unit for quantity in known}) > 1:
        return None
    return Quantity(sum(quantity.micro for quantity in known), known[0].unit)
