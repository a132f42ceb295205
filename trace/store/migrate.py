"""The schema, made and changed by migrations only; those before the first are made anew."""

from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from .engine import is_sqlite, writing
from .errors import SchemaError
from .schema import metadata

FIRST = "0006"  # the revision that is released first
NEWEST = FIRST  # the revision that this program is written for
_REPLAYED = "0005"  # whose links and rows beside the ledger are as they are now
_NEWER = "newer than this program: install a newer suyuan"
_MIGRATIONS = Path(__file__).parent / "migrations"
_FROZEN = ("link", "checkpoint", "tile", "cosigned")  # what was acknowledged is never changed


def current(engine: Engine) -> str | None:
    """The revision of the database; None where it has no schema. SchemaError where it has two."""
    with engine.connect() as connection:
        return _current(connection)


def upgrade(engine: Engine, replay: Callable[[Connection], None] | None = None) -> str:
    """Bring the schema to this program's revision, in one transaction; the revision.

    `replay` makes anew what the links give, of a ledger from before there were released schemas.
    SchemaError for one that is older than that, or newer than this program.
    """
    with writing(engine) as connection:
        revision = _current(connection)
        if revision in (None, NEWEST):
            upgrade_over(connection)
        elif revision == _REPLAYED and replay is not None:
            replay(connection)
            stamp = text("UPDATE alembic_version SET version_num = :revision")
            connection.execute(stamp, {"revision": NEWEST})
        elif _is_older(revision):
            raise SchemaError(
                f"the schema is {revision}, and only the entries of {_REPLAYED} can be replayed: "
                f"upgrade to {_REPLAYED} by the version that made it, then to this one"
            )
        else:
            raise SchemaError(f"the schema is {revision}, {_NEWER}")
    return NEWEST


def upgrade_over(connection: Connection) -> None:
    """Bring the schema there within the caller's transaction.

    The first one is made without Alembic, whose loading takes longer than a small audit.
    """
    if _current(connection) is None:
        make_first(connection)
        connection.exec_driver_sql(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, "
            "CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
        )
        stamp = text("INSERT INTO alembic_version (version_num) VALUES (:revision)")
        connection.execute(stamp, {"revision": FIRST})
    if NEWEST != FIRST:
        migrate(connection)


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, within the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def make_first(connection: Connection) -> None:
    """Make all tables, and the triggers that refuse to change what was acknowledged."""
    metadata.create_all(connection, checkfirst=False)
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
    why = "older than this program: run `suyuan upgrade`" if _is_older(revision) else _NEWER
    raise SchemaError(f"the schema is {revision}, {why}")


def _is_older(revision: str | None) -> bool:
    return revision is not None and revision.isdigit() and revision < NEWEST


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revisions = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    if len(revisions) > 1:
        raise SchemaError(
            f"alembic_version names {len(revisions)} revisions, of which this program wrote one: "
            "take the others away"
        )
    return str(revisions[0]) if revisions else None
