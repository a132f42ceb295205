"""Who stands along the chain of goods: those who handed them to each other.

Down from a party: whom it dispatched them to, or what it made of them, and so on. Up: whose
dispatch it took in. Never up and then down, so one customer is not along the chain of another; and
nobody comes in by a record of their own alone, since it takes a dispatch by, or a receipt of, one
who is along it already; nor by what a stranger says to have packed into a crate.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Select, Table, select

from suyuan.trace.format.link import Link
from suyuan.trace.lineage.model import Sent

from .. import schema as t
from .reader import Reader

Node = tuple[str, int]  # a party, and the number of an item that it held
Span = tuple[int, int, int | None]  # the number of an item, and from which leaf to which
MOST = 2_000  # nodes looked at in each direction
_DEPTH = 4  # of containers in containers
_TAKEN = (Sent.CONFIRMED.value, Sent.DIFFERENT.value)


def is_along(reader: Reader, link: Link, viewer: str) -> bool:
    """Whether a party stands along the chain of what a link is about, as of the lineage follower.

    Where the chain is so long that this cannot be seen within `MOST` steps: no.
    """
    numbers = reader.subject_numbers({ref.item for ref in link.items})
    start = {(link.actor, number) for number in numbers.values()}
    walk = _Walk(reader)
    return any(walk.reaches(start, viewer, step) for step in (walk.down, walk.up))


class _Walk:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._connection = reader.connection
        self._actors: dict[int, str | None] = {}

    def reaches(
        self, start: set[Node], viewer: str, step: Callable[[str, int], Iterator[Node]]
    ) -> bool:
        """Whether a walk from these nodes comes to the viewer."""
        seen, todo = set(start), sorted(start)
        while todo and len(seen) <= MOST:
            for node in step(*todo.pop()):
                if node[0] == viewer:
                    return True
                if node not in seen:
                    seen.add(node)
                    todo.append(node)
        return False

    def down(self, party: str, item: int) -> Iterator[Node]:
        """To whom a party sent an item, also in a container, and what it made of the item."""
        c = t.shipment.c
        for container, first, last in self._inside(party, item):
            query = select(c.recipient).where(c.sender == party, *_while(container, first, last))
            query = query.where(c.recipient.is_not(None), c.state != Sent.REFUSED.value)
            yield from ((to, item) for to in self._connection.execute(query).scalars())
        used = select(t.used.c.making).where(t.used.c.item == item)
        yield from self._made(party, used, t.made)

    def up(self, party: str, item: int) -> Iterator[Node]:
        """Whose dispatch of an item a party took in, and what it made the item of."""
        c = t.shipment.c
        for container, first, last in self._inside(party, item):
            query = select(c.sender).where(c.recipient == party, *_while(container, first, last))
            query = query.where(c.state.in_(_TAKEN))
            yield from ((sender, item) for sender in self._connection.execute(query).scalars())
        makings = select(t.made.c.making).where(t.made.c.item == item)
        yield from self._made(party, makings, t.used)

    def _made(self, party: str, makings: Select[Any], side: Table) -> Iterator[Node]:
        for leaf in self._connection.execute(makings).scalars().all():
            if self._actor(leaf) == party:
                others = select(side.c.item).where(side.c.making == leaf)
                yield from ((party, other) for other in self._connection.execute(others).scalars())

    def _inside(self, party: str, item: int) -> list[Span]:
        """The item itself, and the containers it was in, each from one leaf to another.

        Only containers packed by the party or by those who sent it the item or the container.
        """
        spans: list[tuple[Span, frozenset[str | None]]] = [((item, -1, None), frozenset())]
        level = list(spans)
        c = t.containment.c
        for _ in range(_DEPTH):
            inner, level = level, []
            for (thing, first, last), packers in inner:
                for row in self._connection.execute(
                    select(c.container, c.entered_leaf, c.left_leaf).where(c.item == thing)
                ).all():
                    ends = [end for end in (last, row.left_leaf) if end is not None]
                    span = row.container, max(first, row.entered_leaf), min(ends, default=None)
                    level.append((span, packers | {self._actor(row.entered_leaf)}))
            spans += level
        others = frozenset[str | None]().union(*(packers for _, packers in spans)) - {party}
        known = self._givers(party, {span[0] for span, _ in spans}) if others else {party}
        return [span for span, packers in spans if packers <= known]

    def _givers(self, party: str, items: Collection[int]) -> set[str]:
        """A party, and the senders of all dispatches by which these items came to it."""
        c = t.shipment.c
        known, todo = {party}, [party]
        while todo and len(known) <= MOST:
            query = select(c.sender).where(
                c.recipient == todo.pop(), c.item.in_(items), c.state.in_(_TAKEN)
            )
            new = set(self._connection.execute(query).scalars()) - known
            known |= new
            todo += sorted(new)
        return known

    def _actor(self, leaf: int) -> str | None:
        if leaf not in self._actors:
            at = self._reader.at(leaf)
            self._actors[leaf] = None if at is None else at[1]
        return self._actors[leaf]


def _while(container: int, first: int, last: int | None) -> list[ColumnElement[bool]]:
    """Dispatches of a container in a span of leaves."""
    c = t.shipment.c
    conditions: list[ColumnElement[bool]] = [c.item == container, c.leaf > first]
    return conditions if last is None else [*conditions, c.leaf < last]
