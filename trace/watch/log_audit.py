"""What the log keeps besides links and its own checkpoints: tiles, and cosigned checkpoints."""

from collections.abc import Iterator, Mapping, Sequence

from suyuan.trace.admission.trust import Trust
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import Edge
from suyuan.trace.log.policy import check, required
from suyuan.trace.log.tiles import WIDTH
from suyuan.trace.store.append.tiling import full_tile
from suyuan.trace.store.read.reader import Reader


def tile_problems(live: Reader, roots: Sequence[bytes]) -> Iterator[str]:
    """What is wrong with the tiles above those whose roots these are, and with their number."""
    level, count = 0, len(roots)
    while len(roots) >= WIDTH:
        level += 1
        numbers = range(len(roots) // WIDTH)
        tiles = [full_tile(level, n, roots[n * WIDTH : (n + 1) * WIDTH]) for n in numbers]
        for tile in tiles:
            stored = live.tile_row(level, tile.number)
            if stored != (tile.root, tile.hashes):
                fault = "is not the tree's" if stored is not None else "is not there"
                yield f"tile {level}/{tile.number} {fault}"
        roots = [tile.root for tile in tiles]
        count += len(tiles)
    if live.tile_count() != count:
        yield f"there are {live.tile_count()} tiles, the tree has {count}"


def cosigned_problems(
    live: Reader, trust: Trust, roots: Mapping[int, Sequence[bytes]]
) -> Iterator[str]:
    """What is wrong with the kept checkpoints of a ledger whose tree has these roots by size."""
    policy = required(trust.policy)
    for size, note, at in live.cosigned():
        name = f"the cosigned checkpoint of size {size}"
        try:
            signed = check(note, trust.log, policy)
            if signed.checkpoint.size != size or (size and size not in roots):
                yield f"{name} has another size"
            elif signed.checkpoint.root not in roots.get(size, (Edge().root(),)):
                yield f"{name} signs another tree"
            elif signed.time is not None and signed.time * 1_000_000 != at:
                yield f"{name} has another time than its witnesses say"
        except LogError as error:
            yield f"{name}: {error}"


def unmet(live: Reader, trust: Trust) -> Iterator[str]:
    """Kept checkpoints that today's policy would not take: it may have been another then."""
    policy = required(trust.policy)
    for size, note, _ in live.cosigned():
        try:
            if policy is not None and not check(note, trust.log, policy).is_met:
                yield f"the cosigned checkpoint of size {size} does not meet today's policy"
        except LogError:
            continue
