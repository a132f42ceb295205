"""Text compressed for those who take it: a label's page is read on slow networks."""

import gzip
from functools import lru_cache

import brotli
from flask import Flask, Response, request

from suyuan.trace.evidence.bundle import MEDIA_TYPE

from .making import present

_FILES = ("text/css", "text/javascript", "image/svg+xml")
_TYPES = (*_FILES, MEDIA_TYPE)
_PAGES = ("consumer", "scan", "start")  # none of which says anything that is not public
_WORDS = "consumer.words"  # what its scripts say
_LEAST = 1_000


def install(app: Flask) -> None:
    """Compress public pages, scripts, styles and evidence files."""
    app.after_request(_squeeze)


def _squeeze(response: Response) -> Response:
    """Compress an answer once it is worth it; pages with a form's token are left as they are."""
    is_page = response.mimetype == "text/html" and request.blueprint in _PAGES
    is_page = is_page or request.endpoint == _WORDS
    made = present()
    if made is not None and made.live is not None:
        return response  # the cache compresses it
    if not (is_page or response.mimetype in _TYPES) or response.status_code in (206, 304):
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
