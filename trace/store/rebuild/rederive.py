"""What the quick audit makes anew of few links or item by item, and compares with what is stored.

Lineage, holdings, stays, shipments and findings of plausibility item by item; names and findings of
single links in a scratch store; and trace codes that name another thing already (docs/format.md
section 3): the first has them. Whoever codes an item `https://<host>/t/<code>` chooses the code,
and may choose that of a chain of another's: the ledger accepts it and reports it, so an audit has
to know it for what it is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Select, Table, func, or_, select

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import Message
from suyuan.trace.lineage.joins import UNSENDING

from .. import schema as t
from ..append.link_rows import insert_values
from ..database import Database
from ..engine import writing
from ..projections.event_joins import Void, voids
from ..projections.follow_findings import clash, first_uses, given_before, renamed
from ..projections.follow_lineage import OF_ITEMS, Lineage, rows_of, touched
from ..projections.follow_names import Names
from ..projections.followers import Attachment
from ..projections.material import Material
from ..read.reader import Reader
from ..selecting import CHUNK, chunks, paged

_AT_ONCE = 2_000  # items whose events are in memory together
Row = tuple[object, ...]
Add = Callable[[Iterable[Row]], int]
Range = tuple[int, int]  # numbers of items: from the first until before the second
Finding = tuple[int, str, str, Message]  # leaf, rule, subject, message


def items(
    reader: Reader, start: int, stop: int, known: Mapping[Range, int], add: Add
) -> Iterator[tuple[Range, int | None]]:
    """The items with these numbers, some at a time, each time with the sum of their rows.

    None where the rows are not what the links about these items give; rows that still have a sum
    in `known` are not made anew. As of where the follower stands in this reader's own snapshot,
    which may be further than the audit's links.
    """
    at = reader.cursors().get(Lineage.name, 0)
    for first in range(start, stop, _AT_ONCE):
        part = first, min(first + _AT_ONCE, stop)
        stored = {}
        for table in OF_ITEMS:
            query = select(table).where(table.c.item >= part[0], table.c.item < part[1])
            stored[table] = sorted(map(_row, reader.connection.execute(query)), key=repr)
        total = add((table.name, *row) for table, rows in stored.items() for row in rows)
        if known.get(part) != total:
            derived = _given(reader, at, part)
            if any(sorted(derived[table], key=repr) != stored[table] for table in OF_ITEMS):
                yield part, None
                continue
        yield part, total


def _given(reader: Reader, at: int, part: Range) -> dict[Table, list[Row]]:
    c = t.subject.c
    numbers = select(c.id).where(c.id >= part[0], c.id < part[1])
    items = list(reader.connection.execute(numbers).scalars())
    material = Material(reader, at, {}, {})
    material.load(items)
    material.load_sources(items, every=True)
    rows = rows_of(material, items)
    return {
        table: [_row(row[column.name] for column in table.columns) for row in rows.get(table, ())]
        for table in OF_ITEMS
    }


def touched_since(reader: Reader, start: int, stop: int) -> set[int]:
    """The numbers of all items on whose rows the links from `start` until before `stop` bear."""
    links = list(reader.parsed_links(start, stop))
    c = t.voided.c
    query = select(t.voided).where(or_(c.leaf >= start, c.by >= start))
    voided = [Void(row.leaf, row.by, row.why) for row in reader.connection.execute(query)]
    return touched(Material(reader, stop, dict(links), {}), links, voided)


def void(reader: Reader) -> Iterator[str]:
    """Problems of the table of events that do not count."""
    c = t.event.c
    at = reader.cursors().get(Lineage.name, 0)
    twice = (
        select(c.event_id)
        .where(c.event_id.is_not(None), c.leaf < at)
        .group_by(c.event_id)
        .having(func.count() > 1)
    )
    query = select(c.leaf).where(
        or_(c.is_error.is_(True), c.step.in_(UNSENDING), c.event_id.in_(twice)), c.leaf < at
    )
    leaves = sorted(reader.connection.execute(query).scalars())
    links = [(leaf, link) for leaf in leaves if (link := reader.parsed(leaf)) is not None]
    derived = [(row.leaf, row.by, row.why) for row in voids(reader, links)]
    stored = [
        (row.leaf, row.by, row.why)
        for row in reader.connection.execute(select(t.voided).order_by(t.voided.c.leaf))
    ]
    if sorted(derived) != stored:
        yield "table voided is not what the links give"


def _row(values: Iterable[object]) -> Row:
    return tuple(int(value) if isinstance(value, bool) else value for value in values)


def names_and_renames(
    folder: Path, trust: Trust, links: Sequence[tuple[int, Link]], attachment: Attachment
) -> tuple[set[tuple[object, ...]], set[tuple[object, ...]], set[Finding]]:
    """The rows of `name` and `term` that these links give, and findings of those not counted."""
    scratch = Database.scratch(folder)
    scratch.create(trust)
    try:
        with writing(scratch.engine) as connection:
            stored = [(leaf, bytes.fromhex(link.hash), link.entry) for leaf, link in links]
            insert_values(connection, t.link, stored)
            Names(trust.host, attachment).follow(connection, links)
            rows = {tuple(row) for row in connection.execute(select(t.name))}
            words = {tuple(row) for row in connection.execute(select(t.term))}
            findings = {
                (leaf, "name", link.items[0].item, why)
                for leaf, link in links
                if (why := renamed(connection, leaf, link)) is not None
            }
    finally:
        scratch.close()
    return rows, words, findings


def reused(reader: Reader) -> Iterator[Finding]:
    """Findings of eventIDs that were given to two events, from the rows of `event`."""
    c = t.event.c
    plain = c.is_error.is_(False) & c.event_id.is_not(None)
    twice = select(c.event_id).where(plain).group_by(c.event_id).having(func.count() > 1)
    names = reader.connection.execute(twice).scalars().all()
    for name, (first, other) in first_uses(reader.connection, names).items():
        link = reader.parsed(other)  # reported once, however often it is used again
        if link is not None:
            yield other, "event-id", link.items[0].item, given_before(name, first)


class _Claim(NamedTuple):
    leaf: int
    place: int  # among the link's items


@dataclass(slots=True)
class Clashes:
    """Chains and subjects whose code is rightly another's, and the findings that say so."""

    chains: list[tuple[str, str]] = field(default_factory=list)
    named: set[int] = field(default_factory=set)
    coded: set[int] = field(default_factory=set)
    findings: set[Finding] = field(default_factory=set)
    odd: list[str] = field(default_factory=list)


def clashes(reader: Reader, host: str) -> Clashes:
    """Every chain is looked at, so this is for a ledger in which codes are missing."""
    look = _Look(reader, host)
    for chain, wanted, owners in look.chains():
        for code, holder in wanted.items():
            owner = owners.get(code)
            if owner is not None and (owner.subject, owner.actor) != (chain.subject, holder):
                look.other(chain, code, holder, owner)
    return look.clashes


class _Look:
    def __init__(self, reader: Reader, host: str) -> None:
        self._reader = reader
        self._host = host
        self._reported: set[tuple[int, str]] = set()
        self.clashes = Clashes()

    def chains(self) -> Iterator[tuple[Any, dict[str, int | None], dict[str, Any]]]:
        """Each chain, its two codes with whose they should be, and the rows of those codes."""
        every_chain = paged(self._reader.connection, _begun(), {"id": t.chain.c.id}, (0,), CHUNK)
        for rows in chunks(every_chain):
            wanted = [
                {
                    codes.of_uri(row.item, self._host): None,
                    codes.of_chain(row.item, row.actor_uri): row.actor,
                }
                for row in rows
            ]
            named = select(t.code, t.subject.c.uri.label("item")).join(
                t.subject, t.code.c.subject == t.subject.c.id
            )
            every = sorted({code for pair in wanted for code in pair})
            owners = {row.code: row for row in self._reader.among(named, t.code.c.code, every)}
            for row, pair in zip(rows, wanted, strict=True):
                yield row, pair, owners

    def other(self, chain: Any, code: str, holder: int | None, owner: Any) -> None:
        """A chain's code that is another's: rightly, if the other had it before."""
        link = self._link(chain.leaf)
        own = _claim(chain.leaf, link, chain.item)
        if own is None:
            return
        theirs = self._first(owner)
        if theirs is None or theirs >= own:
            self.clashes.odd.append(f"code {code} names {owner.item}, which did not have it first")
            return
        self.clashes.coded.add(chain.subject)
        if holder is None:
            self.clashes.named.add(chain.subject)
        else:
            self.clashes.chains.append((chain.item, chain.actor_uri))
        if link.event is not None and (chain.leaf, chain.item) not in self._reported:
            self._reported.add((chain.leaf, chain.item))
            self.clashes.findings.add((chain.leaf, "code", chain.item, clash(code, owner.item)))

    def _first(self, owner: Any) -> _Claim | None:
        query = _begun().where(t.chain.c.subject == owner.subject)
        if owner.actor is not None:
            query = query.where(t.chain.c.actor == owner.actor)
        for row in self._reader.connection.execute(query.order_by(t.link_item.c.leaf)):
            claim = _claim(row.leaf, self._link(row.leaf), row.item)
            if claim is not None:
                return claim
        return None

    def _link(self, leaf: int) -> Link:
        link = self._reader.parsed(leaf)
        assert link is not None
        return link


def _begun() -> Select[Any]:
    item, actor = t.subject.alias(), t.subject.alias()
    return (
        select(
            t.chain.c.id, t.chain.c.subject, t.chain.c.actor, t.link_item.c.leaf,
            item.c.uri.label("item"), actor.c.uri.label("actor_uri"),
        )
        .join(item, t.chain.c.subject == item.c.id)
        .join(actor, t.chain.c.actor == actor.c.id)
        .join(t.link_item, (t.link_item.c.chain == t.chain.c.id) & (t.link_item.c.seq == 0))
    )  # fmt: skip


def _claim(leaf: int, link: Link, item: str) -> _Claim | None:
    """Where a chain's first link claims its codes; a statement but of labels claims none."""
    if link.statement is not None and link.statement["type"] != "labels":
        return None
    return _Claim(leaf, [ref.item for ref in link.items].index(item))
