"""The tables of the small followers: codes, documents, names, and findings on single links.

And of how far lots are traced, which the follower of lineage sums.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    SmallInteger,
    String,
    Text,
    column,
    func,
)

from .schema_columns import Bytewise, counts, numbered, subject_id, table

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

# What cannot be, or should not: by rule, what it is about, and the link that completes it; `item`
# is whose sake it was looked at for. `message` (JSON, also in `finding`) says why, by `evidence`.
doubt = table(
    "doubt",
    Column("rule", String(32), primary_key=True),
    Column("subject", Bytewise, primary_key=True),
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    numbered("item"),
    Column("actor", Bytewise),
    Column("message", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Index("ix_doubt_item", "item"),
    Index("ix_doubt_actor", "actor", "rule"),
    Index("ix_doubt_leaf", "leaf"),
    by="lineage",
)

# How far a lot is traced, and where and when it was coded, for what it is counted by.
traced = table(
    "traced",
    numbered("item", primary_key=True),
    numbered("coder"),
    Column("division", String(12), nullable=False),
    Column("month", Integer, nullable=False),
    Column("category", String(32), nullable=False),
    Column("product", Bytewise, nullable=False),
    Column("begins", SmallInteger, nullable=False),
    Column("handed", SmallInteger, nullable=False),
    Column("reached", SmallInteger, nullable=False),
    Index("ix_traced_product", "coder", "division", "month", "category", "product"),
    by="lineage",
)

# Those of a coder in a month, added up; and those of each division, with all that lie in it, by
# level (the digits that name it, none for all there are) and category ("" for all of them).
coder_coverage = table(
    "coder_coverage",
    Column("division", String(12), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    numbered("coder", primary_key=True),
    Column("category", String(32), primary_key=True),
    *counts(),
    Index("ix_coder_coverage_coder", "coder", "month"),
    rowid=False,
    by="lineage",
)

coverage = table(
    "coverage",
    Column("division", String(12), primary_key=True),
    Column("month", Integer, primary_key=True, autoincrement=False),
    Column("category", String(32), primary_key=True),
    Column("level", SmallInteger, nullable=False),
    Column("coders", BigInteger, nullable=False),
    *counts(),
    Index("ix_coverage_level", "level", "month", "category", "division"),
    rowid=False,
    by="lineage",
)
