"""What an audit makes anew of few links or item by item, to compare it with what is stored.

Lineage, holdings, stays, shipments and findings of plausibility item by item; names and findings of
single links in a scratch store; and trace codes that name another thing already (docs/format.md
section 3): the first has them. Whoever codes an item `https://<host>/t/<code>` chooses the code,
and may choose that of a chain of another's: the ledger accepts it and reports it, so an audit has
to know it for what it is.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Table, func, or_, select

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import Link, accepted
from suyuan.trace.format.times import parse_micros
from suyuan.trace.lineage.joins import UNSENDING

from .. import schema as t
from ..append.link_rows import insert_values
from ..database import Database
from ..engine import run_driver, writing
from ..projections.coverage_sums import summed
from ..projections.event_joins import Void, voids
from ..projections.follow_findings import clash, first_uses, given_before, renamed
from ..projections.follow_lineage import OF_ITEMS, Lineage, rows_of, touched
from ..projections.follow_names import Names
from ..projections.followers import Attachment
from ..projections.material import Material
from ..read.reader import Reader
from ..schema_columns import of_projection
from ..selecting import as_bytes, link_of
from .compare import Difference, Row, arranged, differences, fetched

FindingRow = tuple[int, str, str, str]  # leaf, rule, subject, message, as in `finding`


def stored(reader: Reader, start: int, stop: int) -> dict[Table, list[Row]]:
    """The rows that stand about the items with these numbers, by table."""
    rows = {}
    for table in OF_ITEMS:
        query = f"SELECT * FROM {table.name} WHERE item >= ? AND item < ?"  # noqa: S608  our own
        rows[table] = fetched(run_driver(reader.connection, query, (start, stop)))
    return rows


def given(reader: Reader, at: int, start: int, stop: int) -> dict[Table, list[Row]]:
    """The rows that the first `at` links give about the items with these numbers, by table."""
    c, li = t.subject.c, t.link_item.c
    within = (c.id >= start, c.id < stop)
    items = list(reader.connection.execute(select(c.id).where(*within)).scalars())
    query = (
        select(t.link.c.leaf, t.link.c.entry, t.link.c.hash)
        .join(t.link_item, li.leaf == t.link.c.leaf)
        .join(t.chain, t.chain.c.id == li.chain)
        .where(t.chain.c.subject >= start, t.chain.c.subject < stop, li.leaf < at, li.role != 0)
    )
    links = {
        leaf: link
        for leaf, entry, digest in fetched(reader.connection.execute(query))
        if (link := _decided(entry, digest)) is not None
    }
    signed = {leaf: parse_micros(link.signed_at) for leaf, link in links.items()}
    material = Material(reader, at, links, {})
    rows = rows_of(material, items, signed)
    vars(material).clear()  # it holds itself in circles, which a collector would have to find
    return {
        table: [tuple(row[column.name] for column in table.columns) for row in rows.get(table, ())]
        for table in OF_ITEMS
    }


def _decided(entry: Any, digest: Any) -> Link | None:
    """A link that was decided before, without looking at all of it again."""
    try:
        return accepted(as_bytes(entry), as_bytes(digest).hex())
    except (ValueError, TypeError, LookupError, AttributeError):  # changed since
        return link_of(entry)


def named(reader: Reader, table: Table, rows: Sequence[Row]) -> list[Row]:
    """Rows in the order of the table's columns as `compare` has them, subjects by their URIs."""
    places = [n for n, column in enumerate(table.columns) if column.info.get("of") == "subject"]
    uris = reader.uris({row[place] for row in rows for place in places} - {None})
    return arranged(
        table,
        [
            tuple(uris.get(part) if n in places else part for n, part in enumerate(row))
            for row in rows
        ],
    )


def touched_since(reader: Reader, start: int, stop: int) -> set[int]:
    """The numbers of all items on whose rows the links from `start` until before `stop` bear."""
    links = list(reader.parsed_links(start, stop))
    c = t.voided.c
    query = select(t.voided).where(or_(c.leaf >= start, c.by >= start))
    voided = [Void(row.leaf, row.by, row.why) for row in reader.connection.execute(query)]
    items = {ref.item for _, link in links for ref in link.items}
    numbers = set(reader.subject_numbers(items).values())
    return numbers | touched(Material(reader, stop, dict(links), {}), links, voided)


def void(reader: Reader) -> Iterator[Difference]:
    """What is wrong in the table of events that do not count."""
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
    derived = sorted((row.leaf, row.by, row.why) for row in voids(reader, links))
    rows = reader.connection.execute(select(t.voided).order_by(t.voided.c.leaf))
    yield from differences(t.voided, [tuple(row) for row in rows], derived)


def sums(reader: Reader) -> Iterator[Difference]:
    """Where what is summed of lots is not what their rows add up to.

    The database compares; only what differs is read.
    """
    for table, made in summed().items():
        kept = select(table)
        only = [
            reader.connection.execute(one.except_(other)).all()
            for one, other in ((kept, made), (made, kept))
        ]
        if any(only):
            sides = (named(reader, table, [tuple(row) for row in rows]) for rows in only)
            yield from differences(table, *sides)


def names_and_renames(
    folder: Path, trust: Trust, links: Sequence[tuple[int, Link]], attachment: Attachment
) -> tuple[dict[Table, list[Row]], list[FindingRow]]:
    """The rows, by table, that `Names` makes of these links, and findings of names not counted."""
    scratch = Database.scratch(folder)
    scratch.create(trust)
    try:
        with writing(scratch.engine) as connection:
            entries = [(leaf, bytes.fromhex(link.hash), link.entry) for leaf, link in links]
            insert_values(connection, t.link, entries)
            Names(trust.host, attachment).follow(connection, links)
            rows = {
                table: [tuple(row) for row in connection.execute(select(table))]
                for table in of_projection(Names.name)
            }
            findings = [
                (leaf, "name", link.items[0].item, why.dumps())
                for leaf, link in links
                if (why := renamed(connection, leaf, link)) is not None
            ]
    finally:
        scratch.close()
    return rows, findings


def reused(reader: Reader) -> Iterator[FindingRow]:
    """Findings of eventIDs that were given to two events, from the rows of `event`."""
    c = t.event.c
    plain = c.is_error.is_(False) & c.event_id.is_not(None)
    twice = select(c.event_id).where(plain).group_by(c.event_id).having(func.count() > 1)
    names = reader.connection.execute(twice).scalars().all()
    for name, (first, other) in first_uses(reader.connection, names).items():
        link = reader.parsed(other)  # reported once, however often it is used again
        if link is not None:
            yield other, "event-id", link.items[0].item, given_before(name, first).dumps()


@dataclass(frozen=True, slots=True)
class Claim:
    """A chain by its numbers, its item, its first link, and the two codes that this claims."""

    leaf: int
    subject: int
    actor: int
    item: str
    codes: Mapping[str, int | None]  # each with the number of whose it is: an actor, or nobody's


def clashing(
    reader: Reader, host: str, claims: Iterable[Claim], rows: Sequence[Row]
) -> tuple[list[Row], list[FindingRow], list[Difference]]:
    """The rows of `code` that claims give, what they give `finding`, and what is wrong of `rows`.

    Those are all that have one of the codes claimed.
    """
    claims = sorted(claims, key=lambda claim: claim.leaf)
    uris = reader.uris({number for row in rows for number in row[1:]} - {None})
    owners = {
        code: (subject, actor)
        for code, subject, actor in rows
        if code == _code_of(uris, host, subject, actor)
    }
    wanted: set[Row] = set()
    others: set[str] = set()  # codes that are rightly another's
    findings: dict[tuple[int, str], FindingRow] = {}
    for claim in claims:
        for code, holder in claim.codes.items():
            owner = owners.get(code)
            if owner in (None, (claim.subject, holder)) or not _is_first(reader, *owner, claim):
                wanted.add((code, claim.subject, holder))
                continue
            others.add(code)
            link = reader.parsed(claim.leaf)
            (item,) = reader.uris([owner[0]]).values()
            if link is not None and link.event is not None:
                row = (claim.leaf, "code", claim.item, clash(code, item).dumps())
                findings.setdefault((claim.leaf, claim.item), row)
    own = [row for row in rows if row in wanted or row[0] not in others]
    sides = (named(reader, t.code, sorted(side, key=repr)) for side in (own, wanted))
    return sorted(wanted, key=repr), list(findings.values()), list(differences(t.code, *sides))


def _code_of(uris: Mapping[int, str], host: str, subject: int, actor: int | None) -> str | None:
    """The code of an item, or of an actor's chain about it: no other can be rightly theirs."""
    if subject not in uris or (actor is not None and actor not in uris):
        return None
    item = uris[subject]
    return codes.of_uri(item, host) if actor is None else codes.of_chain(item, uris[actor])


def _is_first(reader: Reader, subject: int, actor: int | None, claim: Claim) -> bool:
    """Whether what has a code claimed it before this chain did."""
    own = _claim(reader, claim.leaf, claim.item)
    query = (
        select(t.link_item.c.leaf, t.subject.c.uri.label("item"))
        .join(t.chain, (t.link_item.c.chain == t.chain.c.id) & (t.link_item.c.seq == 0))
        .join(t.subject, t.chain.c.subject == t.subject.c.id)
        .where(t.chain.c.subject == subject)
        .order_by(t.link_item.c.leaf)
    )
    if actor is not None:
        query = query.where(t.chain.c.actor == actor)
    for row in reader.connection.execute(query):
        theirs = _claim(reader, row.leaf, row.item)
        if theirs is not None:
            return own is not None and theirs < own
    return False


def _claim(reader: Reader, leaf: int, item: str) -> tuple[int, int] | None:
    """Where a chain's first link claims its codes; a statement but of labels claims none."""
    link = reader.parsed(leaf)
    if link is None or not claims_codes(link):
        return None
    return leaf, [ref.item for ref in link.items].index(item)


def claims_codes(link: Link) -> bool:
    """Whether a link that begins chains gives codes: all but statements, and those of labels."""
    return link.statement is None or link.statement["type"] == "labels"
