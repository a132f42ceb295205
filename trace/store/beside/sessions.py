"""Sessions: who is signed in to the pages. Beside the ledger."""

from typing import NamedTuple

from sqlalchemy import Engine, delete, select

from ..read.reader import Reader
from . import sealed_rows
from .repository import Repository
from .schema_beside import session as table

_c = table.c


class _Session(NamedTuple):
    nonce: str | None
    keyid: str | None
    expires: int


_rows = Repository(table, "sessions", lambda row: _Session(row.nonce, row.keyid, row.expires))


class Sessions:
    """Sessions by the SHA-256 of their cookie, to be written. Instants are microseconds UTC."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, token: str, nonce: str, now: int, expires: int) -> None:
        """Begin a session that is asked to sign a challenge; those that are over are removed."""
        with _rows.writing(self._engine) as connection:
            connection.execute(delete(table).where(_c.expires <= now))
            row = {"token": token, "nonce": nonce, "expires": expires, "ends": expires}
            sealed_rows.add(connection, table, row)

    def take(self, token: str, now: int) -> tuple[str, int] | None:
        """The nonce that a session was asked to sign, and until when; no challenge is met twice.

        None where it was asked for nothing, or it is too late.
        """
        found = _rows.remove(self._engine, (_c.token == token, _c.nonce.is_not(None)))
        return next(((str(one.nonce), one.expires) for one in found if one.expires > now), None)

    def begin(self, token: str, keyid: str, expires: int, ends: int) -> None:
        """Begin the session of somebody who has signed in with a key; it `ends` in any case."""
        row = {"token": token, "keyid": keyid, "expires": expires, "ends": ends}
        _rows.add(self._engine, row)

    def extend(self, token: str, expires: int) -> None:
        """Let a session that is there last until then, or until it ends."""
        _rows.change(
            self._engine, (_c.token == token,), lambda row: {"expires": min(expires, row.ends)}
        )

    def end(self, token: str) -> None:
        """End a session, if it is there."""
        with _rows.writing(self._engine) as connection:
            connection.execute(delete(table).where(_c.token == token))


def signed_in_with(reader: Reader, token: str, now: int) -> tuple[str, int] | None:
    """The key of a session that was signed in, and until when it lasts; None where it is over."""
    lasts = (_c.expires > now, _c.ends > now)
    query = select(table).where(_c.token == token, *lasts, _c.keyid.is_not(None))
    return next(((str(one.keyid), one.expires) for one in _rows.of(reader, query)), None)
