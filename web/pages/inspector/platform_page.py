"""/cases/12315: complaints that the national platform hands over, and what was decided of them."""

from collections.abc import Iterator
from io import BytesIO

from flask import Response, request

from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message
from suyuan.trace.format.times import from_micros
from suyuan.trace.inspection.complaints import key_of, within
from suyuan.trace.inspection.complaints import shown as receipt
from suyuan.trace.inspection.reported.platform_decisions import Decision, Handled, handled
from suyuan.trace.inspection.reported.platform_table import FIELDS, MAX_FILE, Taken, take
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import sheets
from suyuan.web.app.access import offices, viewer
from suyuan.web.app.problems import as_problem
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated

from .inspect import again, render

routes = Routes("platform_page")
LISTED = 30
_LIMIT = "platform 60/minute"
_HEADINGS = (
    _l("Number on 12315"), _l("Receipt number"), _l("Received on"), _l("Shop"), _l("Case"),
    _l("Decision"), _l("Decided on"), _l("Reasons"), _l("Result"), _l("Ended on"),
    _l("What came of it"),
)  # fmt: skip


@routes.get("/cases/12315", INSPECTOR, limit=_LIMIT, patient=True)
def listed(reader: Reader) -> Response:
    """The newest complaints from the platform; all that a sheet takes, as a spreadsheet."""
    if sheets.is_asked():
        rows = (_row(reader, one) for one in _handled(reader, sheets.MOST))
        return sheets.sheet(_("Decisions for 12315"), _HEADINGS, rows)
    return _page(reader)


@routes.post("/cases/12315", INSPECTOR, limit=_LIMIT)
def taken(reader: Reader) -> Response:
    """Keep a report for each row of a table; what is wrong is said by its row."""
    file = request.files.get("file")
    data = b"" if file is None else file.read(MAX_FILE + 1)
    for other in request.files.values():
        other.close()
    name = (file.filename if file is not None else None) or ""
    with as_problem(503, LedgerError):
        try:
            if len(data) > MAX_FILE:
                return _page(reader, wrong=_("A table may have 5 MiB: split it."), status=413)
            done = take(site().ledger, reader, viewer.remit(), BytesIO(data), name)
        except TableError as error:
            why = _("%(what)s; %(fix)s", what=translated(error.what), fix=translated(error.fix))
            return _page(reader, wrong=why, status=422)
    return _page(reader, done=done)


def _page(
    reader: Reader, done: Taken | None = None, wrong: str = "", status: int = 200
) -> Response:
    response = render(
        "cases/platform.html",
        reader,
        done=done,
        wrong=wrong,
        handled=list(_handled(reader, LISTED)),
        columns=[field.headings[0] for field in FIELDS.values()],
        sheet=again(format="xlsx"),
        receipt=receipt,
        key_of=key_of,
        from_micros=from_micros,
    )
    response.status_code = status
    # Without a referrer at all browsers send forms with the origin `null`.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _handled(reader: Reader, most: int) -> Iterator[Handled]:
    is_here = within(reader, viewer.remit())
    every = handled(reader, site().ledger, offices.office_of(reader), most)
    return (one for one in every if one.kind is not None or is_here(one.report))


def _row(reader: Reader, one: Handled) -> list[Cell]:
    report, name = one.report, namer(reader)
    return [
        report.source, receipt(report.number), shown.day(from_micros(report.received).date()),
        None if report.holder is None else name(report.holder),
        None if one.kind is None else translated(one.kind),
        *_decision(one.first), *_decision(one.last),
    ]  # fmt: skip


def _decision(decision: Decision | None) -> list[Cell]:
    if decision is None:
        return [None, None, None]
    words = (translated(w) if isinstance(w, Message) else w for w in decision.words)
    return [translated(decision.text), shown.moment(decision.at), _("; ").join(words)]
