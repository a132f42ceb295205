"""Names by who stated them, and whose a prefix, a place or a product is.

Revision ID: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

_BYTES = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make `name` anew; its follower, and that of findings, which reads it, begin again."""
    op.drop_table("name")
    op.create_table(
        "name",
        sa.Column("uri", _BYTES, nullable=False),
        sa.Column("leaf", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("actor", _BYTES, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("uri", "leaf", name=op.f("pk_name")),
    )
    op.execute("DELETE FROM term")
    op.execute("DELETE FROM finding")
    op.execute("DELETE FROM follower WHERE name IN ('findings', 'names')")
