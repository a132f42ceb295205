"""The first schema that is released: the tables as they are defined, some of them frozen.

Homes of the schemas before it, 0001 to 0005, are made anew from their entries (migrate.py).
From the first release on this file no longer follows the definitions, and each change is a
migration of its own.

Revision ID: 0006
"""

from alembic import op

from suyuan.trace.store.migrate import make_all

revision = "0006"
down_revision = None


def upgrade() -> None:
    """Make all tables, and the triggers that refuse to change what was acknowledged."""
    make_all(op.get_bind())
