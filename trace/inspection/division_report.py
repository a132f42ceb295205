"""The state of a division, counted: parties, lots, what is overdue, found, reported, recalled."""

from datetime import datetime
from functools import cache
from typing import Literal

from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.state import Act
from suyuan.trace.findings.rule import Severity
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import OverdueJson, overdue
from suyuan.trace.goods.reporting import FindingJson, of_doubt
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.overview import Counts, Overview
from suyuan.trace.store.read.reader import Reader

from .complaints import KINDS, Complaints

SHOWN = 10  # of what is overdue and of findings
ACTS = 20
REPORTS = 1_000  # of consumers, that are read


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
    """Findings by severity and by rule, and the newest of them."""

    total: int
    is_over: bool
    severities: dict[Severity, int]
    rules: list[CountJson]
    newest: list[FindingJson]


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
    lots: CountsJson = described("Lots that parties here coded, by category")
    overdue: OverdueCountJson
    findings: FindingCountsJson
    reports: ReportCountsJson
    acts: list[ActHereJson]
    more_acts: int


def division_report(
    reader: Reader,
    whole: Remit,
    within: Remit,
    division: str | None,
    complaints: Complaints,
    *,
    host: str,
    now: datetime,
) -> DivisionJson:
    """The state of a division, what of the `whole` remit lies `within` it; None for all of that."""
    counted = Overview(
        reader, within.spans(), within.covers, is_exact=within.is_all or not within.has_places
    )
    total, roles = counted.parties()
    acts = ActBook(reader).in_force()
    return DivisionJson(
        division=division,
        remit=list(whole.parts),
        size=reader.size(),
        as_of=reader.cursors().get("lineage", 0),
        parties=CountsJson(total, False, _kinds(roles)),
        lots=_counts(counted.lots()),
        overdue=_overdue(reader, within, micros(now)),
        findings=_findings(counted),
        reports=_reports(reader, within, complaints),
        acts=[_act(reader, act, counted, host) for act in acts[:ACTS]],
        more_acts=max(0, len(acts) - ACTS),
    )


def _kinds(counts: Counts) -> list[CountJson]:
    order = sorted(counts.of.items(), key=lambda pair: (-pair[1], pair[0] is None, pair[0]))
    return [CountJson(kind, count) for kind, count in order]


def _counts(counts: Counts) -> CountsJson:
    return CountsJson(counts.total, counts.is_over, _kinds(counts))


def _overdue(reader: Reader, within: Remit, now: int) -> OverdueCountJson:
    late = [one for one in overdue(reader, within, now, days=0) if one.done is None]
    oldest = [OverdueJson(**one.write(now)) for one in late[:SHOWN]]
    return OverdueCountJson(len(late), oldest)


def _findings(counted: Overview) -> FindingCountsJson:
    counts = counted.doubts()
    severities = dict.fromkeys(Severity, 0)
    for rule, count in counts.of.items():
        severities[heading(str(rule)).severity] += count
    newest = [of_doubt(doubt).form() for doubt in counted.newest_doubts(SHOWN)]
    return FindingCountsJson(counts.total, counts.is_over, severities, _kinds(counts), newest)


def _reports(reader: Reader, within: Remit, complaints: Complaints) -> ReportCountsJson:
    newest, there = complaints.newest(REPORTS)
    kinds = Counts(dict.fromkeys(KINDS, 0))
    total = ownerless = 0
    is_here = cache(lambda holder: within.covers(reader.party(holder)))
    for report in newest:
        if report.holder is None:
            ownerless += complaints.done(report) is None
            continue
        if is_here(report.holder):
            total += 1
            if complaints.done(report) is None:
                kinds.add(report.kind)
    counts = [CountJson(kind, count) for kind, count in kinds.of.items() if count]
    return ReportCountsJson(total, kinds.total, there > REPORTS, counts, ownerless)


def _act(reader: Reader, act: Act, counted: Overview, host: str) -> ActHereJson:
    return ActHereJson.build(
        act,
        act=act.uri,
        code=act_code(act.uri, host),
        is_drill=act.drill,
        is_closed=act.ended is not None,
        actor_name=reader.name(act.actor),
        index=act.leaf,
        items=ActBook(reader).count(act.leaf),
        here=counted.covered(act.leaf),
    )
