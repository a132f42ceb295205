"""Text compressed for those who take it: a label's page is read on slow networks."""

import gzip
from functools import lru_cache

from flask import Flask, Response, request

from suyuan.trace.evidence.bundle import MEDIA_TYPE

from .cache_making import present

_FILES = ("text/css", "text/javascript", "image/svg+xml")
_TYPES = (*_FILES, MEDIA_TYPE)
_PAGES = ("consumer", "scan", "start")  # none of which says anything that is not public
_LEAST = 1_000


def install(app: Flask) -> None:
    """Compress public pages, scripts, styles and evidence files."""
    app.after_request(_squeeze)


def _squeeze(response: Response) -> Response:
    """Compress an answer once it is worth it; pages with a form's token are left as they are."""
    is_page = response.mimetype == "text/html" and request.blueprint in _PAGES
    making = present()
    if making is not None and making.is_made:
        return response  # the cache compresses it
    if not (is_page or response.mimetype in _TYPES) or response.status_code in (206, 304):
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip") <= 0 or "Content-Encoding" in response.headers:
        return response
    if request.method == "HEAD":
        return response
    response.direct_passthrough = False
    data = response.get_data()
    if len(data) < _LEAST:
        return response
    is_file = response.mimetype in _FILES
    response.set_data(_kept(data) if is_file else gzip.compress(data, 5, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    if response.headers.get("ETag"):
        found, _ = response.get_etag()
        response.set_etag(str(found), weak=True)
    return response


@lru_cache(maxsize=256)
def _kept(data: bytes) -> bytes:
    """A static file's bytes, compressed as well as can be, once."""
    return gzip.compress(data, 9, mtime=0)
