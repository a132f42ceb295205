"""Histories: the chains of an item, joined, and the path through them to one holder.

A history is a DAG in which every arrow is a hash: `prev` within a chain, `after` between chains,
and at a transformation or a container the chains of the items that go in.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from .beginning import begins_well, is_unpacking
from .chain import step
from .handover import is_dispatch
from .link import AfterRef, Link, parse
from .projection import Role, rows
from .rules import Refused
from .state import Genesis, coded
from .store.read import ChainHead, Reader, StoredLink
from .times import parse as parse_time
from .verify import Checked, Place, Verifier

MAX_LINKS = 20_000
MAX_BYTES = 16 << 20  # of entries; what is read beyond takes memory many times over
_BLOCK = 500
EXAMINING = "inspecting"


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
        walk.whole_chain(head)
    return walk.done()


def path(
    reader: Reader, genesis: Genesis, item: str, actor: str, *, size: int | None = None
) -> History:
    """The path from the source to one holder of an item, the holder's own chain included.

    And what was examined on it, as `_Walk.examinations` has it. `size` is the ledger's where it is
    known already.
    """
    walk = _Walk(reader, genesis, item, actor, size)
    for head in reader.chains(item):
        if head.actor == actor:
            walk.whole_chain(head)
    walk.examinations()
    return walk.done()


def common(reader: Reader, genesis: Genesis, item: str, *, size: int | None = None) -> History:
    """What is common to all holders of an item: its coder's chain before the first hand-over.

    Where nobody coded it, the chain that began first. No other holder is named.
    """
    chains = reader.chains(item)
    coder = reader.coder(item) or next(
        (head.actor for head in chains if _codes(reader, item, head.actor)), None
    )
    actor = coder or (chains[0].actor if chains else None)
    walk = _Walk(reader, genesis, item, actor, size)
    for head in chains:
        if head.actor == actor:
            walk.chain(item, head.actor, head.seq, until_dispatch=True)
            walk.check_head(head)
    walk.examinations()
    return walk.done()


def beside(reader: Reader, found: History) -> list[int]:
    """Links by index that examine what a history's links are about, and are not in it.

    Results that name one of its links in `after`, by that link's own hash and about one of its
    items; as far as the followers are.
    """
    items = set(found.items)
    known = {index: checked.hash for index, checked in found.links.items()}
    leaves = []
    for leaf in reader.following(found.links, EXAMINING):
        link = None if leaf in found.links else _readable(reader.link(leaf))
        if link is None or step(link) != EXAMINING:
            continue
        is_named = any(known.get(ref.index) == ref.hash for ref in link.after if ref.ledger is None)
        if is_named and any(ref.item in items for ref in link.items):
            leaves.append(leaf)
    return leaves


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

    def __init__(
        self,
        reader: Reader,
        genesis: Genesis,
        item: str,
        actor: str | None,
        size: int | None = None,
    ) -> None:
        self._reader = reader
        self._verifier = Verifier(reader, genesis)
        self.history = History(item, actor, reader.size() if size is None else size)
        self._reached: dict[tuple[str, str], int] = {}
        self._todo: list[tuple[str, str, int]] = []
        self._roles: dict[int, dict[str, Role]] = {}
        self._named: dict[int, tuple[StoredLink | None, Link | None]] = {}
        self._last: dict[tuple[str, str], tuple[int, str | None]] = {}  # number and hash, as read
        self._ends: dict[tuple[str, str], int] = {}  # a head's number, of chains wanted whole
        self._goes_on: dict[tuple[str, str], bool] = {}  # whether a link stands behind that
        self._led: set[tuple[int, object]] = set()
        self._bytes = 0

    def chain(self, item: str, actor: str, seq: int, *, until_dispatch: bool = False) -> None:
        """A chain up to a number, and all that its links lead to."""
        self._push(item, actor, seq)
        while self._todo:
            item, actor, seq = self._todo.pop()
            start = self._reached.get((item, actor), -1) + 1
            if start > seq:
                continue
            if len(self.history.links) >= MAX_LINKS or self._bytes > MAX_BYTES:
                self.history.is_cut = True
                return
            self._reached[item, actor] = seq
            self._run(item, actor, start, seq, until_dispatch=until_dispatch)

    def whole_chain(self, head: ChainHead) -> None:
        """A chain to its head, which must be where it says, and last."""
        self._ends[head.item, head.actor] = head.seq
        self.chain(head.item, head.actor, head.seq)
        self.check_head(head)

    def check_head(self, head: ChainHead) -> None:
        """Note as a gap what stands behind a chain's head, or in its place."""
        number, last = self._last.get((head.item, head.actor), (-1, None))
        if number != head.seq:
            stored = self._reader.in_chain(head.item, head.actor, head.seq)
            last = None if stored is None else stored.hash
        goes_on = self._goes_on.get((head.item, head.actor))
        if goes_on is None:
            after = self._reader.in_chain(head.item, head.actor, head.seq + 1)
            goes_on = after is not None
        why = None
        if goes_on:
            why = f"the chain of {head.actor} goes on behind number {head.seq}, its head"
        elif last is not None and last != head.hash:
            why = f"the head of {head.actor}'s chain is not its link number {head.seq}"
        if why is not None:
            place = Place(head.item, head.actor, head.seq + 1, head.hash)
            self.history.gaps.append(Gap(place, why))

    def examinations(self) -> None:
        """Take in the results of tests that name a link of this history, with their chains.

        Only where neither they nor what their chains hold before them names a link outside of it:
        a laboratory's chain about an item may lead to other holders, whom this history does not
        list. `beside` gives those.
        """
        if self.history.is_cut:
            return
        done: set[int] = set()
        while True:
            found = [leaf for leaf in beside(self._reader, self.history) if leaf not in done]
            done.update(found)
            before = len(self.history.links)
            for leaf in found:
                link = _readable(self._reader.link(leaf))
                if link is not None and self._is_inside(link):
                    for ref in link.items:
                        self.chain(ref.item, link.actor, ref.seq)
            if len(self.history.links) == before:
                return

    def _is_inside(self, link: Link) -> bool:
        """Whether a link's chains up to it are about this history alone."""
        items = set(self.history.items)
        for ref in link.items:
            for _, stored in self._reader.chain_links(ref.item, link.actor, ref.seq):
                one = _readable(stored)
                if one is None or not all(part.item in items for part in one.items):
                    return False
                names = (after.index for after in one.after if after.ledger is None)
                if not all(index in self.history.links for index in names):
                    return False
        return True

    def done(self) -> History:
        """The history; one without a link or a gap has lost its chains."""
        found = self.history
        if not found.links and not found.gaps and self._reader.subject(found.item):
            place = Place(found.item, found.actor or "", 0, None)
            found.gaps.append(Gap(place, f"no chain about {found.item} is in the ledger any more"))
        return found

    def _push(self, item: str, actor: str, seq: int) -> None:
        if self._reached.get((item, actor), -1) < seq:
            self._todo.append((item, actor, seq))

    def _run(self, item: str, actor: str, start: int, stop: int, *, until_dispatch: bool) -> None:
        until_dispatch = until_dispatch and item == self.history.item
        room = MAX_LINKS - len(self.history.links)
        if stop - start >= room:  # the newest are kept, but where the way is to the first dispatch
            self.history.is_cut = True
            start, stop = (start, start + room - 1) if until_dispatch else (stop - room + 1, stop)
        prev = None
        if start:
            before = self._reader.chain_links(item, actor, start - 1, since=start - 1)
            prev = self._hash(dict(before).get(start - 1))
        for block in range(start, stop + 1, _BLOCK):
            end = min(block + _BLOCK - 1, stop)
            is_end = end == stop == self._ends.get((item, actor))
            up_to = end + 1 if is_end else end
            found = dict(self._reader.chain_links(item, actor, up_to, since=block))
            if is_end:
                self._goes_on[item, actor] = found.get(end + 1) is not None
            for seq in range(block, end + 1):
                stored = found.get(seq)
                self._bytes += 0 if stored is None else len(stored.entry)
                if self._bytes > MAX_BYTES:
                    self.history.is_cut = True
                    return
                if not self._link(Place(item, actor, seq, prev), stored, until_dispatch):
                    return
                prev = self._hash(stored)
                self._last[item, actor] = seq, None if stored is None else stored.hash

    def _link(self, place: Place, stored: StoredLink | None, until_dispatch: bool) -> bool:
        """Take in one link of a chain; False where the chain is to be followed no further."""
        item, actor, seq = place.item, place.actor, place.seq
        if stored is None:
            why = f"link number {seq} of {actor} about {item} is not in the ledger"
            self.history.gaps.append(Gap(place, why))
            return True
        known = self.history.links.get(stored.index)
        checked = self._verifier.check(stored) if known is None else known
        link = checked.link
        if until_dispatch and link is not None and is_dispatch(link):
            return False
        self.history.links[stored.index] = self._verifier.place(checked, place)
        self.history.of.setdefault(stored.index, set()).add(item)
        if link is not None:
            if seq == 0 and not begins_well(link, item, self._at):
                self.history.beginnings.append(Beginning(item, actor))
            self._lead(stored.index, link, item)
        return True

    def _at(self, index: int) -> Link | None:
        return _readable(self._reader.link(index))

    def _hash(self, stored: StoredLink | None) -> str:
        # The stored hash, not that of the bytes: one changed link is to be one broken link.
        return "..." if stored is None else stored.hash

    def _lead(self, index: int, link: Link, item: str) -> None:
        """Follow what a link names: the links of others, and what went into the item."""
        if index not in self._roles:
            self._roles[index] = {row.item: row.role for row in rows(link)}
        mine = self._roles[index].get(item, Role.NONE)
        if mine & Role.OUTPUT:
            self._inside(index, link, Role.INPUT)
        if mine & Role.CHILD and is_unpacking(link):
            self._inside(index, link, Role.PARENT)
        if mine & Role.PARENT and not is_unpacking(link):
            self._inside(index, link, Role.CHILD)
        for after in link.after:
            if after.ledger is None:
                self._follow(after, item)

    def _inside(self, index: int, link: Link, role: Role) -> None:
        if (index, role) in self._led:
            return
        self._led.add((index, role))
        for ref in link.items:
            if self._roles[index][ref.item] & role:
                self._push(ref.item, link.actor, ref.seq)

    def _follow(self, after: AfterRef, item: str) -> None:
        if after.index not in self._named:
            stored = self._reader.link(after.index)
            self._named[after.index] = (stored, _readable(stored))
        stored, link = self._named[after.index]
        if stored is not None and link is None and stored.hash == after.hash:
            self._unreadable(stored, item)
            return
        if stored is None or link is None or stored.hash != after.hash:
            if (after.index, after.hash) not in self._led:
                place = Place(item, "", 0, after.hash)
                why = f"the link at index {after.index} that it follows is not what it was"
                self.history.gaps.append(Gap(place, why))
            self._led.add((after.index, after.hash))
            return
        same = next((ref for ref in link.items if ref.item == item), None)
        if same is not None:
            self._push(item, link.actor, same.seq)
        elif (after.index, "all") not in self._led:
            self._led.add((after.index, "all"))
            for ref in link.items:
                self._push(ref.item, link.actor, ref.seq)

    def _unreadable(self, stored: StoredLink, item: str) -> None:
        """Follow a link whose bytes were changed, by the columns that say where it stands."""
        places = self._reader.items_at([stored.index]).get(stored.index, [])
        for place in [one for one in places if one.item == item] or places:
            self._push(place.item, place.actor, place.seq)
        if not places and stored.index not in self.history.links:
            self.history.links[stored.index] = self._verifier.check(stored)
            self.history.of.setdefault(stored.index, set()).add(item)
