"""Headers that answers carry, and the digest in the URLs of static files."""

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, url_for

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_OF_DOCUMENTS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_PARTS = ("text/css", "text/javascript")  # of pages: twenty of them, on slow networks


def install(app: Flask) -> None:
    """Add the headers to each answer, and `static_url` to the templates."""
    app.after_request(harden)
    app.jinja_env.globals["static_url"] = static_url


def harden(response: Response) -> Response:
    """Add to an answer the headers that it has not set."""
    of_documents = {} if response.mimetype in _PARTS else _OF_DOCUMENTS
    for name, value in (_ALWAYS | of_documents).items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def static_url(name: str) -> str:
    """The URL of a static file, which changes with its content and so may be kept for a year."""
    return url_for("static", filename=name, v=_digest(name))


@lru_cache
def _digest(name: str) -> str:
    return hashlib.sha256((Path(__file__).parents[1] / "static" / name).read_bytes()).hexdigest()[
        :12
    ]
