"""The first schema: links, chains, who may sign, checkpoints, and what followers derive.

Revision ID: 0001
"""

import sqlalchemy as sa
from alembic import op

from suyuan.trace.store.migrations.freezing import freeze

revision = "0001"
down_revision = None

# What was acknowledged is never changed: links and checkpoints are written once.
FROZEN = ("link", "checkpoint")


def upgrade() -> None:
    """Make all tables, and the triggers that refuse to change what was acknowledged."""
    op.create_table(
        "chain",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("subject", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("actor", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("head", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chain")),
        sa.UniqueConstraint("subject", "actor", name=op.f("uq_chain_subject")),
    )
    op.create_table(
        "checkpoint",
        sa.Column(
            "size",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "event",
        sa.Column(
            "leaf",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "event_id", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=True),
        sa.Column("utc_offset", sa.Text(), nullable=True),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.Column("is_error", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_event")),
    )
    op.create_index("ix_event_event_id", "event", ["event_id"], unique=False)
    op.create_table(
        "finding",
        sa.Column("leaf", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column(
            "subject", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("leaf", "rule", "subject", name=op.f("pk_finding")),
    )
    op.create_table(
        "follower",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_follower")),
    )
    op.create_table(
        "ledger",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("trust", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
    )
    op.create_table(
        "link",
        sa.Column(
            "leaf",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_link")),
    )
    op.create_table(
        "link_item",
        sa.Column(
            "chain",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.SmallInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=2), nullable=True),
        sa.PrimaryKeyConstraint("chain", "seq", name=op.f("pk_link_item")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "log_state",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("edge", sa.LargeBinary(), nullable=False),
        sa.Column("committed", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_state")),
    )
    op.create_table(
        "name",
        sa.Column(
            "uri", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("uri", name=op.f("pk_name")),
    )
    op.create_table(
        "subject",
        sa.Column(
            "id",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "uri", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subject")),
        sa.UniqueConstraint("uri", name=op.f("uq_subject_uri")),
    )
    op.create_table(
        "code",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column(
            "subject",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "actor",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=True,
        ),
        sa.ForeignKeyConstraint(["actor"], ["subject.id"], name=op.f("fk_code_actor")),
        sa.ForeignKeyConstraint(["subject"], ["subject.id"], name=op.f("fk_code_subject")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_code")),
    )
    op.create_table(
        "coder",
        sa.Column(
            "subject",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "actor",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["actor"], ["subject.id"], name=op.f("fk_coder_actor")),
        sa.ForeignKeyConstraint(["subject"], ["subject.id"], name=op.f("fk_coder_subject")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_coder")),
    )
    op.create_table(
        "document",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column(
            "actor",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("links", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["actor"], ["subject.id"], name=op.f("fk_document_actor")),
        sa.PrimaryKeyConstraint("sha256", "actor", name=op.f("pk_document")),
    )
    op.create_table(
        "key",
        sa.Column(
            "enrolled",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("keyid", sa.String(length=64), nullable=False),
        sa.Column(
            "party",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("alg", sa.String(length=16), nullable=False),
        sa.Column("spki", sa.LargeBinary(), nullable=False),
        sa.Column("kept", sa.String(length=16), nullable=False),
        sa.Column(
            "enrolled_by",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("compromised_since", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["enrolled_by"], ["subject.id"], name=op.f("fk_key_enrolled_by")),
        sa.ForeignKeyConstraint(["party"], ["subject.id"], name=op.f("fk_key_party")),
        sa.PrimaryKeyConstraint("enrolled", name=op.f("pk_key")),
        sa.UniqueConstraint("keyid", name=op.f("uq_key_keyid")),
    )
    op.create_index("ix_key_party", "key", ["party"], unique=False)
    op.create_table(
        "mandate",
        sa.Column(
            "given",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "giver",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column(
            "recipient",
            sa.Text().with_variant(sa.Text(collation="C"), "postgresql"),
            nullable=False,
        ),
        sa.Column("steps", sa.Text(), nullable=False),
        sa.Column("start", sa.String(length=20), nullable=False),
        sa.Column("until", sa.String(length=20), nullable=False),
        sa.Column("withdrawn", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["giver"], ["subject.id"], name=op.f("fk_mandate_giver")),
        sa.PrimaryKeyConstraint("given", name=op.f("pk_mandate")),
    )
    op.create_index("ix_mandate_giver", "mandate", ["giver"], unique=False)
    op.create_table(
        "party",
        sa.Column(
            "subject",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("admitted", sa.BigInteger(), nullable=False),
        sa.Column("stated", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.BigInteger(), nullable=True),
        sa.Column("earlier", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("roles", sa.Text(), nullable=False),
        sa.Column("division", sa.String(length=12), nullable=False),
        sa.Column("places", sa.Text(), nullable=False),
        sa.Column("gs1", sa.Text(), nullable=False),
        sa.Column(
            "part_of", sa.Text().with_variant(sa.Text(collation="C"), "postgresql"), nullable=True
        ),
        sa.ForeignKeyConstraint(["subject"], ["subject.id"], name=op.f("fk_party_subject")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_party")),
    )
    op.create_table(
        "registrar",
        sa.Column(
            "subject",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("remit", sa.Text(), nullable=True),
        sa.Column("stated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["subject"], ["subject.id"], name=op.f("fk_registrar_subject")),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_registrar")),
    )
    for table in FROZEN:
        freeze(table)
