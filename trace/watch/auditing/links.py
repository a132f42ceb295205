"""The links in parts, given to all cores, and what came of them joined in the order of the log."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.format.link import link_hash, parse
from suyuan.trace.format.rules import Rule
from suyuan.trace.log.merkle import HASH, Edge
from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild.compare import Difference
from suyuan.trace.store.rebuild.questions import first_from

from . import part
from .audit_state import Prefix
from .cores import Cores
from .earlier import Pair
from .part import Part, Task
from .session import Frame
from .tree import Tree, carry

PART = 2_048  # links to a part, or a few times as many: whole tiles
_MOST = 16  # times: each part walks over all places in chains once
_GAP = 10_000  # missing links in a row that are named one by one
_NAMED = 50  # links of a checkpoint's range that are named one by one
_BY_STATE = (Rule.KEY, Rule.CHAIN, Rule.AUTHORITY, Rule.STATEMENT, Rule.CODING)
_RUN = f"{part.__name__}:run"

Progress = Callable[[int, int], None]
Save = Callable[[Prefix], None]


class OthersNow(Exception):
    """What an earlier audit knows is not what stands there now: all is to be looked at anew."""


@dataclass(slots=True)
class Links:
    """What was found of the links. `met` is one more than the highest index, whatever the size."""

    live: Reader
    frame: Frame
    met: int
    size: int
    known: Prefix  # what the links gave, of all parts
    findings: list[Finding] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    broken: set[int] = field(default_factory=set)
    pairs: set[Pair] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)  # of tiles
    roots: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    checkpoints: int = 0
    newest: StoredCheckpoint | None = None
    committed: int = 0
    edge: Edge = field(default_factory=Edge)
    is_lost: bool = False  # the tree cannot be compared any more
    is_unread: bool = False  # not all could be looked at
    _is_cut: bool = False  # nor be built
    _stored_edge: Edge = field(default_factory=Edge)
    _edges: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    _good: int = 0
    _parts: int = 0
    _is_misled: bool = False  # a part began from what is not so

    def decide(self, cores: Cores, sizes: frozenset[int], before: "Links | None") -> Iterator[Part]:
        """Have the parts decided; each as it is joined. `before` is what went less close.

        Raises OthersNow.
        """
        if self.known.size > self.met:
            raise OthersNow(f"{self.known.size} links were there, and there are {self.met} now")
        known = dict(self.known.parts)
        audited = list(self.known.tiles)
        tasks = (
            (_RUN, self._task(*span, known, sizes, before)) for span in self._spans(cores.count)
        )
        for joined in cores.answers(tasks):
            if joined.stop in known and joined.start < self.known.size:
                tiles = audited[joined.start // WIDTH : joined.stop // WIDTH]
                if not joined.is_same or joined.tree.tiles != tiles:
                    raise OthersNow(
                        "links or checkpoints that were audited before are others now, from index "
                        f"{joined.start} to {joined.stop - 1}"
                    )
            else:
                self.known.add(joined)
            self._join(joined)
            yield joined

    def _task(
        self, start: int, stop: int, known: dict[int, bytes], sizes: frozenset[int],
        before: "Links | None",
    ) -> Task:  # fmt: skip
        edges = None if before is None else before._edges.get(start)
        within = frozenset(size for size in sizes if start < size <= stop)
        digest = known.get(stop) if stop <= self.known.size else None
        return Task(self.frame, start, stop, digest, within, edges)

    def _spans(self, cores: int) -> Iterator[tuple[int, int]]:
        """The parts; a gap too wide to be named is one finding."""
        at = 0
        for stop, _ in list(self.known.parts):
            yield at, stop
            at = stop
        end = max(self.met, self.size) if self.size - self.met <= _GAP else self.met
        step = PART * max(1, min(_MOST, (end - at) // (PART * cores * 8)))
        while at < end:
            first = first_from(self.live, at)
            if first is not None and first - at > _GAP:
                self._gap(at, first)
                at = first
            yield at, min(at + step, end)
            at = min(at + step, end)
        if self.size > end:
            self._gap(end, self.size)

    def _gap(self, start: int, stop: int) -> None:
        reason = f"the links from index {start} to {stop - 1} are not in the ledger"
        self.findings.append(Finding(str(Kind.MISSING), reason, index=start))
        self.is_lost = self._is_cut = True

    def _join(self, joined: Part) -> None:
        self._parts += 1
        self.findings += joined.findings
        self.differences += joined.differences
        self.broken.update(joined.broken)
        self.pairs |= joined.pairs
        self._is_misled |= joined.is_misled
        tree = joined.tree
        self.checkpoints += tree.checkpoints
        self.newest = tree.newest or self.newest
        if tree.first is not None and tree.first[1] < self.committed:
            reason = f"the commit time of size {tree.first[0]} goes back"
            self.findings.append(Finding(str(Kind.CHECKPOINT), reason))
        self.committed = max(self.committed, tree.last_commit)
        self.findings += tree.problems
        if not self._is_cut:
            self._grow(joined.start, tree)
        self.is_unread |= joined.is_unread
        self._is_cut |= tree.is_lost or joined.is_unread
        self.is_lost |= self._is_cut

    def _grow(self, start: int, tree: Tree) -> None:
        edges = self._edges[start] = self.edge.encode(), self._stored_edge.encode()
        self._is_misled |= tree.began != edges[0] or edges[0] != edges[1]
        if not self.is_lost:
            self.faults += tree.faults
            self.roots |= tree.roots
            if tree.bad is not None:
                self.is_lost = self._rewritten(tree.good or self._good, tree.bad)
            self._good = tree.good or self._good
        stored = tree.stored or (tree.tiles, tree.tail)
        for edge, (tiles, tail) in (
            (self.edge, (tree.tiles, tree.tail)),
            (self._stored_edge, stored),
        ):
            for tile in tiles:
                carry(edge, tile)
            for leaf in tail:
                edge.append(leaf)

    def _rewritten(self, start: int, stop: int) -> bool:
        """Name the links that a signed root does not cover, unless broken ones explain it.

        False where there are none: by the tiles it is the checkpoint that is another's.
        """
        if any(start <= index < stop for index in self.broken):
            return True
        before = len(self.findings)
        name = f"the checkpoint of size {stop}"
        for stored in islice(self.live.links(start, stop), _NAMED):
            if self._agrees(stored.index, link_hash(stored.entry)):
                continue  # the tile was written with this link
            link = parse(stored.entry)
            reason = f"{name} signs another link here"
            if stop - start > 1:
                reason = (
                    f"{name} signs other links than those from index {start} to {stop - 1}, of "
                    "which this is one"
                )
            for ref in link.items:
                place = ref.item, link.actor, ref.seq, stored.index
                self.findings.append(Finding(str(Kind.LOG), reason, *place))
        if len(self.findings) > before:
            return True
        self.findings.append(Finding(str(Kind.LOG), f"{name} signs another tree than the tiles'"))
        return False

    def _agrees(self, index: int, leaf: str) -> bool:
        """Whether the stored tile has this leaf hash at this index; False where there is none."""
        tile = self.live.tile(0, index // WIDTH)
        at = index % WIDTH * HASH
        return tile is not None and tile[at : at + HASH].hex() == leaf

    @staticmethod
    def is_whole(joined: Part) -> bool:
        """Whether a part is of whole tiles and can be known: none but the last may not be."""
        return (joined.stop - joined.start) % PART == 0

    def closer(self) -> "Links | None":
        """How to look once more, where parts may have begun from what is not so; else None."""
        is_doubtful = any(one.table in ("link_item", "coder") for one in self.differences) or any(
            one.rule in _BY_STATE for one in self.findings
        )
        if self.frame.is_closer or self._parts < 2 or not (self._is_misled or is_doubtful):
            return None
        statements = tuple(leaf for leaf, _ in self.known.given.statements)
        frame = replace(
            self.frame, is_closer=True, statements=statements, broken=frozenset(self.broken)
        )
        return Links(self.live, frame, self.met, self.size, Prefix(self.known.key))

    def joined(self) -> list[Difference]:
        """The differences; a row that two parts name, one with it and one without, is one."""
        by_key: dict[tuple[object, ...], Difference] = {}
        for one in self.differences:
            key: tuple[object, ...] = (one.table, one.key)
            other = by_key.get(key)
            if other is None or (one.stored is None) == (other.stored is None):
                key = key if other is None else (*key, one.leaf)
                by_key[key] = one
            elif one.stored is None:
                by_key[key] = replace(other, derived=one.derived)
            else:
                by_key[key] = replace(one, derived=other.derived)
        return list(by_key.values())
