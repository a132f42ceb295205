"""Key validity: whose key may sign what since when (docs/format.md section 4), pure functions."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from .errors import InvalidKey


@dataclass(frozen=True, slots=True)
class Party:
    """A party as its statements left it: since which index admitted, and gone since when.

    `earlier` has the spans, from admission to leaving, before the present one.
    """

    uri: str
    admitted: int
    stated: int
    left: int | None
    name: str | None
    roles: tuple[str, ...]
    division: str
    places: tuple[str, ...]
    gs1: tuple[str, ...]
    part_of: str | None
    earlier: tuple[tuple[int, int], ...] = ()

    def admitted_at(self, index: int) -> bool:
        """Whether it was admitted at a smaller index and had not left at a smaller one."""
        spans = (*self.earlier, (self.admitted, self.left))
        return any(since < index and (gone is None or gone >= index) for since, gone in spans)


SHARED = "terminal"  # how a key is kept that many people use: it signs no statement


@dataclass(frozen=True, slots=True)
class Key:
    """A key as enrolled for one party, and since which index it is revoked."""

    keyid: str
    party: str
    alg: str
    spki: bytes
    kept: str
    enrolled: int
    enrolled_by: str
    revoked: int | None = None
    compromised_since: int | None = None

    def valid_at(self, index: int) -> bool:
        """Whether it was enrolled at a smaller index and not revoked at a smaller one."""
        return self.enrolled < index and (self.revoked is None or self.revoked >= index)

    @property
    def is_shared(self) -> bool:
        """Whether it is a shared terminal's, which signs events only."""
        return self.kept == SHARED

    def reported_lost_at(self, index: int) -> bool:
        """Whether a link at `index` counts as signed with a key reported lost."""
        return self.compromised_since is not None and index >= self.compromised_since


@dataclass(frozen=True, slots=True)
class Mandate:
    """A mandate: `to` may record these steps for `giver`, signed in this span of time."""

    giver: str
    to: str
    steps: tuple[str, ...]
    start: str
    until: str
    given: int
    withdrawn: int | None = None

    def covers(self, step: str | None, signed_at: str, index: int) -> bool:
        """Whether an event of this step, signed then, at this index, falls under it."""
        return (
            self.given < index
            and (self.withdrawn is None or self.withdrawn >= index)
            and step in self.steps
            and self.start <= signed_at < self.until
        )

    def state(self, now: str) -> Literal["ahead", "in_force", "over", "withdrawn"]:
        """Whether it lets anybody record at an instant, RFC 3339 to the second in UTC."""
        if self.withdrawn is not None:
            return "withdrawn"
        if now < self.start:
            return "ahead"
        return "in_force" if now < self.until else "over"


class Registry(Protocol):
    """The parties, keys and mandates of a ledger before a link."""

    def party(self, uri: str) -> Party | None:
        """The party, if it was ever admitted."""

    def key(self, keyid: str) -> Key | None:
        """The key, if it was ever enrolled."""

    def keys_of(self, party: str) -> Sequence[Key]:
        """All keys ever enrolled for the party."""

    def mandates(self, giver: str) -> Sequence[Mandate]:
        """All mandates that the party ever gave."""


def is_admitted(registry: Registry, actor: str, index: int) -> bool:
    """Whether the actor was admitted at a smaller index and had not left before this one."""
    party = registry.party(actor)
    return party is not None and party.admitted_at(index)


def why_invalid(
    registry: Registry,
    actor: str,
    keyid: str,
    index: int,
    *,
    step: str | None,
    signed_at: str,
    is_statement: bool,
) -> InvalidKey | None:
    """Why the key is not good for a link of this actor at this index; None where it is good.

    `step` is the bare business step of an event, None for what no mandate covers (statements
    and events by reference); `signed_at` the link's UTC second.
    """
    if not is_admitted(registry, actor, index):
        return InvalidKey(
            "%s is not admitted to this ledger: ask the authority or a registrar", actor
        )
    key = registry.key(keyid)
    if key is None:
        return InvalidKey("key %s… is not enrolled: enrol it first", keyid[:16])
    if not key.valid_at(index):
        return InvalidKey(
            "key %s… is revoked: sign with another, or have a new one enrolled", keyid[:16]
        )
    if is_statement and key.is_shared:
        return InvalidKey(
            "key %s… is a shared terminal's, which records goods only: sign this "
            "on a device that nobody shares",
            keyid[:16],
        )
    if key.party == actor:
        return None
    given = [m for m in registry.mandates(actor) if m.to == key.party]
    if not is_admitted(registry, key.party, index):
        return InvalidKey("%s, whose key it is, is not admitted to this ledger any more", key.party)
    if any(step is not None and m.covers(step, signed_at, index) for m in given):
        return None
    if not given:
        return InvalidKey(
            "key %s… is %s's, to whom %s has given no mandate", keyid[:16], key.party, actor
        )
    return InvalidKey(
        "the mandate of %s to %s does not cover this: it is for events of the "
        "steps that it names, signed from its start until before its end, while "
        "not withdrawn",
        actor,
        key.party,
    )


def valid_keys(registry: Registry, party: str, index: int) -> list[str]:
    """The sorted ids of the party's keys that are good at `index`."""
    return sorted(key.keyid for key in registry.keys_of(party) if key.valid_at(index))


def speaks_for_itself(registry: Registry, party: str, index: int) -> bool:
    """Whether one of the party's keys that are good at `index` signs statements."""
    return any(key.valid_at(index) and not key.is_shared for key in registry.keys_of(party))


def significant(division: str) -> str:
    """A division's digits without its trailing levels (of 2, 2, 2, 3, 3) that are all zero."""
    for start, end in ((9, 12), (6, 9), (4, 6), (2, 4), (0, 2)):
        if len(division) >= end:
            if division[start:end].strip("0"):
                break
            division = division[:start]
    return division


def in_remit(remit: Iterable[str], division: str, places: Sequence[str]) -> bool:
    """Whether a remit's divisions cover a party's, or its places, if it has any, are all in it."""
    remit = tuple(remit)
    return any(division.startswith(significant(part)) for part in remit if part.isdigit()) or (
        bool(places) and all(place in remit for place in places)
    )
