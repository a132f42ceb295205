"""Which cosignatures make a checkpoint count (C2SP tlog-policy), and whether a note has them."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import CosignerKey, VerifierKey
from suyuan.trace.format.messages import msg

from . import checkpoint, cosignature
from .checkpoint import Checkpoint
from .errors import LogError, note_errors

NONE = "none"
MAX_LINES = 1_000
MAX_BYTES = 64 << 10

# Octets as they come: what is no UTF-8 stands as lone surrogates of the escaping range.
_OTHER = re.compile(r"[^\t\n\x20-\x7e\x80-\ud7ff\udc80-\udcff\ue000-\U0010ffff]")
_WHITE = re.compile(r"[ \t]+")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}", re.ASCII)


@dataclass(frozen=True, slots=True)
class LogLine:
    """A log whose checkpoints are accepted, and where it is."""

    key: VerifierKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """A witness under the name that it has in this policy, and its submission prefix."""

    name: str
    key: CosignerKey
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Met where at least `threshold` of its members are: witnesses, or groups before it."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups as defined, and the name that must be met; made by `parse`, `of`."""

    logs: tuple[LogLine, ...]
    witnesses: tuple[WitnessLine, ...]
    groups: tuple[Group, ...]
    quorum: str

    @classmethod
    def parse(cls, text: str | bytes) -> "Policy":
        """The policy that a file gives: octets, of which only ASCII's mean anything.

        Raises LogError, with the line's number, for anything that tlog-policy does not allow; for
        over 1,000 lines or 64 KiB; and for two witnesses of one key name and id, whose lines on a
        note could not be told apart.
        """
        file = _File()
        for number, line in enumerate(_lines(text), 1):
            items = [item for item in _WHITE.split(line) if item]
            if not items or items[0].startswith("#"):
                continue
            try:
                file.take(items)
            except (LogError, NoteError) as error:
                raise LogError("policy, line %s: %s", number, error) from None
        return file.policy()

    @classmethod
    def of(
        cls, log: VerifierKey | LogLine, witnesses: Sequence[CosignerKey | WitnessLine], quorum: int
    ) -> "Policy":
        """The policy of `quorum` of these witnesses; LogError where it cannot stand in a file."""
        lines = tuple(
            WitnessLine(w.name, w) if isinstance(w, CosignerKey) else w for w in witnesses
        )
        names = tuple(line.name for line in lines)
        if not 0 <= quorum <= len(lines):
            raise LogError("a quorum of %s out of %s witnesses", quorum, len(lines))
        logs = (log if isinstance(log, LogLine) else LogLine(log),)
        group = "quorum"
        while group in names:
            group += "-"
        if quorum == 0:
            policy = cls(logs, lines, (), NONE)
        else:
            policy = cls(logs, lines, (Group(group, quorum, names),), group)
        if cls.parse(policy.text()) != policy:
            raise LogError("a name or URL that cannot stand in a policy")
        return policy

    def text(self) -> str:
        """The policy as a file, which `parse` reads back."""
        lines = [f"log {line.key}{_behind(line.url)}" for line in self.logs]
        lines += [f"witness {line.name} {line.key}{_behind(line.url)}" for line in self.witnesses]
        lines += [
            f"group {group.name} {group.threshold} {' '.join(group.members)}"
            for group in self.groups
        ]
        return "".join(f"{line}\n" for line in [*lines, f"quorum {self.quorum}"])

    def is_met(self, names: Collection[str]) -> bool:
        """Whether cosignatures of the witnesses with these names are enough."""
        if self.quorum == NONE:
            return True
        met = {line.name for line in self.witnesses if line.name in names}
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.threshold:
                met.add(group.name)
        return self.quorum in met

    def can_do_without(self, names: Collection[str]) -> bool:
        """Whether the other witnesses could still meet the quorum."""
        return self.is_met([line.name for line in self.witnesses if line.name not in names])

    def least(self) -> int:
        """The smallest number of witnesses that can meet the quorum."""
        if self.quorum == NONE:
            return 0
        cost = dict.fromkeys((line.name for line in self.witnesses), 1)
        for group in self.groups:
            # Each name counts in one group only, so the members' witnesses are never the same.
            cost[group.name] = sum(sorted(cost[name] for name in group.members)[: group.threshold])
        return cost[self.quorum]


def required(text: str) -> Policy | None:
    """The policy that a trust file states; None for `none`, LogError where it is malformed."""
    return None if text == NONE else Policy.parse(text)


@dataclass(frozen=True, slots=True)
class Cosigned:
    """The witness of this name in the policy cosigned at this POSIX second."""

    name: str
    time: int


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that its log signed, and who of the policy's witnesses cosigned it, in order.

    `time`: the smallest POSIX second by which the cosignatures met the quorum; None where they do
    not, or none are asked for. What the checkpoint covers was recorded no later.
    """

    checkpoint: Checkpoint
    cosigned: tuple[Cosigned, ...]
    is_met: bool
    time: int | None


def check(note: str, log: VerifierKey, policy: Policy | None) -> Witnessed:
    """The checkpoint in `note`, and what its signature lines show under `policy`.

    Lines of unknown keys are ignored; without a policy no cosignatures are asked for. Raises
    LogError where the note is malformed, not signed by `log` or of another origin, where a known
    witness's line does not verify, or where the policy lists logs and this is none of them.
    """
    signed = checkpoint.open_checkpoint(note, log)
    if policy is None:
        return Witnessed(signed, (), is_met=True, time=None)
    if policy.logs and all(line.key != log for line in policy.logs):
        raise LogError("the policy lists other logs than %s", log.name)
    with note_errors():
        parsed = notes.parse(note)
    times = ((line.name, cosignature.verify(parsed, line.key)) for line in policy.witnesses)
    cosigned = tuple(Cosigned(name, time) for name, time in times if time is not None)
    return Witnessed(
        signed,
        cosigned,
        is_met=policy.is_met({witness.name for witness in cosigned}),
        time=_time(cosigned, policy),
    )


def _time(cosigned: Sequence[Cosigned], policy: Policy) -> int | None:
    if policy.quorum == NONE:
        return None
    names: set[str] = set()
    for witness in sorted(cosigned, key=lambda witness: witness.time):
        names.add(witness.name)
        if policy.is_met(names):
            return witness.time
    return None


def _behind(url: str | None) -> str:
    return "" if url is None else f" {url}"


def _lines(text: str | bytes) -> list[str]:
    if isinstance(text, bytes):
        text = text.decode(errors="surrogateescape")
    if len(text) > MAX_BYTES or len(text.encode(errors="surrogatepass")) > MAX_BYTES:
        raise LogError("a policy of over %s KiB", MAX_BYTES >> 10)
    if other := _OTHER.search(text):
        number = text.count("\n", 0, other.start()) + 1
        raise LogError("policy, line %s: the control character %s", number, ascii(other.group()))
    lines = text.split("\n")
    if lines.pop():
        raise LogError("policy, line %s: no line end behind it", len(lines) + 1)
    if len(lines) > MAX_LINES:
        raise LogError("policy, line %s: there may be %s lines", MAX_LINES + 1, f"{MAX_LINES:,}")
    return lines


_FORMS = {
    "log": msg("a log line is: log <vkey> [<url>]"),
    "witness": msg("a witness line is: witness <name> <vkey> [<url>]"),
    "group": msg("a group line is: group <name> <any, all or number> <name>..."),
    "quorum": msg("a quorum line is: quorum <name>"),
}


@dataclass(slots=True)
class _File:
    """What the lines so far have defined."""

    logs: list[LogLine] = field(default_factory=list)
    witnesses: list[WitnessLine] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    names: set[str] = field(default_factory=set)
    members: set[str] = field(default_factory=set)
    keys: set[tuple[str, bytes]] = field(default_factory=set)  # by keyword and public key
    lines: set[tuple[str, bytes]] = field(default_factory=set)  # witnesses' key names and ids

    def take(self, items: list[str]) -> None:
        match items:
            case ["log", vkey, *url] if len(url) < 2:
                key = VerifierKey.parse(vkey)
                self._new_key("log", key.key.spki[12:])
                self.logs.append(LogLine(key, *url))
            case ["witness", name, vkey, *url] if len(url) < 2:
                self._witness(name, CosignerKey.parse(vkey), *url)
            case ["group", name, rule, _, *_]:
                self._group(name, rule, items[3:])
            case ["quorum", name]:
                if self.quorum is not None:
                    raise LogError("a second quorum line")
                if name != NONE:
                    self._require_defined(name)
                self.quorum = name
            case _:
                if items[0] in _FORMS:
                    raise LogError(_FORMS[items[0]])
                raise LogError("%s is none of %s", ascii(items[0][:40]), ", ".join(_FORMS))

    def policy(self) -> Policy:
        if self.quorum is None:
            raise LogError("a policy without a quorum line")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _witness(self, name: str, key: CosignerKey, url: str | None = None) -> None:
        self._new_key("witness", key.raw)
        if (key.name, key.hash) in self.lines:
            raise LogError("two witnesses whose keys have the name and id %s", key.name)
        self.lines.add((key.name, key.hash))
        self._define(name)
        self.witnesses.append(WitnessLine(name, key, url))

    def _group(self, name: str, rule: str, members: list[str]) -> None:
        for member in members:
            self._require_defined(member)
            if member in self.members:
                raise LogError("%s is a member already", ascii(member[:40]))
            self.members.add(member)
        self._define(name)
        self.groups.append(Group(name, _threshold(rule, len(members)), tuple(members)))

    def _require_defined(self, name: str) -> None:
        if name not in self.names:
            raise LogError("%s is not defined before", ascii(name[:40]))

    def _define(self, name: str) -> None:
        if name == NONE or name in self.names:
            raise LogError("the name %s has a meaning already", ascii(name[:40]))
        self.names.add(name)

    def _new_key(self, keyword: str, raw: bytes) -> None:
        if (keyword, raw) in self.keys:
            raise LogError("a second %s with the same public key", keyword)
        self.keys.add((keyword, raw))


def _threshold(rule: str, count: int) -> int:
    if rule in ("any", "all"):
        return 1 if rule == "any" else count
    if _NUMBER.fullmatch(rule) is None or int(rule) > count:
        raise LogError("%s is none of any, all, 1 to %s", ascii(rule[:40]), count)
    return int(rule)
