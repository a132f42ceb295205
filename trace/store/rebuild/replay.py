"""A scratch store into which an audit replays the entries, to compare what stands beside them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, update

from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import Link
from suyuan.trace.format.rules import Head

from .. import schema as t
from ..append.link_rows import write_links
from ..append.scoping import write_scopes
from ..append.source import StoreSource
from ..database import Database
from ..engine import writing
from ..projections.followers import Attachment
from ..read.reader import Reader
from ..selecting import entry_payload

_KEEP = 50_000  # links after which the state forgets what the scratch store knows


class _ScratchSource(StoreSource):
    """What the scratch store knows; earlier links come from the ledger that is audited."""

    def __init__(self, live: Reader) -> None:
        super().__init__()
        self._live = live
        self.adopted: dict[tuple[str, str], Head] = {}

    def head(self, subject: str, actor: str) -> Head | None:
        """The last link of a chain, a broken one included."""
        return self.adopted.get((subject, actor)) or super().head(subject, actor)

    def at(self, index: int) -> tuple[str, str] | None:
        """Stored hash and actor of an earlier link; a wrong hash is that link's finding."""
        stored = self._live.link(index)
        if stored is None:
            return None
        try:
            return stored.hash, str(entry_payload(stored.entry)["actor"])
        except Exception:  # noqa: BLE001  whatever a changed entry makes of parsing it
            return stored.hash, ""


class Replay:
    """The state and the projections that a ledger's entries give, made anew."""

    def __init__(self, folder: Path, trust: Trust, live: Reader, attachment: Attachment) -> None:
        self._live = live
        self._attachment = attachment
        self.unlisted: dict[int, str] = {}  # acts by leaf of whose lists one is nowhere, its digest
        self._database = Database.scratch(folder)
        self._database.create(trust)
        self.reading, self.close = self._database.reading, self._database.close
        self._trust = trust
        self._source = _ScratchSource(live)
        self.prefetch = self._source.prefetch
        self._connection: Connection | None = None
        self._met = 0
        self.state = State(trust.genesis, self._source)

    @contextmanager
    def chunk(self) -> Iterator[None]:
        """A transaction of the scratch store, within which the state may be asked and told."""
        with writing(self._database.engine) as connection:
            self._connection = self._source.connection = connection
            yield

    def adopt(self, index: int, heads: Mapping[tuple[str, str], Head]) -> None:
        """Pass over a broken link."""
        self._source.adopted.update(heads)
        self.state.adopt(index, heads)

    def write(self, accepted: Sequence[tuple[int, Link]]) -> None:
        """Write the links that were accepted since the last call, and what they changed."""
        assert self._connection is not None
        changes = self.state.take()
        for pair in changes.heads:
            self._source.adopted.pop(pair, None)
        write_links(self._connection, accepted, changes, self._source, self._trust.host)
        self.unlisted |= write_scopes(
            self._connection, self._live.connection, self.state, accepted, self._attachment
        )
        self._connection.execute(update(t.log_state).values(size=self.state.size))
        self._met += len(accepted)
        if self._met >= _KEEP:
            self._met = 0
            self._source.forget_heads()
            self.state = State(self._trust.genesis, self._source, self.state.size)

    def follow(self, stops: Mapping[str, int]) -> None:
        """Let the followers derive their rows, each as far as is said."""
        self._database.followers(self._trust, self._attachment).follow_to(stops)
