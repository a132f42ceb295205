"""The list of tasks of a remit, page by page, each with what was noted of it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from heapq import merge
from itertools import islice

from suyuan.trace.findings.rule import Severity
from suyuan.trace.store.beside.office.task_notes import State, noted, notes_of

from .task_sources import Looked, Sources
from .tasks import Order, Source, Task, read_key

LOOKED = 2_000  # rows that one page looks at
_BLOCK = 100


@dataclass(frozen=True, slots=True)
class Query:
    """Which tasks: those not done where no state is given; all of them otherwise."""

    state: State | None = None
    source: Source | None = None
    severity: Severity | None = None
    assignee: str | None = None

    def takes(self, task: Task) -> bool:
        """Whether a task is asked for."""
        is_of_state = (
            task.state is not State.DONE if self.state is None else task.state is self.state
        )
        return (
            is_of_state
            and self.source in (None, task.source)
            and self.severity in (None, task.severity)
            and self.assignee in (None, task.note and task.note.assignee)
        )


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Some tasks; `after` is where the next page begins, None at the end.

    A page may be short and not the last: each looks at a bounded number of rows.
    """

    tasks: tuple[Task, ...]
    after: Order | None


def page(sources: Sources, query: Query, after: Order | None = None, most: int = 20) -> TaskPage:
    """The next tasks that are asked for: the newest first, or the newest noted first.

    What is in correction, done, or somebody's is found by the notes, all else by its source.
    """
    is_noted = query.state in (State.CORRECTING, State.DONE) or query.assignee is not None
    rows = _noted(sources, query, after) if is_noted else _all(sources, query, after, most + 1)
    tasks: list[Task] = []
    last = None
    for looked, (order, task) in enumerate(rows):
        if looked == LOOKED or len(tasks) == most:
            return TaskPage(tuple(tasks), last)
        last = order
        if task is not None and query.takes(task):
            tasks.append(task)
    return TaskPage(tuple(tasks), None)


def find(sources: Sources, key: str) -> Task | None:
    """The task with a key, with its note; None where it is none, or not of this remit.

    LedgerError for what is no key.
    """
    task = sources.find(*read_key(key))
    return None if task is None else replace(task, note=notes_of(sources.reader, [key]).get(key))


def _all(sources: Sources, query: Query, after: Order | None, first: int) -> Iterator[Looked]:
    """Those behind a place; so many are looked at first as a page takes, then in blocks."""
    wanted = Source if query.source is None else (query.source,)
    parts = (sources.behind(source, after, query.severity) for source in wanted)
    rows = merge(*parts, key=lambda row: row[0].rank, reverse=True)
    while block := list(islice(rows, min(first, _BLOCK))):
        first = _BLOCK
        notes = notes_of(sources.reader, [task.key for _, task in block if task is not None])
        for order, task in block:
            yield order, task and replace(task, note=notes.get(task.key))


def _noted(sources: Sources, query: Query, after: Order | None) -> Iterator[Looked]:
    place = None if after is None else (after.since, after.key)
    notes = noted(
        sources.reader, state=query.state, assignee=query.assignee, after=place, most=LOOKED + 1
    )
    for note in notes:
        source, where = read_key(note.key)
        task = sources.find(source, where) if query.source in (None, source) else None
        yield Order(note.at, source, where), task and replace(task, note=note)
