"""The table of sessions: who is signed in to the pages. Beside the ledger."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, delete, select
from sqlalchemy.exc import SQLAlchemyError

from . import schema_beside as t
from . import sealed_rows
from .engine import writing
from .errors import StoreError
from .read import Reader


class Sessions:
    """Sessions by the SHA-256 of their cookie; any number of processes may write them at once.

    Instants are microseconds UTC. StoreError where the database cannot be written.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def ask(self, token: str, nonce: str, now: int, expires: int) -> None:
        """Begin a session that is asked to sign a challenge; those that are over are removed."""
        with self._writing() as connection:
            connection.execute(delete(t.session).where(t.session.c.expires <= now))
            row = {"token": token, "nonce": nonce, "expires": expires, "ends": expires}
            sealed_rows.add(connection, t.session, row)

    def take(self, token: str, now: int) -> tuple[str, int] | None:
        """The nonce that a session was asked to sign, and until when; no challenge is met twice.

        None where it was asked for nothing, or it is too late.
        """
        columns = t.session.c
        which = (columns.token == token, columns.nonce.is_not(None))
        with self._writing() as connection:
            found = sealed_rows.remove(connection, t.session, which)
        return next(((row.nonce, row.expires) for row in found if row.expires > now), None)

    def begin(self, token: str, keyid: str, expires: int, ends: int) -> None:
        """Begin the session of somebody who has signed in with a key; it `ends` in any case."""
        with self._writing() as connection:
            row = {"token": token, "keyid": keyid, "expires": expires, "ends": ends}
            sealed_rows.add(connection, t.session, row)

    def extend(self, token: str, expires: int) -> None:
        """Let a session that is there last until then, or until it ends."""
        with self._writing() as connection:
            here = (t.session.c.token == token,)
            sealed_rows.change(
                connection, t.session, here, lambda row: {"expires": min(expires, row.ends)}
            )

    def end(self, token: str) -> None:
        """End a session, if it is there."""
        with self._writing() as connection:
            connection.execute(delete(t.session).where(t.session.c.token == token))

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        try:
            with writing(self._engine) as connection:
                yield connection
        except SQLAlchemyError as error:
            said = str(error).splitlines()[0][:300]
            raise StoreError(f"sessions cannot be written: {said}") from error


def signed_in_with(reader: Reader, token: str, now: int) -> tuple[str, int] | None:
    """The key of a session that was signed in, and until when it lasts; None where it is over."""
    columns = t.session.c
    query = select(t.session).where(
        columns.token == token,
        columns.expires > now,
        columns.ends > now,
        columns.keyid.is_not(None),
    )
    found = sealed_rows.believed(reader.connection, t.session, query)
    return next(((row.keyid, row.expires) for row in found), None)
