"""One database: made, opened, read, appended to."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError

from suyuan.trace.admission.trust import Trust
from suyuan.trace.log.merkle import Edge

from . import migrate
from . import schema as t
from .append.lock import FileLock
from .beside import sealed_rows
from .beside.schema_beside import SEALED
from .beside.sealed_rows import OPTION
from .beside.seals import Seals
from .beside.witness_rows import SealAlarms
from .engine import is_sqlite, open_engine, sqlite_url, writing
from .errors import SchemaError, StoreError
from .projections import ALL, Followers
from .projections.followers import Attachment
from .read.reader import reading


class Database:
    """The store of one ledger, whose schema is this program's."""

    def __init__(
        self, url: str, home: Path, *, durable: bool = True, seals: Seals | None = None
    ) -> None:
        self.engine = open_engine(url, durable=durable)
        self.reading = partial(reading, self.engine)
        self.home = home
        self.seals = seals or Seals(home)
        self._alarms = SealAlarms(self.engine)
        self.seals.on_failure = self._alarms.report
        self.before_close: list[Callable[[], None]] = []  # what is to be written first
        self.engine.update_execution_options(**{OPTION: self.seals})
        self.url = url

    @classmethod
    def at(cls, home: Path, url: str | None = None, *, durable: bool = True) -> "Database":
        """The database that a home's ledger is in: SQLite in the home unless a URL is given."""
        return cls(url or sqlite_url(home / "suyuan.db"), home, durable=durable)

    @classmethod
    def scratch(cls, folder: Path) -> "Database":
        """A database to be thrown away, which need not survive a crash."""
        url = sqlite_url(folder / "scratch.db")
        return cls(url, folder, durable=False, seals=Seals.passing())

    def create(self, trust: Trust) -> None:
        """Make the schema and an empty ledger; StoreError where there is one, or it fails."""
        try:
            if migrate.current(self.engine) is not None:
                raise StoreError("the database holds a ledger already: nothing was changed")
            if not self.seals.is_here:
                self.seals.make()
            migrate.upgrade(self.engine)
            edge = Edge()
            state = {"id": 1, "size": 0, "root": edge.root(), "edge": b"", "committed": 0}
            with writing(self.engine) as connection:
                connection.execute(insert(t.ledger), {"id": 1, "trust": trust.to_json()})
                connection.execute(insert(t.log_state), state)
                for table in SEALED.values():
                    if table.info["counted"]:
                        sealed_rows.put_count(connection, table.name, 0)
        except SQLAlchemyError as error:
            raise StoreError("the database cannot be made: %s", error) from None

    def upgrade(self, attachment: Attachment, tell: migrate.Progress) -> str:
        """Migrate the schema to this program's; the revision. StoreError where it fails.

        Where it is of before the first release, what the links give is made anew from them;
        `tell` is called with how many of how many are done. SchemaError where there is no ledger.
        """
        try:
            if migrate.current(self.engine) is None:
                raise SchemaError("the database holds no ledger: run `suyuan init`")
            return migrate.upgrade(self.engine, attachment, tell)
        except SQLAlchemyError as error:
            raise StoreError("the schema cannot be migrated: %s", error) from None

    def trust(self) -> Trust:
        """The trust file as the database keeps it, once the schema is seen to be this program's."""
        try:
            migrate.require_current(self.engine)
            with self.engine.connect() as connection:
                text = connection.execute(select(t.ledger.c.trust)).scalar_one_or_none()
        except SQLAlchemyError as error:
            raise StoreError("the database cannot be read: %s", error) from None
        if text is None:
            raise SchemaError("the database holds no ledger: run `suyuan init`")
        return Trust.from_json(text)

    def followers(self, trust: Trust, attachment: Attachment) -> Followers:
        """What derives the rest from the links."""
        return Followers(self.engine, ALL, trust.host, attachment)

    def close(self) -> None:
        """Let go of all connections, once all is written that waits to be."""
        for write in self.before_close:
            write()
        self._alarms.wait()
        self.engine.dispose()

    def lock(self) -> Callable[[], AbstractContextManager[None]]:
        """What lets one process append at a time; on PostgreSQL a row's lock does that."""
        if not is_sqlite(self.engine):
            return nullcontext
        return FileLock(self.home / "append.lock", ends_stopped=True)
