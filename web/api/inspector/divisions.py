"""GET /api/v1/divisions/<code>: the state of a division, counted, for its inspectors."""

from suyuan.trace.admission.access import Remit
from suyuan.trace.format.times import micros
from suyuan.trace.inspection.division_report import DivisionJson, division_json, division_report
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site

routes = Routes("divisions", tag="Inspection")


@routes.get(
    "/divisions/<code>", INSPECTOR, parameters={"code": "A division of one's remit, or `all`"}
)
def division(reader: Reader, code: str) -> DivisionJson:
    """The state of a division of one's remit, and below it; of all of the remit for `all`."""
    return overview(reader, viewer.remit(), code)


def overview(reader: Reader, whole: Remit, code: str) -> DivisionJson:
    """The state of a division, or for `all` of the whole remit."""
    division, now = None if code == remits.ALL else code, micros(site().ledger.now())
    report = division_report(reader, site().ledger.home, remits.division(whole, code), now)
    return division_json(reader, report, division=division, remit=whole, host=site().host, now=now)
