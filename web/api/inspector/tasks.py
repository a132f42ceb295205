"""/api/v1/tasks: what an office has to follow up, and what it notes of it."""

from dataclasses import replace

from pydantic import BaseModel, Field

from suyuan.trace.admission.access import Remit
from suyuan.trace.findings.rule import Severity
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.json_values import Day, Form, Instant, described, instant
from suyuan.trace.format.members import MAX_URI
from suyuan.trace.format.times import micros
from suyuan.trace.inspection.followup import task_list
from suyuan.trace.inspection.followup.task_list import Query
from suyuan.trace.inspection.followup.task_sources import Sources
from suyuan.trace.inspection.followup.tasks import (
    MAX_NOTE,
    Source,
    Task,
    note_faults,
    read_order,
)
from suyuan.trace.store.beside.office.task_notes import Note, NoteBook, State
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import offices, remits, viewer
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError, as_problem
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site

routes = Routes("tasks", tag="Inspection", limit="tasks 120/minute")


class TasksIn(BaseModel):
    """Which tasks: all of the remit that are not done where nothing is said."""

    division: str | None = Field(None, max_length=12, description="A division of one's remit")
    state: State | None = Field(None, description="To do, in correction, or done")
    source: Source | None = Field(None, description="Where they come from")
    severity: Severity | None = Field(None, description="How grave they are")
    assignee: str | None = Field(None, max_length=MAX_URI, description="Who does them: the URI")
    limit: int = Field(20, ge=1, le=100, description="How many at most")
    after: str | None = Field(None, max_length=2_600, description="`after` of the page before")


class NoteIn(BaseModel):
    """What an office notes of a task, in the place of what it noted before."""

    key: str = Field(min_length=1, max_length=2_500, description="`key` of a task")
    state: State
    assignee: str = Field(
        "", max_length=MAX_URI, description="The URI of your office, or of an inspector of it"
    )
    due: str = Field("", max_length=10, description="A day, 2026-12-01")
    note: str = Field("", max_length=MAX_NOTE, description="What was done; needed where it is done")


class TaskJson(Form):
    """Something to follow up; the text of a consumer's report is a stranger's words."""

    key: str
    source: Source
    severity: Severity
    title: str
    reason: str
    party: str | None = described("Whose doing or duty it is")
    item: str | None
    index: int | None = described("The record that it is about")
    since: Instant
    due: Day | None = described("The day that an office set, else that of the law")
    basis: list[str] = described("The laws that it rests on, by order and article")
    state: State
    assignee: str | None = described("The URI of an inspector, or of an office")
    note: str | None
    noted_by: str | None
    noted: Instant | None


class TasksJson(Form):
    """A page of tasks; it may be short and not the last, since each looks at a bounded number."""

    tasks: list[TaskJson]
    after: str | None = described("Where the next page begins; null at the end")


@routes.get("/tasks", INSPECTOR)
def listed(reader: Reader, query: TasksIn) -> TasksJson:
    """What is to be followed up in one's remit: the newest first."""
    within = remits.division(viewer.remit(), query.division)
    with as_problem(422, LedgerError, field="after"):
        after = None if query.after is None else read_order(query.after)
    wanted = Query(query.state, query.source, query.severity, query.assignee)
    page = task_list.page(_sources(reader, within), wanted, after, query.limit)
    further = None if page.after is None else str(page.after)
    return TasksJson([_json(task) for task in page.tasks], further)


@routes.post("/tasks", INSPECTOR, answers={404: "No such task in one's remit"})
def noted(user: SignedIn, reader: Reader, body: NoteIn) -> TaskJson:
    """Note who follows a task up, until when, and how far it is. It is signed by nobody."""
    with as_problem(404, LedgerError):
        task = task_list.find(_sources(reader, viewer.remit()), body.key)
    if task is None:
        raise ProblemError(404, "there is no such task in your remit")
    text = body.note.strip()
    people = offices.assignees(reader, task.note)
    for field, fault in note_faults(body.state, body.assignee, body.due, text, people).items():
        raise ProblemError(422, fault, field=field)
    ledger = site().ledger
    note = Note(body.key, body.state, body.assignee or None, body.due or None, text, user.uri,
                micros(ledger.now()))  # fmt: skip
    NoteBook(ledger.database.engine).put(note)
    return _json(replace(task, note=note))


def _sources(reader: Reader, remit: Remit) -> Sources:
    where = site()
    return Sources(reader, where.ledger, remit, where.ledger.now(), offices.office_of(reader))


def _json(task: Task) -> TaskJson:
    note = task.note
    return TaskJson.build(
        task,
        title=str(task.title),
        reason=str(task.reason),
        since=instant(task.order.since),
        basis=[str(citation) for citation in task.basis.citations],
        assignee=note and note.assignee,
        note=note and note.note,
        noted_by=note and note.by,
        noted=note and instant(note.at),
    )
