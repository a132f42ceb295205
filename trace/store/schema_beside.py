"""Tables beside the ledger that no follower derives."""

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from .schema_base import Bytewise, Id, metadata, seal

# Disclosures of hidden fields, each encrypted with a key of its own that stands at `place` in a
# file apart. The same string may be two parties' own. `erased`: the leaf of the erasure, from which
# on `place` and `content` are gone. Instants in microseconds UTC.
disclosure = Table(
    "disclosure",
    metadata,
    Column("digest", String(43), primary_key=True),
    Column("actor", Bytewise, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("kept", BigInteger, nullable=False),
    Column("place", BigInteger),
    Column("content", LargeBinary),
    Column("erased", BigInteger),
    seal(),
)

# How many rows a sealed table has, so that one that was removed is missed.
row_count = Table(
    "row_count",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("total", BigInteger, nullable=False),
    seal(),
)

# Audits asked for on the web. `under_way` is 1 until one has ended and then NULL: so there is one
# at a time. `claim` is the process that works on it, until `due`; `progress` and `result` are JSON
# (trace/auditing/telling.py), `error` why it could not be done. Instants in microseconds UTC.
audit_run = Table(
    "audit_run",
    metadata,
    Column("id", Id, primary_key=True, autoincrement=True),
    Column("asked_by", Bytewise, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("claim", String(32)),
    Column("began", BigInteger),
    Column("ended", BigInteger),
    Column("under_way", SmallInteger),
    Column("progress", Text),
    Column("result", Text),
    Column("error", Text),
    seal(),
    Index("uq_audit_run_under_way", "under_way", unique=True),
)
