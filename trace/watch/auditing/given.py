"""What links give: the rows at their indexes, and what few of them give for the small tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter

from suyuan.trace.format.event_items import rows as item_rows
from suyuan.trace.format.link import Link
from suyuan.trace.recording.committed_files import NamedFile, named
from suyuan.trace.store import schema as t
from suyuan.trace.store.projections.follow_events import concerned
from suyuan.trace.store.projections.follow_events import named as named_before
from suyuan.trace.store.projections.follow_events import row as event_row
from suyuan.trace.store.projections.follow_findings import unclear
from suyuan.trace.store.rebuild.compare import Projection, Row
from suyuan.trace.store.rebuild.rederive import FindingRow

from .earlier import Pair

# Tables whose rows a single link gives.
BY_LEAF = (t.link_item, t.coder, t.event, t.follows, t.inspection)
_EVENT = itemgetter(*(column.name for column in t.event.columns))
_GS1 = (b"/01/", b"/00/", b"urn:epc:")  # of an identifier that may be kept as it was written


@dataclass(slots=True)
class Given:
    """What some links give for the small tables: none of many links of usual kinds.

    Statements but those of labels, and the first reports from documents, each index with its entry;
    for each document and actor the first link and how many; files by kind and digest; and rows of
    `finding` that a link gives by itself.
    """

    statements: list[tuple[int, bytes]] = field(default_factory=list)
    reports: list[tuple[int, bytes]] = field(default_factory=list)
    documents: dict[Pair, tuple[int, int]] = field(default_factory=dict)
    files: dict[tuple[str, str], NamedFile] = field(default_factory=dict)
    findings: list[FindingRow] = field(default_factory=list)

    def merge(self, later: "Given") -> "Given":
        """Take in what later links give."""
        self.statements += later.statements
        self.reports += later.reports
        for pair, (first, count) in later.documents.items():
            before = self.documents.get(pair, (first, 0))
            self.documents[pair] = (before[0], before[1] + count)
        self.files = later.files | self.files
        self.findings += later.findings
        return self


class Giving:
    """Links taken one after the other, and what they give as far as followers had followed."""

    def __init__(self, cursors: Mapping[str, int]) -> None:
        self.given = Given()
        self.rows: dict[Projection, list[Row]] = {table: [] for table in BY_LEAF}
        self._cursors = cursors
        self._read: set[str] = set()  # documents of which a report was met

    def take(self, index: int, link: Link) -> None:
        """A link that is as it should be; who coded what first is for the ledger's state to say."""
        given, rows, actor = self.given, self.rows, link.actor
        is_vague = False
        for row in item_rows(link):
            amount = row.quantity
            micro, unit = (None, None) if amount is None else (amount.micro, amount.unit)
            is_vague |= amount is None
            place = row.item, actor, row.seq, index, int(row.role), micro, unit
            rows[t.link_item].append(place)
        if link.after:
            rows[t.follows] += [(index, before) for before in sorted(set(named_before(link)))]
        if link.event is not None:
            rows[t.event].append(_EVENT(event_row(index, link)))
            rows[t.inspection] += [(party, actor, index) for party in sorted(concerned(link))]
            payload = link.envelope.payload
            # What cannot be unclear is seen far more cheaply.
            if is_vague or _GS1[0] in payload or _GS1[1] in payload or _GS1[2] in payload:
                self._unclear(index, link)
        if link.statement is not None and link.statement["type"] != "labels":
            given.statements.append((index, link.entry))
        if link.document is not None:
            self._document(index, link, str(link.document["sha256"]))
        if link.event is None or link.document is not None:
            for file in named(index, link):
                given.files.setdefault((file.kind, file.digest), file)

    def _unclear(self, index: int, link: Link) -> None:
        if index < self._cursors.get("findings", 0):
            for rule, subject, message in unclear(link):
                self.given.findings.append((index, rule, subject, message.dumps()))

    def _document(self, index: int, link: Link, sha256: str) -> None:
        given = self.given
        if link.is_received and sha256 not in self._read:
            self._read.add(sha256)
            given.reports.append((index, link.entry))
        if index < self._cursors.get("documents", 0):
            first, count = given.documents.get((sha256, link.actor), (index, 0))
            given.documents[sha256, link.actor] = (first, count + 1)
