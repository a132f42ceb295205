"""/api/v1/parties, /registrars: who is registered, what is known of them, drafts of changes.

Values of a registration are read as they were typed, with FieldError for what is wrong.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from suyuan.keys.validity import Party
from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes, divisions
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Among
from suyuan.trace.format.members import uri as is_uri
from suyuan.trace.format.messages import msg
from suyuan.trace.format.statements import ADMITTED, is_prefix
from suyuan.trace.format.vocabulary import ROLES, roles_of
from suyuan.trace.goods.party_report import (
    KeysJson,
    PartyJson,
    PartyReport,
    RegisteredPageJson,
    keys_json,
    party_json,
    party_report,
    registered,
)
from suyuan.trace.lineage.lots import fold
from suyuan.trace.recording.imports.cells import CellError
from suyuan.trace.recording.imports.values import place as place_uri
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, session, viewer
from suyuan.web.app.access.registering import known_places, near_to, parties_page, theirs
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.mistakes import Mistakes, as_mistake, wrong
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ADMITTING, AUTHORITY, ITSELF_OR_INSPECTOR, Routes
from suyuan.web.app.targets import typed_party
from suyuan.web.context import site
from suyuan.web.text import shown

from ..ledger.to_sign import SignablesOut, statements

_NO_PARTY = {404: "No such party"}
admitting = Routes("admission", tag="Keys")
_ADMITTING = Limit("admitting", "120/minute")
Role = Annotated[str, Among(ADMITTED)]
Roles = Annotated[list[Role], Field(max_length=len(ADMITTED), description="At least one")]
Division = Annotated[str, Field(max_length=120, description="Its digits (GB/T 2260), or its name")]
_NOT_FOUND = {404: "No such party, or it has left"}
MOST = Limit("people", "120/minute")
MOST_LISTED = 100
_LONGEST = 200  # characters of a name
Uri = Annotated[str, Field(max_length=512)]
Uris = Annotated[list[Uri], Field(max_length=100)]
routes = Routes("parties", tag="Inspection", answers=_NO_PARTY)
people = Routes("people_api", tag="Parties", limit=MOST, answers=_NOT_FOUND)


@routes.get("/parties/<path:who>", ITSELF_OR_INSPECTOR)
def party(reader: Reader, who: str) -> PartyJson:
    """The ledger's records about a party: for its inspectors, and for itself."""
    return party_json(reader, _report(reader, who))


@routes.get("/parties/<path:who>/keys", ITSELF_OR_INSPECTOR)
def keys(reader: Reader, who: str) -> KeysJson:
    """The history of a party's keys: for its inspectors, and for itself."""
    return keys_json(reader, _report(reader, who))


def _report(reader: Reader, uri: str) -> PartyReport:
    is_own = session.signed_in().uri == uri
    known = reader.party(uri) if is_own else remits.party(reader, viewer.remit(), uri)
    if known is None:
        raise ProblemError(404, "never admitted to this ledger")
    return party_report(reader, site().genesis, known)


class AdmitIn(BaseModel):
    """Whom to admit."""

    name: Annotated[str, Field(max_length=200)]
    number: Annotated[str, Field(max_length=512)] = Field(
        default="", description="Its USCC, GLN, code or URI; a code is made where it is empty"
    )
    roles: Roles
    division: Division


@admitting.post("/parties/draft", ADMITTING, limit=_ADMITTING, output=SignablesOut)
def admission(user: SignedIn, reader: Reader, body: AdmitIn) -> dict[str, Any]:
    """The statement that admits a party.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    name, mistakes = body.name.strip(), Mistakes()
    mistakes.read(require_name, name)
    mistakes.read(require_roles, body.roles)
    division = mistakes.read(read_division, user, body.division)
    uri = mistakes.read(uri_for, reader, body.number)
    mistakes.raise_any()
    assert uri is not None and division is not None
    statement = acts.admit(uri, name, body.roles, division)
    return statements(reader, user.uri, statement, names={uri: name})


def uri_for(reader: Reader, number: str) -> str:
    """The URI of who is to be admitted; FieldError for one that is admitted already."""
    if not number.strip():
        return codes.uri_of(codes.new(), site().host, "party")
    uri = typed_party(number, site().host, "number", "number")
    party = reader.party(uri)
    if party is not None and party.left is None:
        wrong("number", "admitted", msg("%s is admitted already: %s", uri, party.name or "no name"))
    return uri


def require_name(name: str) -> None:
    """A party's name, without the space around it."""
    if not name or not name.isprintable():
        wrong(
            "name",
            "text" if name else "needed",
            msg("a party needs a name, without control characters"),
        )


def require_roles(roles: Sequence[str]) -> None:
    """A party's roles, of those that there are."""
    if not roles:
        wrong("roles", "needed", msg("a party has at least one role"))


def read_division(user: SignedIn, typed: str, places: Sequence[str] = ()) -> str:
    """The division, within the remit of who admits, or with one of the places there."""
    with as_mistake("division", "division", IdentifierError):
        division = divisions.read(typed, near_to(user))
    if not user.registers.includes(division, places):
        remit = shown.listed(map(shown.division, user.remit or ()))
        wrong("division", "remit", msg("%s is not in your remit: %s", typed, remit))
    return division


class PartiesIn(BaseModel):
    """Which parties; all of one's remit where nothing is said."""

    query: str = Field("", max_length=200, description="What the name or the URI has in it")
    after: int = Field(default=0, ge=0, le=1 << 60, description="`after` of the page before")
    limit: int = Field(default=50, ge=1, le=MOST_LISTED, description="How many at most")


class ChangeIn(BaseModel):
    """All that is registered of a party, from now on."""

    name: Annotated[str, Field(max_length=200)]
    roles: Annotated[list[str], Field(max_length=len(ROLES))]
    division: Division
    places: Uris = Field(default=[], description="URIs, GLNs, or names: of a new one it is stated")
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


@people.get("/parties", ADMITTING, output=RegisteredPageJson, limit=None, answers={})
def listed(user: SignedIn, reader: Reader, query: PartiesIn) -> dict[str, Any]:
    """The parties in the remit of the authority or registrar that is signed in."""
    page = parties_page(reader, user, query.query, query.after, query.limit)
    return {"parties": [registered(reader, party) for party in page.parties], "after": page.after}


@people.post("/parties/<path:who>/change/draft", ADMITTING, output=SignablesOut)
def changed(signer: SignedIn, reader: Reader, who: str, body: ChangeIn) -> dict[str, Any]:
    """The statement that replaces all that is registered of a party.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    mistakes = Mistakes()
    before = theirs(reader, signer, who)
    name = body.name.strip()
    mistakes.read(require_name, name)
    mistakes.read(_require_given_roles, before, body.roles)
    places = mistakes.read(_places, reader, signer, before, body.places) or {}
    division = mistakes.read(read_division, signer, body.division, list(places))
    part_of = mistakes.read(_part_of, reader, before, body.part_of)
    for prefix in (prefix for prefix in body.gs1 if not is_prefix(prefix)):
        why = msg("%s is no GS1 company prefix: 4 to 12 digits", repr(prefix[:80]))
        mistakes.read(wrong, "gs1", "prefix", why)
    mistakes.raise_any()
    assert division is not None
    statement = acts.admit(
        before.uri,
        name,
        list(dict.fromkeys(body.roles)),
        division,
        places=list(places),
        gs1=list(dict.fromkeys(body.gs1)),
        part_of=part_of,
        op="change",
    )
    new = {uri: place for uri, place in places.items() if place is not None}
    made = [acts.place(uri, before.uri, place, division) for uri, place in new.items()]
    return statements(reader, signer.uri, *made, statement, names={before.uri: name, **new})


@people.post("/parties/<path:who>/leave/draft", ADMITTING, output=SignablesOut)
def left(signer: SignedIn, reader: Reader, who: str, body: LeaveIn) -> dict[str, Any]:
    """The statement that ends a party's registration; its records stand, and its keys end."""
    party = theirs(reader, signer, who)
    if party.uri == site().genesis.authority:
        raise ProblemError(403, "the authority does not leave its ledger")
    reason = body.reason.strip()
    if not reason.isprintable():
        wrong("reason", "text", msg("a reason has no control characters"))
    return statements(reader, signer.uri, acts.leave(party.uri, reason or None))


@people.post("/registrars/draft", AUTHORITY, output=SignablesOut)
def registrar(user: SignedIn, reader: Reader, body: RegistrarIn) -> dict[str, Any]:
    """The statement that appoints or dismisses a registrar, for the authority to sign."""
    party = theirs(reader, user, body.party)
    if body.op == "dismiss":
        if reader.remit(party.uri) is None:
            wrong("party", "registrar", msg("%s is no registrar", party.uri))
        return statements(reader, user.uri, acts.dismiss(party.uri))
    if party.uri == user.uri:
        wrong("party", "party_self", msg("the authority admits everywhere: it is no registrar"))
    typed = list(dict.fromkeys(part.strip() for part in body.remit if part.strip()))
    if not typed:
        wrong("remit", "needed", msg("a registrar has a remit: divisions, or places"))
    with as_mistake("remit", "remit", IdentifierError):
        near = (party.division[:4],)
        remit = [part if is_uri(part) else divisions.read(part, near) for part in typed]
    return statements(reader, user.uri, acts.appoint(party.uri, remit))


def _places(
    reader: Reader, user: SignedIn, party: Party, typed: Sequence[str]
) -> dict[str, str | None]:
    """The URIs of the places that were typed, by URI or GLN or name; of a new one with its name."""
    known, places = known_places(reader, user, party), dict[str, str | None]()
    for text in filter(None, map(str.strip, typed)):
        if "://" in text or text.isdigit() or is_uri(text):
            with as_mistake("places", "uri", CellError):
                places.setdefault(place_uri(text), None)
        elif not text.isprintable() or len(text) > _LONGEST:
            wrong("places", "text", msg("%s is no name of a place", repr(text[:80])))
        elif (uri := known.get(fold(text))) is not None:
            places.setdefault(uri, None)
        else:
            uri = known[fold(text)] = codes.uri_of(codes.new(), site().host, "place")
            places[uri] = text
    return places


def _require_given_roles(before: Party, roles: Sequence[str]) -> None:
    """The authority's own role is given at the founding only, and goes with it."""
    if not roles or not set(roles) <= set(ROLES):
        wrong("roles", "roles", msg("at least one role among %s", ", ".join(ROLES)))
    is_ours = before.uri == site().genesis.authority
    if is_ours == set(roles).isdisjoint(roles_of("founds")):
        verb = "keeps" if is_ours else "has"
        wrong("roles", "authority", msg("the authority alone %s the role authority", verb))


def _part_of(reader: Reader, party: Party, typed: str) -> str | None:
    if not typed.strip():
        return None
    whole = typed_party(typed, site().host, "part_of")
    known = reader.party(whole)
    if known is None or known.left is not None:
        wrong("part_of", "party_unknown", msg("%s is not admitted to this ledger", whole[:200]))
    if whole == party.uri:
        wrong("part_of", "party_self", msg("no party is a part of itself"))
    return whole
