"""What was inside what: one walk in event time over an item's events and its containers'.

A container is one piece and in one other at a time. What is used, sold, lost or destroyed takes
its contents with it, so a crate that is filled again does not bring yesterday's goods back; a
piece that is moved by itself has left its container, and one that is named together with it has
not; contents that a recipient confirms have left what they were sent in.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.quantities import Quantity

from .model import ItemEvent, Kind, Stay
from .stock import effect_kind, is_refusal

_GONE = (Kind.USED, Kind.SOLD, Kind.LOST, Kind.DESTROYED)
_MOVED = (*_GONE, Kind.SENT, Kind.RECEIVED)


@dataclass(frozen=True, slots=True)
class Nested:
    """The stays of an item, and the makings that it went into inside a container.

    `emptied` are unpackings of a whole container by which it came out; `gone` has, by leaf, how it
    was used, sold, lost or destroyed with one.
    """

    stays: tuple[Stay, ...]
    makings: frozenset[int]
    emptied: tuple[ItemEvent, ...]
    gone: Mapping[int, Kind]


def bears(event: ItemEvent) -> bool:
    """Whether a container's event may bear on what is inside it, or on where it is inside."""
    if event.type == "AggregationEvent":
        return event.action == "DELETE" or (event.action == "ADD" and bool(event.role & Role.CHILD))
    return effect_kind(event) in _MOVED or is_refusal(event)


def nest(
    item: str,
    events: Sequence[ItemEvent],
    containers: Mapping[str, Sequence[ItemEvent]],
    *,
    wholes: Collection[int],
    shipped: Mapping[int, Collection[str]],
    is_individual: bool,
) -> Nested:
    """Where an item was inside, by its events and those of all containers around it, ever.

    `wholes` are unpackings that name no content; `shipped` what dispatches that receipts name sent.
    """
    if not containers:
        return Nested((), frozenset(), (), {})
    walk = _Walk(item, wholes, shipped, is_individual)
    steps: dict[tuple[int, int], dict[str, ItemEvent]] = {}
    for name, own in ((item, events), *containers.items()):
        for event in own:
            if bears(event):
                steps.setdefault(event.order, {})[name] = event
    for _, group in sorted(steps.items()):
        walk.take(group)
    return walk.result()


@dataclass(slots=True)
class _Walk:
    """`at` has the container of a container, `there` what of the item is in a container."""

    item: str
    wholes: Collection[int]
    shipped: Mapping[int, Collection[str]]
    is_individual: bool
    at: dict[str, str] = field(default_factory=dict)
    there: dict[str, list[Stay]] = field(default_factory=dict)
    done: list[Stay] = field(default_factory=list)
    makings: set[int] = field(default_factory=set)
    emptied: list[ItemEvent] = field(default_factory=list)
    gone: dict[int, Kind] = field(default_factory=dict)

    def result(self) -> Nested:
        stays = [*self.done, *(stay for inside in self.there.values() for stay in inside)]
        return Nested(
            tuple(sorted(stays, key=_order)),
            frozenset(self.makings),
            tuple(self.emptied),
            self.gone,
        )

    def take(self, group: Mapping[str, ItemEvent]) -> None:
        self._note_making(group)
        for name, event in group.items():
            if event.role & Role.PARENT and event.leaf in self.wholes:
                self._empty(name, event)
        for name, event in group.items():
            if event.type == "AggregationEvent":
                if event.role & Role.CHILD and event.container not in (None, name):
                    self._pack(name, str(event.container), event)
            elif name == self.item and not self.is_individual:
                if effect_kind(event) is Kind.RECEIVED:
                    self._confirm(event, group.keys())
            elif not set(self._around(name)) & group.keys():
                self._leave(name, event)
        for name, event in group.items():
            kind = effect_kind(event)
            if event.type != "AggregationEvent" and kind in _GONE:
                self._empty(name, event, kind)

    def _note_making(self, group: Mapping[str, ItemEvent]) -> None:
        used = {name: e for name, e in group.items() if e.role & Role.INPUT}
        if not used:
            return
        for container, stays in self.there.items():
            for name in {container, *self._around(container)} & used.keys() if stays else ():
                if (making := used[name].making) is not None:
                    self.makings.add(making)

    def _around(self, name: str) -> Iterator[str]:
        """The containers that something is in, from the inside out, each once."""
        seen: set[str] = set()
        todo = [self.at[name]] if name in self.at else []
        if name == self.item:
            todo = [container for container, stays in self.there.items() if stays]
        while todo:
            container = todo.pop()
            if container not in seen:
                seen.add(container)
                yield container
                if container in self.at:
                    todo.append(self.at[container])

    def _pack(self, name: str, container: str, event: ItemEvent) -> None:
        is_out = event.action == "DELETE"
        if name != self.item or self.is_individual:
            is_own = name == self.item
            is_in = self.there.get(container) if is_own else self.at.get(name) == container
            if is_out or not is_in:
                self._leave(name, event)
                if not is_out:
                    self._enter(name, container, event)
        elif is_out:
            take_out(self.there.get(container, []), event.quantity, event, self.done)
        else:
            self._enter(name, container, event)

    def _enter(self, name: str, container: str, event: ItemEvent) -> None:
        if name == self.item:
            stay = Stay(self.item, container, event.time, event.leaf, None, None, event.quantity)
            self.there.setdefault(container, []).append(stay)
        if name != self.item or self.is_individual:
            self.at[name] = container

    def _leave(self, name: str, event: ItemEvent) -> None:
        self.at.pop(name, None)
        if name == self.item:
            for stays in self.there.values():
                take_out(stays, None, event, self.done)

    def _confirm(self, event: ItemEvent, named: Collection[str]) -> None:
        """So much has left what it was sent in; with its container named, all that is in it."""
        shipped = {name for leaf in event.after for name in self.shipped.get(leaf, ())}
        wanted = event.quantity
        for container in sorted(self.there):
            if {container, *self._around(container)} & shipped:
                most = None if container in named else wanted
                left = take_out(self.there[container], most, event, self.done)
                wanted = wanted if container in named else left

    def _empty(self, container: str, event: ItemEvent, gone: Kind | None = None) -> None:
        """All that is in a container leaves it; where it is gone, with all that is in that."""
        todo = [container]
        while todo:
            name = todo.pop()
            if self.there.get(name):
                take_out(self.there[name], None, event, self.done)
                self.at.pop(self.item, None)
                if gone is None:
                    self.emptied.append(event)
                else:
                    self.gone[event.leaf] = gone
            inner = [content for content, outer in self.at.items() if outer == name]
            for content in inner:
                del self.at[content]
            todo += [] if gone is None else inner


def take_out(
    stays: list[Stay], wanted: Quantity | None, event: ItemEvent, done: list[Stay]
) -> Quantity | None:
    """Take so much out of `stays`, all for None, into `done`: what is still wanted.

    First in, first out; a stay of which only a part comes out is parted.
    """
    while stays and (wanted is None or wanted.micro > 0):
        stay = stays[0]
        has = stay.quantity
        if wanted is None or has is None or wanted.unit != has.unit:
            done.append(_left(stays.pop(0), event, has))
        elif wanted.micro >= has.micro:
            done.append(_left(stays.pop(0), event, has))
            wanted = Quantity(wanted.micro - has.micro, wanted.unit)
        else:
            done.append(_left(stay, event, wanted))
            stays[0] = replace(stay, quantity=Quantity(has.micro - wanted.micro, has.unit))
            wanted = Quantity(0, wanted.unit)
    return wanted


def amount_out(
    stays_of_item: Sequence[Stay], container: str, time: int, leaf: int
) -> Quantity | None:
    """How much came out of a container with one unpacking; None where that is not known."""
    amounts = [
        stay.quantity
        for stay in stays_of_item
        if stay.container == container and (stay.left, stay.left_leaf) == (time, leaf)
    ]
    known = [quantity for quantity in amounts if quantity is not None]
    if not known or len(known) != len(amounts) or len({quantity.unit for quantity in known}) > 1:
        return None
    return Quantity(sum(quantity.micro for quantity in known), known[0].unit)


def _left(stay: Stay, event: ItemEvent, quantity: Quantity | None) -> Stay:
    return replace(stay, left=event.time, left_leaf=event.leaf, quantity=quantity)


def _order(stay: Stay) -> tuple[int, int, str, bool, int, int]:
    entered = stay.entered, stay.entered_leaf
    return *entered, stay.container, stay.left is None, stay.left or 0, stay.left_leaf or 0
