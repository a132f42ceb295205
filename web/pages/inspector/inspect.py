"""/inspect: what inspectors see: a division, a search, what is overdue, parties, reports.

And, with a phone and also without a network, the lots at a counter.
"""

import re
from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, redirect, render_template, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.admission.access import Remit
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import divisions
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover.overdue import overdue
from suyuan.trace.goods.holdings import of_party
from suyuan.trace.goods.party_report import party_report
from suyuan.trace.goods.searching import Page, Query, find, lots_of
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import MAX_NOTE, PLACE, Complaints
from suyuan.trace.inspection.counter import ALL, UNITS
from suyuan.trace.inspection.division_report import division_report
from suyuan.trace.recall.inbox import inbox
from suyuan.trace.store.read.examining import inspections_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, session, viewer
from suyuan.web.app.access.recall_acts import is_readable
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.app.scripts import with_scripts
from suyuan.web.context import site
from suyuan.web.item import examined
from suyuan.web.text import recalls_names, shown, statement_words, words
from suyuan.web.text.languages import keep_language
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated

from ..consumer.complaining import KIND_WORDS
from ..office.signin import page

LONGEST_NAME = 120  # of a name
CHOOSING = "pages/divisions.js"
routes = Routes("inspect", prefix="/inspect")
MOST, OLDEST = 200, 10
_FIRST, _LAST = date(2000, 1, 1), date(9000, 1, 1)
_LONGEST = {"q": 600, "division": divisions.LONGEST, "category": 200, "after": 700}
_FIELDS = ("q", "kind", "from", "to", "division", "category")
parties = Routes("inspect_party", prefix="/inspect")
MOST_OF_PARTY, INSPECTIONS = 100, 50
counters = Routes("inspect_counter")
_REPORTS = "/inspect/reports"
_ASKED = ("division", "kind", "state", "after")
reports = Routes("inspect_reports", prefix=_REPORTS)


def render(template: str, reader: Reader, **values: Any) -> Response:
    """An inspector's page, which nobody else keeps a copy of; with scripts if it names a module."""
    name = namer(reader, LONGEST_NAME)
    user = session.current()
    text = render_template(template, user=user, name=name, reads_acts_of=is_readable, **values)
    response = with_scripts(Response(text)) if "module" in values else Response(text)
    response.headers["Cache-Control"] = "no-store"
    return response


def again(**query: str | int | None) -> str:
    """The query of this page with other values."""
    values = {name: value for name, value in request.args.items() if name not in query}
    values |= {name: str(value) for name, value in query.items() if value not in (None, "")}
    return f"?{urlencode(values)}"


def names_of(reader: Reader, items: Iterable[str], holder: str | None = None) -> dict[str, str]:
    """Lots in a line each: product, day, supplier and code, a holder's own where one is given."""
    named = recalls_names.names_of(reader, items, holder)
    return {item: recalls_names.lot_line(lot, LONGEST_NAME) for item, lot in named.items()}


def division_asked(remit: Remit) -> tuple[str, str | None]:
    """The division that is asked for; empty where it is none of them, and what is wrong with it.

    A division of another's remit is refused.
    """
    division = request.args.get("division", "").strip()
    if not division or division == remits.ALL:
        return "", None
    try:
        code = divisions.read(division, remit.divisions)
    except IdentifierError as error:
        return "", translated(error.message)
    remits.division(remit, code)
    return code, None


@routes.get("", INSPECTOR)
def state(reader: Reader) -> Response:
    """The state of a division of one's remit, all of it unless one is chosen."""
    now = micros(site().ledger.now())
    remit = viewer.remit()
    division, wrong = division_asked(remit)
    within = remits.division(remit, division)
    report = division_report(reader, site().ledger.home, within, now)
    late = report.overdue[:OLDEST]
    items = [f.subject for f in report.newest] + [i for line in late for i in line.items[:1]]
    return render(
        "inspector/inspect.html",
        reader,
        report=report,
        late=late,
        now=now,
        division=division,
        typed=request.args.get("division", "")[: divisions.LONGEST] if wrong else division,
        module=CHOOSING,
        wrong=wrong,
        remit=remit,
        items=names_of(reader, items),
        levels=words.LEVELS,
        kinds=KIND_WORDS,
    )


@routes.get("/overdue", INSPECTOR)
def overdue_list(reader: Reader) -> Response:
    """All that is overdue in a division, the oldest first."""
    now = micros(site().ledger.now())
    remit = viewer.remit()
    division, _wrong = division_asked(remit)
    within = remits.division(remit, division)
    lines = [line for line in overdue(reader, within, now, days=0) if line.done is None]
    return render(
        "inspector/inspect_overdue.html",
        reader,
        lines=lines[:MOST],
        more=max(0, len(lines) - MOST),
        now=now,
        division=division,
        size=reader.cursors().get("lineage", 0),
        items=names_of(reader, [item for line in lines[:MOST] for item in line.items[:1]]),
    )


@routes.get("/search", INSPECTOR)
def search(reader: Reader) -> Response:
    """Items and parties of one's remit."""
    results, wrong = _searched(reader, viewer.remit())
    lots = [] if results is None else lots_of(reader, results)
    return render(
        "inspector/inspect_search.html",
        reader,
        results=results,
        lots=[(lot, reader.recorded(lot.key[0]) if lot.key[0] >= 0 else None) for lot in lots],
        size=reader.cursors().get("lineage", 0),
        wrong=wrong,
        typed={name: request.args.get(name, "")[:600] for name in _FIELDS},
        module=CHOOSING,
        next=None if results is None or results.after is None else again(after=results.after),
    )


def _searched(reader: Reader, remit: Remit) -> tuple[Page | None, dict[str, str]]:
    """The page of results, or what is wrong with the query by field."""
    given = {name: request.args.get(name, "") for name in (*_FIELDS, "after")}
    days = {name: _day(given[name]) for name in ("from", "to")}
    fields = {name for name, longest in _LONGEST.items() if len(given[name]) > longest}
    fields |= {name for name, day in days.items() if given[name] and day is None}
    if given["kind"] not in ("", "item", "party"):
        fields.add("kind")
    division = given["division"].strip()
    is_ours = not division or _is_in(remit, division)
    since, until = days["from"], days["to"]
    if fields and not is_ours:
        fields.add("division")
    elif not fields:
        is_text = given["q"].isprintable() or not given["q"].strip()
        in_order = since is None or until is None or since <= until
        fields = set() if is_ours else {"division"}
        fields = {"q"} if not is_text else {"to"} if not in_order else fields
    if fields:
        return None, _what_is_wrong(fields)
    within, home = remits.division(remit, division), site().ledger.home
    report = complaints.with_receipt(reader, home, within, given["q"])
    query = Query(
        text=given["q"] if report is None else report.code,
        kind=given["kind"] or None,
        since=since,
        until=until,
        category=given["category"] or None,
        after=given["after"] or None,
    )
    try:
        return find(reader, site().ledger.trust, home, within, query), {}
    except LedgerError:
        return None, _what_is_wrong({"after"})


def _is_in(remit: Remit, typed: str) -> bool:
    """Whether a division that was typed is one within a remit."""
    try:
        return remit.covers_division(divisions.read(typed, remit.divisions))
    except IdentifierError:
        return False


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return day if day is not None and _FIRST <= day <= _LAST else None


def _what_is_wrong(fields: set[str]) -> dict[str, str]:
    words = {
        "from": _("A day of the calendar, 2026-11-24."),
        "to": _("A day of the calendar, not before the first: 2026-11-24."),
        "division": _("Type the name of one division within your remit, or its digits."),
        "q": _("At most 600 characters, without control characters."),
        "after": _("This page of the list is not there any more: search again."),
        "kind": _("Items, parties, or both."),
        "category": _("At most 200 characters."),
    }
    return {name: words[name] for name in fields}


@parties.get("/party", INSPECTOR, back="/inspect/search", patient=True)
def by_uri(reader: Reader) -> Response:
    """The party with the URI in the query."""
    return _party(reader, request.args.get("party", ""))


@parties.get("/party/<code>", INSPECTOR, patient=True)
def by_code(reader: Reader, code: str) -> Response:
    """The party with a code of this ledger, a USCC or a GLN."""
    return _party(reader, code)


def _party(reader: Reader, text: str) -> Response:
    where, now = site(), micros(site().ledger.now())
    known = remits.party(reader, viewer.remit(), text)
    uri, lineage = known.uri, Lineage(reader)
    held = of_party(reader, uri)
    late = overdue(reader, uri, now)
    findings = lineage.findings(actor=uri)[-MOST_OF_PARTY:][::-1]
    inspections = list(inspections_of(reader, uri, INSPECTIONS))
    items = {stock.item for stock in (*held.has, *held.coming, *held.sent)}
    items |= {str(payload["items"][0]["item"]) for _leaf, payload in inspections}
    named = [f.subject for f in findings] + [i for line in late for i in line.items[:1]]
    return render(
        "inspector/inspect_party.html",
        reader,
        party=known,
        report=party_report(reader, where.genesis, known),
        size=lineage.size(),
        is_code=uri.startswith(f"https://{where.host}/party/"),
        held=held,
        lots=recalls_names.names_of(reader, items, uri),
        inbox=inbox(reader, where.genesis, uri, now),
        late=late,
        now=now,
        findings=findings,
        inspections=inspections,
        result=examined.result,
        statement_words=statement_words,
        items=names_of(reader, named, uri),
        words=words.vocabulary(),
        most=MOST_OF_PARTY,
    )


@counters.get("/inspect/counter", INSPECTOR)
def at_counter() -> Response:
    """The page of the lots at a counter: scan, see, photograph, sign."""
    now = site().ledger.now()
    response = page(
        "inspector/inspect_counter.html",
        outcomes=[(name, str(words.OUTCOME_WORDS[name])) for name in ALL],
        units=[(name, str(words.unit(name))) for name in UNITS],
        now=int(now.timestamp() * 1000),
        offset=shown.offset(now),
    )
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    return response


@reports.get("", INSPECTOR)
def shown_page(reader: Reader) -> Response:
    """A page of the reports of a division of one's remit, all of it unless one is chosen."""
    return _reports(reader)


@reports.post("", INSPECTOR, limit="reports 120/minute")
def settled(user: SignedIn, reader: Reader) -> Response | Redirect:
    """Note that a report was dealt with and how, or take that back; without a script.

    Then the same list again, at the report.
    """
    number = request.form.get("number", "")
    note = request.form.get("note", "").replace("\r\n", "\n").strip()
    is_done = request.form.get("what") != "open"
    if is_done and not 0 < len(note) <= MAX_NOTE:
        response = _reports(reader, wrong=number, typed=note)
        response.status_code = 422
        return response
    book = Complaints(site().ledger.home)
    report = remits.report(reader, viewer.remit(), book, number)
    if is_done:
        book.settle(report, user.uri, site().ledger.now(), note)
    else:
        book.reopen(report)
    return redirect(f"{_here()}#r{complaints.shown(report.number)}", 303)


def _here() -> str:
    """The URL of this page with the filters in its query."""
    return keep_language(_REPORTS, **{name: request.args.get(name) for name in _ASKED})


def _reports(reader: Reader, *, wrong: str = "", typed: str = "") -> Response:
    """The list; with what was typed of the report of this number, if that was wrong."""
    kind, state, after = (request.args.get(name, "") for name in ("kind", "state", "after"))
    kind = kind if kind in KIND_WORDS else ""
    state = state if state in ("open", "done") else ""
    if re.fullmatch(PLACE, after) is None:  # a place that nobody was given: from the beginning
        after = ""
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
        division=division,
        is_first=not after,
        next=None if further is None else again(after=further),
        items=names_of(reader, [report.item for report, _ in reports if report.item is not None]),
        wrong=wrong,
        typed=typed,
        most=MAX_NOTE,
        here=_here(),
    )
    # Without a referrer at all browsers send forms with the origin `null`.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
