"""/api/v1/reports: what consumers reported of labels and foods in an inspector's remit."""

from typing import Literal

from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import (
    MAX_NOTE,
    Complaints,
    Kind,
    ReportJson,
    ReportsJson,
    report_of,
)
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, session, viewer
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes, binary
from suyuan.web.context import site

from ..ledger.attachments import POLICY

routes = Routes("reports", tag="Inspection")
_REPORTS = Limit("reports", "120/minute")
MOST = 100
State = Literal["open", "done"]


class ReportsIn(BaseModel):
    """Which reports: all of the remit where nothing is said."""

    division: str | None = Field(None, max_length=12, description="A division of one's remit")
    kind: Kind | None = Field(None, description="What was reported")
    state: State | None = Field(None, description="Dealt with, or not yet")
    limit: int = Field(20, ge=1, le=MOST, description="How many at most")
    after: str | None = Field(
        None, pattern=complaints.PLACE, description="`after` of the page before"
    )


class NoteIn(BaseModel):
    """What was done about a report."""

    note: str = Field(min_length=1, max_length=MAX_NOTE, pattern=r"\S")


@routes.get("/reports", INSPECTOR, limit=_REPORTS)
def listed(reader: Reader, query: ReportsIn) -> ReportsJson:
    """What consumers reported of labels of the parties of one's remit, the newest first.

    Reports of codes that name no holder are shown where a party of the remit has recorded the item.
    """
    reports, after = Complaints(site().ledger.home).page(
        complaints.within(reader, remits.division(viewer.remit(), query.division)),
        kind=query.kind,
        is_done=None if query.state is None else query.state == "done",
        after=query.after,
        most=query.limit,
    )
    return ReportsJson([report_of(reader, one, done) for one, done in reports], after)


@routes.get(
    "/reports/<number>/photo",
    INSPECTOR,
    limit=_REPORTS,
    content={200: binary("image/jpeg")},
    answers={404: "No such report, or it has no photo"},
)
def photo(reader: Reader, number: str) -> Response:
    """The photo of a report of one's remit: a JPEG made anew when it came, never to be run."""
    book = Complaints(site().ledger.home)
    one = remits.report(reader, viewer.remit(), book, number)
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


@routes.post(
    "/reports/<number>/done",
    INSPECTOR,
    limit=_REPORTS,
    answers={404: "No such report", 422: "The note is not as it should be"},
)
def settled(number: str, body: NoteIn) -> ReportJson:
    """Note of a report of one's remit that it was dealt with, and how; an earlier note goes.

    It is kept beside the report, and goes with it. It is signed by nobody.
    """
    return _settle(number, body.note)


@routes.delete("/reports/<number>/done", INSPECTOR, limit=_REPORTS, answers={404: "No such report"})
def reopened(number: str) -> ReportJson:
    """Take back that a report of one's remit was dealt with."""
    return _settle(number, None)


def _settle(number: str, note: str | None) -> ReportJson:
    """Note, as who is signed in, that a report was dealt with; with None that it was not."""
    who, book = session.signed_in(), Complaints(site().ledger.home)
    with site().ledger.reading() as reader:
        one = remits.report(reader, viewer.remit(), book, number)
        if note is None:
            book.reopen(one)
        else:
            book.settle(one, who.uri, site().ledger.now(), note.strip())
        return report_of(reader, one, book.done(one))
