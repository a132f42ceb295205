"""Consumer pages kept ahead of Flask, and never out of date.

A page is kept with the statements that were read to make it. On each request these are asked again
and must give the same rows, files must be what they were, and the day the same; else it is made
anew. What every link changes (the size, the newest checkpoint) and the number of scans are put in
each time. So an answer from here is the answer that would be made now.
"""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from apiflask import APIFlask
from flask import Flask

from suyuan.keys.settings import setting
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.times import zone
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read import reread
from suyuan.trace.store.read.reread import Live
from suyuan.web.cache import counting
from suyuan.web.cache.measured import measured
from suyuan.web.context import Site
from suyuan.web.context import of as site_of

from . import asof, cache_key
from .asof import AsOf
from .cache_key import Environ, PageKey
from .cache_making import ENVIRON, Making
from .cache_pieces import Pieces, pieces
from .cache_shelf import Entry, Headers, Shelf

KEY = "suyuan.pages"
DEFAULT_MB = 64
_COUNTED = "suyuan.is_counted"  # whether the request was counted as a scan already
_MADE_ANEW = ("content-length", "etag")
_log = logging.getLogger("suyuan.web")
StartResponse = Callable[..., Any]


def install(app: APIFlask) -> None:
    """Keep up to SUYUAN_PAGE_CACHE_MB of pages in this process, 64 by default; none with 0."""
    size = setting("PAGE_CACHE_MB") or str(DEFAULT_MB)
    if not (size.isascii() and size.isdigit() and len(size) < 7):
        raise LedgerError("SUYUAN_PAGE_CACHE_MB is %s: give a number of megabytes", repr(size[:40]))
    if int(size) == 0:
        return
    cache = PageCache(site_of(app), counting.of(app), app.wsgi_app, int(size) << 20)
    app.extensions[KEY] = cache
    app.wsgi_app = cache  # type: ignore[method-assign]


def of(app: Flask) -> "PageCache | None":
    """The cache of an app, if it has one."""
    cache = app.extensions.get(KEY)
    assert cache is None or isinstance(cache, PageCache)
    return cache


class PageCache:
    """A WSGI application before the one that makes the pages."""

    def __init__(
        self,
        site: Site,
        counter: counting.Counter,
        inner: Callable[..., Iterable[bytes]],
        most: int,
    ) -> None:
        self._ledger = site.ledger
        self._zone = zone()
        self._newest: dict[bool, tuple[Live, AsOf, dict[str, str]]] = {}
        self._counter = counter
        self._inner = inner
        engine = site.ledger.database.engine
        reread.listen(engine)
        self.again = reread.again(engine, megabytes=most >> 20)
        self.shelf = Shelf(most)
        self.hits = self.misses = 0
        self._hit = measured().pages.labels("hit").inc
        self._miss = measured().pages.labels("miss").inc

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer from what is kept, else by the application behind."""
        key = cache_key.key_of(environ)
        if key is None:
            return self._inner(environ, start_response)
        answer = self._from_shelf(key, environ, start_response)
        if answer is not None:
            return answer
        if environ["REQUEST_METHOD"] == "HEAD":
            return self._inner(environ, start_response)
        self.misses += 1
        self._miss()
        is_counted = environ.pop(_COUNTED, False)
        return self._make(key, environ, start_response, is_counted=is_counted)

    def at_once(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes] | None:
        """Answer from what is kept; None where it is not, or it would be waited for."""
        if not self.again.is_here or self._counter.is_writing:
            return None
        key = cache_key.key_of(environ)
        return None if key is None else self._from_shelf(key, environ, start_response)

    def _from_shelf(
        self, key: PageKey, environ: Environ, start_response: StartResponse
    ) -> Iterable[bytes] | None:
        entry = self.shelf.get(key)
        if entry is None:
            return None
        with self.again.turn:
            texts = self._texts(entry, key)
            if texts is not None and entry.scannable is not None:
                scanner = counting.scanner(environ)
                environ[_COUNTED] = scanner is not None
                texts = self._scanned(entry, texts, scanner)
            if texts is not None:
                self.hits += 1
                self._hit()
                return _answer(entry.pieces, texts, entry.headers, environ, start_response)
        self.shelf.drop(key)
        return None

    def _texts(self, entry: Entry, key: PageKey) -> dict[str, str] | None:
        """The texts to put into a kept page; None where the page is out of date."""
        if self._ledger.now().astimezone(self._zone).date() != entry.today:
            return None
        if any(ask(of) != answer for ask, of, answer in entry.watched):
            return None
        try:
            live = self.again.look(entry.read)
            if live is None:
                return None
            newest, texts = self._now(live, in_chinese=key.in_chinese)
        except (StoreError, OverflowError, TypeError, ValueError):  # the page itself says what
            return None
        return texts if newest.kind == entry.kind else None

    def _now(self, live: Live, *, in_chinese: bool) -> tuple[AsOf, dict[str, str]]:
        known = self._newest.get(in_chinese)
        if known is None or known[0] is not live:
            newest = asof.as_of(live, self._ledger.trust.log, in_chinese=in_chinese)
            known = self._newest[in_chinese] = live, newest, newest.texts()
        return known[1:]

    def _scanned(
        self, entry: Entry, texts: dict[str, str], asker: str | None
    ) -> dict[str, str] | None:
        of = entry.scannable
        assert of is not None
        scans = of.scans(self._counter, self._ledger.now(), asker)
        if of.look(scans) != entry.look:
            return None
        return texts if scans is None else {**texts, "scans": str(scans.count)}

    def _make(
        self, key: PageKey, environ: Environ, start_response: StartResponse, *, is_counted: bool
    ) -> Iterable[bytes]:
        """Have the page made, keep it, and answer with it."""
        making = Making(None if is_counted else counting.scanner(environ))
        started: list[Any] = []

        def catch(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            started[:] = [status, headers, exc_info]

        body = self._inner({**cache_key.reduced(environ, key), ENVIRON: making}, catch)
        status, headers, exc_info = started
        if not making.is_made or not status.startswith("200"):
            start_response(status, headers, *([exc_info] if exc_info else []))
            return body
        try:
            text = b"".join(body).decode()
        finally:
            if hasattr(body, "close"):
                body.close()
        made = pieces(making.tokens.cut(text))
        stays = _headers(headers)
        if not any(name == "Set-Cookie" for name, _ in stays):
            self.shelf.put(key, making, made, stays)
        return _answer(made, making.texts(), stays, environ, start_response)


def _headers(headers: Iterable[tuple[str, str]]) -> Headers:
    """Flask's headers that stay with the page, with the Vary of compressing."""
    stays = []
    for name, value in headers:
        if name.lower() == "vary":
            stays.append(("Vary", f"{value}, Accept-Encoding"))
        elif name.lower() not in _MADE_ANEW:
            stays.append((name, value))
    return tuple(stays)


def _answer(
    page: Pieces,
    texts: dict[str, str],
    headers: Headers,
    environ: Environ,
    start_response: StartResponse,
) -> Iterable[bytes]:
    etag = page.etag(texts)
    if cache_key.has(environ, etag):
        validated = [(name, value) for name, value in headers if name != "Content-Type"]
        start_response("304 NOT MODIFIED", [*validated, ("ETag", etag)])
        return []
    is_squeezed = cache_key.takes_gzip(environ)
    body = page.compressed(texts) if is_squeezed else page.plain(texts)
    more = [("Content-Length", str(len(body))), ("ETag", etag)]
    if is_squeezed:
        more.append(("Content-Encoding", "gzip"))
    start_response("200 OK", [*headers, *more])
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]
