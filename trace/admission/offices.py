"""Offices and their inspectors: who is one by whose word. Pure over a ledger's state."""

from collections.abc import Sequence
from typing import Protocol

from suyuan.keys.validity import Party
from suyuan.trace.format.vocabulary import roles_of

OFFICERS = roles_of("officer")
INSPECTORS = roles_of("person")


class Registered(Protocol):
    """What a State tells of who is registered, and by whom."""

    @property
    def authority(self) -> str:
        """The authority's URI."""

    def party(self, uri: str, /) -> Party | None:
        """The party, if it was ever admitted."""

    def granted(self, party: str, authority: str, /) -> tuple[str, ...]:
        """The roles that the authority's own newest registration gives a party."""


def is_officer(state: Registered, uri: str) -> bool:
    """Whether a party is the authority, or an officer by the authority's own registration."""
    granted = state.granted(uri, state.authority)
    return uri == state.authority or any(role in OFFICERS for role in granted)


def office_named(roles: Sequence[str], part_of: str | None) -> str | None:
    """The office of the person whose registration this is; None for one that is no inspector's.

    An inspector has this role and no other: then the ledger took the registration from its office
    or the authority alone (rule `authority`).
    """
    return part_of if roles and set(roles) <= set(INSPECTORS) else None


def office_of(state: Registered, uri: str) -> str | None:
    """The office for which a person inspects now; None for any other party."""
    person = state.party(uri)
    office = None
    if person is not None and person.left is None:
        office = office_named(person.roles, person.part_of)
    registered = None if office is None else state.party(office)
    if office is None or registered is None or registered.left is not None:
        return None
    return office if is_officer(state, office) else None


def acts_for(state: Registered, uri: str) -> str | None:
    """The office for which a party does an office's work: its own, or as a person; else None."""
    return uri if is_officer(state, uri) else office_of(state, uri)


def may_register(state: Registered, actor: str, registrations: Sequence[str | None]) -> bool | None:
    """Whether an actor registers a person of these registrations' offices; None where none is.

    `registrations` are what `office_named` gives for the one before, and for the one stated.
    """
    if not any(registrations):
        return None
    return set(registrations) == {actor} and is_officer(state, actor)
