"""/api/v1/reports: what consumers reported of labels and foods in an inspector's remit."""

from collections.abc import Iterator
from typing import Literal

from apiflask import APIBlueprint
from flask import Response, request
from pydantic import BaseModel, Field

from suyuan.trace import complaints
from suyuan.trace.complaints import MAX_NOTE, Complaint, Complaints, Done
from suyuan.trace.inspecting import Remit
from suyuan.trace.store.read import Reader

from . import inspecting, remits, session_guard
from .api_attachments import POLICY
from .context import site
from .limiting import limited
from .problems import ProblemError
from .session import SignedIn

blueprint = APIBlueprint("reports", __name__, url_prefix="/api/v1", tag="Inspection")
MOST = 100
LOOKED = 2_000  # that are read for one page of the list
Kind = Literal["copy", "wrong", "spoiled", "foreign", "ill", "other"]
State = Literal["open", "done"]


class ReportsIn(BaseModel):
    """Which reports: all of the remit where nothing is said."""

    division: str | None = Field(None, max_length=12, description="A division of one's remit")
    kind: Kind | None = None
    state: State | None = Field(None, description="Dealt with, or not yet")
    limit: int = Field(20, ge=1, le=MOST)
    after: str | None = Field(
        None, pattern=r"^[0-9]{1,17}-R[0-9A-Z]{14}$", description="`after` of the page before"
    )


class NoteIn(BaseModel):
    """What was done about a report."""

    note: str = Field(min_length=1, max_length=MAX_NOTE, pattern=r"\S")


class DoneOut(BaseModel):
    """That a report was dealt with; what was done is an inspector's words."""

    by: str
    by_name: str | None
    at: str
    note: str


class ReportOut(BaseModel):
    """One report; its text and contact are a stranger's words."""

    number: str = Field(description="The receipt number")
    received: str
    kind: Kind
    code: str = Field(description="The trace code that it is about")
    serial: str | None = Field(description="Of the label, if it was said")
    item: str | None
    item_name: str | None
    holder: str | None = Field(description="Whose label it is; null where the code names nobody")
    holder_name: str | None
    text: str
    contact: str | None
    photo: str | None = Field(description="Where its photo is, a JPEG; null where there is none")
    done: DoneOut | None = Field(description="Null where nobody has dealt with it")


class ReportsOut(BaseModel):
    """A page of reports, the newest first."""

    reports: list[ReportOut]
    after: str | None = Field(
        description="Where the next page begins; null at the end. A page may be short and not the "
        "last: each looks at a bounded number of reports"
    )


@blueprint.before_request
def _guard() -> None:
    if request.method != "GET":
        session_guard.of_script()


@blueprint.get("/reports")
@blueprint.input(ReportsIn, location="query", arg_name="asked")
@blueprint.output(ReportsOut)
@limited("reports", "120/minute")
def listed(asked: ReportsIn) -> ReportsOut:
    """What consumers reported of labels of the parties of one's remit, the newest first.

    Reports of codes that name no holder are shown where a party of the remit has recorded the item.
    """
    with site().ledger.reading() as reader:
        return found(reader, remits.remit(reader, inspecting.require()), asked)


@blueprint.get("/reports/<number>/photo")
@limited("reports", "120/minute")
def photo(number: str) -> Response:
    """The photo of a report of one's remit: a JPEG made anew when it came, never to be run."""
    who, book = inspecting.require(), Complaints(site().ledger.home)
    with site().ledger.reading() as reader:
        one = _one(reader, who, book, number)
    data = book.photo(one)
    if data is None:
        raise ProblemError(404, "the report has no photo")
    response = Response(data, content_type="image/jpeg")
    response.headers["Content-Disposition"] = f'inline; filename="{one.number}.jpg"'
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"  # it may be deleted at any time
    response.vary.add("Cookie")
    return response


@blueprint.post("/reports/<number>/done")
@blueprint.input(NoteIn, arg_name="said")
@blueprint.output(ReportOut)
@limited("reports", "120/minute")
def settled(number: str, said: NoteIn) -> ReportOut:
    """Note of a report of one's remit that it was dealt with, and how; an earlier note goes.

    It is kept beside the report, and goes with it. It is signed by nobody.
    """
    return settle(number, said.note)


@blueprint.delete("/reports/<number>/done")
@blueprint.output(ReportOut)
@limited("reports", "120/minute")
def reopened(number: str) -> ReportOut:
    """Take back that a report of one's remit was dealt with."""
    return settle(number, None)


def settle(number: str, note: str | None) -> ReportOut:
    """Note, as who is signed in, that a report was dealt with; with None that it was not."""
    who, book = inspecting.require(), Complaints(site().ledger.home)
    with site().ledger.reading() as reader:
        one = _one(reader, who, book, number)
        if note is None:
            book.reopen(one)
        else:
            book.settle(one, who.uri, site().ledger.now(), note.strip())
        return _told(reader, one, book.done(one))


def _one(reader: Reader, who: SignedIn, book: Complaints, number: str) -> Complaint:
    """A report by its number; a problem 404 or 403."""
    one = book.find(number)
    if one is None:
        raise ProblemError(404, "no report has this number")
    if not _Within(reader, remits.remit(reader, who)).covers(one):
        raise ProblemError(403, "it is not in your remit")
    return one


def found(reader: Reader, remit: Remit, asked: ReportsIn) -> ReportsOut:
    """A page of the reports of a remit."""
    within = _Within(reader, remits.division(remit, asked.division))
    reports: list[ReportOut] = []
    last = None
    book = Complaints(site().ledger.home)
    every = _after(book.all(), asked.after)
    for looked, one in enumerate(every):
        if looked == LOOKED or len(reports) == asked.limit:
            return ReportsOut(reports=reports, after=last)
        last = f"{one.received}-{one.number}"
        if asked.kind not in (None, one.kind) or not within.covers(one):
            continue
        done = book.done(one)
        if asked.state in (None, "open" if done is None else "done"):
            reports.append(_told(reader, one, done))
    return ReportsOut(reports=reports, after=None)


class _Within:
    """Which reports are a remit's, each party and item asked for once."""

    def __init__(self, reader: Reader, remit: Remit) -> None:
        self._reader, self._remit = reader, remit
        self._search = remits.search(reader, remit)
        self._known: dict[str, bool] = {}

    def covers(self, one: Complaint) -> bool:
        """Whether a report's holder is in the remit, or else somebody who recorded its item."""
        if self._remit.is_all:
            return True
        of = one.holder or one.item
        if of is None:
            return False
        if of not in self._known:
            self._known[of] = (
                self._search.is_known(of)
                if one.holder is None
                else self._remit.covers(self._reader.party(of))
            )
        return self._known[of]


def _after(reports: Iterator[Complaint], after: str | None) -> Iterator[Complaint]:
    """Those behind a place in the list, which need not be there any more."""
    if after is None:
        return reports
    received, number = after.split("-")
    place = -int(received), number
    return (one for one in reports if complaints.order(one) > place)


def _told(reader: Reader, one: Complaint, done: Done | None) -> ReportOut:
    number = complaints.shown(one.number)
    return ReportOut(
        number=number,
        received=complaints.instant(one.received),
        kind=one.kind,
        code=one.code,
        serial=one.serial,
        item=one.item,
        item_name=None if one.item is None else reader.name(one.item),
        holder=one.holder,
        holder_name=None if one.holder is None else reader.name(one.holder),
        text=one.text,
        contact=one.contact,
        photo=f"/api/v1/reports/{number}/photo" if one.has_photo else None,
        done=None
        if done is None
        else DoneOut(
            by=done.by,
            by_name=reader.name(done.by),
            at=complaints.instant(done.at),
            note=done.note,
        ),
    )
