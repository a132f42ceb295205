"""Audits from the web, as a job: asked for in a table, done by a worker, outside any request.

Each is done in a process of its own, so that an audit holds up nothing else. While that process
lives it moves its claim on; when it has died the audit is due again, and is begun anew: an audit
changes nothing, so to do it twice is as to do it once.
"""

import contextlib
import logging
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from suyuan.trace.findings.rule import Severity
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.times import micros
from suyuan.trace.goods.reporting import Query, entries
from suyuan.trace.ledger.home import open_ledger
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.append.workers import Worker
from suyuan.trace.store.beside.audit_runs import AuditBook, AuditRun
from suyuan.trace.store.errors import StoreError

from ..audit import audit
from .audit_progress import Phase, Progress
from .audit_report import Report

PAUSE, PAUSE_FAILED = 0.5, 60.0  # seconds between two looks; the most after failures
CLAIM = 30_000_000  # microseconds that a claim lasts
BEAT = 5.0  # seconds after which it is moved on
WRITTEN = 0.4  # seconds between two writings of how far it is
MAX_TRIES = 3
NICE = 5
MOST_FINDINGS = 200  # and notices, that are kept with their words
DIED = f"it was begun {MAX_TRIES} times, and each time it ended before it was done"
_RUN = f"{__name__}:run"
_log = logging.getLogger("suyuan.audit")


def serve(ledger: Ledger, is_over: threading.Event) -> None:
    """Do what audits are asked for until `is_over` is set. Whatever fails is tried again later."""
    pause = PAUSE
    while not is_over.wait(pause):
        try:
            look(ledger, is_over)
            pause = PAUSE
        except Exception as error:  # noqa: BLE001  whatever it is, it is tried again later
            _log.error("audits cannot be done, it is tried again: %s", error)
            pause = min(2 * pause, PAUSE_FAILED)


def look(ledger: Ledger, is_over: threading.Event, function: str = _RUN) -> bool:
    """Do the audit that is due, if there is one; whether there was."""
    book = AuditBook(ledger.database.engine)
    now = micros(utc_now())
    run = book.claim(now, now + CLAIM)
    if run is None:
        return False
    if run.tries > MAX_TRIES:
        book.fail(run, now, DIED)
        return True
    worker = Worker(function)
    ended = threading.Event()
    watching = threading.Thread(target=_end_early, args=(worker, ended, is_over), daemon=True)
    watching.start()
    try:
        worker.ask((str(ledger.home), run.id, run.claim))
    except Exception as error:  # noqa: BLE001  whatever ended it, it is begun anew
        _log.warning("audit %d has ended before it was done: %r", run.id, error)
        book.release(run, micros(utc_now()))
    finally:
        ended.set()
        watching.join()
        worker.close()
    return True


def run(question: tuple[str, int, str]) -> None:
    """Do an audit that was claimed, in the ledger of a home; what comes of it is in the table."""
    home, number, claim = question
    os.nice(NICE)  # whoever appends or looks at a page goes first
    ledger = open_ledger(Path(home))
    try:
        book = AuditBook(ledger.database.engine)
        claimed = book.get(number)
        if claimed is not None and claimed.claim == claim and claimed.ended is None:
            _Work(ledger, book, claimed).do()
    finally:
        ledger.close()


class _Work:
    """An audit that this process does."""

    def __init__(self, ledger: Ledger, book: AuditBook, run: AuditRun) -> None:
        self._ledger, self._book, self._run = ledger, book, run
        self._latest: Mapping[str, Any] | None = None
        self._written = float("-inf")
        self._lock = threading.Lock()

    def do(self) -> None:
        over = threading.Event()
        beating = threading.Thread(target=self._beat, args=(over,), daemon=True)
        beating.start()
        progress = Progress(self._keep)
        try:
            report = audit(self._ledger, progress=progress.count, watch=progress.watch)
            progress.watch(Phase.FINDINGS, len(report.findings))
            outcome = result(self._ledger, report)
        except (LedgerError, StoreError, LogError) as error:
            over.set()
            self._book.fail(self._run, micros(utc_now()), str(error))
        else:
            over.set()
            progress.end()
            self._write()
            self._book.finish(self._run, micros(utc_now()), outcome)
        finally:
            over.set()
            beating.join()

    def _keep(self, progress: Mapping[str, Any]) -> None:
        """Keep how far it is, and write it now and then: each write costs the appenders."""
        self._latest = progress
        if time.monotonic() - self._written > WRITTEN:
            self._write()

    def _beat(self, over: threading.Event) -> None:
        while not over.wait(BEAT):
            try:
                self._write()
            except StoreError as error:
                _log.warning("how far the audit is cannot be written: %s", error)

    def _write(self) -> None:
        with self._lock:
            self._written = time.monotonic()
            self._book.hold(self._run, micros(utc_now()) + CLAIM, self._latest)


def _end_early(worker: Worker, ended: threading.Event, is_over: threading.Event) -> None:
    """End the process when whoever began it is to end."""
    while not ended.wait(0.1):
        if is_over.is_set():
            with contextlib.suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGKILL)
            return


def result(ledger: Ledger, report: Report) -> dict[str, Any]:
    """What an audit found: all numbers, and of findings and notices the first MOST_FINDINGS."""
    newest = report.newest
    return {
        "good": report.is_good,
        "exit_code": 1 if report.findings else 3 if report.undecided else 0,
        "size": report.size,
        "root": report.root.hex(),
        "checkpoints": report.checkpoints,
        "checkpoint_size": None if newest is None else newest.size,
        "committed": None if newest is None else newest.committed,
        "findings": [finding.to_dict() for finding in report.findings[:MOST_FINDINGS]],
        "findings_total": len(report.findings),
        "notices": [finding.to_dict() for finding in report.notices[:MOST_FINDINGS]],
        "notices_total": len(report.notices),
        "undecided": report.undecided,
        "reported": _reported(ledger),
    }


def _reported(ledger: Ledger) -> dict[str, int] | None:
    """How much of each severity the ledger has to report; None where that cannot be read."""
    try:
        with ledger.reading(patient=True) as reader:
            counted = Counter(row.severity for row in entries(reader, Query(), ledger.now()))
    except Exception as error:  # noqa: BLE001  what a changed database makes of reading it
        _log.warning("what the ledger has to report cannot be counted: %r", error)
        return None
    return {severity.value: counted[severity] for severity in Severity}
