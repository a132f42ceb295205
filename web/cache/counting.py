"""Scans counted in this process, and written each second."""

import atexit
import hashlib
import logging
import re
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import quote

from flask import Flask, current_app
from markupsafe import Markup

from suyuan.trace.findings import label_copies
from suyuan.trace.findings.label_copies import Scans
from suyuan.trace.format.messages import Language
from suyuan.trace.format.times import micros, zone
from suyuan.trace.store.beside.tallies import Key, ScanBook, Tally, merged
from suyuan.trace.store.errors import StoreError
from suyuan.web.app.limits import asker
from suyuan.web.context import Site
from suyuan.web.text import fresh

_KEY = "suyuan.scans"
COOKIE = "scanned"
_MARKED = 7 * 86_400  # seconds for which a phone shows that it opened a page
_HOUR = 3_600_000_000  # microseconds
_PAUSE = 1.0
MAX_WAITING = 20_000  # labels; what is beyond is not counted, rather than memory filled
MAX_ASKERS = 200_000  # in an hour, 25 MB: what is beyond is not counted
MAX_UNKNOWN = 200  # serials that nobody issued, between two writings
_BOT = re.compile(
    r"bot|crawl|spider|slurp|preview|externalhit|headless|monitor|lighthouse|probe|scrap", re.I
)
_AHEAD = ("HTTP_PURPOSE", "HTTP_SEC_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ")
_log = logging.getLogger(__name__)


def install(app: Flask, site: Site) -> None:
    """Count the scans of this ledger's labels."""
    database = site.ledger.database
    app.extensions[_KEY] = counter = Counter(ScanBook(site.ledger.home, database.engine))
    database.before_close.append(counter.close)


def counter() -> "Counter":
    """The counter of the present app."""
    return of(current_app)


def of(app: Flask) -> "Counter":
    """The counter of an app."""
    counter = app.extensions[_KEY]
    assert isinstance(counter, Counter)
    return counter


def scanner(environ: Mapping[str, Any]) -> str | None:
    """The address that counts as one, where a person has just opened a label's page from outside.

    None for a HEAD, a bot, a prefetch or a preview, a reload, a link from one page here to
    another, or a phone that has opened this page before: `mark` leaves a cookie there.
    """
    agent = environ.get("HTTP_USER_AGENT", "")
    is_person = agent.startswith("Mozilla/") and _BOT.search(agent) is None
    is_ahead = any(environ.get(name) for name in _AHEAD)
    is_document = environ.get("HTTP_SEC_FETCH_DEST", "document") == "document"
    is_inside = environ.get("HTTP_SEC_FETCH_SITE") in ("same-origin", "same-site")
    is_asked = bool(environ.get("QUERY_STRING", "").strip("&"))
    is_again = "max-age=0" in environ.get("HTTP_CACHE_CONTROL", "") or is_asked
    is_again |= f"{COOKIE}=1" in environ.get("HTTP_COOKIE", "")
    is_scan = (
        environ["REQUEST_METHOD"] == "GET"
        and is_person
        and is_document
        and not (is_ahead or is_inside or is_again)
    )
    return asker(environ.get("REMOTE_ADDR")) if is_scan else None


def mark(environ: Mapping[str, Any]) -> tuple[str, str]:
    """The header by which a phone shows that this label's page was opened on it before.

    The same for everybody, sent back for this page alone, gone in a week, and kept by no server.
    """
    path = quote(environ.get("SCRIPT_NAME", "") + environ["PATH_INFO"], safe="/")
    secure = "; Secure" if environ.get("wsgi.url_scheme") == "https" else ""
    return "Set-Cookie", (
        f"{COOKIE}=1; Path={path}; Max-Age={_MARKED}; HttpOnly; SameSite=Lax{secure}"
    )


class Askers:
    """Which addresses have scanned which label in this hour: hashes, whose key ends with the hour.

    In this process alone and never on a disk: a server of several counts one once in each.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hour = -1
        self._key = b""
        self._hashes: set[bytes] = set()

    def is_new(self, label: str, asker: str, hour: int) -> bool:
        """Whether this address has not scanned this label in this hour; noted, so that it has."""
        with self._lock:
            if hour != self._hour:
                self._hour, self._key, self._hashes = hour, secrets.token_bytes(32), set()
            scan = f"{label} {asker}".encode("utf-8", "surrogateescape")
            digest = hashlib.blake2b(scan, key=self._key, digest_size=16).digest()
            if digest in self._hashes or len(self._hashes) >= MAX_ASKERS:
                return False
            self._hashes.add(digest)
            return True


class Counter:
    """Counts in memory until they are written; one writer for each process that counts."""

    def __init__(self, book: ScanBook) -> None:
        self._book = book
        self._askers = Askers()
        self._lock = threading.Lock()  # of what is in memory
        self._writing = threading.Lock()  # while what was in memory is not in the database yet
        self._waiting: dict[Key, Tally] = {}
        self._unknown = 0
        self._thread: threading.Thread | None = None
        self._is_over = threading.Event()
        self._swept = 0
        self._since = 0.0

    def count(
        self, code: str, serial: str, now: datetime, *, is_issued: bool, asker: str | None = None
    ) -> None:
        """Count one scan of a label at this instant; of one address once an hour."""
        local, at = now.astimezone(zone()), micros(now)
        if asker is not None:
            label, hour = f"{code}/{serial}", at // _HOUR
            if not self._askers.is_new(label, asker, hour):
                return
        today = local.date().toordinal()
        with self._lock:
            tally = self._waiting.get((code, serial))
            if tally is None:
                self._unknown += not is_issued
                if len(self._waiting) >= MAX_WAITING or (
                    not is_issued and self._unknown > MAX_UNKNOWN
                ):
                    return
                if not self._waiting:
                    self._since = time.monotonic()
                tally = self._waiting[code, serial] = Tally(at, at, is_issued, {})
            before = tally.days.get(today, (0, 0))
            tally.days[today] = (before[0] + 1, before[1] | 1 << local.hour)
            tally.last = max(tally.last, at)
            tally.is_issued |= is_issued
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="scans", daemon=True)
                self._thread.start()
                atexit.register(self.flush)

    def of(self, code: str, serial: str) -> Scans | None:
        """The known scans of a label, those included that this process has not written."""
        with self._writing:
            with self._lock:
                tally = self._waiting.get((code, serial))
                waiting = None if tally is None else replace(tally, days=dict(tally.days))
            try:
                stored = self._book.of(code, serial)
            except StoreError as error:
                _log.warning("%s", error)
                stored = None
        return merged(stored, waiting)

    @property
    def is_writing(self) -> bool:
        """Whether counts are being written, and what is known of a label is waited for."""
        return self._writing.locked()

    def waiting(self) -> tuple[int, float | None]:
        """How many labels have scans that are not written, and since when (time.monotonic)."""
        with self._lock:
            return len(self._waiting), self._since if self._waiting else None

    def flush(self) -> None:
        """Write what was counted; what cannot be written is lost: it is no record."""
        with self._writing:
            with self._lock:
                waiting, self._waiting, self._unknown = self._waiting, {}, 0
            try:
                self._book.add(waiting)
                self._sweep(waiting)
            except StoreError as error:
                _log.warning("%s", error)

    def _sweep(self, waiting: Mapping[Key, Tally]) -> None:
        """Once a day, forget what is too old."""
        today = max((max(tally.days) for tally in waiting.values()), default=0)
        if today > self._swept:
            self._swept = today
            self._book.sweep(today, max(tally.last for tally in waiting.values()))

    def close(self) -> None:
        """Write what was counted, before the database is let go of."""
        self._is_over.set()
        if (thread := self._thread) is not None:
            thread.join()

    def _run(self) -> None:
        while True:
            self._is_over.wait(_PAUSE)
            self.flush()
            with self._lock:
                if self._is_over.is_set() or not self._waiting:
                    self._thread = None
                    atexit.unregister(self.flush)
                    return


@dataclass(frozen=True, slots=True)
class Scannable:
    """A label whose scans are counted: by whose code, and what its scans are compared with.

    `issued` is when it was issued (microseconds UTC), `ended` the last day on which the food was
    sold, or its best-before date where that is later; None where that is not known.
    """

    code: str
    serial: str
    is_issued: bool
    issued: int | None
    ended: date | None

    def scanned(
        self, counter: Counter, now: datetime, asker: str | None, language: Language
    ) -> Markup:
        """What its page says of its scans, the present one counted if an address is given."""
        if asker is not None:
            counter.count(self.code, self.serial, now, is_issued=self.is_issued, asker=asker)
        scans = counter.of(self.code, self.serial)
        met = scans and label_copies.rules_met(scans, issued=self.issued, ended=self.ended)
        return fresh.scanned(scans, met or (), language)
