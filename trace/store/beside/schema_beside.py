"""Tables beside the ledger, which no link gives: their rows are sealed (sealed_rows.py).

Instants are microseconds UTC.
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
)

from ..schema_columns import Bytewise, Id, own_id, seal, table

# Beside the ledger, and in no link: where a party wants to be told, what it has chosen, and what
# is to be sent; `due` and `done` are microseconds UTC.
contact = table(
    "contact",
    Column("party", Bytewise, primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("address", Text, primary_key=True),
    Column("secret", Text),
    seal(),
    counted=True,
)

choice = table(
    "choice",
    Column("party", Bytewise, primary_key=True),
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
    seal(),
    counted=True,
)

job = table(
    "job",
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

# What concerned each party (feed_rows.py), numbered in the order in which it was noticed; `at` is
# microseconds UTC.
feed = table(
    "feed",
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("key", String(64), nullable=False, unique=True),
    Column("party", Bytewise, nullable=False),
    Column("kind", String(12), nullable=False),
    Column("leaf", BigInteger, nullable=False),
    Column("about", Bytewise, nullable=False),
    Column("at", BigInteger, nullable=False),
    seal(),
    Index("ix_feed_party", "party", "number"),
    Index("ix_feed_about", "kind", "about"),
    counted=True,
)

# What each witness answered last; instants in microseconds UTC.
witness = table(
    "witness",
    Column("name", String(255), primary_key=True),
    Column("size", BigInteger),
    Column("asked", BigInteger, nullable=False),
    Column("answered", BigInteger),
    Column("error", Text),
)

# What the operator has to resolve; one that `stops` ends all signing until then.
alarm = table(
    "alarm",
    own_id("id"),
    Column("raised", BigInteger, nullable=False),
    Column("stops", Boolean, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("resolved", BigInteger),
    Column("resolution", Text),
    seal(),
    counted=True,
)

# Who was invited to have a key enrolled, and which key was offered. `token` is the SHA-256 of what
# the link carries; instants are microseconds UTC.
invitation = table(
    "invitation",
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
session = table(
    "session",
    Column("token", String(64), primary_key=True),
    Column("nonce", String(22)),
    Column("keyid", String(64)),
    Column("expires", BigInteger, nullable=False),
    Column("ends", BigInteger),
    seal(),
    Index("ix_session_keyid", "keyid"),
    Index("ix_session_expires", "expires"),
)

# Disclosures of hidden fields, each encrypted with a key of its own that stands at `place` in a
# file apart. The same string may be two parties' own. `erased`: the leaf of the erasure, from which
# on `place` and `content` are gone. Instants in microseconds UTC.
disclosure = table(
    "disclosure",
    Column("digest", String(43), primary_key=True),
    Column("actor", Bytewise, primary_key=True),
    Column("audience", Text, nullable=False),
    Column("kept", BigInteger, nullable=False),
    Column("place", BigInteger),
    Column("content", LargeBinary),
    Column("erased", BigInteger),
    seal(),
    counted=True,
)

# Audits asked for on the web. `under_way` is 1 until one has ended and then NULL: so there is one
# at a time. `claim` is the process that works on it, until `due`; `progress` and `result` are JSON
# (trace/watch/auditing/job.py), `error` why it could not be done. Instants in microseconds UTC.
audit_run = table(
    "audit_run",
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

# What offices note of what there is to follow up (trace/inspection/tasks.py), by the task's key:
# `due` is a day, 2026-12-01; `at` microseconds UTC. What has no row is to be done.
task = table(
    "task",
    Column("key", Bytewise, primary_key=True),
    Column("state", String(10), nullable=False),
    Column("assignee", Bytewise),
    Column("due", String(10)),
    Column("note", Text, nullable=False),
    Column("by", Bytewise, nullable=False),
    Column("at", BigInteger, nullable=False),
    seal(),
    Index("ix_task_state", "state", "at", "key"),
    Index("ix_task_assignee", "assignee", "at", "key"),
)

# Documents of offices (trace/inspection/documents), by the code in their QR: the number of one is
# `serial` of its office, form and year, and is given once. `salt` opens the private files that
# `files` names: the unsealed PDF and its DOCX, later the sealed PDF; `sha256` and `sealed` are the
# hashes of the PDFs themselves, `sent` is when it went to the party's address. Instants are
# microseconds UTC.
office_document = table(
    "office_document",
    Column("code", String(16), primary_key=True),
    Column("office", Bytewise, nullable=False),
    Column("form", String(32), nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("serial", Integer, nullable=False),
    Column("number", Text, nullable=False),
    Column("about", Bytewise),
    Column("party", Bytewise),
    Column("by", Bytewise, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("files", Text, nullable=False),
    Column("sha256", String(64)),
    Column("sealed", String(64)),
    Column("sealed_at", BigInteger),
    Column("sent", BigInteger),
    seal(),
    Index("uq_office_document_number", "office", "form", "year", "serial", unique=True),
    Index("ix_office_document_about", "about", "at"),
    Index("ix_office_document_party", "party", "at"),
    Index("ix_office_document_sha256", "sha256"),
    Index("ix_office_document_sealed", "sealed"),
    counted=True,
)

# Which case was drafted of which report of a consumer, and about whom, of a kind that names its
# party in no clear member (trace/inspection/reported): it says only where to look, since the case
# itself says whom it is about, and there is none where the draft was never signed.
report_case = table(
    "report_case",
    Column("uri", Bytewise, primary_key=True),
    Column("report", String(15)),
    Column("party", Bytewise),
    Column("at", BigInteger, nullable=False),
    seal(),
    Index("ix_report_case_report", "report"),
    Index("ix_report_case_party", "party", "at"),
    Index("ix_report_case_at", "at"),
    counted=True,
)

# What was given of a share to the agency that it is for (trace/watch/notify/shares.py): `count`
# lines behind the index `start` and before `stop`, a page of this SHA-256, signed in by `keyid`.
delivery = table(
    "delivery",
    Column("key", String(32), primary_key=True),
    Column("share", Bytewise, nullable=False),
    Column("party", Bytewise, nullable=False),
    Column("keyid", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("start", BigInteger, nullable=False),
    Column("stop", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),
    seal(),
    Index("ix_delivery_share", "share", "at"),
    counted=True,
)

# How many rows a sealed table has, so that one that was removed is missed.
row_count = table(
    "row_count",
    Column("name", String(32), primary_key=True),
    Column("total", BigInteger, nullable=False),
    seal(),
)

# By name, those whose rows have a seal; row_count, which says how many, aside.
_TABLES = (
    alarm, audit_run, choice, contact, delivery, disclosure, feed, invitation, job, office_document,
    report_case, session, task,
)  # fmt: skip
SEALED = {sealed.name: sealed for sealed in _TABLES}
