"""/api/v1/invitations, /keys: invitations, keys offered under them, and what is signed of keys.

Nothing here signs: what is to be signed is answered as drafts, and goes to POST /api/v1/links.
"""

from functools import partial
from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.trace.admission import acts
from suyuan.trace.format.json_values import Among
from suyuan.trace.format.members import digest as is_digest
from suyuan.trace.format.vocabulary import KEPT
from suyuan.trace.goods import inviting
from suyuan.trace.store.beside import invitations as stored
from suyuan.trace.store.beside.invitations import Invitation
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import session
from suyuan.web.app.access.registering import invitation_book, invitation_of, invite, withdraw
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import ANYBODY, OWN_DEVICE, SIGNED_IN, Routes
from suyuan.web.context import site

from ..ledger.to_sign import SignablesOut, statements

routes = Routes("sign", tag="Keys")
_NOT_FOUND = "No such invitation, or it is over"
_INVITED = Limit("invitation", "120/minute")
MOST = Limit("inviting", "120/minute")
_drafting = partial(routes.post, limit=MOST, output=SignablesOut)


class CodeIn(BaseModel):
    """An invitation's code, as it was scanned or typed."""

    code: Annotated[str, Field(max_length=60)]


class KeyIn(CodeIn):
    """A key that this browser made."""

    spki: Annotated[str, Field(max_length=inviting.MAX_SPKI, description="Base64 of its DER")]
    kept: Annotated[str, Among(KEPT)]
    possession: Annotated[
        str, Field(max_length=inviting.MAX_POSSESSION, description="An envelope of that key's")
    ]


class InviteIn(BaseModel):
    """Whom to invite."""

    party: Annotated[str, Field(max_length=512, description="A USCC, GLN, code or URI")]
    days: Annotated[int, Field(ge=1, le=inviting.MOST_DAYS)] = inviting.DAYS


@routes.post(
    "/invitations/open",
    ANYBODY,
    limit=_INVITED,
    output=inviting.InvitedJson,
    answers={404: _NOT_FOUND},
)
def opened(reader: Reader, body: CodeIn) -> dict[str, Any]:
    """The invitation with this code, and what has become of it."""
    return _report(reader, _by_code(reader, body.code))


@routes.post(
    "/invitations/key",
    ANYBODY,
    limit=_INVITED,
    output=inviting.InvitedJson,
    answers={404: _NOT_FOUND, 409: "Another key was offered before"},
)
def offered(body: KeyIn) -> dict[str, Any]:
    """Offer a key under an invitation. 409 where another key was offered under it before."""
    ledger = site().ledger
    with ledger.reading() as reader:
        invitation = _by_code(reader, body.code)
        if reader.party(invitation.party) is None:
            raise ProblemError(404, "%s is not admitted to this ledger", invitation.party)
    if invitation.expires <= session.now():
        raise ProblemError(404, "the invitation is over: ask for a new one")
    with as_problem(422, inviting.InvitationError):
        offer = inviting.examined(
            ledger.trust.origin,
            invitation.party,
            spki=body.spki,
            kept=body.kept,
            possession=body.possession,
            now=session.now(),
        )
    if not invitation_book().offer(invitation.token, offer):
        raise ProblemError(
            409, "another key was offered under this invitation before: ask for a new invitation"
        )
    with ledger.reading() as reader:
        return _report(reader, _by_code(reader, body.code))


@routes.post("/invitations", OWN_DEVICE, limit=MOST, output=inviting.NewInvitationJson, status=201)
def invited(body: InviteIn) -> dict[str, Any]:
    """Invite a party to have a key enrolled: oneself a further device, a registrar its parties."""
    code, invitation = invite(session.signed_in(), body.party, body.days)
    with site().ledger.reading() as reader:
        report = _with_id(reader, invitation)
    return {**report, "code": code, "url": inviting.url(site().base_url, code)}


@routes.get("/invitations", SIGNED_IN, output=inviting.InvitationsJson)
def listed(user: SignedIn, reader: Reader) -> dict[str, Any]:
    """What one has invited, or is invited to, newest first, while it stands."""
    invitations = stored.invitations(reader, user.uri, session.now())
    return {"invitations": [_with_id(reader, invitation) for invitation in invitations]}


@routes.delete("/invitations/<token>", OWN_DEVICE, status=204, answers={404: _NOT_FOUND})
def withdrawn(token: str) -> tuple[str, int]:
    """Take an invitation back."""
    withdraw(session.signed_in(), token)
    return "", 204


@_drafting(
    "/invitations/<token>/draft",
    OWN_DEVICE,
    answers={404: _NOT_FOUND, 409: "No key was offered yet, or it is enrolled"},
)
def enrolment(user: SignedIn, reader: Reader, token: str) -> dict[str, Any]:
    """The enrolment of the key that was offered, for the inviter to sign.

    409 where no key was offered yet, or it is enrolled.
    """
    invitation = invitation_of(reader, user, token)
    with as_problem(409, inviting.InvitationError):
        statement = inviting.enrolment(reader, site().genesis, user.uri, invitation)
    return statements(reader, user.uri, statement)


@_drafting("/keys/<keyid>/revoke/draft", OWN_DEVICE, answers={404: "No good key of this ledger"})
def revocation(user: SignedIn, reader: Reader, keyid: str) -> dict[str, Any]:
    """The revocation of a key, for its party, the authority or a registrar to sign."""
    key = reader.key(keyid) if is_digest(keyid) else None
    if key is None or key.revoked is not None:
        raise ProblemError(404, "no good key of this ledger")
    why = site().access(reader).why_not_register(user.uri, key.party)
    if why is not None:
        raise ProblemError(403, why)
    return statements(reader, user.uri, acts.revoke(key.party, keyid))


def _report(reader: Reader, invitation: Invitation) -> dict[str, Any]:
    """An invitation for programs."""
    return inviting.invitation_json(reader, site().ledger.trust.origin, invitation, session.now())


def _with_id(reader: Reader, invitation: Invitation) -> dict[str, Any]:
    return {**_report(reader, invitation), "id": invitation.token}


def _by_code(reader: Reader, code: str) -> Invitation:
    with as_problem(422, inviting.InvitationError):
        invitation = stored.invitation(reader, inviting.token_of(code))
    if invitation is None:
        raise ProblemError(404, "no such invitation: it is over or was taken back. Ask for another")
    return invitation
