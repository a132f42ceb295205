"""The database of links that were read elsewhere: a replica's.

A replica's `log_state` is as of the links that were decided and written, each of them shown to be
under a checkpoint that the log signed; `checkpoint` holds those notes, a row even before its links
are all there. So the newest checkpoint that `log_state` covers is the verified one, and what is
written beyond it need not be read again.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust, TrustError
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import Link
from suyuan.trace.log import proofs
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge

from .. import schema as t
from ..append.link_rows import write_links
from ..append.lock import FileLock
from ..append.source import StoreSource
from ..append.tiling import TileWriter
from ..beside.schema_beside import alarm
from ..beside.seals import Seals
from ..database import Database
from ..engine import sqlite_url, writing
from ..errors import StoreError
from ..files.durable import sync
from ..read.log_reader import StoredCheckpoint

FILE = "replica.db"
_MAKING = "making.db"
_KEEP = 50_000  # links after which the state forgets what the database knows


class ReplicaStore:
    """A replica's database in a folder of its own, made where there is none.

    Raises LedgerError where the folder holds the replica of another ledger, StoreError where it
    cannot be used.
    """

    def __init__(self, folder: Path, trust: Trust) -> None:
        self.folder = folder
        self._trust = trust
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError("%s cannot be made: %s", folder, error.strerror) from None
        self.locked = FileLock(folder / "replica.lock", f"another process reads into {folder}")
        if not (folder / FILE).exists():
            self._make()
        self._database = Database(sqlite_url(folder / FILE), folder)
        try:
            self._open()
        except BaseException:
            self._database.close()
            raise
        self.reading, self.close = self._database.reading, self._database.close
        self._source = StoreSource()
        self._state: State | None = None
        self._edge = Edge()
        self._tiles = TileWriter()
        self._connection: Connection | None = None

    def _make(self) -> None:
        """Make it under another name first, so that what is there is whole."""
        with self.locked():
            if (self.folder / FILE).exists():
                return
            for left in self.folder.glob(f"{_MAKING}*"):
                left.unlink()
            new = Database(sqlite_url(self.folder / _MAKING), self.folder, seals=Seals.passing())
            try:
                new.create(self._trust)
            finally:
                new.close()
            (self.folder / _MAKING).rename(self.folder / FILE)
            sync(self.folder)

    def _open(self) -> None:
        try:
            trust = self._database.trust()
        except (StoreError, TrustError, DBAPIError) as error:
            raise StoreError(
                "the replica in %s cannot be used (%s): remove it, so that it is read anew",
                self.folder,
                error,
            ) from None
        if (trust.genesis, trust.log) != (self._trust.genesis, self._trust.log):
            raise LedgerError(
                "%s holds the replica of %s by another trust file: give another folder",
                self.folder,
                trust.origin,
            )

    # What is there.

    def size(self) -> int:
        """How many links were decided and written."""
        with self.reading() as reader:
            return reader.size()

    def verified(self) -> StoredCheckpoint | None:
        """The newest checkpoint whose links were all decided, and whose root they have."""
        with self.reading() as reader:
            query = select(t.checkpoint).join(
                t.log_state, t.checkpoint.c.size <= t.log_state.c.size
            )
            row = reader.connection.execute(
                query.order_by(t.checkpoint.c.size.desc()).limit(1)
            ).one_or_none()
        return None if row is None else StoredCheckpoint(row.size, row.note, row.committed)

    def checkpoint(self, size: int | None = None) -> StoredCheckpoint | None:
        """The first known checkpoint of this size or over, else the newest, without links too."""
        with self.reading() as reader:
            return reader.checkpoint(size)

    def root(self, size: int) -> bytes:
        """The root of the first `size` links that were written; LogError where there are fewer."""
        with self.reading() as reader:
            if size > reader.size():
                raise LogError("the replica has fewer than %s links", size)
            return proofs.root(size, reader.hashes())

    def proof(self, old: int, new: int) -> list[bytes]:
        """The consistency proof between two sizes, both written."""
        with self.reading() as reader:
            return proofs.consistency(old, new, reader.hashes())

    def spkis(self, keyids: Iterable[str]) -> dict[str, bytes]:
        """The SubjectPublicKeyInfos of those of these keys that are enrolled."""
        with self.reading() as reader:
            return reader.spkis(keyids)

    def verdict(self) -> tuple[str, str, str] | None:
        """The breach found for good: its kind, the reason, and the evidence as JSON."""
        with self.reading() as reader:
            query = select(alarm).where(alarm.c.resolved.is_(None)).order_by(alarm.c.id)
            row = reader.connection.execute(query.limit(1)).one_or_none()
        return None if row is None else (row.kind, row.reason, row.evidence)

    # What is written, under `locked` only.

    def condemn(self, kind: str, reason: str, evidence: str, now: int) -> None:
        """Keep what was found wrong for good; `now` in microseconds UTC."""
        with writing(self._database.engine, "the replica") as connection:
            last = connection.execute(select(func.max(alarm.c.id))).scalar_one()
            row = {"id": (last or 0) + 1, "raised": now, "stops": True, "kind": kind}
            row |= {"reason": reason, "evidence": evidence}
            connection.execute(insert(alarm), row)

    def learn(self, checkpoint: Checkpoint, note: str, now: int) -> None:
        """Keep a checkpoint's note, once it is seen to be consistent with all that are known."""
        with writing(self._database.engine, "the replica") as connection:
            size = t.checkpoint.c.size
            known = connection.execute(select(size).where(size == checkpoint.size)).first()
            if known is None:
                row = {"size": checkpoint.size, "note": note, "committed": now}
                connection.execute(insert(t.checkpoint), row)

    def forget(self) -> None:
        """Read everything anew next: another process may have written."""
        self._state = self._connection = None
        self._tiles.forget()
        self._source = StoreSource()

    @contextmanager
    def batch(self) -> Iterator["ReplicaStore"]:
        """A transaction in which links are decided and written, or none if it raises."""
        try:
            with writing(self._database.engine, "the replica") as connection:
                self._connection = self._source.connection = connection
                if self._state is None:
                    row = connection.execute(select(t.log_state)).one()
                    self._state = State(self._trust.genesis, self._source, row.size)
                    self._edge = Edge.decode(row.size, row.edge)
                yield self
        except BaseException:
            self.forget()
            raise

    @property
    def state(self) -> State:
        """The state that the links before the present one give."""
        assert self._state is not None
        return self._state

    def prefetch(self, links: Sequence[Link]) -> None:
        """Read the heads of these links' chains at once."""
        self._source.prefetch(links)

    def write(self, accepted: Sequence[tuple[int, Link]]) -> tuple[bytes, dict[str, bytes]]:
        """Write links that the state has accepted, in order; the root, and keys now enrolled."""
        assert self._connection is not None and self._state is not None
        before = self._edge.size
        leaves = [bytes.fromhex(link.hash) for _, link in accepted]
        for leaf in leaves:
            self._edge.append(leaf)
        changes = self._state.take()
        write_links(self._connection, accepted, changes, self._source, self._trust.host)
        self._tiles.write(self._connection, before, leaves)
        root = self._edge.root()
        state = {"size": self._edge.size, "root": root, "edge": self._edge.encode()}
        self._connection.execute(update(t.log_state), state)
        if self._edge.size // _KEEP != before // _KEEP:
            self._source.forget_heads()
            self._state = State(self._trust.genesis, self._source, self._edge.size)
        return root, {key.keyid: key.spki for key in changes.keys.values()}
