"""/inspect/reports: what consumers reported in a division, the newest first, and what was done."""

from flask import Response, redirect, request
from pydantic import ValidationError
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection.complaints import MAX_NOTE, ReportJson
from suyuan.web.api.inspector import reports
from suyuan.web.api.inspector.reports import ReportsIn
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site

from ..consumer.complaining import KIND_WORDS
from .desk import again, namer, render, url
from .inspect import division_asked, names_of

PATH = "/inspect/reports"
_ASKED = ("division", "kind", "state", "after")
routes = Routes("inspect_reports", prefix=PATH)


@routes.get("", INSPECTOR)
def shown_page() -> Response:
    """A page of the reports of a division of one's remit, all of it unless one is chosen."""
    return _page()


@routes.post("", INSPECTOR, limit="reports 120/minute")
def settled() -> Response | Redirect:
    """Note that a report was dealt with and how, or take that back; without a script.

    Then the same list again, at the report.
    """
    number = request.form.get("number", "")
    note = request.form.get("note", "").replace("\r\n", "\n").strip()
    is_done = request.form.get("what") != "open"
    if is_done and not 0 < len(note) <= MAX_NOTE:
        response = _page(wrong=number, typed=note)
        response.status_code = 422
        return response
    one = reports.settle(number, note if is_done else None)
    return redirect(f"{_here()}#r{one.number}", 303)


def _here() -> str:
    """This page with what is asked of it."""
    return url(PATH, **{name: request.args.get(name) for name in _ASKED})


def _page(*, wrong: str = "", typed: str = "") -> Response:
    """The list; with what was typed of the report of this number, if that was wrong."""
    kind, state = request.args.get("kind", ""), request.args.get("state", "")
    with site().ledger.reading() as reader:
        remit = viewer.remit()
        division, _wrong = division_asked(remit)
        asked = {
            "division": division,
            "kind": kind if kind in KIND_WORDS else None,
            "state": state if state in ("open", "done") else None,
            "after": request.args.get("after") or None,
        }
        try:
            wanted = ReportsIn.model_validate(asked)
        except ValidationError:  # a place in the list that nobody was given: from its beginning
            wanted = ReportsIn.model_validate(asked | {"after": None})
        found = reports.found(reader, remit, wanted)
        response = render(
            "inspect_reports.html",
            reports=found.reports,
            kinds=KIND_WORDS,
            kind=wanted.kind or "",
            state=wanted.state or "",
            asked="" if division == remits.ALL else division,
            is_first=wanted.after is None,
            next=None if found.after is None else again(after=found.after),
            page_of=_page_of,
            printed=codes.shown,
            name=namer(reader),
            items=names_of(reader, {one.item for one in found.reports if one.item is not None}),
            wrong=wrong,
            typed=typed,
            most=MAX_NOTE,
            here=_here(),
        )
    # Without a referrer at all browsers send forms with the origin `null`.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _page_of(one: ReportJson) -> str:
    """The consumer's page that the report is about."""
    return f"/t/{one.code}" + (f"/{one.serial}" if one.serial else "")
