"""The append transaction: decide each link in the lock, write all that were accepted, sign.

Order of durable steps, none of which is acknowledged before the last has returned:

1. Outside the lock: bytes, form, and the signature where the key is enrolled.
2. Lock; `log_state` read; each link decided in order, seeing the ones before it.
3. Links, their items, subjects, heads, who may sign; the checkpoint, signed; `log_state`.
4. COMMIT. Only then do receipts, and with them the checkpoint's signature, leave this process.
"""

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Table, bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from suyuan.keys import dsse, public
from suyuan.keys.errors import EncodingError
from suyuan.keys.signer import Signer

from .. import chain
from ..link import PAYLOAD_TYPE, Link, parse
from ..log.checkpoint import Checkpoint, sign
from ..log.merkle import Edge
from ..rules import Refused
from ..state import Changes, State
from ..times import micros
from ..trust import Trust
from . import rows
from . import schema as t
from .engine import WRITE, is_sqlite
from .errors import Busy, StoreError
from .lock import WAIT_SECONDS
from .source import StoreSource

Clock = Callable[[], datetime]
_KEPT_STATE = 50_000  # links after which a process forgets what it has met, to stay small


@dataclass(frozen=True, slots=True)
class Receipt:
    """A link that is in the log, durable, under a signed checkpoint.

    `is_new` is False for one that was there before: it is answered with what is there.
    """

    hash: str
    index: int
    checkpoint: str
    is_new: bool

    def to_dict(self) -> dict[str, Any]:
        """What is answered for it."""
        return {"hash": self.hash, "index": self.index, "checkpoint": self.checkpoint}


Outcome = Receipt | Refused


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Offer:
    link: Link
    verified: bytes | None


class Appender:
    """Appends links to one ledger; safe to use from several threads and processes."""

    def __init__(
        self,
        engine: Engine,
        trust: Trust,
        signer: Signer,
        lock: Callable[[], AbstractContextManager[None]],
        clock: Clock = utc_now,
    ) -> None:
        self._engine = engine
        self._trust = trust
        self._signer = signer
        self._lock = lock
        self._threads = threading.Lock()
        self.clock = clock
        self._source = StoreSource()
        self._state: State | None = None
        self._edge: Edge | None = None
        self._spkis: dict[str, bytes] = {trust.root.keyid: trust.root.spki}

    def append(self, entries: Sequence[bytes], *, atomic: bool = False) -> list[Outcome | None]:
        """Offer entries in order; for each, in the same order, its receipt or its refusal.

        An entry may build on earlier ones. A refused one fails no other, unless `atomic`: then
        nothing is written if any is refused, and the list has None for those that were not.
        Raises Busy where the lock cannot be had, StoreError where the database fails; then
        nothing was acknowledged, and the same bytes may be sent again.
        """
        offers = [self._offer(entry) for entry in entries]
        if not self._threads.acquire(timeout=WAIT_SECONDS):
            raise Busy("another thread holds the ledger's lock: try again")
        try:
            with self._lock(), self._engine.connect() as connection:
                return self._transact(connection.execution_options(**WRITE), offers, atomic)
        except DBAPIError as error:
            self._forget()
            if "locked" in str(error.orig) or "timeout" in str(error.orig):
                raise Busy("the database is locked by another program: try again") from None
            raise StoreError(f"the database failed: {error.orig}") from error
        except SQLAlchemyError as error:  # no connection to be had, say
            self._forget()
            raise StoreError(f"the database failed: {error}") from error
        except BaseException:
            self._forget()
            raise
        finally:
            self._threads.release()

    def _offer(self, entry: bytes) -> _Offer | Refused:
        try:
            link = parse(entry)
        except Refused as refused:
            return refused
        spki = self._spkis.get(link.keyid)
        if spki is None or not link.envelope.verify(public.load(spki)):
            return _Offer(link, None)
        return _Offer(link, spki)

    def _transact(
        self, connection: Connection, offers: Sequence[_Offer | Refused], atomic: bool
    ) -> list[Outcome | None]:
        with connection.begin() as transaction:
            before = self._begin(connection, offers)
            assert self._state is not None and self._edge is not None
            now = self.clock()
            batch = _Batch(self._state, self._source)
            outcomes = [
                offer if isinstance(offer, Refused) else batch.offer(offer, now) for offer in offers
            ]
            if atomic and any(isinstance(outcome, Refused) for outcome in outcomes):
                transaction.rollback()
                self._forget()
                return [found if isinstance(found, Refused) else None for found in outcomes]
            if not batch.accepted:
                note = connection.execute(
                    select(t.checkpoint.c.note).where(t.checkpoint.c.size == before.size)
                ).scalar_one_or_none()
            else:
                note = self._write(connection, batch, max(micros(now), before.committed))
        self._source.connection = None
        if not batch.accepted or self._source.remembered > _KEPT_STATE:
            self._state = None  # what strangers ask about is not kept
        self._spkis.update((offer.link.keyid, spki) for offer, spki in batch.verified)
        return [
            outcome
            if isinstance(outcome, Refused)
            else Receipt(outcome.hash, outcome.index, note or "", outcome.is_new)
            for outcome in outcomes
        ]

    def _begin(self, connection: Connection, offers: Sequence[_Offer | Refused]) -> Any:
        """Lock the row, and make sure that this process knows the ledger as it is now."""
        before = connection.execute(select(t.log_state).with_for_update()).one()
        self._source.connection = connection
        if self._state is None or self._edge is None or self._state.size != before.size:
            self._state = State(self._trust.genesis, self._source, before.size)
            self._source.forget_heads()
            self._edge = Edge.decode(before.size, before.edge)
        # Only what is signed by a key that is known: a stranger's items are not worth a look.
        self._source.prefetch(
            [o.link for o in offers if isinstance(o, _Offer) and o.verified is not None]
        )
        return before

    def _write(self, connection: Connection, batch: "_Batch", committed: int) -> str:
        assert self._state is not None and self._edge is not None
        for _, link in batch.accepted:
            self._edge.append(bytes.fromhex(link.hash))
        root = self._edge.root()
        note = sign(Checkpoint(self._trust.origin, self._edge.size, root), self._signer)
        write_links(connection, batch.accepted, self._state.take(), self._source, self._trust.host)
        connection.execute(
            insert(t.checkpoint), {"size": self._edge.size, "note": note, "committed": committed}
        )
        connection.execute(
            update(t.log_state),
            {
                "size": self._edge.size,
                "root": root,
                "edge": self._edge.encode(),
                "committed": committed,
            },
        )
        if self._edge.size // _KEPT_STATE != (self._edge.size - len(batch.accepted)) // _KEPT_STATE:
            self._state = None
        return note

    def _forget(self) -> None:
        """After a failure this process knows nothing of the ledger: the next reads it anew."""
        self._state = self._edge = None
        self._source = StoreSource()


@dataclass(frozen=True, slots=True)
class _Placed:
    hash: str
    index: int
    is_new: bool


class _Batch:
    """The links of one transaction, decided one after the other."""

    def __init__(self, state: State, source: StoreSource) -> None:
        self._state = state
        self._source = source
        self._met: dict[tuple[str, str, int], tuple[int, Link]] = {}
        self.accepted: list[tuple[int, Link]] = []
        self.verified: list[tuple[_Offer, bytes]] = []

    def offer(self, offer: _Offer, now: datetime) -> _Placed | Refused:
        link = offer.link
        try:
            chain.ledger(link, self._state)
            placed = self._resent(link)
            if placed is not None:
                return placed
            chain.decide(link, self._state, now=now, verified=offer.verified)
        except Refused as refused:
            return refused
        if offer.verified is None:
            self.verified.append((offer, chain.key(link, self._state)))
        index = self._state.apply(link)
        self.accepted.append((index, link))
        for ref in link.items:
            self._met[ref.item, link.actor, ref.seq] = (index, link)
        return _Placed(link.hash, index, True)

    def _resent(self, link: Link) -> _Placed | None:
        """The link of the same payload and keyid that is there already, if there is one."""
        ref = link.items[0]
        met = self._met.get((ref.item, link.actor, ref.seq))
        if met is not None:
            index, same = met
            is_same = same.envelope.payload == link.envelope.payload and same.keyid == link.keyid
            return _Placed(same.hash, index, False) if is_same else None
        head = self._state.head(ref.item, link.actor)
        if head is None or ref.seq > head.seq:
            return None
        found = self._source.in_chain(ref.item, link.actor, ref.seq)
        if found is None:
            return None
        index, entry = found
        try:
            envelope = dsse.decode(entry, PAYLOAD_TYPE)
        except EncodingError as error:
            raise StoreError(
                f"the stored link at index {index} is damaged ({error}): run `suyuan audit`"
            ) from None
        if envelope.payload != link.envelope.payload or envelope.keyid != link.keyid:
            return None
        return _Placed(parse(entry).hash, index, False)


def write_links(
    connection: Connection,
    accepted: Sequence[tuple[int, Link]],
    changes: Changes,
    source: StoreSource,
    host: str,
) -> None:
    """Write links and what they changed: all rows of the append transaction but the log's own."""
    highest = [
        connection.execute(select(func.coalesce(func.max(table.c.id), 0))).scalar_one()
        for table in (t.subject, t.chain)
    ]
    source.numbers(rows.named(changes))
    numbers = rows.Numbers(source.subjects, source.chains, highest[0] + 1, highest[1] + 1, host)
    heads = rows.chains(changes, numbers)
    standing = rows.standing(changes, numbers.subject)
    items = rows.link_items(accepted, numbers)
    new = [row for row in heads if row["id"] in numbers.new_chains]
    moved = [row for row in heads if row["id"] not in numbers.new_chains]
    for table, found in (
        (t.subject, numbers.new_subjects),
        (t.link, rows.links(accepted)),
        (t.chain, new),
        (t.link_item, items),
    ):
        if found:
            connection.execute(insert(table), found)
    if moved:
        _move_heads(connection, moved)
    for table, found in standing.items():
        if found:
            connection.execute(_replace(connection, table), found)


def _move_heads(connection: Connection, moved: Sequence[rows.Row]) -> None:
    statement = (
        update(t.chain)
        .where(t.chain.c.id == bindparam("number"))
        .values(seq=bindparam("to"), head=bindparam("hash"))
    )
    connection.execute(
        statement,
        [{"number": row["id"], "to": row["seq"], "hash": row["head"]} for row in moved],
    )


def _replace(connection: Connection, table: Table) -> Any:
    dialect = sqlite if is_sqlite(connection.engine) else postgresql
    statement = dialect.insert(table)
    primary = [column.name for column in table.primary_key]
    return statement.on_conflict_do_update(
        index_elements=primary,
        set_={
            column.name: statement.excluded[column.name]
            for column in table.c
            if column.name not in primary
        },
    )
