"""/samples/report: a laboratory's form for what it found in a sample."""

from flask import Response, request

from suyuan.trace.inspection.sampling.lab_reports import FIELDS
from suyuan.trace.inspection.sampling.laboratories import LABORATORIES, offices
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import gettext as _

from ..office.signin import page

routes = Routes("samples_page")
_LONGEST = 512


@routes.get("/samples/report", SIGNED_IN)
def report(user: SignedIn, reader: Reader) -> Response:
    """The form of a laboratory's report."""
    party = reader.party(user.uri)
    if party is None or LABORATORIES.isdisjoint(party.roles):
        raise ProblemError(
            403, _("This page is for laboratories that the authority has registered.")
        )
    name = namer(reader)
    return page(
        "cases/report.html",
        module="pages/inspector/lab_report.js",
        offices={uri: name(uri) for uri in offices(reader, site().genesis)},
        names=FIELDS,
        code=request.args.get("item", "")[:_LONGEST],
    )
