"""The table of invitations: who may offer a key, and which one was offered. Beside the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, or_, select
from sqlalchemy.exc import SQLAlchemyError

from ..inviting import Invitation, Offer
from . import schema_beside as t
from . import sealed_rows
from .engine import writing
from .errors import StoreError
from .read import Reader

MOST = 500


class InvitationBook:
    """Invitations of one ledger; any number of processes may write them at once.

    StoreError where the database cannot be written.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, one: Invitation) -> None:
        """Keep a new invitation, and remove those that were over before it was made."""
        with self._writing() as connection:
            connection.execute(delete(t.invitation).where(t.invitation.c.expires <= one.made))
            row = {
                "token": one.token,
                "party": one.party,
                "invited_by": one.invited_by,
                "made": one.made,
                "expires": one.expires,
            }
            sealed_rows.add(connection, t.invitation, row)

    def offer(self, token: str, offer: Offer) -> bool:
        """Keep the key that is offered, if it is the first or the same; whether it is."""
        new = {name: getattr(offer, name) for name in Offer.__slots__}
        with self._writing() as connection:
            here = (t.invitation.c.token == token,)
            found = sealed_rows.change(
                connection, t.invitation, here, lambda row: new if row.keyid is None else {}
            )
        return any(row.keyid == offer.keyid for row in found)

    def remove(self, token: str) -> bool:
        """Take an invitation back; whether it was there."""
        with self._writing() as connection:
            here = t.invitation.c.token == token
            return connection.execute(delete(t.invitation).where(here)).rowcount > 0

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._engine) as connection:
                yield connection
        except SQLAlchemyError as error:
            said = str(error).splitlines()[0][:300]
            raise StoreError(f"invitations cannot be written: {said}") from error


def invitation(reader: Reader, token: str) -> Invitation | None:
    """The invitation with this SHA-256 of its token, over or not."""
    query = select(t.invitation).where(t.invitation.c.token == token)
    found = sealed_rows.believed(reader.connection, t.invitation, query)
    return next((_invitation(row) for row in found), None)


def invitations(reader: Reader, who: str | None, now: int) -> list[Invitation]:
    """What a party has invited or is invited to, or all, while it is not over; newest first."""
    columns = t.invitation.c
    query = select(t.invitation).where(columns.expires > now)
    if who is not None:
        query = query.where(or_(columns.invited_by == who, columns.party == who))
    query = query.order_by(columns.made.desc(), columns.token).limit(MOST)
    return [
        _invitation(row) for row in sealed_rows.believed(reader.connection, t.invitation, query)
    ]


def _invitation(row: Row[Any]) -> Invitation:
    offer = None
    if row.keyid is not None:
        offer = Offer(row.keyid, row.alg, row.spki, row.kept, row.possession, row.offered)
    return Invitation(row.token, row.party, row.invited_by, row.made, row.expires, offer)
