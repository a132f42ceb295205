"""What an item stands under, for its page: recalls and holds of it, or of what is in it."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ..history import History
from ..link import Link, parse
from ..projection import Role, mentions
from ..rules import Refused
from ..scopes import is_officer
from ..state import Act, Genesis, State
from ..store.lineage import Lineage
from ..store.read import Reader
from ..store.recalls import ActBook
from ..times import from_micros

FOLLOWER = "lineage"


class Relation(StrEnum):
    """How what an act names stands to the item that is asked about."""

    ITSELF = "itself"
    CONTAINS = "contains"  # it went into the item, in however many steps
    INSIDE = "inside"  # the item is packed in it


@dataclass(frozen=True, slots=True)
class Standing:
    """An act that covers an item; `covered` is what the act names.

    `since` is the recorded time of the statement that brought it in, None where no checkpoint
    covers it; `reason` None where it is hidden or cannot be read. A closed recall still counts.
    """

    act: Act
    covered: str
    relation: Relation
    leaf: int
    since: datetime | None
    reason: str | None

    @property
    def is_recall(self) -> bool:
        """A recall; else a hold."""
        return self.act.kind == "recall"

    @property
    def is_closed(self) -> bool:
        """Whether the recall was closed: all was done, and what is found later is recalled too."""
        return self.act.ended is not None


@dataclass(frozen=True, slots=True)
class Origins:
    """What items were made of, directly, and the containers that an item is in or was in.

    `containers` has for each the leaf at which the item left it, None while it is inside.
    """

    inputs: Mapping[str, Collection[str]]
    containers: Mapping[str, int | None]


def origins(reader: Reader, history: History) -> Origins:
    """What an item came from: by the lineage, and by links that it has not taken in yet."""
    lineage = Lineage(reader)
    graph = lineage.graph([history.item], forward=False)
    inputs: dict[str, set[str]] = {}
    used: dict[int, set[str]] = {}
    for edge in graph.edges:
        if not edge.is_output:
            used.setdefault(edge.making, set()).add(edge.item)
    for edge in graph.edges:
        if edge.is_output:
            inputs.setdefault(edge.item, set()).update(used.get(edge.making, ()))
    containers: dict[str, int | None] = {}
    _climb(history.item, None, lineage, containers)
    cursor = reader.cursors().get(FOLLOWER, 0)
    for index, checked in sorted(history.links.items()):
        if index >= cursor and checked.link is not None:
            _take_in(checked.link, history.item, inputs, containers)
    return Origins(inputs, containers)


def _climb(item: str, until: int | None, lineage: Lineage, found: dict[str, int | None]) -> None:
    """The containers of an item, and theirs: one is left where the inner one was."""
    for stay in lineage.stays(item):
        if stay.container in found:
            continue
        found[stay.container] = until if stay.left is None else stay.left_leaf
        _climb(stay.container, found[stay.container], lineage, found)


def _take_in(
    link: Link, item: str, inputs: dict[str, set[str]], containers: dict[str, int | None]
) -> None:
    event = link.event
    if event is None or "errorDeclaration" in event:
        return
    named = list(mentions(event))
    if event.get("type") == "TransformationEvent":
        into = {one.item for one in named if one.role is Role.INPUT}
        for one in named:
            if one.role is Role.OUTPUT:
                inputs.setdefault(one.item, set()).update(into - {one.item})
    elif any(one.role is Role.CHILD and one.item == item for one in named):
        for one in named:
            if one.role is Role.PARENT and event.get("action") == "ADD":
                containers[one.item] = None


def standing(
    reader: Reader, genesis: Genesis, item: str, come_from: Origins, actor: str | None
) -> list[Standing]:
    """The acts that an item's page must tell of, the gravest first; each once.

    Left out are drills, what was released or withdrawn, and what the item was cleared of: an item
    that is cleared, or all that lies between it and what is recalled, is not said to contain it.
    A hold by others than the authority or its officers is its holder's own matter: it is told on
    the pages of `actor`, who placed it.
    """
    book = ActBook(reader)
    around = _reachable(item, come_from.inputs)
    covered = book.covering({*around, *come_from.containers})
    state = State(genesis, reader.source, reader.size())
    acts = {c.act.leaf: c.act for c in covered if _is_told(c.act, state, actor)}
    times = book.times([c.leaf for c in covered if c.act.leaf in acts])
    found = []
    for number, act in acts.items():
        rows = {c.item: c for c in covered if c.act.leaf == number}
        cleared = {name for name, row in rows.items() if row.cleared is not None}
        hit = _nearest(item, come_from, act, rows, cleared)
        if hit is None:
            continue
        name, relation = hit
        leaf = rows[name].leaf
        since = from_micros(times[leaf]) if leaf in times else None
        reason = _reason(reader, act)
        found.append(Standing(act, name, relation, leaf, since, reason))
    return sorted(found, key=_gravity)


def _is_told(act: Act, state: State, actor: str | None) -> bool:
    if act.drill or not act.is_in_force:
        return False
    return act.kind == "recall" or act.actor == actor or is_officer(state, act.actor)


def _reachable(item: str, inputs: Mapping[str, Collection[str]]) -> set[str]:
    found, todo = {item}, [item]
    while todo:
        for source in inputs.get(todo.pop(), ()):
            if source not in found:
                found.add(source)
                todo.append(source)
    return found


def _nearest(
    item: str, come_from: Origins, act: Act, rows: Iterable[str], cleared: Collection[str]
) -> tuple[str, Relation] | None:
    """The item that an act names and that is fewest makings away, past none that is cleared."""
    if item in cleared:
        return None
    named = set(rows) - set(cleared)
    seen, todo = {item}, deque([item])
    while todo:
        here = todo.popleft()
        if here in named:
            return here, Relation.ITSELF if here == item else Relation.CONTAINS
        for source in sorted(come_from.inputs.get(here, ())):
            if source not in seen and source not in cleared:
                seen.add(source)
                todo.append(source)
    for container, left in sorted(come_from.containers.items()):
        if container in named and (left is None or (act.kind == "recall" and left > act.leaf)):
            return container, Relation.INSIDE
    return None


def _reason(reader: Reader, act: Act) -> str | None:
    stored = reader.link(act.leaf)
    try:
        said = None if stored is None else parse(stored.entry).statement
    except Refused:
        return None
    reason = (said or {}).get("reason")
    return reason if isinstance(reason, str) else None


def _gravity(one: Standing) -> tuple[bool, bool, int, int]:
    is_other = one.relation is Relation.CONTAINS
    return not one.is_recall, is_other, one.act.level or 0, -one.leaf
