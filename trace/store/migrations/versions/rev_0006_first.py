"""The first schema that is released: the tables as they are defined, some of them frozen.

Homes of the schemas before it, 0001 to 0005, are made anew from their entries (migrate.py).
From the first release on this file no longer follows the definitions, and each change is a
migration of its own.

Revision ID: 0006
"""

from alembic import op

from suyuan.trace.store.schema import metadata

revision = "0006"
down_revision = None

FROZEN = ("link", "checkpoint", "tile", "cosigned")  # what was acknowledged is never changed


def upgrade() -> None:
    """Make all tables, and the triggers that refuse to change what was acknowledged."""
    metadata.create_all(op.get_bind(), checkfirst=False)
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in FROZEN:
        for statement in _sqlite(table) if is_sqlite else _postgresql(table):
            op.execute(statement)


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
