"""Lineage, handover, plausibility, holds and recalls; events gain the columns that these read.

Revision ID: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_BYTES = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    """Make the tables; events, findings and names are derived anew by their followers."""
    op.drop_table("event")
    op.execute("DELETE FROM finding")
    op.execute("DELETE FROM name")
    op.execute("DELETE FROM follower WHERE name IN ('events', 'findings', 'names')")
    op.add_column(
        "follower", sa.Column("version", sa.String(length=64), server_default="", nullable=False)
    )
    _appended()
    _beside()
    _derived()


def _appended() -> None:
    op.create_table(
        "act",
        sa.Column("leaf", _ID, autoincrement=False, nullable=False),
        sa.Column("subject", _ID, nullable=False),
        sa.Column("actor", _ID, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("drill", sa.Boolean(), nullable=False),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("ending", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(["subject"], ["subject.id"], name=op.f("fk_act_subject")),
        sa.ForeignKeyConstraint(["actor"], ["subject.id"], name=op.f("fk_act_actor")),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_act")),
    )
    op.create_index("uq_act_subject", "act", ["subject"], unique=True)
    op.create_table(
        "scope",
        sa.Column("item", _BYTES, nullable=False),
        sa.Column("act", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("cleared", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("item", "act", name=op.f("pk_scope")),
    )
    op.create_index("ix_scope_act", "scope", ["act"])
    op.create_index("ix_mandate_recipient", "mandate", ["recipient"])


def _beside() -> None:
    op.create_table(
        "contact",
        sa.Column("party", _BYTES, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("party", "kind", "address", name=op.f("pk_contact")),
    )
    op.create_table(
        "choice",
        sa.Column("party", _BYTES, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("party", "name", name=op.f("pk_choice")),
    )
    op.create_table(
        "job",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("party", _BYTES, nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_job")),
    )
    op.create_index("ix_job_done", "job", ["done", "due"])
    op.create_table(
        "invitation",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("party", _BYTES, nullable=False),
        sa.Column("invited_by", _BYTES, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("keyid", sa.String(length=64), nullable=True),
        sa.Column("alg", sa.String(length=16), nullable=True),
        sa.Column("spki", sa.Text(), nullable=True),
        sa.Column("kept", sa.String(length=16), nullable=True),
        sa.Column("possession", sa.Text(), nullable=True),
        sa.Column("offered", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_invitation")),
    )
    op.create_index("ix_invitation_invited_by", "invitation", ["invited_by"])
    op.create_index("ix_invitation_party", "invitation", ["party"])
    op.create_table(
        "session",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("nonce", sa.String(length=22), nullable=True),
        sa.Column("keyid", sa.String(length=64), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_session")),
    )
    op.create_index("ix_session_expires", "session", ["expires"])
    op.create_index("ix_session_keyid", "session", ["keyid"])
    op.create_table(
        "disclosure",
        sa.Column("digest", sa.String(length=43), nullable=False),
        sa.Column("actor", _BYTES, nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("kept", sa.BigInteger(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("erased", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("digest", "actor", name=op.f("pk_disclosure")),
    )
    op.create_table(
        "audit_run",
        sa.Column("id", _ID, autoincrement=True, nullable=False),
        sa.Column("asked_by", _BYTES, nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("claim", sa.String(length=32), nullable=True),
        sa.Column("began", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("under_way", sa.SmallInteger(), nullable=True),
        sa.Column("progress", sa.Text(), nullable=True),
        sa.Column("result", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_run")),
    )
    op.create_index("uq_audit_run_under_way", "audit_run", ["under_way"], unique=True)


def _derived() -> None:
    op.create_table(
        "event",
        sa.Column("leaf", _ID, autoincrement=False, nullable=False),
        sa.Column("event_id", _BYTES, nullable=True),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=True),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("disposition", sa.Text(), nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=True),
        sa.Column("utc_offset", sa.Text(), nullable=True),
        sa.Column("received", sa.Boolean(), nullable=False),
        sa.Column("is_error", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(length=32), nullable=False),
        sa.Column("place", _BYTES, nullable=True),
        sa.Column("parent", _BYTES, nullable=True),
        sa.Column("recipient", _BYTES, nullable=True),
        sa.Column("transformation", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_event")),
    )
    op.create_index("ix_event_event_id", "event", ["event_id"])
    op.create_index("ix_event_transformation", "event", ["transformation"])
    op.create_table(
        "follows",
        sa.Column("leaf", _ID, autoincrement=False, nullable=False),
        sa.Column("before", _ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("leaf", "before", name=op.f("pk_follows")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_follows_before", "follows", ["before"])
    op.create_table(
        "voided",
        sa.Column("leaf", _ID, autoincrement=False, nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=False),
        sa.Column("why", sa.String(length=16), nullable=False),
        sa.PrimaryKeyConstraint("leaf", name=op.f("pk_voided")),
    )
    op.create_table(
        "lot",
        sa.Column("item", _ID, autoincrement=False, nullable=False),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.Column("name", _BYTES, nullable=True),
        sa.Column("product", _BYTES, nullable=True),
        sa.Column("produced", sa.Text(), nullable=True),
        sa.Column("shelf_life", sa.Integer(), nullable=True),
        sa.Column("coder", _BYTES, nullable=True),
        sa.Column("category", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("item", name=op.f("pk_lot")),
    )
    op.create_index("ix_lot_name", "lot", ["name", "leaf", "item"])
    op.create_index("ix_lot_leaf", "lot", ["leaf", "item"])
    op.create_index("ix_lot_coder", "lot", ["coder", "category"])
    op.create_table(
        "used",
        sa.Column("item", _ID, autoincrement=False, nullable=False),
        sa.Column("making", _ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("item", "making", name=op.f("pk_used")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_used_making", "used", ["making", "item"])
    op.create_table(
        "made",
        sa.Column("making", _ID, autoincrement=False, nullable=False),
        sa.Column("item", _ID, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("making", "item", name=op.f("pk_made")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_made_item", "made", ["item", "making"])
    op.create_table(
        "containment",
        sa.Column("item", _ID, autoincrement=False, nullable=False),
        sa.Column("container", _ID, autoincrement=False, nullable=False),
        sa.Column("entered_leaf", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=True),
        sa.Column("left_leaf", sa.BigInteger(), nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=2), nullable=True),
        sa.PrimaryKeyConstraint(
            "item", "container", "entered_leaf", "part", name=op.f("pk_containment")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_containment_container", "containment", ["container"])
    op.create_table(
        "holding",
        sa.Column("item", _ID, autoincrement=False, nullable=False),
        sa.Column("holder", _BYTES, nullable=False),
        sa.Column("reported", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=2), nullable=True),
        sa.Column("leaf", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("item", "holder", "reported", name=op.f("pk_holding")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_holding_holder", "holding", ["holder"])
    op.create_table(
        "shipment",
        sa.Column("leaf", _ID, autoincrement=False, nullable=False),
        sa.Column("item", _ID, autoincrement=False, nullable=False),
        sa.Column("sender", _BYTES, nullable=False),
        sa.Column("recipient", _BYTES, nullable=True),
        sa.Column("quantity", sa.BigInteger(), nullable=True),
        sa.Column("unit", sa.String(length=2), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("answered", sa.BigInteger(), nullable=True),
        sa.Column("received", sa.BigInteger(), nullable=True),
        sa.Column("refused", sa.BigInteger(), nullable=True),
        sa.Column("under_way", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("leaf", "item", name=op.f("pk_shipment")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_shipment_item", "shipment", ["item"])
    op.create_index("ix_shipment_recipient", "shipment", ["recipient", "state"])
    op.create_index("ix_shipment_sender", "shipment", ["sender", "state"])
    op.create_table(
        "doubt",
        sa.Column("rule", sa.String(length=32), nullable=False),
        sa.Column("subject", _BYTES, nullable=False),
        sa.Column("leaf", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item", _ID, nullable=False),
        sa.Column("actor", _BYTES, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("chinese", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "subject", "leaf", name=op.f("pk_doubt")),
    )
    op.create_index("ix_doubt_actor", "doubt", ["actor"])
    op.create_index("ix_doubt_item", "doubt", ["item"])
    op.create_index("ix_doubt_leaf", "doubt", ["leaf"])
    op.create_table(
        "term",
        sa.Column("term", _BYTES, nullable=False),
        sa.Column("uri", _BYTES, nullable=False),
        sa.PrimaryKeyConstraint("term", "uri", name=op.f("pk_term")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_term_uri", "term", ["uri"])
    op.create_index("ix_party_division", "party", ["division", "subject"])
