"""What others hold of this log, compared with what is here: alarms, and their end.

A checkpoint with our own signature that is larger than ours, or of another history, proves by
itself that links were lost or that the log was signed for twice. What witnesses only say counts
once the others could no longer meet the quorum. Silence proves nothing.
"""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.keys.notes import VerifierKey

from . import clocks
from .errors import CannotDecide, FetchError, LedgerError, Tampered
from .fetch import Fetcher
from .ledger import Ledger
from .log import proofs
from .log.checkpoint import open_checkpoint
from .log.client import LogClient
from .log.errors import ClockError, LogError
from .log.policy import Policy, WitnessLine
from .log.tlog_witness import Cosignature, OtherSize, WitnessClient, latest_cosigned
from .quorum import policy_of
from .store.errors import StoreError
from .store.read import Reader
from .store.sealed_rows import broken
from .store.witnessing import SEAL, Alarm, Standing, WitnessBook, WitnessRow, standing
from .store.witnessing import alarms as stored_alarms
from .times import micros
from .trust import Trust

SECONDS = 10.0  # for a look as a whole
REQUEST_SECONDS = 4.0
_FAR = clocks.JUMP.total_seconds()
_NEW_ORIGIN = (
    "A ledger that lost links, or signed two histories, never signs under its origin again: "
    "restore the links that are missing here, or make a ledger whose first statement names this "
    "one's last checkpoint: `suyuan init --origin NEW --continues CHECKPOINT --old-trust TRUST`"
)


@dataclass(frozen=True, slots=True)
class Said:
    """What one place outside says of the log: a witness by its name in the policy, or the mirror.

    `size`: what it cosigned last, by its word. `note`: a checkpoint that our log's key was seen to
    sign. `refusal`: why it takes our tree for another than the one it knows. `ahead`: by how many
    seconds its clock is, by what it has just signed.
    """

    who: str
    size: int | None = None
    note: str | None = None
    refusal: str | None = None
    ahead: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """What would raise an alarm: `rollback`, `fork`, `ahead`, `refused` or `clock`."""

    kind: str
    reason: str
    evidence: Mapping[str, Any]
    stops: bool

    @property
    def about(self) -> frozenset[str]:
        """Who said it."""
        return frozenset(self.evidence["about"])


@dataclass(frozen=True, slots=True)
class Look:
    """What was found by asking around: who answered, who did not and why, and what is in doubt."""

    size: int
    said: Mapping[str, Said]
    silent: Mapping[str, str]
    doubts: tuple[Doubt, ...]
    raised: tuple[Alarm, ...] = ()


def find(reader: Reader, trust: Trust, policy: Policy | None, said: Iterable[Said]) -> list[Doubt]:
    """What is in doubt after what others said before this reader's moment.

    The store's rows of witnesses count as said too. StoreError where our own hashes are damaged.
    """
    said, where = list(said), standing(reader)
    ours = None if where.signed is None else where.signed.note
    larger: dict[str, str] = {}
    other: dict[str, str] = {}
    refused: dict[str, str] = {}
    claims = _claims(where, policy)
    try:
        for one in said:
            if one.size is not None and one.size > where.size:
                claims[one.who] = one.size
            if one.refusal is not None:
                refused[one.who] = one.refusal
            if one.note is None:
                continue
            theirs = open_checkpoint(one.note, trust.log)
            if theirs.size > where.size:
                larger[one.who] = one.note
            elif theirs.root != proofs.root(theirs.size, reader.hashes()):
                other[one.who] = one.note
    except LogError as error:
        raise StoreError(f"the ledger cannot be compared with what others hold: {error}") from None
    doubts = []
    if larger:
        reason = (
            f"a larger checkpoint, signed by this log, is known to {_names(larger)}; this "
            f"ledger's newest is of size {where.size}: links were lost"
        )
        doubts.append(Doubt("rollback", reason, _evidence(ours, larger, notes=larger), stops=True))
    elif claims:
        stops = policy is not None and not policy.can_do_without(claims)
        reason = (
            f"{_names(claims)} cosigned up to size {max(claims.values())}, and this ledger's "
            f"newest checkpoint is of size {where.size}"
        )
        doubts.append(Doubt("ahead", reason, _evidence(ours, claims, sizes=claims), stops=stops))
    if other:
        reason = f"a checkpoint of another history, signed by this log, is known to {_names(other)}"
        doubts.append(Doubt("fork", reason, _evidence(ours, other, notes=other), stops=True))
    for who, why in refused.items():
        if who not in other and who not in larger:
            reason = f"{who} refuses this ledger's newest checkpoint: {why}"
            evidence = _evidence(ours, [who], said={who: why})
            doubts.append(Doubt("refused", reason, evidence, stops=False))
    return doubts + _clocks(reader, policy, ours, {one.who: one.ahead for one in said})


def _clocks(
    reader: Reader, policy: Policy | None, ours: str | None, ahead: Mapping[str, int]
) -> list[Doubt]:
    """What witnesses' clocks say of this machine's, unless somebody said that it is right."""
    away = {who: seconds for who, seconds in ahead.items() if abs(seconds) > _FAR}
    now = clocks.read()
    if not away or clocks.is_said_right(stored_alarms(reader), now):
        return []
    days = max(abs(seconds) for seconds in away.values()) // 86_400
    reason = f"the clock of this machine is not that of {_names(away)}: up to {days} days apart"
    evidence = _evidence(ours, away, seconds=away)
    stops = policy is not None and not policy.can_do_without(away)
    return [Doubt(clocks.KIND, reason, evidence, stops=stops)]


def raise_all(ledger: Ledger, doubts: Sequence[Doubt]) -> list[Alarm]:
    """Raise an alarm for each doubt that no unresolved one tells already; the new ones."""
    book, now = WitnessBook(ledger.database.engine), micros(ledger.now())
    made = (
        book.raise_alarm(now, one.kind, one.reason, one.evidence, stops=one.stops) for one in doubts
    )
    return [alarm for alarm in made if alarm is not None]


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
    where = WitnessBook(ledger.database.engine).standing()
    policy = policy_of(where.trust)
    asked = micros(ledger.now())
    heard = [_Heard(line.name, line) for line in (policy.witnesses if policy else ()) if line.url]
    if mirror is not None:
        heard.append(_Heard(f"mirror {mirror}", None))
    deadline = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_hear, args=(one, ledger, where, mirror), daemon=True)
        for one in heard
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    said = {one.who: one.said() for one in heard if one.has_spoken}
    silent = {one.who: one.error or "no answer in time" for one in heard if not one.has_spoken}
    now = micros(ledger.now())
    WitnessBook(ledger.database.engine).take(
        [
            WitnessRow(
                one.who, one.size, asked, now if one.has_spoken else None, one.refusal or one.error
            )
            for one in heard
            if one.line is not None
        ]
    )
    with ledger.reading() as reader:
        doubts = tuple(find(reader, where.trust, policy, said.values()))
    return Look(where.size, said, silent, doubts)


def check(ledger: Ledger, *, mirror: str | None = None, seconds: float = SECONDS) -> Look:
    """Look around, and raise an alarm for whatever is in doubt; `raised` has the new ones."""
    found = look(ledger, mirror=mirror, seconds=seconds)
    raised = tuple(raise_all(ledger, found.doubts))
    return Look(found.size, found.said, found.silent, found.doubts, raised)


def resolve(ledger: Ledger, number: int, reason: str, who: str) -> Alarm:
    """End an alarm that was false, in the name of `who`; looks around first.

    Raises LedgerError for no such alarm, one that is resolved, or no reason; Tampered where what
    raised it still holds; CannotDecide where one who raised it cannot be asked now.
    """
    book = WitnessBook(ledger.database.engine)
    alarm = book.alarm(number)
    if alarm is None or alarm.resolved is not None:
        state = "no alarm" if alarm is None else "resolved already: alarm"
        raise LedgerError(f"{state} {number}: see `suyuan alarms list`")
    if not reason.strip():
        raise LedgerError("say why the alarm was false: --reason")
    if alarm.kind == SEAL:
        _require_seals(ledger, number)
    found = look(ledger)
    raise_all(ledger, found.doubts)
    trust = book.standing().trust
    policy = policy_of(trust)
    notes = alarm.evidence.get("notes")
    kept = [
        Said(name, note=note)
        for name, note in (notes.items() if isinstance(notes, dict) else ())
        if isinstance(note, str)
    ]
    with ledger.reading() as reader:
        doubts = [*found.doubts, *find(reader, trust, policy, kept)]
    for doubt in doubts:
        if doubt.kind == clocks.KIND:
            continue  # the operator's word decides it
        is_same = doubt.kind == alarm.kind and bool(doubt.about & alarm.about)
        if doubt.stops or (is_same and not alarm.stops):
            more = f". {_NEW_ORIGIN}" if doubt.stops else ""
            raise Tampered(f"alarm {number} is not resolved: {doubt.reason}{more}")
    asked = {line.name for line in policy.witnesses} if policy is not None else set()
    is_clock = alarm.kind == clocks.KIND
    for name in () if is_clock else sorted(alarm.about & asked - found.said.keys()):
        why = found.silent.get(name, "it has no URL")
        raise CannotDecide(
            f"alarm {number} is not resolved: {name} cannot be asked now ({why}). Wait for it, or "
            "take it out of the policy by `suyuan policy set`"
        )
    stands = clocks.as_it_stands(ledger) if is_clock else {}
    if not book.resolve(number, micros(ledger.now()), {"by": who, "reason": reason, **stands}):
        raise LedgerError(f"resolved already: alarm {number}")
    done = book.alarm(number)
    assert done is not None
    return done


def _require_seals(ledger: Ledger, number: int) -> None:
    """Raise Tampered while rows are here that somebody else has written."""
    with ledger.reading(patient=True) as reader:
        left = next(broken(reader), None)
    if left is not None:
        raise Tampered(f"alarm {number} is not resolved: {left.reason}")


@dataclass(slots=True)
class _Heard:
    """What one thread has heard so far; read by another that does not wait for its end."""

    who: str
    line: WitnessLine | None
    size: int | None = None
    note: str | None = None
    refusal: str | None = None
    error: str | None = None
    ahead: int = 0
    has_spoken: bool = field(default=False)

    def said(self) -> Said:
        return Said(self.who, self.size, self.note, self.refusal, self.ahead)


def _hear(heard: _Heard, ledger: Ledger, where: Standing, mirror: str | None) -> None:
    try:
        if heard.line is None:
            assert mirror is not None
            with Fetcher(mirror, timeout=REQUEST_SECONDS) as fetcher:
                heard.note, _ = LogClient(fetcher, where.trust.log).checkpoint()
            heard.has_spoken = True
            return
        fetcher, client = client_of(heard.line)
        with fetcher:
            _hear_latest(heard, fetcher, where.trust.log)
            _hear_size(heard, client, ledger, where)
    except (FetchError, LogError, LedgerError, StoreError) as error:
        heard.error = str(error)
    except Exception as error:  # noqa: BLE001  whatever one of them does, the others are heard
        heard.error = f"{type(error).__name__}: {error}"


def _hear_latest(heard: _Heard, fetcher: Fetcher, log: VerifierKey) -> None:
    """The latest checkpoint that it gives; that it gives none, or nonsense, says nothing."""
    try:
        latest = latest_cosigned(fetcher, log)
    except (FetchError, LogError) as error:
        heard.error = str(error)
        return
    if latest is not None:
        heard.note, heard.has_spoken = latest[0], True


def _hear_size(heard: _Heard, client: WitnessClient, ledger: Ledger, where: Standing) -> None:
    """The size that it cosigned last, and where that is no larger, whether it cosigns ours."""
    if where.signed is None:
        return
    old = 0
    proof: list[bytes] = []
    while True:
        try:
            answer = client.ask(old, proof, where.signed.note)
        except ClockError as error:  # it took our tree, and signed the time as it has it
            heard.has_spoken, heard.ahead = True, error.seconds
            raise
        heard.has_spoken = True
        if isinstance(answer, Cosignature):
            heard.size, heard.error = where.size, None
            return
        if not isinstance(answer, OtherSize):
            heard.refusal = answer.why
            return
        heard.size = answer.size
        if answer.size > where.size or old:
            return
        old = answer.size
        with ledger.reading() as reader:
            proof = proofs.consistency(old, where.size, reader.hashes())


def _claims(where: Standing, policy: Policy | None) -> dict[str, int]:
    """The sizes over ours that witnesses of the policy named last."""
    names = set() if policy is None else {line.name for line in policy.witnesses}
    return {
        name: row.size
        for name, row in where.witnesses.items()
        if name in names and row.size is not None and row.size > where.size
    }


def _evidence(ours: str | None, about: Iterable[str], **more: Mapping[str, Any]) -> dict[str, Any]:
    return {"about": sorted(about), "ours": ours} | {k: dict(v) for k, v in more.items()}


def _names(found: Iterable[str]) -> str:
    return ", ".join(sorted(found))
