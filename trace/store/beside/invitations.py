"""Invitations: who may offer a key, and which one was offered. Beside the ledger."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, delete, or_, select

from ..read.reader import Reader
from . import sealed_rows
from .repository import Repository, row_of
from .schema_beside import invitation as table

MOST = 500
_c = table.c


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
    """Who may offer a key until when; `token` is the SHA-256 of what the link carries.

    Instants are microseconds UTC.
    """

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


_rows = Repository(table, "invitations", _invitation)


class InvitationBook:
    """Invitations of one ledger, to be written."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, one: Invitation) -> None:
        """Keep a new invitation, and remove those that were over before it was made."""
        with _rows.writing(self._engine) as connection:
            connection.execute(delete(table).where(_c.expires <= one.made))
            sealed_rows.add(connection, table, row_of(one))

    def offer(self, token: str, offer: Offer) -> bool:
        """Keep the key that is offered, if it is the first or the same; whether it is."""
        new = row_of(offer)
        found = _rows.change(
            self._engine, (_c.token == token,), lambda row: new if row.keyid is None else {}
        )
        return any(one.offer is not None and one.offer.keyid == offer.keyid for one in found)

    def remove(self, token: str) -> bool:
        """Take an invitation back; whether it was there."""
        with _rows.writing(self._engine) as connection:
            return connection.execute(delete(table).where(_c.token == token)).rowcount > 0


def invitation(reader: Reader, token: str) -> Invitation | None:
    """The invitation with this SHA-256 of its token, over or not."""
    return next(iter(_rows.of(reader, select(table).where(_c.token == token))), None)


def invitations(reader: Reader, who: str | None, now: int) -> list[Invitation]:
    """What a party has invited or is invited to, or all, while it is not over; newest first."""
    query = select(table).where(_c.expires > now)
    if who is not None:
        query = query.where(or_(_c.invited_by == who, _c.party == who))
    return _rows.of(reader, query.order_by(_c.made.desc(), _c.token).limit(MOST))
