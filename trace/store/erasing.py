"""Erasures in the append transaction: what only the server asks of them, since it has the link."""

from collections.abc import Callable

from ..link import Link
from ..private.digests import committed
from ..rules import Refused, Rule


def check(link: Link, at: Callable[[int], Link | None]) -> None:
    """Raise Refused(statement) where an erasure names what its link does not commit to.

    `at` gives the link at an index before this one.
    """
    said = link.statement
    if said is None or said["type"] != "erasure":
        return
    index = int(said["index"])
    found = at(index)
    unknown = set(said["digests"]) - set(() if found is None else committed(found))
    if unknown:
        raise Refused(
            Rule.STATEMENT,
            f"the link at index {index} does not commit to {', '.join(sorted(unknown)[:3])}",
        )
