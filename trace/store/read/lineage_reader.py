"""Questions about lineage, holdings and shipments, as of the follower's cursor."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from suyuan.trace.findings.rule import Context, ItemFinding
from suyuan.trace.format.messages import Message
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.lineage.model import Lot, Sent, Shipment, Stock, Story
from suyuan.trace.lineage.story import story_of

from .. import schema as t
from ..errors import StoreError, first_line
from ..projections.material import Material
from ..projections.rule_context import Asking
from ..selecting import amount_of, chunks
from .graph import FORWARD, REACH, Graphs
from .naming import names
from .slip_lines import LINES, lines

_NO_STEP = "SELECT item FROM reach WHERE 1 = 0"

# `under_way` and not the state says what is on its way: a piece of which something later says where
# it is has left that line, though nobody has answered it.
# An item is loose in hands, inside a container, or on its way. A container is where its outermost
# one is: walked up to, once for each container that is met. UNION ends a walk round in circles,
# and what is in such a circle is nowhere. SQLite takes CROSS JOINs in the order in which they
# stand; left to itself it reads whole tables to look up the walk in them.
_STOCK = """,{once}
inside(item, container, quantity, unit) AS (
    SELECT containment.item, containment.container, containment.quantity, containment.unit
    FROM {reach} containment
    WHERE containment.item = {reached} AND containment."left" IS NULL
),
up(container, top) AS (
    SELECT DISTINCT container, container FROM inside
    UNION
    SELECT up.container, containment.container FROM up CROSS JOIN containment
    WHERE containment.item = up.top AND containment."left" IS NULL
),
held(container, holder, reported) AS (
    SELECT up.container, holding.holder, holding.reported
    FROM up CROSS JOIN holding WHERE holding.item = up.top
),
sent(container, leaf) AS (
    SELECT up.container, max(shipment.leaf) FROM up CROSS JOIN shipment
    WHERE shipment.item = up.top AND shipment.under_way
    AND up.container NOT IN (SELECT container FROM held)
    GROUP BY up.container
)
SELECT subject.uri, holding.holder, FALSE, holding.reported, NULL, holding.quantity, holding.unit,
    NULL
FROM {reach} holding CROSS JOIN subject
WHERE holding.item = {reached} AND subject.id = holding.item
UNION ALL
SELECT subject.uri, held.holder, FALSE, held.reported, box.uri, inside.quantity, inside.unit, NULL
FROM inside CROSS JOIN held CROSS JOIN subject CROSS JOIN subject box
WHERE held.container = inside.container AND subject.id = inside.item AND box.id = inside.container
UNION ALL
SELECT subject.uri, shipment.recipient, TRUE, FALSE, box.uri, inside.quantity, inside.unit,
    shipment.sender
FROM sent CROSS JOIN up CROSS JOIN shipment CROSS JOIN inside CROSS JOIN subject
CROSS JOIN subject box
WHERE up.container = sent.container AND shipment.leaf = sent.leaf AND shipment.item = up.top
AND shipment.under_way AND inside.container = sent.container AND subject.id = inside.item
AND box.id = inside.container
UNION ALL
SELECT subject.uri, shipment.recipient, TRUE, FALSE, NULL, shipment.quantity, shipment.unit,
    shipment.sender
FROM {reach} shipment CROSS JOIN subject
WHERE shipment.item = {reached} AND shipment.under_way AND subject.id = shipment.item
"""
# How a table's rows of what was reached are looked up: SQLite by a join, each by itself; PostgreSQL
# by one array, made once, whose neighbours it finds without going down the index for each.
_LOOK_UP = {
    "sqlite": {"once": "", "reach": "reach CROSS JOIN", "reached": "reach.item"},
    "postgresql": {
        "once": """
reached(items) AS MATERIALIZED (SELECT ARRAY(SELECT item FROM reach ORDER BY item)),""",
        "reach": "",
        "reached": "ANY((SELECT items FROM reached)::bigint[])",
    },
}


class Lineage(Graphs):
    """Questions over one reader."""

    # Who has how much.

    def stock(self, items: Sequence[str]) -> list[Stock]:
        """Who has how much of these items now: loose, in containers, or on its way."""
        numbers = self._numbers(items)
        return [held for part in chunks(numbers) for held in self._stocks(part, _NO_STEP)]

    def trace(self, items: Sequence[str]) -> list[Stock]:
        """Who has how much of these items and of all that was made from them."""
        numbers = self._numbers(items)
        return self._stocks(numbers, FORWARD) if numbers else []

    def _stocks(self, roots: Sequence[int], step: str) -> list[Stock]:
        """Of these items and of what a walk by `step` comes to from them, each item once."""
        walk = REACH.format(roots=", ".join(map(str, roots)), step=step)
        # Past SQLAlchemy's own rows, each of which would be taken apart again at once.
        driver: Any = self._connection.connection.driver_connection
        cursor = driver.cursor()
        try:
            cursor.execute(walk + _STOCK.format(**_LOOK_UP[self._connection.dialect.name]))
            rows = cursor.fetchall()
        except self._connection.dialect.loaded_dbapi.Error as error:
            raise StoreError("the database cannot be read: %s", first_line(error)) from error
        finally:
            cursor.close()
        return [
            Stock(
                item,
                holder,
                in_transit == 1,
                reported == 1,
                container,
                None if micro is None or unit is None else Quantity(micro, unit),
                sender,
            )
            for item, holder, in_transit, reported, container, micro, unit, sender in rows
        ]

    def stock_of(self, holder: str) -> list[Stock]:
        """All that a party has now, in its hands and in its containers."""
        query = (
            select(t.holding, t.subject.c.uri)
            .join(t.subject, t.subject.c.id == t.holding.c.item)
            .where(t.holding.c.holder == holder)
            .order_by(t.subject.c.uri)
        )
        rows = self._connection.execute(query).all()
        stocks = [Stock(r.uri, r.holder, False, bool(r.reported), None, amount_of(r)) for r in rows]
        reported = {row.item: bool(row.reported) for row in rows}
        todo, seen = [row.item for row in rows], set()
        while todo:
            part, todo = todo[:500], todo[500:]
            inside = self._connection.execute(
                select(t.containment).where(
                    t.containment.c.container.in_(part), t.containment.c.left.is_(None)
                )
            ).all()
            uris = self._reader.uris({n for row in inside for n in (row.item, row.container)})
            for row in inside:
                key = (row.item, row.container, row.entered_leaf, row.part)
                if key in seen:
                    continue
                seen.add(key)
                todo.append(row.item)
                is_reported = reported[row.item] = reported.get(row.container, False)
                amount = amount_of(row)
                where = uris[row.container]
                stocks.append(Stock(uris[row.item], holder, False, is_reported, where, amount))
        return stocks

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
        number = None if item is None else self._number(item)
        wanted = ((c.recipient, recipient), (c.sender, sender), (c.item, number))
        query = LINES.where(*(column == value for column, value in wanted if value is not None))
        if states:
            query = query.where(c.state.in_([state.value for state in states]))
        return lines(self._reader, query)

    # One item, and what is wrong with it.

    def story(self, item: str, stop: int | None = None) -> Story:
        """All that counts about an item, before the link at `stop`; no events if unknown."""
        number = self._number(item)
        if number < 0:
            return Story(item, 0, None, None, (), frozenset(), (), (), ())
        at = self.size() if stop is None else min(stop, self.size())
        return story_of(Material(self._reader, at, {}, {}).known(number))

    def stories(self, items: Sequence[str]) -> Iterator[Story]:
        """The stories of those of these items that are in the ledger, in their order."""
        for part in chunks(self._numbers(items)):
            material = self._material()
            material.load(part)
            material.load_sources(part)
            for number in part:
                yield story_of(material.known(number))

    def stories_in_context(self, items: Sequence[str]) -> Iterator[tuple[Story, Context]]:
        """The stories of those of these items that are in the ledger, each with what rules ask."""
        for part in chunks(self._numbers(items)):
            material = self._material()
            material.load(part)
            asking = Asking(material)
            for number in part:
                yield story_of(material.known(number)), asking

    def lots(self, items: Sequence[str]) -> dict[str, Lot]:
        """What lots are, by the events that coded them."""
        stored = (column for column in t.lot.c if column is not t.lot.c.item)
        query = select(t.subject.c.uri.label("item"), *stored)
        query = query.join_from(t.lot, t.subject, t.subject.c.id == t.lot.c.item)
        rows = self._reader.among(query, t.lot.c.item, self._numbers(items))
        return {row.item: Lot(**row._mapping) for row in rows}

    def findings(self, *, actor: str | None = None) -> list[ItemFinding]:
        """The findings of items' stories by leaf, rule and subject; of one party's doing."""
        query = select(t.doubt)
        if actor is not None:
            query = query.where(t.doubt.c.actor == actor)
        return sorted(map(item_finding_of, self._connection.execute(query)), key=key_of)

    def findings_of(
        self, items: Sequence[str], rules: Iterable[str] | None = None
    ) -> dict[str, list[ItemFinding]]:
        """The findings that these items' own stories give, by item: by leaf, rule and subject.

        With `rules`, of these alone.
        """
        findings: dict[str, list[ItemFinding]] = {}
        query = select(t.doubt, t.subject.c.uri).join(t.subject, t.doubt.c.item == t.subject.c.id)
        if rules is not None:
            query = query.where(t.doubt.c.rule.in_(rules))
        for row in self._reader.among(query, t.subject.c.uri, items):
            findings.setdefault(row.uri, []).append(item_finding_of(row))
        return {item: sorted(of_item, key=key_of) for item, of_item in findings.items()}

    def names(self, uris: Iterable[str]) -> dict[str, str]:
        """What parties, places and products are called, those that have a name."""
        return {uri: named.name for uri, named in names(self._connection, uris).items()}


def key_of(finding: ItemFinding) -> tuple[int, str, str]:
    """The sort key of findings: leaf, rule and subject."""
    return finding.leaf, finding.rule, finding.subject


def item_finding_of(row: Row[Any]) -> ItemFinding:
    """The finding that a row of `doubt` has."""
    message, leaves = Message.loads(row.message), tuple(json.loads(row.evidence))
    return ItemFinding(row.rule, row.subject, row.leaf, row.actor, message, leaves)


def finding_of(row: Row[Any], actor: str | None) -> ItemFinding:
    """The finding that a row of `finding` has, its link's actor's, with that link as evidence."""
    message = Message.loads(row.message)
    return ItemFinding(row.rule, row.subject, row.leaf, actor, message, (row.leaf,))
