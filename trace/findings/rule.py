"""What a rule is, what it is given, and what it reports: a fault, with its evidence.

A rule is a pure function of one item's story and of what stood in the ledger before it, so that
an audit reports the same anew and compares.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Protocol

from suyuan.keys.records import record
from suyuan.trace.admission.ownership import Owner
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message
from suyuan.trace.lineage.model import ItemEvent, Product, Stay, Story


class Severity(StrEnum):
    """How bad it is if the report is right."""

    GRAVE = "grave"  # it cannot be true, or nobody should eat it
    SERIOUS = "serious"  # a duty was not kept, or an account is wrong
    MINOR = "minor"  # unusual or incomplete: to be asked about


@record
class Fault:
    """What cannot be, or should not, by whose doing (`actor`) and by which link (`leaf`).

    `evidence` are all leaves that it rests on, ascending, that one among them.
    """

    leaf: int
    actor: str | None
    message: Message
    evidence: tuple[int, ...]


@record
class ItemFinding:
    """A fault with the rule that reports it and the item that it is about."""

    rule: str
    subject: str
    leaf: int
    actor: str | None
    message: Message
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Registration:
    """A party as its newest statement has it; `gs1` are prefixes, `part_of` its firm."""

    name: str | None
    roles: tuple[str, ...]
    division: str
    places: tuple[str, ...]
    gs1: tuple[str, ...]
    part_of: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place as it is stated: whose it is, and in which division."""

    party: str
    division: str


class Context(Protocol):
    """What the ledger says besides the story: only what no later link can change.

    Or what has the item looked at again: `events`, `stays`, `making` and `statements`.
    """

    def event(self, leaf: int) -> Object | None:
        """The full event of a link; None where it has none."""

    def link(self, leaf: int) -> Link | None:
        """The link at an index."""

    def signed(self, leaf: int) -> int | None:
        """When a link says that it was signed, in microseconds UTC."""

    def registration(self, party: str, before: int) -> Registration | None:
        """What the newest `party` statement with a smaller index than `before` says."""

    def place(self, uri: str, before: int) -> PlaceFacts | None:
        """What a place is before an index, by its owner or else who alone states it as its own."""

    def product(self, uri: str, before: int, coder: str | None = None) -> Product | None:
        """What a product is before an index, by its owner or else by this coder of a lot."""

    def owner(self, uri: str, before: int) -> Owner | None:
        """The owner that the authority assigned a product, place or item before an index."""

    def statements(self, subject: str, kind: str) -> Sequence[tuple[int, str, Object]]:
        """Leaf, actor and statement of all of a kind about a subject, in the order of the log."""

    def events(self, item: str) -> Sequence[ItemEvent]:
        """The events that count about another item, in the order of the log."""

    def stays(self, item: str) -> Sequence[Stay]:
        """The stays of another item in containers."""

    def making(self, leaf: int) -> Sequence[int]:
        """The leaves of the events that count of the transformation that an event is part of."""


Check = Callable[[Story, Context], Iterator[Fault]]


@dataclass(frozen=True, slots=True)
class Heading:
    """A rule as it is listed; its `basis` is a law or standard with date, or the plain reason."""

    name: str
    title: Message
    severity: Severity
    basis: Message


@dataclass(frozen=True, slots=True)
class Rule(Heading):
    """A rule of plausibility: its heading and its check of one item's story."""

    faults: Check

    def __call__(self, story: Story, context: Context) -> Iterator[ItemFinding]:
        for f in self.faults(story, context):
            yield ItemFinding(self.name, story.item, f.leaf, f.actor, f.message, f.evidence)


def rule(name: str, title: Message, severity: Severity, basis: Message) -> Callable[[Check], Rule]:
    """A decorator that makes of a check the rule of that heading."""
    return partial(Rule, name, title, severity, basis)


def fault(event: ItemEvent, message: Message, *more: int) -> Fault:
    """What is wrong with an event, of its actor's doing; `more` are further leaves of evidence."""
    return Fault(event.leaf, event.actor, message, evidence([event.leaf], more))


def evidence(*leaves: Iterable[int]) -> tuple[int, ...]:
    """Leaves as evidence: ascending, each once."""
    return tuple(sorted({leaf for part in leaves for leaf in part}))
