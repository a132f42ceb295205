"""Invitations: who may offer a key, and which one was offered. Beside the ledger."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, exists, or_, select

from ..read.reader import Reader
from ..schema import key, subject
from ..schema import party as party_table
from . import sealed_rows
from .repository import Repository, row_of
from .schema_beside import invitation as invitation_table

MOST = 500
KEPT = 90 * 86_400_000_000
"""Microseconds that one which is over is still listed, to be made anew."""

STATES = ("open", "offered", "enrolled", "over")
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
        """Keep a new invitation, and remove those that were over for long when it was made."""
        with self.writing() as connection:
            connection.execute(delete(self.table).where(_c.expires <= new.made - KEPT))
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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which invitations are looked for: a part of the party's name, a state, which page."""

    name: str = ""
    state: str = ""
    page: int = 0
    most: int = 50


def found(reader: Reader, party: str, wanted: Wanted, now: int) -> tuple[list[Invitation], bool]:
    """Those that a party has made, or is invited by, the newest first; and whether more follow."""
    query = select(invitation_table).where(or_(_c.invited_by == party, _c.party == party))
    enrolled = exists().where(key.c.keyid == _c.keyid)
    over = and_(_c.expires <= now, ~enrolled)
    is_so = {
        "open": and_(_c.keyid.is_(None), ~over),
        "offered": and_(_c.keyid.is_not(None), ~enrolled, ~over),
        "enrolled": enrolled,
        "over": over,
    }
    if wanted.state in is_so:
        query = query.where(is_so[wanted.state])
    if wanted.name:
        of_name = and_(
            subject.c.uri == _c.party,
            subject.c.id == party_table.c.subject,
            party_table.c.name.icontains(wanted.name, autoescape=True),
        )
        query = query.where(exists().where(of_name))
    query = query.order_by(_c.made.desc(), _c.token).limit(wanted.most + 1)
    rows = InvitationBook.of(reader, query.offset(wanted.page * wanted.most))
    return rows[: wanted.most], len(rows) > wanted.most


def invitations(reader: Reader, party: str | None, now: int) -> list[Invitation]:
    """What a party has invited or is invited to, or all, while it is not over; newest first."""
    query = select(invitation_table).where(_c.expires > now)
    if party is not None:
        query = query.where(or_(_c.invited_by == party, _c.party == party))
    return InvitationBook.of(reader, query.order_by(_c.made.desc(), _c.token).limit(MOST))
