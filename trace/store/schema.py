"""The tables as SQLAlchemy Core sees them; the migrations make them.

First what the append transaction writes, and only what accepts or refuses a link; then what the
followers derive. Subjects (items, parties, places, …) are integers, and a URI stands once.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from . import schema_access, schema_base, schema_beside
from .schema_base import Bytewise, Id, seal

metadata = schema_base.metadata
disclosure, audit_run = schema_beside.disclosure, schema_beside.audit_run
row_count = schema_beside.row_count
invitation, session = schema_access.invitation, schema_access.session


def _id(name: str) -> Column[int]:
    return Column(name, Id, primary_key=True, autoincrement=False)


def _subject(name: str, *, primary_key: bool = False, nullable: bool = False) -> Column[int]:
    return Column(
        name,
        Id,
        ForeignKey("subject.id"),
        primary_key=primary_key,
        nullable=nullable,
        autoincrement=False,
    )


ledger = Table(
    "ledger",
    metadata,
    _id("id"),
    Column("trust", Text, nullable=False),
)

subject = Table(
    "subject",
    metadata,
    _id("id"),
    Column("uri", Bytewise, nullable=False, unique=True),
    Column("code", String(16), nullable=False),
)

link = Table(
    "link",
    metadata,
    _id("leaf"),
    Column("hash", LargeBinary(32), nullable=False),
    Column("entry", LargeBinary, nullable=False),
)

# Without foreign keys, as all that grows with every link: the audit finds what they would.
chain = Table(
    "chain",
    metadata,
    _id("id"),
    Column("subject", Id, nullable=False),
    Column("actor", Id, nullable=False),
    Column("seq", Integer, nullable=False),
    Column("head", LargeBinary(32), nullable=False),
    UniqueConstraint("subject", "actor"),
)

link_item = Table(
    "link_item",
    metadata,
    Column("chain", Id, primary_key=True, autoincrement=False),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("leaf", Id, nullable=False),
    Column("role", SmallInteger, nullable=False),
    Column("quantity", BigInteger),
    Column("unit", String(2)),
    sqlite_with_rowid=False,
)

checkpoint = Table(
    "checkpoint",
    metadata,
    _id("size"),
    Column("note", Text, nullable=False),
    Column("committed", BigInteger, nullable=False),
)

# A full hash tile, written once; `id` is its level * 2^48 + its number, `root` that of its subtree.
tile = Table(
    "tile",
    metadata,
    _id("id"),
    Column("root", LargeBinary(32), nullable=False),
    Column("hashes", LargeBinary, nullable=False),
)

# Checkpoints that met the policy's quorum, each kept; `at` is the recorded time they vouch for.
cosigned = Table(
    "cosigned",
    metadata,
    _id("size"),
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# What each witness answered last; instants in microseconds UTC.
witness = Table(
    "witness",
    metadata,
    Column("name", String(255), primary_key=True),
    Column("size", BigInteger),
    Column("asked", BigInteger, nullable=False),
    Column("answered", BigInteger),
    Column("error", Text),
)

# What the operator has to resolve; one that `stops` ends all signing until then.
alarm = Table(
    "alarm",
    metadata,
    _id("id"),
    Column("raised", BigInteger, nullable=False),
    Column("stops", Boolean, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("resolved", BigInteger),
    Column("resolution", Text),
    seal(),
)

log_state = Table(
    "log_state",
    metadata,
    _id("id"),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("committed", BigInteger, nullable=False),
    # One more than the index of the last statement on who may sign: until it moves, a process
    # knows all of that.
    Column("standing", BigInteger, nullable=False, server_default="0"),
)

party = Table(
    "party",
    metadata,
    _subject("subject", primary_key=True),
    Column("admitted", BigInteger, nullable=False),
    Column("stated", BigInteger, nullable=False),
    Column("gone", BigInteger),
    Column("earlier", Text, nullable=False),
    Column("name", Text),
    Column("roles", Text, nullable=False),
    Column("division", String(12), nullable=False),
    Column("places", Text, nullable=False),
    Column("gs1", Text, nullable=False),
    Column("part_of", Bytewise),
    Index("ix_party_division", "division", "subject"),
)

key = Table(
    "key",
    metadata,
    _id("enrolled"),
    Column("keyid", String(64), nullable=False, unique=True),
    _subject("party"),
    Column("alg", String(16), nullable=False),
    Column("spki", LargeBinary, nullable=False),
    Column("kept", String(16), nullable=False),
    _subject("enrolled_by"),
    Column("revoked", BigInteger),
    Column("compromised_since", BigInteger),
    Index("ix_key_party", "party"),
)

mandate = Table(
    "mandate",
    metadata,
    _id("given"),
    _subject("giver"),
    Column("recipient", Bytewise, nullable=False),
    Column("steps", Text, nullable=False),
    Column("start", String(20), nullable=False),
    Column("until", String(20), nullable=False),
    Column("withdrawn", BigInteger),
    Index("ix_mandate_giver", "giver"),
    Index("ix_mandate_recipient", "recipient"),
)

registrar = Table(
    "registrar",
    metadata,
    _subject("subject", primary_key=True),
    Column("remit", Text),
    Column("stated", BigInteger, nullable=False),
)

coder = Table(
    "coder",
    metadata,
    _subject("subject", primary_key=True),
    _subject("actor"),
    Column("leaf", BigInteger, nullable=False),
)

# Holds and recalls by the statement that began each, and what lies in their scope. `ending` is the
# op of the statement at `ended`; `cleared` the leaf at which an item was found not to be concerned.
act = Table(
    "act",
    metadata,
    _id("leaf"),
    _subject("subject"),
    _subject("actor"),
    Column("kind", String(8), nullable=False),
    Column("level", SmallInteger),
    Column("drill", Boolean, nullable=False),
    Column("ended", BigInteger),
    Column("ending", String(16)),
    Index("uq_act_subject", "subject", unique=True),
)

scope = Table(
    "scope",
    metadata,
    Column("item", Bytewise, primary_key=True),
    Column("act", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", BigInteger, nullable=False),
    Column("cleared", BigInteger),
    Index("ix_scope_act", "act"),
)

# Beside the ledger, and in no link: where a party wants to be told, what it has chosen, and what
# is to be sent; `due` and `done` are microseconds UTC.
contact = Table(
    "contact",
    metadata,
    Column("party", Bytewise, primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("secret", Text),
    seal(),
)

choice = Table(
    "choice",
    metadata,
    Column("party", Bytewise, primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
    seal(),
)

job = Table(
    "job",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("party", Bytewise, nullable=False),
    Column("address", Text, nullable=False),
    Column("leaf", BigInteger, nullable=False),
    Column("content", Text, nullable=False),
    Column("made", BigInteger, nullable=False),
    Column("due", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("done", BigInteger),
    Column("error", Text),
    seal(),
    Index("ix_job_done", "done", "due"),
)

# What followers derive; dropped and made anew by `suyuan rebuild`.

follower = Table(
    "follower",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("cursor", BigInteger, nullable=False),
    Column("version", String(64), nullable=False, server_default=""),  # of rules that may change
)

event = Table(
    "event",
    metadata,
    _id("leaf"),
    Column("event_id", Bytewise),
    Column("type", Text, nullable=False),
    Column("action", Text),
    Column("step", Text),
    Column("disposition", Text),
    Column("time", BigInteger),
    Column("utc_offset", Text),
    Column("received", Boolean, nullable=False),
    Column("is_error", Boolean, nullable=False),
    Column("content", LargeBinary(32), nullable=False),
    Column("place", Bytewise),
    Column("parent", Bytewise),
    Column("recipient", Bytewise),
    Column("transformation", String(64)),
    Index("ix_event_event_id", "event_id"),
    Index("ix_event_transformation", "transformation"),
)

# What a link names in `after`, of this ledger.
follows = Table(
    "follows",
    metadata,
    Column("leaf", Id, primary_key=True, autoincrement=False),
    Column("before", Id, primary_key=True, autoincrement=False),
    Index("ix_follows_before", "before"),
    sqlite_with_rowid=False,
)

# Events that do not count: declared an error, taken back, or recorded twice; because of `by`.
voided = Table(
    "voided",
    metadata,
    _id("leaf"),
    Column("by", BigInteger, nullable=False),
    Column("why", String(16), nullable=False),
)

# What a lot is, by the event that coded it, and whose doing that was.
lot = Table(
    "lot",
    metadata,
    _id("item"),
    Column("leaf", BigInteger, nullable=False),
    Column("name", Bytewise),
    Column("product", Bytewise),
    Column("produced", Text),
    Column("shelf_life", Integer),
    Column("coder", Bytewise),
    Column("category", Text),
    Index("ix_lot_name", "name", "leaf", "item"),
    Index("ix_lot_leaf", "leaf", "item"),
    Index("ix_lot_coder", "coder", "category"),
)

# The two sides of each making: what was used, what was made. `making` is the leaf of its event, or
# of the first with its transformationID.
used = Table(
    "used",
    metadata,
    Column("item", Id, primary_key=True, autoincrement=False),
    Column("making", Id, primary_key=True, autoincrement=False),
    Index("ix_used_making", "making", "item"),
    sqlite_with_rowid=False,
)

made = Table(
    "made",
    metadata,
    Column("making", Id, primary_key=True, autoincrement=False),
    Column("item", Id, primary_key=True, autoincrement=False),
    Index("ix_made_item", "item", "making"),
    sqlite_with_rowid=False,
)

# Stays of items in containers, in event time (microseconds UTC) and, where times are equal, leaf.
containment = Table(
    "containment",
    metadata,
    Column("item", Id, primary_key=True, autoincrement=False),
    Column("container", Id, primary_key=True, autoincrement=False),
    Column("entered_leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("entered", BigInteger, nullable=False),
    Column("left", BigInteger),
    Column("left_leaf", BigInteger),
    Column("quantity", BigInteger),
    Column("unit", String(2)),
    Index("ix_containment_container", "container"),
    sqlite_with_rowid=False,
)

# How much of an item a holder has, loose; what is inside a container is the container's holder's.
# A reported holder is a place that a document names.
holding = Table(
    "holding",
    metadata,
    Column("item", Id, primary_key=True, autoincrement=False),
    Column("holder", Bytewise, primary_key=True),
    Column("reported", Boolean, primary_key=True),
    Column("quantity", BigInteger),
    Column("unit", String(2)),
    Column("leaf", BigInteger, nullable=False),
    Index("ix_holding_holder", "holder"),
    sqlite_with_rowid=False,
)

# What was sent to a party, line by line, and what became of it. Goods are under way while nobody
# has answered; a piece only as long as nothing later says where it is.
shipment = Table(
    "shipment",
    metadata,
    Column("leaf", Id, primary_key=True, autoincrement=False),
    Column("item", Id, primary_key=True, autoincrement=False),
    Column("sender", Bytewise, nullable=False),
    Column("recipient", Bytewise),
    Column("quantity", BigInteger),
    Column("unit", String(2)),
    Column("state", String(12), nullable=False),
    Column("answered", BigInteger),
    Column("received", BigInteger),
    Column("refused", BigInteger),
    Column("under_way", Boolean, nullable=False),
    Index("ix_shipment_recipient", "recipient", "state"),
    Index("ix_shipment_item", "item"),
    Index("ix_shipment_sender", "sender", "state"),
    sqlite_with_rowid=False,
)

# What cannot be, or should not: by rule, what it is about, and the link that completes it.
# `item` is the subject for whose sake it was looked at; `message`, here and
# in `finding`, says why; `evidence` has the leaves; both are JSON.
doubt = Table(
    "doubt",
    metadata,
    Column("rule", String(32), primary_key=True),
    Column("subject", Bytewise, primary_key=True),
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("item", Id, nullable=False),
    Column("actor", Bytewise),
    Column("message", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Index("ix_doubt_item", "item"),
    Index("ix_doubt_actor", "actor"),
    Index("ix_doubt_leaf", "leaf"),
)

code = Table(
    "code",
    metadata,
    Column("code", String(16), primary_key=True),
    _subject("subject"),
    _subject("actor", nullable=True),
)

document = Table(
    "document",
    metadata,
    Column("sha256", String(64), primary_key=True),
    _subject("actor", primary_key=True),
    Column("first", BigInteger, nullable=False),
    Column("links", BigInteger, nullable=False),
    Column("finished", BigInteger),
)

name = Table(
    "name",
    metadata,
    Column("uri", Bytewise, primary_key=True),
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("actor", Bytewise, nullable=False),
    Column("name", Text, nullable=False),
)

# By which pieces of its name a party is found: `suyuan.trace.terms` cuts them.
term = Table(
    "term",
    metadata,
    Column("term", Bytewise, primary_key=True),
    Column("uri", Bytewise, primary_key=True),
    Index("ix_term_uri", "uri"),
    sqlite_with_rowid=False,
)

finding = Table(
    "finding",
    metadata,
    Column("leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("rule", String(32), primary_key=True),
    Column("subject", Bytewise, primary_key=True),
    Column("message", Text, nullable=False),
)
