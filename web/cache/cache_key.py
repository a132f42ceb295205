"""Of which requests a page is kept, and all that a page may depend on of its request."""

from functools import lru_cache
from typing import Any, NamedTuple

from werkzeug.datastructures import Accept, LanguageAccept, MIMEAccept
from werkzeug.http import parse_accept_header, parse_cookie, parse_etags

from suyuan.trace.evidence.bundle import MEDIA_TYPE
from suyuan.web.app import sizes
from suyuan.web.text import languages
from suyuan.web.text.languages import CHINESE

Environ = dict[str, Any]
_PATHS = ("/t/", "/T/", "/01/", "/00/")
_QUERIES = frozenset(
    ("", "lang=zh", "lang=en", "all=1", "all=1&lang=zh", "all=1&lang=en")
)  # as our own pages write them
_LONGEST = 500
LINKSET = "application/linkset+json"
FORMS = ("text/html", "application/json", MEDIA_TYPE, LINKSET)
_PLAIN = (
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_NAME", "SERVER_PORT",
    "SERVER_PROTOCOL", "REMOTE_ADDR", "wsgi.version", "wsgi.url_scheme", "wsgi.input",
    "wsgi.errors", "wsgi.multithread", "wsgi.multiprocess", "wsgi.run_once",
    "wsgi.input_terminated", "HTTP_ACCEPT_ENCODING",
)  # fmt: skip


class PageKey(NamedTuple):
    """What a consumer page depends on: where it is, in which language, how large."""

    path: str
    query: str
    in_chinese: bool
    is_large: bool


def key_of(environ: Environ) -> PageKey | None:
    """The key of a request for a consumer page that may be kept; None for any other."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if not path.startswith(_PATHS) or query not in _QUERIES or len(path) > _LONGEST:
        return None
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ.get("SCRIPT_NAME"):
        return None
    if "HTTP_RANGE" in environ or not _is_for_people(environ.get("HTTP_ACCEPT", "")):
        return None
    if query.endswith("lang=zh"):
        in_chinese = True
    elif query.endswith("lang=en"):
        in_chinese = False
    else:
        in_chinese = _in_chinese(environ.get("HTTP_ACCEPT_LANGUAGE", ""))
    return PageKey(path, query, in_chinese, _is_large(environ.get("HTTP_COOKIE", "")))


def reduced(environ: Environ, of: PageKey) -> Environ:
    """The request with nothing in it that the page could depend on besides what was asked.

    And how the answer is to be sent, which is no part of the page.
    """
    plain = {name: environ[name] for name in _PLAIN if name in environ}
    plain["HTTP_HOST"] = "localhost"
    plain["HTTP_ACCEPT"] = "text/html"
    plain["HTTP_ACCEPT_LANGUAGE"] = "zh" if of.in_chinese else "en"
    if of.is_large:
        plain["HTTP_COOKIE"] = f"{sizes.COOKIE}={sizes.LARGE}"
    return plain


def has(environ: Environ, etag: str) -> bool:
    """Whether the client has the answer with this validator already."""
    validators = environ.get("HTTP_IF_NONE_MATCH")
    return validators is not None and parse_etags(validators).contains_weak(etag[3:-1])


def takes_gzip(environ: Environ) -> bool:
    """Whether the client takes what is compressed."""
    header = environ.get("HTTP_ACCEPT_ENCODING", "")
    return len(header) <= _LONGEST and _takes_gzip(header)


@lru_cache(maxsize=1024)
def _takes_gzip(header: str) -> bool:
    return parse_accept_header(header or None, Accept).quality("gzip") > 0


def _is_for_people(header: str) -> bool:
    return len(header) <= _LONGEST and _form(header) == "text/html"


@lru_cache(maxsize=1024)
def _form(header: str) -> str:
    return form(parse_accept_header(header or None, MIMEAccept))


def form(accepted: MIMEAccept) -> str:
    """The media type in which what a code names is asked for."""
    return accepted.best_match(FORMS, "text/html")


def _in_chinese(header: str) -> bool:
    return _reads_chinese(header) if len(header) <= _LONGEST else _reads(header)


def _reads(header: str) -> bool:
    accepted = parse_accept_header(header or None, LanguageAccept)
    return languages.accepted(accepted.values()) == CHINESE


_reads_chinese = lru_cache(maxsize=1024)(_reads)


def _is_large(header: str) -> bool:
    return sizes.COOKIE in header and parse_cookie(header).get(sizes.COOKIE) == sizes.LARGE
