"""/inspect/reports: what consumers reported in a division, the newest first, and what was done."""

import re

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import MAX_NOTE, PLACE, Complaints
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text.languages import keep_language

from ..consumer.complaining import KIND_WORDS
from .inspect import again, division_asked, names_of, render

PATH = "/inspect/reports"
_ASKED = ("division", "kind", "state", "after")
routes = Routes("inspect_reports", prefix=PATH)


@routes.get("", INSPECTOR)
def shown_page() -> Response:
    """A page of the reports of a division of one's remit, all of it unless one is chosen."""
    return _page()


@routes.post("", INSPECTOR, limit="reports 120/minute")
def settled(who: SignedIn) -> Response | Redirect:
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
    book = Complaints(site().ledger.home)
    with site().ledger.reading() as reader:
        one = remits.report(reader, viewer.remit(), book, number)
    if is_done:
        book.settle(one, who.uri, site().ledger.now(), note)
    else:
        book.reopen(one)
    return redirect(f"{_here()}#r{complaints.shown(one.number)}", 303)


def _here() -> str:
    """This page with what is asked of it."""
    return keep_language(PATH, **{name: request.args.get(name) for name in _ASKED})


def _page(*, wrong: str = "", typed: str = "") -> Response:
    """The list; with what was typed of the report of this number, if that was wrong."""
    kind, state, after = (request.args.get(name, "") for name in ("kind", "state", "after"))
    kind = kind if kind in KIND_WORDS else ""
    state = state if state in ("open", "done") else ""
    if re.fullmatch(PLACE, after) is None:  # a place that nobody was given: from the beginning
        after = ""
    with site().ledger.reading() as reader:
        remit = viewer.remit()
        division, _wrong = division_asked(remit)
        reports, further = Complaints(site().ledger.home).page(
            complaints.within(reader, remits.division(remit, division)),
            kind=kind or None,
            is_done=None if not state else state == "done",
            after=after or None,
        )
        response = render(
            "inspector/inspect_reports.html",
            reader,
            reports=reports,
            number=complaints.shown,
            kinds=KIND_WORDS,
            kind=kind,
            state=state,
            asked=division,
            is_first=not after,
            next=None if further is None else again(after=further),
            items=names_of(reader, [one.item for one, _ in reports if one.item is not None]),
            wrong=wrong,
            typed=typed,
            most=MAX_NOTE,
            here=_here(),
        )
    # Without a referrer at all browsers send forms with the origin `null`.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
