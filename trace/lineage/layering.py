"""Columns for a directed graph: which arrows run backwards, and how early each node can stand.

The first steps of a layered drawing (Sugiyama, Tagawa and Toda 1981). Nodes are numbers from 0;
pure functions, the same result for the same input.
"""

from collections.abc import Sequence

Pair = tuple[int, int]


def backward(count: int, arrows: Sequence[Pair]) -> set[int]:
    """Positions of arrows that close a cycle; without them no cycle is left.

    Found by a walk in depth from the nodes that nothing leads to, then from the others in order.
    An arrow from a node to itself is one of them.
    """
    out: list[list[int]] = [[] for _ in range(count)]
    has_before = [False] * count
    for at, (tail, head) in enumerate(arrows):
        out[tail].append(at)
        has_before[head] = True
    found: set[int] = set()
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
                found.add(at)
            elif state[head] == 0:
                state[head] = 1
                stack.append((head, iter(out[head])))
    return found


def columns(count: int, arrows: Sequence[Pair]) -> list[int]:
    """A column for each node, every arrow leading to a later one, by the longest path.

    Nodes that nothing leads to stand just before the first that follows from them. The arrows
    must have no cycle.
    """
    out: list[list[int]] = [[] for _ in range(count)]
    waiting = [0] * count
    for tail, head in arrows:
        out[tail].append(head)
        waiting[head] += 1
    is_source = [before == 0 for before in waiting]
    found = [0] * count
    ready = [node for node in range(count) if is_source[node]]
    for node in ready:  # grows while it is walked
        for head in out[node]:
            found[head] = max(found[head], found[node] + 1)
            waiting[head] -= 1
            if not waiting[head]:
                ready.append(head)
    for node in range(count):
        if is_source[node] and out[node]:
            found[node] = min(found[head] for head in out[node]) - 1
    return found


def folded(column: Sequence[int], is_last: Sequence[bool], parts: Sequence[Sequence[int]],
           heights: Sequence[float], most: float) -> list[int]:  # fmt: skip
    """Columns anew, each that is higher than `most` made several side by side.

    `parts` has the nodes of each column in their order. Those that nothing follows from
    (`is_last`) come first, so that fewer lines have to pass between them.
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
