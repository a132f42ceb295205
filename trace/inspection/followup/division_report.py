"""The state of a division, counted: its parties, lots, duties, findings, reports and acts."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.state import Act
from suyuan.trace.findings.rule import Severity
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.goods.handover.overdue import OverdueJson, late_parties, overdue
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.beside.office.task_notes import State, notes_of
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.overview import Counts, Overview
from suyuan.trace.store.read.reader import Reader

from .. import complaints
from ..complaints import Complaints
from ..reported.handling import cases_of

SHOWN = 10  # of what is overdue, for programs
ACTS = 20
REPORTS = 1_000  # of consumers, that are read


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """Consumers' newest reports of a division; of the open ones kinds, and those of no division."""

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
    """A division as of `size` links, what follows from them as of `as_of`; `overdue`: duties."""

    size: int
    as_of: int
    parties: int
    roles: Counts
    lots: Counts
    overdue: int
    findings: Counts
    reports: ReportCounts
    acts: list[ActHere]
    more_acts: int

    @property
    def severities(self) -> Mapping[Severity, int]:
        """How many findings there are of each severity."""
        counts = dict.fromkeys((Severity.GRAVE, Severity.SERIOUS, Severity.MINOR), 0)
        for rule, count in self.findings.of.items():
            counts[heading(str(rule)).severity] += count
        return counts


class CountJson(Form):
    """How many of one kind; null is the kind of those that state none."""

    kind: str | None
    count: int


class CountsJson(Form):
    """How many there are, and of which kinds; `is_over`: there are more than were counted."""

    total: int
    is_over: bool
    kinds: list[CountJson]


class OverdueCountJson(Form):
    """How many duties are open after their time, and the oldest of them."""

    total: int
    oldest: list[OverdueJson]


class FindingCountsJson(Form):
    """Findings by severity and by rule."""

    total: int
    is_over: bool
    severities: dict[Severity, int]
    rules: list[CountJson]


class ReportCountsJson(Form):
    """What consumers reported of labels of this division's parties, of the newest 1,000 of all."""

    total: int
    open: int = described("Of these those that nobody has dealt with")
    is_over: bool
    kinds: list[CountJson] = described("Of the open ones")
    ownerless: int = described("Open reports of codes that name no holder, in no division")


class ActHereJson(Form):
    """A hold or a recall in force, and how much of it lies in the division."""

    act: str
    code: str
    kind: Literal["recall", "hold"]
    level: int | None
    is_drill: bool
    is_closed: bool
    actor: str
    actor_name: str | None
    index: int
    items: int
    here: int = described("Of its items those that parties of the division have now")


class DivisionJson(Form):
    """The state of a division, as of `size` links."""

    division: str | None = described("Null for the whole remit")
    remit: list[str] = described("Divisions and places; empty for everything")
    size: int = described("How many links the ledger holds")
    as_of: int = described("How many of them lots, findings and deadlines follow from")
    parties: CountsJson
    lots: CountsJson = described("Lots that were coded here, by category of the catalogue")
    overdue: OverdueCountJson
    findings: FindingCountsJson
    reports: ReportCountsJson
    acts: list[ActHereJson]
    more_acts: int


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
        overdue=len(late_parties(reader, within, now)),
        findings=counted.findings(),
        reports=_reports(reader, Complaints(home), within),
        acts=[ActHere(act, book.count(act.leaf), counted.covered(act.leaf)) for act in acts[:ACTS]],
        more_acts=max(0, len(acts) - ACTS),
    )


def _reports(reader: Reader, book: Complaints, within: Remit) -> ReportCounts:
    newest, count = book.newest(REPORTS)
    notes = notes_of(reader, [complaints.key_of(complaint) for complaint in newest])
    done = {key for key, note in notes.items() if note.state == State.DONE}
    cases = cases_of(reader, [complaint.number for complaint in newest])
    done |= {complaints.key_of(complaint) for complaint in newest if complaint.number in cases}
    kinds = Counts(dict.fromkeys(complaints.KINDS, 0))
    total = ownerless = 0
    is_here = cache(lambda holder: within.covers(reader.party(holder)))
    for complaint in newest:
        if complaint.holder is None:
            ownerless += complaints.key_of(complaint) not in done
        elif is_here(complaint.holder):
            total += 1
            if complaints.key_of(complaint) not in done:
                kinds.add(complaint.kind)
    return ReportCounts(total, kinds, ownerless, count > REPORTS)


def division_json(
    reader: Reader,
    report: DivisionReport,
    within: Remit,
    *,
    division: str | None,
    remit: Remit,
    host: str,
    now: int,
) -> DivisionJson:
    """The state of a division of a remit for programs, `within`; None for all of the remit."""
    late = [one for one in overdue(reader, within, now, days=0) if one.done is None]
    kinds = [CountJson(kind, count) for kind, count in report.reports.kinds.of.items() if count]
    return DivisionJson.build(
        report,
        division=division,
        remit=list(remit.parts),
        parties=CountsJson(report.parties, False, _kinds(report.roles)),
        lots=CountsJson.build(report.lots, kinds=_kinds(report.lots)),
        overdue=OverdueCountJson(
            report.overdue, [OverdueJson(**one.write(now)) for one in late[:SHOWN]]
        ),
        findings=FindingCountsJson.build(
            report.findings,
            severities=dict(report.severities),
            rules=_kinds(report.findings),
        ),
        reports=ReportCountsJson.build(
            report.reports, open=report.reports.kinds.total, kinds=kinds
        ),
        acts=[_act(reader, act, host) for act in report.acts],
    )


def _kinds(counts: Counts) -> list[CountJson]:
    return [CountJson(kind, count) for kind, count in counts.ordered]


def _act(reader: Reader, row: ActHere, host: str) -> ActHereJson:
    act = row.act
    return ActHereJson.build(
        act, act=act.uri, code=act_code(act.uri, host), is_drill=act.drill,
        is_closed=act.ended is not None, actor_name=reader.name(act.actor), index=act.leaf,
        items=row.items, here=row.here,
    )  # fmt: skip
