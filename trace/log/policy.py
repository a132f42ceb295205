"""Which cosignatures make a checkpoint count (C2SP tlog-policy), and whether a note has them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from suyuan.keys import notes
from suyuan.keys.errors import NoteError
from suyuan.keys.notes import CosignerKey, VerifierKey

from . import checkpoint, cosignature
from .checkpoint import Checkpoint
from .errors import LogError

NONE = "none"


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
    """Logs, witnesses, groups in order of definition, and the name that must be met.

    Made by `parse`, `of` or `none`, which see to it that every name is defined before its use and
    counts in one group at most.
    """

    logs: tuple[LogLine, ...]
    witnesses: tuple[WitnessLine, ...]
    groups: tuple[Group, ...]
    quorum: str

    @classmethod
    def parse(cls, text: str | bytes) -> "Policy":
        """The policy that a file's text gives; LogError, with the line's number, otherwise."""
        from .policy_text import parse

        return parse(text)

    @classmethod
    def of(
        cls, log: VerifierKey | LogLine, witnesses: Sequence[CosignerKey | WitnessLine], quorum: int
    ) -> "Policy":
        """The usual case: `quorum` of these witnesses, for 0 none of them.

        A witness given as a key is named after it. Raises LogError unless 0 <= quorum <= their
        number, or where the witnesses could not stand in one file.
        """
        lines = tuple(
            WitnessLine(one.name, one) if isinstance(one, CosignerKey) else one for one in witnesses
        )
        names = tuple(line.name for line in lines)
        if not 0 <= quorum <= len(lines):
            raise LogError(f"a quorum of {quorum} out of {len(lines)} witnesses")
        logs = (log if isinstance(log, LogLine) else LogLine(log),)
        group = "quorum"
        while group in names:
            group += "-"
        if quorum == 0:
            made = cls(logs, lines, (), NONE)
        else:
            made = cls(logs, lines, (Group(group, quorum, names),), group)
        if cls.parse(made.text()) != made:
            raise LogError("a name or URL that cannot stand in a policy")
        return made

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
    found = checkpoint.open_checkpoint(note, log)
    if policy is None:
        return Witnessed(found, (), is_met=True, time=None)
    if policy.logs and all(line.key != log for line in policy.logs):
        raise LogError(f"the policy lists other logs than {log.name}")
    try:
        opened = notes.parse(note)
    except NoteError as error:
        raise LogError(str(error)) from None
    times = ((line.name, cosignature.verify(opened, line.key)) for line in policy.witnesses)
    cosigned = tuple(Cosigned(name, time) for name, time in times if time is not None)
    return Witnessed(
        found,
        cosigned,
        is_met=policy.is_met({one.name for one in cosigned}),
        time=_time(cosigned, policy),
    )


def _time(cosigned: Sequence[Cosigned], policy: Policy) -> int | None:
    if policy.quorum == NONE:
        return None
    names: set[str] = set()
    for one in sorted(cosigned, key=lambda found: found.time):
        names.add(one.name)
        if policy.is_met(names):
            return one.time
    return None


def _behind(url: str | None) -> str:
    return "" if url is None else f" {url}"
