"""What parties have set for themselves: where they want to be told, and what they have chosen.

Beside the ledger; no link knows of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Engine, Select, select

from ..read.reader import Reader, reading
from ..selecting import chunks
from . import sealed_rows
from .repository import Repository, value_of
from .schema_beside import choice, contact

EMAIL, WEBHOOK = "email", "webhook"
KINDS = (EMAIL, WEBHOOK)
OVERDRAW, REFUSE = "overdraw", "refuse"
# By name: what may be chosen, the default first.
CHOICES: Mapping[str, tuple[str, ...]] = {OVERDRAW: ("allow", REFUSE)}


@dataclass(frozen=True, slots=True)
class Contact:
    """One address of a party; `kind` is EMAIL or WEBHOOK, `secret` what signs a webhook's posts."""

    party: str
    kind: str
    address: str
    secret: str | None = field(default=None, repr=False, compare=False)

    @property
    def uri(self) -> str:
        """As a person writes it."""
        return f"mailto:{self.address}" if self.kind == EMAIL else self.address


@dataclass(frozen=True, slots=True)
class _Choice:
    party: str
    name: str
    value: str


_contacts = Repository(contact, "contacts", value_of(Contact))
_choices = Repository(choice, "choices", value_of(_Choice))


class ContactBook:
    """Contacts of one ledger's parties, to be written. StoreError where that fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, contacts: Iterable[Contact]) -> int:
        """Write contacts; how many were not there before."""
        return len(_contacts.add_new(self._engine, contacts))

    def remove(self, contacts: Iterable[Contact]) -> int:
        """Take contacts away; how many were there."""
        c, gone = contact.c, 0
        with _contacts.writing(self._engine) as connection:
            for one in contacts:
                here = (c.party == one.party, c.kind == one.kind, c.address == one.address)
                gone += len(sealed_rows.remove(connection, contact, here))
        return gone

    def all(self, party: str | None = None) -> list[Contact]:
        """All contacts, or one party's, in order."""
        query = select(contact)
        if party is not None:
            query = query.where(contact.c.party == party)
        with reading(self._engine) as reader:
            return _ordered(reader, query)


def contacts_of(reader: Reader, parties: Iterable[str]) -> dict[str, list[Contact]]:
    """The contacts of these parties, as of a reader's moment; those without any are left out."""
    found: dict[str, list[Contact]] = {}
    for part in chunks(sorted(set(parties))):
        for one in _ordered(reader, select(contact).where(contact.c.party.in_(part))):
            found.setdefault(one.party, []).append(one)
    return found


def _ordered(reader: Reader, query: Select[tuple[object, ...]]) -> list[Contact]:
    return sorted(_contacts.of(reader, query), key=lambda one: (one.party, one.kind, one.address))


def chosen(reader: Reader, party: str, name: str) -> str:
    """What a party has chosen, or the default. KeyError for a name that is no choice."""
    query = select(choice).where(choice.c.party == party, choice.c.name == name)
    good = (one.value for one in _choices.of(reader, query) if one.value in CHOICES[name])
    return next(good, CHOICES[name][0])


def choosers(reader: Reader, name: str, value: str) -> set[str]:
    """The parties that have chosen a value."""
    query = select(choice).where(choice.c.name == name, choice.c.value == value)
    return {one.party for one in _choices.of(reader, query)}


def choose(engine: Engine, party: str, name: str, value: str) -> None:
    """Keep a party's choice; the default is kept by keeping nothing.

    Raises ValueError for what is no choice, StoreError where the database cannot be written.
    """
    if value not in CHOICES.get(name, ()):
        raise ValueError(f"{name}={value} is no choice")
    with _choices.writing(engine) as connection:
        sealed_rows.remove(connection, choice, (choice.c.party == party, choice.c.name == name))
        if value != CHOICES[name][0]:
            row = {"party": party, "name": name, "value": value}
            sealed_rows.add(connection, choice, row)
