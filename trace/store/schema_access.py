"""Tables of who is invited and who is signed in: beside the ledger, and in no link."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text

from .schema_base import Bytewise, metadata, seal

# Who was invited to have a key enrolled, and which key was offered. `token` is the SHA-256 of what
# the link carries; instants are microseconds UTC.
invitation = Table(
    "invitation",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("party", Bytewise, nullable=False),
    Column("invited_by", Bytewise, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("expires", BigInteger, nullable=False),
    Column("keyid", String(64)),
    Column("alg", String(16)),
    Column("spki", Text),
    Column("kept", String(16)),
    Column("possession", Text),
    Column("offered", BigInteger),
    seal(),
    Index("ix_invitation_party", "party"),
    Index("ix_invitation_invited_by", "invited_by"),
)

# Who is signed in to the pages, by the SHA-256 of the cookie; before that, what it was asked to
# sign (`nonce`). It `expires` when it is not used, and `ends` in any case.
session = Table(
    "session",
    metadata,
    Column("token", String(64), primary_key=True),
    Column("nonce", String(22)),
    Column("keyid", String(64)),
    Column("expires", BigInteger, nullable=False),
    Column("ends", BigInteger),
    seal(),
    Index("ix_session_keyid", "keyid"),
    Index("ix_session_expires", "expires"),
)
