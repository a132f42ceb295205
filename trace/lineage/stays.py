"""Stays of an item in containers, in event time: what was packed, until it was taken out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..quantities import Quantity
from .model import Stay


@dataclass(frozen=True, slots=True)
class Packing:
    """An item put into a container, or with `is_out` taken out of it.

    `quantity` is None where none is said: then all of it that is there, or an unknown amount.
    """

    time: int
    leaf: int
    container: str
    is_out: bool
    quantity: Quantity | None


def stays(item: str, packings: Iterable[Packing], *, is_individual: bool) -> list[Stay]:
    """The stays that packings give, in whatever order they are told.

    What went in first comes out first; a stay of which only a part comes out is parted. An
    individual is in one container at a time: packed elsewhere, it has left the first. Taking out
    what is not inside changes nothing.
    """
    inside: dict[str, list[Stay]] = {}
    done: list[Stay] = []
    for packing in sorted(packings, key=lambda one: (one.time, one.leaf)):
        if packing.is_out:
            _take_out(inside.get(packing.container, []), packing, done)
            continue
        if is_individual:
            for there in inside.values():
                _take_out(there, Packing(packing.time, packing.leaf, "", True, None), done)
        stay = Stay(
            item, packing.container, packing.time, packing.leaf, None, None, packing.quantity
        )
        inside.setdefault(packing.container, []).append(stay)
    done += [stay for there in inside.values() for stay in there]
    return sorted(done, key=_order)


def _take_out(there: list[Stay], packing: Packing, done: list[Stay]) -> None:
    wanted = packing.quantity
    while there:
        stay = there[0]
        has = stay.quantity
        if wanted is None or has is None or wanted.unit != has.unit or wanted.micro >= has.micro:
            done.append(_left(there.pop(0), packing, has))
            if wanted is not None and has is not None and wanted.unit == has.unit:
                wanted = Quantity(wanted.micro - has.micro, wanted.unit)
                if wanted.micro <= 0:
                    return
            continue
        if wanted.micro > 0:
            done.append(_left(stay, packing, wanted))
            rest = Quantity(has.micro - wanted.micro, has.unit)
            there[0] = Stay(
                stay.item, stay.container, stay.entered, stay.entered_leaf, None, None, rest
            )
        return


def _left(stay: Stay, packing: Packing, quantity: Quantity | None) -> Stay:
    return Stay(
        stay.item,
        stay.container,
        stay.entered,
        stay.entered_leaf,
        packing.time,
        packing.leaf,
        quantity,
    )


def _order(stay: Stay) -> tuple[int, int, str, bool, int, int]:
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
