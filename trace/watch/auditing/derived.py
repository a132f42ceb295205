"""The small tables, made anew from statements, documents and findings, and compared row by row."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path

from suyuan.trace.admission import scopes
from suyuan.trace.admission.state import Changes
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.link import Link, parse
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store import schema as t
from suyuan.trace.store.append.link_rows import standing as standing_rows
from suyuan.trace.store.append.scoping import list_of
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild import rederive
from suyuan.trace.store.rebuild.compare import (
    Difference,
    Projection,
    Row,
    arranged,
    differences,
    stored_rows,
)
from suyuan.trace.store.rebuild.questions import of_other_acts
from suyuan.trace.store.rebuild.rederive import names_and_renames, reused

from .audit_report import without_list
from .given import Given

Statements = Sequence[tuple[int, Link]]


def standing(live: Reader, changes: Changes) -> Iterator[Difference]:
    """Rows on who may sign, and on acts, that are not what the statements give."""
    for table, rows in standing_rows(changes, lambda uri: uri).items():
        if table is not t.coder:  # which the parts compare
            given = [tuple(row[column.name] for column in table.columns) for row in rows]
            yield from _compare(live, table, arranged(table, given))


def scoped(live: Reader, ledger: Ledger, statements: Statements) -> Iterator[Difference | Finding]:
    """Rows of the scopes of acts that their lists do not give, and lists that are lost."""
    given: dict[tuple[str, int], tuple[int, int | None]] = {}
    began: dict[str, int] = {}
    lost: set[int] = set()
    for index, _, statement in scopes.lists(statements):
        act = began.setdefault(str(statement["uri"]), index)
        items = list_of(live.connection, statement, act, index, ledger.attachments.get)
        if items is None:
            lost.add(act)
            yield Finding(str(Kind.PROJECTION), without_list(str(statement["list"])), index=act)
        else:
            scopes.apply(given, str(statement["op"]), items, act, index)
    rows = [(*key, *values) for key, values in given.items() if key[1] not in lost]
    yield from differences(t.scope, of_other_acts(live, lost), rows)


def followed(
    live: Reader, ledger: Ledger, statements: Statements, given: Given, cursors: Mapping[str, int]
) -> Iterator[Difference]:
    """Rows that followers derive from few links, up to their cursors, and those do not give."""
    of_documents = _before(statements, cursors, "documents")
    yield from _compare(live, t.document, list(_documents(of_documents, given.documents)))
    reports = [(leaf, parse(entry)) for leaf, entry in given.reports]
    links = _before(sorted([*statements, *reports], key=itemgetter(0)), cursors, "names")
    with tempfile.TemporaryDirectory(prefix="suyuan-audit-") as folder:
        tables, renamed = names_and_renames(
            Path(folder), ledger.trust, links, ledger.attachments.get
        )
    for table, rows in tables.items():
        yield from _compare(live, table, arranged(table, rows))
    given.findings.extend(renamed)


def of_events(live: Reader, given: Given, cursors: Mapping[str, int]) -> Iterator[Difference]:
    """Rows that follow from the rows of events too: findings of links, and what does not count."""
    derived = {*given.findings, *reused(live)}
    at = cursors.get("findings", 0)
    yield from _compare(live, t.finding, [row for row in derived if row[0] < at])
    yield from rederive.void(live)
    yield from rederive.sums(live)


def _before(links: Statements, cursors: Mapping[str, int], name: str) -> Statements:
    """The links that a follower has taken in."""
    at = cursors.get(name, 0)
    return [(leaf, link) for leaf, link in links if leaf < at]


def _compare(live: Reader, table: Projection, derived: Sequence[Row]) -> Iterator[Difference]:
    return differences(table, stored_rows(live, table), derived)


def _documents(
    statements: Statements, documents: Mapping[tuple[str, str], tuple[int, int]]
) -> Iterator[Row]:
    """Rows: sha256, actor, first, links, finished."""
    closed: dict[tuple[str, str], int] = {}
    for leaf, link in statements:
        statement = link.statement or {}
        if statement.get("type") == "document":
            closed.setdefault((str(statement["sha256"]), link.actor), leaf)
    for pair in {*closed, *documents}:
        end = closed.get(pair)
        first, count = documents.get(pair, (end, 0))
        if end is not None and first is not None:
            first = min(first, end) if count == 0 else first
        yield (*pair, first, count, end)
