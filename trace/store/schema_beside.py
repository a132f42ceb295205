"""Tables beside the ledger that no follower derives."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, Text

from .schema_base import Bytewise, metadata

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
)
