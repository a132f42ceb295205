"""What an item stands under, for its page: recalls and holds of it, or of what is in it."""

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import heappop, heappush
from math import inf

from ..history import History
from ..link import Link
from ..projection import Role, mentions
from ..scopes import is_officer, is_own
from ..state import Act, Genesis, State
from ..store.lineage import Lineage
from ..store.read import Reader
from ..store.recalls import ActBook, Covered
from ..times import from_micros
from .course import reason_of

FOLLOWER = "lineage"
_NOW = 1 << 62  # behind all links there are: as of now, whatever their number is


class Relation(StrEnum):
    """How what an act names stands to the item that is asked about."""

    ITSELF = "itself"
    CONTAINS = "contains"  # it went into the item, in however many steps, or is in it now
    INSIDE = "inside"  # the item is packed in it


@dataclass(frozen=True, slots=True)
class Standing:
    """An act that covers an item; `covered` is what the act names.

    `since` is the recorded time of the statement that brought it in, None where no checkpoint
    covers it; `reason` None where it is hidden or cannot be read. A closed recall still counts:
    `ended` is when it was closed.
    """

    act: Act
    covered: str
    relation: Relation
    leaf: int
    since: datetime | None
    reason: str | None
    ended: datetime | None = None

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


def standings(
    reader: Reader, genesis: Genesis, history: History, holders: Collection[str] | None = None
) -> list[Standing]:
    """The acts that the page of a history's item must tell of, the gravest first; each once.

    Read anew each time: what is in scope is right at once, and what an item came from is its
    lineage with the links that this has not taken in yet. Left out are drills, what was released
    or withdrawn, and what the item was cleared of; a hold of what it was made from; and a hold by
    others than the authority or its officers, which is its holder's own matter and is told on the
    pages of that holder. `holders` are those at the end of the way where the history is nobody's.
    """
    own = {history.actor} if holders is None else holders
    book, lineage = ActBook(reader), Lineage(reader)
    containers = _containers(lineage, history.item)
    inside = book.inside({history.item})
    around = {*history.items, *lineage.reach([history.item], forward=False), history.item}
    around |= {*containers, *inside}
    if inside:
        around |= set(lineage.reach(sorted(inside), forward=False))
    state = State(genesis, reader.source, _NOW)
    covered = [c for c in book.covering(around) if _is_told(c.act, state, own)]
    if all(one.cleared is not None for one in covered):
        return []
    come_from = _origins(reader, history, lineage, inside, containers)
    return _standings(reader, book, history.item, come_from, covered, state=state)


def _origins(
    reader: Reader,
    history: History,
    lineage: Lineage,
    inside: Collection[str],
    containers: dict[str, int | None],
) -> Origins:
    """What an item came from: by the lineage, and by links that it has not taken in yet."""
    inputs = lineage.sources(sorted({history.item, *inside}))
    inputs.setdefault(history.item, set()).update(inside)
    cursor = reader.cursors().get(FOLLOWER, 0)
    for index, checked in sorted(history.links.items()):
        if index >= cursor and checked.link is not None:
            _take_in(checked.link, history.item, inputs, containers)
    return Origins(inputs, containers)


def _containers(lineage: Lineage, item: str) -> dict[str, int | None]:
    """The containers of an item, and theirs: an outer one is left where the inner one was.

    Of several stays in one the last to end counts; in whatever circles and however deep they are.
    """
    found: dict[str, float] = {}
    todo = [(-inf, item)]  # by when it was left, the latest first, so that each is looked at once
    while todo:
        left, name = heappop(todo)
        if name in found:
            continue
        found[name] = -left
        for stay in lineage.stays(name):
            end = inf if stay.left_leaf is None else stay.left_leaf
            heappush(todo, (max(left, -end), stay.container))
    del found[item]
    return {name: None if left == inf else int(left) for name, left in found.items()}


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
    elif event.get("action") == "ADD":
        parents = [one.item for one in named if one.role is Role.PARENT]
        children = {one.item for one in named if one.role is Role.CHILD}
        if item in children:
            containers.update(dict.fromkeys(parents))
        if item in parents:
            inputs.setdefault(item, set()).update(children - {item})


def _standings(
    reader: Reader,
    book: ActBook,
    item: str,
    come_from: Origins,
    covered: Sequence[Covered],
    *,
    state: State,
) -> list[Standing]:
    acts = {one.act.leaf: one.act for one in covered}
    ends = [act.ended for act in acts.values() if act.ended is not None]
    times = {
        n: from_micros(at) for n, at in book.times([*ends, *(c.leaf for c in covered)]).items()
    }
    found = []
    for number, act in acts.items():
        rows = {one.item: one for one in covered if one.act.leaf == number}
        cleared = {name for name, row in rows.items() if row.cleared is not None}
        known = come_from if _reaches_in(act, item, state) else replace(come_from, containers={})
        hit = _nearest(item, known, act, rows, cleared)
        if hit is None or (hit[1] is Relation.CONTAINS and act.kind != "recall"):
            continue
        name, relation = hit
        leaf, why = rows[name].leaf, reason_of(reader, act.leaf)
        ended = None if act.ended is None else times.get(act.ended)
        found.append(Standing(act, name, relation, leaf, times.get(leaf), why, ended))
    return sorted(found, key=_gravity)


def _reaches_in(act: Act, item: str, state: State) -> bool:
    """Whether a recall of a container is one of the item in it.

    A producer recalls its own lots: packing another's into a crate of its own makes them no part
    of its recall.
    """
    if act.kind == "hold" or is_officer(state, act.actor):
        return True
    return is_own(item, state.party(act.actor), state.coder(item))


def _is_told(act: Act, state: State, holders: Collection[str | None]) -> bool:
    if act.drill or not act.is_in_force:
        return False
    return act.kind == "recall" or act.actor in holders or is_officer(state, act.actor)


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


def _gravity(one: Standing) -> tuple[bool, bool, int, int]:
    """Recalled, on hold, made from what is recalled; by level, the newest first."""
    is_other = one.relation is Relation.CONTAINS
    return is_other, not one.is_recall, one.act.level or 0, -one.leaf
