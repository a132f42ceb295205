"""The append transaction: decide each link in the lock, write all that were accepted, sign.

Order of durable steps, none of which is acknowledged before the last has returned:

1. Outside the lock: bytes, form, the signature where the key is enrolled, and the lists of holds
   and recalls. Then the queue.
2. Lock; `log_state` read; each link decided in order, seeing the ones before it.
3. Links, their items, subjects, heads, who may sign, acts and scopes; full tiles; the checkpoint,
   signed; `log_state`.
4. COMMIT. Only then do receipts, and with them the checkpoint's signature, leave this process.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import islice
from sqlite3 import SQLITE_BUSY, SQLITE_LOCKED
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError

from suyuan.keys.signer import Signer
from suyuan.trace.admission import chain
from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.times import micros
from suyuan.trace.log import proofs, tlog_proof
from suyuan.trace.log.checkpoint import Checkpoint, sign
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge

from ..beside.preferences import OVERDRAW, REFUSE, choosers
from ..beside.sealed_rows import is_counted
from ..beside.witness_rows import stopping
from ..engine import WRITE, is_sqlite, run_driver
from ..errors import Busy, Stopped, StoreError, Unreachable
from ..read.reader import reading
from .checking import AT_ONCE, Checkers, Entry, keyid_in
from .deciding import Batch, Decided, Placed, Request
from .link_rows import write_links
from .queue import Queue, Take
from .receipts import Covering, Receipt
from .scoping import Attachment, Scoping, prepared
from .source import StoreSource
from .tiling import TileWriter

Clock = Callable[[], datetime]
Outcome = Receipt | Refused
Erase = Callable[[int, Object], None]  # the leaf of an erasure, and the statement
_KEPT_STATE = 50_000  # links after which a process forgets what it has met, to stay small
_KEPT_KEYS = 100_000
_LOCKED = ("55P03", "25P03")  # lock_timeout, idle_in_transaction_session_timeout
_STATE = (
    "SELECT size, edge, committed, standing, EXISTS (SELECT 1 FROM alarm) AS has_alarms, "  # noqa: S608
    "counted.total, counted.seal, EXISTS (SELECT 1 FROM act "
    "WHERE kind IN ('hold', 'recall')) AS has_acts, EXISTS "
    f"(SELECT 1 FROM choice WHERE name = '{OVERDRAW}' AND value = '{REFUSE}') AS has_wishes "
    "FROM log_state "
    "LEFT JOIN row_count AS counted ON counted.name = 'alarm'"
)
_ADVANCE = "UPDATE log_state SET size = ?, root = ?, edge = ?, committed = ?, standing = ?"
_CHECKPOINT = "INSERT INTO checkpoint (size, note, committed) VALUES (?, ?, ?)"


class WishedFor(Exception):
    """Of a request: an actor wishes that what overdraws be refused, and nobody has looked yet."""


def utc_now() -> datetime:
    """The system's clock."""
    return datetime.now(UTC)


class Appender:
    """Appends links to one ledger; safe to use from several threads and processes."""

    def __init__(
        self,
        engine: Engine,
        trust: Trust,
        signer: Signer,
        lock: Callable[[], AbstractContextManager[None]],
        *,
        clock: Clock,
        max_age: timedelta,
        attachment: Attachment,
        erase: Erase,
    ) -> None:
        """Links that were signed longer ago than `max_age` are not taken (rule `time`).

        `attachment` gives the content of a file by its SHA-256 in hex, None where it is not.

        `erase` is called with each erasure once it is committed, and may not fail.
        """
        self._engine = engine
        self._trust = trust
        self._signer = signer
        self._lock = lock
        self._queue = Queue(self._work)
        self.together, self.aside = self._queue.run, self._queue.aside
        self._attachment = attachment
        self._erase = erase
        self.clock = clock
        self._max_age = max_age
        self._source = StoreSource()
        self._state: State | None = None
        self._edge: Edge | None = None
        self._tiles = TileWriter()
        self._standing = -1
        self._quiet: bytes | None = None  # a seal under which there were no alarms
        self._checkers = Checkers()
        self._spkis: dict[str, bytes] = {trust.root.keyid: trust.root.spki}

    def append(
        self,
        entries: Sequence[Entry],
        *,
        atomic: bool = False,
        paced: bool = False,
        asks_wishes: bool = False,
    ) -> list[Outcome | None]:
        """Offer entries in order; for each, in the same order, its receipt or its refusal.

        An entry may build on earlier ones. A refused one fails no other, unless `atomic`: then
        nothing is written if any is refused, and the list has None for those that were not.
        With `paced` the rule `pace` is asked, as of what comes from outside; and what a link may
        name where entries are private.
        What many callers offer at the same time shares one transaction. Raises Busy where the
        lock cannot be had or too much waits for it, Stopped where an alarm has to be resolved
        first, StoreError where the database fails, WishedFor where it `asks_wishes` and an actor
        has one; then nothing was acknowledged, and the same bytes may be sent again.
        """
        request = Request(entries, atomic, paced, asks_wishes)
        if len(entries) >= AT_ONCE:  # by worker processes: the queue's thread works meanwhile
            self._check([request])
        self._queue.submit(request)
        again = self._proofs_of_old(request.outcomes)
        outcomes: list[Outcome | None] = []
        for decided in request.outcomes:
            if isinstance(decided, Placed):
                under = again.get(decided.index, request.covering)
                assert under is not None
                outcomes.append(Receipt(decided.hash, decided.index, decided.is_new, under))
            else:
                outcomes.append(decided)
        return outcomes

    def close(self) -> None:
        """End the thread of the queue, and the worker processes."""
        self._queue.close()
        self._checkers.close()

    def _check(self, requests: Sequence[Request]) -> None:
        """Parse and verify what was not yet, and read its lists: outside every lock."""
        new = [request for request in requests if request.offers is None]
        entries = [entry for request in new for entry in request.entries]
        self._learn(entries)
        checked = iter(self._checkers.check(entries, self._spkis))
        for request in new:
            request.offers = list(islice(checked, len(request.entries)))
            request.lists = prepared(_links([request]), self._attachment)

    def _learn(self, entries: Sequence[Entry]) -> None:
        """Look up the keys that sign these entries, so that they are verified outside the lock."""
        unknown = {keyid for entry in entries if (keyid := keyid_in(entry)) not in self._spkis}
        unknown.discard("")
        if not unknown:
            return
        if len(self._spkis) > _KEPT_KEYS:
            self._spkis = {self._trust.root.keyid: self._trust.root.spki}
        with reading(self._engine) as reader:
            self._spkis |= reader.spkis(unknown)

    def _work(self, take: Take) -> None:
        """Check what waits, outside the lock, and commit it with what came meanwhile."""
        requests = take()
        if not requests:
            return
        self._check(requests)
        with self._lock():
            late = take()
            self._check(late)
            self._commit([*requests, *late])

    def _commit(self, offered: Sequence[Request]) -> None:
        """Write in one transaction; where that fails, each request in its own."""
        requests = sorted(offered, key=lambda r: not r.comes_first(self._trust.authority))
        try:
            self._transact(requests)
        except StoreError as error:
            if len(requests) == 1 or isinstance(error, Busy | Stopped | Unreachable):
                raise
            for request in requests:
                try:
                    self._transact([request])
                except StoreError as own:
                    request.error = own

    def _transact(self, requests: Sequence[Request]) -> None:
        try:
            try:
                with self._engine.connect() as connection:
                    erasures = self._write_batch(connection.execution_options(**WRITE), requests)
            except BaseException:
                self._forget()
                raise
        except DBAPIError as error:
            if _is_busy(error):
                raise Busy("the database is locked by another program: try again") from None
            is_gone = isinstance(error, OperationalError | InterfaceError)
            kind = Unreachable if is_gone else StoreError
            raise kind(f"the database failed: {error.orig}") from error
        except SQLAlchemyError as error:  # no connection to be had, say
            raise StoreError("the database failed: %s", error) from error
        except LogError as error:  # hashes that the store should have and has not
            raise StoreError(error) from error
        for leaf, statement in erasures:
            self._erase(leaf, statement)

    def _write_batch(
        self, connection: Connection, requests: Sequence[Request]
    ) -> list[tuple[int, Object]]:
        """Decide and write; the erasures among what was committed, by their leaves."""
        with connection.begin():
            links = _links(requests)
            before = self._begin(connection, links)
            assert self._state is not None
            if before.has_wishes:
                requests = self._without_wishes(requests)
            now = self.clock()
            scoping = Scoping(self._source, self._attachment, bool(before.has_acts), links)
            committed = max(micros(now), before.committed)
            private = self._trust.entries == "private"
            batch = Batch(
                self._state, self._source, scoping, now, self._max_age, committed, private
            )
            for request in requests:
                batch.take(request)
            covering = None
            if batch.accepted:
                covering = self._write(connection, batch, committed)
        if not batch.accepted or self._source.remembered > _KEPT_STATE:
            self._state = None  # what strangers ask about is not kept
        self._spkis |= batch.verified
        for request in requests:
            request.covering = covering
        statements = ((index, link.statement) for index, link in batch.accepted)
        return [(index, s) for index, s in statements if s and s["type"] == "erasure"]

    def _begin(self, connection: Connection, links: Sequence[Link]) -> Any:
        """Lock the row, and make sure that this process knows the ledger as it is now."""
        if not is_sqlite(connection.engine):
            # A statement of its own: what is read with the lock is as of before the wait for it.
            connection.exec_driver_sql("SELECT 1 FROM log_state FOR UPDATE")
        before = connection.exec_driver_sql(_STATE).one()
        if (stopped := self._stopped(connection, before)) is not None:
            raise Stopped(
                "the log has stopped signing: %s. Its operator has to resolve this "
                "by `suyuan alarms resolve`",
                stopped,
            )
        self._source.connection = connection
        if self._state is None or self._standing != before.standing:
            self._state = State(self._trust.genesis, self._source, before.size)
            self._standing = before.standing
            self._edge = None
        if self._edge is None or self._edge.size != before.size or self._state.size != before.size:
            self._state.move(before.size)
            self._source.forget_heads()
            self._edge = Edge.decode(before.size, bytes(before.edge))
            self._tiles.forget()
        self._source.prefetch(links)
        return before

    def _without_wishes(self, requests: Sequence[Request]) -> list[Request]:
        """The requests but for those of which an actor wishes that its stock is looked at first."""
        with reading(self._engine) as reader:
            wishing = choosers(reader, OVERDRAW, REFUSE)
        rest = []
        for request in requests:
            if request.asks_wishes and not wishing.isdisjoint(_actors(request)):
                request.error = WishedFor()
            else:
                rest.append(request)
        return rest

    def _stopped(self, connection: Connection, before: Any) -> str | None:
        """Why nothing may be signed. That there are no alarms is looked into once for each seal."""
        if not before.has_alarms and before.total == 0:
            if before.seal is not None and before.seal == self._quiet:
                return None
            if is_counted(connection, "alarm", before.total, before.seal):
                self._quiet = before.seal
                return None
        return stopping(connection)

    def _write(self, connection: Connection, batch: Batch, committed: int) -> Covering:
        assert self._state is not None and self._edge is not None
        before = Edge(self._edge.size, list(self._edge.hashes))
        leaves = [bytes.fromhex(link.hash) for _, link in batch.accepted]
        for leaf in leaves:
            self._edge.append(leaf)
        size, root = self._edge.size, self._edge.root()
        note = sign(Checkpoint(self._trust.origin, size, root), self._signer)
        write_links(connection, batch.accepted, self._state.take(), self._source, self._trust.host)
        batch.scoping.write(connection)
        self._tiles.write(connection, before.size, leaves)
        indexes = [index for index, link in batch.accepted if link.statement is not None
                and link.statement["type"] in chain.STANDING]  # fmt: skip
        self._standing = indexes[-1] + 1 if indexes else self._standing
        run_driver(connection, _CHECKPOINT, (size, note, committed))
        run_driver(
            connection, _ADVANCE, (size, root, self._edge.encode(), committed, self._standing)
        )
        if size // _KEPT_STATE != before.size // _KEPT_STATE:
            self._state = None
        return Covering(note, before, leaves)

    def _proofs_of_old(self, outcomes: Sequence[Decided]) -> dict[int, str]:
        """Proofs for links that were there before, by index, under the newest checkpoint."""
        old = [p.index for p in outcomes if isinstance(p, Placed) and not p.is_new]
        if not old:
            return {}
        with reading(self._engine) as reader:
            checkpoint = reader.checkpoint()
            if checkpoint is None:
                raise StoreError("the ledger has no checkpoint any more: run `suyuan audit`")
            hashes, size, note = reader.hashes(), checkpoint.size, checkpoint.note
            try:
                return {
                    index: tlog_proof.encode(index, proofs.inclusion(index, size, hashes), note)
                    for index in old
                }
            except LogError as error:
                raise StoreError(error) from error

    def _forget(self) -> None:
        """After a failure this process knows nothing of the ledger: the next reads it anew."""
        self._state = self._edge = None
        self._tiles.forget()
        self._source = StoreSource()


def _links(requests: Iterable[Request]) -> list[Link]:
    """The links signed by a known key: a stranger's items are not worth a look."""
    return [
        offer.link
        for request in requests
        for offer in request.offers or ()
        if not isinstance(offer, Refused) and offer.verified is not None
    ]


def _actors(request: Request) -> set[str]:
    offers = request.offers or ()
    return {offer.link.actor for offer in offers if not isinstance(offer, Refused)}


def _is_busy(error: DBAPIError) -> bool:
    """Whether it is a lock, by the databases' codes: their texts come in many languages."""
    if getattr(error.orig, "sqlstate", None) in _LOCKED:
        return True
    return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in (SQLITE_BUSY, SQLITE_LOCKED)
