"""The state of the ledger as the append transaction finds it in the store."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, select

from suyuan.keys.validity import Key, Mandate, Party
from suyuan.trace.admission.state import Act, Source
from suyuan.trace.format.link import Link
from suyuan.trace.format.rules import Head

from .. import schema as t
from ..engine import run_driver
from ..read.log_reader import LogReader, StoredLink, stored
from ..selecting import CHUNK, among, chunks, entry_payload
from .link_rows import ACT, KEY, MANDATE, party_of

_REMEMBERED = 200_000


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))


class StoreSource(LogReader, Source):
    """What a State asks, read over the connection of the present transaction.

    Subject and chain numbers are remembered beyond it: they never change.
    """

    def __init__(self) -> None:
        self.subject_ids: dict[str, int] = {}
        self.chain_ids: dict[tuple[str, str], int] = {}
        self._heads: dict[tuple[str, str], Head] = {}
        self._prefetched: set[tuple[str, str]] = set()
        self._absent: set[str] = set()
        self._uris: dict[int, str] = {}
        self._coders: dict[str, str | None] = {}

    def prefetch(self, links: Sequence[Link]) -> None:
        """Read the heads of all chains that these links name in a few statements."""
        self.prefetch_pairs({(ref.item, link.actor) for link in links for ref in link.items})

    def prefetch_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Read the heads of these chains, by subject and actor, in a few statements."""
        wanted = set(pairs)
        self._find_subjects({uri for pair in wanted for uri in pair})
        numbers = {
            (self.subject_ids[item], self.subject_ids[actor]): (item, actor)
            for item, actor in wanted
            if item in self.subject_ids and actor in self.subject_ids
        }
        actors = sorted({actor for _, actor in numbers})
        few = actors if len(actors) <= CHUNK else []
        also = f"actor IN ({_marks(few)}) AND " if few else ""
        query = f"SELECT id, subject, actor, seq, head FROM chain WHERE {also}subject IN ({{}})"  # noqa: S608
        items = sorted({item for item, _ in numbers})
        for number, item, actor, seq, head in self._among(query, items, *few):
            pair = numbers.get((item, actor))
            if pair is not None:
                self.chain_ids[pair] = number
                self._heads[pair] = Head(seq, head.hex())
        self._prefetched |= wanted

    @property
    def remembered(self) -> int:
        """How many chains and URIs are kept in memory."""
        return len(self._prefetched) + len(self._absent) + len(self._coders)

    def forget_heads(self) -> None:
        """Drop what the next transaction may find changed, and numbers where they are many."""
        if len(self.subject_ids) > _REMEMBERED:
            self.subject_ids.clear()
            self._uris.clear()
            self.chain_ids.clear()
        self._heads.clear()
        self._prefetched.clear()
        self._absent.clear()
        self._coders.clear()

    def head(self, subject: str, actor: str) -> Head | None:
        """The last link of a chain."""
        pair = (subject, actor)
        if pair not in self._prefetched:
            self.prefetch_pairs([pair])
        return self._heads.get(pair)

    def know(self, pair: tuple[str, str], actor: int, chain: int, head: Head) -> None:
        """Remember a chain's row that another query read, and its actor's number."""
        self.subject_ids[pair[1]] = actor
        self.chain_ids[pair] = chain
        self._heads[pair] = head
        self._prefetched.add(pair)

    def subject(self, uri: str) -> int | None:
        """The number of a URI that stands in the store."""
        if uri not in self.subject_ids:
            self._find_subjects({uri})
        return self.subject_ids.get(uri)

    def subject_numbers(self, uris: set[str]) -> dict[str, int]:
        """The numbers of those URIs that stand in the store."""
        self._find_subjects(uris)
        return {uri: self.subject_ids[uri] for uri in uris if uri in self.subject_ids}

    def uri(self, number: int) -> str:
        """The URI of a subject."""
        return self._uris.get(number) or self.uris([number])[number]

    def uris(self, numbers: Iterable[int]) -> dict[int, str]:
        """The URIs of subjects by their numbers."""
        wanted, c = set(numbers), t.subject.c
        unknown = sorted(wanted - self._uris.keys())
        rows = among(self.connection, select(c.id, c.uri), c.id, unknown)
        self._uris.update((row.id, row.uri) for row in rows)
        return {number: self._uris[number] for number in wanted if number in self._uris}

    def party(self, uri: str) -> Party | None:
        """A party that was ever admitted."""
        query = select(t.party).join(t.subject, t.party.c.subject == t.subject.c.id)
        return self._one(query.where(t.subject.c.uri == uri), lambda row: party_of(uri, row))

    def granted(self, party: str, authority: str) -> tuple[str, ...]:
        """The roles that the authority's own newest registration gives a party."""
        subject, actor = self.subject(party), self.subject(authority)
        query = (
            select(t.link.c.entry)
            .join(t.link_item, t.link_item.c.leaf == t.link.c.leaf)
            .join(t.chain, t.chain.c.id == t.link_item.c.chain)
            .where(t.chain.c.subject == subject, t.chain.c.actor == actor)
            .order_by(t.link_item.c.seq.desc())
        )
        for row in self._all(query) if subject is not None and actor is not None else ():
            roles = _registered(row.entry)
            if roles is not None:
                return roles
        return ()

    def key(self, keyid: str) -> Key | None:
        """A key that was ever enrolled."""
        return self._one(_keys().where(t.key.c.keyid == keyid), _key)

    def keys_of(self, party: str) -> Sequence[Key]:
        """All keys ever enrolled for a party, in order."""
        query = _keys().where(t.key.c.party == self.subject(party)).order_by(t.key.c.enrolled)
        return [_key(row) for row in self._all(query)]

    def mandates(self, giver: str) -> Sequence[Mandate]:
        """All mandates a party ever gave, in order."""
        c = t.mandate.c
        query = select(t.mandate).where(c.giver == self.subject(giver)).order_by(c.given)
        return [MANDATE.value(row, giver=giver) for row in self._all(query)]

    def remit(self, party: str) -> tuple[str, ...] | None:
        """The remit of a registrar that is appointed."""
        c = t.registrar.c
        query = select(c.remit).where(c.subject == self.subject(party), c.remit.is_not(None))
        return self._one(query, lambda row: tuple(json.loads(row.remit)))

    def prefetch_coders(self, items: Iterable[str]) -> None:
        """Read who coded these items first in a few statements."""
        wanted = [item for item in items if item not in self._coders]
        query = (
            "SELECT item.uri, actor.uri FROM subject item JOIN coder ON coder.subject = item.id "
            "JOIN subject actor ON actor.id = coder.actor WHERE item.uri IN ({})"
        )
        self._coders |= dict.fromkeys(wanted) | dict(map(tuple, self._among(query, wanted)))

    def coder(self, item: str) -> str | None:
        """The actor that coded an item of this ledger first."""
        if item in self._coders:
            return self._coders[item]
        number = self.subject(item)
        if number is None:  # as of every new lot
            return None
        query = select(t.subject.c.uri).join(t.coder, t.coder.c.actor == t.subject.c.id)
        return self._one(query.where(t.coder.c.subject == number), lambda row: str(row.uri))

    def act(self, uri: str) -> Act | None:
        """The hold or recall that was begun under a URI."""
        return self._one(acts().where(t.act.c.subject == self.subject(uri)), act_of)

    def with_events(self, actor: str, items: Iterable[str]) -> set[str]:
        """The items, of these, about which an actor has recorded an event."""
        number = self.subject(actor)
        query = (
            "SELECT DISTINCT item.uri FROM subject item "
            "JOIN chain ON chain.subject = item.id AND chain.actor = ? "
            "JOIN link_item ON link_item.chain = chain.id AND link_item.role <> 0 "
            "WHERE item.uri IN ({})"
        )
        return {uri for (uri,) in self._among(query, () if number is None else items, number)}

    def in_scope(self, items: Iterable[str]) -> list[tuple[str, str, int]]:
        """Items under an act that stops (`Act.stops`): item, act's URI, leaf that says so."""
        query = (
            "SELECT scope.item, subject.uri, scope.leaf FROM scope "
            "JOIN act ON act.leaf = scope.act JOIN subject ON subject.id = act.subject "
            "WHERE scope.item IN ({}) AND scope.cleared IS NULL "
            "AND NOT act.drill AND (act.ended IS NULL OR act.ending = 'close')"
        )
        return [(item, uri, leaf) for item, uri, leaf in self._among(query, items)]

    def standing_in(self, act: int, items: Iterable[str]) -> set[str]:
        """The items, of these, that lie in the scope of an act, named by its leaf."""
        return {item for item, _ in self.entered_in(act, items)}

    def entered_in(self, act: int, items: Iterable[str]) -> list[tuple[str, int]]:
        """The items, of these, in an act's scope, each with the leaf that took it in."""
        query = "SELECT item, leaf FROM scope WHERE act = ? AND cleared IS NULL AND item IN ({})"
        return [(item, leaf) for item, leaf in self._among(query, items, act)]

    def leaves_of(self, act: int) -> list[int]:
        """The leaves of the statements that took something into an act's scope, and it is there."""
        query = "SELECT DISTINCT leaf FROM scope WHERE act = ? AND cleared IS NULL"
        return [int(leaf) for (leaf,) in run_driver(self.connection, query, (act,))]

    def signed_at(self, index: int) -> str:
        """When the link at an index says that it was signed."""
        link = self.link(index)
        return "" if link is None else str(entry_payload(link.entry)["signed_at"])

    def at(self, index: int) -> tuple[str, str] | None:
        """Link hash and actor of the link at an index."""
        link = self.link(index)
        return None if link is None else (link.hash, entry_payload(link.entry)["actor"])

    def in_chain(self, subject: str, actor: str, seq: int) -> StoredLink | None:
        """One link of a chain by its number."""
        # A chain that has begun since its head was looked up has a number all the same.
        if (subject, actor) not in self.chain_ids and self.head(subject, actor) is None:
            return None
        c, chain = t.link_item.c, self.chain_ids[subject, actor]
        query = select(t.link).join(t.link_item, c.leaf == t.link.c.leaf)
        return self._one(query.where(c.chain == chain, c.seq == seq), stored)

    def committed(self, subject: str, actor: str, seq: int) -> int:
        """When one link of a chain was committed, in microseconds; 0 where it is not there."""
        c, link = t.checkpoint.c, self.in_chain(subject, actor, seq)
        if link is None:
            return 0
        query = select(c.committed).where(c.size > link.index).order_by(c.size).limit(1)
        return self._one(query, lambda row: int(row.committed)) or 0

    def first_actor(self, item: str) -> str | None:
        """The actor whose chain about an item began first."""
        c = t.chain.c
        query = select(t.subject.c.uri).join(t.chain, c.actor == t.subject.c.id)
        query = query.where(c.subject == self.subject(item)).order_by(c.id).limit(1)
        return self._one(query, lambda row: str(row.uri))

    def _find_subjects(self, uris: set[str]) -> None:
        unknown = [u for u in uris if u not in self.subject_ids and u not in self._absent]
        plain = [u for u in unknown if "\0" not in u]  # which PostgreSQL cannot ask
        for uri, number in self._among("SELECT uri, id FROM subject WHERE uri IN ({})", plain):
            self.subject_ids[uri], self._uris[number] = number, uri
        # Only this process's own links can add them before `forget_heads`, and it will know.
        self._absent.update(uri for uri in unknown if uri not in self.subject_ids)

    def _among(self, query: str, values: Iterable[Any], *before: Any) -> Iterator[Any]:
        """The rows of a query whose list `{}` has these values, some at a time.

        `before` are the values whose marks stand before the list.
        """
        for part in chunks(values):
            marked = query.format(_marks(part))
            yield from run_driver(self.connection, marked, (*before, *part)).all()

    def _all(self, query: Select[Any]) -> Sequence[Row[Any]]:
        return self.connection.execute(query).all()


def acts() -> Select[Any]:
    """Acts with the URIs of what they are about and of who began them, as `act_of` takes them."""
    actor, subject = t.subject.alias("by"), t.subject.alias("about")
    return (
        select(t.act, subject.c.uri.label("uri"), actor.c.uri.label("actor_uri"))
        .join(subject, t.act.c.subject == subject.c.id)
        .join(actor, t.act.c.actor == actor.c.id)
    )


def act_of(row: Row[Any]) -> Act:
    """The act in a row of `acts`."""
    return ACT.value(row, subject=row.uri, actor=row.actor_uri)


def _keys() -> Select[Any]:
    holder, enroller = t.subject.alias(), t.subject.alias()
    return (
        select(t.key, holder.c.uri.label("party_uri"), enroller.c.uri.label("enroller_uri"))
        .join(holder, t.key.c.party == holder.c.id)
        .join(enroller, t.key.c.enrolled_by == enroller.c.id)
    )


def _key(row: Row[Any]) -> Key:
    return KEY.value(row, party=row.party_uri, enrolled_by=row.enroller_uri)


def _registered(entry: Any) -> tuple[str, ...] | None:
    """The roles in an entry that registers a party; None for any other."""
    try:
        stated = entry_payload(entry).get("statement", {})
    except (TypeError, ValueError, KeyError):  # of a database that was changed
        return None
    is_registration = stated.get("type") == "party" and stated.get("op") in ("admit", "change")
    return tuple(stated["roles"]) if is_registration else None
