"""Invitations: who may offer a key, and which one was offered. Beside the ledger."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select

from ..read.reader import Reader
from . import sealed_rows
from .repository import Repository, row_of
from .schema_beside import invitation as invitation_table

MOST = 500
_c = invitation_table.c


@dataclass(frozen=True, slots=True)
class Offer:
    """A key that a browser made: `spki` in base64, `offered` in microseconds UTC."""

    keyid: str
    alg: str
    spki: str
    kept: str
    possession: str
    offered: int


@dataclass(frozen=True, slots=True)
class Invitation:
    """Who may offer a key until when (microseconds); `token` is the SHA-256 of the link's."""

    token: str
    party: str
    invited_by: str
    made: int
    expires: int
    offer: Offer | None = None


def _invitation(row: Any) -> Invitation:
    offer = None
    if row.keyid is not None:
        offer = Offer(row.keyid, row.alg, row.spki, row.kept, row.possession, row.offered)
    return Invitation(row.token, row.party, row.invited_by, row.made, row.expires, offer)


class InvitationBook(Repository[Invitation]):
    """Invitations of one ledger, to be written."""

    table, noun, value = invitation_table, "invitations", staticmethod(_invitation)

    def add(self, new: Invitation) -> None:
        """Keep a new invitation, and remove those that were over before it was made."""
        with self.writing() as connection:
            connection.execute(delete(self.table).where(_c.expires <= new.made))
            sealed_rows.add(connection, self.table, row_of(new))

    def offer(self, token: str, offer: Offer) -> bool:
        """Keep the key that is offered, if it is the first or the same; whether it is."""
        new = row_of(offer)
        changed = self.change((_c.token == token,), lambda row: new if row.keyid is None else {})
        return any(row.offer is not None and row.offer.keyid == offer.keyid for row in changed)

    def remove(self, token: str) -> bool:
        """Take an invitation back; whether it was there."""
        with self.writing() as connection:
            return connection.execute(delete(self.table).where(_c.token == token)).rowcount > 0


def invitation(reader: Reader, token: str) -> Invitation | None:
    """The invitation with this SHA-256 of its token, over or not."""
    return InvitationBook.first(reader, _c.token == token)


def invitations(reader: Reader, party: str | None, now: int) -> list[Invitation]:
    """What a party has invited or is invited to, or all, while it is not over; newest first."""
    query = select(invitation_table).where(_c.expires > now)
    if party is not None:
        query = query.where(or_(_c.invited_by == party, _c.party == party))
    return InvitationBook.of(reader, query.order_by(_c.made.desc(), _c.token).limit(MOST))
