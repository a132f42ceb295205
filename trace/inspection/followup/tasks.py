"""What an office follows up, whatever it came from: findings, reports, overdue answers, and more.

A task is worked out anew from its source, each time that it is shown: nobody can take one away but
by what ends it, a correction, an answer, or an office's own note (store/beside/task_notes.py).
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from suyuan.trace.findings.basis import Basis, basis_of
from suyuan.trace.findings.rule import Severity
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.store.beside.office.task_notes import Note, State

from .early_warnings import thresholds

MAX_NOTE = 500
_LONGEST_KEY = 2_500
_DAY, _YEARS = len("2026-11-24"), range(2000, 9000)


class Source(StrEnum):
    """What a task comes from."""

    FINDING = "finding"
    REPORT = "report"  # of a consumer
    OVERDUE = "overdue"  # an answer to a dispatch
    SILENT = "silent"  # who holds what is recalled, and has not answered
    PAPER = "paper"  # a licence or certificate that expires
    CASE = "case"  # what an office follows from stage to stage
    WARNING = "warning"  # what repeats about one party
    DRAWN = "drawn"  # whom a draw of the viewer's own office names, until it is opened


Place = tuple[int, str, str]  # within its source: a number, and what tells those of one apart


@dataclass(frozen=True, slots=True)
class Order:
    """Where a task stands in the list, the newest first: since when (microseconds), its source."""

    since: int
    source: Source
    place: Place

    @property
    def key(self) -> str:
        """The task's name, always the same: `finding:12/overdrawn/https://…`."""
        return f"{self.source.value}:" + "/".join(str(part) for part in self.place if part != "")

    @property
    def rank(self) -> tuple[int, str, Place]:
        """By which orders are compared."""
        return self.since, self.source.value, self.place

    def __str__(self) -> str:
        return f"{self.since}|{self.key}"


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be followed up: `title` is what it is, `reason` what is wrong, in a message.

    `party` is whose doing or duty it is, `item` what it is about, `index` the record that it leads
    to, `of` the finding's rule, the kind of a report or the act's URI; `legal_due` the day that
    the law gives. `kind` is what its basis is looked up by.
    """

    order: Order
    severity: Severity
    title: Message
    reason: Message | str
    party: str | None = None
    item: str | None = None
    index: int | None = None
    of: str | None = None
    legal_due: date | None = None
    is_drill: bool = False
    note: Note | None = field(default=None)

    @property
    def key(self) -> str:
        """Its name."""
        return self.order.key

    @property
    def source(self) -> Source:
        """What it comes from."""
        return self.order.source

    @property
    def state(self) -> State:
        """How far it is."""
        return State.TODO if self.note is None else State(self.note.state)

    @property
    def due(self) -> date | None:
        """The day that an office set, else that of the law."""
        if self.note is not None and self.note.due is not None:
            return date.fromisoformat(self.note.due)
        return self.legal_due

    @property
    def basis(self) -> Basis:
        """The law that it rests on."""
        if self.source is Source.WARNING and (known := thresholds().get(str(self.of))):
            return Basis((known.source,))
        is_finding = self.source is Source.FINDING and self.of is not None
        return basis_of(str(self.of) if is_finding else self.source.value)


def note_faults(
    state: str, assignee: str, due: str, note: str, people: Collection[str]
) -> dict[str, Message]:
    """What is wrong with what an office notes of a task, by field; empty where nothing is.

    `people` are those who may do it, by URI.
    """
    faults = {}
    if state not in set(State):
        faults["state"] = msg("Choose how far it is.")
    if assignee and assignee not in people:
        faults["assignee"] = msg("Choose somebody of your office.")
    if due and not _is_day(due):
        faults["due"] = msg("A day of the calendar, 2026-11-24.")
    if len(note) > MAX_NOTE or (state == State.DONE and not note):
        faults["note"] = msg("Say what was done, in at most %(num)s characters.", num=MAX_NOTE)
    return faults


def _is_day(text: str) -> bool:
    try:
        return len(text) == _DAY and date.fromisoformat(text).year in _YEARS
    except ValueError:
        return False


def read_key(text: str) -> tuple[Source, Place]:
    """The source and the place that a key names; LedgerError for a text that is none."""
    source, colon, rest = text.partition(":")
    number, _, more = rest.partition("/")
    is_number = number.isascii() and number.isdigit() and len(number) < 18
    if not colon or source not in set(Source) or len(text) > _LONGEST_KEY or not is_number:
        raise LedgerError("%s is no task", repr(text[:80]))
    first, _, second = more.partition("/") if source == Source.FINDING else (more, "", "")
    return Source(source), (int(number), first, second)


def read_order(text: str) -> Order:
    """The order that `str` wrote; LedgerError for any other text."""
    since, _, key = text.partition("|")
    if not (since.isascii() and since.isdigit() and len(since) < 18):
        raise LedgerError("%s is no place in a list of tasks", repr(text[:80]))
    return Order(int(since), *read_key(key))
