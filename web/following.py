"""The worker: follows the ledger until it is told to end."""

import logging
import os
import signal
import threading
from pathlib import Path

from suyuan.trace.home import open_ledger
from suyuan.trace.ledger import Ledger
from suyuan.trace.store.followers import Followers

PAUSE, PAUSE_FAILED = 0.2, 2.0  # seconds between two looks at the ledger
_log = logging.getLogger("suyuan.web")


def follow(home: Path, parent: int | None = None) -> None:
    """Follow the ledger in `home` until SIGTERM or SIGINT, or until `parent` is gone."""
    ledger = open_ledger(home)
    is_over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_over.set())
    followers = ledger.followers
    try:
        while not is_over.is_set() and (parent is None or os.getppid() == parent):
            is_over.wait(PAUSE if _look(ledger, followers) else PAUSE_FAILED)
    finally:
        ledger.close()


def _look(ledger: Ledger, followers: Followers) -> bool:
    """Take in what is new; False where that failed, to be tried again later."""
    try:
        with ledger.reading() as reader:
            size = reader.size()
        if min(followers.cursors().values()) < size:
            followers.catch_up()
    except Exception as error:  # noqa: BLE001  whatever it is, the ledger is followed again later
        _log.error("following failed, it is tried again: %s", error)
        return False
    return True
