"""The part of the log's tree above a part of the links: its tiles, and what checkpoints sign."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from suyuan.keys.notes import VerifierKey
from suyuan.trace.findings.finding import Finding, Kind
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge
from suyuan.trace.log.proofs import cover
from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.store import schema as t
from suyuan.trace.store.append.tiling import subtree_root, tile_id
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.rebuild.compare import Row

Edges = tuple[bytes, bytes]  # the right edge of the entries, and of the stored hashes, encoded


@dataclass(slots=True)
class Tree:
    """What is to say of the tree above a part.

    Roots of full tiles and the leaves behind them, of the entries and as the stored hashes have
    them; the edge that it began from; `good` and `bad` are the last size of which a checkpoint
    signs the root before the first that signs another.
    """

    began: bytes | None = None
    tiles: list[bytes] = field(default_factory=list)
    tail: list[bytes] = field(default_factory=list)
    stored: tuple[list[bytes], list[bytes]] | None = None  # where they differ
    is_lost: bool = False  # a link is missing, so that nothing beyond can be compared
    faults: list[str] = field(default_factory=list)
    roots: dict[int, tuple[bytes, bytes]] = field(default_factory=dict)
    problems: list[Finding] = field(default_factory=list)
    checkpoints: int = 0
    newest: StoredCheckpoint | None = None
    first: tuple[int, int] | None = None  # the first checkpoint's size and commit time
    last_commit: int = 0
    good: int = 0
    bad: int | None = None


class Growing:
    """A tree to which the links of a part are added, and which is then looked at."""

    def __init__(
        self, start: int, sizes: frozenset[int], checkpoints: Sequence[Row], reader: Reader
    ) -> None:
        self.tree = Tree()
        self._start, self._sizes, self._reader = start, sizes, reader
        self._checkpoints = [StoredCheckpoint(*row) for row in checkpoints]
        self._leaves: list[bytes] = []
        self._stored: list[bytes] = []

    def append(self, leaf: bytes | None, stored: bytes) -> None:
        """The next leaf hash and the stored one; None for a link that is missing."""
        self.tree.is_lost |= leaf is None
        if leaf is not None and not self.tree.is_lost:
            self._leaves.append(leaf)
            self._stored.append(stored)

    def end(self, log: str, known: Edges | None, *, is_known: bool) -> Tree:
        """What is to say of it, by the edges before it or, where not known, by the stored tiles.

        The notes of checkpoints that are known are not opened again.
        """
        tree = self.tree
        tree.tiles, tree.tail = _split(self._leaves)
        if self._leaves != self._stored:
            tree.stored = _split(self._stored)
        self._compare_tiles()
        edges = self._edges(known)
        wanted = self._sizes | {one.size for one in self._checkpoints}
        if edges is not None:
            roots = grow(edges[0], self._leaves, tree.tiles, wanted)
            other = roots
            if tree.stored is not None or edges[0].encode() != edges[1].encode():
                stored_tiles = tree.tiles if tree.stored is None else tree.stored[0]
                other = grow(edges[1], self._stored, stored_tiles, wanted)
            tree.roots = {size: (roots[size], other[size]) for size in roots}
        verifier = VerifierKey.parse(log)
        for checkpoint in self._checkpoints:
            self._checkpoint(checkpoint, verifier, is_known=is_known)
        tree.roots = {size: tree.roots[size] for size in self._sizes if size in tree.roots}
        return tree

    def _edges(self, known: Edges | None) -> tuple[Edge, Edge] | None:
        start = self._start
        if known is None:
            try:
                edge = Edge(start, self._reader.hashes().read(cover(0, start)))
            except LogError:
                return None
            known = edge.encode(), edge.encode()
        self.tree.began = known[0]
        return Edge.decode(start, known[0]), Edge.decode(start, known[1])

    def _compare_tiles(self) -> None:
        first, tree = self._start // WIDTH, self.tree
        query = t.tile.select().where(
            t.tile.c.id >= tile_id(0, first), t.tile.c.id < tile_id(0, first + len(tree.tiles))
        )
        stored = {row.id: (row.root, row.hashes) for row in self._reader.connection.execute(query)}
        for place, root in enumerate(tree.tiles):
            hashes = b"".join(self._leaves[place * WIDTH : (place + 1) * WIDTH])
            row = stored.get(tile_id(0, first + place))
            if row != (root, hashes):
                fault = "is not the tree's" if row is not None else "is not there"
                tree.faults.append(f"tile 0/{first + place} {fault}")

    def _checkpoint(
        self, checkpoint: StoredCheckpoint, log: VerifierKey, *, is_known: bool
    ) -> None:
        tree, size = self.tree, checkpoint.size
        tree.checkpoints += 1
        tree.newest = checkpoint
        if tree.first is None:
            tree.first = size, checkpoint.committed
        elif checkpoint.committed < tree.last_commit:
            self._find(f"the commit time of size {size} goes back")
        tree.last_commit = max(tree.last_commit, checkpoint.committed)
        if is_known or tree.bad is not None or size not in tree.roots:
            tree.good = size if is_known else tree.good
            return
        name = f"the checkpoint of size {size}"
        try:
            signed = open_checkpoint(checkpoint.note, log)
        except LogError as error:
            self._find(f"{name}: {error}")
            return
        if signed.size != size:
            self._find(f"{name} says size {signed.size}")
        elif signed.root in tree.roots[size]:
            # Where only the stored hashes give the root, the entries' own findings say which.
            tree.good = size
        else:
            tree.bad = size

    def _find(self, reason: str) -> None:
        self.tree.problems.append(Finding(str(Kind.CHECKPOINT), reason))


def _split(leaves: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """The roots of full tiles, and the leaves behind the last."""
    full = len(leaves) - len(leaves) % WIDTH
    tiles = [subtree_root(leaves[at : at + WIDTH]) for at in range(0, full, WIDTH)]
    return tiles, list(leaves[full:])


def grow(
    edge: Edge, leaves: Sequence[bytes], tiles: Sequence[bytes], wanted: Collection[int]
) -> dict[int, bytes]:
    """The roots at the wanted sizes while an edge grows by leaves, of which these are full tiles.

    The edge's size is a whole number of tiles.
    """
    roots: dict[int, bytes] = {}
    ordered = sorted(wanted)
    for place in range(0, len(leaves), WIDTH):
        block = leaves[place : place + WIDTH]
        within = bisect_right(ordered, edge.size)
        is_plain = within == len(ordered) or ordered[within] >= edge.size + WIDTH
        if len(block) == WIDTH and is_plain:
            carry(edge, tiles[place // WIDTH])
            block = ()
        for leaf in block:
            edge.append(leaf)
            if edge.size in wanted:
                roots[edge.size] = edge.root()
        if edge.size in wanted:
            roots[edge.size] = edge.root()
    return roots


def carry(edge: Edge, tile: bytes) -> None:
    """Append a full tile by its root to an edge whose size is a whole number of tiles."""
    edge.size //= WIDTH
    edge.append(tile)
    edge.size *= WIDTH
