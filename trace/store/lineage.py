"""Questions about lineage, holdings and shipments, answered from what the follower derived.

All as of its cursor, and at a cost that follows the answer.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from ..lineage.model import (
    Edge,
    Graph,
    ItemEvent,
    Lot,
    Making,
    Sent,
    Shipment,
    Stay,
    Stock,
    Story,
)
from ..lineage.story import tell
from ..plausibility.rule import Doubt
from ..projection import Role
from ..quantities import Quantity
from . import schema as t
from .material import Material
from .read import Reader
from .source import chunks

MOST = 20_000
_DEEPEST = 20

# Forward: from an item by what it was used in to what was made there, and to what holds it. Both
# sides of a making are walked by their keys; UNION keeps each item once, so a cycle ends.
_REACH = """
WITH RECURSIVE reach(item) AS (
    SELECT id FROM subject WHERE id IN ({roots})
    UNION
    {step}
)
"""
_FORWARD = (
    "SELECT made.item FROM reach JOIN used ON used.item = reach.item "
    "JOIN made ON made.making = used.making"
)
_BACK = (
    "SELECT used.item FROM reach JOIN made ON made.item = reach.item "
    "JOIN used ON used.making = made.making"
)
_HELD = """
SELECT item.uri, holding.holder, holding.reported, holding.quantity, holding.unit
FROM reach JOIN holding ON holding.item = reach.item JOIN subject item ON item.id = reach.item
"""
_INSIDE = """
SELECT DISTINCT containment.item, containment.container, containment.entered_leaf,
    containment.part, containment.quantity, containment.unit
FROM reach JOIN containment ON containment.item = reach.item WHERE containment."left" IS NULL
"""
_SENT = """
SELECT shipment.leaf, shipment.item, shipment.sender, shipment.recipient, shipment.quantity,
    shipment.unit, shipment.received, shipment.refused, shipment.state
FROM reach JOIN shipment ON shipment.item = reach.item WHERE shipment.state = 'open'
"""


class Lineage:
    """Questions over one reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._connection = reader.connection
        self._uris: dict[int, str] = {}
        self._places: dict[int, tuple[str | None, bool, bool, str | None]] = {}

    def size(self) -> int:
        """How many links all this is derived from."""
        return self._reader.cursors().get("lineage", 0)

    # Who has how much.

    def stock(self, items: Sequence[str]) -> list[Stock]:
        """Who has how much of these items now: loose, in containers, or on its way."""
        numbers = self._numbers(items)
        found: list[Stock] = []
        for part in chunks(numbers):
            found += self._stock(part, "")
        return found

    def trace(self, items: Sequence[str]) -> list[Stock]:
        """Who has how much of these items and of all that was made from them."""
        numbers = self._numbers(items)
        return self._stock(numbers, _FORWARD) if numbers else []

    def _stock(self, roots: Sequence[int], step: str) -> list[Stock]:
        """In three queries over the same walk: loose, inside, on the way."""
        with_step = step or "SELECT item FROM reach WHERE 1 = 0"
        marks = ", ".join(str(int(root)) for root in roots)
        walk = _REACH.format(roots=marks, step=with_step)
        run = self._connection.exec_driver_sql
        found = [
            Stock(uri, holder, False, bool(reported), None, _quantity(micro, unit))
            for uri, holder, reported, micro, unit in run(walk + _HELD).all()
        ]
        inside = run(walk + _INSIDE).all()
        sent = run(walk + _SENT).all()
        self._name({row[0] for row in inside} | {row[1] for row in inside + sent})
        found += [stock for row in inside if (stock := self._in_container(row)) is not None]
        found += [self._on_the_way(row) for row in sent]
        return found

    def _in_container(self, row: Any) -> Stock | None:
        """An item in a container: where its outermost container is; None where that is gone."""
        holder, in_transit, reported, sender = self._outermost(row[1])
        if holder is None and not in_transit:
            return None
        item, container = self._uris[row[0]], self._uris[row[1]]
        return Stock(
            item, holder, in_transit, reported, container, _quantity(row[4], row[5]), sender
        )

    def _on_the_way(self, row: Any) -> Stock:
        _, item, sender, recipient, micro, unit, *_ = row
        return Stock(self._uris[item], recipient, True, False, None, _quantity(micro, unit), sender)

    def _outermost(self, container: int) -> tuple[str | None, bool, bool, str | None]:
        """Where a container is: holder, whether on the way, whether reported, sender."""
        if container in self._places:
            return self._places[container]
        seen, here = [container], container
        found: tuple[str | None, bool, bool, str | None] = (None, False, False, None)
        for _ in range(_DEEPEST):
            outer = self._connection.execute(
                select(t.containment.c.container).where(
                    t.containment.c.item == here, t.containment.c.left.is_(None)
                )
            ).scalars().first()  # fmt: skip
            if outer is None or outer in seen:
                found = self._where(here)
                break
            seen.append(outer)
            here = outer
        self._places.update(dict.fromkeys(seen, found))
        return found

    def _where(self, item: int) -> tuple[str | None, bool, bool, str | None]:
        held = self._connection.execute(
            select(t.holding.c.holder, t.holding.c.reported).where(t.holding.c.item == item)
        ).first()
        if held is not None:
            return held.holder, False, bool(held.reported), None
        sent = self._connection.execute(
            select(t.shipment.c.recipient, t.shipment.c.sender)
            .where(t.shipment.c.item == item, t.shipment.c.state == Sent.OPEN.value)
            .order_by(t.shipment.c.leaf.desc())
        ).first()
        if sent is not None:
            return sent.recipient, True, False, sent.sender
        return None, False, False, None

    def stock_of(self, holder: str) -> list[Stock]:
        """All that a party has now, in its hands and in its containers."""
        query = (
            select(t.holding, t.subject.c.uri)
            .join(t.subject, t.subject.c.id == t.holding.c.item)
            .where(t.holding.c.holder == holder)
            .order_by(t.subject.c.uri)
        )
        rows = self._connection.execute(query).all()
        found = [
            Stock(r.uri, r.holder, False, bool(r.reported), None, _quantity(r.quantity, r.unit))
            for r in rows
        ]
        todo, seen = [row.item for row in rows], set()
        while todo:
            part, todo = todo[:500], todo[500:]
            inside = self._connection.execute(
                select(t.containment).where(
                    t.containment.c.container.in_(part), t.containment.c.left.is_(None)
                )
            ).all()
            self._name({row.item for row in inside} | {row.container for row in inside})
            for row in inside:
                key = (row.item, row.container, row.entered_leaf, row.part)
                if key in seen:
                    continue
                seen.add(key)
                todo.append(row.item)
                amount = _quantity(row.quantity, row.unit)
                where = self._uris[row.container]
                found.append(Stock(self._uris[row.item], holder, False, False, where, amount))
        return found

    def shipments(
        self,
        *,
        recipient: str | None = None,
        sender: str | None = None,
        item: str | None = None,
        states: Sequence[Sent] = (),
    ) -> list[Shipment]:
        """Lines of dispatches, in the order of the log."""
        c = t.shipment.c
        query = select(t.shipment, t.subject.c.uri).join(t.subject, t.subject.c.id == c.item)
        conditions: list[ColumnElement[bool]] = []
        if recipient is not None:
            conditions.append(c.recipient == recipient)
        if sender is not None:
            conditions.append(c.sender == sender)
        if item is not None:
            conditions.append(c.item == self._number(item))
        if states:
            conditions.append(c.state.in_([state.value for state in states]))
        query = query.where(*conditions).order_by(c.leaf, t.subject.c.uri)
        return [_shipment(row) for row in self._connection.execute(query)]

    def shipments_at(self, leaves: Sequence[int]) -> list[Shipment]:
        """The lines of these dispatches."""
        c = t.shipment.c
        found = []
        for part in chunks(leaves):
            query = (
                select(t.shipment, t.subject.c.uri)
                .join(t.subject, t.subject.c.id == c.item)
                .where(c.leaf.in_(part))
                .order_by(c.leaf, t.subject.c.uri)
            )
            found += [_shipment(row) for row in self._connection.execute(query)]
        return found

    # Containers.

    def stays(self, item: str) -> list[Stay]:
        """The stays of an item in containers."""
        return self._stays(t.containment.c.item == self._number(item))

    def contents(self, container: str) -> list[Stay]:
        """The stays of items in a container."""
        return self._stays(t.containment.c.container == self._number(container))

    def _stays(self, condition: ColumnElement[bool]) -> list[Stay]:
        c = t.containment.c
        query = select(t.containment).where(condition)
        query = query.order_by(c.entered, c.entered_leaf, c.item, c.container, c.part)
        rows = self._connection.execute(query).all()
        self._name({row.item for row in rows} | {row.container for row in rows})
        return [
            Stay(
                self._uris[row.item],
                self._uris[row.container],
                row.entered,
                row.entered_leaf,
                row.left,
                row.left_leaf,
                _quantity(row.quantity, row.unit),
            )
            for row in rows
        ]

    # Lineage.

    def reach(self, items: Sequence[str], *, forward: bool) -> list[str]:
        """These items, and all that they were made from or that was made from them."""
        numbers = self._numbers(items)
        if not numbers:
            return []
        walk = _REACH.format(
            roots=", ".join(map(str, numbers)), step=_FORWARD if forward else _BACK
        )
        rows = self._connection.exec_driver_sql(
            f"{walk} SELECT subject.uri FROM reach JOIN subject ON subject.id = reach.item"  # noqa: S608
        )
        return sorted(rows.scalars())

    def graph(
        self,
        items: Sequence[str],
        *,
        forward: bool,
        steps: int | None = None,
        most: int = MOST,
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
                if item in depth:
                    edges[item, making, forward] = None
        return self._graph(roots, forward, depth, list(edges), is_cut=is_cut)

    def _pairs(self, table: Any, column: str, values: Sequence[int]) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for part in chunks(values):
            query = select(table.c.item, table.c.making).where(table.c[column].in_(part))
            query = query.order_by(table.c.making, table.c.item)
            found += [(row.item, row.making) for row in self._connection.execute(query)]
        return found

    def _graph(
        self,
        roots: Sequence[int],
        forward: bool,
        depth: Mapping[int, int],
        edges: Sequence[tuple[int, int, bool]],
        *,
        is_cut: bool,
    ) -> Graph:
        stays = self._stays_around(list(depth))
        self._name(set(depth))
        amounts = self._amounts(sorted({item for item, _, _ in edges}))
        return Graph(
            roots=tuple(self._uris[number] for number in roots),
            is_forward=forward,
            size=self.size(),
            depth={self._uris[number]: at for number, at in depth.items()},
            makings=self._makings(sorted({making for _, making, _ in edges})),
            edges=tuple(
                Edge(self._uris[item], making, out, amounts.get((item, making, out)))
                for item, making, out in sorted(edges, key=lambda e: (e[1], e[2], e[0]))
            ),
            stays=tuple(stays),
            is_cut=is_cut,
        )

    def _stays_around(self, items: Sequence[int]) -> list[Stay]:
        """Stays of these in containers, and of those in theirs."""
        found: dict[Stay, None] = {}
        todo, seen = list(items), set(items)
        for _ in range(_DEEPEST):
            stays: list[Stay] = []
            for part in chunks(todo):
                stays += self._stays(t.containment.c.item.in_(part))
            found |= dict.fromkeys(stays)
            outer = set(self._numbers(sorted({stay.container for stay in stays})))
            todo = sorted(outer - seen)
            seen |= outer
            if not todo:
                break
        return list(found)

    def _makings(self, leaves: Sequence[int]) -> dict[int, Making]:
        found = {}
        for part in chunks(leaves):
            query = select(t.event.c.leaf, t.event.c.step, t.event.c.time).where(
                t.event.c.leaf.in_(part)
            )
            for row in self._connection.execute(query):
                stored = self._reader.source.at(row.leaf)
                actor = "" if stored is None else stored[1]
                found[row.leaf] = Making(row.leaf, row.step, actor, row.time or 0)
        return found

    def _amounts(self, items: Sequence[int]) -> dict[tuple[int, int, bool], Quantity | None]:
        """How much of an item went into a making, or came out of it, over all of its events."""
        found: dict[tuple[int, int, bool], Quantity | None] = {}
        material = self._material()
        for part in chunks(items):
            material.load(part)
            for item in part:
                for event in material.standing(item):
                    if event.making is not None:
                        _add(found, item, event)
        return found

    def events_about(self, graph: Graph) -> list[int]:
        """Leaves of all events about the items of a lineage, in order of event time.

        With those about their containers while they were inside, and those that do not count.
        """
        material = self._material()
        found: dict[int, int] = {}
        numbers = self._numbers(sorted(graph.depth))
        stays: dict[str, list[Stay]] = {}
        for stay in graph.stays:
            stays.setdefault(stay.item, []).append(stay)
        for part in chunks(numbers):
            material.load(part)
            for item in part:
                found |= {event.leaf: event.time for event in material.every(item)}
        for uri in graph.depth:
            for stay in stays.get(uri, ()):
                self._events_inside(material, stay, [stay], stays, found)
        return sorted(found, key=lambda leaf: (found[leaf], leaf))

    def _events_inside(
        self,
        material: Material,
        stay: Stay,
        way: list[Stay],
        stays: Mapping[str, Sequence[Stay]],
        found: dict[int, int],
    ) -> None:
        """Events of a container while every stay on the way to it covers them."""
        number = self._number(stay.container)
        for event in material.every(number):
            if all(one.covers(event.time, event.leaf) for one in way):
                found[event.leaf] = event.time
        if len(way) > _DEEPEST:
            return
        for outer in stays.get(stay.container, ()):
            if outer not in way and outer.container != way[0].item:
                self._events_inside(material, outer, [*way, outer], stays, found)

    # One item, and what is wrong with it.

    def story(self, item: str) -> Story:
        """All that counts about an item; one that is not in the ledger has no events."""
        number = self._number(item)
        if number < 0:
            return Story(item, 0, None, None, (), frozenset(), (), (), ())
        return tell(self._material().known(number))

    def lots(self, items: Sequence[str]) -> dict[str, Lot]:
        """What lots are, by the events that coded them."""
        found = {}
        for part in chunks(self._numbers(items)):
            query = select(t.lot, t.subject.c.uri).join(t.subject, t.subject.c.id == t.lot.c.item)
            for r in self._connection.execute(query.where(t.lot.c.item.in_(part))):
                found[r.uri] = Lot(r.uri, r.leaf, r.name, r.product, r.produced, r.shelf_life)
        return found

    def doubts(
        self,
        *,
        items: Sequence[str] | None = None,
        actor: str | None = None,
        rule: str | None = None,
        leaves: Sequence[int] | None = None,
    ) -> list[Doubt]:
        """What cannot be or should not, by leaf, rule and subject."""
        conditions: list[list[ColumnElement[bool]]] = [[]]
        c = t.doubt.c
        if items is not None:
            conditions = [[c.item.in_(part)] for part in chunks(self._numbers(items))]
        if leaves is not None:
            parts = list(chunks(leaves))
            conditions = [[*one, c.leaf.in_(part)] for one in conditions for part in parts]
        rest = [] if actor is None else [c.actor == actor]
        rest += [] if rule is None else [c.rule == rule]
        found = [
            Doubt(r.rule, r.subject, r.leaf, r.actor, r.reason, tuple(json.loads(r.evidence)))
            for one in conditions
            for r in self._connection.execute(select(t.doubt).where(*one, *rest))
        ]
        return sorted(found, key=lambda doubt: (doubt.leaf, doubt.rule, doubt.subject))

    # Numbers and URIs.

    def _material(self) -> Material:
        return Material(self._reader, self.size(), {}, {})

    def _number(self, uri: str) -> int:
        return next(iter(self._numbers([uri])), -1)

    def _numbers(self, uris: Iterable[str]) -> list[int]:
        wanted = list(uris)
        found = self._reader.subject_numbers(set(wanted))
        self._uris |= {number: uri for uri, number in found.items()}
        return [found[uri] for uri in dict.fromkeys(wanted) if uri in found]

    def _name(self, numbers: Iterable[int]) -> None:
        unknown = sorted({number for number in numbers if number not in self._uris})
        for part in chunks(unknown):
            query = select(t.subject.c.id, t.subject.c.uri).where(t.subject.c.id.in_(part))
            self._uris.update((row.id, row.uri) for row in self._connection.execute(query))


def _quantity(micro: int | None, unit: str | None) -> Quantity | None:
    return None if micro is None or unit is None else Quantity(micro, unit)


def _shipment(row: Row[Any]) -> Shipment:
    return Shipment(
        leaf=row.leaf,
        item=row.uri,
        sender=row.sender,
        recipient=row.recipient,
        quantity=_quantity(row.quantity, row.unit),
        state=Sent(row.state),
        answered=row.answered,
        received=row.received,
        refused=row.refused,
    )


def _add(found: dict[tuple[int, int, bool], Quantity | None], item: int, event: ItemEvent) -> None:
    assert event.making is not None
    for role, is_output in ((Role.INPUT, False), (Role.OUTPUT, True)):
        if not event.role & role:
            continue
        key = (item, event.making, is_output)
        before = found.get(key)
        if key not in found:
            found[key] = event.quantity
        elif before is None or event.quantity is None or before.unit != event.quantity.unit:
            found[key] = None
        else:
            found[key] = Quantity(before.micro + event.quantity.micro, before.unit)
