"""What joins the events of items: what is void, what they follow, who answers them.

Each in a few statements, however many events there are, and past what strangers say: anybody may
name a link as often as they like.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select

from suyuan.keys import base64, canonical
from suyuan.trace.admission.chain import step
from suyuan.trace.format.event_items import id_key
from suyuan.trace.format.link import Link
from suyuan.trace.lineage import joins
from suyuan.trace.lineage.joins import (
    RECEIVING,
    REFUSING,
    SENDING,
    UNSENDING,
    destinations,
    is_dispatch,
)
from suyuan.trace.lineage.model import ItemEvent
from suyuan.trace.lineage.stock import is_receipt, is_refusal

from .. import schema as t
from ..read.facts import Facts
from ..read.reader import Reader
from ..selecting import as_bytes, chunks


def voided(reader: Reader, items: Sequence[int], stop: int) -> dict[int, int]:
    """The events of items that do not count, each with the leaf because of which."""
    c = t.voided.c
    query = _of_items(select(c.leaf, c.by)).join(t.voided, c.leaf == t.link_item.c.leaf)
    rows = reader.among(query.where(c.by < stop), t.chain.c.subject, items)
    return {row.leaf: row.by for row in rows}


def named(reader: Reader, items: Sequence[int], stop: int) -> dict[int, list[int]]:
    """The leaves that the events of items name in `after`, by their own."""
    c = t.follows.c
    by_leaf: dict[int, set[int]] = {}
    query = _of_items(select(c.leaf, c.before)).join(t.follows, c.leaf == t.link_item.c.leaf)
    for row in reader.among(query.where(c.leaf < stop), t.chain.c.subject, items):
        by_leaf.setdefault(row.leaf, set()).add(row.before)
    return {leaf: sorted(before) for leaf, before in by_leaf.items()}


def _of_items(query: Select[Any]) -> Select[Any]:
    return query.select_from(t.chain).join(t.link_item, t.link_item.c.chain == t.chain.c.id)


def answers(
    reader: Reader, leaves: Collection[int], stop: int, answerers: Callable[[int], set[str]]
) -> dict[int, list[int]]:
    """By dispatch or refusal, the links that name it, of its `answerers` and of like URIs."""
    c = t.follows.c
    replies: dict[int, list[int]] = {}
    for part in chunks(sorted(leaves)):
        query = select(c.before).where(c.before.in_(part), c.leaf < stop).distinct()
        sent = list(reader.connection.execute(query).scalars())
        starts = {begins_as(uri) for leaf in sent for uri in answerers(leaf)}
        for begins in chunks(sorted(starts)):
            is_of_one = or_(*(func.substr(t.link.c.entry, 1, len(x)) == x for x in begins))
            rows = (
                select(c.leaf, c.before)
                .join(t.link, t.link.c.leaf == c.leaf)
                .where(c.before.in_(sent), c.leaf < stop, is_of_one)
                .order_by(c.leaf)
            )
            for leaf, before in reader.connection.execute(rows):
                replies.setdefault(before, []).append(leaf)
    return replies


def begins_as(actor: str) -> bytes:
    """The bytes with which every entry of an actor begins, and few others.

    `actor` is the first member of a payload's one form. So the database can pass over what others
    signed, which else would all have to be read: no column has the actor of a leaf.
    """
    start = b'{"actor":' + canonical.dumps(actor) + b","
    return b'{"payload":"' + base64.encode(start[: len(start) // 3 * 3]).encode()


class Replies:
    """Dispatches and refusals and their answers; `recipients` by a dispatch's leaf."""

    def __init__(
        self, link: Callable[[int], Link | None], facts: Facts, recipients: Mapping[int, str | None]
    ) -> None:
        self._link = link
        self._facts = facts
        self._recipients = recipients

    def answerers(self, leaf: int) -> set[str]:
        """Who may answer a dispatch or a refusal, as `may_answer` has it."""
        link = self._link(leaf)
        if link is None or (link.event or {}).get("bizStep") not in REFUSING:
            return set() if link is None else destinations(link)
        before = [self._link(ref.index) for ref in link.after if ref.ledger is None]
        return {link.actor for link in before if link is not None}

    def may_answer(self, sent: ItemEvent, actor: str) -> bool:
        """Whether an actor is the recipient; of a refusal, the sender of what was refused."""
        if is_refusal(sent):
            before = [link for n in sent.after if (link := self._link(n)) is not None]
            return any(link.actor == actor for link in before)
        if self._recipients.get(sent.leaf) == id_key(actor):
            return True
        link = self._link(sent.leaf)
        return link is not None and actor in destinations(link)

    def is_for_all(self, sent: ItemEvent, answer: Link) -> bool:
        """Whether a receipt names none of a dispatch's items, and so confirms all of it."""
        dispatch = self._link(sent.leaf)
        step = None if answer.event is None else answer.event.get("bizStep")
        if dispatch is None or not isinstance(step, str) or not step.endswith(RECEIVING):
            return False
        return {ref.item for ref in answer.items}.isdisjoint(ref.item for ref in dispatch.items)

    def is_misdirected(self, receipt: ItemEvent) -> bool:
        """Whether a receipt names what was sent, and none of it to its actor or its firm."""
        if not receipt.after or not is_receipt(receipt) or receipt.is_received:
            return False
        named = [link for leaf in receipt.after if (link := self._link(leaf)) is not None]
        sent = [link for link in named if joins.is_dispatch(link) or joins.is_refusal(link)]

        def firm(actor: str) -> str | None:
            party = self._facts.registration(actor, receipt.leaf)
            return None if party is None else party.part_of

        return bool(sent) and not any(
            joins.is_addressed(link, receipt.actor, firm) for link in sent
        )

    def sent_to(self, link: Link) -> set[str]:
        """The parties that a link sends its items to: a refusal, back to their senders."""
        step = str((link.event or {}).get("bizStep"))
        if step.endswith(SENDING):
            return destinations(link)
        if step not in REFUSING:
            return set()
        sent = [self._link(ref.index) for ref in link.after if ref.ledger is None]
        return {d.actor for d in sent if d is not None and link.actor in destinations(d)}


@dataclass(frozen=True, slots=True)
class Void:
    """The event at `leaf` does not count, because of the link at `by`."""

    leaf: int
    by: int
    why: str


def voids(reader: Reader, links: Sequence[tuple[int, Link]]) -> list[Void]:
    """What these links make void, of earlier events and of their own."""
    names = {name for _, link in links if (name := _name(link)) is not None}
    names |= {id_key(of) for _, link in links if (of := _undone(link)) is not None}
    if not names:
        return []
    run = _Run(reader, dict(links), _same(reader, names, links[-1][0] + 1))
    for index, link in links:
        run.take(index, link)
    return run.voids


def _name(link: Link) -> str | None:
    name = (link.event or {}).get("eventID")
    return id_key(name) if isinstance(name, str) else None


def _undone(link: Link) -> str | None:
    """The eventID of the dispatch that an event takes back (`void_shipping`, section 6)."""
    if link.event is None or step(link) not in UNSENDING or "errorDeclaration" in link.event:
        return None
    of = link.event.get("suyuan:of")
    return of if isinstance(of, str) else None


def _same(reader: Reader, names: Collection[str], stop: int) -> dict[str, list[Any]]:
    """The events of each eventID before `stop`, in the order of the log."""
    c = t.event.c
    same: dict[str, list[Any]] = {}
    query = select(c.event_id, c.leaf, c.content, c.is_error, c.received, c.step)
    query = query.where(c.leaf < stop).order_by(c.leaf)
    for row in reader.among(query, c.event_id, sorted(names)):
        same.setdefault(row.event_id, []).append(row)
    return same


class _Run:
    def __init__(
        self, reader: Reader, links: Mapping[int, Link], same: Mapping[str, Sequence[Any]]
    ) -> None:
        self._reader = reader
        self._links: dict[int, Link | None] = dict(links)
        self._same = same
        self.voids: list[Void] = []
        c = t.voided.c
        leaves = sorted({row.leaf for rows in same.values() for row in rows})
        before = reader.among(select(c.leaf).where(c.by < min(links)), c.leaf, leaves)
        self._void = {row.leaf for row in before}

    def take(self, index: int, link: Link) -> None:
        """Add the events that the next link makes void."""
        if link.event is None:
            return
        if "errorDeclaration" in link.event:
            for leaf in self._declared(index, link):
                self._make(leaf, index, "error")
        elif (of := _undone(link)) is not None:
            for leaf in self._undone(index, link, id_key(of)):
                self._make(leaf, index, "undone")
        else:  # the same event recorded again, by the same actor or in another document
            for row in self._equal(index, link, self._earlier(index, _name(link))):
                if (row.received and link.is_received) or self._actor(row.leaf) == link.actor:
                    self._make(index, row.leaf, "again")
                    return

    def _make(self, leaf: int, by: int, why: str) -> None:
        if leaf not in self._void:
            self._void.add(leaf)
            self.voids.append(Void(leaf, by, why))

    def _earlier(self, index: int, name: str | None) -> list[Any]:
        if name is None:
            return []
        return [
            row
            for row in self._same.get(name, ())
            if row.leaf < index and not row.is_error and row.leaf not in self._void
        ]

    def _equal(self, index: int, link: Link, rows: Sequence[Any]) -> list[Any]:
        """The events, of these, with the same content as a link's."""
        every = self._same.get(_name(link) or "", ())
        content = next((as_bytes(row.content) for row in every if row.leaf == index), None)
        return [row for row in rows if as_bytes(row.content) == content]

    def _declared(self, index: int, link: Link) -> Iterator[int]:
        """The event that an error declaration repeats; where none is the same, the one so named.

        Only the first event's actor may declare it (section 6).
        """
        rows = [
            row for row in self._earlier(index, _name(link)) if self._actor(row.leaf) == link.actor
        ]
        if equal := self._equal(index, link, rows):
            yield from (row.leaf for row in equal)
        elif len(rows) == 1:
            yield rows[0].leaf

    def _undone(self, index: int, link: Link, name: str) -> Iterator[int]:
        for row in self._earlier(index, name):
            sent = self._link(row.leaf)
            if sent is None or sent.actor != link.actor or not is_dispatch(sent):
                continue
            if not self._is_answered(row.leaf, index):
                yield row.leaf

    def _is_answered(self, leaf: int, before: int) -> bool:
        c = t.follows.c
        query = select(c.leaf).where(c.before == leaf, c.leaf < before)
        for answer in self._reader.connection.execute(query).scalars():
            link = self._link(answer)
            if link is None or step(link) not in (*RECEIVING, *REFUSING):
                continue
            sent = self._link(leaf)
            if sent is not None and link.actor in destinations(sent):  # others' links are no answer
                return True
        return False

    def _link(self, leaf: int) -> Link | None:
        if leaf not in self._links:
            self._links[leaf] = self._reader.parsed(leaf)
        return self._links[leaf]

    def _actor(self, leaf: int) -> str | None:
        link = self._link(leaf)
        return None if link is None else link.actor
