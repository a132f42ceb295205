"""GET /api/v1/divisions/<code>: the state of a division, counted, for its inspectors."""

from functools import cache
from typing import Literal

from pydantic import BaseModel, Field

from suyuan.trace.admission.access import Remit
from suyuan.trace.admission.state import Act
from suyuan.trace.exchange import handover_json
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.times import micros
from suyuan.trace.goods import reporting
from suyuan.trace.goods.handover.overdue import overdue
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.read.act_reader import ActBook
from suyuan.trace.store.read.overview import Counts, Overview
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Out, Routes
from suyuan.web.context import site

routes = Routes("divisions", tag="Inspection")
SHOWN = 10  # of what is overdue and of findings
ACTS = 20
REPORTS = 1_000  # of consumers, that are read
Severity = Literal["grave", "serious", "minor"]


class CountOut(BaseModel):
    """How many of one kind; null is the kind of those that state none."""

    kind: str | None
    count: int


class CountsOut(BaseModel):
    """How many there are, and of which kinds; `is_over`: there are more than were counted."""

    total: int
    is_over: bool
    kinds: list[CountOut]


class OverdueCountOut(BaseModel):
    """How many duties are open after their time, and the oldest of them."""

    total: int
    oldest: list[handover_json.OverdueJson]


class FoundOut(BaseModel):
    """Findings by severity and by rule, and the newest of them."""

    total: int
    is_over: bool
    severities: dict[Severity, int]
    rules: list[CountOut]
    newest: list[reporting.FindingJson]


class ReportsOut(BaseModel):
    """What consumers reported of labels of this division's parties, of the newest 1,000 of all."""

    total: int
    open: int = Field(description="Of these those that nobody has dealt with")
    is_over: bool
    kinds: list[CountOut] = Field(description="Of the open ones")
    ownerless: int = Field(description="Open reports of codes that name no holder, in no division")


class ActHereOut(Out):
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
    here: int = Field(description="Of its items those that parties of the division have now")


class DivisionOut(BaseModel):
    """The state of a division, as of `size` links."""

    division: str | None = Field(description="Null for the whole remit")
    remit: list[str] = Field(description="Divisions and places; empty for everything")
    size: int = Field(description="How many links the ledger holds")
    as_of: int = Field(description="How many of them lots, findings and deadlines follow from")
    parties: CountsOut
    lots: CountsOut = Field(description="Lots that parties here coded, by category")
    overdue: OverdueCountOut
    findings: FoundOut
    reports: ReportsOut
    acts: list[ActHereOut]
    more_acts: int


@routes.get(
    "/divisions/<code>", INSPECTOR, parameters={"code": "A division of one's remit, or `all`"}
)
def division(code: str) -> DivisionOut:
    """The state of a division of one's remit, and below it; of all of the remit for `all`."""
    with site().ledger.reading() as reader:
        return overview(reader, viewer.remit(), code)


def overview(reader: Reader, whole: Remit, code: str) -> DivisionOut:
    """The state of a division, or for `all` of the whole remit."""
    within = remits.division(whole, code)
    counted = Overview(
        reader, within.spans(), within.covers, is_exact=within.is_all or not within.has_places
    )
    total, roles = counted.parties()
    acts = ActBook(reader).in_force()
    return DivisionOut(
        division=None if code == remits.ALL else code,
        remit=list(whole.parts),
        size=reader.size(),
        as_of=reader.cursors().get("lineage", 0),
        parties=CountsOut(total=total, is_over=False, kinds=_kinds(roles)),
        lots=_counts(counted.lots()),
        overdue=_overdue(reader, within),
        findings=_findings(counted),
        reports=_reports(reader, within),
        acts=[_act(reader, act, counted) for act in acts[:ACTS]],
        more_acts=max(0, len(acts) - ACTS),
    )


def _kinds(found: Counts) -> list[CountOut]:
    order = sorted(found.of.items(), key=lambda pair: (-pair[1], pair[0] is None, pair[0]))
    return [CountOut(kind=kind, count=count) for kind, count in order]


def _counts(found: Counts) -> CountsOut:
    return CountsOut(total=found.total, is_over=found.is_over, kinds=_kinds(found))


def _overdue(reader: Reader, within: Remit) -> OverdueCountOut:
    now = micros(site().ledger.now())
    found = [one for one in overdue(reader, within, now, days=0) if one.done is None]
    oldest = [handover_json.overdue(one, now) for one in found[:SHOWN]]
    return OverdueCountOut(total=len(found), oldest=oldest)


def _findings(counted: Overview) -> FoundOut:
    found = counted.doubts()
    severities: dict[Severity, int] = {"grave": 0, "serious": 0, "minor": 0}
    for rule, count in found.of.items():
        severities[heading(str(rule)).severity.value] += count
    newest = counted.newest_doubts(SHOWN)
    return FoundOut(
        total=found.total,
        is_over=found.is_over,
        severities=severities,
        rules=_kinds(found),
        newest=[reporting.of_doubt(one).form() for one in newest],
    )


def _reports(reader: Reader, within: Remit) -> ReportsOut:
    book = Complaints(site().ledger.home)
    found, there = book.newest(REPORTS)
    kinds = Counts(dict.fromkeys(complaints.KINDS, 0))
    total = ownerless = 0
    is_here = cache(lambda holder: within.covers(reader.party(holder)))
    for one in found:
        if one.holder is None:
            ownerless += book.done(one) is None
            continue
        if is_here(one.holder):
            total += 1
            if book.done(one) is None:
                kinds.add(one.kind)
    return ReportsOut(
        total=total,
        open=kinds.total,
        is_over=there > REPORTS,
        kinds=[CountOut(kind=kind, count=count) for kind, count in kinds.of.items() if count],
        ownerless=ownerless,
    )


def _act(reader: Reader, act: Act, counted: Overview) -> ActHereOut:
    return ActHereOut.of(
        act,
        act=act.uri,
        code=act_code(act.uri, site().host),
        is_drill=act.drill,
        is_closed=act.ended is not None,
        actor_name=reader.name(act.actor),
        index=act.leaf,
        items=ActBook(reader).count(act.leaf),
        here=counted.covered(act.leaf),
    )
