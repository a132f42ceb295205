"""/inspect: what inspectors look up: a search, and parties.

And, with a phone and also without a network, the lots at a counter.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request

from suyuan.trace.admission.access import Remit
from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.findings.basis import checks
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import divisions
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.times import from_micros, micros
from suyuan.trace.goods.handover.overdue import overdue
from suyuan.trace.goods.holdings import of_party
from suyuan.trace.goods.party_report import party_report
from suyuan.trace.goods.searching import Page, Query, find, lots_of
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.case_kinds import fields, kinds
from suyuan.trace.inspection.cases import SAMPLE
from suyuan.trace.inspection.counter import ALL, ANSWERS, UNITS
from suyuan.trace.inspection.grading.grade_facts import is_graded
from suyuan.trace.recall.inbox import inbox
from suyuan.trace.store.read.examining import inspections_of, lot_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import LotRow
from suyuan.web.app import sheets
from suyuan.web.app.access import offices, remits, session, viewer
from suyuan.web.app.access.recall_acts import is_readable
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.app.scripts import with_scripts
from suyuan.web.context import site
from suyuan.web.item import examined
from suyuan.web.text import filters, names, recalls_names, shown, statement_words, words
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated

from ..office.signin import page
from .cases import choices as words_of

LONGEST_NAME = 120  # of a name
CHOOSING = "pages/divisions.js"
routes = Routes("inspect", prefix="/inspect")
_FIRST, _LAST = date(2000, 1, 1), date(9000, 1, 1)
_HEADINGS = (
    _l("Kind"), _l("Name"), _l("Number"), _l("Roles or category"),
    _l("Division, or coded by"), _l("Recorded"),
)  # fmt: skip
_LONGEST = {"q": 600, "division": divisions.LONGEST, "category": 200, "after": 700}
_FIELDS = ("q", "kind", "from", "to", "division", "category")
parties = Routes("inspect_party", prefix="/inspect")
MOST_OF_PARTY, INSPECTIONS = 100, 50
counters = Routes("inspect_counter")


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


@routes.get("/search", INSPECTOR)
def search(reader: Reader) -> Response:
    """Items and parties of one's remit."""
    remit, typed = viewer.remit(), request.args.get("q", "")
    report = complaints.with_receipt(reader, site().ledger.home, remit, typed)
    results, wrong = _searched(reader, remit, typed if report is None else report.code)
    lots = [] if results is None else lots_of(reader, results)
    if sheets.is_asked() and results is not None:
        return sheets.sheet(_("Search"), _HEADINGS, _rows(reader, results, lots))
    return render(
        "inspector/inspect_search.html",
        reader,
        results=results,
        report=report,
        report_key=report and complaints.key_of(report),
        lots=[(lot, reader.recorded(lot.key[0]) if lot.key[0] >= 0 else None) for lot in lots],
        size=reader.cursors().get("lineage", 0),
        wrong=wrong,
        typed={name: request.args.get(name, "")[:600] for name in _FIELDS},
        module=CHOOSING,
        sheet=again(format="xlsx"),
        next=None if results is None or results.after is None else again(after=results.after),
    )


def _rows(reader: Reader, results: Page, lots: Sequence[LotRow]) -> Iterator[list[Cell]]:
    """What a page of a search found, as rows of the spreadsheet: parties first."""
    name = namer(reader, LONGEST_NAME)
    for party in results.parties:
        roles = shown.listed(map(words.role, party.roles))
        division = shown.division(party.division)
        number = filters.number_of(party.uri)
        yield [_("party"), name(party.uri), number, roles, division, None]
    for lot in lots:
        since = reader.recorded(lot.key[0]) if lot.key[0] >= 0 else None
        at = None if since is None else shown.moment(from_micros(since.time))
        called, kind = (text and names.in_words(text) for text in (lot.name, lot.category))
        yield [_("item"), called, filters.code(lot.item), kind, name(lot.coder), at]


def _searched(reader: Reader, remit: Remit, text: str) -> tuple[Page | None, dict[str, str]]:
    """The page of results for a text, or what is wrong with the query by field."""
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
    query = Query(
        text=text,
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
    inspections = inspections_of(reader, uri, INSPECTIONS, where.access(reader).is_officer)
    items = {stock.item for stock in (*held.has, *held.coming, *held.sent)}
    items |= {item for _leaf, payload in inspections if (item := lot_of(payload)) is not None}
    named = [f.subject for f in findings] + [i for line in late for i in line.items[:1]]
    return render(
        "inspector/inspect_party.html",
        reader,
        party=known,
        places=recalls_names.places_of(reader, known),
        report=party_report(reader, where.genesis, known),
        size=lineage.size(),
        is_code=uri.startswith(f"https://{where.host}/party/"),
        held=held,
        lots=recalls_names.names_of(reader, items, uri),
        inbox=inbox(reader, where.genesis, uri, now),
        late=late,
        is_graded=is_graded(known),
        now=now,
        findings=findings,
        inspections=[(index, payload, lot_of(payload)) for index, payload in inspections],
        people={known.uri: offices.name_of(known) for known in offices.people(reader, is_all=True)},
        result=examined.result,
        statement_words=statement_words,
        items=names_of(reader, named, uri),
        words=words.vocabulary(),
        most=MOST_OF_PARTY,
    )


@counters.get("/inspect/counter", INSPECTOR)
def at_counter() -> Response:
    """The page of the lots at a counter, or of a shop: scan, see, photograph, sign."""
    now, shop = site().ledger.now(), request.args.get("party")
    with site().ledger.reading() as reader:
        office = offices.office_of(reader)
        known = None if shop is None else remits.party(reader, viewer.remit(), shop)
        people = {person.uri: offices.name_of(person) for person in offices.people(reader)}
        sheet = kinds()[SAMPLE].stages["opened"]
        texts = {name: words_of(reader, fields()[name]) for name in sheet.fields}
    response = page(
        "inspector/inspect_counter.html",
        sheet=sheet,
        choices=lambda field: texts[field.name],
        fields=fields(),
        office=office,
        shop=known,
        people=people,
        checks=checks(),
        answers=[(name, str(words.CHECK_WORDS[name])) for name in ANSWERS],
        outcomes=[(name, str(words.OUTCOME_WORDS[name])) for name in ALL],
        units=[(name, str(words.unit(name))) for name in UNITS],
        now=int(now.timestamp() * 1000),
        offset=shown.offset(now),
    )
    response.headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
    return response
