"""/cases/12315: complaints that the national platform hands over, and what was decided of them."""

from collections.abc import Iterator
from io import BytesIO

from flask import Response, request

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.times import from_micros
from suyuan.trace.inspection.complaints import key_of
from suyuan.trace.inspection.complaints import shown as receipt
from suyuan.trace.inspection.reported.platform_decisions import HEADINGS, Handled, cells, handled
from suyuan.trace.inspection.reported.platform_table import FIELDS, MAX_FILE, Taken, take
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import sheets
from suyuan.web.app.access import offices, viewer
from suyuan.web.app.problems import as_problem
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import language, translated

from .inspect import again, render

routes = Routes("platform_page")
LISTED = 30
_LIMIT = "platform 60/minute"


@routes.get("/cases/12315", INSPECTOR, limit=_LIMIT, patient=True)
def listed(reader: Reader) -> Response:
    """The newest complaints from the platform; all that a sheet takes, as a spreadsheet."""
    if sheets.is_asked():
        speech, name = language(), namer(reader)
        rows = (cells(one, speech, name) for one in _handled(reader, sheets.MOST))
        headings = list(map(translated, HEADINGS))
        return sheets.sheet(_("Decisions for 12315"), headings, rows)
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
    ledger, remit = site().ledger, viewer.remit()
    return handled(reader, ledger, offices.office_of(reader), remit, most)
