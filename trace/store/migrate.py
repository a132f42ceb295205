"""The schema, made and changed by migrations only; those before the first are made anew."""

from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import Connection, Engine, insert, inspect, text
from sqlalchemy.schema import DropTable

from suyuan.trace.admission.state import State
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.messages import msg
from suyuan.trace.format.rules import Refused
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge

from . import schema as t
from .append import scoping
from .append.link_rows import write_changes
from .append.source import StoreSource
from .beside import notices
from .engine import is_sqlite, writing
from .errors import SchemaError, StoreError
from .projections.followers import Attachment
from .read.log_reader import StoredCheckpoint
from .read.reader import Reader

Progress = Callable[[int, int], None]

_REPLAYED = "0005"  # whose links and rows beside the ledger are as they are now
_NEWER = msg("newer than this program: install a newer suyuan")
_BLOCK = 1_000
_DAMAGED = msg("restore a backup, or see what `suyuan audit` of the version before says")
_MIGRATIONS = Path(__file__).parent / "migrations"


def _released() -> set[str]:
    """The revisions from the first release on: those of rev_NNNN_*.py."""
    return {file.name.split("_")[1] for file in _MIGRATIONS.glob("versions/rev_*.py")}


NEWEST = max(_released())  # that this program is written for
_FROZEN = ("link", "checkpoint", "tile", "cosigned")  # what was acknowledged is never changed


def current(engine: Engine) -> str | None:
    """The revision of the database; None where it has no schema. SchemaError where it has two."""
    with engine.connect() as connection:
        return _current(connection)


def upgrade(
    engine: Engine, attachment: Attachment | None = None, tell: Progress = lambda done, total: None
) -> str:
    """Bring the schema to this program's revision, in one transaction; the revision.

    What the links give is made anew where the ledger is of before the first release; `attachment`
    gives the lists of its acts, and `tell` is called with how many links of how many are done.
    SchemaError for one that is older than that, or newer than this program.
    """
    with writing(engine) as connection:
        revision = _current(connection)
        if revision is None:
            make(connection)
        elif revision in _released():
            migrate(connection)
        elif revision == _REPLAYED and attachment is not None:
            replay_in_place(connection, attachment, tell)
            stamp = text("UPDATE alembic_version SET version_num = :revision")
            connection.execute(stamp, {"revision": NEWEST})
        elif _is_older(revision):
            raise SchemaError(
                "the schema is %s, and only the entries of %s can be replayed: "
                "upgrade to %s by the version that made it, then to this one",
                revision,
                _REPLAYED,
                _REPLAYED,
            )
        else:
            raise SchemaError("the schema is %s, %s", revision, _NEWER)
    return NEWEST


def make(connection: Connection) -> None:
    """Make the schema of this program within the caller's transaction, where there is none.

    It is made without Alembic, whose loading takes longer than a small audit.
    """
    make_all(connection)
    connection.exec_driver_sql(
        "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
        "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
    )
    stamp = text("INSERT INTO alembic_version (version_num) VALUES (:revision)")
    connection.execute(stamp, {"revision": NEWEST})


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, within the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def make_all(connection: Connection) -> None:
    """Make all tables, and the triggers that refuse to change what was acknowledged."""
    t.metadata.create_all(connection, checkfirst=False)
    for table in _FROZEN:
        statements = _sqlite(table) if is_sqlite(connection.engine) else _postgresql(table)
        for statement in statements:
            connection.exec_driver_sql(statement)


def _sqlite(table: str) -> list[str]:
    return [
        f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is written once'); END"
        for verb in ("UPDATE", "DELETE")
    ]


def _postgresql(table: str) -> list[str]:
    return [
        f"CREATE FUNCTION {table}_frozen() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is written once'; END $$",
        f"CREATE TRIGGER {table}_frozen BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_frozen()",
    ]


def require_current(engine: Engine) -> None:
    """Raise SchemaError unless the schema is exactly this program's."""
    revision = current(engine)
    if revision == NEWEST:
        return
    if revision is None:
        raise SchemaError("the database holds no ledger: run `suyuan init`")
    why = msg("older than this program: run `suyuan upgrade`") if _is_older(revision) else _NEWER
    raise SchemaError("the schema is %s, %s", revision, why)


def _is_older(revision: str | None) -> bool:
    return revision is not None and revision.isdigit() and revision < NEWEST


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revisions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if len(revisions) > 1:
        raise SchemaError(
            "alembic_version names %s revisions, of which this program wrote one: "
            "take the others away",
            len(revisions),
        )
    return str(revisions[0]) if revisions else None


def replay_in_place(connection: Connection, attachment: Attachment, tell: Progress) -> None:
    """Make anew all rows that the entries give, in tables as they are defined now.

    In the caller's transaction, which is all that anybody sees of it. Links, checkpoints, tiles
    and what stands beside the ledger stay as they are. Raises StoreError where the entries are not
    what was signed, or the list of an act is not here.
    """
    tables = [table for table in t.metadata.sorted_tables if table.info["by"] is not None]
    tables += [t.follower, t.log_state]
    noticed = Reader(connection).cursors().get(notices.NAME)  # which no entry gives
    for table in reversed(tables):
        connection.execute(DropTable(table, if_exists=True))
    for table in tables:
        table.create(connection)
    t.metadata.create_all(connection, checkfirst=True)  # what came to stand beside the ledger since
    if noticed is not None:
        connection.execute(insert(t.follower), {"name": notices.NAME, "cursor": noticed})
    reader, source, edge = Reader(connection), StoreSource(), Edge()
    trust = reader.trust()
    source.connection = connection
    newest = reader.checkpoint()
    size = 0 if newest is None else newest.size
    for links in _blocks(reader):
        state = State(trust.genesis, source, edge.size)
        source.prefetch([link for _, link in links])
        for index, link in links:
            if state.apply(link) != index:
                raise StoreError("the link at index %s is missing: %s", edge.size, _DAMAGED)
            edge.append(bytes.fromhex(link.hash))
        write_changes(connection, links, state.take(), source, trust.host)
        lost = scoping.write_scopes(connection, connection, state, links, attachment)
        if lost:
            raise StoreError("%s, the list of an act, is not in attachments", min(lost.values()))
        source.forget_heads()
        tell(edge.size, size)
    if newest is not None and _root(newest, trust) != edge.root():
        raise StoreError("the links are not those that were signed: %s", _DAMAGED)
    row = {"id": 1, "size": edge.size, "root": edge.root(), "edge": edge.encode()}
    row |= {"committed": 0 if newest is None else newest.committed}
    connection.execute(insert(t.log_state), row | {"standing": reader.last_standing()})


def _root(checkpoint: StoredCheckpoint, trust: Trust) -> bytes:
    try:
        return open_checkpoint(checkpoint.note, trust.log).root
    except LogError as error:
        raise StoreError("the newest checkpoint: %s: %s", error, _DAMAGED) from None


def _blocks(reader: Reader) -> Iterator[list[tuple[int, Link]]]:
    links: list[tuple[int, Link]] = []
    for stored in reader.links():
        try:
            links.append((stored.index, parse(stored.entry)))
        except Refused as error:
            raise StoreError(
                "the entry at index %s: %s: %s", stored.index, error, _DAMAGED
            ) from None
        if len(links) == _BLOCK:
            yield links
            links = []
    if links:
        yield links
