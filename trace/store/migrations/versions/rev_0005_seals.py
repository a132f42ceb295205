"""Seals of rows beside the ledger, how many there are, when sessions end; findings are messages.

Revision ID: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

_SEALED = (
    "alarm", "audit_run", "choice", "contact", "disclosure", "invitation", "job", "session",
)  # fmt: skip


def upgrade() -> None:
    """Add the columns; nobody stays signed in. What seals the rows is not in the database."""
    op.execute("DELETE FROM session")
    op.execute("DELETE FROM finding")
    op.execute("DELETE FROM doubt")
    op.execute("DELETE FROM follower WHERE name IN ('findings', 'lineage')")
    for table in ("finding", "doubt"):
        op.alter_column(table, "reason", new_column_name="message")
    op.drop_column("doubt", "chinese")
    op.add_column("session", sa.Column("ends", sa.BigInteger(), nullable=True))
    for table in _SEALED:
        op.add_column(table, sa.Column("seal", sa.LargeBinary(), nullable=True))
    op.create_table(
        "row_count",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_row_count")),
    )
