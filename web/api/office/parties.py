"""GET /api/v1/parties/<who>, …/keys: what the ledger was told of a party, for its inspectors."""

from suyuan.trace.goods.party_report import (
    KeysJson,
    PartyJson,
    PartyReport,
    keys_json,
    party_json,
    party_report,
)
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, session, viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ITSELF_OR_INSPECTOR, Routes
from suyuan.web.context import site

routes = Routes("parties", tag="Inspection")
_NOT_FOUND = {404: "No such party"}


@routes.get("/parties/<path:who>", ITSELF_OR_INSPECTOR, answers=_NOT_FOUND)
def party(reader: Reader, who: str) -> PartyJson:
    """What the ledger was told of a party: for its inspectors, and for itself."""
    return party_json(reader, _report(reader, who))


@routes.get("/parties/<path:who>/keys", ITSELF_OR_INSPECTOR, answers=_NOT_FOUND)
def keys(reader: Reader, who: str) -> KeysJson:
    """The history of a party's keys: for its inspectors, and for itself."""
    return keys_json(reader, _report(reader, who))


def _report(reader: Reader, who: str) -> PartyReport:
    is_own = session.signed_in().uri == who
    known = reader.party(who) if is_own else remits.party(reader, viewer.remit(), who)
    if known is None:
        raise ProblemError(404, "never admitted to this ledger")
    return party_report(reader, site().genesis, known)
