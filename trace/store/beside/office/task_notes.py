"""What offices note of what there is to follow up: who does it, until when, how far it is."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import delete, select

from ...read.reader import Reader
from ...selecting import chunks
from .. import sealed_rows
from ..repository import Repository, row_of, value_of
from ..schema_beside import task

_c = task.c
Place = tuple[int, str]  # `at` and `key`


class State(StrEnum):
    """How far a task is; what nobody has noted anything of is to be done."""

    TODO = "todo"
    CORRECTING = "correcting"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Note:
    """What an office noted last of the task with this key: `at` microseconds UTC, `due` a day."""

    key: str
    state: str
    assignee: str | None
    due: str | None
    note: str
    by: str
    at: int


class NoteBook(Repository[Note]):
    """The notes of one ledger's offices, to be written."""

    table, noun, value = task, "notes of tasks", staticmethod(value_of(Note))

    def put(self, note: Note) -> None:
        """Write a note in the place of the one before, believed or not."""
        with self.writing() as connection:
            connection.execute(delete(task).where(_c.key == note.key))
            sealed_rows.add(connection, task, row_of(note))

    def remove(self, key: str) -> None:
        """Take a note away; nothing where there is none."""
        with self.writing() as connection:
            connection.execute(delete(task).where(_c.key == key))


def notes_of(reader: Reader, keys: Collection[str]) -> dict[str, Note]:
    """The notes of these tasks, by key."""
    queries = (select(task).where(_c.key.in_(part)) for part in chunks(sorted(set(keys))))
    return {note.key: note for query in queries for note in NoteBook.of(reader, query)}


def noted(
    reader: Reader,
    *,
    state: State | None,
    assignee: str | None,
    after: Place | None,
    most: int,
) -> list[Note]:
    """So many notes of a state or of an assignee, the newest first, behind a place."""
    query = select(task)
    if state is not None:
        query = query.where(_c.state == state.value)
    if assignee is not None:
        query = query.where(_c.assignee == assignee)
    if after is not None:
        at, key = after
        query = query.where(_c.at <= at, (_c.at < at) | (_c.key < key))
    query = query.order_by(_c.at.desc(), _c.key.desc()).limit(most)
    return NoteBook.of(reader, query)
