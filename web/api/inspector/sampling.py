"""/api/v1/samples: a laboratory's report of a sample, to be signed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import msg
from suyuan.trace.goods.resolve import resolve
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.inspection.case_drafts import Author, Drafted, Typed
from suyuan.trace.inspection.case_kinds import kinds
from suyuan.trace.inspection.cases import KIND, Case, secret_of
from suyuan.trace.inspection.counter import KINDS
from suyuan.trace.inspection.followup import inspection_plans
from suyuan.trace.inspection.sampling import lab_reports, plans
from suyuan.trace.inspection.sampling.lab_reports import FIELDS, RESULTS
from suyuan.trace.inspection.sampling.laboratories import LABORATORIES
from suyuan.trace.inspection.sampling.plans import MOST_DRAWN, MOST_ROWS
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import cases, recall_acts, remits
from suyuan.web.app.access.sampling import names_of_lot, tasks_of
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.mistakes import FieldError, as_mistake
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, SIGNED_IN, Routes
from suyuan.web.context import site

from ..ledger.to_sign import (
    EventDraftOut,
    LinksToSignOut,
    disclosures_json,
    link_to_sign,
    statements,
    to_sign,
)
from .cases import StageDraftsOut

Text = Annotated[str, Field(max_length=400)]
routes = Routes("samples", tag="Sampling")


class LabReportIn(BaseModel):
    """What a laboratory found in a sample."""

    item: Annotated[str, Field(max_length=2_000)] = Field(description="The sample's code or URI")
    office: Annotated[str, Field(max_length=512)] = Field(description="Who had it tested: a URI")
    sheet: Text = Field(description="The number of the sampling sheet")
    report: Text = Field(description="The number of the report")
    result: Literal["passed", "failed"]
    items: Text = Field("", description="What it was tested for; of a failed one what it failed in")
    limits: Text = ""
    values: Text = ""


class LabReportOut(LinksToSignOut):
    """A report to sign, with what is to be handed in beside its entry."""

    drafts: list[EventDraftOut]


@routes.post("/samples/report/draft", SIGNED_IN, limit="reports 60/minute", output=LabReportOut,
             answers={403: "For laboratories that the authority has registered",
                      422: "A value is not as it should be: `field`"})  # fmt: skip
def report(user: SignedIn, reader: Reader, body: LabReportIn) -> dict[str, Any]:
    """A laboratory's report of a sample, all that it says hidden but for the office: to be signed.

    Passed or failed, an entry shows the same. Nothing is written.
    """
    where = site()
    party = reader.party(user.uri)
    if party is None or LABORATORIES.isdisjoint(party.roles) or not _examines(reader, user.uri):
        raise ProblemError(403, "a sample's report is a laboratory's that the authority registered")
    with as_mistake("item", "item_unknown", ProblemError):
        (item,) = recall_acts.items_of(reader, [body.item.strip()])
    if not where.access(reader).is_officer(body.office):
        raise FieldError("office", "unknown", msg("Choose an office of this ledger."))
    said = {name: str(getattr(body, name)).strip() for name in FIELDS}
    for name in ("sheet", "report", *(("items",) if body.result == "failed" else ())):
        if not said[name]:
            raise FieldError(name, "needed", msg("This is needed."))
    said["result"] = RESULTS[body.result]
    holder = resolve(reader, where.ledger.trust, body.item.strip()).actor
    hidden = lab_reports.event(item, said, user.uri, body.office, where.ledger.now())
    made = lab_reports.report(reader, item, holder, hidden)
    draft = link_to_sign(
        made.draft.subjects(user.uri), made.draft.after, event=made.draft.event,
        disclosures=disclosures_json(made.disclosures),
    )  # fmt: skip
    names = {uri: reader.name(uri) for uri in (user.uri, body.office)}
    return to_sign(user.uri, [draft], names | names_of_lot(reader, item, user.uri))


class PlanDrawIn(BaseModel):
    """Which row of a plan, and how many tasks."""

    plan: Annotated[str, Field(max_length=512)] = Field(description="The case's URI or code")
    row: Annotated[int, Field(ge=1, le=MOST_ROWS)]
    count: Annotated[int, Field(ge=1, le=MOST_DRAWN)]


class PlanDrawOut(StageDraftsOut):
    """The tasks to sign, of so many lots with holders."""

    pool: int


@routes.post("/samples/plan/draft", INSPECTOR, limit="plans 30/minute", output=PlanDrawOut,
             answers={404: "No plan of one's office", 422: "A value is not as it should be"},
             patient=True)  # fmt: skip
def draw(user: SignedIn, reader: Reader, body: PlanDrawIn) -> dict[str, Any]:
    """Tasks of a plan's row, drawn among what is known to be on sale in one's remit: to be signed.

    Those that were drawn before are not drawn again. Each is a case that its party cannot see.
    """
    where, (plan, who) = site(), cases.readable(reader, body.plan)
    row = next((one for one in plans.rows_of(plan) if one.number == body.row), None)
    if plan.kind != plans.PLAN or not who.works_on(plan) or row is None or who.remit is None:
        raise ProblemError(404, msg("No plan has such a row."), field="row")
    pool = set(plans.on_sale(reader, where.ledger, who.remit, row.food))
    before = {(task.item, task.party) for task in tasks_of(reader, plan)}
    left = [one for one in plans.ranked(secret_of(reader, site().ledger, plan), row.number, pool)
            if (one.item, one.holder) not in before][: body.count]  # fmt: skip
    if not left:
        raise ProblemError(422, msg("Nothing of it is known to be on sale here."), field="count")
    said = {"product": row.food, "items": row.items, "row": str(row.number),
            "laboratory_name": row.laboratory}  # fmt: skip
    chosen = [(one.holder, said | {"item": one.item}) for one in left]
    return _tasks(user, reader, plan, plans.TASK, chosen) | {"pool": len(pool)}


class InspectionsPlanIn(BaseModel):
    """Whom a plan comes to next."""

    plan: Annotated[str, Field(max_length=512)] = Field(description="The case's URI or code")
    count: Annotated[int, Field(ge=1, le=MOST_DRAWN)]
    after: Annotated[str, Field(max_length=700)] = Field("", description="As an answer said")


class InspectionsPlanOut(StageDraftsOut):
    """The tasks to sign."""

    after: str | None = Field(description="From where to look on; null at the end")


@routes.post("/inspections/plan/draft", INSPECTOR, limit="plans 30/minute",
             output=InspectionsPlanOut, answers={404: "No plan of one's office"},
             patient=True)  # fmt: skip
def due(user: SignedIn, reader: Reader, body: InspectionsPlanIn) -> dict[str, Any]:
    """Tasks of a plan of inspections, for those whom it finds due in one's remit: to be signed.

    Of unannounced ones in an order that follows from the plan; of others a page of the parties is
    looked at. Whoever has a task of the plan gets no second one, and none can be seen by its party.
    """
    plan, who = cases.readable(reader, body.plan)
    kind = inspection_plans.kind(plan)  # nothing any more of a plan of which that is erased
    is_open = plan.kind == inspection_plans.PLAN and not plan.is_closed and kind in KINDS
    if not is_open or not who.works_on(plan) or who.remit is None:
        raise ProblemError(404, msg("No open plan of inspections of your office."), field="plan")
    before = {str(task.party) for task in tasks_of(reader, plan, inspection_plans.TASK)}
    last, after = str(inspection_plans.until(plan)), None
    if kind == inspection_plans.UNANNOUNCED:
        left = inspection_plans.unannounced(
            reader, who.remit, secret_of(reader, site().ledger, plan), before
        )
        whose = [(uri, last) for uri in left[: body.count]]
    else:
        graded, after = remits.grades(reader, who.remit, body.after, body.count)
        days = [(one.party.uri, inspection_plans.due(plan, one)) for one in graded]
        whose = [(uri, str(day)) for uri, day in days if day is not None and uri not in before]
    chosen = [(uri, {"inspection": kind, "due": day}) for uri, day in whose]
    return _tasks(user, reader, plan, inspection_plans.TASK, chosen) | {"after": after}


def _tasks(
    user: SignedIn, reader: Reader, plan: Case, kind: str, chosen: list[tuple[str, dict[str, str]]]
) -> dict[str, Any]:
    """The openings of a plan's tasks, each with its party and what it says."""
    where, drafted = site(), list[Drafted]()
    author = Author(user.uri, plan.act.office, where.ledger.now())
    for party, said in chosen:
        uri = codes.uri_of(codes.new(), where.host, KIND)
        task = author.opening(kinds()[kind], uri, party, Typed(said | {"plan": plan.uri}))
        drafted += [task] if isinstance(task, Drafted) else []
    names = {party: reader.name(party) for party, _said in chosen}
    answer = statements(reader, user.uri, *(made.statement for made in drafted), names=names)
    for link, made in zip(answer["drafts"], drafted, strict=True):
        link["disclosures"] = disclosures_json(made.kept)
    return answer | {"case": plan.uri, "code": act_code(plan.uri, where.host)}


def _examines(reader: Reader, uri: str) -> bool:
    return Verifier(reader, site().genesis).is_examiner(uri)
