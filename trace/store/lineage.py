"""Questions about lineage, holdings and shipments, answered from what the follower derived.

All as of its cursor, and at a cost that follows the answer.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, select

from ..lineage.model import Graph, Lot, Sent, Shipment, Stay, Stock, Story
from ..lineage.story import tell
from ..messages import Message
from ..plausibility.rule import Context, Doubt
from . import containment
from . import schema as t
from .asking import Asking
from .containment import quantity
from .graph import FORWARD, MOST, Graphs
from .material import Material
from .naming import names
from .read import Reader
from .source import chunks
from .stock import stock, traced
from .subjects import Subjects


class Lineage:
    """Questions over one reader."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._connection = reader.connection
        self._subjects = Subjects(reader)
        self._graphs = Graphs(reader, self._subjects)

    def size(self) -> int:
        """How many links all this is derived from."""
        return self._reader.cursors().get("lineage", 0)

    # Who has how much.

    def stock(self, items: Sequence[str]) -> list[Stock]:
        """Who has how much of these items now: loose, in containers, or on its way."""
        return stock(self._connection, self._numbers(items))

    def trace(self, items: Sequence[str]) -> list[Stock]:
        """Who has how much of these items and of all that was made from them."""
        return traced(self._connection, self._numbers(items), FORWARD)

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
            Stock(r.uri, r.holder, False, bool(r.reported), None, quantity(r.quantity, r.unit))
            for r in rows
        ]
        reported = {row.item: bool(row.reported) for row in rows}
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
                said = reported[row.item] = reported.get(row.container, False)
                amount = quantity(row.quantity, row.unit)
                where = self._subjects[row.container]
                found.append(Stock(self._subjects[row.item], holder, False, said, where, amount))
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
        return containment.stays(self._subjects, t.containment.c.item == self._number(item))

    def contents(self, container: str) -> list[Stay]:
        """The stays of items in a container."""
        return containment.stays(
            self._subjects, t.containment.c.container == self._number(container)
        )

    # Lineage.

    def reach(self, items: Sequence[str], *, forward: bool) -> list[str]:
        """These items, and all that they were made from or that was made from them."""
        return self._graphs.reach(items, forward=forward)

    def graph(
        self,
        items: Sequence[str],
        *,
        forward: bool,
        steps: int | None = None,
        most: int = MOST,
    ) -> Graph:
        """The lineage of items, making by making; cut where it has more than `most` items."""
        return self._graphs.graph(items, forward=forward, steps=steps, most=most)

    def sources(self, items: Sequence[str]) -> dict[str, set[str]]:
        """What each of these items, and of all that they were made from, was made from directly.

        All of it, however much there is.
        """
        return self._graphs.sources(items)

    def events_about(self, graph: Graph) -> list[int]:
        """Leaves of all events about the items of a lineage, in order of event time.

        With those about their containers while they were inside, and those that do not count.
        """
        return self._graphs.events_about(graph)

    def others_about(self, graph: Graph) -> list[int]:
        """Leaves of the links about the items of a lineage that carry no event themselves.

        Statements, and events by reference, of which the follower derives nothing.
        """
        return self._graphs.others_about(graph)

    # One item, and what is wrong with it.

    def story(self, item: str, stop: int | None = None) -> Story:
        """All that counts about an item; one that is not in the ledger has no events.

        With `stop` as it was told before the link at that index.
        """
        number = self._number(item)
        if number < 0:
            return Story(item, 0, None, None, (), frozenset(), (), (), ())
        at = self.size() if stop is None else min(stop, self.size())
        return tell(Material(self._reader, at, {}, {}).known(number))

    def stories(self, items: Sequence[str]) -> Iterator[Story]:
        """The stories of those of these items that are in the ledger, in their order."""
        for part in chunks(self._numbers(items)):
            material = self._material()
            material.load(part)
            material.load_sources(part)
            for number in part:
                yield tell(material.known(number))

    def told(self, items: Sequence[str]) -> Iterator[tuple[Story, Context]]:
        """The stories of those of these items that are in the ledger, each with what rules ask."""
        for part in chunks(self._numbers(items)):
            material = self._material()
            material.load(part)
            asking = Asking(material)
            for number in part:
                yield tell(material.known(number)), asking

    def lots(self, items: Sequence[str]) -> dict[str, Lot]:
        """What lots are, by the events that coded them."""
        found = {}
        for part in chunks(self._numbers(items)):
            query = select(t.lot, t.subject.c.uri).join(t.subject, t.subject.c.id == t.lot.c.item)
            for r in self._connection.execute(query.where(t.lot.c.item.in_(part))):
                found[r.uri] = Lot(
                    r.uri, r.leaf, r.name, r.product, r.produced, r.shelf_life, r.category, r.coder
                )
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
            doubt_of(r)
            for one in conditions
            for r in self._connection.execute(select(t.doubt).where(*one, *rest))
        ]
        return sorted(found, key=lambda doubt: (doubt.leaf, doubt.rule, doubt.subject))

    def doubts_of(self, items: Sequence[str]) -> dict[str, list[Doubt]]:
        """The doubts that these items' own stories give, by item; those without any are left out.

        Each by leaf, rule and subject.
        """
        found: dict[str, list[Doubt]] = {}
        for part in chunks(self._numbers(items)):
            query = select(t.doubt).where(t.doubt.c.item.in_(part))
            for r in self._connection.execute(query):
                found.setdefault(self._subjects[r.item], []).append(doubt_of(r))
        for doubts in found.values():
            doubts.sort(key=lambda doubt: (doubt.leaf, doubt.rule, doubt.subject))
        return found

    def names(self, uris: Iterable[str]) -> dict[str, str]:
        """What parties, places and products are called, those that have a name."""
        return {uri: one.name for uri, one in names(self._connection, uris).items()}

    # Numbers and URIs.

    def _material(self) -> Material:
        return Material(self._reader, self.size(), {}, {})

    def _number(self, uri: str) -> int:
        return self._subjects.number(uri)

    def _numbers(self, uris: Iterable[str]) -> list[int]:
        return self._subjects.numbers(uris)

    def _name(self, numbers: Iterable[int]) -> None:
        self._subjects.name(numbers)


def doubt_of(row: Row[Any]) -> Doubt:
    """The doubt that a row of `doubt` has."""
    message, leaves = Message.loads(row.message), tuple(json.loads(row.evidence))
    return Doubt(row.rule, row.subject, row.leaf, row.actor, message, leaves)


def finding_of(row: Row[Any], actor: str | None) -> Doubt:
    """What a row of `finding` says, as the doing of its link's actor with that link as evidence."""
    message = Message.loads(row.message)
    return Doubt(row.rule, row.subject, row.leaf, actor, message, (row.leaf,))


def _shipment(row: Row[Any]) -> Shipment:
    return Shipment(
        leaf=row.leaf,
        item=row.uri,
        sender=row.sender,
        recipient=row.recipient,
        quantity=quantity(row.quantity, row.unit),
        state=Sent(row.state),
        answered=row.answered,
        received=row.received,
        refused=row.refused,
    )
