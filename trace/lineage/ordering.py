"""The order of nodes within columns, so that few lines cross, and their places in it.

Barycentre sweeps (Sugiyama, Tagawa and Toda 1981); crossings are counted with a tree of sums
(Barth, Jünger and Mutzel 2004); places are the least squares ones that keep order and distance
(isotonic regression by pooling adjacent violators).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

SWEEPS = 8
_STILL = 1e-3  # how much a node without neighbours wants to stay where it is
_SLACK = 1.15  # how much longer than its fullest column a drawing may be


def crossings(before: Sequence[int], after: Sequence[int], out: Sequence[Sequence[int]]) -> int:
    """How many lines cross between two neighbouring columns, given in their order."""
    place = {node: at for at, node in enumerate(after)}
    sums = [0] * (len(after) + 1)
    found = seen = 0
    for node in before:
        ends = sorted(place[head] for head in out[node])
        for end in ends:
            at, below = end + 1, 0
            while at:
                below += sums[at]
                at -= at & -at
            found += seen - below
        for end in ends:
            at = end + 1
            while at < len(sums):
                sums[at] += 1
                at += at & -at
        seen += len(ends)
    return found


def untangled(
    order: Sequence[Sequence[int]], out: Sequence[Sequence[int]], into: Sequence[Sequence[int]]
) -> list[list[int]]:
    """The columns' nodes in an order with fewer crossings, the best of several sweeps."""
    best = now = [list(column) for column in order]
    least = _all_crossings(now, out)
    for sweep in range(SWEEPS):
        if not least:
            break
        now = _swept(now, into if sweep % 2 == 0 else out, is_onward=sweep % 2 == 0)
        count = _all_crossings(now, out)
        if count < least:
            best, least = now, count
    return best


def _all_crossings(order: Sequence[Sequence[int]], out: Sequence[Sequence[int]]) -> int:
    return sum(crossings(before, after, out) for before, after in pairwise(order))


def _swept(
    order: Sequence[Sequence[int]], beside: Sequence[Sequence[int]], *, is_onward: bool
) -> list[list[int]]:
    """Each column sorted by the mean place of its nodes' neighbours in the column before it."""
    found = [list(column) for column in order]
    steps = range(1, len(found)) if is_onward else range(len(found) - 2, -1, -1)
    for at in steps:
        fixed = found[at - 1] if is_onward else found[at + 1]
        place = {node: (i + 0.5) / len(fixed) for i, node in enumerate(fixed)}
        mean = {node: (i + 0.5) / len(found[at]) for i, node in enumerate(found[at])}
        for node in found[at]:
            if beside[node]:
                mean[node] = sum(place[other] for other in beside[node]) / len(beside[node])
        found[at].sort(key=mean.__getitem__)
    return found


@dataclass(frozen=True, slots=True)
class Neighbours:
    """For each node those in the column after it, and those in the column before it."""

    out: Sequence[Sequence[int]]
    into: Sequence[Sequence[int]]


def places(
    order: Sequence[Sequence[int]],
    graph: Neighbours,
    heights: Sequence[float],
    weights: Sequence[float],
) -> list[float]:
    """The middle of each node across its column, near those of its neighbours.

    Within a column the order is kept, and no node reaches into another; all of them stay within
    little more than what the fullest column needs.
    """
    found = [0.0] * len(heights)
    sums = [sum(heights[node] for node in column) for column in order]
    half = max(sums, default=0.0) * _SLACK / 2
    for column, total in zip(order, sums, strict=True):
        at = -total / 2
        for node in column:
            found[node] = at + heights[node] / 2
            at += heights[node]
    onward = range(1, len(order))
    for sweep in range(SWEEPS):
        beside = (graph.into, graph.out)[sweep % 2]
        for at_column in onward if sweep % 2 == 0 else range(len(order) - 2, -1, -1):
            column = order[at_column]
            wanted = [
                sum(found[other] for other in beside[node]) / len(beside[node])
                if beside[node]
                else found[node]
                for node in column
            ]
            pulls = [weights[node] if beside[node] else _STILL for node in column]
            settled = _settled([heights[node] for node in column], wanted, pulls, half)
            for node, place in zip(column, settled, strict=True):
                found[node] = place
    return found


def _settled(
    heights: Sequence[float], wanted: Sequence[float], pulls: Sequence[float], half: float
) -> list[float]:
    """Middles one below the other, near those wanted and between `-half` and `half`."""
    ends = list(accumulate(heights, initial=0.0))
    offsets = [end + height / 2 for end, height in zip(ends, heights, strict=False)]
    moved = rising([at - offset for at, offset in zip(wanted, offsets, strict=True)], pulls)
    # With bounds that are the same for all, the clipped solution is the best one.
    return [
        min(max(value, -half), half - ends[-1]) + offset
        for value, offset in zip(moved, offsets, strict=True)
    ]


def rising(wanted: Sequence[float], weights: Sequence[float]) -> list[float]:
    """The values nearest to those wanted, by weighted squares, none less than the one before."""
    blocks: list[tuple[float, float, int]] = []  # mean, weight, how many
    for value, weight in zip(wanted, weights, strict=True):
        mean, heavy, many = value, weight, 1
        while blocks and blocks[-1][0] >= mean:
            before, more, count = blocks.pop()
            mean = (mean * heavy + before * more) / (heavy + more)
            heavy += more
            many += count
        blocks.append((mean, heavy, many))
    return [mean for mean, _, count in blocks for _ in range(count)]
