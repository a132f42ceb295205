"""What the store knows of items, read for many of them at once, as of a number of links.

All of it follows from the links before `stop` alone, whatever else stands in the tables already.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import func, select

from ..handover import destinations
from ..identifiers.items import canonical
from ..lineage.model import ItemEvent, Lot
from ..lineage.shipments import Answer
from ..lineage.stock import is_dispatch, is_receipt, is_refusal
from ..lineage.story import Known
from ..link import Link, parse
from ..members import Object
from ..projection import Role, id_key
from ..quantities import Quantity, exact
from ..rules import Refused
from . import schema as t
from .facts import Facts
from .read import Reader
from .source import chunks

_TEXT = 200  # of a lot's name, as much as a column should hold
_LISTS = (
    ("quantityList", Role.OBJECT),
    ("childQuantityList", Role.CHILD),
    ("inputQuantityList", Role.INPUT),
    ("outputQuantityList", Role.OUTPUT),
)


class Material:
    """Events, answers and facts of items by their numbers, each read once."""

    def __init__(
        self, reader: Reader, stop: int, links: Mapping[int, Link], voided: Mapping[int, int]
    ) -> None:
        self.reader = reader
        self.stop = stop
        self.facts = Facts(reader, stop, self.link)
        self._links: dict[int, Link | None] = dict(links)
        self._voided = dict(voided)  # what the present batch adds
        self._events: dict[int, list[ItemEvent]] = {}
        self._uris: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._recipients: dict[int, str | None] = {}
        self._before: dict[int, list[int]] = {}
        self._named_by: dict[int, list[int]] = {}
        self._void: dict[int, int | None] = {}
        self._transformations: dict[str, int] = {}

    # Links and subjects.

    def link(self, leaf: int) -> Link | None:
        """A link by its leaf; None where it cannot be read."""
        if leaf not in self._links:
            stored = self.reader.link(leaf)
            try:
                self._links[leaf] = None if stored is None else parse(stored.entry)
            except Refused:
                self._links[leaf] = None
        return self._links[leaf]

    def event(self, leaf: int) -> Object | None:
        """The event of a link."""
        link = self.link(leaf)
        return None if link is None else link.event

    def numbers(self, uris: Iterable[str]) -> dict[str, int]:
        """The numbers of items that stand in the ledger."""
        unknown = {uri for uri in uris if uri not in self._numbers}
        if unknown:
            found = self.reader.subject_numbers(unknown)
            self._numbers |= found
            self._uris |= {number: uri for uri, number in found.items()}
        return {uri: self._numbers[uri] for uri in uris if uri in self._numbers}

    def uri(self, number: int) -> str:
        """The URI of a subject."""
        if number not in self._uris:
            self._name([number])
        return self._uris[number]

    def _name(self, numbers: Iterable[int]) -> None:
        for part in chunks(sorted({n for n in numbers if n not in self._uris})):
            query = select(t.subject.c.id, t.subject.c.uri).where(t.subject.c.id.in_(part))
            self._uris.update((row.id, row.uri) for row in self.reader.connection.execute(query))

    # Events of items.

    def load(self, items: Collection[int]) -> None:
        """Read all events about these items, what does not count, and who answered what."""
        new = sorted(item for item in items if item not in self._events)
        if not new:
            return
        self._events.update((item, []) for item in new)
        rows = [row for part in chunks(new) for row in self._rows(part)]
        self._name([*new, *{row.actor for row in rows}])
        leaves = {row.leaf for row in rows}
        self._load_void(leaves)
        self._load_before(leaves)
        self._load_makings({row.transformation for row in rows if row.transformation is not None})
        for row in sorted(rows, key=lambda row: row.leaf):
            self._recipients[row.leaf] = row.recipient
            self._events[row.subject].append(self._event(row))
        self._load_named_by(
            {
                event.leaf
                for item in new
                for event in self._events[item]
                if (is_dispatch(event) and not event.is_received) or is_refusal(event)
            }
        )

    def _rows(self, items: Sequence[int]) -> Sequence[Any]:
        e, li = t.event.c, t.link_item.c
        query = (
            select(
                t.chain.c.subject, t.chain.c.actor, li.leaf, li.role, li.quantity, li.unit,
                e.event_id, e.type, e.action, e.step, e.disposition, e.time, e.received,
                e.is_error, e.place, e.parent, e.recipient, e.transformation,
            )
            .select_from(t.chain)
            .join(t.link_item, li.chain == t.chain.c.id)
            .join(t.event, e.leaf == li.leaf)
            .where(t.chain.c.subject.in_(items), li.leaf < self.stop)
        )  # fmt: skip
        return self.reader.connection.execute(query).all()

    def _event(self, row: Any) -> ItemEvent:
        making = None
        if row.type == "TransformationEvent":
            making = self._transformations.get(row.transformation, row.leaf)
        return ItemEvent(
            leaf=row.leaf,
            actor=self._uris[row.actor],
            event_id=row.event_id,
            role=Role(row.role),
            quantity=None if row.quantity is None else Quantity(row.quantity, row.unit),
            time=row.time or 0,
            type=row.type,
            action=row.action,
            step=row.step,
            disposition=row.disposition,
            is_received=bool(row.received),
            place=row.place,
            container=row.parent,
            making=making,
            after=tuple(self._before.get(row.leaf, ())),
        )

    def _load_void(self, leaves: Collection[int]) -> None:
        unknown = sorted(leaf for leaf in leaves if leaf not in self._void)
        self._void.update(dict.fromkeys(unknown))
        for part in chunks(unknown):
            query = select(t.voided.c.leaf, t.voided.c.by).where(
                t.voided.c.leaf.in_(part), t.voided.c.by < self.stop
            )
            self._void.update((r.leaf, r.by) for r in self.reader.connection.execute(query))
            errors = select(t.event.c.leaf).where(
                t.event.c.leaf.in_(part), t.event.c.is_error.is_(True)
            )
            found = self.reader.connection.execute(errors).scalars()
            self._void.update((leaf, leaf) for leaf in found)

    def is_void(self, leaf: int) -> bool:
        """Whether an event does not count."""
        if leaf in self._voided:
            return True
        if leaf not in self._void:
            self._load_void([leaf])
        return self._void[leaf] is not None

    def _load_before(self, leaves: Collection[int]) -> None:
        c = t.follows.c
        for part in chunks(sorted(leaves)):
            query = select(c.leaf, c.before).where(c.leaf.in_(part)).order_by(c.leaf, c.before)
            for row in self.reader.connection.execute(query):
                self._before.setdefault(row.leaf, []).append(row.before)

    def _load_named_by(self, leaves: Collection[int]) -> None:
        c = t.follows.c
        for part in chunks(sorted(leaves)):
            query = (
                select(c.leaf, c.before)
                .where(c.before.in_(part), c.leaf < self.stop)
                .order_by(c.leaf)
            )
            for row in self.reader.connection.execute(query):
                self._named_by.setdefault(row.before, []).append(row.leaf)
        self._load_void({leaf for found in self._named_by.values() for leaf in found})

    def _load_makings(self, names: Collection[str]) -> None:
        c = t.event.c
        for part in chunks(sorted(name for name in names if name not in self._transformations)):
            query = (
                select(c.transformation, func.min(c.leaf).label("leaf"))
                .where(c.transformation.in_(part))
                .group_by(c.transformation)
            )
            for row in self.reader.connection.execute(query):
                self._transformations[row.transformation] = row.leaf

    def standing(self, item: int) -> list[ItemEvent]:
        """The events about an item that count, in the order of the log."""
        self.load([item])
        return [event for event in self._events[item] if not self.is_void(event.leaf)]

    def every(self, item: int) -> list[ItemEvent]:
        """All events about an item, those that do not count too, in the order of the log."""
        self.load([item])
        return self._events[item]

    def containers(self, item: int) -> set[int]:
        """The containers that an item was ever packed into."""
        found = {
            event.container
            for event in self.standing(item)
            if event.role & Role.CHILD and event.action == "ADD" and event.container is not None
        }
        found |= {
            container
            for event in self.standing(item)
            if is_receipt(event)
            for named in self._shipped(item, event).values()
            for container in named
        }
        return set(self.numbers(found).values())

    # What is known of one item.

    def known(self, item: int) -> Known:
        """All that an item's story is told from."""
        events = self.standing(item)
        containers = self.containers(item)
        self.load(containers)
        emptied = [
            event
            for container in sorted(containers)
            for event in self.standing(container)
            if self._empties(event)
        ]
        lot = self.lot(item)
        every = self._events[item]
        as_of = max((event.leaf for event in every), default=0)
        product = (
            None
            if lot is None or lot.product is None
            else self.facts.product(lot.product, as_of + 1)
        )
        return Known(
            item=self.uri(item),
            as_of=as_of,
            events=events,
            emptied=emptied,
            voided=frozenset(e.leaf for e in every if self.is_void(e.leaf)),
            recipients={event.leaf: self._recipients.get(event.leaf) for event in events},
            answers={
                event.leaf: self._answers(item, event)
                for event in events
                if is_dispatch(event) or is_refusal(event)
            },
            shipped={
                leaf: named
                for event in events
                if is_receipt(event)
                for leaf, named in self._shipped(item, event).items()
            },
            amounts={} if product is None or not product.conversions else {
                event.leaf: found
                for event in events
                if event.quantity is None
                and (found := self._amount(item, event, product)) is not None
            },
            lot=lot,
            product=product,
        )  # fmt: skip

    def _empties(self, event: ItemEvent) -> bool:
        """Whether an unpacking names no content: all of it came out."""
        if event.type != "AggregationEvent" or event.action != "DELETE":
            return False
        said = self.event(event.leaf) or {}
        return event.role == Role.PARENT and not said.get("childEPCs") and not said.get(
            "childQuantityList"
        )  # fmt: skip

    def _answers(self, item: int, sent: ItemEvent) -> list[Answer]:
        found: list[Answer] = []
        mine = {event.leaf: event for event in self._events[item]}
        for leaf in self._named_by.get(sent.leaf, ()):
            if self.is_void(leaf):
                continue
            event = mine.get(leaf)
            link = None if event is not None else self.link(leaf)
            actor = event.actor if event is not None else None if link is None else link.actor
            if actor is None or not self._may_answer(sent, actor):
                continue
            if event is not None:
                found.append(Answer(leaf, event))
            elif link is not None and self._is_for_all(sent, link):
                found.append(Answer(leaf, None, is_for_all=True))
        return found

    def _may_answer(self, sent: ItemEvent, actor: str) -> bool:
        """Only whom it was sent to; a refusal is answered by who sent what was refused."""
        if is_refusal(sent):
            before = [link for n in sent.after if (link := self.link(n)) is not None]
            return any(link.actor == actor for link in before)
        if self._recipients.get(sent.leaf) == id_key(actor):
            return True
        link = self.link(sent.leaf)
        return link is not None and actor in destinations(link)

    def _is_for_all(self, sent: ItemEvent, answer: Link) -> bool:
        """Whether a receipt names none of a dispatch's items, and so confirms all of it."""
        dispatch = self.link(sent.leaf)
        step = None if answer.event is None else answer.event.get("bizStep")
        if dispatch is None or not isinstance(step, str) or not step.endswith("receiving"):
            return False
        return {ref.item for ref in answer.items}.isdisjoint(ref.item for ref in dispatch.items)

    def _shipped(self, item: int, receipt: ItemEvent) -> dict[int, frozenset[str]]:
        mine = {event.leaf for event in self._events[item]}
        found = {}
        for leaf in receipt.after:
            link = None if leaf in mine else self.link(leaf)
            if link is not None and link.event is not None:
                step = str(link.event.get("bizStep"))
                if step.endswith("shipping") and receipt.actor in destinations(link):
                    found[leaf] = frozenset(ref.item for ref in link.items)
        return found

    def _amount(self, item: int, event: ItemEvent, product: Any) -> Quantity | None:
        """An amount in a unit that the product's statement converts, 箱 say."""
        said, uri = self.event(event.leaf) or {}, self.uri(item)
        total = 0
        unit = None
        for name, role in _LISTS:
            if not event.role & role:
                continue
            for element in said.get(name, ()):
                ratio = product.conversions.get(element.get("uom"))
                if canonical(element["epcClass"]) != uri:
                    continue
                plain = exact(element.get("quantity"), product.unit)
                if ratio is None or plain is None:
                    return None
                micro = plain.micro * ratio
                if micro != micro.to_integral_value():
                    return None
                total, unit = total + int(micro), plain.unit
        return None if unit is None else Quantity(total, unit)

    def lot(self, item: int) -> Lot | None:
        """What an item is, by the newest event that counts and says so when it brings it about."""
        found = None
        for event in sorted(self.standing(item), key=lambda e: e.leaf, reverse=True):
            is_source = event.action == "ADD" and event.type == "ObjectEvent"
            if not (is_source or event.role & Role.OUTPUT):
                continue
            said = _said(self.uri(item), event.leaf, self.event(event.leaf))
            if said is not None and (said.name is not None or found is None):
                found = said
                if said.name is not None:
                    break
        return found


def _said(item: str, leaf: int, event: Object | None) -> Lot | None:
    ilmd = (event or {}).get("ilmd")
    if not isinstance(ilmd, dict):
        return Lot(item, leaf, None, None, None, None) if event is not None else None
    days = ilmd.get("suyuan:shelfLifeDays")
    return Lot(
        item=item,
        leaf=leaf,
        name=_text(ilmd.get("suyuan:product")),
        product=None if (uri := _text(ilmd.get("suyuan:productId"))) is None else id_key(uri),
        produced=_text(ilmd.get("suyuan:productionDate")),
        shelf_life=days if type(days) is int and 0 <= days <= 36_500 else None,
    )


def _text(value: object) -> str | None:
    return value[:_TEXT] if isinstance(value, str) and value else None
