"""What joins the events of items: what is void, what they follow, who answers them.

Each in a few statements, however many events there are, and past what strangers say: anybody may
name a link as often as they like.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, or_, select

from suyuan.keys import base64, canonical
from suyuan.trace.format.event_items import id_key
from suyuan.trace.format.link import Link
from suyuan.trace.lineage import joins
from suyuan.trace.lineage.joins import RECEIVING, REFUSING, SENDING, destinations
from suyuan.trace.lineage.model import ItemEvent
from suyuan.trace.lineage.stock import is_receipt, is_refusal

from .. import schema as t
from ..read.facts import Facts
from ..read.reader import Reader
from ..selecting import chunks


def voided(reader: Reader, items: Sequence[int], stop: int) -> dict[int, int]:
    """The events of items that do not count, each with the leaf because of which."""
    c = t.voided.c
    query = _of_items(select(c.leaf, c.by)).join(t.voided, c.leaf == t.link_item.c.leaf)
    rows = reader.among(query.where(c.by < stop), t.chain.c.subject, items)
    return {row.leaf: row.by for row in rows}


def named(reader: Reader, items: Sequence[int], stop: int) -> dict[int, list[int]]:
    """What the events of items name in `after`, by their leaves."""
    c = t.follows.c
    found: dict[int, set[int]] = {}
    query = _of_items(select(c.leaf, c.before)).join(t.follows, c.leaf == t.link_item.c.leaf)
    for row in reader.among(query.where(c.leaf < stop), t.chain.c.subject, items):
        found.setdefault(row.leaf, set()).add(row.before)
    return {leaf: sorted(before) for leaf, before in found.items()}


def _of_items(query: Select[Any]) -> Select[Any]:
    return query.select_from(t.chain).join(t.link_item, t.link_item.c.chain == t.chain.c.id)


def answers(
    reader: Reader, leaves: Collection[int], stop: int, who: Callable[[int], set[str]]
) -> dict[int, list[int]]:
    """For dispatches and refusals, the links that name them, of who may answer: `who` says.

    And perhaps of a few others, whose URIs begin alike.
    """
    c = t.follows.c
    found: dict[int, list[int]] = {}
    for part in chunks(sorted(leaves)):
        query = select(c.before).where(c.before.in_(part), c.leaf < stop).distinct()
        sent = list(reader.connection.execute(query).scalars())
        starts = {begins_as(uri) for leaf in sent for uri in who(leaf)}
        for some in chunks(sorted(starts)):
            is_of_one = or_(*(func.substr(t.link.c.entry, 1, len(x)) == x for x in some))
            rows = (
                select(c.leaf, c.before)
                .join(t.link, t.link.c.leaf == c.leaf)
                .where(c.before.in_(sent), c.leaf < stop, is_of_one)
                .order_by(c.leaf)
            )
            for leaf, before in reader.connection.execute(rows):
                found.setdefault(before, []).append(leaf)
    return found


def begins_as(actor: str) -> bytes:
    """The bytes with which every entry of an actor begins, and few others.

    `actor` is the first member of a payload's one form. So the database can pass over what others
    signed, which else would all have to be read: no column has the actor of a leaf.
    """
    start = b'{"actor":' + canonical.dumps(actor) + b","
    return b'{"payload":"' + base64.encode(start[: len(start) // 3 * 3]).encode()


class Replies:
    """Questions about dispatches and refusals, and the links that name them.

    `recipients` has the party that a dispatch went to by its leaf, as the columns say.
    """

    def __init__(
        self,
        link: Callable[[int], Link | None],
        facts: Facts,
        recipients: Mapping[int, str | None],
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
        return {one.actor for one in before if one is not None}

    def may_answer(self, sent: ItemEvent, actor: str) -> bool:
        """Only whom it was sent to; a refusal is answered by who sent what was refused."""
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
            found = self._facts.registration(actor, receipt.leaf)
            return None if found is None else found.part_of

        return bool(sent) and not any(
            joins.is_addressed(link, receipt.actor, firm) for link in sent
        )

    def sent_to(self, link: Link) -> set[str]:
        """Whom a link sends its items to: a refusal, back to who sent them."""
        step = str((link.event or {}).get("bizStep"))
        if step.endswith(SENDING):
            return destinations(link)
        if step not in REFUSING:
            return set()
        sent = [self._link(ref.index) for ref in link.after if ref.ledger is None]
        return {one.actor for one in sent if one is not None and link.actor in destinations(one)}
