"""/api/v1/session: signing in with one's own key, and out again."""

import secrets
from datetime import timedelta
from typing import Annotated, Any

import orjson
from flask import Response
from pydantic import BaseModel, Field

from suyuan.keys import base64, canonical, dsse, public
from suyuan.keys.errors import CanonicalError, EncodingError
from suyuan.trace.format.times import from_micros, micros
from suyuan.web.app.access import session, session_guard
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.limits import Limit
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, SIGNED_IN, VIEWER, Out, Routes
from suyuan.web.context import site

routes = Routes("session", tag="Signing in")
SIGN_IN_TYPE = "application/vnd.suyuan.sign-in+json"
MOST = Limit("sign-in", "120/minute")  # a market's stalls may share one address
_SECOND = "%Y-%m-%dT%H:%M:%SZ"


class ChallengeOut(BaseModel):
    """What is to be signed, as RFC 8785, in an envelope of the sign-in type."""

    ledger: str
    host: str
    nonce: str = Field(description="16 bytes in base64url without padding")
    expiry: str = Field(description="A UTC second; the challenge is met before it, and once")


class SignInIn(BaseModel):
    """A challenge that was signed."""

    envelope: Annotated[str, Field(max_length=4_000, description="A DSSE envelope's text")]


class SignedInOut(Out):
    """Who is signed in."""

    party: str
    name: str | None
    roles: list[str]
    division: str
    keyid: str
    remit: list[str] = Field(description="A registrar's; empty for others")


@routes.post(
    "/session/challenge",
    ANYBODY,
    limit=MOST,
    output=ChallengeOut,
    answers={421: "Pages are served under another host"},
)
def challenge() -> Response:
    """A challenge for this browser alone: its cookie goes with it.

    Whoever is signed in here is signed out by it.
    """
    moment = site().ledger.now()
    expiry = (moment + session.TO_SIGN).replace(microsecond=0)
    nonce = base64.encode_url(secrets.token_bytes(16))
    session.end()
    challenge = _challenge(nonce, micros(expiry))
    response = Response(orjson.dumps(challenge), content_type="application/json")
    token = session.fresh(response, session.TO_SIGN)
    session.sessions().ask(token, nonce, micros(moment), micros(expiry))
    return response


@routes.post(
    "/session",
    ANYBODY,
    limit=MOST,
    output=SignedInOut,
    answers={
        401: "The challenge was not met",
        403: "A key that is not good",
        421: "Pages are served under another host",
    },
)
def sign_in(body: SignInIn) -> Response:
    """Sign in by the signature over the challenge that this browser was given.

    The challenge is spent whatever comes of it. 401 where it was not this browser's, is spent or
    late, or is not what was signed; 403 where the key is not good.
    """
    value, moment = session.cookie(), session.now()
    given = None if value is None else session.sessions().take(session.token_of(value), moment)
    if given is None:
        raise ProblemError(
            401, "no challenge of this browser is open: ask for a new one, and sign that"
        )
    user = _signer(body.envelope, _challenge(*given))
    response = Response(orjson.dumps(sign_in_report(user)), content_type="application/json")
    token = session.fresh(response, session.LASTS)
    until = moment + session.lasts(user) // timedelta(microseconds=1)
    session.sessions().begin(token, user.keyid, until, session.ends(moment))
    return response


@routes.get("/session", SIGNED_IN, output=SignedInOut)
def who_is() -> dict[str, Any]:
    """Who is signed in."""
    return sign_in_report(session.signed_in())


@routes.delete("/session", VIEWER, status=204)
def sign_out() -> Response:
    """Sign out."""
    response = Response(status=204)
    session.forget(response)
    return response


def sign_in_report(user: SignedIn) -> dict[str, Any]:
    """The user who is signed in, for programs."""
    party = user.party
    return SignedInOut.of(party, party=party.uri, keyid=user.keyid, remit=user.remit).model_dump()


def _challenge(nonce: str, expires: int) -> dict[str, str]:
    """The challenge that a browser was given to sign."""
    return {
        "ledger": site().ledger.trust.origin,
        "host": session_guard.host(),
        "nonce": nonce,
        "expiry": from_micros(expires).strftime(_SECOND),
    }


def _signer(text: str, given: dict[str, str]) -> SignedIn:
    """The user who signed the challenge that was given; ProblemError for any other envelope."""
    where = site()
    try:
        envelope = dsse.decode(text.encode(), SIGN_IN_TYPE)
        signed = canonical.parse(envelope.payload)
    except (EncodingError, CanonicalError, UnicodeEncodeError) as error:
        raise ProblemError(400, "the envelope is %s", error) from None
    if signed != given:
        raise ProblemError(401, "what was signed is not the challenge that this browser was given")
    with where.ledger.reading() as reader:
        user = session.known(reader, envelope.keyid)
    if user is None:
        raise ProblemError(
            403,
            "key %s… signs nobody in: it is not enrolled, is revoked, or its party has left",
            envelope.keyid[:16],
        )
    spki = where.genesis.root_spki if user.key is None else user.key.spki
    if not envelope.verify(public.load(spki)):
        raise ProblemError(401, "the signature by key %s… does not verify", envelope.keyid[:16])
    return user
