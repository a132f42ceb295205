"""Invitations: a link by which a party's browser offers a key, for its inviter to enrol.

Whoever has the link may offer one key. Nothing is enrolled by that: the authority, a registrar or
the party itself signs the enrolment, having compared the check letters that both screens show.
"""

import hashlib
from datetime import datetime, timedelta
from typing import Literal

from suyuan.keys import base64, public, validity
from suyuan.keys.errors import BadKey, EncodingError
from suyuan.keys.validity import Registry
from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Access
from suyuan.trace.admission.enrolment import check_possession
from suyuan.trace.admission.state import Genesis
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.json_values import Form, Json, described
from suyuan.trace.format.members import Object
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.times import from_micros, micros
from suyuan.trace.format.vocabulary import KEPT
from suyuan.trace.store.beside.invitations import Invitation, Offer
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import registered_name

DAYS = 7  # that an invitation stands by default
MOST_DAYS = 90
MAX_SPKI = 200  # of base64
MAX_POSSESSION = 2_000


class InvitationError(LedgerError):
    """An invitation, or what is offered under one, that cannot be; it says what to do."""


def new(party: str, invited_by: str, now: datetime, lasts: timedelta) -> tuple[str, Invitation]:
    """A fresh code, which is kept nowhere, and its invitation."""
    code, since = codes.new(), micros(now)
    return code, Invitation(token_of(code), party, invited_by, since, micros(now + lasts))


def token_of(typed: str) -> str:
    """The SHA-256 of an invitation's code as somebody typed or scanned it; InvitationError."""
    try:
        return hashlib.sha256(codes.read(typed).encode()).hexdigest()
    except IdentifierError as error:
        raise InvitationError("no code of an invitation: %s", error) from None


def url(base_url: str, code: str) -> str:
    """The link of an invitation. The code stands behind #, which no server and no proxy is sent."""
    return f"{base_url}/invite#{codes.shown(code)}"


def check_of(keyid: str) -> str:
    """The check letters of a key: the first 60 bits of its id in Crockford base32, 4-4-4.

    With 40 bits a key of the same letters could be looked for, in days on a few machines.
    """
    number = int(keyid[:15], 16)
    letters = "".join(codes.ALPHABET[number >> shift & 31] for shift in range(55, -1, -5))
    return f"{letters[:4]}-{letters[4:8]}-{letters[8:]}"


def state(reader: Reader, invitation: Invitation, now: int) -> str:
    """Whether an invitation is `open`, its key `offered` or `enrolled`, or it is `over`."""
    if invitation.offer is not None and reader.key(invitation.offer.keyid) is not None:
        return "enrolled"
    if invitation.expires <= now:
        return "over"
    return "open" if invitation.offer is None else "offered"


def examined(origin: str, party: str, *, spki: str, kept: str, possession: str, now: int) -> Offer:
    """The offer of a key that `possession` shows somebody to hold; else InvitationError."""
    if kept not in KEPT:
        raise InvitationError("kept must be one of %s", ", ".join(KEPT))
    try:
        key = public.load(base64.decode(spki))
        check_possession(possession, origin, party, key)
    except (EncodingError, BadKey) as error:
        raise InvitationError("spki is %s", error) from None
    except Refused as refused:
        raise InvitationError(refused.why) from None
    return Offer(key.keyid, key.alg, spki, kept, possession, now)


def revoked_by(registry: Registry, actor: str, party: str, index: int) -> list[str] | None:
    """The keys that an enrolment for `party` by `actor` revokes: those of a recovery, else None."""
    if actor == party or not registry.keys_of(party):
        return None
    return validity.valid_keys(registry, party, index)


def enrolment(reader: Reader, genesis: Genesis, actor: str, invitation: Invitation) -> Object:
    """The statement by which `actor` enrols the key that was offered; else InvitationError.

    By another than the party, once that has had a key, it is a recovery and revokes its keys.
    """
    if invitation.offer is None:
        raise InvitationError("no key was offered yet: the invited device has to open the link")
    if (why := Access(reader, genesis).why_not_register(actor, invitation.party)) is not None:
        raise InvitationError(why)
    offer = invitation.offer
    if reader.key(offer.keyid) is not None:
        raise InvitationError("key %s… was enrolled before", offer.keyid[:16])
    return acts.enrol(
        invitation.party,
        offer.alg,
        base64.decode(offer.spki),
        offer.keyid,
        offer.possession,
        kept=offer.kept,
        revokes=revoked_by(reader, actor, invitation.party, reader.size()),
    )


class InvitedJson(Form):
    """An invitation as the invited see it."""

    ledger: str
    party: str
    name: str | None
    invited_by: str
    inviter_name: str | None
    expires: str
    state: Literal["open", "offered", "enrolled", "over"]
    has_keys: bool = described("The party has good keys, which its inviter may revoke")
    keyid: str | None = described("The key that was offered")
    check: str | None = described("Its check letters, to be compared with the inviter's")


class InvitationJson(InvitedJson):
    """An invitation as its inviter sees it."""

    id: str


class NewInvitationJson(InvitationJson):
    """A new invitation; `code` and `url` are given this once."""

    code: str
    url: str


class InvitationsJson(Form):
    """What one has invited, or is invited to."""

    invitations: list[InvitationJson]


def invitation_json(reader: Reader, origin: str, invitation: Invitation, now: int) -> Json:
    """An invitation for programs, as the invited see it."""
    offer = invitation.offer
    return InvitedJson.write(
        invitation,
        ledger=origin,
        name=registered_name(reader, invitation.party),
        inviter_name=registered_name(reader, invitation.invited_by),
        expires=from_micros(invitation.expires).strftime("%Y-%m-%dT%H:%M:%SZ"),
        state=state(reader, invitation, now),
        has_keys=bool(validity.valid_keys(reader, invitation.party, reader.size())),
        keyid=None if offer is None else offer.keyid,
        check=None if offer is None else check_of(offer.keyid),
    )
