"""The tables of the links and of what follows from them, as SQLAlchemy Core sees them.

First what the append transaction writes, and only what accepts or refuses a link; then what
followers derive. Subjects (items, parties, …) are integers, and a URI stands once. A table of a
projection says by `by` who makes its rows and makes them anew. For others see `schema_beside`.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Text,
    UniqueConstraint,
)

from .beside import schema_beside
from .schema_codes import (
    code,
    coder_coverage,
    coverage,
    document,
    doubt,
    finding,
    licence,
    name,
    profile,
    shown,
    term,
    traced,
)
from .schema_columns import (
    APPEND,
    Bytewise,
    Id,
    amount,
    numbered,
    own_id,
    subject_id,
    table,
)

__all__ = [
    "code", "coder_coverage", "coverage", "document", "doubt", "finding", "licence", "name",
    "profile", "shown", "term", "traced",
]  # fmt: skip
metadata = schema_beside.alarm.metadata  # of all tables, those beside the ledger too

ledger = table("ledger", own_id("id"), Column("trust", Text, nullable=False))

subject = table(
    "subject",
    own_id("id"),
    Column("uri", Bytewise, nullable=False, unique=True),
    Column("code", String(16), nullable=False),
    by=APPEND,
    key=("uri",),
)

link = table(
    "link",
    own_id("leaf"),
    Column("hash", LargeBinary(32), nullable=False),
    Column("entry", LargeBinary, nullable=False),
)

# Without foreign keys, as all that grows with every link: the audit finds what they would.
chain = table(
    "chain",
    own_id("id"),
    numbered("subject"),
    numbered("actor"),
    Column("seq", Integer, nullable=False),
    Column("head", LargeBinary(32), nullable=False),
    UniqueConstraint("subject", "actor"),
    by=APPEND,
    key=("subject", "actor"),
)

link_item = table(
    "link_item",
    numbered("chain", primary_key=True, of="chain"),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("leaf", Id, nullable=False),
    Column("role", SmallInteger, nullable=False),
    *amount(),
    rowid=False,
    by=APPEND,
)

checkpoint = table(
    "checkpoint",
    own_id("size"),
    Column("note", Text, nullable=False),
    Column("committed", BigInteger, nullable=False),
)

# A full hash tile, written once; `id` is its level * 2^48 + its number, `root` that of its subtree.
tile = table(
    "tile",
    own_id("id"),
    Column("root", LargeBinary(32), nullable=False),
    Column("hashes", LargeBinary, nullable=False),
)

# Checkpoints that met the policy's quorum, each kept; `at` is the recorded time they vouch for.
cosigned = table(
    "cosigned",
    own_id("size"),
    Column("note", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

log_state = table(
    "log_state",
    own_id("id"),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("edge", LargeBinary, nullable=False),
    Column("committed", BigInteger, nullable=False),
    # One more than the index of the last statement on who may sign: until it moves, a process
    # knows all of that.
    Column("standing", BigInteger, nullable=False, server_default="0"),
)

party = table(
    "party",
    subject_id("subject", primary_key=True),
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
    Index("ix_party_counted", "division", "gone", "roles"),
    Index("ix_party_part_of", "part_of"),
    Index("ix_party_roles", "roles"),
    by=APPEND,
)

key = table(
    "key",
    own_id("enrolled"),
    Column("keyid", String(64), nullable=False, unique=True),
    subject_id("party"),
    Column("alg", String(16), nullable=False),
    Column("spki", LargeBinary, nullable=False),
    Column("kept", String(16), nullable=False),
    subject_id("enrolled_by"),
    Column("revoked", BigInteger),
    Column("compromised_since", BigInteger),
    Index("ix_key_party", "party"),
    by=APPEND,
)

mandate = table(
    "mandate",
    own_id("given"),
    subject_id("giver"),
    Column("recipient", Bytewise, nullable=False),
    Column("steps", Text, nullable=False),
    Column("start", String(20), nullable=False),
    Column("until", String(20), nullable=False),
    Column("withdrawn", BigInteger),
    Index("ix_mandate_giver", "giver"),
    Index("ix_mandate_recipient", "recipient"),
    by=APPEND,
)

registrar = table(
    "registrar",
    subject_id("subject", primary_key=True),
    Column("remit", Text),
    Column("stated", BigInteger, nullable=False),
    by=APPEND,
)

coder = table(
    "coder",
    subject_id("subject", primary_key=True),
    subject_id("actor"),
    Column("leaf", BigInteger, nullable=False),
    by=APPEND,
    key=("subject", "actor"),
)

# Holds and recalls by the statement that began each, and what lies in their scope. `ending` is the
# op of the statement at `ended`; `cleared` the leaf at which an item was found not to be concerned.
act = table(
    "act",
    own_id("leaf"),
    subject_id("subject"),
    subject_id("actor"),
    Column("kind", String(8), nullable=False),
    Column("level", SmallInteger),
    Column("drill", Boolean, nullable=False),
    Column("ended", BigInteger),
    Column("ending", String(16)),
    Column("office", Bytewise),
    Column("sort", String(32)),
    Column("about", Bytewise),
    Index("uq_act_subject", "subject", unique=True),
    Index("ix_act_open", "kind", "ended", "leaf"),
    Index("ix_act_office", "office", "kind", "ended", "leaf"),
    Index("ix_act_about", "about", "leaf"),
    by=APPEND,
)

scope = table(
    "scope",
    Column("item", Bytewise, primary_key=True),
    Column("act", BigInteger, primary_key=True, autoincrement=False),
    Column("leaf", BigInteger, nullable=False),
    Column("cleared", BigInteger),
    Index("ix_scope_act", "act"),
    by=APPEND,
)

follower = table(
    "follower",
    Column("name", String(32), primary_key=True),
    Column("cursor", BigInteger, nullable=False),
    Column("version", String(64), nullable=False, server_default=""),  # of rules that may change
)

event = table(
    "event",
    own_id("leaf"),
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
    by="events",
)

# What a link names in `after`, of this ledger.
follows = table(
    "follows",
    Column("leaf", Id, primary_key=True, autoincrement=False),
    Column("before", Id, primary_key=True, autoincrement=False),
    Index("ix_follows_before", "before"),
    rowid=False,
    by="events",
)

# Inspections, by the party at whose counter they were, and by each person named to have made them.
inspection = table(
    "inspection",
    Column("party", Bytewise, primary_key=True),
    Column("actor", Bytewise, primary_key=True),
    Column("leaf", Id, primary_key=True, autoincrement=False),
    Index("ix_inspection_actor", "actor", "leaf"),
    rowid=False,
    by="events",
)

# Events that do not count: declared an error, taken back, or recorded twice; because of `by`.
voided = table(
    "voided",
    own_id("leaf"),
    Column("by", BigInteger, nullable=False),
    Column("why", String(16), nullable=False),
    Index("ix_voided_by", "by"),
    by="lineage",
)

# What a lot is, by the event that coded it, and whose doing that was.
lot = table(
    "lot",
    numbered("item", primary_key=True),
    Column("leaf", BigInteger, nullable=False),
    Column("name", Bytewise),
    Column("product", Bytewise),
    Column("produced", Text),
    Column("shelf_life", Integer),
    Column("coder", Bytewise),
    Column("category", Text),
    Column("number", Bytewise),
    Index("ix_lot_name", "name", "leaf", "item"),
    Index("ix_lot_number", "number", "leaf", "item"),
    Index("ix_lot_leaf", "leaf", "item"),
    Index("ix_lot_coder", "coder", "category"),
    by="lineage",
)

# The two sides of each making: what was used, what was made; `making` is its first event's leaf.
used = table(
    "used",
    numbered("item", primary_key=True),
    Column("making", Id, primary_key=True, autoincrement=False),
    Index("ix_used_making", "making", "item"),
    rowid=False,
    by="lineage",
)

made = table(
    "made",
    Column("making", Id, primary_key=True, autoincrement=False),
    numbered("item", primary_key=True),
    Index("ix_made_item", "item", "making"),
    rowid=False,
    by="lineage",
)

# Stays of items in containers, in event time (microseconds UTC) and, where times are equal, leaf.
containment = table(
    "containment",
    numbered("item", primary_key=True),
    numbered("container", primary_key=True),
    Column("entered_leaf", BigInteger, primary_key=True, autoincrement=False),
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("entered", BigInteger, nullable=False),
    Column("left", BigInteger),
    Column("left_leaf", BigInteger),
    *amount(),
    Index("ix_containment_container", "container"),
    rowid=False,
    by="lineage",
)

# How much of an item a holder has, loose (not in a container); a reported one, a document names.
holding = table(
    "holding",
    numbered("item", primary_key=True),
    Column("holder", Bytewise, primary_key=True),
    Column("reported", Boolean, primary_key=True),
    *amount(),
    Column("leaf", BigInteger, nullable=False),
    Index("ix_holding_holder", "holder"),
    rowid=False,
    by="lineage",
)

# What was sent to a party, line by line, and what became of it. Goods are under way while nobody
# has answered; a piece only as long as nothing later says where it is.
shipment = table(
    "shipment",
    Column("leaf", Id, primary_key=True, autoincrement=False),
    numbered("item", primary_key=True),
    Column("sender", Bytewise, nullable=False),
    Column("recipient", Bytewise),
    *amount(),
    Column("state", String(12), nullable=False),
    Column("answered", BigInteger),
    Column("received", BigInteger),
    Column("refused", BigInteger),
    Column("under_way", Boolean, nullable=False),
    Index("ix_shipment_recipient", "recipient", "state"),
    Index("ix_shipment_item", "item"),
    Index("ix_shipment_sender", "sender", "state"),
    Index("ix_shipment_state", "state", "leaf", "recipient"),
    rowid=False,
    by="lineage",
)

# Each party's part in each event about an item, corrected ones too: what it looks for among its own
# records. `counterparty` is the other side by URI, or by the name of one outside the ledger.
record = table(
    "record",
    numbered("item", primary_key=True),
    Column("leaf", Id, primary_key=True, autoincrement=False),
    numbered("actor"),
    Column("time", BigInteger, nullable=False),
    Column("step", Text, nullable=False),
    Column("role", SmallInteger, nullable=False),
    Column("name", Bytewise),
    Column("counterparty", Bytewise),
    *amount(),
    Index("ix_record_actor", "actor", "time", "leaf", "item"),
    Index("ix_record_step", "actor", "step", "time", "leaf", "item"),
    Index("ix_record_name", "actor", "name", "time", "leaf", "item"),
    Index("ix_record_counterparty", "actor", "counterparty", "time", "leaf", "item"),
    rowid=False,
    by="lineage",
)
