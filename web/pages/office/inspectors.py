"""Pages of an office's inspectors: who they are, their certificates, and what each did."""

from collections import Counter

from flask import Response, request

from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.inspection.coverage import month_text, months_until, read_month
from suyuan.trace.inspection.followup.office_figures import COLUMNS, figures
from suyuan.trace.inspection.inspectors import MAX_NAME
from suyuan.trace.inspection.sampling.laboratories import offices as all_offices
from suyuan.trace.store.read.examining import inspections_of, lot_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import sheets
from suyuan.web.app.access import offices, remits, viewer
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, OFFICE, Routes
from suyuan.web.context import site
from suyuan.web.item import examined
from suyuan.web.text import recalls_names
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated

from .invitations import invited_page
from .signin import page

routes = Routes("inspectors_page")
MOST = 100


@routes.get("/inspectors", INSPECTOR, patient=True)
def listed(user: SignedIn, reader: Reader) -> Response:
    """The inspectors of the viewer's office, to be invited and ended by the office itself.

    And what they did in a month, with the figures of each office of its remit.
    """
    access, today = site().access(reader), remits.today()
    people = offices.people(reader, is_all=True)
    months = months_until(today.year * 100 + today.month)
    asked = read_month(request.args.get("month", ""))
    month = asked if asked in months else months[-1]
    own, remit = offices.office_of(reader), viewer.remit()
    every = all_offices(reader, site().genesis)
    covered = [uri for uri in every if uri == own or remit.covers(reader.party(uri))]
    counts_of, is_over = figures(reader, site().ledger, covered, month)
    names = {known.uri: offices.name_of(known) for known in people}
    rows = [
        (namer(reader)(office) if who is None else names[who], who is None, counts)
        for office in covered
        for who in (None, *(names if office == own else ()))
        if (counts := counts_of.get((office, who), Counter())) or who is None
    ]
    if sheets.is_asked():
        headings = [month_text(month), *(translated(text) for text in COLUMNS.values())]
        cells: list[list[Cell]] = [[row[0], *(row[2][key] for key in COLUMNS)] for row in rows]
        return sheets.sheet(_("Figures of the month"), headings, cells)
    return page(
        "office/inspectors.html",
        people=sorted(people, key=lambda person: not person.is_here),
        counts={p.uri: len(inspections_of(reader, p.uri, MOST, access.is_officer)) for p in people},
        is_office=user.uri == offices.office_of(reader) and not user.is_terminal,
        most=MOST,
        most_name=MAX_NAME,
        rows=rows,
        columns=COLUMNS,
        months=[month_text(at) for at in reversed(months)],
        month=month_text(month),
        is_over=is_over,
    )


@routes.get("/inspectors/person", INSPECTOR, back="/inspectors")
def person(reader: Reader) -> Response:
    """What one of them inspected, the newest first."""
    who = offices.person(reader, request.args.get("who", "")[:512])
    office = offices.office_of(reader)
    inspections = inspections_of(reader, who.uri, MOST, lambda actor: actor == office)
    return page(
        "inspector/person.html",
        module="pages/printing.js",
        who=who,
        inspections=inspections,
        signers={leaf: _signer(reader, leaf) for leaf, _payload in inspections},
        people={known.uri: offices.name_of(known) for known in offices.people(reader, is_all=True)},
        lots=recalls_names.names_of(reader, filter(None, (lot_of(p) for _leaf, p in inspections))),
        name=namer(reader),
        result=examined.result,
        most=MOST,
    )


def _signer(reader: Reader, leaf: int) -> str | None:
    """The party whose key signed a link."""
    link = reader.parsed(leaf)
    key = None if link is None else reader.key(link.keyid)
    return None if key is None else key.party


@routes.post("/inspectors/invite", OFFICE, limit="inviting 120/minute")
def invite(user: SignedIn, reader: Reader) -> Response:
    """Invite one of them to make a key, with a card to be shown or printed."""
    who = offices.person(reader, request.form.get("party", "")[:512])
    if not who.is_here:
        raise ProblemError(422, "%s has left", who.uri)
    return invited_page(user, who.uri, who.name)
