"""Following a log from outside, over HTTP alone: what it signs now against all it signed before.

What the log signed can be held against it; what anybody could have put in its place cannot. So a
page that is no checkpoint of this log decides nothing, and two notes that do not go together raise
an alarm.
"""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, FetchError, LedgerError
from suyuan.trace.log import policy
from suyuan.trace.log.checkpoint import SignedCheckpoint, open_checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.fetch import Getting
from suyuan.trace.log.policy import Witnessed
from suyuan.trace.log.tlog_witness import latest_cosigned
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.store.append.lock import FileLock
from suyuan.trace.store.errors import StoreError

from .misbehaviour import (
    EvidenceFolder,
    LogMisbehaved,
    Misbehaviour,
    check_grown,
    read_note,
    write_note,
)
from .replica import Progress, Replica

LATEST, EVIDENCE, REPLICA = "latest.note", "evidence", "replica"
MAX_EVIDENCE = 100  # files

Clock = Callable[[], datetime]


class MonitorFolder:
    """What a monitor remembers of one log: its last good note, and evidence against it.

    Raises StoreError where the folder cannot be used, LedgerError where it is another log's.
    """

    def __init__(self, path: Path, trust: Trust) -> None:
        self.path = path
        self._trust = trust
        self._evidence = EvidenceFolder(path / EVIDENCE)
        try:
            self._evidence.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError("%s cannot be made: %s", path, error.strerror) from None

    def locked(self) -> AbstractContextManager[None]:
        """Alone with the folder; Busy where another monitor is at work in it."""
        return FileLock(self.path / "monitor.lock", f"another monitor works in {self.path}")()

    def latest(self) -> SignedCheckpoint | None:
        """The last note that was good; None before the first."""
        path = self.path / LATEST
        if (note := read_note(path)) is None:
            return None
        try:
            return SignedCheckpoint(note, open_checkpoint(note, self._trust.log))
        except LogError as error:
            raise LedgerError(
                "%s holds no checkpoint of %s (%s): give each log a folder of its own",
                path,
                self._trust.origin,
                error,
            ) from None

    def keep_evidence(self, alarm: Misbehaviour, now: datetime) -> str | None:
        """Keep what an alarm rests on; the file's name, None where there is enough already."""
        document = {"v": 1, "origin": self._trust.origin, **alarm.to_dict()}
        about = json.dumps(document, ensure_ascii=False, indent=1)
        stem = f"{now:%Y%m%dT%H%M%SZ}-{alarm.kind}"
        return self._evidence.add(stem, about, document, most=MAX_EVIDENCE)

    def evidence(self) -> Sequence[str]:
        """The names of the files of evidence."""
        return self._evidence.names()


@dataclass(slots=True)
class Round:
    """What one look at a log gave.

    `signed` is its checkpoint and `verified` how many of its entries were decided, None where
    nothing was read. `undecided` says what could not be looked at, `said` what is to be reported
    besides; with `alarm` the log is not to be trusted any more.
    """

    signed: SignedCheckpoint | None = None
    witnessed: Witnessed | None = None
    verified: int | None = None
    undecided: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    alarm: Misbehaviour | None = None


class Monitor:
    """Follows the log of a trust file, with a folder for what it remembers.

    `witnesses` are asked what they cosigned, each below its URL. Raises LedgerError or StoreError
    where the folder cannot be used, LogError where the policy is none.
    """

    def __init__(
        self,
        fetcher: Getting,
        trust: Trust,
        folder: Path,
        *,
        witnesses: Mapping[str, Getting] | None = None,
        with_entries: bool = True,
        clock: Clock = lambda: datetime.now(UTC),
        checkers: Checkers | None = None,
    ) -> None:
        self.trust = trust
        self._policy = policy.required(trust.policy)
        self._client = LogClient(fetcher, trust.log)
        self._witnesses = witnesses or {}
        self._clock = clock
        self.folder = MonitorFolder(folder, trust)
        self.folder.latest()
        self._replica = Replica(folder / REPLICA, trust, checkers) if with_entries else None

    def close(self) -> None:
        """Let go of the replica."""
        if self._replica is not None:
            self._replica.close()

    def look(self, *, until: float | None = None, progress: Progress | None = None) -> Round:
        """One round; an alarm is stored as evidence before it is reported.

        `until` is a `time.monotonic()` at which reading entries pauses. Raises StoreError where
        the monitor's own folder fails (Busy where another monitor works in it), LedgerError where
        it was changed, and nothing else.
        """
        with self.folder.locked():
            seen = self._round(until, progress)
            if seen.alarm is not None and seen.alarm.kind == "served":
                # Something between us and the log may have spoilt an answer: it is asked again.
                seen = self._round(until, progress)
            if seen.alarm is not None:
                name = self.folder.keep_evidence(seen.alarm, self._clock())
                seen.alarm = replace(seen.alarm, evidence=name)
        return seen

    def _round(self, until: float | None, progress: Progress | None) -> Round:
        seen = Round()
        try:
            self._checkpoint(seen)
            self._ask_witnesses(seen)
            self._read(seen, until, progress)
        except LogMisbehaved as error:
            seen.alarm = error.misbehaviour
        return seen

    # The checkpoint, against the last one.

    def _checkpoint(self, seen: Round) -> None:
        try:
            new = self._client.checkpoint()
            witnessed = policy.check(new.note, self.trust.log, self._policy)
        except FetchError as error:
            seen.undecided.append(str(error))
            return
        except LogError as error:
            seen.undecided.append(f"no checkpoint of {self.trust.origin} is served: {error}")
            return
        seen.signed, seen.witnessed = new, witnessed
        last = self.folder.latest()
        if last is not None and not self._follows(seen, last, new):
            return
        is_known = last is not None and last.checkpoint == new.checkpoint and self._is_met(last)
        if witnessed.is_met or not is_known:
            write_note(self.folder.path / LATEST, new.note)
        if not witnessed.is_met:
            names = ", ".join(cosigner.name for cosigner in witnessed.cosigned) or "nobody"
            seen.undecided.append(
                f"size {new.checkpoint.size} is not yet witnessed: cosigned by {names}"
            )

    def _is_met(self, signed: SignedCheckpoint) -> bool:
        try:
            return policy.check(signed.note, self.trust.log, self._policy).is_met
        except LogError:
            return False

    def _follows(self, seen: Round, last: SignedCheckpoint, new: SignedCheckpoint) -> bool:
        """Whether the new checkpoint is seen to follow the last; LogMisbehaved if it does not."""
        if new.checkpoint.size < last.checkpoint.size:
            self._refuse_smaller(last, new)
        try:
            check_grown(last, new, self._client.hashes(new.checkpoint))
        except (FetchError, LogError) as error:
            self._unshown(seen, error, "that the log only grew")
            return False
        return True

    def _refuse_smaller(self, last: SignedCheckpoint, new: SignedCheckpoint) -> None:
        """A smaller tree than was served before is an alarm, whatever it is."""
        sizes = f"{new.checkpoint.size} links are served, {last.checkpoint.size} were before"
        try:
            check_grown(new, last, self._client.hashes(last.checkpoint))
        except (FetchError, LogError):
            kind, why = "rollback", f"the log was rolled back, as from a backup: {sizes}"
        else:
            kind = "backwards"
            why = f"the published checkpoint goes backwards: {sizes}, of one history"
        raise LogMisbehaved(Misbehaviour(kind, why, (new.note, last.note)))

    # What others saw.

    def _ask_witnesses(self, seen: Round) -> None:
        if seen.signed is None:
            return
        for url, fetcher in self._witnesses.items():
            try:
                cosigned = latest_cosigned(fetcher, self.trust.log)
                if cosigned is None:
                    seen.said.append(f"the witness at {url} never cosigned this log")
                else:
                    self._compare(seen.signed, cosigned, url)
            except (FetchError, LogError) as error:
                seen.undecided.append(f"the witness at {url} could not be asked: {error}")

    def _compare(self, here: SignedCheckpoint, there: SignedCheckpoint, url: str) -> None:
        """Raise LogMisbehaved where what a witness cosigned and what is served are of two trees."""
        smaller, larger = sorted((here, there), key=lambda signed: signed.checkpoint.size)
        size = there.checkpoint.size
        try:
            check_grown(smaller, larger, self._client.hashes(larger.checkpoint))
        except FetchError as error:
            raise FetchError(
                "it cosigned size %s, which the log does not serve: %s", size, error
            ) from None
        except LogError as error:
            why = (
                f"the witness at {url} cosigned {size} links that the log signed and does not "
                f"serve here: {error}"
            )
            raise LogMisbehaved(Misbehaviour("fork", why, (smaller.note, larger.note))) from None

    # The entries.

    def _read(self, seen: Round, until: float | None, progress: Progress | None) -> None:
        if self._replica is None:
            return
        signed = seen.signed
        try:
            self._replica.check()
            if signed is not None:
                self._replica.advance(self._client, signed.note, until=until, progress=progress)
        except LogError as error:
            self._unshown(seen, error, "the entries")
        except CannotDecide as error:
            seen.undecided.append(str(error))
        verified = self._replica.verified()
        seen.verified = 0 if verified is None else verified.checkpoint.size
        if signed is not None and seen.verified < signed.checkpoint.size:
            seen.said.append(f"{seen.verified} of {signed.checkpoint.size} entries are decided")

    def _unshown(self, seen: Round, error: Exception, name: str) -> None:
        """The log serves other than it signed, which is an alarm, or does not serve it."""
        if isinstance(error, LogError):
            notes = () if seen.signed is None else (seen.signed.note,)
            why = f"what is served is not what the log signed: {error}"
            raise LogMisbehaved(Misbehaviour("served", why, notes)) from None
        seen.undecided.append(f"{name} could not be looked at: {error}")


def follow(
    watched: Monitor,
    every: float,
    tell: Callable[[Round], None],
    *,
    rounds: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Round:
    """Look again and again until there is an alarm; `tell` is called with each round.

    Reading entries takes at most a round's time and goes on in the next. `rounds` bounds the
    number of rounds.
    """
    while True:
        started = time.monotonic()
        seen = watched.look(until=started + every)
        tell(seen)
        if rounds is not None:
            rounds -= 1
        if seen.alarm is not None or rounds == 0:
            return seen
        sleep(max(0.0, started + every - time.monotonic()))
