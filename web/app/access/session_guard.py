"""What keeps other sites from acting as somebody who is signed in here.

Forms carry a token of their session (Flask-WTF); requests of scripts are held to their origin. The
cookie is SameSite=Lax besides.
"""

import hashlib
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect  # type: ignore[import-untyped]

from suyuan.web.context import site

from ..problems import ProblemError
from . import session

_csrf = CSRFProtect()


def install(app: Flask) -> None:
    """Set up Flask-WTF over sessions of our own, which keep nothing in cookies but their name."""
    app.session_interface = _OfCookie()
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,  # entries and challenges are signed: they need no token
        WTF_CSRF_SECRET_KEY="suyuan",  # noqa: S106  the secret is in each session's token
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # pages send no referrer; the origin is checked instead
    )
    _csrf.init_app(app)


def require_token() -> None:
    """Refuse a form that was not made by a page of this session."""
    _csrf.protect()


def require_origin() -> None:
    """Refuse a request that another site's page has made; browsers say so, and always do."""
    fetched = request.headers.get("Sec-Fetch-Site")
    origin = request.headers.get("Origin")
    if origin is not None:
        asking = urlsplit(origin)
        served = urlsplit(site().base_url)
        # What comes by http where pages are served by https, somebody on the way may have written.
        is_plain = served.scheme == "https" != asking.scheme and asking.netloc == served.netloc
        is_ours = asking.netloc == request.host and not is_plain
    else:
        is_ours = fetched == "same-origin"
    if not is_ours or fetched not in (None, "same-origin"):
        raise ProblemError(
            403, "the request comes from no page of this site: its Origin must be this site's own"
        )


def host() -> str:
    """The host that a challenge of this request names; a problem where pages are not served there.

    That of SUYUAN_BASE_URL, that of the ledger's codes, or this machine itself.
    """
    netloc = request.host
    if netloc in (urlsplit(site().base_url).netloc, site().host) or session.is_loopback():
        return netloc
    raise ProblemError(421, "pages are served at %s: sign in there", site().base_url)


class _Token(dict[str, Any], SessionMixin):
    """Flask's session: nothing but what Flask-WTF compares a form's token with."""


class _OfCookie(SessionInterface):
    """Flask's session made of our cookie, and never sent."""

    def open_session(self, app: Flask, request: Request) -> _Token:
        """The token that goes with the cookie; without one, none that a form could have."""
        value = session.cookie()
        if value is None:
            return _Token()
        return _Token(csrf_token=hashlib.sha256(f"csrf {value}".encode()).hexdigest())

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing is kept."""
