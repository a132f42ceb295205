"""The schema, made and changed by migrations only; Alembic is loaded only where it changes."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect

from .engine import writing
from .errors import SchemaError

_SEALS = "0005"  # the revision that brought them
_MIGRATIONS = Path(__file__).parent / "migrations"


@cache
def revisions() -> list[str]:
    """The revisions that this program knows, in order: the names of its migrations say them."""
    files = (_MIGRATIONS / "versions").glob("rev_*.py")
    return sorted(path.stem.split("_")[1] for path in files)


def newest() -> str:
    """The revision that this program is written for."""
    return revisions()[-1]


def current(engine: Engine) -> str | None:
    """The revision of the database; None where it has no schema. SchemaError where it has two."""
    with engine.connect() as connection:
        found = _heads(connection)
    if len(found) > 1:
        raise SchemaError(
            f"alembic_version names {len(found)} revisions, of which this program wrote one: "
            "take the others away"
        )
    return found[0] if found else None


def _heads(connection: Connection) -> list[str]:
    if not inspect(connection).has_table("alembic_version"):
        return []
    query = "SELECT version_num FROM alembic_version"
    return [str(number) for number in connection.exec_driver_sql(query).scalars()]


def upgrade(engine: Engine, seal: Callable[[Connection], None] | None = None) -> str:
    """Bring the schema to this program's revision; the revision.

    `seal` is called, in the same transaction, where rows had no seals before.
    """
    with writing(engine) as connection:
        before = _heads(connection)
        upgrade_over(connection)
        if seal is not None and before and before[0] < _SEALS:
            seal(connection)
    return newest()


def upgrade_over(connection: Connection) -> None:
    """Bring the schema there within the caller's transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def require_current(engine: Engine) -> None:
    """Raise SchemaError unless the schema is exactly this program's."""
    found, wanted = current(engine), newest()
    if found == wanted:
        return
    if found is None:
        raise SchemaError("the database holds no ledger: run `suyuan init`")
    if found in revisions():
        raise SchemaError(f"the schema is {found}, older than this program: run `suyuan upgrade`")
    raise SchemaError(f"the schema is {found}, newer than this program: install a newer suyuan")
