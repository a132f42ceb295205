"""Histories: the chains of an item, joined, and the path through them to one holder.

A history is a DAG in which every arrow is a hash: `prev` within a chain, `after` between chains,
and at a transformation or a container the chains of the items that go in.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from .chain import step
from .handover import destinations, is_dispatch
from .link import AfterRef, Link, parse
from .projection import Role, rows
from .rules import Refused
from .state import Genesis, coded
from .store.read import Reader, StoredLink
from .times import parse as parse_time
from .verify import Checked, Place, Verifier

MAX_LINKS = 20_000
_EXAMINING = ("sampling", "inspecting")


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a chain whose link is gone."""

    place: Place
    why: str


@dataclass(frozen=True, slots=True)
class Beginning:
    """A chain that begins otherwise than with coding, making, packing or a dispatch's receipt."""

    item: str
    actor: str


@dataclass(slots=True)
class History:
    """Links about an item and what it came from, each checked; gaps named, not hidden.

    `of` gives, for each link by index, the items of this history that it is about.
    """

    item: str
    actor: str | None
    size: int
    links: dict[int, Checked] = field(default_factory=dict)
    of: dict[int, set[str]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    beginnings: list[Beginning] = field(default_factory=list)
    is_cut: bool = False

    @property
    def is_good(self) -> bool:
        """Whether every link verified and none is missing."""
        return not self.gaps and all(checked.is_good for checked in self.links.values())

    @property
    def items(self) -> list[str]:
        """The items that the history is about: the item, and what it was made from or moved in."""
        found = {item for items in self.of.values() for item in items}
        return sorted(found, key=lambda item: (item != self.item, item))

    def newest_first(self) -> list[Checked]:
        """The links, newest event first; in the order of the log where times are equal."""
        return sorted(self.links.values(), key=_when, reverse=True)

    def about(self, item: str) -> list[Checked]:
        """The links about one of its items, in the order of the log."""
        return [self.links[index] for index in sorted(self.links) if item in self.of[index]]


def _when(checked: Checked) -> tuple[datetime, int]:
    event = checked.link.event if checked.link is not None else None
    when = parse_time(event.get("eventTime")) if event is not None else None
    if when is None and checked.link is not None:
        when = datetime.fromisoformat(checked.link.signed_at)
    return (when or checked.recorded or datetime.min.replace(tzinfo=UTC)), checked.index


def whole(reader: Reader, genesis: Genesis, item: str) -> History:
    """All chains of an item, with what it came from."""
    walk = _Walk(reader, genesis, item, None)
    for head in reader.chains(item):
        walk.chain(item, head.actor, head.seq)
    return walk.history


def path(reader: Reader, genesis: Genesis, item: str, actor: str) -> History:
    """The path from the source to one holder of an item, the holder's own chain included."""
    walk = _Walk(reader, genesis, item, actor)
    for head in reader.chains(item):
        if head.actor == actor:
            walk.chain(item, actor, head.seq)
    return walk.history


def common(reader: Reader, genesis: Genesis, item: str) -> History:
    """What is common to all holders of an item: its coder's chain up to the first hand-over.

    Where nobody coded it, the chain that began first. No other holder is named.
    """
    chains = reader.chains(item)
    coder = reader.coder(item) or next(
        (head.actor for head in chains if _codes(reader, item, head.actor)), None
    )
    actor = coder or (chains[0].actor if chains else None)
    walk = _Walk(reader, genesis, item, actor)
    for head in chains:
        if head.actor == actor:
            walk.chain(item, head.actor, head.seq, until_dispatch=True)
    return walk.history


def _codes(reader: Reader, item: str, actor: str) -> bool:
    first = reader.in_chain(item, actor, 0)
    link = _readable(first)
    return link is not None and item in set(coded(link))


def _readable(stored: StoredLink | None) -> Link | None:

    try:
        return None if stored is None else parse(stored.entry)
    except Refused:
        return None


class _Walk:
    """Follows arrows backwards from the last links of chains, each once."""

    def __init__(self, reader: Reader, genesis: Genesis, item: str, actor: str | None) -> None:
        self._reader = reader
        self._verifier = Verifier(reader, genesis)
        self.history = History(item, actor, reader.size())
        self._done: set[tuple[str, str]] = set()
        self._reached: dict[tuple[str, str], int] = {}
        self._todo: list[tuple[str, str, int]] = []

    def chain(self, item: str, actor: str, seq: int, *, until_dispatch: bool = False) -> None:
        """A chain up to a number, and all that its links lead to."""
        self._todo.append((item, actor, seq))
        while self._todo:
            item, actor, seq = self._todo.pop()
            if self._reached.get((item, actor), -1) >= seq:
                continue
            if len(self.history.links) > MAX_LINKS:
                self.history.is_cut = True
                return
            start = self._reached.get((item, actor), -1) + 1
            self._reached[item, actor] = seq
            self._run(item, actor, start, seq, until_dispatch=until_dispatch)

    def _run(self, item: str, actor: str, start: int, stop: int, *, until_dispatch: bool) -> None:
        found = dict(self._reader.chain_links(item, actor, stop))
        for seq in range(start, stop + 1):
            place = Place(item, actor, seq, None if seq == 0 else self._hash(found.get(seq - 1)))
            stored = found.get(seq)
            if stored is None:
                why = f"link number {seq} of {actor} about {item} is not in the ledger"
                self.history.gaps.append(Gap(place, why))
                continue
            checked = self._checked(stored)
            checked = self._verifier.place(checked, place)
            self.history.links[stored.index] = checked
            self.history.of.setdefault(stored.index, set()).add(item)
            if checked.link is not None:
                if seq == 0 and not _begins_well(checked.link, item, self._reader):
                    self.history.beginnings.append(Beginning(item, actor))
                self._lead(checked.link, item)
                if until_dispatch and item == self.history.item and is_dispatch(checked.link):
                    return

    def _checked(self, stored: StoredLink) -> Checked:
        known = self.history.links.get(stored.index)
        return known if known is not None else self._verifier.check(stored)

    def _hash(self, stored: StoredLink | None) -> str:
        return "..." if stored is None else self._checked(stored).hash

    def _lead(self, link: Link, item: str) -> None:
        """Follow what a link names: the links of others, and what went into the item."""
        roles = {row.item: row.role for row in rows(link)}
        mine = roles.get(item, Role.NONE)
        for ref in link.items:
            role = roles[ref.item]
            goes_in = (
                (mine & Role.OUTPUT and role & Role.INPUT)
                or (mine & Role.CHILD and role & Role.PARENT and _is_unpacking(link))
                or (mine & Role.PARENT and role & Role.CHILD and not _is_unpacking(link))
            )
            if goes_in and ref.item != item:
                self._todo.append((ref.item, link.actor, ref.seq))
        for after in link.after:
            if after.ledger is None:
                self._follow(after, item)

    def _follow(self, after: AfterRef, item: str) -> None:
        stored = self._reader.link(after.index)
        link = _readable(stored)
        if stored is None or link is None or stored.hash != after.hash:
            place = Place(item, "", 0, after.hash)
            why = f"the link at index {after.index} that it follows is not what it was"
            self.history.gaps.append(Gap(place, why))
            return
        same = [ref for ref in link.items if ref.item == item] or link.items
        for ref in same:
            self._todo.append((ref.item, link.actor, ref.seq))


def _is_unpacking(link: Link) -> bool:
    return link.event is not None and link.event.get("action") == "DELETE"


def _begins_well(link: Link, item: str, reader: Reader) -> bool:
    """Whether the first link of a chain is one with which a holder's chain begins (section 1).

    A laboratory or an office holds nothing: its chain begins with the examination of what a
    link that it names in `after` is about.
    """
    if link.event is None or link.is_received:
        return False
    if item in set(coded(link)):
        return True
    roles = {row.item: row.role for row in rows(link)}
    if link.event["type"] == "AggregationEvent":
        return bool(roles[item] & (Role.PARENT | Role.CHILD))
    for after in link.after:
        other = _readable(reader.link(after.index)) if after.ledger is None else None
        if other is None:
            continue
        if link.actor in destinations(other):
            return True
        if step(link) in _EXAMINING and any(ref.item == item for ref in other.items):
            return True
    return False
