"""Events of items, what they follow and who answers them, from the links before `stop` alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from sqlalchemy import func, select

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.lineage.model import ItemEvent
from suyuan.trace.lineage.stock import is_dispatch, is_refusal

from .. import schema as t
from ..read.facts import Facts
from ..read.reader import Reader
from ..selecting import chunks, link_of
from . import event_joins
from .event_joins import Replies

_MOST_AHEAD = 256


class EventRow(NamedTuple):
    """An item's part in an event as the columns have it, subject and actor by their numbers."""

    subject: int
    actor: int
    leaf: int
    role: int
    quantity: int | None
    unit: str | None
    event_id: str | None
    type: str
    action: str | None
    step: str | None
    disposition: str | None
    time: int | None
    received: bool
    is_error: bool
    place: str | None
    parent: str | None
    recipient: str | None
    transformation: str | None


class ItemEvents:
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
        self._recipients: dict[int, str | None] = {}
        self._replies = Replies(self.link, self.facts, self._recipients)
        self._before: dict[int, list[int]] = {}
        self._named_by: dict[int, list[int]] = {}
        self._void: dict[int, int | None] = {}
        self._transformations: dict[str, int] = {}
        self._bears: dict[int, list[ItemEvent]] = {}
        self._transformation: dict[int, str | None] = {}
        self._next: dict[int, int] = {}  # the event of the same item that follows
        self._asked, self._ahead = -1, 1

    def link(self, leaf: int) -> Link | None:
        """A link by its leaf; None where it cannot be read."""
        if leaf not in self._links:
            # Who asks for one after the other of an item's is given more and more at once.
            self._ahead = min(2 * self._ahead, _MOST_AHEAD) if leaf > self._asked else 1
            wanted, following = [leaf], self._next.get(leaf)
            while following is not None and len(wanted) < self._ahead:
                wanted.append(following)
                following = self._next.get(following)
            self._asked = wanted[-1]
            self.load_links(wanted)
        return self._links[leaf]

    def event(self, leaf: int) -> Object | None:
        """The event of a link."""
        link = self.link(leaf)
        return None if link is None else link.event

    def numbers(self, uris: Iterable[str]) -> dict[str, int]:
        """The numbers of items that stand in the ledger."""
        return self.reader.subject_numbers(set(uris))

    def uris(self, numbers: Iterable[int]) -> dict[int, str]:
        """The URIs of subjects by their numbers."""
        return self.reader.uris(numbers)

    def uri(self, number: int) -> str:
        """The URI of a subject."""
        return self.reader.uri(number)

    def load(self, items: Collection[int]) -> None:
        """Read all events about these items, what does not count, and who answered what."""
        new = sorted(item for item in items if item not in self._events)
        if not new:
            return
        self._events.update((item, []) for item in new)
        rows = [row for part in chunks(new) for row in self._rows(part)]
        uris = self.uris([*new, *{row.actor for row in rows}])
        voided = event_joins.voided(self.reader, new, self.stop)
        for row in rows:
            self._void.setdefault(row.leaf, row.leaf if row.is_error else voided.get(row.leaf))
        self._before |= event_joins.named(self.reader, new, self.stop)
        self._load_makings({row.transformation for row in rows if row.transformation is not None})
        for row in sorted(rows, key=itemgetter(2)):
            subject, actor, leaf, *_, recipient, transformation = row
            self._recipients[leaf] = recipient
            self._transformation[leaf] = transformation
            events = self._events[subject]
            if events:
                self._next[events[-1].leaf] = leaf
            events.append(self._event(row, uris[actor]))
        sent = {
            event.leaf
            for item in new
            for event in self._events[item]
            if (is_dispatch(event) and not event.is_received) or is_refusal(event)
        }
        answered = event_joins.answers(self.reader, sent, self.stop, self._replies.answerers)
        self._named_by |= answered
        self._load_void({leaf for leaves in answered.values() for leaf in leaves})

    def load_sources(self, items: Iterable[int], *, every: bool = False) -> None:
        """Read the links that say what these items are, or all about them, many at once."""
        wanted = {
            event.leaf
            for item in items
            for event in self._events.get(item, ())
            if every or event.action == "ADD" or event.role & Role.OUTPUT
        }
        self.load_links(wanted)

    def load_links(self, leaves: Collection[int]) -> None:
        """Read links, many at once."""
        wanted = {leaf for leaf in leaves if leaf not in self._links}
        if not wanted:
            return
        self._links |= dict.fromkeys(wanted)
        c = t.link.c
        rows = self.reader.among(select(c.leaf, c.entry), c.leaf, sorted(wanted))
        self._links.update((row.leaf, link_of(row.entry)) for row in rows)

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

    def _event(self, row: Any, actor: str) -> ItemEvent:
        (
            _, _, leaf, role, quantity, unit, event_id, kind, action, step, disposition, time,
            received, _, place, parent, _, transformation,
        ) = row  # fmt: skip
        making = None
        if kind == "TransformationEvent":
            making = self._transformations.get(transformation, leaf)
        return ItemEvent(
            leaf=leaf,
            actor=actor,
            event_id=event_id,
            role=Role(role),
            quantity=None if quantity is None else Quantity(quantity, unit),
            time=time or 0,
            type=kind,
            action=action,
            step=step,
            disposition=disposition,
            is_received=bool(received),
            place=place,
            container=parent,
            making=making,
            after=tuple(self._before.get(leaf, ())),
        )

    def _load_void(self, leaves: Collection[int]) -> None:
        unknown = sorted(leaf for leaf in leaves if leaf not in self._void)
        if not unknown:
            return
        self._void.update(dict.fromkeys(unknown))
        v, e = t.voided.c, t.event.c
        voided = self.reader.among(select(v.leaf, v.by).where(v.by < self.stop), v.leaf, unknown)
        self._void.update((row.leaf, row.by) for row in voided)
        errors = self.reader.among(select(e.leaf).where(e.is_error.is_(True)), e.leaf, unknown)
        self._void.update((row.leaf, row.leaf) for row in errors)

    def is_void(self, leaf: int) -> bool:
        """Whether an event does not count."""
        if leaf in self._voided:
            return True
        if leaf not in self._void:
            self._load_void([leaf])
        return self._void[leaf] is not None

    def is_declaration(self, leaf: int) -> bool:
        """Whether an event about an item that was loaded declares another an error."""
        return self._void.get(leaf) == leaf

    def recipient(self, leaf: int) -> str | None:
        """The party, by URI, to whom an event about an item that was loaded sends it."""
        return self._recipients.get(leaf)

    def _load_makings(self, names: Collection[str]) -> None:
        c = t.event.c
        query = select(c.transformation, func.min(c.leaf).label("leaf")).group_by(c.transformation)
        new = sorted(name for name in names if name not in self._transformations)
        rows = self.reader.among(query, c.transformation, new)
        self._transformations.update((row.transformation, row.leaf) for row in rows)

    def counting(self, item: int) -> list[ItemEvent]:
        """The events about an item that count, in the order of the log."""
        return [event for event in self.every(item) if not self.is_void(event.leaf)]

    def every(self, item: int) -> list[ItemEvent]:
        """All events about an item, those that do not count too, in the order of the log."""
        if item not in self._events:
            self.load([item])
        return self._events[item]

    def transformation(self, leaf: int) -> str | None:
        """The key of an event's own transformationID; None where it has none."""
        if leaf not in self._transformation:
            query = select(t.event.c.transformation).where(t.event.c.leaf == leaf)
            self._transformation[leaf] = self.reader.connection.execute(query).scalar()
        return self._transformation[leaf]
