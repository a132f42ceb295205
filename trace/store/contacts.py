"""The table of contacts: where parties want to be told. Beside the ledger."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Engine, Row, Select, select
from sqlalchemy.exc import SQLAlchemyError

from ..notify.contacts import Contact
from . import schema_beside as t
from . import sealed_rows
from .engine import writing
from .errors import StoreError
from .read import Reader, reading
from .source import chunks


class ContactBook:
    """Contacts of one ledger's parties; any number of processes may write them at once."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, contacts: Iterable[Contact]) -> int:
        """Write contacts; how many were not there before. StoreError where that fails."""
        try:
            with writing(self._engine) as connection:
                return len(
                    sealed_rows.add_new(connection, t.contact, [_row(one) for one in contacts])
                )
        except SQLAlchemyError as error:
            raise _failed(error) from error

    def remove(self, contacts: Iterable[Contact]) -> int:
        """Take contacts away; how many were there. StoreError where that fails."""
        columns = t.contact.c
        try:
            with writing(self._engine) as connection:
                return sum(
                    len(
                        sealed_rows.remove(
                            connection,
                            t.contact,
                            (
                                columns.party == one.party,
                                columns.kind == one.kind,
                                columns.address == one.address,
                            ),
                        )
                    )
                    for one in contacts
                )
        except SQLAlchemyError as error:
            raise _failed(error) from error

    def all(self, party: str | None = None) -> list[Contact]:
        """All contacts, or one party's, in order."""
        query = select(t.contact)
        if party is not None:
            query = query.where(t.contact.c.party == party)
        with reading(self._engine) as reader:
            return _ordered(reader, query)


def contacts_of(reader: Reader, parties: Iterable[str]) -> dict[str, list[Contact]]:
    """The contacts of these parties, as of a reader's moment; those without any are left out."""
    found: dict[str, list[Contact]] = {}
    for part in chunks(sorted(set(parties))):
        for one in _ordered(reader, select(t.contact).where(t.contact.c.party.in_(part))):
            found.setdefault(one.party, []).append(one)
    return found


def _ordered(reader: Reader, query: Select[Any]) -> list[Contact]:
    rows = [_contact(row) for row in sealed_rows.believed(reader.connection, t.contact, query)]
    return sorted(rows, key=lambda one: (one.party, one.kind, one.address))


def _contact(row: Row[Any]) -> Contact:
    return Contact(row.party, row.kind, row.address, row.secret)


def _row(contact: Contact) -> dict[str, str | None]:
    return {name: getattr(contact, name) for name in Contact.__slots__}


def _failed(error: SQLAlchemyError) -> StoreError:
    return StoreError(f"contacts cannot be written: {str(error).splitlines()[0][:300]}")
