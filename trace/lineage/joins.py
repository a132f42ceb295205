"""What joins chains: hand-overs by what their events say, and how a holder's chain begins.

Section 10 of the format, as pure functions over links. An arrow in `after` says what its signer
wants to follow; it joins only where the other side sent the goods to that signer.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from operator import itemgetter
from typing import NamedTuple, Protocol

from suyuan.trace.admission.chain import step
from suyuan.trace.admission.state import coded
from suyuan.trace.format.event_items import Role, rows
from suyuan.trace.format.identifiers.parties import alike
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object, objects_in, text_in
from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.format.vocabulary import biz_steps

SENDING, UNSENDING = biz_steps("sends"), biz_steps("unsends")
RECEIVING, REFUSING = biz_steps("receives"), biz_steps("refuses")
_BOUGHT = tuple(
    f"suyuan:{name}"
    for name in ("product", "productId", "spec", "productionDate", "lot", "shelfLifeDays", "origin")
)
_TO_A_PARTY = ("owning_party", "possessing_party")
EXAMINING = biz_steps("tests")
WITHOUT_GOODS = biz_steps("tests", "samples")
_MOST_READ = 20_000  # links that all looks into containers of one history read
_MOST_STEPS = 1_000_000  # and what they go by in those


Pair = tuple[str, str]  # an item and an actor: a chain


class Place(NamedTuple):
    """A chain up to one of its numbers."""

    item: str
    actor: str
    seq: int


class Start(StrEnum):
    """How a holder's chain of an item begins."""

    OWN = "own"  # coded, made, packed, or taken out of a container that it holds
    JOINED = "joined"  # a receipt of what was sent to it
    PURCHASE = "purchase"  # from outside of the ledger, as its buyer states
    REPORTED = "reported"  # a document says so, and who took the step did not sign here
    UNSENT = "unsent"  # whatever else


class Parties(Protocol):
    """Parties and keys as a ledger or an evidence file knows them, to join links by."""

    def part_of(self, uri: str) -> str | None:
        """The firm of a party, by its last registration."""

    def is_foreign(self, item: str, actor: str) -> bool:
        """Whether the authority assigned an item to another than the actor or its firm."""

    def is_examiner(self, uri: str) -> bool:
        """Whether the authority itself has registered a party to examine for others."""

    def is_lost(self, index: int, link: Link) -> bool:
        """Whether the key of the link at an index is reported lost since before it."""


def destinations(link: Link) -> set[str]:
    """The owning and possessing parties that a link's event is destined to."""
    parties = {
        text_in(part, "destination")
        for part in objects_in(link.event or {}, "destinationList")
        if (text_in(part, "type") or "").endswith(_TO_A_PARTY)  # bare, or as a URI of the CBV
    }
    return {party for party in parties if party is not None}


def is_addressed(link: Link, actor: str, firm: Callable[[str], str | None]) -> bool:
    """Whether a dispatch or return went to an actor, by URN or URI, or else to its firm."""
    named = {alike(party) for party in destinations(link)}
    if alike(actor) in named:
        return True
    of = firm(actor) if named else None
    return of is not None and alike(of) in named


def is_dispatch(link: Link) -> bool:
    """Whether a link's event ships something; one that takes such an event back does not."""
    return step(link) in SENDING and "errorDeclaration" not in (link.event or {})


def is_return(link: Link) -> bool:
    """Whether a link's event sends back what it was sent."""
    return (text_in(link.event or {}, "disposition") or "").endswith("returned")


def is_refusal(link: Link) -> bool:
    """Whether a link's event refuses what was sent to its actor."""
    return (link.event or {}).get("bizStep") in REFUSING


def undone(link: Link) -> str | None:
    """The eventID of the dispatch of its actor that a link's event takes back, if it does."""
    event = link.event or {}
    if "errorDeclaration" in event:
        return text_in(event, "eventID")
    return text_in(event, "suyuan:of") if step(link) in UNSENDING else None


def bought(event: Object) -> Object | None:
    """A buyer's own data on goods that no supplier pushed, as an ilmd; None where it has none."""
    is_receipt = str(event.get("bizStep")).endswith(RECEIVING)
    if not is_receipt or not isinstance(event.get(SUPPLIER), dict):
        return None
    if text_in(event, "suyuan:product") is None:
        return None
    return {name: event[name] for name in _BOUGHT if name in event}


def is_unpacking(link: Link) -> bool:
    """Whether a link's event ends an aggregation."""
    return link.event is not None and link.event.get("action") == "DELETE"


def brought_about(link: Link) -> set[str]:
    """What a link codes, makes, or packs something into: what its actor may begin a chain with."""
    items = set(coded(link))
    event = {} if link.is_received else link.event or {}
    if event.get("type") == "AggregationEvent" and event.get("action") == "ADD":
        items |= {row.item for row in rows(link) if row.role & Role.PARENT}
    return items


def holds_goods(link: Link) -> bool:
    """Whether a link is about its actor's goods: no statement, examination, refusal or error."""
    if link.event_ref is not None:
        return True
    event = link.event
    if event is None or "errorDeclaration" in event:
        return False
    return step(link) not in WITHOUT_GOODS and not is_refusal(link)


@dataclass(slots=True)
class Joins:
    """What joins what; `at` gives a link, `chain` those of a chain from a number to a place."""

    at: Callable[[int], Link | None]
    chain: Callable[[Place, int], Iterable[Link]]
    parties: Parties
    _roles: dict[str, Mapping[str, Role]] = field(default_factory=dict)
    _numbers: dict[str, Mapping[str, int]] = field(default_factory=dict)
    _answered: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    _contents: dict[Pair, tuple[int, list[tuple[int, Place]]]] = field(default_factory=dict)
    _without: dict[str, dict[Pair, int]] = field(default_factory=dict)
    _room: int = _MOST_READ
    _steps: int = _MOST_STEPS

    def roles(self, link: Link) -> Mapping[str, Role]:
        """The part that each item of a link has in its event."""
        if link.hash not in self._roles:
            self._roles[link.hash] = {row.item: row.role for row in rows(link)}
        return self._roles[link.hash]

    def answered(self, link: Link) -> tuple[Link, ...]:
        """The dispatches, returns and refusals among what a link names that were sent to it."""
        if link.hash not in self._answered:
            self._answered[link.hash] = tuple(self._answers(link))
        return self._answered[link.hash]

    def _answers(self, link: Link) -> Iterator[Link]:
        if link.event is None or link.is_received or "errorDeclaration" in link.event:
            return
        if step(link) in WITHOUT_GOODS:
            return
        for ref in link.after:
            named = self.at(ref.index) if ref.ledger is None else None
            if named is None or named.hash != ref.hash or named.is_received:
                continue
            if is_dispatch(named):
                is_sent = is_addressed(named, link.actor, self.parties.part_of)
            else:  # a refusal is sent to whose dispatch it answers
                is_sent = is_refusal(named) and any(
                    sent.actor == link.actor and is_dispatch(sent) for sent in self.answered(named)
                )
            if is_sent:
                yield named

    def sources(self, link: Link, item: str) -> Iterator[Place]:
        """Chains, up to what was sent, of an item, or of containers that the sender had it in."""
        for named in self.answered(link):
            if (seq := self.numbers(named).get(item)) is not None:
                yield Place(item, named.actor, seq)
                continue
            for ref in named.items:
                place = Place(ref.item, named.actor, ref.seq)
                if self.has_inside(place, item):
                    yield place

    def has_inside(self, place: Place, item: str) -> bool:
        """Whether the chains of a container, up to this place, have packed an item into it."""
        known = self._without.setdefault(item, {})
        seen: dict[Pair, int] = {}
        todo = [place]
        while todo:
            here = todo.pop()
            pair = here.item, here.actor
            start = max(seen.get(pair, -1), known.get(pair, -1))
            self._steps -= 1
            if here.seq <= start:
                continue
            seen[pair] = here.seq
            content = self._content(here)
            for seq, inner in content[bisect_right(content, start, key=itemgetter(0)) :]:
                self._steps -= 1
                if self._steps < 0:
                    return False
                if seq > here.seq:
                    break
                if inner.item == item:
                    return True
                todo.append(inner)
        for pair, last in seen.items():
            known[pair] = max(last, known.get(pair, -1))
        return False

    def _content(self, place: Place) -> list[tuple[int, Place]]:
        """Where the chain of a container leads, up to this place at least: by number."""
        pair = place.item, place.actor
        last, content = self._contents.get(pair, (-1, []))
        if last >= place.seq or self._room <= 0:
            return content
        for link in self.chain(place, last + 1):
            self._room -= 1
            seq = self.numbers(link)[place.item]
            for places in (self.packed, self.unpacked, self._sent):
                content += [(seq, inner) for inner in places(link, place.item)]
        self._contents[pair] = place.seq, content
        return content

    def _sent(self, link: Link, container: str) -> Iterator[Place]:
        """What a link answers: the container, else all that was sent, which may have had it in."""
        for named in self.answered(link):
            numbers = self.numbers(named)
            for item in (container,) if container in numbers else numbers:
                yield Place(item, named.actor, numbers[item])

    def numbers(self, link: Link) -> Mapping[str, int]:
        """The number of a link in its actor's chain about each of its items."""
        if link.hash not in self._numbers:
            self._numbers[link.hash] = {ref.item: ref.seq for ref in link.items}
        return self._numbers[link.hash]

    def packed(self, link: Link, container: str) -> list[Place]:
        """What a link packs into a container: the packer's own chains up to it."""
        return [] if is_unpacking(link) else self._across(link, container, Role.PARENT, Role.CHILD)

    def inputs(self, link: Link, item: str) -> list[Place]:
        """What a link makes an item from: the maker's own chains up to it."""
        return self._across(link, item, Role.OUTPUT, Role.INPUT)

    def unpacked(self, link: Link, item: str) -> list[Place]:
        """The containers out of which a link takes an item: its actor's own chains up to it."""
        return self._across(link, item, Role.CHILD, Role.PARENT) if is_unpacking(link) else []

    def _across(self, link: Link, item: str, own: Role, other: Role) -> list[Place]:
        """The chains of the other items of a link, where an item has a part of its own in it."""
        roles = self.roles(link)
        if not roles.get(item, Role.NONE) & own:
            return []
        return [
            Place(ref.item, link.actor, ref.seq) for ref in link.items if roles[ref.item] & other
        ]

    def start(self, link: Link, item: str) -> Start:
        """How a chain about an item begins whose first link on goods is this one."""
        if link.event is None:
            return Start.UNSENT
        if link.is_received:
            return Start.REPORTED
        if item in brought_about(link):
            return Start.UNSENT if self.parties.is_foreign(item, link.actor) else Start.OWN
        if link.event["type"] == "AggregationEvent" and any(
            self.has_inside(place, item) for place in self.unpacked(link, item)
        ):
            return Start.OWN
        if next(self.sources(link, item), None) is not None:
            return Start.JOINED
        return Start.PURCHASE if self.is_bought(link) else Start.UNSENT

    def is_bought(self, link: Link) -> bool:
        """Whether a receipt enters a purchase: it answers no dispatch or refusal."""
        is_entered = isinstance((link.event or {}).get(SUPPLIER), dict)
        if not is_entered or step(link) not in RECEIVING:
            return False
        is_elsewhere = any(ref.ledger is not None for ref in link.after)
        return not (is_elsewhere or self.names_sent(link))

    def names_sent(self, link: Link) -> bool:
        """Whether a link names a dispatch or a refusal, to any party."""
        named = [self.at(ref.index) for ref in link.after if ref.ledger is None]
        return any(sent is not None and (is_dispatch(sent) or is_refusal(sent)) for sent in named)
