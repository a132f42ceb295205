"""/api/v1/cases: an office's cases, their stages and clocks; what is signed to go on with one."""

import re
from dataclasses import replace
from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.keys import base64
from suyuan.keys.validity import significant
from suyuan.trace.admission.access import Remit
from suyuan.trace.format.identifiers import codes, divisions
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.statements import WITHDRAWN
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.inspection.case_drafts import (
    ASSIGNED,
    MAX_TABLE,
    Author,
    Drafted,
    Faults,
    NoSuchStage,
    Typed,
)
from suyuan.trace.inspection.case_kinds import kinds
from suyuan.trace.inspection.cases import KIND, SAID, SHARE, SUSPENDED, Case, Stage
from suyuan.trace.inspection.complaints import Complaint, Complaints
from suyuan.trace.inspection.reported.handling import KINDS, cases_of
from suyuan.trace.inspection.sampling import plans
from suyuan.trace.inspection.time_limits import Running
from suyuan.trace.recall.course import act_code
from suyuan.trace.store.beside.office.report_cases import ReportCase, ReportCaseBook
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.watch.notify import shares
from suyuan.web.app.access import cases as access
from suyuan.web.app.access import remits, sampling
from suyuan.web.app.access.cases import Looking
from suyuan.web.app.access.disclosed import link_at
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import READING
from suyuan.web.app.mistakes import FieldError, FieldErrors, as_mistake
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site

from ..ledger.to_sign import HandedOut, LinksToSignOut, SignableOut, disclosures_json, statements

_NOT_FOUND = {404: "No case that one may read"}
MOST = 20
Line = Annotated[str, Field(max_length=2_000)]


class StageJson(Form):
    """A stage as it was recorded."""

    stage: str
    index: int
    recorded: str
    actor: str
    actor_name: str | None
    until: str | None
    said: dict[str, Any] = described("What it says, as far as it is kept here")
    of: list[Object]
    files: list[str]


class ClockJson(Form):
    """What the law counts from a stage."""

    after: str
    until: list[str]
    text: str
    law: str
    started: str
    due: str
    met: str | None


class CaseJson(Form):
    """A case."""

    case: str
    kind: str
    office: str | None
    office_name: str | None
    party: str | None
    party_name: str | None
    is_closed: bool
    stages: list[StageJson]
    clocks: list[ClockJson] = described("Those that run out first before others")
    next: list[str] = described("The stages that one may record now")
    sheet_fault: str | None = described("What is wrong with a sample's second officer, if anything")


class CasesJson(Form):
    """A page of cases, the newest first."""

    cases: list[CaseJson]
    before: int | None = described("Before which index the next page begins; null at the end")


class CasesIn(BaseModel):
    """Which cases."""

    kind: str | None = Field(None, max_length=32, description="Of one kind")
    all: bool = Field(False, description="Closed ones too")
    before: int | None = Field(None, ge=0, le=1 << 53, description="As an answer said")


class ShowIn(BaseModel):
    """Hidden fields of a record, to be shown to everyone."""

    index: Annotated[int, Field(ge=0, le=1 << 53)]
    fields: list[Annotated[str, Field(max_length=200)]] = Field(
        max_length=40, description="Their JSON Pointers: `/suyuan:result`"
    )


class StageIn(BaseModel):
    """A stage to record; without a `case`, a `kind` that it opens."""

    case: Line | None = Field(None, description="The case's URI or code")
    kind: str | None = Field(None, max_length=32)
    stage: Annotated[str, Field(max_length=32)] = "opened"
    party: Line | None = Field(None, description="Whom a case is about that is opened")
    report: Annotated[str, Field(max_length=40)] | None = Field(
        None, description="The receipt number of the consumer's report that it is opened from"
    )
    said: dict[
        Annotated[str, Field(max_length=32)], Annotated[str, Field(max_length=MAX_TABLE)]
    ] = Field({}, max_length=40)
    until: Annotated[str, Field(max_length=10)] = Field("", description="A day that it sets")
    of: list[Annotated[int, Field(ge=0, le=1 << 53)]] = Field(
        [], max_length=20, description="Indexes of the records that it rests on"
    )
    files: list[Annotated[str, Field(pattern="^[0-9a-f]{64}$")]] = Field([], max_length=20)
    shows: list[ShowIn | Annotated[int, Field(ge=0, le=1 << 53)]] = Field(
        [],
        max_length=20,
        description="Records whose hidden fields it shows to everyone: all at an index, or those "
        "that are named. Where nothing is named, `withdrawn` takes back all that is shown",
    )
    hold: bool = Field(
        default=False, description="Suspend the sale of the lot with it; for the office's own key"
    )


class StageDraftOut(SignableOut):
    """One link to sign."""

    disclosures: list[HandedOut] = Field([], description="Of what it says, for beside its entry")
    attachments: list[str] = Field([], description="In base64, the list of a hold")


class StageDraftsOut(LinksToSignOut):
    """The links to sign, and the case that they are of."""

    drafts: list[StageDraftOut]
    notes: list[str] = Field([], description="What to know before signing")
    case: str
    code: str


routes = Routes("cases", tag="Cases")


@routes.get("/cases", SIGNED_IN, limit=READING, output=CasesJson)
def listed(reader: Reader, query: CasesIn) -> CasesJson:
    """Cases of one's office and remit, or about oneself: open ones, the newest first."""
    found, before = access.listed(
        reader, query.kind, is_open=not query.all, before=query.before, most=MOST
    )
    who = access.looking(reader)
    return CasesJson([case_json(reader, case, who) for case in found], before)


@routes.get("/cases/<code>", SIGNED_IN, limit=READING, output=CaseJson, answers=_NOT_FOUND,
            parameters={"code": "The case's code"})  # fmt: skip
def shown(code: str, reader: Reader) -> CaseJson:
    """A case with its stages and clocks."""
    case, who = access.readable(reader, code)
    return case_json(reader, case, who)


@routes.post("/cases/draft", SIGNED_IN, limit="cases 120/minute", output=StageDraftsOut,
             answers=_NOT_FOUND | {409: "The stage cannot be recorded now"})  # fmt: skip
def draft(user: SignedIn, reader: Reader, body: StageIn) -> dict[str, Any]:
    """The statement of a stage: of an office's, or, by the party that the case is about, an answer.

    The stage `assigned` hands a case `to` an office above or below, for a `reason`.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    said = sampling.with_item(reader, user.uri, body.said)
    typed = Typed(
        said, body.until.strip(), [_record(reader, index) for index in body.of], body.files,
        [_shown(reader, one) for one in body.shows],
    )  # fmt: skip
    item = said.get("item")
    if "rows" in said and isinstance(wrong := plans.rows(said["rows"]), Message):
        raise FieldError("rows", "said", wrong)
    if body.case is None:
        case = codes.uri_of(codes.new(), site().host, KIND)
        sampling.require_second(reader, user.uri, body.kind, said)
        drafted = _opened(user, reader, body, typed, case)
        kind, word = kinds().get(body.kind or ""), "opened"
    else:
        found, who = access.readable(reader, body.case)
        case, item = found.uri, found.item
        office = who.office if who.works_on(found) else None
        sampling.require_drawn(reader, found, body.stage, said)
        if body.stage == WITHDRAWN and not typed.shows:
            typed = replace(typed, shows=sampling.published(found))
        sampling.require_inspected(found, body.stage, typed)
        author = _author(user, office)
        if body.stage == SUSPENDED and not body.hold:
            raise FieldError(
                "hold", "needed", msg("Sale is suspended by a hold: place it with this.")
            )
        with as_problem(409, NoSuchStage):
            if body.stage == ASSIGNED.name:
                to = access.offices_around(reader, office, found.act.office) if office else ()
                drafted = author.assigning(found, to, typed)
            else:
                drafted = author.going_on(found, body.stage, typed)
        kind, word = kinds().get(found.kind), body.stage
    if not isinstance(drafted, Drafted):
        raise FieldErrors(*(FieldError(name, "said", why) for name, why in drafted.items()))
    readers = {uri for row in drafted.kept for uri in row.audience.parties}
    names = {uri: reader.name(uri) for uri in readers}
    stage = None if kind is None else kind.stages.get(word)
    holds = body.hold and stage is not None and stage.holds
    more = sampling.hold(reader, user.uri, item) if holds else None
    acts = () if more is None else more.drafts
    signed = [drafted.statement, *(act.statement or {} for act in acts)]
    if item is not None:
        names |= sampling.names_of_lot(reader, item, user.uri)
    answer = statements(reader, user.uri, *signed, names=names)
    answer["drafts"][0]["disclosures"] = disclosures_json(drafted.kept)
    if more is not None:
        answer["drafts"][1]["attachments"] = [base64.encode(more.files[0])]
    return answer | {"case": case, "code": act_code(case, site().host)}


def _opened(
    user: SignedIn, reader: Reader, body: StageIn, typed: Typed, case: str
) -> Drafted | Faults:
    """The statement that opens a case, and where to look for it; of a report what that says of it.

    Nothing by which its reporter could be known goes on from the report.
    """
    who, kind = access.looking(reader), kinds().get(body.kind or "")
    if who.office is None or who.remit is None:
        raise ProblemError(403, "only an office and its inspectors open cases")
    if kind is None:
        raise FieldError("kind", "choice", msg("one of: %s", ", ".join(kinds())))
    report, about = None, body.party
    if kind.name == SHARE:
        typed = _sharing(reader, who.remit, body, typed)
    elif body.report is not None:
        report = _reported(reader, who, kind.name, body.report)
        day = from_micros(report.received).astimezone(zone()).date()
        typed = replace(typed, said={"received": day.isoformat(), **typed.said})
        about = about or report.holder
    is_free = body.party is None or kind.name == SHARE
    if not is_free and not who.remit.covers(reader.party(body.party or "")):
        raise FieldError("party", "unknown", msg("no party of your remit"))
    drafted = _author(user, who.office).opening(kind, case, about, typed)
    told = about if kind.is_hidden and kind.tells else None
    if isinstance(drafted, Drafted) and (report or told):
        number, at = None if report is None else report.number, micros(site().ledger.now())
        book = ReportCaseBook(site().ledger.database.engine)
        book.put(ReportCase(case, number, told, at))
    return drafted


def _sharing(reader: Reader, remit: Remit, body: StageIn, typed: Typed) -> Typed:
    """What a share is to say, its divisions by their codes; a problem where it may not be made."""
    if body.party not in shares.agencies(reader, site().ledger):
        raise FieldError("party", "unknown", msg("no agency that the authority has registered"))
    named = re.findall(r"[^;；、]*[^;；、\s]", typed.said.get("divisions", ""))
    with as_mistake("divisions", "unknown", IdentifierError):
        parts = [significant(divisions.read(part, remit.divisions)) for part in named]
    if not all(map(remit.covers_division, parts)):
        raise FieldError("divisions", "unknown", msg("it is not in your remit"))
    return replace(typed, said={**typed.said, "divisions": ",".join(parts)})


def _reported(reader: Reader, who: Looking, kind: str, number: str) -> Complaint:
    """The report that a case is opened from; a problem where it is not for the office to open."""
    assert who.remit is not None
    report = remits.report(reader, who.remit, Complaints(site().ledger.home), number)
    if kind not in KINDS:
        raise FieldError("kind", "choice", msg("one of: %s", ", ".join(KINDS)))
    if kind in {act.sort for act in cases_of(reader, [report.number]).get(report.number, ())}:
        raise ProblemError(409, "a case of this kind was opened from it already")
    if not who.reads(reader, report):
        raise ProblemError(403, "another office handles it")
    return report


def _author(user: SignedIn, office: str | None) -> Author:
    return Author(user.uri, office, site().ledger.now())


def _record(reader: Reader, index: int) -> Object:
    """A record that a stage rests on."""
    return {"index": index, "hash": link_at(reader, index).hash}


def _shown(reader: Reader, one: ShowIn | int) -> Object:
    """Hidden fields of a record that are kept here, all or those named, shown to everyone."""
    index, wanted = (one, None) if isinstance(one, int) else (one.index, set(one.fields))
    link = link_at(reader, index)
    rows = site().ledger.disclosures.of_link(reader, link)
    kept = {row.field.pointer: row.digest for row in rows if row.field is not None}
    digests = [name for at, name in kept.items() if wanted is None or at in wanted]
    if (wanted is not None and wanted - kept.keys()) or not digests:
        raise FieldError("shows", "unknown", msg("the record has no such hidden field"))
    return {"index": index, "hash": link.hash, "digests": sorted(digests)}


def case_json(reader: Reader, case: Case, who: Looking) -> CaseJson:
    """A case for programs, with the names of whom it is about and whose it is."""
    may = case.next_stages("office" if who.works_on(case) else "party")
    fault = sampling.sheet_fault(reader, case.stages[0].link, {SAID: dict(case.stages[0].said)})
    return CaseJson(
        case=case.uri, kind=case.kind, office=case.act.office,
        office_name=case.act.office and reader.name(case.act.office),
        party=case.party, party_name=case.party and reader.name(case.party),
        is_closed=case.is_closed, stages=[_stage(reader, one) for one in case.stages],
        clocks=[_clock(one) for one in case.clocks],
        next=[one.name for one in may],
        sheet_fault=None if fault is None else str(fault),
    )  # fmt: skip


def _stage(reader: Reader, stage: Stage) -> StageJson:
    said = stage.statement
    return StageJson(
        stage=stage.name, index=stage.index, recorded=stage.at.isoformat(), actor=stage.actor,
        actor_name=reader.name(stage.actor), until=said.get("until"), said=dict(stage.said),
        of=list(said.get("of", ())), files=list(said.get("files", ())),
    )  # fmt: skip


def _clock(one: Running) -> ClockJson:
    return ClockJson(
        after=one.clock.after, until=list(one.clock.until), text=str(one.clock.text),
        law=str(one.clock.cited), started=one.started.isoformat(), due=one.due.at.isoformat(),
        met=None if one.met is None else one.met.isoformat(),
    )  # fmt: skip
