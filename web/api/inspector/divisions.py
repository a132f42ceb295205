"""GET /api/v1/divisions/<code>: the state of a division, counted, for its inspectors."""

from suyuan.trace.admission.access import Remit
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.inspection.division_report import DivisionJson, division_report
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site

routes = Routes("divisions", tag="Inspection")


@routes.get(
    "/divisions/<code>", INSPECTOR, parameters={"code": "A division of one's remit, or `all`"}
)
def division(code: str) -> DivisionJson:
    """The state of a division of one's remit, and below it; of all of the remit for `all`."""
    with site().ledger.reading() as reader:
        return overview(reader, viewer.remit(), code)


def overview(reader: Reader, whole: Remit, code: str) -> DivisionJson:
    """The state of a division, or for `all` of the whole remit."""
    within, division = remits.division(whole, code), None if code == remits.ALL else code
    ledger = site().ledger
    complaints = Complaints(ledger.home)
    return division_report(
        reader, whole, within, division, complaints, host=site().host, now=ledger.now()
    )
