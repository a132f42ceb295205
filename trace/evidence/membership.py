"""What belongs into an evidence file, by one rule, and what it has beside its links.

Pure functions over the links that a file has, by index. Beside them stand proofs that lists of
holds and recalls name its items, disclosures of hidden fields, and erasures.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

from suyuan.trace.admission import scopes
from suyuan.trace.format.event_items import Role, rows
from suyuan.trace.format.link import AfterRef, Link
from suyuan.trace.format.private import pointers
from suyuan.trace.format.private.digests import body_of, committed, digest, read
from suyuan.trace.format.statements import is_newer
from suyuan.trace.lineage.joins import Pair, Place, is_unpacking
from suyuan.trace.lineage.path import Links, chains_of
from suyuan.trace.log import proofs
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import leaf_hash, node_hash
from suyuan.trace.log.proofs import Coordinate

from .bundle import Run, Scope
from .verdict import Erased, Fault, Shown


def items_of(links: Links, item: str) -> set[str]:
    """The items that the file is about: `item`, and what joins it.

    Inputs of an output, a container where it is taken out, contents of a container, and all items
    of a link of this ledger named in `after` that is not about it.
    """
    about: dict[str, list[int]] = {}
    names = {index: frozenset(ref.item for ref in link.items) for index, link in links.items()}
    for index, uris in names.items():
        for name in uris:
            about.setdefault(name, []).append(index)
    roles: dict[int, dict[str, Role]] = {}
    done: set[tuple[int, Role]] = set()
    items, todo = {item}, [item]
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
            todo.extend(joining - items)
            items |= joining
    return items


def _inside(
    index: int, link: Link, item: str, roles: Mapping[str, Role], done: set[tuple[int, Role]]
) -> Iterator[str]:
    """The items that went into an item, or came with it, by one link; each once."""
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
    """The chains that must be whole up to a number: of items, and of statements on others."""
    last: dict[Pair, int] = {}
    for link in links.values():
        for ref in link.items:
            if ref.item in items or link.statement is not None:
                pair = (ref.item, link.actor)
                last[pair] = max(ref.seq, last.get(pair, 0))
    return last


def holes(links: Links, items: set[str], runs: Sequence[Run] = ()) -> list[Place]:
    """The first number that is missing from each chain that must be whole, and is in no run."""
    chains = chains_of(links)
    left: dict[Pair, list[tuple[int, int]]] = {}
    for run in runs:
        left.setdefault((run.item, run.actor), []).append((run.start, run.stop))
    firsts = (
        (pair, _first_gap(chains[pair], left.get(pair, ()), last))
        for pair, last in sorted(needed(links, items).items())
    )
    return [Place(*pair, seq) for pair, seq in firsts if seq is not None]


def _first_gap(numbers: Iterable[int], runs: Iterable[tuple[int, int]], last: int) -> int | None:
    single = [(seq, seq) for seq in numbers if seq <= last]
    if len(single) == last + 1:
        return None
    following = 0
    for start, stop in sorted([*single, *runs]):
        if start > following:
            break
        following = max(following, stop + 1)
    return following if following <= last else None


def gaps(links: Links, items: set[str], pairs: set[Pair]) -> list[Run]:
    """The links of these chains that the file lacks, as runs between those that it has."""
    chains, runs = chains_of(links), []
    for pair, last in needed(links, items).items():
        if pair in pairs:
            numbers = sorted(seq for seq in chains[pair] if seq <= last)
            runs += [
                Run(*pair, seq + 1, later - 1, str(_prev(links[chains[pair][later]], pair[0])))
                for seq, later in pairwise(numbers)
                if later > seq + 1
            ]
    return sorted(runs)


def _prev(link: Link, subject: str) -> str | None:
    return next(ref.prev for ref in link.items if ref.item == subject)


def misplaced(links: Links, items: set[str], runs: Sequence[Run]) -> Iterator[tuple[Run, str]]:
    """The runs that are not between two links of a chain that must be whole, and why."""
    chains, wanted = chains_of(links), needed(links, items)
    following = {
        pair: dict(pairwise(sorted(chains.get(pair, ()))))
        for pair in {(run.item, run.actor) for run in runs}
    }
    for run in runs:
        pair, after = (run.item, run.actor), run.stop + 1
        if following[pair].get(run.start - 1) != after or after > wanted.get(pair, 0):
            yield run, "they are not all that is between two links of the file"
        elif _prev(links[chains[pair][after]], run.item) != run.prev:
            yield run, f"number {after} names another link before it"


def unnamed(links: Links, items: set[str]) -> list[tuple[int, AfterRef]]:
    """The links named in `after` about the lineage that the file lacks, with the naming index."""
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


ScopeState = tuple[str, str, int | None, int | None]  # item, act's URI, since, cleared


def scope_proofs(index: int, listed: Sequence[str], items: Collection[str]) -> Iterator[Scope]:
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
    def __init__(self, leaves: list[bytes]) -> None:
        self._levels = [leaves]
        while len(row := self._levels[-1]) > 1:
            pairs = zip(row[::2], row[1::2], strict=False)
            self._levels.append([node_hash(left, right) for left, right in pairs])

    def read(self, wanted: Sequence[Coordinate]) -> list[bytes]:
        return [self._levels[level][number] for level, number in wanted]


def scope_fault(scope: Scope, link: Link | None, items: Collection[str]) -> str | None:
    """Why the file does not show that a statement's list names an item; None where it does."""
    if link is not None and is_newer(link.statement):
        return None
    if link is None or not scopes.has_list(link):
        return f"no hold or recall with a list of items is at index {scope.index} of the file"
    if scope.item not in items:
        return f"{scope.item} is not of this file"
    statement = link.statement
    assert statement is not None
    try:
        proofs.check_inclusion(
            leaf_hash(scope.item.encode()),
            scope.position,
            int(statement["count"]),
            proof=scope.proof,
            root=bytes.fromhex(str(statement["root"])),
        )
    except LogError as error:
        return f"the list does not name {scope.item} there: {error}"
    return None


def scope_states(proofs_of: Iterable[Scope], links: Mapping[int, Link]) -> list[ScopeState]:
    """Since when items are in the scope of acts, None for never, and since when cleared."""
    rows: dict[tuple[str, str], tuple[int, int | None]] = {}
    for scope in sorted(proofs_of, key=lambda scope: scope.index):
        link = links.get(scope.index)
        statement = None if link is None else link.statement
        if statement is not None and not is_newer(statement) and "list" in statement:
            act = str(statement["uri"])
            scopes.apply(rows, statement["op"], [scope.item], act, scope.index)
    return [(*pair, None if since == cleared else since, cleared)
            for pair, (since, cleared) in sorted(rows.items())]  # fmt: skip


def uncommitted(disclosures: Sequence[str], links: Mapping[int, Link]) -> Iterator[Fault]:
    """The disclosures that no link of the file commits to."""
    digests = {name for link in links.values() for name in committed(link)}
    for number, stored in enumerate(disclosures):
        if digest(stored) not in digests:
            yield Fault("disclosure", f"no link of the file commits to disclosure {number}")


def shown(disclosures: Sequence[str], links: Mapping[int, Link]) -> Iterator[Shown]:
    """What disclosures show, in order of the links that commit to them."""
    by_digest = {digest(stored): stored for stored in disclosures}
    for index, link in sorted(links.items()):
        body = body_of(link)
        for name in committed(link):
            if name not in by_digest:
                continue
            if (field := read(by_digest[name])) is None:
                yield Shown(index, name, None, None, False)
                continue
            filled = pointers.put(body, field.pointer, field.value)
            body = filled or body
            yield Shown(index, name, field.pointer, field.value, filled is not None)


def erased(links: Mapping[int, Link], names: Mapping[str, str | None]) -> Iterator[Erased]:
    """The erasures among these links of digests of others among them."""
    for by, link in sorted(links.items()):
        statement = link.statement
        if statement is None or is_newer(statement) or statement["type"] != "erasure":
            continue
        index = int(statement["index"])
        erased_link = links.get(index)
        if erased_link is not None and erased_link.hash == statement["hash"]:
            count = len(set(statement["digests"]) & set(committed(erased_link)))
            name = names.get(link.actor)
            yield Erased(index, by, count, link.actor, name, link.signed_at)
