"""A session sees what it has signed: its next request waits until followers have taken it in.

Nothing that reads runs followers; the worker does. Who appends is not kept waiting: the answer
sets a cookie of how far the ledger went, which the session's requests bring for some seconds.
"""

import threading
import time
from datetime import timedelta

from flask import Response

from suyuan.trace.store.errors import Busy
from suyuan.trace.store.projections import Followers
from suyuan.web.context import site

from . import session

LONGEST = 1.0  # seconds that a request waits
_PAUSE = 0.03
_LASTS = timedelta(seconds=10)  # what is not taken in by then is waited for no more
_COOKIE = "-signed"
_waiting = threading.Semaphore(8)  # half the threads of a process: the others go on answering


def note_signed(response: Response, size: int) -> None:
    """Let the session's next requests wait until followers have taken in `size` links."""
    if session.cookie() is not None:
        session.set_cookie(response, str(size), _LASTS, _COOKIE)


def wait() -> int:
    """How many links all followers have taken in, after waiting for what this session signed.

    After a second it is what it is: a worker that is gone or blocked makes no page slower.
    """
    value = session.cookie(_COOKIE) or ""
    signed = int(value) if value.isascii() and value.isdigit() and len(value) < 16 else 0
    return reached(site().ledger.followers, min(signed, _size()) if signed else 0)


def require_all() -> None:
    """Wait until followers have taken in every link; Busy where they have not in a second.

    For drafts that a repetition would follow from, and files that cannot say as of when they are.
    """
    size = _size()
    if reached(site().ledger.followers, size) < size:
        raise Busy("what follows from the newest links is not known yet: try again")


def reached(followers: Followers, size: int) -> int:
    """How many links all followers have taken in: `size` at least, if that comes in time."""
    end = time.monotonic() + LONGEST
    size_reached = min(followers.cursors().values())
    if size_reached < size and _waiting.acquire(blocking=False):
        try:
            while size_reached < size and time.monotonic() < end:
                time.sleep(_PAUSE)
                size_reached = min(followers.cursors().values())
        finally:
            _waiting.release()
    return size_reached


def _size() -> int:
    with site().ledger.reading() as reader:
        return reader.size()
