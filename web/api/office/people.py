"""/api/v1/parties, /registrars: who is registered, and drafts of what changes it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from suyuan.keys.validity import Party
from suyuan.trace.admission import acts
from suyuan.trace.format.members import uri as is_uri
from suyuan.trace.format.statements import is_division, is_prefix
from suyuan.trace.format.vocabulary import ROLES, roles_of
from suyuan.trace.goods.party_report import RegisteredPageJson, registered
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.registering import found_in, theirs
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.mistakes import Mistakes, wrong
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ADMITTING, AUTHORITY, Routes
from suyuan.web.app.targets import typed_party
from suyuan.web.context import site

from ..ledger.to_sign import SignablesOut, statements
from .admissions import require_division, require_name

routes = Routes("people_api", tag="Parties")
_NOT_FOUND = {404: "No such party, or it has left"}
MOST = Limit("people", "120/minute")
MOST_LISTED = 100
Uri = Annotated[str, Field(max_length=512)]
Uris = Annotated[list[Uri], Field(max_length=100)]


class PartiesIn(BaseModel):
    """Which parties; all of one's remit where nothing is said."""

    query: Annotated[str, Field(max_length=200)] = Field(
        default="", description="What the name or the URI has in it"
    )
    after: int = Field(default=0, ge=0, le=1 << 60, description="`after` of the page before")
    limit: int = Field(default=50, ge=1, le=MOST_LISTED, description="How many at most")


class ChangeIn(BaseModel):
    """All that is registered of a party, from now on."""

    name: Annotated[str, Field(max_length=200)]
    roles: Annotated[list[str], Field(max_length=len(ROLES))]
    division: Annotated[str, Field(max_length=12, description="2, 4, 6, 9 or 12 digits")]
    places: Uris = []
    gs1: Uris = Field(default=[], description="GS1 company prefixes, 4 to 12 digits")
    part_of: Uri = Field(default="", description="A USCC, GLN, code or URI; empty for none")


class LeaveIn(BaseModel):
    """Why a party leaves."""

    reason: Annotated[str, Field(max_length=200)] = ""


class RegistrarIn(BaseModel):
    """Whom to appoint, again with another remit too, or to dismiss."""

    party: Uri
    op: Literal["appoint", "dismiss"]
    remit: Uris = Field(default=[], description="Divisions, and places' URIs")


@routes.get("/parties", ADMITTING, output=RegisteredPageJson)
def listed(who: SignedIn, reader: Reader, query: PartiesIn) -> dict[str, Any]:
    """The parties in the remit of the authority or registrar that is signed in."""
    found = found_in(reader, who, query.query, query.after, query.limit)
    return {"parties": [registered(reader, one) for one in found.parties], "after": found.after}


@routes.post(
    "/parties/<path:who>/change/draft",
    ADMITTING,
    limit=MOST,
    output=SignablesOut,
    answers=_NOT_FOUND,
)
def changed(signer: SignedIn, reader: Reader, who: str, body: ChangeIn) -> dict[str, Any]:
    """The statement that replaces all that is registered of a party.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    mistakes = Mistakes()
    before = theirs(reader, signer, who)
    name = body.name.strip()
    mistakes.read(require_name, name)
    mistakes.read(_require_roles, before, body.roles)
    mistakes.read(require_division, signer, body.division, body.places)
    part_of = mistakes.read(_part_of, reader, before, body.part_of)
    mistakes.read(_require_places, body.places)
    mistakes.read(_require_prefixes, body.gs1)
    mistakes.tell()
    statement = acts.admit(
        before.uri,
        name,
        list(dict.fromkeys(body.roles)),
        body.division,
        places=list(dict.fromkeys(body.places)),
        gs1=list(dict.fromkeys(body.gs1)),
        part_of=part_of,
        op="change",
    )
    found = statements(reader, signer.uri, statement)
    return found | {"names": found["names"] | {before.uri: name}}


@routes.post(
    "/parties/<path:who>/leave/draft",
    ADMITTING,
    limit=MOST,
    output=SignablesOut,
    answers=_NOT_FOUND,
)
def left(signer: SignedIn, reader: Reader, who: str, body: LeaveIn) -> dict[str, Any]:
    """The statement that ends a party's registration; its records stand, and its keys end."""
    party = theirs(reader, signer, who)
    if party.uri == site().genesis.authority:
        raise ProblemError(403, "the authority does not leave its ledger")
    reason = body.reason.strip()
    if not reason.isprintable():
        wrong("reason", "text", "a reason has no control characters")
    return statements(reader, signer.uri, acts.leave(party.uri, reason or None))


@routes.post("/registrars/draft", AUTHORITY, limit=MOST, output=SignablesOut, answers=_NOT_FOUND)
def registrar(who: SignedIn, reader: Reader, body: RegistrarIn) -> dict[str, Any]:
    """The statement that appoints or dismisses a registrar, for the authority to sign."""
    party = theirs(reader, who, body.party)
    if body.op == "dismiss":
        if reader.remit(party.uri) is None:
            wrong("party", "registrar", f"{party.uri} is no registrar")
        return statements(reader, who.uri, acts.dismiss(party.uri))
    if party.uri == who.uri:
        wrong("party", "party_self", "the authority admits everywhere: it is no registrar")
    remit = list(dict.fromkeys(part.strip() for part in body.remit if part.strip()))
    if not remit:
        wrong("remit", "needed", "a registrar has a remit: divisions, or places")
    for part in remit:
        if not is_division(part) and not is_uri(part):
            wrong("remit", "remit", f"{part[:80]} is no division and no place's URI")
    return statements(reader, who.uri, acts.appoint(party.uri, remit))


def _require_roles(before: Party, roles: Sequence[str]) -> None:
    """The authority's own role is given at the founding only, and goes with it."""
    if not roles or not set(roles) <= set(ROLES):
        wrong("roles", "roles", f"at least one role among {', '.join(ROLES)}")
    is_ours = before.uri == site().genesis.authority
    if is_ours == set(roles).isdisjoint(roles_of("founds")):
        who = "keeps" if is_ours else "has"
        wrong("roles", "authority", f"the authority alone {who} the role authority")


def _require_places(found: Sequence[str]) -> None:
    for one in found:
        if not is_uri(one):
            wrong("places", "uri", f"{one[:80]!r} is no absolute URI of ASCII")


def _require_prefixes(found: Sequence[str]) -> None:
    for one in found:
        if not is_prefix(one):
            wrong("gs1", "prefix", f"{one[:80]!r} is no GS1 company prefix: 4 to 12 digits")


def _part_of(reader: Reader, party: Party, typed: str) -> str | None:
    if not typed.strip():
        return None
    whole = typed_party(typed, site().host, "part_of")
    found = reader.party(whole)
    if found is None or found.left is not None:
        wrong("part_of", "party_unknown", f"{whole[:200]} is not admitted to this ledger")
    if whole == party.uri:
        wrong("part_of", "party_self", "no party is a part of itself")
    return whole
