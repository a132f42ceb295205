"""The auditing witness's look into a ledger: a replica of each, advanced before it cosigns."""

import logging
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Future, wait
from pathlib import Path

from suyuan.keys.errors import KeysError
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, LedgerError, Tampered
from suyuan.trace.format.messages import msg
from suyuan.trace.log.checkpoint import Checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetcher, Getting
from suyuan.trace.log.tlog_witness import origin_hash
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.store.append.workers import in_thread
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.files.auditors import token_for

from ..replica import Replica
from .witness import Later, LogToWitness

REPLICAS = "replicas"
SECONDS = 20.0  # that a request for a cosignature waits for the reading
_log = logging.getLogger("suyuan.witness")


class _Ledger:
    """One ledger's replica; one thread at a time reads into it, and many may wait."""

    def __init__(self, folder: Path, trust: Trust, getting: Getting, checkers: Checkers) -> None:
        self._folder = folder
        self._trust = trust
        self._client = LogClient(getting, trust.log)
        self._checkers = checkers
        self._lock = threading.Lock()
        self._replica: Replica | None = None
        self._reading: tuple[str, Future[None]] | None = None

    def audit(self, checkpoint: Checkpoint, note: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while True:
            about, reading = self._start(note)
            wait([reading], timeout=max(0.0, deadline - time.monotonic()))
            if not reading.done():
                raise self._later(checkpoint.size)
            if about == note:
                return reading.result()

    def _start(self, note: str) -> tuple[str, Future[None]]:
        """The reading that is under way, be it up to another checkpoint; else this one's."""
        with self._lock:
            if self._reading is None or self._reading[1].done():
                self._reading = note, in_thread(self._read, note)
            return self._reading

    def _read(self, note: str) -> None:
        try:
            if self._replica is None:
                self._replica = Replica(self._folder, self._trust, self._checkers)
            self._replica.advance(self._client, note)
        except Tampered as error:
            _log.error(
                "%s is not cosigned any more: %s. It stays so until %s is removed",
                self._trust.origin, error, self._folder,
            )  # fmt: skip
            raise
        except (LogError, CannotDecide, StoreError):
            raise
        except (LedgerError, KeysError) as error:
            raise CannotDecide(error) from None
        except BaseException as error:  # noqa: BLE001  a thread has nobody else to tell
            _log.exception("the audit of %s failed", self._trust.origin)
            raise CannotDecide("the audit failed: %s", type(error).__name__) from None

    def _later(self, size: int) -> Later:
        replica, here = self._replica, 0
        try:
            here = 0 if replica is None else replica.store.size()
        except StoreError as error:
            _log.warning("%s", error)
        return Later(msg("the audit is at entry %s of %s", here, size), 10)


class Auditor:
    """Audits the logs that are to be: what a Witness takes as its `audit`.

    Each has its replica in a folder of its own below `folder`. What takes over 20 seconds goes on
    in the background and is answered by Later. A ledger that broke a rule or forked once is
    refused until the operator removes its replica.
    """

    def __init__(
        self,
        folder: Path,
        logs: Mapping[str, LogToWitness],
        getting: Mapping[str, Getting] | None = None,
        seconds: float = SECONDS,
    ) -> None:
        self._seconds = seconds
        self._checkers = Checkers()
        self._ledgers: dict[str, _Ledger] = {}
        for origin, log in logs.items():
            if log.audit is None:
                continue
            fetcher = None if getting is None else getting.get(origin)
            if fetcher is None:
                if log.url is None:
                    raise LedgerError("%s is to be audited and has no URL", origin)
                fetcher = Fetcher(log.url, token=token_for(origin))
            place = folder / REPLICAS / origin_hash(origin)
            self._ledgers[origin] = _Ledger(place, log.audit, fetcher, self._checkers)

    def __call__(self, origin: str, checkpoint: Checkpoint, note: str) -> None:
        """Return if every entry up to the checkpoint is there and no rule is broken.

        Raises as Audit says.
        """
        self._ledgers[origin].audit(checkpoint, note, self._seconds)
