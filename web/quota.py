"""How much one party may offer for keeping on a day: files that no link names yet."""

from datetime import datetime, timedelta

from flask import Flask, current_app

from suyuan.trace.store.offered import OfferedBook
from suyuan.trace.times import zone

from . import context
from .context import site
from .problems import ProblemError

FILES = 1_000
BYTES = 1_000_000_000
_KEY = "suyuan.quota"


def install(app: Flask) -> None:
    """Count beside the ledger: every process of every server counts the same."""
    ledger = context.of(app).ledger
    app.extensions[_KEY] = OfferedBook(ledger.home, ledger.database.engine)


def take(party: str, size: int) -> None:
    """Count a file that a party offers; a problem, 429 with Retry-After, where the day is used up.

    A day is one of the ledger's zone.
    """
    book: OfferedBook = current_app.extensions[_KEY]
    now = site().ledger.now().astimezone(zone())
    today = now.date()
    if book.take(party, today.toordinal(), size, most_files=FILES, most_bytes=BYTES):
        return
    tomorrow = datetime.combine(today + timedelta(days=1), datetime.min.time(), now.tzinfo)
    wait = max(1, int((tomorrow - now).total_seconds()) + 1)
    raise ProblemError(
        429,
        f"a party may offer {FILES:,} files and {BYTES // 1_000_000:,} MB a day, and today's are "
        f"used up: go on tomorrow, in {wait // 3600} hours and {wait % 3600 // 60} minutes",
        retry_after=wait,
        field="file",
    )
