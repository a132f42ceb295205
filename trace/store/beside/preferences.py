"""What parties have set for themselves beside the ledger: where to be notified, and choices."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Engine, or_, select

from suyuan.trace.format.messages import LANGUAGES, Language

from .. import schema as t
from ..read.reader import Reader
from ..selecting import chunks
from . import sealed_rows
from .repository import Repository, value_of
from .schema_beside import choice, contact

# Of notices of acts go letters and posts; FEED is where a party's whole feed is posted to.
EMAIL, WEBHOOK, FEED = "email", "webhook", "feed"
NOTICED = (EMAIL, WEBHOOK)
KINDS = (*NOTICED, FEED)
OVERDRAW, REFUSE = "overdraw", "refuse"
# By name: what may be chosen, the default first.
CHOICES: Mapping[str, tuple[str, ...]] = {
    OVERDRAW: ("allow", REFUSE),
    "language": ("zh", "en", "both"),  # of notices
}


@dataclass(frozen=True, slots=True)
class Contact:
    """One address of a party; `kind` is one of KINDS, `secret` what signs posts."""

    party: str
    kind: str
    address: str
    secret: str | None = field(default=None, repr=False, compare=False)

    @property
    def uri(self) -> str:
        """The address as a person writes it."""
        return f"mailto:{self.address}" if self.kind == EMAIL else self.address


@dataclass(frozen=True, slots=True)
class _Choice:
    party: str
    name: str
    value: str


class _ChoiceBook(Repository[_Choice]):
    table, noun, value = choice, "choices", staticmethod(value_of(_Choice))


class ContactBook(Repository[Contact]):
    """Contacts of one ledger's parties, to be written. StoreError where that fails."""

    table, noun, value = contact, "contacts", staticmethod(value_of(Contact))

    def add(self, contacts: Iterable[Contact]) -> int:
        """Write contacts; how many were not there before."""
        return len(self.add_new(contacts))

    def remove(self, contacts: Iterable[Contact]) -> int:
        """Take contacts away; how many were there."""
        c, gone = contact.c, 0
        with self.writing() as connection:
            for old in contacts:
                here = (c.party == old.party, c.kind == old.kind, c.address == old.address)
                gone += len(sealed_rows.remove(connection, contact, here))
        return gone

    def of_party(self, party: str | None = None) -> list[Contact]:
        """All contacts, or one party's, in order."""
        query = select(contact)
        if party is not None:
            query = query.where(contact.c.party == party)
        return sorted(self.all(query), key=_order)


def contacts_of(
    reader: Reader, parties: Iterable[str], kinds: Sequence[str] = NOTICED
) -> dict[str, list[Contact]]:
    """The contacts of these parties, of these kinds, by party; those without any are left out."""
    by_party: dict[str, list[Contact]] = {}
    for part in chunks(sorted(set(parties))):
        query = select(contact).where(contact.c.party.in_(part), contact.c.kind.in_(kinds))
        for row in sorted(ContactBook.of(reader, query), key=_order):
            by_party.setdefault(row.party, []).append(row)
    return by_party


def contacts_with_roles(reader: Reader, roles: Sequence[str]) -> list[Contact]:
    """The contacts of all parties that are registered with one of these roles."""
    has_role = or_(*(t.party.c.roles.contains(f'"{role}"', autoescape=True) for role in roles))
    query = select(contact).join(t.subject, t.subject.c.uri == contact.c.party)
    query = query.join(t.party, t.party.c.subject == t.subject.c.id)
    query = query.where(has_role, contact.c.kind.in_(NOTICED))
    return sorted(ContactBook.of(reader, query), key=_order)


def _order(row: Contact) -> tuple[str, str, str]:
    return row.party, row.kind, row.address


def choosers(reader: Reader, name: str, value: str) -> set[str]:
    """The parties that have chosen a value."""
    query = select(choice).where(choice.c.name == name, choice.c.value == value)
    return {row.party for row in _ChoiceBook.of(reader, query)}


def languages(reader: Reader) -> Callable[[str], tuple[Language, ...]]:
    """In which languages a party reads its notices, the first first: Chinese unless it chose."""
    english = choosers(reader, "language", "en")
    both = choosers(reader, "language", "both")

    def of(party: str) -> tuple[Language, ...]:
        return LANGUAGES if party in both else ("en",) if party in english else ("zh",)

    return of


def choose(engine: Engine, party: str, name: str, value: str) -> None:
    """Keep a party's choice, the default by keeping nothing; ValueError for what is no choice."""
    if value not in CHOICES.get(name, ()):
        raise ValueError(f"{name}={value} is no choice")
    with _ChoiceBook(engine).writing() as connection:
        sealed_rows.remove(connection, choice, (choice.c.party == party, choice.c.name == name))
        if value != CHOICES[name][0]:
            row = {"party": party, "name": name, "value": value}
            sealed_rows.add(connection, choice, row)
