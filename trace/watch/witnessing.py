"""Asking the policy's witnesses for cosignatures, round after round, and keeping what they give.

Whatever a witness does costs the others nothing: each is talked to in a thread of its own, for a
bounded time, and one that fails is left alone for a while.
"""

import threading
import time
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import suppress
from dataclasses import dataclass

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import NoteSignature
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import FetchError, LedgerError
from suyuan.trace.format.times import micros
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.log.policy import Policy, WitnessLine, check
from suyuan.trace.log.tlog_witness import WitnessClient
from suyuan.trace.store.append.workers import in_thread
from suyuan.trace.store.beside.witness_rows import Alarm, Standing, WitnessBook, WitnessRow
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read.log_reader import StoredCheckpoint

from .alarms import WitnessReport, alarms_of, client_of, raise_all
from .quorum import policy_of

SECONDS = 10.0  # for a round
GRACE = 0.5  # seconds that others are waited for once the quorum is met
BACK_OFF = 60.0  # seconds at most that a witness which failed is left alone


@dataclass(frozen=True, slots=True)
class Round:
    """What a round did about the newest signed checkpoint, of `size`.

    `kept` is what it kept; None where the quorum was not met, or nothing was to be asked, and
    `why` says which. `cosigned` names the witnesses that did.
    """

    size: int
    kept: StoredCheckpoint | None = None
    cosigned: tuple[str, ...] = ()
    raised: tuple[Alarm, ...] = ()
    why: str | None = None


@dataclass(slots=True)
class _Witness:
    """One witness, as this process has met it."""

    line: WitnessLine
    fetcher: Fetcher
    client: WitnessClient
    size: int | None = None
    running: Future[WitnessReport] | None = None
    about: StoredCheckpoint | None = None
    asked: int = 0
    failures: int = 0
    not_before: float = 0.0


class Witnessing:
    """Asks for one ledger; used by one thread. Several processes may do so for the same ledger.

    `seconds` bounds a round, `grace` the wait for others once the quorum is met, `patience` the
    wait for one witness, whose answer may count in a later round. A round ends early once `is_over`
    is set.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        seconds: float = SECONDS,
        grace: float = GRACE,
        patience: float = SECONDS,
        is_over: threading.Event | None = None,
    ) -> None:
        self._ledger = ledger
        self._book = WitnessBook(ledger.database.engine)
        self._seconds = seconds
        self._grace = grace
        self._patience = patience
        self._is_over = is_over or threading.Event()
        self._witnesses: dict[str, _Witness] = {}
        self._target: StoredCheckpoint | None = None
        self._lines: dict[str, NoteSignature] = {}
        self._rows: dict[str, WitnessRow] = {}  # of this round, as are the reports
        self._reports: list[WitnessReport] = []

    def round(self) -> Round:
        """Ask about the newest signed checkpoint, unless it, or a larger one, is kept already.

        Raises TrustError where the policy cannot be used, StoreError where the database cannot.
        """
        where = self._book.standing()
        policy = policy_of(where.trust)
        if policy is None:
            return Round(where.size, why="the ledger's trust file asks for no witness")
        self._meet(policy, where)
        self._rows, self._reports = {}, []
        target = where.signed
        if target != self._target:
            self._target, self._lines = target, {}
        why = _why_not(where)
        cosigned = None
        if target is not None and why is None:
            cosigned = self._ask(target, where.trust, policy)
            if cosigned is None:
                why = f"{len(self._lines)} of {policy.least()} cosignatures at size {target.size}"
        self._take(None)
        self._book.take(list(self._rows.values()), cosigned)
        raised: list[Alarm] = []
        if self._reports:  # compared with the ledger as it is after all of them
            with self._ledger.reading() as reader:
                alarms = alarms_of(reader, where.trust, policy, self._reports)
            raised = raise_all(self._ledger, alarms)
        return Round(where.size, cosigned, tuple(sorted(self._lines)), tuple(raised), why)

    def close(self) -> None:
        """Let go of the connections; who is being asked is not waited for."""
        for witness in self._witnesses.values():
            witness.fetcher.close()

    def _meet(self, policy: Policy, where: Standing) -> None:
        """Know the policy's witnesses; those that stay as they were keep what is known of them."""
        known, self._witnesses = self._witnesses, {}
        for line in policy.witnesses:
            witness = known.pop(line.name, None)
            if witness is not None and witness.line != line:
                witness.fetcher.close()
                witness = None
            if line.url is None or not line.key.is_supported:
                continue
            if witness is None:
                with suppress(LedgerError):  # a URL that is none: `suyuan policy show` says so
                    witness = _Witness(line, *client_of(line, self._patience))
            if witness is not None:
                row = where.witnesses.get(line.name)
                witness.size = None if row is None else row.size
                self._witnesses[line.name] = witness
        for gone in known.values():
            gone.fetcher.close()

    def _ask(
        self, target: StoredCheckpoint, trust: Trust, policy: Policy
    ) -> StoredCheckpoint | None:
        deadline = time.monotonic() + self._seconds
        until = deadline
        self._take(None)
        for witness in self._witnesses.values():
            is_due = witness.not_before <= time.monotonic()
            if witness.running is None and is_due and witness.line.name not in self._lines:
                self._send(witness, target)
        while True:
            self._take(target)
            if until == deadline and policy.is_met(self._lines):
                until = min(deadline, time.monotonic() + self._grace)
            left = until - time.monotonic()
            running = [w.running for w in self._witnesses.values() if w.running is not None]
            if not running or left <= 0 or self._is_over.is_set():
                return self._merged(target, trust, policy)
            wait(running, timeout=min(left, 0.2), return_when=FIRST_COMPLETED)

    def _merged(
        self, target: StoredCheckpoint, trust: Trust, policy: Policy
    ) -> StoredCheckpoint | None:
        """The checkpoint with all lines so far, if they meet the quorum."""
        lines = [self._lines[line.name] for line in policy.witnesses if line.name in self._lines]
        try:
            note = notes.merge(target.note, lines)
            witnessed = check(note, trust.log, policy)
        except (NoteError, LogError) as error:
            raise StoreError("the newest checkpoint is damaged: %s", error) from None
        if not witnessed.is_met or witnessed.time is None:
            return None
        return StoredCheckpoint(target.size, note, witnessed.time * 1_000_000)

    def _take(self, target: StoredCheckpoint | None) -> None:
        """Take in the answers that came; a witness asked about an older checkpoint is asked on."""
        for witness in self._witnesses.values():
            if witness.running is None or not witness.running.done():
                continue
            report, about = witness.running.result(), witness.about
            witness.running = None
            if report.damage is not None:
                raise report.damage
            witness.size = report.size
            if report.cosignature is not None and about == self._target:
                self._lines[report.name] = report.cosignature
            if report.is_alarming:
                self._reports.append(report)
            row = report.row(witness.asked, micros(self._ledger.now()))
            self._rows[report.name] = row
            witness.failures = 0 if row.error is None else witness.failures + 1
            pause = min(BACK_OFF, 2.0 ** min(witness.failures, 10)) if witness.failures else 0.0
            witness.not_before = time.monotonic() + pause
            if target is not None and about != target and row.error is None:
                self._send(witness, target)

    def _send(self, witness: _Witness, target: StoredCheckpoint) -> None:
        witness.asked, witness.about = micros(self._ledger.now()), target
        witness.running = in_thread(self._talk, witness, target)

    def _talk(self, witness: _Witness, target: StoredCheckpoint) -> WitnessReport:
        report = WitnessReport(witness.line.name)
        with report.noting_errors():
            report.ask(witness.client, self._ledger, target, witness.size or 0)
            if report.is_alarming:
                with suppress(FetchError, LogError):
                    report.read_latest(witness.fetcher, self._ledger.trust.log)
        return report


def _why_not(where: Standing) -> str | None:
    if where.stopped is not None:
        return f"the log has stopped signing: {where.stopped}"
    if where.signed is None:
        return "the ledger holds no link yet"
    if where.kept is not None and where.kept.size >= where.size:
        return f"nothing is new since size {where.kept.size}"
    return None
