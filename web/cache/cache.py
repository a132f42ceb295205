"""Consumer pages kept ahead of Flask, and never out of date.

A page is kept with the statements that were read to make it. On each request these are asked again
and must give the same rows, files must be what they were, and the day the same; else it is made
anew. What every link and every scan changes is put in each time. So an answer from here is the
answer that would be made now.
"""

import marshal
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from operator import attrgetter
from sys import intern
from typing import Any

from apiflask import APIFlask
from cachetools import LRUCache
from flask import Flask

from suyuan.keys.settings import setting
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Language
from suyuan.trace.format.times import zone
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read import reread
from suyuan.trace.store.read.reread import Kept, Live
from suyuan.web.app.problems import RULE
from suyuan.web.context import of as site_of
from suyuan.web.text.fresh import as_of

from . import cache_key, counting, pieces
from .cache_key import Environ, PageKey
from .making import ENVIRON, Page
from .measured import measured
from .pieces import AS_OF, SCANS, Piece

KEY = "suyuan.pages"
DEFAULT_MB = 64
MOST_TEXTS = 4_000  # of statements; they are shared by all pages
_OVERHEAD = 2_000  # bytes of a page's own objects, about
_MADE_ANEW = ("content-length", "content-encoding", "etag")
StartResponse = Callable[..., Any]


def install(app: APIFlask) -> None:
    """Keep up to SUYUAN_PAGE_CACHE_MB of pages in this process, 64 by default; none with 0."""
    size = setting("PAGE_CACHE_MB") or str(DEFAULT_MB)
    if not (size.isascii() and size.isdigit() and len(size) < 7):
        raise LedgerError("SUYUAN_PAGE_CACHE_MB is %s: give a number of megabytes", repr(size[:40]))
    if int(size) > 0:
        app.extensions[KEY] = cache = PageCache(app, int(size))
        app.wsgi_app = cache  # type: ignore[method-assign]


def of(app: Flask) -> "PageCache | None":
    """The cache of an app, if it has one."""
    cache = app.extensions.get(KEY)
    assert cache is None or isinstance(cache, PageCache)
    return cache


class PageCache:
    """A WSGI application before the one that makes the pages."""

    def __init__(self, app: APIFlask, megabytes: int) -> None:
        self._ledger, self._zone = site_of(app).ledger, zone()
        self._counter = counting.of(app)
        self._inner: Callable[..., Iterable[bytes]] = app.wsgi_app
        engine = self._ledger.database.engine
        reread.listen(engine)
        self.again = reread.again(engine, megabytes=megabytes)
        self.pages: LRUCache[PageKey, Page] = LRUCache(megabytes << 20, attrgetter("size"))
        self._lock = threading.Lock()  # of the pages
        self._texts: dict[str, str] = {}
        self._newest: dict[Language, tuple[Live, Piece]] = {}
        self.hit, self.miss = map(measured().pages.labels, ("hit", "miss"))

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from what is kept, else by the application behind."""
        key = cache_key.key_of(environ)
        answer = None if key is None else self._kept(key, environ, start_response)
        if answer is not None:
            return answer
        if key is None or environ["REQUEST_METHOD"] == "HEAD":
            return self._inner(environ, start_response)
        return self._made(key, environ, start_response)

    def at_once(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """Answer from what is kept; None where it is not, or it would be waited for."""
        if not self.again.is_here or self._counter.is_writing:
            return None
        key = cache_key.key_of(environ)
        return None if key is None else self._kept(key, environ, start_response)

    def _kept(
        self, key: PageKey, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        with self._lock:
            page = self.pages.get(key)
        if page is None:
            return None
        newest = self._unchanged(page, key.language)
        if newest is None:
            with self._lock:
                self.pages.pop(key, None)
            return None
        self.hit.inc()
        environ[RULE] = "kept"
        return self._answer(page, newest, key.language, environ, start_response)

    def _unchanged(self, page: Page, language: Language) -> Piece | None:
        """What is said of what is newest, if nothing else has changed since the page was made."""
        if self._ledger.now().astimezone(self._zone).date() != page.today:
            return None
        if any(ask(of) != answer for (ask, of), answer in page.watched.items()):
            return None
        assert page.read is not None
        try:
            live = self.again.look(page.read)
            if live is None or live.is_signed(self._ledger.trust.log) is not page.is_signed:
                return None
            return self._as_of(live, language)
        except (StoreError, OverflowError, TypeError, ValueError):  # the page itself says what
            return None

    def _as_of(self, live: Live, language: Language) -> Piece:
        """What pages in a language say of what is newest, made once."""
        known = self._newest.get(language)
        if known is None or known[0] != live:
            known = self._newest[language] = live, pieces.piece(as_of(live, language))
        return known[1]

    def _made(
        self, key: PageKey, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes]:
        """Have the page made, keep it, and answer with it."""
        self.miss.inc()
        page = Page()
        started: list[Any] = []

        def catch(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started[:] = [status, headers, exc_info]

        body = self._inner({**cache_key.reduced(environ, key), ENVIRON: page}, catch)
        status, headers, exc_info = started
        if page.live is None or not status.startswith("200"):
            start_response(status, headers, *([exc_info] if exc_info else []))
            return body
        try:
            page.pieces = pieces.cut(b"".join(body).decode())
        finally:
            if hasattr(body, "close"):
                body.close()
        page.headers = tuple(
            (intern(name), intern(value))
            for name, value in headers
            if name.lower() not in _MADE_ANEW
        )
        if page.read is not None and not any(name == "Set-Cookie" for name, _ in headers):
            self._keep(key, page, page.read)
        newest = self._as_of(page.live, key.language)
        return self._answer(page, newest, key.language, environ, start_response)

    def _keep(self, key: PageKey, page: Page, read: Kept) -> None:
        """Keep a page with the texts of its statements shared, unless it is too large."""
        values = marshal.dumps([values for _, values in read.statements])
        data = sum(len(p.data) + len(p.deflated) for p in page.pieces if isinstance(p, Piece))
        parts = len(read.statements) + 2 * len(page.watched) + 2 * len(page.pieces)
        with self._lock:
            new = sum(len(query) for query, _ in read.statements if query not in self._texts)
            read.statements = [(self._texts.setdefault(q, q), v) for q, v in read.statements]
            page.size = _OVERHEAD + new + 2 * len(values) + data + 150 * parts
            with suppress(ValueError):  # larger than all that may be kept
                self.pages[key] = page
            if len(self._texts) > MOST_TEXTS:
                self._texts.clear()  # pages have theirs; those to come share new ones

    def _answer(
        self,
        page: Page,
        newest: Piece,
        language: Language,
        environ: Environ,
        start_response: StartResponse,
    ) -> Iterable[bytes]:
        """Answer with a page, what it says of now put in; a scan counted, if it is one."""
        fresh, marks = {AS_OF: newest}, []
        if page.scannable is not None:
            if (asker := counting.scanner(environ)) is not None:
                marks = [counting.mark(environ)]
            at = self._ledger.now()
            fresh[SCANS] = pieces.piece(page.scannable.scanned(self._counter, at, asker, language))
        whole = [fresh[part] if isinstance(part, str) else part for part in page.pieces]
        etag = pieces.etag(whole)
        if cache_key.has(environ, etag):
            validated = [(name, value) for name, value in page.headers if name != "Content-Type"]
            start_response("304 NOT MODIFIED", [*validated, ("ETag", etag)])
            return []
        more = [("ETag", etag), *marks]
        if cache_key.takes_gzip(environ):
            body = pieces.gzipped(whole)
            more.append(("Content-Encoding", "gzip"))
        else:
            body = pieces.plain(whole)
        start_response("200 OK", [*page.headers, ("Content-Length", str(len(body))), *more])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
