"""What is read so that those who hold something can be told, and how far that has gone."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Engine, select, update

from suyuan.trace.format.event_items import Role
from suyuan.trace.lineage.model import ItemEvent
from suyuan.trace.lineage.stock import COUNTING, effect

from .. import schema as t
from ..engine import writing
from ..projections.followers import insert_new
from ..read.reader import Reader
from ..selecting import walked

NAME = "notices"
_DEEPEST = 20  # containers in containers
_EVER = ((-(2**62), -1), (2**62, 2**62))
Moment = tuple[int, int]  # event time and leaf
Span = tuple[Moment, Moment]
Spans = Mapping[int, Sequence[tuple[int, Span]]]  # by item or container: which items, from, until


def cursor(reader: Reader) -> int:
    """How many links have had their notices handed over, as it was written last."""
    return reader.cursors().get(NAME, 0)


def move(engine: Engine, to: int) -> None:
    """Write how many links were looked at; never back."""
    with writing(engine) as connection:
        insert_new(connection, t.follower, [{"name": NAME, "cursor": 0}])
        row = t.follower.c
        statement = update(t.follower).where(row.name == NAME, row.cursor < to)
        connection.execute(statement.values(cursor=to))


def scope_leaves(reader: Reader, act: int) -> list[int]:
    """The statements that brought items into an act's scope, or took them out."""
    query = select(t.scope.c.leaf).where(t.scope.c.act == act).distinct()
    return sorted({act, *reader.connection.execute(query).scalars()})


def affected(reader: Reader, act: int, items: Iterable[str]) -> set[str]:
    """These items of an act, what was made from them, and what is packed in any of it.

    What was cleared is left out, with all that came from it alone. What was in a container counts
    while it is inside, or where it was taken out after the act.
    """
    cleared = select(t.scope.c.item).where(t.scope.c.act == act, t.scope.c.cleared.is_not(None))
    free = set(reader.connection.execute(cleared).scalars())
    barred = set(reader.subject_numbers(free).values())
    start = set(reader.subject_numbers(set(items)).values()) - barred

    outputs = select(t.made.c.item).join(t.used, t.used.c.making == t.made.c.making)

    def below(items: Sequence[int]) -> set[int]:
        made_of_it = {row.item for row in reader.among(outputs, t.used.c.item, items)}
        return (made_of_it | _packed_in(reader, items, since=act)) - barred

    return set(reader.uris(start | walked(start, below)).values())


def inside(reader: Reader, containers: Collection[str]) -> set[str]:
    """All that is or ever was in these containers, and in those that were in them."""
    start = reader.subject_numbers(set(containers)).values()
    reached = walked(start, lambda ids: _packed_in(reader, ids, since=-1))
    return set(reader.uris(reached).values())


def around(reader: Reader, items: Collection[str]) -> set[str]:
    """The containers that these items are or ever were in, and theirs."""
    c = t.containment.c
    start = reader.subject_numbers(set(items)).values()
    reached = walked(
        start, lambda ids: {r.container for r in reader.among(select(c.container), c.item, ids)}
    )
    return set(reader.uris(reached).values())


def handlers(reader: Reader, items: Iterable[str]) -> dict[str, set[str]]:
    """Who ever had which of these items in hand, by the events of their own that count.

    With them who had the containers that they were in, while they were inside.
    """
    numbers = reader.subject_numbers(set(items))
    uris = {number: uri for uri, number in numbers.items()}
    level: dict[int, list[tuple[int, Span]]] = {number: [(number, _EVER)] for number in uris}
    seen: set[tuple[int, int]] = set()
    items_of: dict[int, set[int]] = {}
    for _ in range(_DEEPEST):
        for actor, thing, moment in _movements(reader, sorted(level)):
            for item, (start, end) in level[thing]:
                if start <= moment <= end:
                    items_of.setdefault(actor, set()).add(item)
        level = _outer(reader, level, seen)
        if not level:
            break
    actors = reader.uris(items_of)
    return {actors[actor]: {uris[item] for item in had} for actor, had in items_of.items()}


def _movements(reader: Reader, things: Sequence[int]) -> Iterator[tuple[int, int, Moment]]:
    """Actor, thing and moment of each event by which an actor had a thing in hand."""
    e, li, c = t.event.c, t.link_item.c, t.chain.c
    columns = (c.subject, c.actor, li.leaf, li.role, e.type, e.action, e.step, e.time, e.parent)
    query = (
        select(*columns)
        .select_from(t.chain)
        .join(t.link_item, li.chain == c.id)
        .join(t.event, e.leaf == li.leaf)
        .outerjoin(t.voided, t.voided.c.leaf == li.leaf)
        .where(e.received.is_(False), e.is_error.is_(False), t.voided.c.leaf.is_(None))
    )
    for row in reader.among(query, c.subject, things):
        if _is_in_hand(row):
            yield row.actor, row.subject, (row.time or 0, row.leaf)


def _is_in_hand(row: Any) -> bool:
    """Whether an event moves a thing into its actor's hands, or out of them, or fills it."""
    role = Role(row.role)
    if row.type == "AggregationEvent" and role & Role.PARENT:
        return True
    event = ItemEvent(
        row.leaf, "", role=role, time=row.time or 0, type=row.type, action=row.action,
        step=row.step, container=row.parent,
    )  # fmt: skip
    return effect(event) is not None or row.step in COUNTING


def _outer(
    reader: Reader, level: Spans, seen: set[tuple[int, int]]
) -> dict[int, list[tuple[int, Span]]]:
    """What these things are and were in, and while which of the items were inside."""
    outer: dict[int, list[tuple[int, Span]]] = {}
    c = t.containment.c
    query = select(t.containment).order_by(c.entered, c.entered_leaf)
    for row in reader.among(query, c.item, sorted(level)):
        until = _EVER[1] if row.left is None else (row.left, row.left_leaf or 0)
        for item, (start, end) in level[row.item]:
            span = (max(start, (row.entered, row.entered_leaf)), min(end, until))
            if span[0] <= span[1] and row.container != item:
                outer.setdefault(row.container, []).append((item, span))
    new = {
        container: [pair for pair in spans if (container, pair[0]) not in seen]
        for container, spans in outer.items()
    }
    seen |= {(container, pair[0]) for container, spans in outer.items() for pair in spans}
    return {container: spans for container, spans in new.items() if spans}


def _packed_in(reader: Reader, containers: Sequence[int], *, since: int) -> set[int]:
    """What is in these containers, or was taken out by a link after `since`."""
    c = t.containment.c
    query = select(c.item).where(c.left.is_(None) | (c.left_leaf > since))
    return {row.item for row in reader.among(query, c.container, containers)}
