"""/api/v1/reports: what consumers report of labels and foods.

And photos of codes that consumers send to be read.
"""

from typing import Any, Literal

from flask import Response
from pydantic import BaseModel, Field

from suyuan.keys import base64
from suyuan.keys.errors import EncodingError
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.reported.handling import cases_of
from suyuan.trace.recording.papers import MAX_BYTES
from suyuan.trace.recording.pictures import PictureError
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import targets, uploads
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.access.cases import looking
from suyuan.web.app.limits import REPORTING, SCANNING, Limit
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import ANYBODY, INSPECTOR, Routes, binary
from suyuan.web.app.targets import NotOurs
from suyuan.web.context import site

from .ledger.attachments import POLICY

routes = Routes("consumers", tag="Consumers")
_BASE64 = 4 * MAX_BYTES // 3 + 4
_REPORTS = Limit("reports", "120/minute")
MOST = 100
State = Literal["open", "done"]
inspecting = Routes("reports", tag="Inspection", limit=_REPORTS)


class ReportIn(BaseModel):
    """A problem with a food or its label."""

    code: str = Field(min_length=1, max_length=600, description="The code on the label")
    serial: str = Field("", max_length=60, description="The label's own number, if it has one")
    kind: complaints.Kind
    text: str = Field(min_length=1, max_length=complaints.MAX_TEXT, pattern=r"\S")
    name: str = Field(
        "", max_length=complaints.MAX_NAME, description="Needed where an office is to mediate"
    )
    contact: str = Field(
        "", max_length=complaints.MAX_CONTACT, description="For questions; nobody else's"
    )
    photo: str | None = Field(
        None, max_length=_BASE64, description="Base64 of a JPEG, PNG or WebP of at most 7 MiB"
    )


class ReceiptOut(BaseModel):
    """That a report was received."""

    number: str = Field(description="The receipt number, which /report/<number> knows")


class ReadOut(BaseModel):
    """What a photo's code says."""

    text: str = Field(max_length=targets.LONGEST)
    path: str = Field(description="The page of this site that the code asks for")


@routes.post("/reports", ANYBODY, limit=REPORTING, output=ReceiptOut, status=201)
def reported(body: ReportIn) -> dict[str, Any]:
    """Report a problem with a food or its label, as anybody may; it is not public."""
    where = site()
    try:
        with where.ledger.reading() as reader:
            target = targets.by_code(reader, where.host, body.code, body.serial or None)
    except NotOurs:
        raise ProblemError(422, "this is no code of this ledger", field="code") from None
    photo = None if body.photo is None else _decoded(body.photo)
    with as_problem(422, PictureError, field="photo"):
        who = body.name.strip() or None, body.contact.strip() or None
        said = complaints.Said(body.text.strip(), *who)
        report = uploads.keep_report(target, body.kind, said, photo)
    return {"number": complaints.shown(report.number)}


@routes.post(
    "/scan",
    ANYBODY,
    limit=SCANNING,
    output=ReadOut,
    media=binary(*uploads.PHOTOS),
    answers={422: "No picture, or no code in it"},
    from_anywhere=True,
)
def read() -> dict[str, Any]:
    """The code in a photo, which is the body; it is not kept. 422 where there is none in it."""
    text = uploads.code_in_photo()
    return {"text": text, "path": targets.code_path(text)}


def _decoded(text: str) -> bytes:
    try:
        return base64.decode(text)
    except EncodingError:
        raise ProblemError(422, "a photo is sent as base64, padded", field="photo") from None


class ReportsIn(BaseModel):
    """Which reports: all of the remit where nothing is said."""

    division: str | None = Field(None, max_length=12, description="A division of one's remit")
    kind: complaints.Kind | None = Field(None, description="What was reported")
    state: State | None = Field(None, description="Dealt with, or not yet")
    limit: int = Field(20, ge=1, le=MOST, description="How many at most")
    after: str | None = Field(
        None, pattern=complaints.PLACE, description="`after` of the page before"
    )


@inspecting.get("/reports", INSPECTOR)
def listed(reader: Reader, query: ReportsIn) -> complaints.ReportsJson:
    """What consumers reported of labels of the parties of one's remit, the newest first.

    Reports of codes that name no holder are shown where a party of the remit has recorded the item.
    What somebody said, and who they are, is for the office that handles it alone: once a case is
    opened, that of the case.
    """
    book, who = complaints.Complaints(site().ledger.home), looking(reader)
    reports, after = book.page(
        complaints.within(reader, remits.division(viewer.remit(), query.division)),
        complaints.done_in(reader),
        kind=query.kind,
        is_done=None if query.state is None else query.state == "done",
        after=query.after,
        most=query.limit,
    )
    cases = cases_of(reader, [report.number for report, _ in reports])
    return complaints.ReportsJson(
        [
            complaints.report_of(
                reader, report, book.said(report) if who.reads(reader, report) else None, done,
                [act.uri for act in cases.get(report.number, ())],
            )
            for report, done in reports
        ],
        after,
    )  # fmt: skip


@inspecting.get(
    "/reports/<number>/photo",
    INSPECTOR,
    content={200: binary("image/jpeg")},
    answers={404: "No such report, or it has no photo"},
)
def photo(reader: Reader, number: str) -> Response:
    """The photo of a report of one's remit: a JPEG made anew when it came, never to be run."""
    book = complaints.Complaints(site().ledger.home)
    report = remits.report(reader, viewer.remit(), book, number)
    data = book.photo(report) if looking(reader).reads(reader, report) else None
    if data is None:
        raise ProblemError(404, "the report has no photo")
    response = Response(data, content_type="image/jpeg")
    response.headers["Content-Disposition"] = f'inline; filename="{report.number}.jpg"'
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers["Cache-Control"] = "private, no-store"  # it may be deleted at any time
    response.vary.add("Cookie")
    return response
