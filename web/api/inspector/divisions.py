"""GET /api/v1/divisions/<code>: the state of a division, counted, for its inspectors."""

from typing import Literal

from pydantic import BaseModel, Field

from suyuan.trace.admission.access import Remit
from suyuan.trace.exchange.handover_json import overdue as told
from suyuan.trace.format.times import micros
from suyuan.trace.goods import reporting
from suyuan.trace.inspection.division_report import ActHere, division_report
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.read.overview import Counts
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Out, Routes
from suyuan.web.context import site

from ..ledger.answers import FindingOut, finding
from ..trader.handover_models import OverdueOut

routes = Routes("divisions", tag="Inspection")
SHOWN = 10  # of what is overdue
Severity = Literal["grave", "serious", "minor"]


class CountOut(BaseModel):
    """How many of one kind; null is the kind of those that state none."""

    kind: str | None
    count: int


class CountsOut(Out):
    """How many there are, and of which kinds; `is_over`: there are more than were counted."""

    total: int
    is_over: bool
    kinds: list[CountOut]


class OverdueCountOut(BaseModel):
    """How many duties are open after their time, and the oldest of them."""

    total: int
    oldest: list[OverdueOut]


class FoundOut(Out):
    """Findings by severity and by rule, and the newest of them."""

    total: int
    is_over: bool
    severities: dict[Severity, int]
    rules: list[CountOut]
    newest: list[FindingOut]


class ReportsOut(Out):
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
    now = micros(site().ledger.now())
    within = remits.division(whole, code)
    found = division_report(reader, site().ledger.home, within, now)
    oldest = [OverdueOut(**told(one, now)) for one in found.overdue[:SHOWN]]
    return DivisionOut(
        division=None if code == remits.ALL else code,
        remit=list(whole.parts),
        size=found.size,
        as_of=found.as_of,
        parties=CountsOut(total=found.parties, is_over=False, kinds=_kinds(found.roles)),
        lots=CountsOut.of(found.lots, kinds=_kinds(found.lots)),
        overdue=OverdueCountOut(total=len(found.overdue), oldest=oldest),
        findings=FoundOut.of(
            found.findings,
            severities={one.value: count for one, count in found.severities.items()},
            rules=_kinds(found.findings),
            newest=[finding(reporting.of_doubt(one)) for one in found.newest],
        ),
        reports=ReportsOut.of(
            found.reports,
            open=found.reports.kinds.total,
            kinds=[
                CountOut(kind=kind, count=count)
                for kind, count in found.reports.kinds.of.items()
                if count
            ],
        ),
        acts=[_act(reader, one) for one in found.acts],
        more_acts=found.more_acts,
    )


def _kinds(found: Counts) -> list[CountOut]:
    return [CountOut(kind=kind, count=count) for kind, count in found.ordered]


def _act(reader: Reader, found: ActHere) -> ActHereOut:
    act = found.act
    return ActHereOut.of(
        act,
        act=act.uri,
        code=act_code(act.uri, site().host),
        is_drill=act.drill,
        is_closed=act.ended is not None,
        actor_name=reader.name(act.actor),
        index=act.leaf,
        items=found.items,
        here=found.here,
    )
