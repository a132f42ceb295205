"""How much each party offered for keeping on a day, which any number of processes count together.

On SQLite that is `<home>/offered.db`; on PostgreSQL a table of the ledger's own database, outside
the schema that the ledger's audit knows. Losing it loses a limit for a day, and nothing else.
"""

from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Column,
    Engine,
    Integer,
    MetaData,
    String,
    Table,
    create_engine,
    delete,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from .engine import is_sqlite, sqlite_url
from .errors import StoreError

metadata = MetaData()
offered = Table(
    "offered_day",
    metadata,
    Column("party", String(600), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("files", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)


class OfferedBook:
    """What parties offered, by day."""

    def __init__(self, home: Path, engine: Engine) -> None:
        self._is_own = is_sqlite(engine)
        self._engine = engine
        if self._is_own:
            self._engine = create_engine(
                sqlite_url(home / "offered.db"), poolclass=NullPool, connect_args={"timeout": 10}
            )
        self._is_made = False

    def take(
        self, party: str, day: int, size: int, *, most_files: int, most_bytes: int, files: int = 1
    ) -> bool:
        """Count files of `size` bytes for a party on a day, an ordinal; False: it was too much.

        Nothing is counted then. StoreError where it cannot be written.
        """
        if files > most_files or size > most_bytes:
            return False
        insert = sqlite_insert if self._is_own else postgresql_insert
        c = offered.c
        said = (
            insert(offered)
            .values(party=party, day=day, files=files, bytes=size)
            .on_conflict_do_update(
                index_elements=["party", "day"],
                set_={"files": c.files + files, "bytes": c.bytes + size},
                where=(c.files <= most_files - files) & (c.bytes <= most_bytes - size),
            )
            .returning(c.files)
        )
        try:
            self._make()
            with self._engine.begin() as connection:
                found = connection.execute(said).scalar_one_or_none()
                if found == files:  # once a day and party: what is past is of no use
                    connection.execute(delete(offered).where(c.day < day))
        except SQLAlchemyError as error:
            why = str(error).splitlines()[0][:300]
            raise StoreError(f"what was offered cannot be counted: {why}") from error
        return found is not None

    def _make(self) -> None:
        if not self._is_made:
            metadata.create_all(self._engine, checkfirst=True)
            self._is_made = True
