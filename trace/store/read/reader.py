"""Reading the ledger: short transactions, one index for each question."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, Engine, select

from suyuan.keys.validity import Party
from suyuan.trace.admission.ownership import Owner
from suyuan.trace.format.event_items import Role, id_key
from suyuan.trace.format.link import Link, readable
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message
from suyuan.trace.format.rules import Head

from .. import schema as t
from ..append.link_rows import party_of
from ..append.source import StoreSource
from ..engine import failing, is_sqlite
from ..selecting import as_bytes, entry_payload
from .log_reader import StoredLink, logged, stored
from .naming import Named, names, owners

_BLOCK = 2_000


@dataclass(frozen=True, slots=True)
class ChainHead:
    """A chain and its last link, as the store's columns have it."""

    item: str
    actor: str
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class ItemAt:
    """A place in a chain, as the columns beside an entry have it."""

    item: str
    actor: str
    seq: int


class Reader(StoreSource):
    """Questions about one ledger over one connection, all answered as of one moment."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection

    def chains(self, item: str) -> list[ChainHead]:
        """All chains about an item, in the order in which they began."""
        actor = t.subject.alias()
        number = self.subject(item)
        query = (
            select(t.chain.c.id, t.chain.c.actor, t.chain.c.seq, t.chain.c.head, actor.c.uri)
            .join(actor, t.chain.c.actor == actor.c.id)
            .where(t.chain.c.subject == number)
            .order_by(t.chain.c.id)
        )
        if number is None:
            return []
        heads = []
        for row in self.connection.execute(query):
            head = Head(row.seq, as_bytes(row.head).hex())
            self.know((item, row.uri), row.actor, row.id, head)
            heads.append(ChainHead(item, row.uri, head.seq, head.hash))
        return heads

    def chain_head(self, item: str, actor: str) -> ChainHead | None:
        """The head of one actor's chain about an item."""
        head = self.head(item, actor)
        return None if head is None else ChainHead(item, actor, head.seq, head.hash)

    def chain_links(
        self, item: str, actor: str, up_to: int | None = None, *, since: int = 0
    ) -> list[tuple[int, StoredLink | None]]:
        """The links of a chain by number, from `since` to `up_to`; None for one that is gone."""
        if self.head(item, actor) is None:
            return []
        link = t.link.c
        query = (
            select(t.link_item.c.seq, t.link_item.c.leaf, link.hash, link.entry, logged())
            .outerjoin(t.link, t.link.c.leaf == t.link_item.c.leaf)
            .where(t.link_item.c.chain == self.chain_ids[item, actor])
            .where(t.link_item.c.seq >= since)
            .order_by(t.link_item.c.seq)
        )
        if up_to is not None:
            query = query.where(t.link_item.c.seq <= up_to)
        return [
            (row.seq, None if row.entry is None else replace(stored(row), logged=row.logged))
            for row in self.connection.execute(query)
        ]

    def readable_chain(
        self, item: str, actor: str, up_to: int | None = None
    ) -> Iterator[tuple[StoredLink, Link]]:
        """The links of a chain, from its beginning, that are there and can be read."""
        for _, row in self.chain_links(item, actor, up_to):
            if row is not None and (link := readable(row.entry)) is not None:
                yield row, link

    def chain_statements(self, uri: str, actor: str, kind: str) -> Iterator[tuple[int, Object]]:
        """The statements of a type in a chain, each with its index, that can be read."""
        for row, link in self.readable_chain(uri, actor):
            if link.statement is not None and link.statement["type"] == kind:
                yield row.index, link.statement

    def turns(self, item: str, actor: str, up_to: int, *, limit: int) -> list[int]:
        """The first numbers of a chain at which its item is made, packed or unpacked."""
        if self.head(item, actor) is None:
            return []
        c, roles = t.link_item.c, Role.PARENT | Role.CHILD | Role.OUTPUT
        query = (
            select(c.seq)
            .where(c.chain == self.chain_ids[item, actor], c.seq <= up_to)
            .where(c.role.op("&")(int(roles)) != 0)
            .order_by(c.seq)
            .limit(limit)
        )
        return list(self.connection.execute(query).scalars())

    def heads(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Head | None]:
        """The heads of chains, by item and actor."""
        self.prefetch_pairs(pairs)
        return {pair: self.head(*pair) for pair in pairs}

    def codes(self, codes: Iterable[str]) -> dict[str, tuple[str, str | None]]:
        """The item, and for a chain's code its actor, that each of these trace codes names."""
        actor, item = t.subject.alias(), t.subject.alias()
        query = (
            select(t.code.c.code, item.c.uri, actor.c.uri.label("actor"))
            .select_from(t.code)
            .join(item, t.code.c.subject == item.c.id)
            .outerjoin(actor, t.code.c.actor == actor.c.id)
        )
        rows = self.among(query, t.code.c.code, codes)
        return {row.code: (row.uri, row.actor) for row in rows}

    def parties(self) -> list[Party]:
        """All parties, in order of admission."""
        query = select(t.party, t.subject.c.uri).join(t.subject).order_by(t.party.c.admitted)
        return [party_of(row.uri, row) for row in self.connection.execute(query)]

    def spkis(self, keyids: Iterable[str]) -> dict[str, bytes]:
        """The SubjectPublicKeyInfos of those of these keys that were ever enrolled."""
        rows = self.among(select(t.key.c.keyid, t.key.c.spki), t.key.c.keyid, keyids)
        return {row.keyid: as_bytes(row.spki) for row in rows}

    def events_received(self, event_ids: set[str], actor: str) -> list[dict[str, Any]]:
        """Events with these eventIDs that an actor has recorded as received."""
        query = (
            select(t.link.c.entry)
            .join(t.event, t.event.c.leaf == t.link.c.leaf)
            .where(t.event.c.received.is_(True))
        )
        rows = self.among(query, t.event.c.event_id, sorted({id_key(name) for name in event_ids}))
        payloads = (entry_payload(row.entry) for row in rows)
        return [payload["event"] for payload in payloads if payload["actor"] == actor]

    def events_of_document(self, sha256: str, actor: str) -> Iterator[dict[str, Any]]:
        """The events that an actor made of a document, in the order of the log."""
        row = self.connection.execute(
            select(t.document.c.first, t.document.c.links, t.document.c.finished)
            .join(t.subject, t.document.c.actor == t.subject.c.id)
            .where(t.document.c.sha256 == sha256, t.subject.c.uri == actor)
        ).one_or_none()
        if row is None:
            return
        for link in self.links(row.first, row.finished):
            payload = entry_payload(link.entry)
            is_made_of_it = payload.get("document", {}).get("sha256") == sha256
            if is_made_of_it and payload["actor"] == actor and "event" in payload:
                yield payload["event"]

    def items_at(self, leaves: Sequence[int]) -> dict[int, list[ItemAt]]:
        """The places of links by leaf index, from the columns alone; a walk over all of them."""
        item, actor = t.subject.alias(), t.subject.alias()
        c, places = t.link_item.c, dict[int, list[ItemAt]]()
        query = (
            select(c.leaf, c.seq, item.c.uri.label("item"), actor.c.uri.label("actor"))
            .join(t.chain, c.chain == t.chain.c.id)
            .join(item, t.chain.c.subject == item.c.id)
            .join(actor, t.chain.c.actor == actor.c.id)
            .order_by(c.leaf, item.c.uri)
        )
        for row in self.among(query, c.leaf, leaves):
            places.setdefault(row.leaf, []).append(ItemAt(row.item, row.actor, row.seq))
        return places

    def cursors(self) -> dict[str, int]:
        """How many links each follower has taken in, as of this reader's moment."""
        rows = self.connection.execute(select(t.follower.c.name, t.follower.c.cursor))
        return {row.name: row.cursor for row in rows}

    def findings(self, leaves: Sequence[int] | None = None) -> list[tuple[str, int, str, Message]]:
        """What was accepted and is to be reported: rule, leaf, subject, message, by leaf."""
        query = select(t.finding).order_by(t.finding.c.leaf, t.finding.c.rule, t.finding.c.subject)
        if leaves is None:
            rows: Iterable[Any] = self.connection.execute(query)
        else:
            rows = self.among(query, t.finding.c.leaf, leaves)
        return [(row.rule, row.leaf, row.subject, Message.loads(row.message)) for row in rows]

    def document(self, sha256: str, actor: str) -> tuple[int, int | None] | None:
        """How many links an actor made from a document, and where it closed it."""
        c, number = t.document.c, self.subject(actor)
        query = select(c.links, c.finished).where(c.sha256 == sha256, c.actor == number)
        return self._one(query, lambda row: (row.links, row.finished))

    def unfinished(self) -> list[tuple[str, str, int]]:
        """Documents that were begun and not finished: SHA-256, actor, links so far."""
        c = t.document.c
        query = (
            select(c.sha256, t.subject.c.uri, c.links)
            .join(t.subject, c.actor == t.subject.c.id)
            .where(c.finished.is_(None))
            .order_by(c.first)
        )
        return [(row.sha256, row.uri, row.links) for row in self.connection.execute(query)]

    def name(self, uri: str, speaker: str | None = None) -> str | None:
        """What a party, place or product is called, as `naming.names` says."""
        named = self.named(uri, speaker)
        return None if named is None else named.name

    def named(self, uri: str, speaker: str | None = None) -> Named | None:
        """The name with its kind and the link it is from."""
        return names(self.connection, [uri], {uri: speaker} if speaker else None).get(uri)

    def owner(self, uri: str, before: int | None = None) -> Owner | None:
        """Whose a product, a place or an item is, as of the followers or before an index."""
        return owners(self.connection, [uri], before)[uri]


@contextmanager
def reading(engine: Engine, *, patient: bool = False) -> Iterator[Reader]:
    """A Reader over one transaction, a short one unless `patient`; StoreError where it fails.

    PostgreSQL ends a transaction that idles for 5 seconds; a patient one it leaves alone.
    """
    # One snapshot is what SQLite gives of itself and PostgreSQL when asked.
    options = {} if is_sqlite(engine) else {"isolation_level": "REPEATABLE READ"}
    with failing("the database cannot be read"), engine.connect() as plain:
        connection = plain.execution_options(**options)
        with connection.begin():
            if patient and not is_sqlite(engine):
                connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
            yield Reader(connection)
