"""Lineage as a graph: walked making by making over the two sides that the follower keeps."""

from collections.abc import Iterable, Sequence
from math import inf
from typing import Any

from sqlalchemy import ColumnElement, select

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.lineage.model import Edge, Graph, ItemEvent, Making, Stay
from suyuan.trace.lineage.stock import PIECE
from suyuan.trace.lineage.story import is_individual

from .. import schema as t
from ..engine import run_driver
from ..projections.material import Material
from ..selecting import amount_of, chunks, entry_payload
from .reader import Reader

MOST = 20_000
_BOUND = 500  # roots that a walk is given as values, so that its statement is one for all
DEEPEST = 200  # containers in containers, of which more than a few is nonsense

# Forward: from an item by what it was used in to what was made there, and to what holds it. Both
# sides of a making are walked by their keys; UNION keeps each item once, so a cycle ends.
REACH = """
WITH RECURSIVE reach(item) AS (
    SELECT id FROM subject WHERE id IN ({roots})
    UNION
    {step}
)
"""
FORWARD = (
    "SELECT made.item FROM reach CROSS JOIN used CROSS JOIN made "
    "WHERE used.item = reach.item AND made.making = used.making"
)
BACK = (
    "SELECT used.item FROM reach CROSS JOIN made CROSS JOIN used "
    "WHERE made.item = reach.item AND used.making = made.making"
)

Window = tuple[float, float]  # in event time, both ends within
_ALWAYS: Window = (-inf, inf)


class Graphs:
    """Walks over one reader, along what the lineage follower derived."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._connection = reader.connection

    def _numbers(self, uris: Iterable[str]) -> list[int]:
        """The numbers of those of these URIs that stand in the ledger, each once, in order."""
        wanted = dict.fromkeys(uris)
        numbers = self._reader.subject_numbers(set(wanted))
        return [numbers[uri] for uri in wanted if uri in numbers]

    def _number(self, uri: str) -> int:
        """The number of a URI; -1 where it does not stand in the ledger."""
        return next(iter(self._numbers([uri])), -1)

    def size(self) -> int:
        """How many links all this is derived from."""
        return self._reader.cursors().get("lineage", 0)

    def stays(self, item: str) -> list[Stay]:
        """The stays of an item in containers, in order of event time."""
        return self._stays(t.containment.c.item == self._number(item))

    def contents(self, container: str) -> list[Stay]:
        """The stays of items in a container, in order of event time."""
        return self._stays(t.containment.c.container == self._number(container))

    def _stays(self, condition: ColumnElement[bool]) -> list[Stay]:
        c = t.containment.c
        query = select(t.containment).where(condition)
        query = query.order_by(c.entered, c.entered_leaf, c.item, c.container, c.part)
        rows = self._connection.execute(query).all()
        name = self._reader.uris({row.item for row in rows} | {row.container for row in rows})
        return [
            Stay(name[r.item], name[r.container], r.entered, r.entered_leaf, r.left, r.left_leaf,
                 amount_of(r))
            for r in rows
        ]  # fmt: skip

    def reach(self, items: Sequence[str], *, forward: bool) -> list[str]:
        """These items, and all that they were made from or that was made from them."""
        numbers = self._numbers(items)
        if not numbers:
            return []
        few = tuple(numbers) if len(numbers) <= _BOUND else ()
        roots = ", ".join("?" * len(few) if few else map(str, numbers))
        first = f"SELECT 1 FROM {'used' if forward else 'made'} WHERE item IN ({roots}) LIMIT 1"  # noqa: S608
        if run_driver(self._connection, first, few).first() is None:
            return sorted(self._reader.uris(numbers).values())  # no walk, as for most
        walk = REACH.format(roots=roots, step=FORWARD if forward else BACK)
        query = f"{walk} SELECT uri FROM reach CROSS JOIN subject WHERE id = reach.item"  # noqa: S608
        return sorted(run_driver(self._connection, query, few).scalars())

    def graph(
        self, items: Sequence[str], *, forward: bool, steps: int | None = None, most: int = MOST
    ) -> Graph:
        """The lineage of items, making by making; cut where it has more than `most` items."""
        roots = self._numbers(items)
        depth: dict[int, int] = dict.fromkeys(roots, 0)
        edges: dict[tuple[int, int, bool], None] = {}
        front, step, is_cut = list(depth), 0, False
        while front and (steps is None or step < steps) and not is_cut:
            step += 1
            near, far = (t.used, t.made) if forward else (t.made, t.used)
            makings = self._pairs(near, "item", front)
            edges |= {(item, making, not forward): None for item, making in makings}
            others = self._pairs(far, "making", sorted({making for _, making in makings}))
            front = []
            for item, making in others:
                if item not in depth:
                    if len(depth) >= most:
                        is_cut = True
                        continue
                    depth[item] = step
                    front.append(item)
                edges[item, making, forward] = None
        stays = self._stays_around(list(depth))
        name = self._reader.uris(depth)
        amounts = self._amounts(sorted({item for item, _, _ in edges}))
        return Graph(
            roots=tuple(name[number] for number in roots),
            is_forward=forward,
            size=self.size(),
            depth={name[number]: at for number, at in depth.items()},
            makings=self._makings(sorted({making for _, making, _ in edges})),
            edges=tuple(
                Edge(name[item], making, out, amounts.get((item, making, out)))
                for item, making, out in sorted(edges, key=lambda e: (e[1], e[2], e[0]))
            ),
            stays=tuple(stays),
            is_cut=is_cut,
        )

    def sources(self, items: Sequence[str]) -> dict[str, set[str]]:
        """What each of these items, and of all that they were made from, was made from directly."""
        sources_of: dict[int, set[int]] = {}
        front = self._numbers(items)
        while front:
            outputs: dict[int, list[int]] = {}
            for item, making in self._pairs(t.made, "item", front):
                outputs.setdefault(making, []).append(item)
            sources_of |= {item: set() for item in front}
            seen: set[int] = set()
            for source, making in self._pairs(t.used, "making", sorted(outputs)):
                seen.add(source)
                for item in outputs[making]:
                    sources_of[item].add(source)
            front = sorted(seen - sources_of.keys())
        name = self._reader.uris(sources_of)
        return {name[item]: {name[n] for n in sources} for item, sources in sources_of.items()}

    def _pairs(self, table: Any, column: str, values: Sequence[int]) -> list[tuple[int, int]]:
        query = select(table.c.item, table.c.making).order_by(table.c.making, table.c.item)
        return list(map(tuple, self._reader.among(query, table.c[column], values)))

    def _stays_around(self, items: Sequence[int]) -> list[Stay]:
        """Stays of these in containers, and of those in theirs."""
        around: dict[Stay, None] = {}
        todo, seen = list(items), set(items)
        for _ in range(DEEPEST):
            stays: list[Stay] = []
            for part in chunks(todo):
                stays += self._stays(t.containment.c.item.in_(part))
            around |= dict.fromkeys(stays)
            outer = set(self._numbers(sorted({stay.container for stay in stays})))
            todo = sorted(outer - seen)
            seen |= outer
            if not todo:
                break
        return list(around)

    def _makings(self, leaves: Sequence[int]) -> dict[int, Making]:
        makings = {}
        e = t.event.c
        query = select(e.leaf, e.step, e.time, e.received, e.place, t.link.c.entry)
        query = query.join(t.link, t.link.c.leaf == e.leaf)
        for row in self._reader.among(query, e.leaf, leaves):
            actor = entry_payload(bytes(row.entry))["actor"]
            makings[row.leaf] = Making(
                row.leaf, row.step, actor, row.time or 0, bool(row.received), row.place
            )
        return makings

    def _amounts(self, items: Sequence[int]) -> dict[tuple[int, int, bool], Quantity | None]:
        """How much of an item went into a making, or came out of it, over all of its events."""
        amounts: dict[tuple[int, int, bool], Quantity | None] = {}
        material = self._material()
        for part in chunks(items):
            material.load(part)
            for item in part:
                events = material.counting(item)
                unsaid = PIECE if is_individual(material.uri(item), events) else None
                for event in events:
                    if event.making is not None:
                        _add(amounts, item, event, event.quantity or unsaid)
        return amounts

    def events_about(self, graph: Graph) -> list[int]:
        """Leaves of all events about the items of a lineage, in order of event time.

        With those about their containers while they were inside, and those that do not count.
        """
        material = self._material()
        times: dict[int, int] = {}
        numbers = self._numbers(sorted(graph.depth))
        stays: dict[str, list[Stay]] = {}
        for stay in graph.stays:
            stays.setdefault(stay.item, []).append(stay)
        for part in chunks(numbers):
            material.load(part)
            for item in part:
                times |= {event.leaf: event.time for event in material.every(item)}

        def look_inside(stay: Stay, way: tuple[str, ...], window: Window) -> None:
            """Events of a container within `window`, as long as what leads to it was inside.

            A container is in one other at a time, so windows part and never multiply.
            """
            window = _narrowed(window, stay)
            if window[0] > window[1] or len(way) > DEEPEST:
                return
            for event in material.every(self._number(stay.container)):
                if window[0] <= event.time <= window[1]:
                    times[event.leaf] = event.time
            for outer in stays.get(stay.container, ()):
                if outer.container not in way:
                    look_inside(outer, (*way, stay.container), window)

        for uri in graph.depth:
            for stay in stays.get(uri, ()):
                look_inside(stay, (uri,), _ALWAYS)
        return sorted(times, key=lambda leaf: (times[leaf], leaf))

    def others_about(self, graph: Graph) -> list[int]:
        """Leaves of the links about a lineage's items that carry no event themselves."""
        query = (
            select(t.link_item.c.leaf)
            .join(t.chain, t.chain.c.id == t.link_item.c.chain)
            .outerjoin(t.event, t.event.c.leaf == t.link_item.c.leaf)
            .where(t.link_item.c.leaf < graph.size, t.event.c.leaf.is_(None))
        )
        numbers = self._numbers(sorted(graph.depth))
        return sorted({r.leaf for r in self._reader.among(query, t.chain.c.subject, numbers)})

    def _material(self) -> Material:
        return Material(self._reader, self.size(), {}, {})


def _add(
    amounts: dict[tuple[int, int, bool], Quantity | None],
    item: int,
    event: ItemEvent,
    quantity: Quantity | None,
) -> None:
    assert event.making is not None
    for role, is_output in ((Role.INPUT, False), (Role.OUTPUT, True)):
        if not event.role & role:
            continue
        key = (item, event.making, is_output)
        before = amounts.get(key)
        if key not in amounts:
            amounts[key] = quantity
        elif before is None or quantity is None or before.unit != quantity.unit:
            amounts[key] = None
        else:
            amounts[key] = Quantity(before.micro + quantity.micro, before.unit)


def _narrowed(window: Window, stay: Stay) -> Window:
    """The part of a window in which an item was inside.

    Both ends count, and what happened at the same instant: no order of the log parts it from them.
    """
    return max(window[0], stay.entered), min(window[1], inf if stay.left is None else stay.left)
