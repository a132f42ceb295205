"""Verifying a draw's file by itself: no ledger, no network, only the trust file.

docs/format.md section 4 says how a draw is recomputed. What is wrong is a fault; what the file
cannot decide yet, or never will, is said as that.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence.partial import Newer, read
from suyuan.trace.evidence.verdict import BROKEN, UNDECIDED, VERIFIED, Verdict, instant
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg, row
from suyuan.trace.format.private.digests import committed
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.times import parse as parse_time
from suyuan.trace.log import tlog_proof
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.policy import check as check_note
from suyuan.trace.log.policy import required
from suyuan.trace.log.proofs import check_inclusion

from . import draw
from .draw import Change, DrawError, Files, Pick, Ranking
from .draw_file import DrawFile

KIND = "draw"
SAID = "/said"
ENDING = ("reveal", "abort")


@dataclass(frozen=True, slots=True)
class DrawFault:
    """What is wrong, by a word for it; of the statement at this index, or of the file."""

    rule: str
    why: Message
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Stated:
    """One statement of a draw, as its link has it."""

    index: int
    link: Link
    statement: Object

    @property
    def op(self) -> str:
        """Its op."""
        return str(self.statement["op"])


@dataclass(frozen=True, slots=True)
class DrawVerdict:
    """What a draw's file shows; `picks` are those drawn, where they could be recomputed.

    `committed` is the POSIX second by which witnesses had cosigned the commitment, `exists` that
    from which the public value existed; None where it is not shown.
    """

    uri: str
    evidence: Verdict
    stated: tuple[Stated, ...]
    committed: int | None
    exists: int | None
    picks: tuple[Pick, ...] | None
    replaced: tuple[Change, ...]
    faults: tuple[DrawFault, ...]
    undecided: tuple[Message, ...]
    not_shown: tuple[Message, ...]

    @property
    def is_shown_before(self) -> bool:
        """Whether the commitment is shown to be older than the public value."""
        return self.committed is not None and self.exists is not None and (
            self.committed < self.exists
        )  # fmt: skip

    @property
    def exit_code(self) -> int:
        """1 where something is wrong, 3 where something is not shown, else 0."""
        if self.faults:
            return BROKEN
        return UNDECIDED if self.undecided else VERIFIED

    def to_dict(self) -> dict[str, Any]:
        """The verdict for programs."""
        picks = self.picks
        return {
            "draw": self.uri,
            "verdict": {BROKEN: "broken", UNDECIDED: "undecided", VERIFIED: "verified"}[
                self.exit_code
            ],
            "statements": [
                {"index": one.index, "op": one.op, "actor": one.link.actor,
                 "signed_at": one.link.signed_at, "reason": one.statement.get("reason")}
                for one in self.stated
            ],
            "committed_no_later_than": None if self.committed is None else instant(self.committed),
            "value_exists_from": None if self.exists is None else instant(self.exists),
            "shown_before": self.is_shown_before,
            "drawn": picks if picks is None else [
                {"id": pick.id, "stratum": pick.stratum, "inspectors": list(pick.team)}
                for pick in picks
            ],
            "replaced": [change.said() for change in self.replaced],
            "faults": [
                {"rule": one.rule, "why": str(one.why), "index": one.index} for one in self.faults
            ],
            "undecided": list(map(str, self.undecided)),
            "not_shown": list(map(str, self.not_shown)),
        }  # fmt: skip


def check(file: DrawFile, trust: Trust, value: str | None = None) -> DrawVerdict:
    """What a draw's file shows under a trust file; TrustError where its policy cannot be used.

    `value` is what the reader has looked up of the beacon.
    """
    return _Checker(file, trust, value).verdict()


@dataclass(slots=True)
class _Checker:
    file: DrawFile
    trust: Trust
    value: str | None
    _faults: list[DrawFault] = field(default_factory=list)
    _undecided: list[Message] = field(default_factory=list)
    _not_shown: list[Message] = field(default_factory=list)

    def verdict(self) -> DrawVerdict:
        evidence = verify(self.file.evidence, self.trust)
        self._faults += [
            DrawFault(one.rule, msg("%s", one.why), one.index) for one in evidence.all_faults()
        ]
        self._undecided += evidence.undecided
        stated = tuple(self._stated(evidence))
        time = exists = picks = None
        changes: list[Change] = []
        if stated and stated[0].op == "commit":
            commit = stated[0].statement
            time, exists = self._committed(stated[0], evidence), self._exists(stated[0])
            self._before(time, exists)
            ending = next((one for one in stated if one.op in ENDING), None)
            self._course(stated, ending)
            if ending is not None and ending.op == "reveal":
                files = self._files(commit)
                replacing = [one for one in stated if one.op == "replace"
                             and one.index < ending.index]  # fmt: skip
                said = {one.index: one.value for one in evidence.shown
                        if one.pointer == SAID and one.is_placed}  # fmt: skip
                known = [change for one in replacing for change in self._change(one, said)]
                self._opened(commit, ending)
                if files is not None and len(known) == len(replacing):
                    changes = known
                    picks = self._drawn(files, ending, changes)
        else:
            self._fault("commit", msg("no commitment of %s is in the file", self.file.uri))
        self._not_shown += [
            msg("that it was the office's only draw: see the list of its draws for others"),
            msg("that nobody stated more of it than its end names: see the draw's own page"),
        ]
        return DrawVerdict(
            self.file.uri, evidence, stated, time, exists,
            None if picks is None else tuple(picks), tuple(changes),
            tuple(self._faults), tuple(self._undecided), tuple(self._not_shown),
        )  # fmt: skip

    def _fault(self, rule: str, why: Message, index: int | None = None) -> None:
        self._faults.append(DrawFault(rule, why, index))

    def _stated(self, evidence: Verdict) -> Iterator[Stated]:
        """The draw's statements whose links break no rule, in order."""
        good = {one.index for one in evidence.links if not one.faults}
        for entry in self.file.evidence.entries:
            try:
                link = read(entry.entry) if entry.index in good else None
            except (Refused, Newer):  # said by the evidence
                continue
            statement = None if link is None else link.statement
            if link is None or statement is None or statement["type"] != KIND:
                continue
            if statement.get("uri") == self.file.uri:
                yield Stated(entry.index, link, statement)

    def _committed(self, commit: Stated, evidence: Verdict) -> int | None:
        """By which second witnesses had cosigned what covers the commitment."""
        times = [] if evidence.time is None else [evidence.time]
        try:
            proof = tlog_proof.parse(self.file.committed)
            if proof.index != commit.index:
                raise LogError("it is of index %s", proof.index)
            witnessed = check_note(proof.note, self.trust.log, required(self.trust.policy))
            at = witnessed.checkpoint
            check_inclusion(bytes.fromhex(commit.link.hash), proof.index, at.size,
                            proof=proof.hashes, root=at.root)  # fmt: skip
        except LogError as error:
            self._fault("committed", msg("the proof of the commitment is not good: %s", error))
        else:
            times += [] if witnessed.time is None or not witnessed.is_met else [witnessed.time]
        return min(times, default=None)

    def _exists(self, commit: Stated) -> int:
        """From which second the public value exists: by the beacon's own rule where it is known."""
        said = parse_time(commit.statement["from"])
        assert said is not None  # a rule of the format
        second = int(said.timestamp())
        beacon, pulse = str(commit.statement["beacon"]), str(commit.statement["round"])
        known = draw.exists_from(beacon, pulse)
        if known is None:
            why = msg("when %s, %s came to be: the office's word, as of %s", beacon, pulse,
                      instant(second))  # fmt: skip
            self._not_shown.append(why)
            return second
        if known != second:
            why = msg("round %s of %s is said to exist from %s, by its own rule it does from %s",
                      pulse, beacon, instant(second), instant(known))  # fmt: skip
            self._fault("from", why, commit.index)
        return known

    def _before(self, time: int | None, exists: int) -> None:
        if time is None:
            why = msg("not shown: that the draw was committed to before the public value existed. "
                      "No witnesses whom the trust file names had cosigned it")  # fmt: skip
            self._undecided.append(why)
        elif time >= exists:
            why = msg("not shown: that the draw was committed to before the public value existed. "
                      "Witnesses cosigned it at %s, the value existed from %s",
                      instant(time), instant(exists))  # fmt: skip
            self._undecided.append(why)

    def _course(self, stated: Sequence[Stated], ending: Stated | None) -> None:
        """What was stated when: all before the end is named by it, and nothing stands behind it."""
        if ending is None:
            self._undecided.append(msg("the draw is not over: its nonce is not opened yet"))
            return
        named = {ref.index for ref in ending.link.after if ref.ledger is None}
        for one in stated:
            is_own = one.link.actor == ending.link.actor  # its chain names those
            if one.index < ending.index and not is_own and one.index not in named:
                why = msg("it does not name the statement of the draw at index %s", one.index)
                self._fault("after", why, ending.index)
            elif one.index > ending.index:
                why = msg("it was stated when the draw was over")
                self._fault("late", why, one.index)

    def _files(self, commit: Mapping[str, Any]) -> Files | None:
        """The three files that the commitment names, each there and fit to be drawn from."""
        names = {name: str(commit[name]) for name in ("pool", "inspectors", "parameters")}
        for digest in sorted(self.file.files.keys() - set(names.values())):
            why = msg("file %s… is not one that was committed to: it was changed", digest[:16])
            self._fault("files", why)
        missing = [name for name, digest in names.items() if digest not in self.file.files]
        if missing:
            self._undecided.append(msg("not disclosed, and so not checked: %s", missing))
            return None
        try:
            return draw.read(*(self.file.files[digest] for digest in names.values()))
        except DrawError as error:
            self._fault("files", error.message)
            return None

    def _change(self, one: Stated, said: Mapping[int, object]) -> Iterator[Change]:
        """The replacement that a statement hides, where it is disclosed."""
        if one.index in said:
            change = draw.read_change(said[one.index])
            if change is not None:
                yield change
            else:
                self._fault("replace", msg("what it says is no replacement"), one.index)
        elif committed(one.link):
            self._undecided.append(msg("the replacement at index %s is not disclosed", one.index))
        else:
            self._fault("replace", msg("it does not say who is replaced by whom"), one.index)

    def _opened(self, commit: Mapping[str, Any], ending: Stated) -> None:
        if draw.nonce_digest(str(ending.statement["nonce"])) != commit["nonce"]:
            why = msg("the nonce that was opened is not the one that was committed to")
            self._fault("nonce", why, ending.index)
        if self.value is None:
            why = msg("that %s gave this value in round %s: look it up, and give it by --value",
                      commit["beacon"], commit["round"])  # fmt: skip
            self._not_shown.append(why)
        elif self.value.strip() != ending.statement["value"]:
            why = msg("it was drawn by another value than the one that the beacon gave")
            self._fault("value", why, ending.index)

    def _drawn(self, files: Files, ending: Stated, changes: Sequence[Change]) -> list[Pick] | None:
        value, nonce = str(ending.statement["value"]), str(ending.statement["nonce"])
        seed = draw.seed_of(self.file.uri, files.digests, value, nonce)
        try:
            return Ranking(files, seed).replaced(changes)
        except DrawError as error:
            self._fault("rank", error.message, ending.index)
            return None


def describe(verdict: DrawVerdict) -> Iterator[Message]:
    """The verdict in sentences."""
    answers = {
        BROKEN: msg("BROKEN: this is not what was committed to, or not what it gives"),
        UNDECIDED: msg("not decided yet; nothing of what could be checked is wrong"),
        VERIFIED: msg("recomputed, and as it was committed to"),
    }
    yield msg("Draw %s: %s", verdict.uri, answers[verdict.exit_code])
    for fault in verdict.faults:
        where = None if fault.index is None else msg("index %s", fault.index)
        yield row("  !", where, fault.why, gap=" ")
    for why in verdict.undecided:
        yield row("  ?", why, gap=" ")
    for one in verdict.stated:
        said = msg("index %s, %s: %s by %s", one.index, one.link.signed_at, one.op, one.link.actor)
        yield row(" ", said, str(one.statement.get("reason", "")), gap=" ")
    if verdict.is_shown_before and verdict.committed and verdict.exists:
        yield msg("Committed to by %s; the public value existed from %s",
                  instant(verdict.committed), instant(verdict.exists))  # fmt: skip
    if verdict.picks is not None:
        yield msg("Drawn:")
        for pick in verdict.picks:
            yield row(" ", pick.stratum, pick.id, ", ".join(pick.team))
    yield msg("Not shown by this file:")
    yield from (row("  -", gap, gap=" ") for gap in verdict.not_shown)
