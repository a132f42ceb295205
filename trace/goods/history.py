"""Histories: the chains of an item, joined, and the path through them to one holder.

A history is a DAG in which every arrow is a hash: `prev` within a chain, `after` between chains
where the other side sent the goods there, and at a transformation or a container the chains of the
items that go in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from suyuan.trace.admission.chain import step
from suyuan.trace.admission.state import Genesis, coded
from suyuan.trace.format.link import AfterRef, Link, readable
from suyuan.trace.format.times import parse as parse_time
from suyuan.trace.lineage import joins
from suyuan.trace.lineage.joins import EXAMINING, Joins, Parties, Start, is_addressed, is_dispatch
from suyuan.trace.lineage.path import Begun, Path, beginnings, chains_of
from suyuan.trace.lineage.path import walk as walk_path
from suyuan.trace.store.read.log_reader import StoredLink
from suyuan.trace.store.read.reader import ChainHead, Reader

from .examinations import Examinations
from .verdicts import supplier
from .verify_link import Checked, Place, Verifier

MAX_LINKS = 20_000
MAX_BYTES = 16 << 20  # of entries; what is read beyond takes memory many times over
_BLOCK = 500
_MOST_ASIDE = 500  # links of one chain that stands beside


@dataclass(frozen=True, slots=True)
class Gap:
    """A place in a chain whose link is gone."""

    place: Place
    why: str


@dataclass(slots=True)
class History:
    """Links about an item and what it came from, each checked; gaps named, not hidden.

    `of` gives the items that each link is about. `aside` are links beyond it that bear on what may
    be said: a laboratory's failure, a supplier's own word. `named` are those in `after`, also where
    that joins nothing; `verifier` has checked them.
    """

    item: str
    actor: str | None
    size: int
    links: dict[int, Checked] = field(default_factory=dict)
    of: dict[int, set[str]] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    beginnings: list[Begun] = field(default_factory=list)
    aside: dict[int, Checked] = field(default_factory=dict)
    named: dict[int, Link] = field(default_factory=dict)
    is_cut: bool = False
    verifier: Verifier | None = field(default=None, repr=False, compare=False)

    def good_links(self, *, with_aside: bool = False) -> dict[int, Link]:
        """The links that verified, by index."""
        checked = self.aside | self.links if with_aside else self.links
        return {index: link.link for index, link in sorted(checked.items())
                if link.link is not None and link.is_good}  # fmt: skip

    def path(self, parties: Parties) -> Path:
        """The way to its holder, by its links alone (section 10 of the format)."""
        return walk_path(self.good_links(), self.item, self.actor, parties, self.named)

    @property
    def is_good(self) -> bool:
        """Whether every link verified and none is missing."""
        return not self.gaps and all(checked.is_good for checked in self.links.values())

    @property
    def items(self) -> list[str]:
        """The items that the history is about: the item, and what it was made from or moved in."""
        items = {item for about in self.of.values() for item in about}
        return sorted(items, key=lambda item: (item != self.item, item))

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
    """All chains of an item, with what it came from, and what was examined on the way."""
    walk = _Walk(reader, genesis, History(item, None, reader.size()))
    for head in reader.chains(item):
        walk.whole_chain(head)
    return walk.done()


def path(
    reader: Reader, genesis: Genesis, item: str, actor: str, *, size: int | None = None
) -> History:
    """The path from the source to one holder of an item, with what was examined on it."""
    history = History(item, actor, reader.size() if size is None else size)
    walk = _Walk(reader, genesis, history)
    if (head := reader.chain_head(item, actor)) is not None:
        walk.whole_chain(head)
    return walk.done()


def common(reader: Reader, genesis: Genesis, item: str, *, size: int | None = None) -> History:
    """An item's coder's chain, else the oldest, before the first hand-over: no holder is named."""
    chains = reader.chains(item)
    coder = reader.coder(item) or next(
        (head.actor for head in chains if _codes(reader, item, head.actor)), None
    )
    actor = coder or (chains[0].actor if chains else None)
    history = History(item, actor, reader.size() if size is None else size)
    walk = _Walk(reader, genesis, history)
    for head in chains:
        if head.actor == actor:
            walk.chain(item, head.actor, head.seq, until_dispatch=True)
            walk.check_head(head)
    return walk.done()


def _codes(reader: Reader, item: str, actor: str) -> bool:
    stored = reader.in_chain(item, actor, 0)
    first = None if stored is None else readable(stored.entry)
    return first is not None and item in set(coded(first))


class _Walk:
    """Follows arrows backwards from the last links of chains, each once."""

    def __init__(self, reader: Reader, genesis: Genesis, history: History) -> None:
        self._reader = reader
        self._genesis = genesis
        self._verifier = Verifier(reader, genesis)
        self.history = history
        self.history.verifier = self._verifier
        self._joins = Joins(lambda index: self._name(index)[1], self._chain_links, self._verifier)
        self._reached: dict[tuple[str, str], int] = {}
        self._todo: list[tuple[str, str, int]] = []
        self._names: dict[int, tuple[StoredLink | None, Link | None]] = {}
        self._last: dict[tuple[str, str], tuple[int, str | None]] = {}  # number and hash, as read
        self._ends: dict[tuple[str, str], int] = {}  # a head's number, of chains wanted whole
        self._goes_on: dict[tuple[str, str], bool] = {}  # whether a link stands behind that
        self._led: set[tuple[int, object]] = set()
        self._bytes = 0

    def chain(self, item: str, actor: str, seq: int, *, until_dispatch: bool = False) -> None:
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
        pair = head.item, head.actor
        number, last = self._last.get(pair, (-1, None))
        if number != head.seq:
            stored = self._reader.in_chain(*pair, head.seq)
            last = None if stored is None else stored.hash
        goes_on = self._goes_on.get(pair)
        if goes_on is None:
            goes_on = self._reader.in_chain(*pair, head.seq + 1) is not None
        why = None
        if goes_on:
            why = f"the chain of {head.actor} goes on behind number {head.seq}, its head"
        elif last is not None and last != head.hash:
            why = f"the head of {head.actor}'s chain is not its link number {head.seq}"
        if why is not None:
            self.history.gaps.append(Gap(Place(*pair, head.seq + 1, head.hash), why))

    def done(self) -> History:
        """The history, examinations taken in; one without a link or a gap has lost its chains."""
        history = self.history
        self._examinations()
        links = history.good_links()
        history.beginnings = list(beginnings(links, self._reached, chains_of(links), self._joins))
        self._sellers()
        history.named = {index: link for index, (_, link) in self._names.items() if link}
        if not history.links and not history.gaps and self._reader.subject(history.item):
            why = f"no chain about {history.item} is in the ledger any more"
            history.gaps.append(Gap(Place(history.item, history.actor or "", 0, None), why))
        return history

    def _examinations(self) -> None:
        """Take in tests of this history's links; put aside failures that lead to other holders."""
        history = self.history
        if history.is_cut:
            return
        examinations = Examinations(self._reader, self._verifier, self._genesis.authority)
        while True:
            before = len(history.links), len(history.aside)
            known = {i: c.hash for i, c in (history.links | history.aside).items()}
            actors = {c.link.actor for c in history.links.values() if c.link is not None}
            inside, outside = examinations.of(known, history.items, actors)
            for link in inside:
                for ref in link.items:
                    self.chain(ref.item, link.actor, ref.seq)
            for index in outside:
                self._put_aside(self._reader.link(index))
            if (len(history.links), len(history.aside)) != before:
                continue
            for index, link in history.named.items():
                if step(link) in EXAMINING:  # it goes into evidence, so a page knows of it too
                    self._put_aside(self._name(index)[0])
            if len(history.aside) == before[1]:
                return

    def _sellers(self) -> None:
        """Put aside the links of purchases' suppliers about what was bought."""
        for begun in self.history.beginnings:
            checked = self.history.links.get(-1 if begun.index is None else begun.index)
            if begun.start is not Start.PURCHASE or checked is None or checked.link is None:
                continue
            seller = supplier(checked.link)
            if seller is None or (begun.item, seller) in self._reached:
                continue
            chain = [link for _, link in self._reader.chain_links(begun.item, seller, _MOST_ASIDE)]
            for stored in chain[: self._until_sold(chain, checked.link.actor)]:
                self._put_aside(stored)

    def _until_sold(self, chain: Sequence[StoredLink | None], buyer: str) -> int:
        """How many links of a supplier's chain show whether it sold to this buyer, no others'."""
        for number, stored in enumerate(chain, 1):
            link = None if stored is None else readable(stored.entry)
            if link and is_dispatch(link) and is_addressed(link, buyer, self._verifier.part_of):
                return number
        return 1

    def _put_aside(self, stored: StoredLink | None) -> None:
        if stored is not None and stored.index not in self.history.links:
            self.history.aside[stored.index] = self._verifier.check(stored)

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
            stored_links = dict(self._reader.chain_links(item, actor, up_to, since=block))
            if is_end:
                self._goes_on[item, actor] = stored_links.get(end + 1) is not None
            for seq in range(block, end + 1):
                stored = stored_links.get(seq)
                self._bytes += 0 if stored is None else len(stored.entry)
                if self._bytes > MAX_BYTES:
                    self.history.is_cut = True
                    return
                if not self._link(Place(item, actor, seq, prev), stored, until_dispatch):
                    return
                prev = self._hash(stored)
                self._last[item, actor] = seq, None if stored is None else stored.hash

    def _link(self, place: Place, stored: StoredLink | None, until_dispatch: bool) -> bool:
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
            self._lead(stored.index, link, item)
        return True

    def _name(self, index: int) -> tuple[StoredLink | None, Link | None]:
        if index not in self._names:
            stored = self._reader.link(index)
            self._names[index] = stored, None if stored is None else readable(stored.entry)
        return self._names[index]

    def _chain_links(self, place: joins.Place, since: int) -> Iterator[Link]:
        for start in range(since, place.seq + 1, _BLOCK):
            stop = min(start + _BLOCK - 1, place.seq)
            block = self._reader.chain_links(place.item, place.actor, stop, since=start)
            if not block:  # a number that no chain here has
                return
            links = (readable(stored.entry) for _, stored in block if stored is not None)
            yield from (link for link in links if link is not None)

    def _hash(self, stored: StoredLink | None) -> str:
        # The stored hash, not that of the bytes: one changed link is to be one broken link.
        return "..." if stored is None else stored.hash

    def _lead(self, index: int, link: Link, item: str) -> None:
        """Follow what a link joins: what others sent it, and what went into the item."""
        for part in (self._joins.inputs, self._joins.unpacked, self._joins.packed):
            if (index, part.__name__) not in self._led and (places := part(link, item)):
                self._led.add((index, part.__name__))
                for place in places:
                    self._push(*place)
        for after in link.after:
            if after.ledger is None:
                self._follow(after, item)
        for place in self._joins.sources(link, item) if link.after else ():
            self._push(*place)

    def _follow(self, after: AfterRef, item: str) -> None:
        """Note as a gap where what a link names is not there; what it is about stands elsewhere."""
        stored, named = self._name(after.index)
        if stored is not None and named is None and stored.hash == after.hash:
            self._unreadable(stored, item)
            return
        if stored is None or named is None or stored.hash != after.hash:
            if (after.index, after.hash) not in self._led:
                place = Place(item, "", 0, after.hash)
                why = f"the link at index {after.index} that it follows is not what it was"
                self.history.gaps.append(Gap(place, why))
            self._led.add((after.index, after.hash))
        else:
            self.history.named[after.index] = named

    def _unreadable(self, stored: StoredLink, item: str) -> None:
        """Follow a link whose bytes were changed, by the columns that say where it stands."""
        places = self._reader.items_at([stored.index]).get(stored.index, [])
        for place in [place for place in places if place.item == item] or places:
            self._push(place.item, place.actor, place.seq)
        if not places and stored.index not in self.history.links:
            self.history.links[stored.index] = self._verifier.check(stored)
            self.history.of.setdefault(stored.index, set()).add(item)
