"""The state of a division, counted: its parties, lots, duties, findings, reports and acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.state import Act
from suyuan.trace.findings.rule import Doubt, Severity
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.goods.handover.overdue import Overdue, overdue
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.overview import Counts, Overview
from suyuan.trace.store.read.reader import Reader

from . import complaints
from .complaints import Complaints

SHOWN = 10  # findings that are read
ACTS = 20
REPORTS = 1_000  # of consumers, that are read


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """Consumers' reports about labels of a division, of the newest REPORTS of all.

    `kinds` are those of the open ones; `ownerless` the open ones of codes that name no holder, in
    no division.
    """

    total: int
    kinds: Counts
    ownerless: int
    is_over: bool


@dataclass(frozen=True, slots=True)
class ActHere:
    """A hold or a recall in force, how many items it has, and how many of them lie here."""

    act: Act
    items: int
    here: int


@dataclass(frozen=True, slots=True)
class DivisionReport:
    """The state of a division as of `size` links; what follows from them, as of `as_of`.

    `overdue` are the duties that are open after their time, the oldest first.
    """

    size: int
    as_of: int
    parties: int
    roles: Counts
    lots: Counts
    overdue: list[Overdue]
    findings: Counts
    newest: list[Doubt]
    reports: ReportCounts
    acts: list[ActHere]
    more_acts: int

    @property
    def severities(self) -> Mapping[Severity, int]:
        """How many findings there are of each severity."""
        found = dict.fromkeys((Severity.GRAVE, Severity.SERIOUS, Severity.MINOR), 0)
        for rule, count in self.findings.of.items():
            found[heading(str(rule)).severity] += count
        return found


def division_report(reader: Reader, home: Path, within: Remit, now: int) -> DivisionReport:
    """The state of a division, or of a whole remit; `now` in microseconds UTC."""
    counted = Overview(
        reader, within.spans(), within.covers, is_exact=within.is_all or not within.has_places
    )
    parties, roles = counted.parties()
    book = ActBook(reader)
    acts = book.in_force()
    return DivisionReport(
        size=reader.size(),
        as_of=reader.cursors().get("lineage", 0),
        parties=parties,
        roles=roles,
        lots=counted.lots(),
        overdue=[one for one in overdue(reader, within, now, days=0) if one.done is None],
        findings=counted.doubts(),
        newest=counted.newest_doubts(SHOWN),
        reports=_reports(reader, Complaints(home), within),
        acts=[ActHere(act, book.count(act.leaf), counted.covered(act.leaf)) for act in acts[:ACTS]],
        more_acts=max(0, len(acts) - ACTS),
    )


def _reports(reader: Reader, book: Complaints, within: Remit) -> ReportCounts:
    found, there = book.newest(REPORTS)
    kinds = Counts(dict.fromkeys(complaints.KINDS, 0))
    total = ownerless = 0
    is_here = cache(lambda holder: within.covers(reader.party(holder)))
    for one in found:
        if one.holder is None:
            ownerless += book.done(one) is None
        elif is_here(one.holder):
            total += 1
            if book.done(one) is None:
                kinds.add(one.kind)
    return ReportCounts(total, kinds, ownerless, there > REPORTS)
