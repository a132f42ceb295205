"""Columns for a directed graph, and the order and places of nodes in them.

The steps of a layered drawing (Sugiyama, Tagawa and Toda 1981): which arrows run backwards, how
early each node can stand, and barycentre sweeps, so that few lines cross. Places are the least
squares ones that keep order and distance (isotonic regression by pooling adjacent violators).
Nodes are numbers from 0; pure functions, the same result for the same input.
"""

from bisect import bisect_right, insort
from collections.abc import Sequence
from itertools import accumulate, pairwise

Pair = tuple[int, int]
SWEEPS = 8
_STILL = 1e-3  # how much a node without neighbours wants to stay where it is
_SLACK = 1.15  # how much longer than its fullest column a drawing may be


def backward(count: int, arrows: Sequence[Pair]) -> set[int]:
    """Positions of arrows that close a cycle, found by a walk in depth; to itself is one."""
    out: list[list[int]] = [[] for _ in range(count)]
    has_before = [False] * count
    for at, (tail, head) in enumerate(arrows):
        out[tail].append(at)
        has_before[head] = True
    closing: set[int] = set()
    state = [0] * count  # 1 while the walk is within, 2 when it has left
    for start in sorted(range(count), key=lambda node: has_before[node]):
        if state[start]:
            continue
        stack = [(start, iter(out[start]))]
        state[start] = 1
        while stack:
            node, rest = stack[-1]
            at = next(rest, -1)
            if at < 0:
                state[node] = 2
                stack.pop()
                continue
            head = arrows[at][1]
            if state[head] == 1:
                closing.add(at)
            elif state[head] == 0:
                state[head] = 1
                stack.append((head, iter(out[head])))
    return closing


def columns(count: int, arrows: Sequence[Pair]) -> list[int]:
    """A column for each node, every arrow leading to a later one, by the longest path.

    Nodes that nothing leads to stand just before the first that follows. There is no cycle.
    """
    out: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for tail, head in arrows:
        out[tail].append(head)
        waiting[head] += 1
    is_source = [before == 0 for before in waiting]
    column = [0] * count
    ready = [node for node in range(count) if is_source[node]]
    for node in ready:  # grows while it is walked
        for head in out[node]:
            column[head] = max(column[head], column[node] + 1)
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    for node in range(count):
        if is_source[node] and out[node]:
            column[node] = min(column[head] for head in out[node]) - 1
    return column


def folded(column: Sequence[int], is_last: Sequence[bool], parts: Sequence[Sequence[int]],
           heights: Sequence[float], most: float) -> list[int]:  # fmt: skip
    """Columns anew, each that is higher than `most` made several side by side.

    Of the nodes in each (`parts`) those that nothing follows from (`is_last`) come first.
    """
    result = list(column)
    shift = 0
    for at, nodes in enumerate(parts):
        total = sum(heights[node] for node in nodes)
        pieces = max(1, -(-int(total) // max(1, int(most))))
        share, filled = total / pieces, 0.0
        for node in sorted(nodes, key=lambda node: not is_last[node]) if pieces > 1 else nodes:
            result[node] = at + shift + min(pieces - 1, int(filled / share) if share else 0)
            filled += heights[node]
        # A node higher than a share may have skipped a column: none stays empty.
        used = sorted({result[node] for node in nodes})
        for node in nodes:
            result[node] = at + shift + used.index(result[node])
        shift += max(0, len(used) - 1)
    return result


def crossings(before: Sequence[int], after: Sequence[int], out: Sequence[Sequence[int]]) -> int:
    """How many lines cross between two neighbouring columns, given in their order."""
    place = {node: at for at, node in enumerate(after)}
    ends: list[int] = []  # of the lines from all nodes above, in order
    crossed = 0
    for node in before:
        own = [place[head] for head in out[node]]
        crossed += sum(len(ends) - bisect_right(ends, end) for end in own)
        for end in own:
            insort(ends, end)
    return crossed


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
    swept = [list(column) for column in order]
    steps = range(1, len(swept)) if is_onward else range(len(swept) - 2, -1, -1)
    for at in steps:
        fixed = swept[at - 1] if is_onward else swept[at + 1]
        place = {node: (i + 0.5) / len(fixed) for i, node in enumerate(fixed)}
        mean = {node: (i + 0.5) / len(swept[at]) for i, node in enumerate(swept[at])}
        for node in swept[at]:
            if beside[node]:
                mean[node] = sum(place[other] for other in beside[node]) / len(beside[node])
        swept[at].sort(key=mean.__getitem__)
    return swept


def places(
    order: Sequence[Sequence[int]],
    out: Sequence[Sequence[int]],
    into: Sequence[Sequence[int]],
    heights: Sequence[float],
    weights: Sequence[float],
) -> list[float]:
    """The middle of each node across its column, near its neighbours', in the columns' order."""
    middle = [0.0] * len(heights)
    sums = [sum(heights[node] for node in column) for column in order]
    half = max(sums, default=0.0) * _SLACK / 2
    for column, total in zip(order, sums, strict=True):
        at = -total / 2
        for node in column:
            middle[node] = at + heights[node] / 2
            at += heights[node]
    onward = range(1, len(order))
    for sweep in range(SWEEPS):
        beside = (into, out)[sweep % 2]
        for at_column in onward if sweep % 2 == 0 else range(len(order) - 2, -1, -1):
            column = order[at_column]
            wanted = [
                sum(middle[other] for other in beside[node]) / len(beside[node])
                if beside[node]
                else middle[node]
                for node in column
            ]
            pulls = [weights[node] if beside[node] else _STILL for node in column]
            settled = _settled([heights[node] for node in column], wanted, pulls, half)
            for node, place in zip(column, settled, strict=True):
                middle[node] = place
    return middle


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
