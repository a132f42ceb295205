"""Of which requests a page is kept, and all that a page may depend on of its request."""

from functools import lru_cache
from typing import Any, NamedTuple

from werkzeug.datastructures import Accept, LanguageAccept, MIMEAccept
from werkzeug.http import parse_accept_header, parse_cookie, parse_etags
from werkzeug.test import create_environ

from suyuan.trace.evidence.bundle import MEDIA_TYPE
from suyuan.trace.format.messages import Language
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


_OF_SENDING = ("REMOTE_ADDR", "HTTP_ACCEPT_ENCODING")


class PageKey(NamedTuple):
    """What a consumer page depends on: where it is, in which language, how large."""

    path: str
    query: str
    language: Language
    is_large: bool


class _Accepted(NamedTuple):
    """What a client takes: a page, its language, gzip."""

    page: bool
    language: Language
    gzip: bool


def key_of(environ: Environ) -> PageKey | None:
    """The key of a request for a consumer page that may be kept; None for any other."""
    path, query = environ["PATH_INFO"], environ.get("QUERY_STRING", "")
    if not path.startswith(_PATHS) or query not in _QUERIES or len(path) > _LONGEST:
        return None
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or environ.get("SCRIPT_NAME"):
        return None
    accepted = _accepted(environ)
    if "HTTP_RANGE" in environ or not accepted.page:
        return None
    language: Language = accepted.language
    if "lang=" in query:
        language = "zh" if query.endswith("zh") else "en"
    cookies = environ.get("HTTP_COOKIE", "")
    is_large = sizes.COOKIE in cookies and parse_cookie(cookies).get(sizes.COOKIE) == sizes.LARGE
    return PageKey(path, query, language, is_large)


def reduced(environ: Environ, of: PageKey) -> Environ:
    """A request with nothing in it that the page could depend on besides what was asked.

    And by whom, and how the answer is to be sent, which are no part of the page.
    """
    headers = {"Accept": "text/html", "Accept-Language": of.language}
    if of.is_large:
        headers["Cookie"] = f"{sizes.COOKIE}={sizes.LARGE}"
    plain = create_environ(query_string=of.query, headers=headers)
    sending = {name: environ[name] for name in _OF_SENDING if name in environ}
    return {**plain, "PATH_INFO": of.path, **sending}


def has(environ: Environ, etag: str) -> bool:
    """Whether the client has the answer with this validator already."""
    validators = environ.get("HTTP_IF_NONE_MATCH")
    return validators is not None and parse_etags(validators).contains_weak(etag[3:-1])


def takes_gzip(environ: Environ) -> bool:
    """Whether the client takes what is compressed."""
    return _accepted(environ).gzip


def form(accepted: MIMEAccept) -> str:
    """The media type in which what a code names is asked for."""
    return accepted.best_match(FORMS, "text/html")


def _accepted(environ: Environ) -> _Accepted:
    header = environ.get
    media, tongues = header("HTTP_ACCEPT", ""), header("HTTP_ACCEPT_LANGUAGE", "")
    codings = header("HTTP_ACCEPT_ENCODING", "")
    is_long = len(media) > _LONGEST or len(tongues) > _LONGEST or len(codings) > _LONGEST
    return _Accepted(False, "zh", False) if is_long else _parsed(media, tongues, codings)


@lru_cache(maxsize=4_096)
def _parsed(media: str, tongues: str, codings: str) -> _Accepted:
    wanted = form(parse_accept_header(media or None, MIMEAccept))
    locale = languages.accepted(parse_accept_header(tongues or None, LanguageAccept).values())
    gzip = parse_accept_header(codings or None, Accept).quality("gzip") > 0
    return _Accepted(wanted == "text/html", "zh" if locale == CHINESE else "en", gzip)
