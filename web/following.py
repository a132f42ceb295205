"""The worker: follows the ledger, and has it witnessed, until it is told to end."""

import logging
import os
import signal
import threading
from pathlib import Path

from suyuan.trace.alarms import check
from suyuan.trace.home import open_ledger
from suyuan.trace.ledger import Ledger
from suyuan.trace.store.followers import Followers
from suyuan.trace.witnessing import Witnessing

PAUSE, PAUSE_FAILED = 0.2, 2.0  # seconds between two looks at the ledger
ROUND, ROUND_FAILED = 1.0, 60.0  # seconds between two rounds of witnessing; the most after failures
_PATIENCE = 2.0  # seconds that a round has to end
_log = logging.getLogger("suyuan.web")


def follow(home: Path, parent: int | None = None, mirror: str | None = None) -> None:
    """Follow the ledger in `home` until SIGTERM or SIGINT, or until `parent` is gone.

    `mirror` is a published copy of the log that it is compared with at the start.
    """
    ledger = open_ledger(home)
    is_over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_over.set())
    followers = ledger.followers
    witnessing = threading.Thread(
        target=have_witnessed, args=(ledger, is_over, mirror), daemon=True
    )
    witnessing.start()
    try:
        while not is_over.is_set() and (parent is None or os.getppid() == parent):
            is_over.wait(PAUSE if _look(ledger, followers) else PAUSE_FAILED)
    finally:
        is_over.set()
        witnessing.join(_PATIENCE)
        ledger.close()


def have_witnessed(ledger: Ledger, is_over: threading.Event, mirror: str | None = None) -> None:
    """Look around once, then ask the witnesses each second, until `is_over` is set.

    Whatever fails is tried again, after longer and longer pauses.
    """
    asking = Witnessing(ledger, is_over=is_over)
    has_looked, pause = False, ROUND
    try:
        while not is_over.is_set():
            try:
                if not has_looked:
                    check(ledger, mirror=mirror)
                    has_looked = True
                for alarm in asking.round().raised:
                    _log.error("alarm %d: %s", alarm.id, alarm.reason)
                pause = ROUND
            except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
                _log.error("witnessing failed, it is tried again: %s", error)
                pause = min(2 * pause, ROUND_FAILED)
            is_over.wait(pause)
    finally:
        asking.close()


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
