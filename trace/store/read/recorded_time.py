"""What is recorded at an index: its link, and when, as duties and deadlines count it."""

from dataclasses import dataclass

from suyuan.trace.format.link import Link, readable

from .reader import Reader


@dataclass(frozen=True, slots=True)
class Recorded:
    """When a link was recorded, in microseconds UTC; until it is witnessed, the server's word."""

    time: int
    is_witnessed: bool


def link_at(reader: Reader, index: int) -> Link | None:
    """The link at an index; None where there is none, or where its bytes cannot be read."""
    stored = reader.link(index)
    return None if stored is None else readable(stored.entry)


def recorded(reader: Reader, index: int) -> Recorded | None:
    """When a link was recorded: by the cosignatures that cover it, else by its batch's commit.

    Never by what its signer claims. None where no checkpoint covers it.
    """
    kept = reader.kept(index)
    if kept is not None:
        return Recorded(kept.committed, True)
    found = reader.checkpoint(index + 1)
    return None if found is None else Recorded(found.committed, False)


def first_since(reader: Reader, time: int) -> int:
    """The index from which on links were committed at this moment or later.

    Commit times never decrease, so checkpoints are searched by halves.
    """
    low, high = 0, reader.size()
    while low < high:
        middle = (low + high) // 2
        found = reader.checkpoint(middle + 1)
        if found is None or found.committed >= time:
            high = middle
        else:
            low = found.size
    return low
