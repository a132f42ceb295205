"""What verifying an evidence file found: for each link, and what the file cannot show."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any

from suyuan.trace.format.messages import Message
from suyuan.trace.goods import verdicts
from suyuan.trace.goods.verdicts import State
from suyuan.trace.lineage.path import Begun
from suyuan.trace.log.checkpoint import Checkpoint

VERIFIED, BROKEN, UNDECIDED = 0, 1, 3


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, by the rule that it breaks; at the link with this index, or with the file."""

    rule: str
    why: str
    index: int | None = None


@dataclass(frozen=True, slots=True)
class LinkReport:
    """What verifying found of one link of the file.

    `part` is `history` (about the item and what it comes from), `standing` (who may sign) or
    `beside`. Its key is `signed_by`'s since `enrolled`, under `mandate`; None: the root's. `said`
    is its step, its statement's type and op, or `event_ref`; `when` the event's time, or signing.
    """

    index: int
    hash: str
    part: str = "beside"
    items: tuple[str, ...] = ()
    actor: str | None = None
    actor_name: str | None = None
    signed_by: str | None = None
    signed_by_name: str | None = None
    keyid: str | None = None
    enrolled: int | None = None
    mandate: int | None = None
    signed_at: str | None = None
    when: str | None = None
    said: str = "unreadable"
    is_received: bool = False
    is_reported_lost: bool = False
    is_recovery: bool = False
    is_unread: bool = False
    faults: tuple[Fault, ...] = ()

    @property
    def is_mandated(self) -> bool:
        """Whether another party than the actor signed it."""
        return self.signed_by is not None and self.signed_by != self.actor


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A witness of the policy that cosigned the checkpoint, at this POSIX second."""

    name: str
    time: int
    is_auditing: bool


@dataclass(frozen=True, slots=True)
class Scoped:
    """An item's place in the scope of a hold or a recall, as of the checkpoint.

    In scope `since` a statement, None for never, until `cleared`; `ended` by the op `ending`. A
    recall that was closed goes on to be one.
    """

    item: str
    act: str
    kind: str
    level: int | None
    is_drill: bool
    actor: str
    actor_name: str | None
    since: int | None
    cleared: int | None
    ended: int | None
    ending: str | None

    @property
    def is_in_force(self) -> bool:
        """Whether the item is on hold, or recalled; a drill does neither."""
        stands = self.ended is None or self.ending == "close"
        return stands and not self.is_drill and self.cleared is None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a disclosure shows of a link; no `pointer` where its form is none of ours."""

    index: int
    digest: str
    pointer: str | None
    value: object
    is_placed: bool


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure: the statement at `by` erases this many digests of the link at `index`."""

    index: int
    by: int
    count: int
    actor: str
    actor_name: str | None
    signed_at: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an evidence file shows under a trust file; no `checkpoint` if the note is not the log's.

    `undecided` could not be decided, `not_shown` no such file can show.
    """

    item: str
    judged: verdicts.Verdict
    has_policy: bool
    links: tuple[LinkReport, ...] = ()
    checkpoint: Checkpoint | None = None
    cosigned: tuple[Cosigner, ...] = ()
    is_met: bool = False
    time: int | None = None
    faults: tuple[Fault, ...] = ()
    undecided: tuple[Message, ...] = ()
    not_shown: tuple[Message, ...] = ()
    beginnings: tuple[Begun, ...] = ()
    scopes: tuple[Scoped, ...] = ()
    shown: tuple[Shown, ...] = ()
    erased: tuple[Erased, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 true, 1 forged or broken, 3 could not decide; the item's own state does not count."""
        return self.judged.exit_code()

    @property
    def is_verified(self) -> bool:
        """Whether all that it shows was shown, and nothing stands against the item."""
        return self.judged.state is State.VERIFIED

    def all_faults(self) -> Iterator[Fault]:
        """The faults of the file, then those of its links in order."""
        yield from self.faults
        for link in self.links:
            yield from link.faults

    def to_dict(self) -> dict[str, Any]:
        """The verdict for programs."""
        at = self.checkpoint
        return {
            "item": self.item,
            **self.judged.to_dict(),
            "checkpoint": None
            if at is None
            else {"origin": at.origin, "size": at.size, "root": at.root.hex()},
            "cosigned": [_json(c) | {"time": instant(c.time)} for c in self.cosigned],
            "witnessed": self.is_met and self.time is not None,
            "recorded_no_later_than": None if self.time is None else instant(self.time),
            "links": [_json(link, "faults") for link in self.links],
            "beginnings": [{"item": begun.item, "actor": begun.actor} for begun in self.beginnings],
            "scopes": [_json(scope) | {"in_force": scope.is_in_force} for scope in self.scopes],
            "disclosed": [_json(field) for field in self.shown],
            "erased": [_json(erasure) for erasure in self.erased],
            "faults": [_json(fault) for fault in self.all_faults()],
            "undecided": list(map(str, self.undecided)),
            "not_shown": list(map(str, self.not_shown)),
        }


def instant(time: int) -> str:
    """A POSIX second as people read it; one that no calendar has, as a number."""
    try:
        return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"POSIX second {time}"


def _json(part: Any, *left_out: str) -> dict[str, Any]:
    """The fields of a part of a verdict by name, `is_` left away, but those that are left out."""
    values = {member.name: getattr(part, member.name) for member in fields(part)}
    return {
        name.removeprefix("is_"): list(value) if isinstance(value, tuple) else value
        for name, value in values.items()
        if name not in left_out
    }
