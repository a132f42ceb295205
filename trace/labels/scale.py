"""Scale codes: the five digits that a stall keys into its scale for a lot.

10000 to 99999: digits of SHA-256 over the lot and its holder, so that every device gives the same
without asking. Of the lots that a holder has at a time those that would share one differ: the lot
whose chain began first keeps its own, the later one takes the next of its digests that is free. So
a lot that comes never changes the code of one that is there.
"""

import hashlib
from collections.abc import Iterable, Mapping

LEAST, MOST = 10_000, 99_999
_SPAN = MOST - LEAST + 1


def natural(item: str, actor: str, turn: int = 0) -> int:
    """A lot's code by itself; with a `turn`, the ones after it that it may take instead."""
    data = item.encode() + b"\0" + actor.encode()
    digest = hashlib.sha256(b"scale\0" + (data if not turn else data + f"\0{turn}".encode()))
    return LEAST + int.from_bytes(digest.digest()[:8], "big") % _SPAN


def scale_codes(lots: Iterable[tuple[int, str]], actor: str) -> Mapping[str, int]:
    """The codes of a holder's lots; each lot with the index of its chain's first link.

    No two are the same, for at most 90,000 lots.
    """
    found: dict[str, int] = {}
    taken: set[int] = set()
    for _, item in sorted(set(lots)):
        if item in found or len(taken) == _SPAN:
            continue
        turn = 0
        while (code := natural(item, actor, turn)) in taken:
            turn += 1
        taken.add(code)
        found[item] = code
    return found
