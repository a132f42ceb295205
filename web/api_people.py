"""/api/v1/parties, /registrars: who is registered, and drafts of what changes it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, Field

from suyuan.keys import validity
from suyuan.keys.validity import Party
from suyuan.trace import acts, inviting
from suyuan.trace.identifiers import parties
from suyuan.trace.identifiers.errors import IdentifierError
from suyuan.trace.members import uri as is_uri
from suyuan.trace.statements import ROLES, is_division, is_prefix
from suyuan.trace.store.read import Reader
from suyuan.trace.store.registered import PartyPage, parties_in

from . import session, session_guard
from .api_sign import SignablesOut, drafts
from .context import site
from .limiting import limited
from .mistakes import Mistakes, wrong
from .party_values import require_division, require_name
from .problems import ProblemError
from .session import SignedIn

blueprint = APIBlueprint("people_api", __name__, url_prefix="/api/v1", tag="Parties")
MOST = "120/minute"
MOST_LISTED = 100
Uri = Annotated[str, Field(max_length=512)]
Uris = Annotated[list[Uri], Field(max_length=100)]


class PartiesIn(BaseModel):
    """Which parties; all of one's remit where nothing is said."""

    query: Annotated[str, Field(max_length=200)] = Field(
        default="", description="What the name or the URI has in it"
    )
    after: int = Field(default=0, ge=0, le=1 << 60, description="`after` of the page before")
    limit: int = Field(default=50, ge=1, le=MOST_LISTED)


class RegisteredOut(BaseModel):
    """A party as it is registered now."""

    party: str
    name: str | None
    roles: list[str]
    division: str
    places: list[str]
    gs1: list[str]
    part_of: str | None
    admitted: int
    left: int | None
    keys: int = Field(description="How many good keys it has")
    remit: list[str] | None = Field(description="A registrar's; null for others")


class PartiesOut(BaseModel):
    """A page of parties, in the order in which the ledger first named them."""

    parties: list[RegisteredOut]
    after: int | None = Field(description="Where the next page begins; null at the end")


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


@blueprint.before_request
def _guard() -> None:
    if request.method != "GET":
        session_guard.of_script()


@blueprint.get("/parties")
@blueprint.input(PartiesIn, location="query", arg_name="asked")
@blueprint.output(PartiesOut)
def listed(asked: PartiesIn) -> dict[str, Any]:
    """The parties in the remit of the authority or registrar that is signed in."""
    who = admitting()
    with site().ledger.reading() as reader:
        found = found_in(reader, who, asked.query, asked.after, asked.limit)
        return {"parties": [told(reader, one) for one in found.parties], "after": found.after}


@blueprint.post("/parties/<path:who>/change/draft")
@blueprint.input(ChangeIn, arg_name="asked")
@blueprint.output(SignablesOut)
@limited("people", MOST)
def changed(who: str, asked: ChangeIn) -> dict[str, Any]:
    """The statement that replaces all that is registered of a party.

    A problem of values has the `field` of the first, and `mistakes` of all that are wrong.
    """
    signer, mistakes = admitting(), Mistakes()
    with site().ledger.reading() as reader:
        before = theirs(reader, signer, who)
        name = asked.name.strip()
        mistakes.read(require_name, name)
        mistakes.read(_require_roles, before, asked.roles)
        mistakes.read(require_division, signer, asked.division, asked.places)
        part_of = mistakes.read(_part_of, reader, before, asked.part_of)
        mistakes.read(_require_places, asked.places)
        mistakes.read(_require_prefixes, asked.gs1)
        mistakes.tell()
        statement = acts.admit(
            before.uri,
            name,
            list(dict.fromkeys(asked.roles)),
            asked.division,
            places=list(dict.fromkeys(asked.places)),
            gs1=list(dict.fromkeys(asked.gs1)),
            part_of=part_of,
            op="change",
        )
        found = drafts(reader, signer.uri, statement)
        return found | {"names": found["names"] | {before.uri: name}}


@blueprint.post("/parties/<path:who>/leave/draft")
@blueprint.input(LeaveIn, arg_name="asked")
@blueprint.output(SignablesOut)
@limited("people", MOST)
def left(who: str, asked: LeaveIn) -> dict[str, Any]:
    """The statement that ends a party's registration; its records stand, and its keys end."""
    signer = admitting()
    with site().ledger.reading() as reader:
        party = theirs(reader, signer, who)
        if party.uri == site().genesis.authority:
            raise ProblemError(403, "the authority does not leave its ledger")
        reason = asked.reason.strip()
        if not reason.isprintable():
            wrong("reason", "text", "a reason has no control characters")
        return drafts(reader, signer.uri, acts.leave(party.uri, reason or None))


@blueprint.post("/registrars/draft")
@blueprint.input(RegistrarIn, arg_name="asked")
@blueprint.output(SignablesOut)
@limited("people", MOST)
def registrar(asked: RegistrarIn) -> dict[str, Any]:
    """The statement that appoints or dismisses a registrar, for the authority to sign."""
    who = session.require_own()
    if not who.is_authority:
        raise ProblemError(403, "only the authority appoints and dismisses registrars")
    with site().ledger.reading() as reader:
        party = theirs(reader, who, asked.party)
        if asked.op == "dismiss":
            if reader.remit(party.uri) is None:
                wrong("party", "registrar", f"{party.uri} is no registrar")
            return drafts(reader, who.uri, acts.dismiss(party.uri))
        if party.uri == who.uri:
            wrong("party", "party_self", "the authority admits everywhere: it is no registrar")
        remit = list(dict.fromkeys(part.strip() for part in asked.remit if part.strip()))
        if not remit:
            wrong("remit", "needed", "a registrar has a remit: divisions, or places")
        for part in remit:
            if not is_division(part) and not is_uri(part):
                wrong("remit", "remit", f"{part[:80]} is no division and no place's URI")
        return drafts(reader, who.uri, acts.appoint(party.uri, remit))


def admitting() -> SignedIn:
    """The authority or registrar that is signed in; a problem for others."""
    who = session.require_own()
    if not who.invites:
        raise ProblemError(
            403, "only the authority and registrars see and change who is registered"
        )
    return who


def found_in(reader: Reader, who: SignedIn, typed: str, after: int, most: int) -> PartyPage:
    """A page of the parties in one's remit, by what their name or URI has in it."""
    typed = typed.strip()
    if not typed.isprintable():
        return PartyPage([], None)
    try:  # a number as people write it, with spaces and hyphens
        number = parties.read(typed, site().host) if typed and after == 0 else None
    except IdentifierError:
        number = None
    remit = None if who.is_authority else who.remit
    one = None if number is None else reader.party(number)
    if one is not None and (remit is None or validity.in_remit(remit, one.division, one.places)):
        return PartyPage([one], None)
    return parties_in(reader, remit, typed=typed, after=after, most=most)


def theirs(reader: Reader, who: SignedIn, typed: str) -> Party:
    """The party that is meant, where it is admitted and for this one to change; a problem else."""
    try:
        uri = parties.read(typed, site().host)
    except IdentifierError as error:
        raise ProblemError(404, f"no party: {error}") from None
    party = reader.party(uri)
    if party is None or party.left is not None:
        raise ProblemError(404, f"{uri[:200]} is not admitted to this ledger", field="party")
    why = inviting.why_not(reader, site().genesis, who.uri, uri)
    if why is None and uri == who.uri and not who.is_authority:
        why = "what is registered of a registrar is changed by the authority"
    if why is not None:
        raise ProblemError(403, why)
    return party


def told(reader: Reader, party: Party) -> dict[str, Any]:
    """A party for programs."""
    remit = reader.remit(party.uri)
    return {
        "party": party.uri,
        "name": party.name,
        "roles": list(party.roles),
        "division": party.division,
        "places": list(party.places),
        "gs1": list(party.gs1),
        "part_of": party.part_of,
        "admitted": party.admitted,
        "left": party.left,
        "keys": len(validity.valid_keys(reader, party.uri, reader.size())),
        "remit": None if remit is None else list(remit),
    }


def _require_roles(before: Party, roles: Sequence[str]) -> None:
    """The authority's own role is given at the founding only, and goes with it."""
    if not roles or not set(roles) <= set(ROLES):
        wrong("roles", "roles", f"at least one role among {', '.join(ROLES)}")
    is_ours = before.uri == site().genesis.authority
    if is_ours != ("authority" in roles):
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
    try:
        whole = parties.read(typed, site().host)
    except IdentifierError as error:
        wrong("part_of", "party", str(error))
    found = reader.party(whole)
    if found is None or found.left is not None:
        wrong("part_of", "party_unknown", f"{whole[:200]} is not admitted to this ledger")
    if whole == party.uri:
        wrong("part_of", "party_self", "no party is a part of itself")
    return whole
