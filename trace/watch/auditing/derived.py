"""The small tables, made anew from statements, documents and findings, and compared row by row."""

import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from operator import itemgetter
from pathlib import Path

from suyuan.trace.admission import scopes
from suyuan.trace.admission.state import Changes
from suyuan.trace.format.link import Link, parse
from suyuan.trace.format.messages import Message
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append.link_rows import standing as standing_rows
from suyuan.trace.store.append.scoping import list_of
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild.compare import stored_rows
from suyuan.trace.store.rebuild.rederive import names_and_renames, reused

from .audit_report import without_list

_STANDING = ("party", "registrar", "key", "mandate", "act")


def standing(live: Reader, changes: Changes) -> Iterator[str]:
    """Tables on who may sign, and on acts, that are not what the statements give."""
    for table, rows in standing_rows(changes, lambda uri: uri).items():
        if table.name not in _STANDING:
            continue
        columns, stored = stored_rows(live, table.name)
        derived = sorted((tuple(row[name] for name in columns) for row in rows), key=repr)
        if sorted(stored, key=repr) != derived:
            yield f"table {table.name} is not what the statements give"


def scoped(live: Reader, ledger: Ledger, statements: Sequence[tuple[int, Link]]) -> Iterator[str]:
    """Problems of the scopes of acts: rows that their lists do not give, lists that are lost."""
    derived: dict[tuple[str, int], tuple[int, int | None]] = {}
    began: dict[str, int] = {}
    lost: set[int] = set()
    for index, _, statement in scopes.lists(statements):
        act = began.setdefault(str(statement["uri"]), index)
        items = list_of(live.connection, statement, act, index, ledger.attachments.get)
        if items is None:
            lost.add(act)
            yield f"index {act}: {without_list(str(statement['list']))}"
        else:
            scopes.apply(derived, str(statement["op"]), items, act, index)
    _, stored = stored_rows(live, "scope")
    rows = {(item, act, *values) for (item, act), values in derived.items() if act not in lost}
    if _others([row for row in stored if row[1] not in lost], rows):
        yield "table scope is not what the lists of acts give"


@dataclass(frozen=True, slots=True)
class Given:
    """What the links give for the small tables.

    Statements; the first reports from documents; for each document and actor its first link and
    how many; and findings that a link gives by itself.
    """

    statements: Sequence[tuple[int, Link]]
    reports: Sequence[tuple[int, bytes]]
    documents: Mapping[tuple[str, str], tuple[int, int]]
    unclear: Sequence[tuple[int, str, str, Message]]
    clashes: Collection[tuple[int, str, str, Message]] = ()


def followed(live: Reader, ledger: Ledger, stated: Given) -> Iterator[str]:
    """Tables that followers derive from few links and are not what those give."""
    _, stored = stored_rows(live, "document")
    if _others(stored, set(_documents(stated.statements, stated.documents))):
        yield "table document is not what the links give"
    reports = ((leaf, parse(entry)) for leaf, entry in stated.reports)
    links = sorted([*stated.statements, *reports], key=itemgetter(0))
    with tempfile.TemporaryDirectory(prefix="suyuan-audit-") as folder:
        names, terms, renamed = names_and_renames(
            Path(folder), ledger.trust, links, ledger.attachments.get
        )
    _, stored = stored_rows(live, "name")
    if _others(stored, names):
        yield "table name is not what statements and documents give"
    _, stored = stored_rows(live, "term")
    if _others(stored, terms):
        yield "table term is not what the names of parties give"
    derived = {*stated.unclear, *stated.clashes, *renamed, *reused(live)}
    findings = [(leaf, rule, subject, message) for rule, leaf, subject, message in live.findings()]
    if _others(findings, derived):
        yield "table finding is not what the links give"


def _others(stored: Sequence[object], derived: Set[object]) -> bool:
    """Whether the rows are others; where a table has lost its key one may stand twice."""
    return len(stored) != len(derived) or set(stored) != derived


def _documents(
    statements: Sequence[tuple[int, Link]], documents: Mapping[tuple[str, str], tuple[int, int]]
) -> Iterator[tuple[object, ...]]:
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
