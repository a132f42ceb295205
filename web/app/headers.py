"""Headers that answers carry, how they are coded, and the digest in the URLs of static files."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

import brotli
from flask import Flask, Response, request, url_for

from suyuan.trace.evidence.bundle import MEDIA_TYPE

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
# Of what a page is made of, which only itself can be a document: a page has twenty of them.
_OF_PARTS = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
_OF_DOCUMENTS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_PARTS = ("text/css", "text/javascript")  # of pages: twenty of them, on slow networks
_FILES = (*_PARTS, "image/svg+xml")
_PAGES = (
    "catalogue",
    "consumer",
    "reference",
    "scan",
    "start",
)  # none of which says anything that is not public
_WORDS = "consumer.words"  # what its scripts say
_LEAST = 1_000


def install(app: Flask) -> None:
    """Add the headers to each answer, compress what is public, give templates `static_url`."""
    app.after_request(harden)
    app.after_request(_squeeze)
    app.jinja_env.globals["static_url"] = static_url


def harden(response: Response) -> Response:
    """Add to an answer the headers that it has not set."""
    others = _OF_PARTS if response.mimetype in _PARTS else _OF_DOCUMENTS
    for name, value in (_ALWAYS | others).items():
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


def _squeeze(response: Response) -> Response:
    """Compress an answer once it is worth it; pages with a form's token are left as they are."""
    is_page = response.mimetype == "text/html" and request.blueprint in _PAGES
    is_page = is_page or request.endpoint == _WORDS
    if not (is_page or response.mimetype in (*_FILES, MEDIA_TYPE)) or response.status_code in (
        206,
        304,
    ):
        return response
    response.vary.add("Accept-Encoding")
    is_file = response.mimetype in _FILES
    names = ("br", "gzip") if is_file else ("gzip",)
    coding = next((name for name in names if request.accept_encodings.quality(name) > 0), None)
    if coding is None or "Content-Encoding" in response.headers:
        return response
    if request.method == "HEAD":
        return response
    response.direct_passthrough = False
    data = response.get_data()
    if len(data) < _LEAST:
        return response
    response.set_data(_compressed(data, coding) if is_file else gzip.compress(data, 5, mtime=0))
    response.headers["Content-Encoding"] = coding
    if response.headers.get("ETag"):
        etag, _ = response.get_etag()
        response.set_etag(str(etag), weak=True)
    return response


@lru_cache(maxsize=256)
def _compressed(data: bytes, coding: str) -> bytes:
    """A static file's bytes, compressed as well as can be, once."""
    return brotli.compress(data) if coding == "br" else gzip.compress(data, 9, mtime=0)
