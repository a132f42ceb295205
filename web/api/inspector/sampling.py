"""/api/v1/samples: a laboratory's report of a sample, to be signed."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace.format.messages import msg
from suyuan.trace.goods.resolve import resolve
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.inspection.sampling import lab_reports
from suyuan.trace.inspection.sampling.lab_reports import FIELDS, RESULTS
from suyuan.trace.inspection.sampling.laboratories import LABORATORIES
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import recall_acts
from suyuan.web.app.access.sampling import names_of_lot
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.mistakes import FieldError, as_mistake
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site

from ..ledger.to_sign import EventDraftOut, LinksToSignOut, disclosures_json, link_to_sign, to_sign

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


def _examines(reader: Reader, uri: str) -> bool:
    return Verifier(reader, site().genesis).is_examiner(uri)
