"""The tables of the small followers: codes, documents, names, and findings on single links."""

from sqlalchemy import BigInteger, Boolean, Column, Index, String, Text, column, func

from .schema_columns import Bytewise, subject_id, table

code = table(
    "code",
    Column("code", String(16), primary_key=True),
    subject_id("subject"),
    subject_id("actor", nullable=True),
    # By these a part of a code is found that begins at one of its printed groups.
    *(Index(f"ix_code_from_{at}", func.substr(column("code", String), at)) for at in (5, 9, 13)),
    by="codes",
)

document = table(
    "document",
    Column("sha256", String(64), primary_key=True),
    subject_id("actor", primary_key=True),
    Column("first", BigInteger, nullable=False),
    Column("links", BigInteger, nullable=False),
    Column("finished", BigInteger),
    by="documents",
)

name = table(
    "name",
    Column("uri", Bytewise, primary_key=True),
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("actor", Bytewise, nullable=False),
    Column("name", Text, nullable=False),
    by="names",
)

# Each actor's newest profile of a URI; `expires` is the first day on which a licence in it ends.
profile = table(
    "profile",
    Column("actor", Bytewise, primary_key=True),
    Column("uri", Bytewise, primary_key=True),
    Column("leaf", BigInteger, nullable=False),
    Column("expires", String(10)),
    Column("own", Boolean, nullable=False),
    Index("ix_profile_own", "own", "expires"),
    by="names",
)

# The numbers of the licences in these, folded: by them a licence is found that another party has.
licence = table(
    "licence",
    Column("number", Bytewise, primary_key=True),
    Column("own", Boolean, primary_key=True),
    Column("actor", Bytewise, primary_key=True),
    Column("uri", Bytewise, primary_key=True),
    Index("ix_licence_uri", "actor", "uri"),
    by="names",
)

# Hidden fields that an office shows to everyone, by digest and the statement that says so, until a
# last day; `ends` where it takes them back.
shown = table(
    "shown",
    Column("digest", String(43), primary_key=True),
    Column("by", BigInteger, primary_key=True, autoincrement=False),
    Column("hash", String(64), nullable=False),
    Column("until", String(10)),
    Column("ends", Boolean, nullable=False),
    by="names",
)

# By which pieces of its name a party is found: `read.search.terms` cuts them.
term = table(
    "term",
    Column("term", Bytewise, primary_key=True),
    Column("uri", Bytewise, primary_key=True),
    Index("ix_term_uri", "uri"),
    rowid=False,
    by="names",
)

finding = table(
    "finding",
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("rule", String(32), primary_key=True),
    Column("subject", Bytewise, primary_key=True),
    Column("message", Text, nullable=False),
    by="findings",
)
