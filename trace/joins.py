"""What joins chains: hand-overs that were addressed, and how a holder's chain begins.

Section 10 of the format, as pure functions over links. An arrow in `after` says what its signer
wants to follow; it joins only where the other side sent the goods to that signer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from .chain import step
from .handover import SUPPLIER, is_addressed, is_dispatch, is_refusal
from .link import Link
from .projection import Role, rows
from .state import coded

EXAMINING = "inspecting"
_WITHOUT_GOODS = (EXAMINING, "sampling")
_MOST_READ = 2_000  # links that one look into containers reads


class Place(NamedTuple):
    """A chain up to one of its numbers."""

    item: str
    actor: str
    seq: int


class Start(StrEnum):
    """How a holder's chain of an item begins."""

    OWN = "own"  # coded, made, packed, or taken out of a container that it holds
    JOINED = "joined"  # a receipt of what was sent to it
    PURCHASE = "purchase"  # from outside of the ledger, by the buyer's word
    REPORTED = "reported"  # a document says so, and who took the step did not sign here
    UNSENT = "unsent"  # whatever else


def is_unpacking(link: Link) -> bool:
    """Whether a link's event ends what it says of an aggregation."""
    return link.event is not None and link.event.get("action") == "DELETE"


def holds_goods(link: Link) -> bool:
    """Whether a link says something of its actor's goods.

    Statements, examinations and refusals do not, and no declaration that an event was an error.
    """
    if link.event_ref is not None:
        return True
    event = link.event
    if event is None or "errorDeclaration" in event:
        return False
    return step(link) not in _WITHOUT_GOODS and not is_refusal(link)


@dataclass(slots=True)
class Joins:
    """What joins what, by the links that `at` and `chain` find.

    `at` gives the link at an index, `chain` the links of a chain up to a number, in order;
    `part_of` the firm of a party by its last registration; `is_foreign` whether the GS1 prefix of
    an item is owned by another than the actor.
    """

    at: Callable[[int], Link | None]
    chain: Callable[[Place], Iterable[Link]]
    part_of: Callable[[str], str | None]
    is_foreign: Callable[[str, str], bool] = lambda _item, _actor: False
    _roles: dict[str, Mapping[str, Role]] = field(default_factory=dict)

    def roles(self, link: Link) -> Mapping[str, Role]:
        """The part that each item of a link has in its event."""
        if link.hash not in self._roles:
            self._roles[link.hash] = {row.item: row.role for row in rows(link)}
        return self._roles[link.hash]

    def answered(self, link: Link) -> Iterator[Link]:
        """The dispatches, returns and refusals among what a link names that were sent to it."""
        if link.event is None or link.is_received or "errorDeclaration" in link.event:
            return
        if step(link) in _WITHOUT_GOODS:
            return
        for ref in link.after:
            named = self.at(ref.index) if ref.ledger is None else None
            if named is None or named.hash != ref.hash or named.is_received:
                continue
            is_sent = is_dispatch(named) and is_addressed(named, link.actor, self.part_of)
            if is_sent or (is_refusal(named) and self._sends_back(named, link.actor)):
                yield named

    def _sends_back(self, refusal: Link, actor: str) -> bool:
        """Whether a refusal answers a dispatch of this actor."""
        return any(sent.actor == actor and is_dispatch(sent) for sent in self.answered(refusal))

    def sources(self, link: Link, item: str) -> Iterator[Place]:
        """Where an item came to a link from, out of other hands: chains up to what was sent.

        Of the item itself; or of the containers sent in which the sender's chains had it.
        """
        for named in self.answered(link):
            same = next((ref for ref in named.items if ref.item == item), None)
            if same is not None:
                yield Place(item, named.actor, same.seq)
                continue
            for ref in named.items:
                place = Place(ref.item, named.actor, ref.seq)
                if self.has_inside(place, item):
                    yield place

    def has_inside(self, place: Place, item: str) -> bool:
        """Whether the chains of a container, up to this place, have packed an item into it."""
        seen: set[Place] = set()
        todo, room = [place], _MOST_READ
        while todo:
            here = todo.pop()
            if here in seen:
                continue
            seen.add(here)
            for link in self.chain(here):
                room -= 1
                if room < 0:
                    return False
                children = self.packed(link, here.item)
                if any(child.item == item for child in children):
                    return True
                todo += [*children, *self._direct(link, here.item)]
        return False

    def _direct(self, link: Link, item: str) -> Iterator[Place]:
        for named in self.answered(link):
            yield from (Place(item, named.actor, r.seq) for r in named.items if r.item == item)

    def packed(self, link: Link, container: str) -> list[Place]:
        """What a link packs into a container: the packer's own chains up to it."""
        roles = self.roles(link)
        if is_unpacking(link) or not roles.get(container, Role.NONE) & Role.PARENT:
            return []
        return [Place(ref.item, link.actor, ref.seq) for ref in link.items
                if roles[ref.item] & Role.CHILD]  # fmt: skip

    def inputs(self, link: Link, item: str) -> list[Place]:
        """What a link makes an item from: the maker's own chains up to it."""
        roles = self.roles(link)
        if not roles.get(item, Role.NONE) & Role.OUTPUT:
            return []
        return [Place(ref.item, link.actor, ref.seq) for ref in link.items
                if roles[ref.item] & Role.INPUT]  # fmt: skip

    def unpacked(self, link: Link, item: str) -> list[Place]:
        """The containers out of which a link takes an item: its actor's own chains up to it."""
        roles = self.roles(link)
        if not is_unpacking(link) or not roles.get(item, Role.NONE) & Role.CHILD:
            return []
        return [Place(ref.item, link.actor, ref.seq) for ref in link.items
                if roles[ref.item] & Role.PARENT]  # fmt: skip

    def start(self, link: Link, item: str) -> Start:
        """How a chain about an item begins whose first link on goods is this one.

        A container that is unpacked has a chain of its own, which is judged for itself; one that
        the actor has said nothing of before is not held.
        """
        if link.event is None:
            return Start.UNSENT
        if link.is_received:
            return Start.REPORTED
        if item in set(coded(link)):
            return Start.UNSENT if self.is_foreign(item, link.actor) else Start.OWN
        if link.event["type"] == "AggregationEvent":
            is_added = link.event.get("action") == "ADD"
            if is_added and self.roles(link).get(item, Role.NONE) & Role.PARENT:
                return Start.OWN
            if any(place.seq > 0 for place in self.unpacked(link, item)):
                return Start.OWN
        if next(self.sources(link, item), None) is not None:
            return Start.JOINED
        return Start.PURCHASE if self.is_bought(link) else Start.UNSENT

    def is_bought(self, link: Link) -> bool:
        """Whether a receipt enters a purchase: it answers nothing that was sent, to whomever."""
        is_entered = isinstance((link.event or {}).get(SUPPLIER), dict)
        is_elsewhere = any(ref.ledger is not None for ref in link.after)
        return is_entered and step(link) == "receiving" and not (
            is_elsewhere or self.names_sent(link)
        )  # fmt: skip

    def names_sent(self, link: Link) -> bool:
        """Whether a link names something that was sent or refused, to whomever."""
        named = [self.at(ref.index) for ref in link.after if ref.ledger is None]
        return any(one is not None and (is_dispatch(one) or is_refusal(one)) for one in named)
