"""Sessions: who is signed in to the pages. Beside the ledger."""

from typing import NamedTuple

from sqlalchemy import delete

from ..read.reader import Reader
from . import sealed_rows
from .repository import Repository
from .schema_beside import session as session_table

_c = session_table.c


class _Session(NamedTuple):
    nonce: str | None
    keyid: str | None
    expires: int


class Sessions(Repository[_Session]):
    """Sessions by the SHA-256 of their cookie, to be written. Instants are microseconds UTC."""

    table, noun = session_table, "sessions"
    value = staticmethod(lambda row: _Session(row.nonce, row.keyid, row.expires))

    def ask(self, token: str, nonce: str, now: int, expires: int) -> None:
        """Begin a session that is asked to sign a challenge; those that are over are removed."""
        with self.writing() as connection:
            connection.execute(delete(self.table).where(_c.expires <= now))
            row = {"token": token, "nonce": nonce, "expires": expires, "ends": expires}
            sealed_rows.add(connection, self.table, row)

    def take(self, token: str, now: int) -> tuple[str, int] | None:
        """The nonce that a session was asked to sign, once, and until when; None if over."""
        which = (_c.token == token, _c.nonce.is_not(None))
        with self.writing() as connection:
            rows = sealed_rows.remove(connection, self.table, which)
        return next(((str(row.nonce), row.expires) for row in rows if row.expires > now), None)

    def begin(self, token: str, keyid: str, expires: int, ends: int) -> None:
        """Begin the session of somebody who has signed in with a key; it `ends` in any case."""
        row = {"token": token, "keyid": keyid, "expires": expires, "ends": ends}
        with self.writing() as connection:
            sealed_rows.add(connection, self.table, row)

    def extend(self, token: str, expires: int) -> None:
        """Let a session that is there last until then, or until it ends."""
        self.change((_c.token == token,), lambda row: {"expires": min(expires, row.ends)})

    def end(self, token: str) -> None:
        """End a session, if it is there."""
        with self.writing() as connection:
            connection.execute(delete(self.table).where(_c.token == token))


def signed_in_with(reader: Reader, token: str, now: int) -> tuple[str, int] | None:
    """The key of a session that was signed in, and until when it lasts; None where it is over."""
    lasts = (_c.expires > now, _c.ends > now)
    row = Sessions.first(reader, _c.token == token, *lasts, _c.keyid.is_not(None))
    return None if row is None else (str(row.keyid), row.expires)
