"""What an evidence file has beside its links: proofs of lists, disclosures, erasures.

The lists are those of holds and recalls, which name items of the file; disclosures show hidden
fields of its links, erasures say which of them are gone.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from suyuan.trace.admission import scopes
from suyuan.trace.format.link import Link
from suyuan.trace.format.private import pointers
from suyuan.trace.format.private.digests import body_of, committed, digest, read
from suyuan.trace.format.statements import is_newer
from suyuan.trace.log import proofs
from suyuan.trace.log.errors import LogError
from suyuan.trace.log.merkle import leaf_hash, node_hash
from suyuan.trace.log.proofs import Coordinate

from .bundle import Scope
from .verdict import Erased, Fault, Shown

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
    """A hash reader over leaf hashes."""

    def __init__(self, leaves: list[bytes]) -> None:
        self._levels = [leaves]
        while len(row := self._levels[-1]) > 1:
            pairs = zip(row[::2], row[1::2], strict=False)
            self._levels.append([node_hash(one, two) for one, two in pairs])

    def read(self, wanted: Sequence[Coordinate]) -> list[bytes]:
        """The hashes with these levels and numbers, in this order."""
        return [self._levels[level][number] for level, number in wanted]


def scope_fault(scope: Scope, link: Link | None, items: Collection[str]) -> str | None:
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
    """What the statements at these links say of the items that they name, in order of index.

    Since when an item is in the scope of an act, None where it never was in it; and since when it
    is cleared.
    """
    rows: dict[tuple[str, str], tuple[int, int | None]] = {}
    for scope in sorted(proofs_of, key=lambda one: one.index):
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
            field = read(by_digest[name])
            if field is None:
                yield Shown(index, name, None, None, False)
                continue
            filled = pointers.put(body, field.pointer, field.value)
            body = filled or body
            yield Shown(index, name, field.pointer, field.value, filled is not None)


def erased(links: Mapping[int, Link], names: Mapping[str, str | None]) -> Iterator[Erased]:
    """What the erasures among these links take away, of links that are among them.

    `names` are what parties are called.
    """
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
