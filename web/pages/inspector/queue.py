"""/inspect, /inspect/queue: what an office follows up, as one list; each task, and its note."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.findings.rule import Severity
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import divisions
from suyuan.trace.format.members import MAX_URI
from suyuan.trace.format.messages import Message
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.inspection import case_kinds, complaints
from suyuan.trace.inspection.complaints import Complaints
from suyuan.trace.inspection.coverage import category_words
from suyuan.trace.inspection.followup import task_list
from suyuan.trace.inspection.followup.division_report import division_report
from suyuan.trace.inspection.followup.task_list import Query, TaskPage
from suyuan.trace.inspection.followup.task_sources import Sources
from suyuan.trace.inspection.followup.tasks import (
    MAX_NOTE,
    Order,
    Source,
    Task,
    note_faults,
    read_order,
)
from suyuan.trace.inspection.reported.handling import KINDS, cases_of
from suyuan.trace.store.beside.jobs import JobBook
from suyuan.trace.store.beside.office.task_notes import Note, NoteBook, State
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.watch.notify.task_notices import TaskNotices, is_remindable
from suyuan.web.app import sheets
from suyuan.web.app.access import offices, remits, viewer
from suyuan.web.app.access.cases import looking
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text import shown, words
from suyuan.web.text.languages import keep_language
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import Words, translated
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

from ..consumer.complaining import KIND_WORDS
from .inspect import CHOOSING, again, division_asked, names_of, render

routes = Routes("queue", prefix="/inspect")
MOST, OLDEST = 30, 10
_TASK = "/inspect/task"
_HEADINGS = (
    _l("How bad"), _l("Task"), _l("What is wrong"), _l("Whose"), _l("What it is about"),
    _l("Record"), _l("Since"), _l("Due"), _l("State"), _l("Who does it"),
    _l("What was done about it"), _l("Legal basis"),
)  # fmt: skip
_FIELDS = ("state", "assignee", "due", "note")
_LIMIT = "tasks 120/minute"
SOURCES: Mapping[Source, Words] = {
    Source.FINDING: _l("Finding"),
    Source.REPORT: _l("Consumer's report"),
    Source.OVERDUE: _l("Receipt overdue"),
    Source.SILENT: _l("Recall unanswered"),
    Source.PAPER: _l("Paper that expires"),
    Source.CASE: _l("Case"),
    Source.WARNING: _l("Early warning"),
    Source.DRAWN: _l("Draw"),
}
STATES: Mapping[State, Words] = {
    State.TODO: _l("To do"),
    State.CORRECTING: _l("In correction"),
    State.DONE: _l("Done"),
}


def queue_values(reader: Reader, page: TaskPage) -> dict[str, Any]:
    """What the table of tasks shows besides the tasks: names, words, today, the next page."""
    return {
        "tasks": page.tasks,
        "items": names_of(reader, [task.item for task in page.tasks if task.item is not None]),
        "sources": SOURCES,
        "states": STATES,
        "kinds": KIND_WORDS,
        "today": site().ledger.now().astimezone(zone()).date(),
        "is_remindable": is_remindable,
        "task_url": task_url,
        "people": offices.assignees(reader),
        "next": None if page.after is None else again(after=str(page.after)),
    }


def sources_of(reader: Reader, division: str = "") -> Sources:
    """The sources of the viewer's tasks, of a division of its remit where one is given."""
    remit = remits.division(viewer.remit(), division)
    where = site()
    return Sources(reader, where.ledger, remit, where.ledger.now(), offices.office_of(reader))


def task_url(task: Task) -> str:
    """The page of a task."""
    return keep_language(_TASK, key=task.key)


@routes.get("", INSPECTOR, patient=True)
def desk(reader: Reader) -> Response:
    """What is to be followed up in a division of one's remit, and its state in figures."""
    now = micros(site().ledger.now())
    remit = viewer.remit()
    division, wrong = division_asked(remit)
    within = remits.division(remit, division)
    page = task_list.page(sources_of(reader, division), Query(), most=OLDEST)
    return render(
        "inspector/inspect.html",
        reader,
        report=division_report(reader, site().ledger.home, within, now),
        division=division,
        typed=request.args.get("division", "")[: divisions.LONGEST] if wrong else division,
        module=CHOOSING,
        wrong=wrong,
        remit=remit,
        levels=words.LEVELS,
        categories=category_words(),
        **queue_values(reader, page),
    )


@routes.get("/queue", INSPECTOR, patient=True)
def listed(reader: Reader) -> Response:
    """The tasks of one's remit, or of a division of it, that are asked for."""
    division, _wrong = division_asked(viewer.remit())
    query, sources = asked(), sources_of(reader, division)
    if sheets.is_asked():
        page = task_list.page(sources, query, most=sheets.MOST)
        return sheets.sheet(_("To follow up"), _HEADINGS, _rows(reader, page))
    page = task_list.page(sources, query, _after(), MOST)
    return render(
        "inspector/queue.html",
        reader,
        query=query,
        division=division,
        severities=words.vocabulary()["severities"],
        size=reader.cursors().get("lineage", 0),
        sheet=again(format="xlsx", after=None),
        **queue_values(reader, page),
    )


def _rows(reader: Reader, page: TaskPage) -> Iterator[list[Cell]]:
    """The tasks of a page as rows of the spreadsheet; no consumer's words are in it."""
    name, people = namer(reader), offices.assignees(reader)
    items = names_of(reader, [task.item for task in page.tasks if task.item is not None])
    for task in page.tasks:
        note, is_report = task.note, task.source is Source.REPORT
        yield [
            words.severity(task.severity.value), str(SOURCES[task.source]),
            str(KIND_WORDS[str(task.of)]) if is_report else _wrong(task),
            None if task.party is None else name(task.party),
            None if task.item is None else items[task.item],
            task.index, shown.moment(from_micros(task.order.since)),
            None if task.due is None else shown.day(task.due), str(STATES[task.state]),
            _assignee(note, people, name), None if note is None else note.note,
            _("; ").join(map(translated, task.basis.citations)),
        ]  # fmt: skip


def _wrong(task: Task) -> str:
    """Its title; of a case what is due or waited for too, since each has several tasks."""
    if task.source is Source.CASE and isinstance(task.reason, Message):
        return _("; ").join(map(translated, (task.title, task.reason)))
    return translated(task.title)


def _assignee(
    note: Note | None, people: Mapping[str, str], name: Callable[[str | None], str]
) -> str | None:
    uri = None if note is None else note.assignee
    return None if uri is None else people.get(uri) or name(uri)


def asked() -> Query:
    """What the query asks for; a value that is none asks for everything."""
    state, source, severity = (request.args.get(n, "") for n in ("state", "source", "severity"))
    return Query(
        State(state) if state in set(State) else None,
        Source(source) if source in set(Source) else None,
        Severity(severity) if severity in set(Severity) else None,
        request.args.get("assignee", "")[:MAX_URI] or None,
    )


def _after() -> Order | None:
    try:
        return read_order(request.args["after"]) if "after" in request.args else None
    except LedgerError:  # a place that nobody was given: from the beginning
        return None


@routes.get("/task", INSPECTOR, back="/inspect/queue")
def shown_task(reader: Reader) -> Response:
    """One task: what it is about, on what law it rests, what was noted of it."""
    return _shown(reader, task_of(reader, request.args.get("key", "")))


@routes.post("/task", INSPECTOR, limit=_LIMIT)
def noted(user: SignedIn, reader: Reader) -> Response | Redirect:
    """Note who does it, until when and how far it is, or remind the party; without a script."""
    task = task_of(reader, request.form.get("key", ""))
    if request.form.get("what") == "remind":
        return _reminded(reader, task)
    form = {name: request.form.get(name, "").strip() for name in _FIELDS}
    form["note"] = form["note"].replace("\r\n", "\n")
    if wrong := note_faults(**form, people=offices.assignees(reader, task.note)):
        response = _shown(reader, task, form, wrong)
        response.status_code = 422
        return response
    where = site().ledger
    note = Note(
        task.key, form["state"], form["assignee"] or None, form["due"] or None,
        form["note"], user.uri, micros(where.now()),
    )  # fmt: skip
    NoteBook(where.database.engine).put(note)
    return redirect(keep_language("/inspect/queue", state=request.form.get("from") or None), 303)


def task_of(reader: Reader, key: str) -> Task:
    """The task with a key, in the viewer's remit; a problem where there is none."""
    try:
        task = task_list.find(sources_of(reader), key)
    except LedgerError:
        task = None
    if task is None:
        raise ProblemError(404, _("Nothing is to be done here any more, or not by you."))
    return task


def _reminded(reader: Reader, task: Task) -> Response:
    """Hand over a reminder, and say to how many addresses."""
    if not is_remindable(task):
        raise ProblemError(422, _("Nobody is to be reminded of this."))
    ledger = site().ledger
    jobs = TaskNotices(reader, ledger, ledger.now()).reminders(task)
    JobBook(ledger.database.engine).put(jobs)
    return _shown(reader, task, reminded=len(jobs))


def _of_report(reader: Reader, task: Task) -> dict[str, Any]:
    """What the page of a consumer's report has besides: who said what, where one may read it."""
    book, who = Complaints(site().ledger.home), looking(reader)
    report = book.find(task.order.place[1])
    assert report is not None
    acts = cases_of(reader, [report.number]).get(report.number, [])
    reads = who.reads(reader, report)
    had = {act.sort for act in acts}
    openable = [case_kinds.kinds()[kind] for kind in KINDS if reads and kind not in had]
    scripts = {"module": "pages/inspector/case.js", "words": words.vocabulary()}
    return {
        "report": report,
        "said": book.said(report) if reads else None,
        "reads": reads,
        "acts": acts,
        "case_kinds": case_kinds.kinds(),
        "openable": openable,
    } | (scripts if openable else {})


def _shown(
    reader: Reader,
    task: Task,
    form: dict[str, str] | None = None,
    wrong: Mapping[str, Message] | None = None,
    *,
    reminded: int | None = None,
) -> Response:
    of_report = _of_report(reader, task) if task.source is Source.REPORT else {}
    note = task.note
    typed = form or {
        "state": task.state.value,
        "assignee": (note and note.assignee) or "",
        "due": (note and note.due) or "",
        "note": note.note if note else "",
    }
    response = render(
        "inspector/task.html",
        reader,
        task=task,
        number=complaints.shown,
        typed=typed,
        wrong=wrong or {},
        reminded=reminded,
        most_note=MAX_NOTE,
        assignees=offices.assignees(reader, note),
        **of_report,
        **queue_values(reader, TaskPage((task,), None)),
    )
    # Without a referrer at all browsers send forms with the origin `null`.
    response.headers["Referrer-Policy"] = "same-origin"
    return response
