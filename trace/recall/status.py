"""What an item stands under: recalls and holds of it or of what is in it, and the verdict on it."""

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from heapq import heappop, heappush
from math import inf

from suyuan.trace.admission.offices import is_officer
from suyuan.trace.admission.scopes import is_own
from suyuan.trace.admission.state import Act, Genesis, State
from suyuan.trace.format.event_items import Role, mentions
from suyuan.trace.format.link import Link
from suyuan.trace.format.times import from_micros
from suyuan.trace.goods import verdicts
from suyuan.trace.goods.history import History
from suyuan.trace.goods.verdicts import Cause, Result, Tone, Verdict
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.lineage.path import Path
from suyuan.trace.store.read.act_reader import ActBook, Covered
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .course import reason_of

FOLLOWER = "lineage"
_NOW = 1 << 62  # behind all links there are: as of now, whatever their number is


class Relation(StrEnum):
    """How what an act names stands to the item that is asked about."""

    ITSELF = "itself"
    CONTAINS = "contains"  # it went into the item, in however many steps, or is in it now
    INSIDE = "inside"  # the item is packed in it


@dataclass(frozen=True, slots=True)
class ActStatus:
    """An act that covers an item; `covered` is what the act names.

    `since` is the recorded time of the statement that brought it in, `ended` that of a recall's
    closing, which still counts; `reason` is None where it is hidden or cannot be read.
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
        """Whether the recall was closed: all was done, and what turns up later is recalled too."""
        return self.act.ended is not None


@dataclass(frozen=True, slots=True)
class Origins:
    """What items were made of, and the containers of an item with the leaf at which it left."""

    inputs: Mapping[str, Collection[str]]
    containers: Mapping[str, int | None]


def statuses(
    reader: Reader, genesis: Genesis, history: History, holders: Collection[str] | None = None
) -> list[ActStatus]:
    """The acts that the page of a history's item must name, the gravest first; each once.

    Read anew each time, with the links that the lineage has not taken in yet. Left out are drills,
    what was released, withdrawn or cleared, a hold of what it was made from, and a hold by others
    than officers on the pages of others than its holder, who are `holders` at the end of the way.
    """
    own = {history.actor} if holders is None else holders
    book, lineage = ActBook(reader), Lineage(reader)
    containers = _containers(lineage, history.item)
    inside = book.inside({history.item})
    around = {*history.items, *lineage.reach([history.item], forward=False), history.item}
    around |= {*containers, *inside}
    if inside:
        around |= set(lineage.reach(sorted(inside), forward=False))
    state = State(genesis, reader, _NOW)
    covered = [c for c in book.covering(around) if _is_public(c.act, state, own)]
    if all(row.cleared is not None for row in covered):
        return []
    inputs = lineage.sources(sorted({history.item, *inside}))
    inputs.setdefault(history.item, set()).update(inside)
    cursor = reader.cursors().get(FOLLOWER, 0)
    for index, checked in sorted(history.links.items()):  # which the lineage has not taken in yet
        if index >= cursor and checked.link is not None:
            _take_in(checked.link, history.item, inputs, containers)
    come_from = Origins(inputs, containers)
    return _statuses(reader, book, history.item, come_from, covered, state=state)


def stopped(
    reader: Reader, genesis: Genesis, items: Collection[str], holder: str
) -> dict[str, Act]:
    """The act by which the ledger refuses a holder's sale of each of these items, if there is one.

    A recall before a hold. Right at once, as appending itself decides it.
    """
    state = State(genesis, reader, _NOW)
    covered = [
        row
        for row in ActBook(reader).covering(items)
        if row.cleared is None and _is_public(row.act, state, {holder})
    ]
    return {row.item: row.act for row in sorted(covered, key=lambda row: row.act.kind)}


def _containers(lineage: Lineage, item: str) -> dict[str, int | None]:
    """The containers of an item, and theirs; an outer one is left where the inner one was."""
    left_at: dict[str, float] = {}
    todo = [(-inf, item)]  # by when it was left, the latest first, so that each is looked at once
    while todo:
        left, name = heappop(todo)
        if name in left_at:
            continue
        left_at[name] = -left
        for stay in lineage.stays(name):
            end = inf if stay.left_leaf is None else stay.left_leaf
            heappush(todo, (max(left, -end), stay.container))
    del left_at[item]
    return {name: None if left == inf else int(left) for name, left in left_at.items()}


def _take_in(
    link: Link, item: str, inputs: dict[str, set[str]], containers: dict[str, int | None]
) -> None:
    event = link.event
    if event is None or "errorDeclaration" in event:
        return
    named = list(mentions(event))
    if event.get("type") == "TransformationEvent":
        into = {mention.item for mention in named if mention.role is Role.INPUT}
        for mention in named:
            if mention.role is Role.OUTPUT:
                inputs.setdefault(mention.item, set()).update(into - {mention.item})
    elif event.get("action") == "ADD":
        parents = [mention.item for mention in named if mention.role is Role.PARENT]
        children = {mention.item for mention in named if mention.role is Role.CHILD}
        if item in children:
            containers.update(dict.fromkeys(parents))
        if item in parents:
            inputs.setdefault(item, set()).update(children - {item})


def _statuses(
    reader: Reader,
    book: ActBook,
    item: str,
    come_from: Origins,
    covered: Sequence[Covered],
    *,
    state: State,
) -> list[ActStatus]:
    acts = {row.act.leaf: row.act for row in covered}
    ends = [act.ended for act in acts.values() if act.ended is not None]
    times = {
        n: from_micros(at) for n, at in book.times([*ends, *(c.leaf for c in covered)]).items()
    }
    under = []
    for number, act in acts.items():
        rows = {row.item: row for row in covered if row.act.leaf == number}
        cleared = {name for name, row in rows.items() if row.cleared is not None}
        known = come_from if _reaches_in(act, item, state) else replace(come_from, containers={})
        hit = _nearest(item, known, act, rows, cleared)
        if hit is None or (hit[1] is Relation.CONTAINS and act.kind != "recall"):
            continue
        name, relation = hit
        leaf, why = rows[name].leaf, reason_of(reader, act.leaf)
        ended = None if act.ended is None else times.get(act.ended)
        under.append(ActStatus(act, name, relation, leaf, times.get(leaf), why, ended))
    return sorted(under, key=_gravity)


def _reaches_in(act: Act, item: str, state: State) -> bool:
    """Whether an act on a container is one on the item in it: not of another's lot."""
    if act.kind == "hold" or is_officer(state, act.actor):
        return True
    return is_own(item, state.party(act.actor), state.coder(item))


def _is_public(act: Act, state: State, holders: Collection[str | None]) -> bool:
    if not act.stops:
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


def _gravity(status: ActStatus) -> tuple[bool, bool, int, int]:
    """Recalled, on hold, made from what is recalled; by level, the newest first."""
    is_other = status.relation is Relation.CONTAINS
    return is_other, not status.is_recall, status.act.level or 0, -status.leaf


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with what it rests on: the way, the results of tests, the acts in force."""

    path: Path
    results: list[Result]
    statuses: list[ActStatus]
    verdict: Verdict

    def with_more(self, causes: Iterable[Cause]) -> "Judgement":
        """The judgement with the caller's causes from beside the ledger's links added."""
        verdict = verdicts.verdict([*self.verdict.causes, *causes], self.verdict.purchases)
        return replace(self, verdict=verdict)


def judge(
    reader: Reader, genesis: Genesis, history: History, *, today: int | None = None
) -> Judgement:
    """The verdict on a history's item, as of this reader's moment (section 10 of the format).

    `today` is the day since 1970 in China by which its shelf life is judged. Events by reference
    that cannot be read, and labels, are for the caller to add.
    """
    path = history.path(history.verifier or Verifier(reader, genesis))
    judged = verdicts.judge(path, history.good_links(with_aside=True).items(), today)
    under = [
        entry
        for entry in statuses(reader, genesis, history, {actor for _, actor in path.ends})
        if history.is_cut or entry.relation is not Relation.CONTAINS or entry.covered in path.items
    ]
    known = {(cause.code, cause.item, cause.actor) for cause in judged.causes}
    causes = [
        *_broken(history),
        *(_act(entry) for entry in under),
        *_undecided(reader, history, path),
        *judged.causes,
        *(c for c in _grave(reader, path) if (c.code, c.item, c.actor) not in known),
    ]
    verdict = verdicts.verdict(causes, judged.purchases)
    return Judgement(path, judged.results, under, verdict)


def _broken(history: History) -> Iterator[Cause]:
    for gap in history.gaps:
        yield Cause(verdicts.State.BROKEN, "gap", gap.place.item, gap.place.actor, tone=Tone.BAD)
    for index, checked in history.links.items():
        if not checked.is_good:
            code = str(checked.problems[0].rule)
            yield Cause(verdicts.State.BROKEN, code, index=index, tone=Tone.BAD)


def _act(status: ActStatus) -> Cause:
    kind = "recall" if status.is_recall else "hold"
    is_itself = status.relation is not Relation.CONTAINS
    return verdicts.acted(kind, status.covered, status.act.actor, status.leaf, is_itself=is_itself)


def _grave(reader: Reader, path: Path) -> Iterator[Cause]:
    """The grave findings about items on a way that rest on links of its actors alone.

    Those of others decide nothing: a stranger could colour a rival's page.
    """
    actors = path.actors
    lineage, rules = Lineage(reader), sorted(verdicts.GRAVE)
    for item, findings in sorted(lineage.findings_of(sorted(path.items), rules).items()):
        for finding in findings:
            code = verdicts.GRAVE[finding.rule]
            links = (path.links.get(leaf) or reader.parsed(leaf) for leaf in finding.evidence)
            if all(link is not None and link.actor in actors for link in links):
                yield Cause(verdicts.State.CONTRADICTED, code, item, finding.actor, finding.leaf)


def _undecided(reader: Reader, history: History, path: Path) -> Iterator[Cause]:
    if history.is_cut:
        yield Cause(verdicts.State.UNDECIDED, "cut")
    for sha256, actor in verdicts.documents(path):
        row = reader.document(sha256, actor)
        if row is not None and row[1] is None:
            yield Cause(verdicts.State.UNDECIDED, "unfinished", sha256, actor)
