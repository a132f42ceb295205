"""Holds and recalls in an evidence file: which lists name its items, and what follows from that."""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from .. import scopes
from ..link import Link
from ..log import proofs
from ..log.errors import LogError
from ..log.merkle import leaf_hash, node_hash
from ..log.proofs import Coordinate
from ..statements import is_newer
from .bundle import Scope

Standing = tuple[str, str, int | None, int | None]  # item, act's URI, since, cleared


def paths(index: int, listed: Sequence[str], items: Collection[str]) -> Iterator[Scope]:
    """Where the list of the statement at `index` names which of these items."""
    named = sorted(set(items) & set(listed))
    if not named:
        return
    tree = _Tree([leaf_hash(item.encode()) for item in listed])
    for item in named:
        position = bisect_left(listed, item)
        proof = proofs.inclusion(position, len(listed), tree)
        yield Scope(index, item, position, tuple(proof))


class _Tree:
    """A hash reader over leaf hashes."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._levels = [leaves]
        while len(row := self._levels[-1]) > 1:
            pairs = zip(row[::2], row[1::2], strict=False)
            self._levels.append([node_hash(one, two) for one, two in pairs])

    def read(self, wanted: Sequence[Coordinate]) -> list[bytes]:
        """The hashes with these levels and numbers, in this order."""
        return [self._levels[level][number] for level, number in wanted]


def fault(scope: Scope, link: Link | None, items: Collection[str]) -> str | None:
    """Why the file does not show that the list of a statement names an item; None where it does.

    `link` is the file's link at the scope's index. A statement that is newer than this program is
    left to a newer one.
    """
    if link is not None and is_newer(link.statement):
        return None
    if link is None or not scopes.has_list(link):
        return f"no hold or recall with a list of items is at index {scope.index} of the file"
    if scope.item not in items:
        return f"{scope.item} is not of this file"
    said = link.statement
    assert said is not None
    try:
        proofs.check_inclusion(
            leaf_hash(scope.item.encode()),
            scope.position,
            int(said["count"]),
            proof=scope.proof,
            root=bytes.fromhex(str(said["root"])),
        )
    except LogError as error:
        return f"the list does not name {scope.item} there: {error}"
    return None


def standing(found: Iterable[Scope], links: Mapping[int, Link]) -> list[Standing]:
    """What the statements at these links say of the items that they name, in order of index.

    Since when an item is in the scope of an act, None where it never was in it; and since when it
    is cleared.
    """
    state: dict[tuple[str, str], tuple[int | None, int | None]] = {}
    for scope in sorted(found, key=lambda one: one.index):
        link = links.get(scope.index)
        said = None if link is None else link.statement
        if said is None or is_newer(said) or "list" not in said:
            continue
        pair = (scope.item, str(said["uri"]))
        since, cleared = state.get(pair, (None, None))
        if said["op"] == "clear":
            state[pair] = (since, scope.index if cleared is None else cleared)
        elif since is None or cleared is not None:
            state[pair] = (scope.index, None)
    return [(*pair, *values) for pair, values in sorted(state.items())]
