"""What concerns whom, read from links and from what followed of them: the entries of feeds.

Each is decided by what is signed, so that nobody comes into another's feed by a name alone: goods
by where they were sent, an answer by the hand-over that it answers (section 10 of the format), a
statement by the party that it is about. Holds and recalls are the outbox's.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from suyuan.trace.admission.chain import step
from suyuan.trace.exchange.feed_json import entries_json, written
from suyuan.trace.format.identifiers.parties import alike
from suyuan.trace.format.json_values import Json
from suyuan.trace.format.link import Link
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods.profiles import Profiles
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.lineage.joins import (
    WITHOUT_GOODS,
    destinations,
    is_addressed,
    is_dispatch,
    is_refusal,
)
from suyuan.trace.store.beside.feed_rows import Concern, FeedRow, Kind
from suyuan.trace.store.beside.jobs import Job
from suyuan.trace.store.beside.preferences import FEED, Contact, contacts_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.slip_lines import recorded_again, undone_by

from .notice_text import typed

WHAT = "feed"
MOST = 100  # entries that one post has
_OF_PARTIES = ("party", "registrar", "key", "mandate", "ownership")
_ANSWERS = ("acknowledge", "report")


@dataclass(frozen=True)
class Window:
    """Some links in a row, with those before them that they name, over one reader."""

    reader: Reader
    ledger: Ledger
    links: Sequence[tuple[int, Link]]

    def concerns(self) -> list[Concern]:
        """Whom these links concern, holds and recalls aside; in the order of the log."""
        of_links = [one for index, link in self.links for one in self._of_link(index, link)]
        every = (*of_links, *self._undone(), *self._findings())
        known = [one for one in every if self._is_party(one.party)]
        return sorted(known, key=lambda one: (one.leaf, one.kind, one.party, one.about))

    @cached_property
    def items(self) -> set[str]:
        """What they are about, and what is in what they name."""
        named = (self._link(ref.index) for _, link in self.links for ref in link.after)
        every = [link for _, link in self.links] + [link for link in named if link is not None]
        return {ref.item for link in every for ref in link.items}

    @property
    def parties(self) -> set[str]:
        """Those that recorded events, and those that they send to."""
        events = [link for _, link in self.links if link.event is not None]
        return {uri for link in events for uri in (link.actor, *destinations(link))}

    @cached_property
    def _read(self) -> dict[int, Link | None]:
        return dict(self.links)

    @cached_property
    def _parties(self) -> dict[str, bool]:
        return {}

    def _link(self, index: int) -> Link | None:
        if index not in self._read:
            self._read[index] = self.reader.parsed(index)
        return self._read[index]

    def _is_party(self, uri: str) -> bool:
        if uri not in self._parties:
            self._parties[uri] = self.reader.party(uri) is not None
        return self._parties[uri]

    def _firm(self, uri: str) -> str | None:
        party = self.reader.party(uri)
        return None if party is None else party.part_of

    def _of_link(self, index: int, link: Link) -> Iterator[Concern]:
        if link.statement is not None:
            of_statement = self._of_statement(link.actor, link.statement)
            yield from (Concern(party, kind, index, about) for party, kind, about in of_statement)
        elif link.event is not None and not link.is_received:
            sent_to = () if index in self._again else self._recipients(link)
            yield from (Concern(party, Kind.ARRIVAL, index) for party in sent_to)
            yield from (Concern(party, Kind.ANSWER, index) for party in self._answered(link))

    @cached_property
    def _again(self) -> set[int]:
        return recorded_again(self.reader, [index for index, _ in self.links])

    def _recipients(self, link: Link) -> set[str]:
        """The other parties that a dispatch is sent to."""
        if not is_dispatch(link):
            return set()
        return {uri for end in destinations(link) for uri in (end, alike(end))} - {link.actor}

    def _answered(self, link: Link) -> set[str]:
        """Whose hand-overs a link answers."""
        if "errorDeclaration" in (link.event or {}) or step(link) in WITHOUT_GOODS:
            return set()
        named = (self._link(ref.index) for ref in link.after if ref.ledger is None)
        return {one.actor for one in named if one is not None and self._is_sent(one, link.actor)}

    def _is_sent(self, link: Link, actor: str) -> bool:
        """Whether a link is a dispatch, or a refusal, that was sent to an actor."""
        if link.actor == actor:
            return False
        if is_refusal(link):
            named = (self._link(ref.index) for ref in link.after if ref.ledger is None)
            return any(one is not None and one.actor == actor for one in named)
        return is_dispatch(link) and is_addressed(link, actor, self._firm)

    def _of_statement(
        self, actor: str, stated: Mapping[str, object]
    ) -> Iterator[tuple[str, Kind, str]]:
        kind, uri, genesis = stated["type"], str(stated.get("uri")), self.ledger.trust.genesis
        if kind in _OF_PARTIES:
            ends = {str(stated[name]) for name in ("party", "to") if name in stated}
            yield from ((party, Kind.REGISTRATION, "") for party in ends - {actor})
        elif kind == "profile" and Profiles(self.reader, genesis).is_over(actor, uri):
            yield uri, Kind.REGISTRATION, ""
        elif kind == "recall" and stated.get("op") in _ANSWERS:
            act = self.reader.act(uri)
            if act is not None and act.actor != actor:
                yield act.actor, Kind.ANSWER, uri

    def _undone(self) -> Iterator[Concern]:
        """To whom what a link takes back was sent."""
        for leaf, by in undone_by(self.reader, [index for index, _ in self.links]):
            sent = self._link(leaf)
            for party in () if sent is None or sent.is_received else self._recipients(sent):
                yield Concern(party, Kind.UNDONE, by)

    def _findings(self) -> Iterator[Concern]:
        for found in Lineage(self.reader).findings_of(sorted(self.items)).values():
            for one in found:
                if one.actor is not None:
                    yield Concern(one.actor, Kind.FINDING, one.leaf, f"{one.rule} {one.subject}")
        for rule, leaf, subject, _ in self.reader.findings([index for index, _ in self.links]):
            if (link := self._link(leaf)) is not None:
                yield Concern(link.actor, Kind.FINDING, leaf, f"{rule} {subject}")


@dataclass(frozen=True)
class Posts:
    """What is posted of feeds: to each address that a party gave, in parts of at most MOST.

    What is to be said of each concern is read before any row is written.
    """

    ledger: Ledger
    contacts: Mapping[str, Sequence[Contact]]
    entries: Mapping[str, Json]
    stop: int

    @classmethod
    def of(cls, reader: Reader, ledger: Ledger, concerns: Sequence[Concern], stop: int) -> "Posts":
        """The posts of these concerns, noticed in links before `stop`."""
        contacts = contacts_of(reader, {one.party for one in concerns}, (FEED,))
        posted = [one for one in concerns if one.party in contacts]
        return cls(ledger, contacts, entries_json(reader, ledger.trust.host, posted), stop)

    def jobs(self, rows: Sequence[FeedRow]) -> list[Job]:
        """A job for each address and part of these rows."""
        parts = [
            (contact, own[start : start + MOST])
            for party, contacts in sorted(self.contacts.items())
            if (own := [row for row in rows if row.party == party])
            for contact in contacts
            for start in range(0, len(own), MOST)
        ]
        return [self._job(contact, part) for contact, part in parts]

    def _job(self, to: Contact, rows: Sequence[FeedRow]) -> Job:
        at = rows[0].at
        data = {
            "ledger": self.ledger.trust.origin,
            "party": to.party,
            "entries": [written(row, self.entries[row.key]) for row in rows],
            "cursor": rows[-1].cursor,
        }
        body = typed(WHAT, from_micros(at), data)
        key = hashlib.sha256("\0".join((WHAT, rows[0].key, to.address)).encode()).hexdigest()
        # Those of one look go together, and each look after the ones before it.
        return Job(key, to.kind, to.party, to.address, self.stop,
                   {"what": WHAT, "body": body}, at, at)  # fmt: skip
