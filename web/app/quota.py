"""How much one party may have kept on a day that no link names yet: files, lists of labels."""

from datetime import datetime, timedelta

from flask import Flask, current_app

from suyuan.trace.format.times import zone
from suyuan.trace.store.beside.tallies import OfferedBook
from suyuan.web import context
from suyuan.web.app.problems import ProblemError
from suyuan.web.context import site

FILES = 1_000
BYTES = 1_000_000_000
LISTS = 2_000
LABELS = 200_000
_KEY = "suyuan.quota"


def install(app: Flask) -> None:
    """Count beside the ledger: every process of every server counts the same."""
    ledger = context.of(app).ledger
    app.extensions[_KEY] = OfferedBook(ledger.home, ledger.database.engine)


def take(party: str, size: int) -> None:
    """Count a file that a party offers; a problem, 429 with Retry-After, where the day is used up.

    A day is one of the ledger's zone.
    """
    allowance = f"offer {FILES:,} files and {BYTES // 1_000_000:,} MB"
    _take(party, 1, size, most=(FILES, BYTES), allowance=allowance, field="file")


def take_labels(party: str, lists: int, labels: int) -> None:
    """The same for drafts of labels, whose serials are kept until somebody signs."""
    allowance = f"draft {LISTS:,} lists and {LABELS:,} labels"
    _take(f"labels {party}", lists, labels, most=(LISTS, LABELS), allowance=allowance, field="lots")


def _take(
    name: str, files: int, size: int, *, most: tuple[int, int], allowance: str, field: str
) -> None:
    book: OfferedBook = current_app.extensions[_KEY]
    now = site().ledger.now().astimezone(zone())
    today = now.date()
    day, (most_files, most_bytes) = today.toordinal(), most
    if book.take(name, day, size, most_files=most_files, most_bytes=most_bytes, files=files):
        return
    tomorrow = datetime.combine(today + timedelta(days=1), datetime.min.time(), now.tzinfo)
    wait = max(1, int((tomorrow - now).total_seconds()) + 1)
    raise ProblemError(
        429,
        "a party may %s a day, and today's are used up: go on tomorrow, in %s hours and %s minutes",
        allowance,
        wait // 3600,
        wait % 3600 // 60,
        retry_after=wait,
        field=field,
    )
