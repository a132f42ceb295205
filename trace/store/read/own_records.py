"""A party's own records: by day, step, product and counterparty, each from an index of its own."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from statistics import median_low
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, select, text, true

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.json_values import Form, described
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import Quantity

from .. import schema as t
from ..selecting import amount_of, chunks, entry_payload, paged
from .reader import Reader
from .search import LOOKED

Field = Literal["step", "name", "counterparty"]
Key = tuple[int, int, int]  # event time, leaf, number of the item
_BLOCK = 100
_VALUES = 2_000  # products, or counterparties, of one party that a question looks at
_USUAL = 30  # records that say what is usual
_FEW = 3  # fewer say nothing


class OwnRecord(Form):
    """A party's part in one event about one item."""

    item: str
    index: int = described("Of its link")
    time: int = described("The event's, in microseconds UTC")
    step: str
    role: int
    product: str | None
    counterparty: str | None = described("By URI, or by the name of one outside the ledger")
    quantity: Quantity | None
    voided: str | None = described("Why it does not count: error, undone, again")
    by: int | None = described("Because of which link it does not")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records of an actor: all where nothing else is given; `until` is not included.

    Where `items`, by number, and `any_of`, products and counterparties, are given, one of either
    must be it; `steps` are those that may be seen.
    """

    actor: str
    step: str | None = None
    name: str | None = None
    counterparty: str | None = None
    since: int | None = None
    until: int | None = None
    items: Sequence[int] | None = None
    any_of: Collection[tuple[Field, str]] | None = None
    steps: Collection[str] | None = None
    is_oldest_first: bool = False


def values(reader: Reader, actor: str, field: Field) -> list[str]:
    """The different steps, products or counterparties of an actor's records, in their order."""
    # One seek in the index for each, however many records have it.
    query = f"""
        WITH RECURSIVE known(value) AS (
            SELECT min({field}) FROM record WHERE actor = :actor
            UNION ALL
            SELECT (SELECT min(record.{field}) FROM record
                    WHERE record.actor = :actor AND record.{field} > known.value)
            FROM known WHERE known.value IS NOT NULL
        )
        SELECT value FROM known WHERE value IS NOT NULL LIMIT {_VALUES}
    """  # noqa: S608  the name of a column
    number = reader.subject(actor)
    return list(reader.connection.execute(text(query), {"actor": number}).scalars())


def page(
    reader: Reader, wanted: Wanted, most: int, after: Key | None = None
) -> tuple[list[OwnRecord], Key | None]:
    """Some records, the newest first by the day of the event; and where to go on, None at the end.

    A page may be short and not the last: each looks at a bounded number of rows.
    """
    rows: list[Row[Any]] = []
    last: Key | None = None
    for looked, row in enumerate(_rows(reader, wanted, after), 1):
        last = _key(row)
        if _fits(row, wanted):
            rows.append(row)
        if len(rows) == most or looked >= LOOKED:
            break
    else:
        last = None
    return _records(rows), last


def about(reader: Reader, items: Iterable[str], actor: str, since: int = 0) -> list[OwnRecord]:
    """An actor's records of these items from a leaf on, in the order of the log."""
    numbers = sorted(reader.subject_numbers(set(items)).values())
    c = t.record.c
    query = _query(reader, Wanted(actor)).where(c.leaf >= since)
    rows = [row for part in chunks(numbers)
            for row in reader.connection.execute(query.where(c.item.in_(part)))]  # fmt: skip
    return sorted(_records(rows), key=attrgetter("index"))


def events_at(reader: Reader, leaves: Iterable[int]) -> Iterator[tuple[int, Object]]:
    """The events of links at these leaves, unchecked: what follows from them is checked later."""
    c = t.link.c
    for row in reader.among(select(c.leaf, c.entry), c.leaf, leaves):
        payload = entry_payload(row.entry)
        if isinstance(payload.get("event"), dict):
            yield row.leaf, payload["event"]


def made_by(reader: Reader, leaves: Iterable[int]) -> set[str]:
    """The items that the transformations at these leaves made."""
    made: set[str] = set()
    for part in chunks(sorted(leaves)):
        query = select(t.subject.c.uri).join(t.made, t.made.c.item == t.subject.c.id)
        made |= set(reader.connection.execute(query.where(t.made.c.making.in_(part))).scalars())
    return made


def unlabelled(
    reader: Reader, actor: str, since: int, steps: Collection[str], most: int = 200
) -> list[OwnRecord]:
    """Records by which an actor has lots since a time, and no label of theirs; newest first."""
    c, li, h = t.record.c, t.link_item.c, t.holding.c
    has = select(h.item).where(h.item == c.item, h.holder == actor, h.quantity > 0)
    labelled = (
        select(li.leaf)
        .join(t.chain, t.chain.c.id == li.chain)
        .where(t.chain.c.subject == c.item, t.chain.c.actor == c.actor, li.role == 0)
    )
    query = (
        _query(reader, Wanted(actor, since=since))
        .where(c.step.in_(steps), c.role != int(Role.INPUT), t.voided.c.leaf.is_(None))
        .where(has.exists(), ~labelled.exists())
        .order_by(c.time.desc(), c.leaf.desc())
        .limit(most)
    )
    return _records(reader.connection.execute(query).all())


def usual(reader: Reader, actor: str, step: str, name: str, unit: str) -> int | None:
    """The median, in millionths, of what an actor enters in a step of a product; None of few.

    Among its newest records of the product, as far as they are in this base unit and count.
    """
    c = t.record.c
    query = (
        select(c.quantity, c.step, c.unit, t.voided.c.leaf)
        .outerjoin(t.voided, t.voided.c.leaf == c.leaf)
        .where(c.actor == reader.subject(actor), c.name == name, c.quantity > 0)
        .order_by(c.time.desc())
        .limit(20 * _USUAL)
    )
    known = [row.quantity for row in reader.connection.execute(query)
             if (row.step, row.unit, row.leaf) == (step, unit, None)]  # fmt: skip
    return median_low(known[:_USUAL]) if len(known) >= _FEW else None


def _query(reader: Reader, wanted: Wanted) -> Any:
    c, v = t.record.c, t.voided.c
    query = (
        select(t.record, t.subject.c.uri, v.why, v.by)
        .join(t.subject, t.subject.c.id == c.item)
        .outerjoin(t.voided, v.leaf == c.leaf)
        .where(c.actor == reader.subject(wanted.actor))
    )
    query = query if wanted.since is None else query.where(c.time >= wanted.since)
    return query if wanted.until is None else query.where(c.time < wanted.until)


def _rows(reader: Reader, wanted: Wanted, after: Key | None) -> Iterator[Row[Any]]:
    """The rows of the narrowest index, or of several merged, in the order that is wanted."""
    c = t.record.c
    keys = {"time": c.time, "leaf": c.leaf, "item": c.item}
    fields: tuple[Field, ...] = ("name", "counterparty", "step")
    narrow: list[ColumnElement[bool]] = [
        c[field] == getattr(wanted, field) for field in fields if getattr(wanted, field)
    ][:1]
    if wanted.items is not None or wanted.any_of is not None:
        narrow = [c.item == item for item in wanted.items or ()]
        narrow += [c[field] == value for field, value in wanted.any_of or ()]
    elif not narrow:
        narrow = [true()] if wanted.steps is None else [c.step == step for step in wanted.steps]
    runs = [
        paged(reader.connection, _query(reader, wanted).where(only), keys, after, _BLOCK,
              descending=not wanted.is_oldest_first)
        for only in narrow
    ]  # fmt: skip
    last = None
    for row in merge(*runs, key=_key, reverse=not wanted.is_oldest_first):
        if _key(row) != last:
            yield row
        last = _key(row)


def _key(row: Row[Any]) -> Key:
    return row.time, row.leaf, row.item


def _fits(row: Row[Any], wanted: Wanted) -> bool:
    fields: tuple[Field, ...] = ("step", "name", "counterparty")
    is_seen = wanted.steps is None or row.step in wanted.steps
    return is_seen and all(getattr(wanted, f) in (None, getattr(row, f)) for f in fields)


def _records(rows: Sequence[Row[Any]]) -> list[OwnRecord]:
    return [
        OwnRecord(
            row.uri, row.leaf, row.time, row.step, row.role, row.name, row.counterparty,
            amount_of(row), row.why, row.by,
        )
        for row in rows
    ]  # fmt: skip
