"""What others hold of this log, compared with what is here: alarms, and their end.

A checkpoint with our own signature that is larger than ours, or of another history, proves by
itself that links were lost or that the log was signed for twice. What witnesses only say counts
once the others could no longer meet the quorum. Silence proves nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from suyuan.keys.notes import NoteSignature, VerifierKey
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, FetchError, LedgerError, Tampered
from suyuan.trace.format.times import micros
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.log import proofs
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.client import LogClient
from suyuan.trace.log.errors import ClockError, LogError
from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.log.policy import Policy, WitnessLine
from suyuan.trace.log.tlog_witness import Cosignature, Refusal, WitnessClient, latest_cosigned
from suyuan.trace.store.append import clocks
from suyuan.trace.store.append.workers import in_thread
from suyuan.trace.store.beside.sealed_rows import broken
from suyuan.trace.store.beside.witness_rows import (
    SEAL,
    Alarm,
    Standing,
    WitnessBook,
    WitnessRow,
    standing,
)
from suyuan.trace.store.beside.witness_rows import alarms as stored_alarms
from suyuan.trace.store.errors import StoreError
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.store.read.reader import Reader

from .quorum import policy_of

SECONDS = 10.0  # for a look as a whole
REQUEST_SECONDS = 4.0
_FAR = clocks.JUMP.total_seconds()
_Hear = Callable[["WitnessReport", WitnessLine], None]
_NEW_ORIGIN = (
    "A ledger that lost links, or signed two histories, never signs under its origin again: "
    "restore the links that are missing here, or make a ledger whose first statement names this "
    "one's last checkpoint: `suyuan init --origin NEW --continues CHECKPOINT --old-trust TRUST`"
)


@dataclass(slots=True)
class WitnessReport:
    """The answers of one witness, by its name in the policy, or of the mirror, about the log.

    A thread fills it as it asks; whoever reads it need not wait for the end. `size` is what it
    says it cosigned last, `note` a checkpoint that our log's key was seen to sign, `refusal`
    why it takes our tree for another than the one it knows, `cosignature` its line on our newest
    checkpoint, `ahead` by how many seconds its clock is. `is_alarming` where it refuses, or names
    a larger size than ours. `error` is what was wrong, None for nothing; `damage` is what keeps
    this ledger from proving anything to anybody.
    """

    name: str
    size: int | None = None
    note: str | None = None
    refusal: str | None = None
    cosignature: NoteSignature | None = None
    ahead: int = 0
    has_answered: bool = False
    is_alarming: bool = False
    error: str | None = None
    damage: StoreError | None = None

    @contextmanager
    def noting_errors(self) -> Iterator[None]:
        """A block after which whatever went wrong in it is the report's error."""
        try:
            yield
        except (FetchError, LogError, LedgerError, StoreError) as error:
            self.error = str(error)
            self.damage = error if isinstance(error, StoreError) else None
        except Exception as error:  # noqa: BLE001  whatever one of them does, the others are heard
            self.error = f"{type(error).__name__}: {error}"

    def row(self, start: int, now: int) -> WitnessRow:
        """The row of a witness's answers; instants in microseconds UTC."""
        error = self.error if self.refusal is None else f"it refuses: {self.refusal}"
        answered = now if self.has_answered else None
        return WitnessRow(self.name, self.size, start, answered, error)

    def read_latest(self, fetcher: Fetcher, log: VerifierKey) -> None:
        """The latest checkpoint of our log that the witness shows; it may show none.

        Raises LogError for any other note, FetchError for no answer.
        """
        latest = latest_cosigned(fetcher, log)
        if latest is not None:
            self.note, self.has_answered = latest.note, True

    def ask(
        self, client: WitnessClient, ledger: Ledger, newest: StoredCheckpoint, known: int
    ) -> None:
        """Ask for a cosignature on our newest checkpoint, with a proof from the size `known`.

        Asked once more from the size that the witness names instead, unless that is over ours.
        Raises FetchError, LogError as the client does, StoreError where the log cannot be proved.
        """
        old = known if known <= newest.size else 0
        for _ in range(2):
            with ledger.reading() as reader:
                try:
                    proof = proofs.consistency(old, newest.size, reader.hashes())
                except LogError as error:
                    raise StoreError("the log cannot be proved: %s", error) from None
            try:
                answer = client.ask(old, proof, newest.note)
            except ClockError as error:  # it took our tree, and signed the time as it has it
                self.has_answered, self.ahead = True, error.seconds
                raise
            self.has_answered = True
            if isinstance(answer, Cosignature):
                self.size, self.cosignature, self.error = newest.size, answer.line, None
                return
            if isinstance(answer, Refusal):
                self.refusal, self.is_alarming = answer.why, True
                return
            self.size = old = answer.size
            if old > newest.size:
                self.is_alarming = True
                return
        self.error = f"it names another size than before: {old}"


@dataclass(frozen=True, slots=True)
class Look:
    """Which witnesses answered, which did not and why, and the alarms that follow.

    `doubts` are all of these, be they raised or not, `raised` the new ones.
    """

    size: int
    said: Mapping[str, WitnessReport]
    silent: Mapping[str, str]
    doubts: tuple[Alarm, ...]
    raised: tuple[Alarm, ...] = ()


def alarms_of(
    reader: Reader, trust: Trust, policy: Policy | None, reports: Iterable[WitnessReport]
) -> list[Alarm]:
    """The alarms to be raised after these reports, as of this reader's moment.

    Of the kinds `rollback`, `fork`, `ahead`, `refused` and `clock`. The store's rows of witnesses
    count as reports too. StoreError where our own hashes are damaged.
    """
    reports, where = list(reports), standing(reader)
    ours = None if where.signed is None else where.signed.note
    larger, other = _notes_elsewhere(reader, trust, where.size, reports)
    # Sizes over ours that are reported, or that witnesses of the policy named before.
    names = {line.name for line in policy.witnesses} if policy else set()
    sizes = [(name, row.size or 0) for name, row in where.witnesses.items() if name in names]
    sizes += [(report.name, report.size or 0) for report in reports]
    claims = {name: size for name, size in sizes if size > where.size}
    alarms = []
    if larger:
        reason = (
            f"a larger checkpoint, signed by this log, is known to {_names(larger)}; this "
            f"ledger's newest is of size {where.size}: links were lost"
        )
        alarms.append(Alarm("rollback", reason, _evidence(ours, larger, notes=larger), stops=True))
    elif claims:
        reason = (
            f"{_names(claims)} cosigned up to size {max(claims.values())}, and this ledger's "
            f"newest checkpoint is of size {where.size}"
        )
        stops = policy is not None and not policy.can_do_without(claims)
        alarms.append(Alarm("ahead", reason, _evidence(ours, claims, sizes=claims), stops))
    if other:
        reason = f"a checkpoint of another history, signed by this log, is known to {_names(other)}"
        alarms.append(Alarm("fork", reason, _evidence(ours, other, notes=other), stops=True))
    for report in reports:
        if report.refusal is not None and report.name not in other.keys() | larger.keys():
            reason = f"{report.name} refuses this ledger's newest checkpoint: {report.refusal}"
            evidence = _evidence(ours, [report.name], said={report.name: report.refusal})
            alarms.append(Alarm("refused", reason, evidence, stops=False))
    return alarms + _clocks(reader, policy, ours, {report.name: report.ahead for report in reports})


def _clocks(
    reader: Reader, policy: Policy | None, ours: str | None, ahead: Mapping[str, int]
) -> list[Alarm]:
    """The alarm where witnesses' clocks are far from this machine's, unless it was resolved."""
    away = {name: seconds for name, seconds in ahead.items() if abs(seconds) > _FAR}
    if not away or clocks.is_said_right(stored_alarms(reader), clocks.read()):
        return []
    days = max(abs(seconds) for seconds in away.values()) // 86_400
    reason = f"the clock of this machine is not that of {_names(away)}: up to {days} days apart"
    stops = policy is not None and not policy.can_do_without(away)
    return [Alarm(clocks.KIND, reason, _evidence(ours, away, seconds=away), stops)]


def raise_all(ledger: Ledger, alarms: Sequence[Alarm]) -> list[Alarm]:
    """Store those that no unresolved alarm states already; the stored ones."""
    book, now = WitnessBook(ledger.database.engine), micros(ledger.now())
    raised = (book.raise_alarm(now, a.kind, a.reason, a.evidence, stops=a.stops) for a in alarms)
    return [alarm for alarm in raised if alarm is not None]


def client_of(line: WitnessLine, timeout: float = REQUEST_SECONDS) -> tuple[Fetcher, WitnessClient]:
    """A client of a witness, and the fetcher to be closed; LedgerError where its URL is none."""
    assert line.url is not None
    fetcher = Fetcher(line.url, timeout=timeout)
    return fetcher, WitnessClient(fetcher, line.key)


def look(ledger: Ledger, *, mirror: str | None = None, seconds: float = SECONDS) -> Look:
    """Ask every witness with a URL what it knows of this log, and the mirror; raise nothing.

    Each is asked for its size, for the latest checkpoint that it cosigned, and, where that is no
    larger than ours, for its cosignature on our newest. It takes `seconds` at most. The mirror is
    the prefix of a published copy of the log. Raises TrustError where the policy cannot be used.
    """
    book = WitnessBook(ledger.database.engine)
    where = book.standing()
    policy = policy_of(where.trust)
    start = micros(ledger.now())
    hear: _Hear = lambda report, line: _hear_witness(report, line, ledger, where)  # noqa: E731
    reports = _heard(where.trust, hear, mirror, seconds)
    witnesses = reports if mirror is None else reports[:-1]
    answered = {report.name: report for report in reports if report.has_answered}
    silent = {r.name: r.error or "no answer in time" for r in reports if r.name not in answered}
    now = micros(ledger.now())
    book.take([report.row(start, now) for report in witnesses])
    with ledger.reading() as reader:
        alarms = tuple(alarms_of(reader, where.trust, policy, answered.values()))
    return Look(where.size, answered, silent, alarms)


def shown(
    trust: Trust, *, mirror: str | None = None, seconds: float = SECONDS
) -> list[WitnessReport]:
    """The newest checkpoint of a log that each witness of its policy shows, and the mirror's.

    `note` is None, and `error` why, of one that shows none. It takes `seconds` at most. Raises
    TrustError where the policy cannot be used.
    """
    return _heard(trust, partial(_hear_shown, log=trust.log), mirror, seconds)


def _heard(trust: Trust, hear: _Hear, mirror: str | None, seconds: float) -> list[WitnessReport]:
    """The reports of the policy's witnesses with a URL, and last the mirror's, as of a time."""
    policy = policy_of(trust)
    lines = [line for line in (policy.witnesses if policy else ()) if line.url]
    reports = [WitnessReport(line.name) for line in lines]
    running = [in_thread(hear, *pair) for pair in zip(reports, lines, strict=True)]
    if mirror is not None:
        reports.append(WitnessReport(f"mirror {mirror}"))
        running.append(in_thread(_hear_mirror, reports[-1], mirror, trust.log))
    wait(running, timeout=seconds)
    return [replace(report) for report in reports]  # threads may go on


def compare(ledger: Ledger, reports: Sequence[WitnessReport]) -> list[Alarm]:
    """Raise the alarms of what others show of this log, compared with the ledger; all of them."""
    with ledger.reading() as reader:
        alarms = alarms_of(reader, ledger.trust, policy_of(ledger.trust), reports)
    raise_all(ledger, alarms)
    return alarms


def check(ledger: Ledger, *, mirror: str | None = None, seconds: float = SECONDS) -> Look:
    """Look around, and raise the alarms of that; `raised` has the new ones."""
    seen = look(ledger, mirror=mirror, seconds=seconds)
    return replace(seen, raised=tuple(raise_all(ledger, seen.doubts)))


def _hear_witness(
    report: WitnessReport, line: WitnessLine, ledger: Ledger, where: Standing
) -> None:
    with report.noting_errors():
        fetcher, client = client_of(line)
        with fetcher:
            try:
                report.read_latest(fetcher, where.trust.log)
            except (FetchError, LogError) as error:  # that it shows none, or nonsense, says nothing
                report.error = str(error)
            if where.signed is not None:
                report.ask(client, ledger, where.signed, 0)


def _hear_shown(report: WitnessReport, line: WitnessLine, log: VerifierKey) -> None:
    with report.noting_errors():
        fetcher, _ = client_of(line)
        with fetcher:
            report.read_latest(fetcher, log)


def _hear_mirror(report: WitnessReport, mirror: str, log: VerifierKey) -> None:
    with report.noting_errors(), Fetcher(mirror, timeout=REQUEST_SECONDS) as fetcher:
        report.note = LogClient(fetcher, log).checkpoint().note
        report.has_answered = True


def resolve(ledger: Ledger, number: int, reason: str, by: str) -> Alarm:
    """End an alarm that was false, in the name of `by`; looks around first.

    Raises LedgerError for no such alarm, one that is resolved, or no reason; Tampered where what
    raised it still holds; CannotDecide where one who raised it cannot be asked now.
    """
    book = WitnessBook(ledger.database.engine)
    alarm = book.alarm(number)
    if alarm is None or alarm.resolved is not None:
        state = "no alarm" if alarm is None else "resolved already: alarm"
        raise LedgerError("%s %s: see `suyuan alarms list`", state, number)
    if not reason.strip():
        raise LedgerError("say why the alarm was false: --reason")
    if alarm.kind == SEAL:
        with ledger.reading(patient=True) as reader:
            left = next(broken(reader), None)
        if left is not None:  # rows are here that somebody else has written
            raise Tampered("alarm %s is not resolved: %s", number, left.reason)
    _require_gone(ledger, book, alarm)
    is_clock = alarm.kind == clocks.KIND
    stands = clocks.as_it_stands(ledger.database, ledger.now()) if is_clock else {}
    if not book.resolve(number, micros(ledger.now()), {"by": by, "reason": reason, **stands}):
        raise LedgerError("resolved already: alarm %s", number)
    resolved = book.alarm(number)
    assert resolved is not None
    return resolved


def _require_gone(ledger: Ledger, book: WitnessBook, alarm: Alarm) -> None:
    """Raise Tampered while the same, or what stops signing, would be raised again.

    CannotDecide where one who raised it does not answer. A clock's alarm the operator decides.
    """
    seen = look(ledger)
    raise_all(ledger, seen.doubts)
    trust = book.standing().trust
    policy = policy_of(trust)
    notes = alarm.evidence.get("notes")
    before = [
        WitnessReport(name, note=note)
        for name, note in (notes.items() if isinstance(notes, dict) else ())
        if isinstance(note, str)
    ]
    with ledger.reading() as reader:
        alarms = [*seen.doubts, *alarms_of(reader, trust, policy, before)]
    for again in alarms:
        if again.kind == clocks.KIND:
            continue
        is_same = again.kind == alarm.kind and bool(again.about & alarm.about)
        if again.stops or (is_same and not alarm.stops):
            more = f". {_NEW_ORIGIN}" if again.stops else ""
            raise Tampered("alarm %s is not resolved: %s%s", alarm.id, again.reason, more)
    if alarm.kind == clocks.KIND:
        return
    names = {line.name for line in policy.witnesses} if policy is not None else set()
    for name in sorted(alarm.about & names - seen.said.keys()):
        why = seen.silent.get(name, "it has no URL")
        raise CannotDecide(
            "alarm %s is not resolved: %s cannot be asked now (%s). Wait for it, or "
            "take it out of the policy by `suyuan policy set`",
            alarm.id,
            name,
            why,
        )


def _notes_elsewhere(
    reader: Reader, trust: Trust, size: int, reports: Iterable[WitnessReport]
) -> tuple[dict[str, str], dict[str, str]]:
    """Notes of our log over more links than we have, and of another history, by who shows them."""
    larger: dict[str, str] = {}
    other: dict[str, str] = {}
    try:
        for report in reports:
            if report.note is None:
                continue
            theirs = open_checkpoint(report.note, trust.log)
            if theirs.size > size:
                larger[report.name] = report.note
            elif theirs.root != proofs.root(theirs.size, reader.hashes()):
                other[report.name] = report.note
    except LogError as error:
        raise StoreError("the ledger cannot be compared with what others hold: %s", error) from None
    return larger, other


def _evidence(ours: str | None, about: Iterable[str], **more: Mapping[str, Any]) -> dict[str, Any]:
    return {"about": sorted(about), "ours": ours} | {k: dict(v) for k, v in more.items()}


def _names(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
