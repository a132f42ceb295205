"""The worker: follows the ledger, has it witnessed, tells whom acts concern, does audits."""

import logging
import os
import signal
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from suyuan.trace.cli.terminal import plain
from suyuan.trace.inspection.reported.handling import retire
from suyuan.trace.ledger.home import open_ledger
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.beside.witness_rows import Alarm
from suyuan.trace.watch import sweeping
from suyuan.trace.watch.alarms import check
from suyuan.trace.watch.auditing import job as audits
from suyuan.trace.watch.notify.delivery import send_notices
from suyuan.trace.watch.witnessing import Witnessing

from . import logs

PAUSE, PAUSE_FAILED = 0.1, 2.0  # seconds between two looks at the ledger
ROUND, ROUND_FAILED = 1.0, 60.0  # seconds between two rounds of witnessing; the most after failures
SWEEP = 3600.0  # seconds between two looks for what is still to be erased
_PATIENCE = 2.0  # seconds that a round has to end
_log = logging.getLogger("suyuan.web")


def follow(
    home: Path, parent: int | None = None, *, mirror: str | None = None, gate: int | None = None
) -> None:
    """Follow the ledger in `home` until SIGTERM or SIGINT, or until `parent` is gone.

    `mirror` is a published copy of the log that it is compared with at the start; `gate` a
    descriptor that is closed once that is done, and the witnesses were asked.
    """
    ledger = open_ledger(home)
    is_over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: is_over.set())
    besides = [
        threading.Thread(target=target, args=(ledger, is_over, *more), daemon=True)
        for target, *more in ((have_witnessed, mirror, gate), (send_notices,), (audits.serve,))
    ]
    for thread in besides:
        thread.start()
    swept = float("-inf")
    try:
        logs.configure()
        while not is_over.is_set() and (parent is None or os.getppid() == parent):
            if time.monotonic() - swept > SWEEP:
                swept = time.monotonic()
                sweep(ledger)
            is_over.wait(PAUSE if _look(ledger) else PAUSE_FAILED)
    finally:
        is_over.set()
        for thread in besides:
            thread.join(_PATIENCE)
        ledger.close()


def sweep(ledger: Ledger) -> None:
    """Do what erasures in the ledger say and a failure, or an old backup, has left undone.

    What reports say of persons likewise, and when its time is over. And remove the attachments that
    nobody has named for some days.
    """
    try:
        count = ledger.disclosures.sweep()
        if count:
            _log.warning("%d disclosures were erased that the ledger had said were", count)
    except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
        _log.error("what is to be erased cannot be, it is tried again: %s", error)
    try:
        count = retire(ledger, ledger.now())
        if count:
            _log.info("what %d reports say of persons was erased: its time is over", count)
    except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
        _log.error("reports whose time is over cannot be erased: %s", error)
    try:
        sweeping.sweep(ledger)
    except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
        _log.error("attachments that nobody names cannot be removed: %s", error)


def have_witnessed(
    ledger: Ledger, is_over: threading.Event, mirror: str | None = None, gate: int | None = None
) -> None:
    """Look around once, then ask the witnesses each second, until `is_over` is set.

    Whatever fails is tried again, after longer and longer pauses.
    """
    has_looked = _look_around(ledger, mirror)
    if gate is not None:
        os.close(gate)
    asking = Witnessing(ledger, is_over=is_over)
    pause = ROUND
    try:
        while not is_over.wait(pause):
            has_looked = has_looked or _look_around(ledger, mirror)
            try:
                _tell(asking.round().raised)
                pause = ROUND
            except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
                _log.error("witnessing failed, it is tried again: %s", error)
                pause = min(2 * pause, ROUND_FAILED)
    finally:
        asking.close()


def _look_around(ledger: Ledger, mirror: str | None) -> bool:
    """Ask witnesses and mirror whether links were lost here; False where that failed."""
    try:
        _tell(check(ledger, mirror=mirror).raised)
    except Exception as error:  # noqa: BLE001  as silence, it stops nothing
        _log.error("the witnesses cannot be asked, it is tried again: %s", error)
        return False
    return True


def _tell(raised: Sequence[Alarm]) -> None:
    for alarm in raised:
        stops = " Nothing is signed until it is resolved." if alarm.stops else ""
        _log.error("ALARM %d: %s.%s", alarm.id, plain(alarm.reason), stops)


def _look(ledger: Ledger) -> bool:
    """Take in what is new; False where that failed, to be tried again later."""
    followers = ledger.followers
    try:
        with ledger.reading() as reader:
            size = reader.size()
        if min(followers.cursors().values()) < size:
            followers.catch_up()
    except Exception as error:  # noqa: BLE001  whatever it is, the ledger is followed again later
        _log.error("following failed, it is tried again: %s", error)
        return False
    return True
