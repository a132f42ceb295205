"""What belongs into an evidence file: one rule, by which it is filled and by which it is checked.

Pure functions over the links that a file has, by index.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from suyuan.trace.format.event_items import Role, rows
from suyuan.trace.format.link import AfterRef, Link
from suyuan.trace.lineage.joins import Pair, Place, is_unpacking
from suyuan.trace.lineage.path import Links, chains_of

from .bundle import Run


def items_of(links: Links, item: str) -> set[str]:
    """The items that the file is about: `item`, and what joins it.

    From a link about one of them: the inputs where it is an output, the container where it is
    taken out, the content where it is the container, and all items of a link of this ledger
    named in `after` that is not about it.
    """
    about: dict[str, list[int]] = {}
    names = {index: frozenset(ref.item for ref in link.items) for index, link in links.items()}
    for index, there in names.items():
        for name in there:
            about.setdefault(name, []).append(index)
    roles: dict[int, dict[str, Role]] = {}
    done: set[tuple[int, Role]] = set()
    found, todo = {item}, [item]
    while todo:
        here = todo.pop()
        for index in about.get(here, ()):
            if index not in roles:
                roles[index] = {row.item: row.role for row in rows(links[index])}
            joining = set(_inside(index, links[index], here, roles[index], done))
            for after in links[index].after:
                named = names.get(after.index) if after.ledger is None else None
                if named is not None and here not in named:
                    joining |= named
            todo.extend(joining - found)
            found |= joining
    return found


def _inside(
    index: int, link: Link, item: str, roles: Mapping[str, Role], done: set[tuple[int, Role]]
) -> Iterator[str]:
    """What went into an item, or came with it, by one link; each such answer is given once."""
    own = roles[item]
    inside = Role.NONE
    if own & Role.OUTPUT:
        inside |= Role.INPUT
    if is_unpacking(link):
        inside |= Role.PARENT if own & Role.CHILD else Role.NONE
    elif own & Role.PARENT:
        inside |= Role.CHILD
    if inside and (index, inside) not in done:
        done.add((index, inside))
        yield from (name for name, role in roles.items() if role & inside)


def needed(links: Links, items: set[str]) -> dict[Pair, int]:
    """The chains that must be whole, each from number 0 to this one.

    About an item of the lineage, to the last link that the file has; about anything else, to the
    last statement that it has.
    """
    found: dict[Pair, int] = {}
    for link in links.values():
        for ref in link.items:
            if ref.item in items or link.statement is not None:
                pair = (ref.item, link.actor)
                found[pair] = max(ref.seq, found.get(pair, 0))
    return found


def holes(links: Links, items: set[str], runs: Sequence[Run] = ()) -> list[Place]:
    """The first number that is missing from each chain that must be whole, and is in no run."""
    there = chains_of(links)
    left: dict[Pair, list[tuple[int, int]]] = {}
    for run in runs:
        left.setdefault((run.item, run.actor), []).append((run.start, run.stop))
    firsts = (
        (pair, _first_gap(there[pair], left.get(pair, ()), last))
        for pair, last in sorted(needed(links, items).items())
    )
    return [Place(*pair, seq) for pair, seq in firsts if seq is not None]


def _first_gap(numbers: Iterable[int], runs: Iterable[tuple[int, int]], last: int) -> int | None:
    """The first number from 0 to `last` that is none of these and lies in no run."""
    there = [(seq, seq) for seq in numbers if seq <= last]
    if len(there) == last + 1:
        return None
    following = 0
    for start, stop in sorted([*there, *runs]):
        if start > following:
            break
        following = max(following, stop + 1)
    return following if following <= last else None


def gaps(links: Links, items: set[str], pairs: set[Pair]) -> list[Run]:
    """What the file has not of these chains, as runs between the links that it has."""
    there, found = chains_of(links), []
    for pair, last in needed(links, items).items():
        if pair in pairs:
            numbers = sorted(seq for seq in there[pair] if seq <= last)
            found += [
                Run(*pair, one + 1, two - 1, str(_prev(links[there[pair][two]], pair[0])))
                for one, two in pairwise(numbers)
                if two > one + 1
            ]
    return sorted(found)


def _prev(link: Link, subject: str) -> str | None:
    return next(ref.prev for ref in link.items if ref.item == subject)


def misplaced(links: Links, items: set[str], runs: Sequence[Run]) -> Iterator[tuple[Run, str]]:
    """The runs that are not between two links of a chain that must be whole, and why."""
    there, wanted = chains_of(links), needed(links, items)
    following = {
        pair: dict(pairwise(sorted(there.get(pair, ()))))
        for pair in {(run.item, run.actor) for run in runs}
    }
    for run in runs:
        pair, after = (run.item, run.actor), run.stop + 1
        if following[pair].get(run.start - 1) != after or after > wanted.get(pair, 0):
            yield run, "they are not all that is between two links of the file"
        elif _prev(links[there[pair][after]], run.item) != run.prev:
            yield run, f"number {after} names another link before it"


def unnamed(links: Links, items: set[str]) -> list[tuple[int, AfterRef]]:
    """What links about the lineage name in `after`, of this ledger, and the file has not.

    Each with the index of the link that names it.
    """
    return [
        (index, after)
        for index, link in sorted(links.items())
        if any(ref.item in items for ref in link.items)
        for after in link.after
        if after.ledger is None and after.index not in links
    ]


def strays(links: Links, items: set[str]) -> list[int]:
    """The links that belong to nothing: neither about the lineage nor in a chain of a statement."""
    whole = needed(links, items)
    return [
        index
        for index, link in sorted(links.items())
        if not any(ref.seq <= whole.get((ref.item, link.actor), -1) for ref in link.items)
    ]
