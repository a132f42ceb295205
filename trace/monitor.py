"""Following a log from outside, over HTTP alone: what it signs now against all it signed before.

What the log signed can be held against it; what anybody could have put in its place cannot. So a
page that is no checkpoint of this log decides nothing, and two notes that do not go together raise
an alarm.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from suyuan.keys.notes import MAX_NOTE

from .auditors import token_for
from .checking import Checkers
from .errors import CannotDecide, FetchError
from .fetch import Fetcher, Getting
from .log import policy
from .log.checkpoint import open_checkpoint
from .log.client import LogClient
from .log.errors import LogError
from .log.policy import NONE, Policy, Witnessed
from .monitor_folder import REPLICA, Alarm, MonitorFolder
from .replica import Broken, Forked, Progress, Replica, Signed, check_grown
from .trust import Trust
from .witness.keeper import origin_hash

Clock = Callable[[], datetime]


class Alarming(Exception):
    """A round ends here: the log did what it must not do."""

    def __init__(self, alarm: Alarm) -> None:
        super().__init__(alarm.why)
        self.alarm = alarm


@dataclass(slots=True)
class Round:
    """What one look at a log gave.

    `signed` is its checkpoint and `verified` how many of its entries were decided, None where
    nothing was read. `undecided` says what could not be looked at, `said` what is to be told
    besides; with `alarm` the log is not to be trusted any more.
    """

    signed: Signed | None = None
    witnessed: Witnessed | None = None
    verified: int | None = None
    undecided: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    alarm: Alarm | None = None

    @property
    def is_heard(self) -> bool:
        """Whether the log answered with a checkpoint of its own."""
        return self.signed is not None


@dataclass(frozen=True, slots=True)
class Other:
    """A witness that is asked what it cosigned: where, and by what."""

    url: str
    fetcher: Getting


class Monitor:
    """Follows the log of a trust file, with a folder for what it remembers.

    Raises LedgerError or StoreError where the folder cannot be used, or the policy is none.
    """

    def __init__(
        self,
        fetcher: Getting,
        trust: Trust,
        folder: Path,
        *,
        witnesses: Sequence[Other] = (),
        with_entries: bool = True,
        clock: Clock = lambda: datetime.now(UTC),
        checkers: Checkers | None = None,
    ) -> None:
        self.trust = trust
        self._policy = None if trust.policy == NONE else Policy.parse(trust.policy)
        self._client = LogClient(fetcher, trust.log)
        self._witnesses = witnesses
        self._clock = clock
        self.folder = MonitorFolder(folder, trust)
        self.folder.latest()
        self._replica = Replica(folder / REPLICA, trust, checkers) if with_entries else None

    def close(self) -> None:
        """Let go of the replica."""
        if self._replica is not None:
            self._replica.close()

    def look(self, *, until: float | None = None, progress: Progress | None = None) -> Round:
        """One round; an alarm is kept as evidence before it is told.

        `until` is a `time.monotonic()` at which reading entries pauses. Raises StoreError where
        the monitor's own folder fails (Busy where another monitor works in it), LedgerError where
        it was changed, and nothing else.
        """
        with self.folder.locked():
            found = self._round(until, progress)
            if found.alarm is not None and found.alarm.kind == "served":
                # Something between us and the log may have spoilt an answer: it is asked again.
                found = self._round(until, progress)
            if found.alarm is not None:
                name = self.folder.keep_evidence(found.alarm, self._clock())
                found.alarm = replace(found.alarm, evidence=name)
        return found

    def _round(self, until: float | None, progress: Progress | None) -> Round:
        found = Round()
        try:
            self._checkpoint(found)
            self._ask_witnesses(found)
            self._read(found, until, progress)
        except Alarming as alarming:
            found.alarm = alarming.alarm
        return found

    # The checkpoint, against the last one.

    def _checkpoint(self, found: Round) -> None:
        try:
            note, checkpoint = self._client.checkpoint()
            witnessed = policy.check(note, self.trust.log, self._policy)
        except FetchError as error:
            found.undecided.append(str(error))
            return
        except LogError as error:
            found.undecided.append(f"no checkpoint of {self.trust.origin} is served: {error}")
            return
        new = Signed(note, checkpoint)
        found.signed, found.witnessed = new, witnessed
        last = self.folder.latest()
        if last is not None and not self._follows(found, last, new):
            return
        kept = last is not None and last.checkpoint == checkpoint
        was_met = kept and last is not None and self._is_met(last)
        if not (was_met and not witnessed.is_met):
            self.folder.keep(note)
        if not witnessed.is_met:
            names = ", ".join(one.name for one in witnessed.cosigned) or "nobody"
            found.undecided.append(
                f"size {checkpoint.size} is not yet witnessed: cosigned by {names}"
            )

    def _is_met(self, signed: Signed) -> bool:
        try:
            return policy.check(signed.note, self.trust.log, self._policy).is_met
        except LogError:
            return False

    def _follows(self, found: Round, last: Signed, new: Signed) -> bool:
        """Whether the new checkpoint is seen to follow the last; Alarming where it does not."""
        if new.checkpoint.size < last.checkpoint.size:
            self._back(last, new)
        try:
            self._grown(last, new)
        except (FetchError, LogError) as error:
            self._unshown(found, error, "that the log only grew")
            return False
        return True

    def _grown(self, old: Signed, new: Signed) -> None:
        try:
            check_grown(old, new, self._client.hashes(new.checkpoint))
        except Forked as error:
            raise Alarming(_of(error)) from None

    def _back(self, last: Signed, new: Signed) -> None:
        """A smaller tree than was served before is an alarm, whatever it is."""
        sizes = f"{new.checkpoint.size} links are served, {last.checkpoint.size} were before"
        try:
            self._grown(new, last)
        except (FetchError, LogError):
            why = f"the log was rolled back, as from a backup: {sizes}"
            raise Alarming(Alarm("rollback", why, (new.note, last.note))) from None
        why = f"the published checkpoint goes backwards: {sizes}, of one history"
        raise Alarming(Alarm("backwards", why, (new.note, last.note)))

    # What others saw.

    def _ask_witnesses(self, found: Round) -> None:
        if found.signed is None:
            return
        for other in self._witnesses:
            try:
                self._compare(found, found.signed, other)
            except (FetchError, LogError) as error:
                found.undecided.append(f"the witness at {other.url} could not be asked: {error}")

    def _compare(self, found: Round, here: Signed, other: Other) -> None:
        answer = other.fetcher.get(f"{origin_hash(self.trust.origin)}/checkpoint", MAX_NOTE)
        if answer.status == 404:
            found.said.append(f"the witness at {other.url} never cosigned this log")
            return
        if answer.status != 200:
            raise FetchError(f"it answers {answer.status}")
        try:
            note = answer.body.decode("utf-8")
        except UnicodeDecodeError:
            raise LogError("a note that is no UTF-8") from None
        there = Signed(note, open_checkpoint(note, self.trust.log))
        one, two = sorted((here, there), key=lambda signed: signed.checkpoint.size)
        try:
            self._grown(one, two)
        except FetchError as error:
            raise FetchError(
                f"it cosigned size {there.checkpoint.size}, which the log does not serve: {error}"
            ) from None
        except LogError as error:
            why = (
                f"the witness at {other.url} cosigned {there.checkpoint.size} links that the log "
                f"signed and does not serve here: {error}"
            )
            raise Alarming(Alarm("fork", why, (one.note, two.note))) from None

    # The entries.

    def _read(self, found: Round, until: float | None, progress: Progress | None) -> None:
        if self._replica is None:
            return
        try:
            self._replica.check()
            if found.signed is not None:
                self._replica.advance(
                    self._client, found.signed.note, until=until, progress=progress
                )
        except (Broken, Forked) as error:
            raise Alarming(_of(error)) from None
        except LogError as error:
            self._unshown(found, error, "the entries")
        except CannotDecide as error:
            found.undecided.append(str(error))
        verified = self._replica.verified()
        found.verified = 0 if verified is None else verified.checkpoint.size
        signed = found.signed
        if signed is not None and found.verified < signed.checkpoint.size:
            found.said.append(f"{found.verified} of {signed.checkpoint.size} entries are decided")

    def _unshown(self, found: Round, error: Exception, what: str) -> None:
        """The log serves other than it signed, which is an alarm, or does not serve it."""
        if isinstance(error, LogError):
            signed = found.signed
            notes = () if signed is None else (signed.note,)
            why = f"what is served is not what the log signed: {error}"
            raise Alarming(Alarm("served", why, notes)) from None
        found.undecided.append(f"{what} could not be looked at: {error}")


def _of(error: Broken | Forked) -> Alarm:
    if isinstance(error, Broken):
        return Alarm("rule", str(error), error.notes, findings=error.findings)
    return Alarm("fork", str(error), error.notes, error.proof)


def monitor(
    url: str,
    trust: Trust,
    folder: Path,
    *,
    witnesses: Sequence[str] = (),
    with_entries: bool = True,
) -> Monitor:
    """A monitor over HTTP; LedgerError for what is no URL."""
    return Monitor(
        Fetcher(url, token=token_for(trust.origin)),
        trust,
        folder,
        witnesses=[Other(one, Fetcher(one)) for one in witnesses],
        with_entries=with_entries,
    )


def follow(
    watched: Monitor,
    every: float,
    tell: Callable[[Round], None],
    *,
    rounds: int | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Round:
    """Look again and again until there is an alarm; `tell` hears of each round.

    Reading entries takes at most a round's time and goes on in the next. `rounds` bounds the
    number of rounds.
    """
    while True:
        started = time.monotonic()
        found = watched.look(until=started + every)
        tell(found)
        if rounds is not None:
            rounds -= 1
        if found.alarm is not None or rounds == 0:
            return found
        sleep(max(0.0, started + every - time.monotonic()))
