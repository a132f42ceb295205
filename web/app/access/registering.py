"""The parties that the authority or a registrar registers, and their invitations."""

from datetime import timedelta
from itertools import chain

from suyuan.keys.validity import Party
from suyuan.trace.format.identifiers import parties
from suyuan.trace.format.identifiers.errors import IdentifierError
from suyuan.trace.format.members import digest as is_digest
from suyuan.trace.format.messages import msg
from suyuan.trace.goods import inviting
from suyuan.trace.lineage.lots import fold
from suyuan.trace.recording import profiling
from suyuan.trace.recording.profiling import Subject
from suyuan.trace.store.beside import invitations as stored
from suyuan.trace.store.beside.invitations import Invitation, InvitationBook
from suyuan.trace.store.read import registered
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.registered import PartyPage, parties_in
from suyuan.web.context import site

from ..problems import ProblemError, as_problem
from .session import SignedIn


def parties_page(reader: Reader, user: SignedIn, typed: str, after: int, most: int) -> PartyPage:
    """A page of the parties in the user's remit whose name or URI contains `typed`."""
    typed = typed.strip()
    if not typed.isprintable():
        return PartyPage([], None)
    try:  # a number as people write it, with spaces and hyphens
        number = parties.read(typed, site().host) if typed and after == 0 else None
    except IdentifierError:
        number = None
    remit = None if user.is_authority else user.remit
    party = None if number is None else reader.party(number)
    if party is not None and user.registers.covers(party):
        return PartyPage([party], None)
    return parties_in(reader, remit, typed=typed, after=after, most=most)


def named(reader: Reader, user: SignedIn, typed: str, most: int = 20) -> list[Party]:
    """The admitted parties of the user's remit that are called so, or all whose name has it."""
    listed = [p for p in parties_page(reader, user, typed, 0, most).parties if p.left is None]
    exact = [party for party in listed if fold(party.name or "") == fold(typed)]
    return exact or listed


def near_to(user: SignedIn) -> tuple[str, ...]:
    """The divisions whose namesakes come first where the user types one: its remit, or its city."""
    remit = tuple(part for part in user.remit or () if part.isdigit())
    return remit or (user.party.division[:4],)


def theirs(reader: Reader, user: SignedIn, typed: str) -> Party:
    """The admitted party that `typed` names and the user may change; ProblemError for any other."""
    try:
        uri = parties.read(typed, site().host)
    except IdentifierError as error:
        raise ProblemError(404, "no party: %s", error) from None
    party = reader.party(uri)
    if party is None or party.left is not None:
        raise ProblemError(404, "%s is not admitted to this ledger", uri[:200], field="party")
    why = site().access(reader).why_not_register(user.uri, uri)
    if why is None and uri == user.uri and not user.is_authority:
        why = msg("what is registered of a registrar is changed by the authority")
    if why is not None:
        raise ProblemError(403, why)
    return party


def known_places(reader: Reader, user: SignedIn, party: Party) -> dict[str, str]:
    """The places that are meant by a name on the party's form, by the name as it is compared.

    Those of the party, then those of who registers, and what that has stated for other parties.
    """
    rows = registered.stated(reader, user.uri, "place")
    stated = [(uri, reader.name(uri, user.uri)) for uri, _ in rows]
    of_parties = (registered.places_of(reader, whose) for whose in (party, user.party))
    named = [*chain(*of_parties), *stated]
    return {fold(name): uri for uri, name in reversed(named) if name}


def describes(reader: Reader, user: SignedIn, uri: str) -> Subject:
    """What the user may tell further of: its own things, else a party that is part of it or that it
    may register; ProblemError for anything else.
    """
    own = {subject.uri: subject for subject in profiling.subjects(reader, user.party)}
    if uri in own:
        return own[uri]
    party = reader.party(uri)
    if party is None or party.part_of != user.uri:
        party = theirs(reader, user, uri)
    return Subject(party.uri, "party", party.name)


def invite(user: SignedIn, typed: str, days: int) -> tuple[str, Invitation]:
    """The code and the new invitation of a party; ProblemError where the user may not invite it."""
    ledger = site().ledger
    with ledger.reading() as reader:
        with as_problem(422, IdentifierError):
            party = parties.read(typed, site().host)
        why = site().access(reader).why_not_register(user.uri, party)
        if why is not None:
            raise ProblemError(403 if reader.party(party) else 422, why)
    code, invitation = inviting.new(party, user.uri, ledger.now(), timedelta(days=days))
    invitation_book().add(invitation)
    return code, invitation


def withdraw(user: SignedIn, token: str) -> Invitation:
    """Take an invitation back; ProblemError where `invitation_of` has none."""
    with site().ledger.reading() as reader:
        invitation = invitation_of(reader, user, token)
    invitation_book().remove(invitation.token)
    return invitation


def invitation_of(reader: Reader, user: SignedIn, token: str) -> Invitation:
    """An invitation that the user made, is invited by, or may answer as a registrar."""
    row = stored.invitation(reader, token) if is_digest(token) else None
    if row is None or site().access(reader).why_not_register(user.uri, row.party) is not None:
        raise ProblemError(404, "no such invitation")
    return row


def invitation_book() -> InvitationBook:
    """The invitations of this site."""
    return InvitationBook(site().ledger.database.engine)
