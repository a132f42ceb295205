"""Who is signed in: a cookie, a row beside the ledger, and a key that is good now."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Response, g, request

from suyuan.keys.validity import Key, Party
from suyuan.trace.admission.access import EVERYBODY, Remit
from suyuan.trace.format.times import micros
from suyuan.trace.store.beside.sessions import Sessions, signed_in_with
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from ..problems import ProblemError

LASTS = timedelta(hours=12)
TO_SIGN = timedelta(minutes=5)
IDLE = timedelta(minutes=5)  # that a shared terminal stays signed in without being used
_NOTED = timedelta(minutes=1)  # between two notes that it is used
_MICRO = timedelta(microseconds=1)
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A party that is signed in, its key, and whom it may admit.

    `remit` is that of a registrar, empty for others; `key` is None for the root key, which is
    in no table.
    """

    party: Party
    keyid: str
    key: Key | None
    remit: tuple[str, ...]

    @property
    def uri(self) -> str:
        """The party's URI."""
        return self.party.uri

    @property
    def is_terminal(self) -> bool:
        """Whether the key is that of a shared terminal."""
        return self.key is not None and self.key.is_shared

    @property
    def is_authority(self) -> bool:
        """Whether it is the authority of this ledger."""
        return self.uri == site().genesis.authority

    @property
    def registers(self) -> Remit:
        """Whom it may admit and register: the authority everybody, a registrar its remit."""
        return EVERYBODY if self.is_authority else Remit(self.remit)

    @property
    def invites(self) -> bool:
        """Whether it may invite others than its own devices."""
        return self.is_authority or bool(self.remit)


def sessions() -> Sessions:
    """The sessions of this site."""
    return Sessions(site().ledger.database.engine)


def current() -> SignedIn | None:
    """The user of the present request, read once; None where nobody is signed in.

    A key that was revoked and a party that has left are signed in no more.
    """
    if "signed_in" not in g:
        g.signed_in = _find()
    user = g.signed_in
    assert user is None or isinstance(user, SignedIn)
    return user


def require() -> SignedIn:
    """The user; ProblemError 401 where nobody is signed in."""
    user = current()
    if user is None:
        raise ProblemError(401, "nobody is signed in: sign in first")
    return user


def signed_in() -> SignedIn:
    """The user, on a route that lets nobody else in."""
    user = current()
    assert user is not None
    return user


def require_own() -> SignedIn:
    """The user, on a device of its own; ProblemError 403 on a shared terminal.

    Whoever stands before that records goods: keys, mandates and registrations are not theirs.
    """
    user = require()
    if user.is_terminal:
        raise ProblemError(
            403, "a shared terminal records goods only: do this on a device that nobody shares"
        )
    return user


def known(reader: Reader, keyid: str) -> SignedIn | None:
    """The user whom a key signs in now; None where the key is not valid."""
    where = site()
    key = reader.key(keyid)
    if keyid == where.genesis.root_keyid:
        uri = where.genesis.authority
    elif key is not None and key.valid_at(reader.size()):
        uri = key.party
    else:
        return None
    party = reader.party(uri)
    if party is None or not party.admitted_at(reader.size()):
        return None
    return SignedIn(party, keyid, key, reader.remit(uri) or ())


def lasts(user: SignedIn) -> timedelta:
    """How long a session lasts; a shared terminal's from when it was used last."""
    return IDLE if user.is_terminal else LASTS


def ends(since: int) -> int:
    """When a session that begins at an instant ends, however much it is used."""
    return since + LASTS // _MICRO


def cookie(of: str = "") -> str | None:
    """The present request's session cookie, or one beside it, whose name goes on with `of`."""
    if "HTTP_COOKIE" not in request.environ:  # programs mostly: the name alone costs
        return None
    return request.cookies.get(_name(of)) or None


def set_cookie(response: Response, value: str, lasts: timedelta, of: str = "") -> None:
    """Set the session's cookie, or one beside it, for requests of this site alone."""
    response.set_cookie(_name(of), value, max_age=int(lasts.total_seconds()), **_attributes())


def delete_cookie(response: Response, of: str = "") -> None:
    """Take it away from the browser."""
    response.delete_cookie(_name(of), **_attributes())


def token_of(value: str) -> str:
    """The SHA-256 of a cookie, which alone is stored."""
    return hashlib.sha256(value.encode()).hexdigest()


def fresh(response: Response, lasts: timedelta) -> str:
    """Set a new session cookie, whatever the browser had; returns the `token_of` it."""
    value = secrets.token_urlsafe(32)
    set_cookie(response, value, lasts)
    return token_of(value)


def end() -> None:
    """End the present session on the server, if there is one."""
    value = cookie()
    if value is not None:
        sessions().end(token_of(value))
        g.pop("signed_in", None)


def forget(response: Response) -> None:
    """End the session: on the server, and in the browser."""
    end()
    delete_cookie(response)


def now() -> int:
    """Now, in microseconds UTC, by the ledger's clock."""
    return micros(site().ledger.now())


def is_loopback() -> bool:
    """Whether the request was made to this machine by its own name for itself."""
    return urlsplit(f"//{request.host}").hostname in _LOOPBACK


def _find() -> SignedIn | None:
    value = cookie()
    if value is None:
        return None
    token, moment = token_of(value), now()
    with site().ledger.reading() as reader:
        row = signed_in_with(reader, token, moment)
        user = None if row is None else known(reader, row[0])
    if row is not None and user is not None and user.is_terminal:
        until = moment + IDLE // _MICRO
        if until - row[1] > _NOTED // _MICRO:
            sessions().extend(token, until)
    return user


def is_secure() -> bool:
    """Whether the cookie is for https only: wherever pages are served so."""
    return request.is_secure or (site().base_url.startswith("https:") and not is_loopback())


def _attributes() -> dict[str, Any]:
    return {"secure": is_secure(), "httponly": True, "samesite": "Lax", "path": "/"}


def _name(of: str) -> str:
    return ("__Host-suyuan" if is_secure() else "suyuan") + of
