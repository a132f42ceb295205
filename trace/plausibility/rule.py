"""What a rule is, what it is given, and what it says: a doubt, with its evidence.

A rule is a pure function of one item's story and of what stood in the ledger before it, so that
an audit makes the same doubts anew and compares.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ..lineage.model import Product, Story
from ..link import Link
from ..members import Object


class Severity(StrEnum):
    """How bad it is if the doubt is right."""

    GRAVE = "grave"  # it cannot be true, or nobody should eat it
    SERIOUS = "serious"  # a duty was not kept, or an account is wrong
    MINOR = "minor"  # unusual or incomplete: to be asked about


@dataclass(frozen=True, slots=True)
class Doubt:
    """What cannot be, or should not.

    `leaf` is the link that completes it, `evidence` all leaves that it rests on, ascending and
    that one among them; `actor` whose doing it is.
    """

    rule: str
    subject: str
    leaf: int
    actor: str | None
    reason: str
    evidence: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Registration:
    """A party as its newest statement before some index has it; `gs1` are company prefixes."""

    name: str | None
    roles: tuple[str, ...]
    division: str
    places: tuple[str, ...]
    gs1: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlaceFacts:
    """A place as it is stated: whose it is, and in which division."""

    party: str
    division: str


class Context(Protocol):
    """What the ledger says besides the story: only what no later link can change."""

    def event(self, leaf: int) -> Object | None:
        """The full event of a link; None where it has none."""

    def link(self, leaf: int) -> Link | None:
        """The link at an index."""

    def registration(self, party: str, before: int) -> Registration | None:
        """What the newest `party` statement with a smaller index than `before` says."""

    def place(self, uri: str, before: int) -> PlaceFacts | None:
        """What is stated of a place before an index."""

    def product(self, uri: str, before: int) -> Product | None:
        """What is stated of a product before an index."""


Check = Callable[[Story, Context], Iterator[Doubt]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule: its name in the contract, its title in both languages, why it is one, its check.

    `basis` is the law or standard behind it, with article and date, or the plain reason.
    """

    name: str
    title: str
    chinese: str
    severity: Severity
    basis: str
    check: Check


def evidence(*leaves: Iterable[int]) -> tuple[int, ...]:
    """Leaves as evidence: ascending, each once."""
    return tuple(sorted({leaf for part in leaves for leaf in part}))
