"""The way of an item to its holder, by the links that one has (section 10 of the format). Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from suyuan.trace.format.link import Link

from .joins import Joins, Pair, Parties, Place, Start, holds_goods, is_dispatch, undone

Links = Mapping[int, Link]


@dataclass(frozen=True, slots=True)
class Begun:
    """How a chain on the way begins, by its first link on goods; None where a holder's has none."""

    item: str
    actor: str
    start: Start
    index: int | None


@dataclass(slots=True)
class Path:
    """Chains on the way up to a number, how they begin, and the `ends` that it leads to."""

    item: str
    ends: tuple[Pair, ...]
    joins: Joins
    reached: dict[Pair, int] = field(default_factory=dict)
    links: dict[int, Link] = field(default_factory=dict)
    chains: dict[Pair, dict[int, int]] = field(default_factory=dict)
    begun: list[Begun] = field(default_factory=list)
    _counting: dict[Pair, tuple[tuple[int, Link], ...]] = field(default_factory=dict)
    _holders: dict[str, list[Pair]] = field(default_factory=dict)

    def of_item(self, item: str) -> list[Pair]:
        """The chains on the way that are about an item."""
        if not self._holders:
            for pair in sorted(self.reached):
                self._holders.setdefault(pair[0], []).append(pair)
        return self._holders.get(item, [])

    def is_whole(self, pair: Pair) -> bool:
        """Whether no number of a chain is missing as far as the way goes."""
        last = self.reached[pair]
        return sum(seq <= last for seq in self.chains.get(pair, ())) == last + 1

    def counting(self, pair: Pair) -> tuple[tuple[int, Link], ...]:
        """The events of a chain on the way that count, by index.

        Without those declared wrong or taken back, declarations, and a second one of an eventID.
        """
        if pair not in self._counting:
            self._counting[pair] = tuple(_counting(list(self.chain(pair))))
        return self._counting[pair]

    @property
    def items(self) -> set[str]:
        """The item, and what it was made from or came in."""
        return {self.item, *(item for item, _ in self.reached)}

    @property
    def actors(self) -> set[str]:
        """Whose chains are on the way."""
        return {actor for _, actor in self.reached}

    def chain(self, pair: Pair) -> Iterator[tuple[int, Link]]:
        """The links of a chain on the way, as far as the way goes."""
        for seq, index in sorted(self.chains.get(pair, {}).items()):
            if seq <= self.reached[pair]:
                yield index, self.links[index]


def walk(
    links: Links,
    item: str,
    holder: str | None,
    parties: Parties,
    named: Links | None = None,
) -> Path:
    """The way to a holder of an item, else to all ends; `named` links are not walked to."""
    chains = chains_of(links)
    joins = joins_of(links, chains, parties, named)
    ends = _ends(links, chains, item, holder, joins)
    path = Path(item, ends, joins, chains=chains)
    _Walk(path, links).run()
    return path


def joins_of(
    links: Links,
    chains: Mapping[Pair, Mapping[int, int]],
    parties: Parties,
    named: Links | None = None,
) -> Joins:
    """The Joins over these links."""
    known = {**(named or {}), **links}

    def chain(place: Place, since: int) -> Iterator[Link]:
        numbers = chains.get((place.item, place.actor), {})
        return (links[index] for seq, index in sorted(numbers.items()) if since <= seq <= place.seq)

    return Joins(known.get, chain, parties)


def chains_of(links: Links) -> dict[Pair, dict[int, int]]:
    """The chains of which there are links: their indexes by number."""
    chains: dict[Pair, dict[int, int]] = {}
    for index in sorted(links):
        for ref in links[index].items:
            chains.setdefault((ref.item, links[index].actor), {}).setdefault(ref.seq, index)
    return chains


def beginnings(
    links: Links, pairs: Iterable[Pair], chains: Mapping[Pair, Mapping[int, int]], joins: Joins
) -> Iterator[Begun]:
    """The chains, of these, that begin otherwise than by their own coding or a joined receipt.

    One without goods begins nothing if it names what it is about; none without its number 0.
    """
    for pair in sorted(pairs):
        chain = [links[index] for _, index in sorted(chains.get(pair, {}).items())]
        if not chain or 0 not in chains[pair]:
            continue
        if (goods := next((link for link in chain if holds_goods(link)), None)) is None:
            named = (joins.at(ref.index) for link in chain for ref in link.after if not ref.ledger)
            if not any(link and any(ref.item == pair[0] for ref in link.items) for link in named):
                yield Begun(*pair, Start.UNSENT, None)
            continue
        start = joins.start(goods, pair[0])
        if start not in (Start.OWN, Start.JOINED):
            seq = next(ref.seq for ref in goods.items if ref.item == pair[0])
            yield Begun(*pair, start, chains[pair][seq])


def _ends(
    links: Links,
    chains: Mapping[Pair, Mapping[int, int]],
    item: str,
    holder: str | None,
    joins: Joins,
) -> tuple[Pair, ...]:
    if holder is not None:
        return ((item, holder),) if (item, holder) in chains else ()
    held = sorted(
        pair
        for pair, chain in chains.items()
        if pair[0] == item and any(holds_goods(links[index]) for index in chain.values())
    )
    before = {
        (item, place.actor)
        for pair in held
        for index in chains[pair].values()
        for place in joins.sources(links[index], item)
        if place.item == item
    }
    return tuple(pair for pair in held if pair not in before) or tuple(held)


def _counting(links: list[tuple[int, Link]]) -> Iterator[tuple[int, Link]]:
    taken_back = {name for _, link in links if (name := undone(link)) is not None}
    declared = {undone(link) for _, link in links if "errorDeclaration" in (link.event or {})}
    seen: set[str] = set()
    for index, link in links:
        event = link.event
        if event is None or "errorDeclaration" in event:
            continue
        name = event.get("eventID")
        if isinstance(name, str):
            if name in seen or name in (taken_back if is_dispatch(link) else declared):
                continue
            seen.add(name)
        yield index, link


class _Walk:
    """Backwards from the ends, each chain once for each thing that is looked for in it."""

    def __init__(self, path: Path, links: Links) -> None:
        self._path = path
        self._links = links
        self._done: dict[tuple[str, str, str | None], int] = {}
        self._todo: list[tuple[Place, str | None]] = []
        self._numbers: dict[Pair, list[int]] = {}

    def run(self) -> None:
        path = self._path
        for pair in path.ends:
            self._push(Place(*pair, max(path.chains[pair])), None)
        while self._todo:
            place, wanted = self._todo.pop()
            self._chain(place, wanted)
        begun = (self._begun(pair) for pair in sorted(path.reached))
        path.begun = [beginning for beginning in begun if beginning is not None]

    def _push(self, place: Place, wanted: str | None) -> None:
        if self._done.get((place.item, place.actor, wanted), -1) < place.seq:
            self._todo.append((place, wanted))

    def _chain(self, place: Place, wanted: str | None) -> None:
        """Follow a chain; `wanted` is the content that is looked for in a container, if any."""
        pair = place.item, place.actor
        start = self._done.get((*pair, wanted), -1) + 1
        if start > place.seq:
            return
        self._done[*pair, wanted] = place.seq
        self._path.reached[pair] = max(place.seq, self._path.reached.get(pair, -1))
        for index in self._indexes(pair, start, place.seq):
            self._path.links[index] = self._links[index]
            self._lead(self._links[index], place.item, wanted)

    def _indexes(self, pair: Pair, start: int, last: int) -> Iterator[int]:
        """The links there are between two numbers: a stranger may sign that his is 2**53 - 1."""
        chain = self._path.chains.get(pair, {})
        if pair not in self._numbers:
            self._numbers[pair] = sorted(chain)
        numbers = self._numbers[pair]
        for seq in numbers[bisect_left(numbers, start) : bisect_right(numbers, last)]:
            yield chain[seq]

    def _lead(self, link: Link, item: str, wanted: str | None) -> None:
        joins = self._path.joins
        for place in joins.inputs(link, item):
            self._push(place, None)
        for place in joins.unpacked(link, item):
            self._push(place, wanted or item)
        for place in joins.packed(link, item):
            if wanted is None or place.item == wanted:
                self._push(place, None)
            elif joins.has_inside(place, wanted):
                self._push(place, wanted)
        for place in joins.sources(link, item):
            self._push(place, wanted if place.item == item else wanted or item)

    def _begun(self, pair: Pair) -> Begun | None:
        for index, link in self._path.chain(pair):
            if holds_goods(link):
                return Begun(*pair, self._path.joins.start(link, pair[0]), index)
        return Begun(*pair, Start.UNSENT, None) if pair in self._path.ends else None
