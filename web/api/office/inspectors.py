"""/api/v1/inspectors: what an office signs to register its inspectors, and to end that."""

from datetime import date
from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import msg
from suyuan.trace.format.statements import is_day
from suyuan.trace.format.times import zone
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection import inspectors
from suyuan.trace.inspection.inspectors import MAX_NAME
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import offices
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.mistakes import Mistakes, wrong
from suyuan.web.app.routes import OFFICE, Routes
from suyuan.web.context import site

from ..ledger.to_sign import (
    HandedOut,
    LinksToSignOut,
    SignableOut,
    disclosures_json,
    statements,
)

_NOT_FOUND = {404: "No inspector of the office"}
_LATEST = 2100
Line = Annotated[str, Field(max_length=200)]


class InspectorIn(BaseModel):
    """A person of the office, and the certificate."""

    party: Line = Field("", description="Its URI; empty for one who is not registered yet")
    name: Line = Field("", description="Signed as a hidden field; of one who is registered, none")
    number: Line = Field(description="Of the law enforcement certificate")
    expires: Line = Field(description="Its last day, YYYY-MM-DD: the mandate ends with it")


class InspectorEndIn(BaseModel):
    """A person of the office."""

    party: Line


class InspectorDraftOut(SignableOut):
    """One link to sign."""

    disclosures: list[HandedOut] = Field([], description="Of the name, for beside its entry")


class InspectorDraftsOut(LinksToSignOut):
    """Links to sign, by this actor, in this order."""

    drafts: list[InspectorDraftOut]


routes = Routes("inspectors", tag="Keys", limit="inspectors 120/minute", output=InspectorDraftsOut)


@routes.post("/inspectors/draft", OFFICE, answers=_NOT_FOUND)
def draft(user: SignedIn, reader: Reader, body: InspectorIn) -> dict[str, Any]:
    """The statements that register a person, or renew its certificate, with its mandate.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    mistakes = Mistakes()
    name = body.name.strip()
    known = offices.person(reader, body.party) if body.party else None
    if known is None:
        mistakes.read(_require, "name", name, MAX_NAME)
    mistakes.read(_require, "number", body.number.strip(), 60)
    last = mistakes.read(_last_day, body.expires.strip())
    mistakes.raise_any()
    assert last is not None
    uri = body.party or codes.uri_of(codes.new(), site().host, "party")
    signed = [
        inspectors.certificate(uri, body.number.strip(), last),
        inspectors.mandate(user.uri, uri, site().ledger.now(), last),
    ]
    hidden: list[Kept] = []
    if known is None or not known.is_here:
        name = name or (known.name if known else None) or ""
        admitted, hidden = inspectors.registration(uri, name, user.party, user.uri)
        signed.insert(0, admitted)
    shown = name or (known.name if known else None)
    drafted = statements(reader, user.uri, *signed, names={uri: shown})
    if hidden:
        drafted["drafts"][0]["disclosures"] = disclosures_json(hidden)
    return drafted


@routes.post("/inspectors/end/draft", OFFICE, answers=_NOT_FOUND)
def ended(user: SignedIn, reader: Reader, body: InspectorEndIn) -> dict[str, Any]:
    """The statements by which a person inspects no more: keys, mandate, and registration end."""
    person = offices.person(reader, body.party)
    signed = inspectors.ending(reader, user.uri, person.uri) if person.is_here else []
    return statements(reader, user.uri, *signed, names={person.uri: person.name})


def _require(field: str, text: str, most: int) -> None:
    if not text or not text.isprintable() or len(text) > most:
        wrong(field, "text" if text else "needed", msg("1 to %s characters", most))


def _last_day(text: str) -> date:
    day = date.fromisoformat(text) if is_day(text) else None
    today = site().ledger.now().astimezone(zone()).date()
    if day is None or not today <= day or day.year > _LATEST:
        wrong("expires", "day", msg("a day is written YYYY-MM-DD, and is not over"))
    return day
