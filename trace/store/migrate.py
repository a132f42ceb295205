"""The schema, made and changed by migrations only."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from .engine import writing
from .errors import SchemaError

_SEALS = "0005"  # the revision that brought them
_MIGRATIONS = Path(__file__).parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


@cache
def newest() -> str:
    """The revision that this program is written for."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


def current(engine: Engine) -> str | None:
    """The revision of the database; None where it has no schema. SchemaError where it has two."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_heads()
    if len(found) > 1:
        raise SchemaError(
            f"alembic_version names {len(found)} revisions, of which this program wrote one: "
            "take the others away"
        )
    return found[0] if found else None


def upgrade(engine: Engine, seal: Callable[[Connection], None] | None = None) -> str:
    """Bring the schema to this program's revision; the revision.

    `seal` is called, in the same transaction, where rows had no seals before.
    """
    with writing(engine) as connection:
        before = MigrationContext.configure(connection).get_current_revision()
        upgrade_over(connection)
        if seal is not None and before is not None and before < _SEALS:
            seal(connection)
    return newest()


def upgrade_over(connection: Connection) -> None:
    """Bring the schema there within the caller's transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def require_current(engine: Engine) -> None:
    """Raise SchemaError unless the schema is exactly this program's."""
    found, wanted = current(engine), newest()
    if found == wanted:
        return
    if found is None:
        raise SchemaError("the database holds no ledger: run `suyuan init`")
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found in known:
        raise SchemaError(f"the schema is {found}, older than this program: run `suyuan upgrade`")
    raise SchemaError(f"the schema is {found}, newer than this program: install a newer suyuan")
