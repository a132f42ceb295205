"""`suyuan reports`: consumers' reports of foods and labels."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from suyuan.trace.admission.access import Access, Remit
from suyuan.trace.exchange.spreadsheets import MOST_ROWS, comma_separated, xlsx
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg, msg_in, row
from suyuan.trace.inspection import complaints
from suyuan.trace.inspection.complaints import KIND_WORDS, KINDS, Complaint, Complaints, Said
from suyuan.trace.inspection.reported.platform_decisions import HEADINGS, cells, handled
from suyuan.trace.inspection.reported.platform_table import MAX_FILE, take
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.store.beside.office.task_notes import Note, NoteBook
from suyuan.trace.store.files import durable
from suyuan.trace.store.read.reader import Reader

from ..command import Run, argument, command, option
from ..command_help import Group
from ..files import require_size, staged
from ..terminal import DONE, USAGE, Text, language, local_time, say, words

_OFFICE = option(help="As which office [default: the authority].")
_ERASED = msg("what it said is erased, or its key is not here")
reports = Group(
    "reports", help="What consumers reported of foods and labels, each under a receipt number."
)


@command("list", reports, json=True)
def list_reports(
    run: Run,
    kind: str | None = option(type=click.Choice(KINDS), help="Of one kind."),
    code: str | None = option(help="About one trace code."),
    is_open: bool = option("--open", help="Not dealt with yet."),
    limit: int = option(type=click.IntRange(1, 100_000), default=100),
) -> None:
    """The reports, the newest first."""
    bare, book = None if code is None else code.replace("-", "").upper(), Complaints(run.home)
    with run.reading() as reader:
        done_of = complaints.done_in(reader)
        wanted = (
            (report, done_of(report))
            for report in book.all()
            if kind in (None, report.kind) and bare in (None, report.code)
        )
        found = islice((pair for pair in wanted if not (is_open and pair[1])), limit)
        listed = [(report, book.said(report), done) for report, done in found]
    run.answer(
        [complaints.as_json(*row) for row in listed],
        (
            row(
                _head(report),
                msg_in("report", "done") if done else msg_in("report", "open"),
                said.text[:60] if said else _ERASED,
            )
            for report, said, done in listed
        ),
        *([] if listed else [msg("no reports")]),
    )


@command("show", reports, json=True)
def show_report(
    run: Run,
    number: str = argument(),
    photo: Path | None = option(help="Write the photo here."),
) -> None:
    """One report, and its photo as a file."""
    book = Complaints(run.home)
    report = _report(book, number)
    if photo is not None:
        data = book.photo(report)
        if data is None:
            raise LedgerError("report %s has no photo", complaints.shown(report.number))
        durable.replace(photo.absolute(), data)
    with run.reading() as reader:
        done = complaints.done_in(reader)(report)
    said = book.said(report)
    run.answer(complaints.as_json(report, said, done), _lines(report, said, done))


@command("import", reports, json=True)
def import_reports(run: Run, file: Path = argument(), office: str | None = _OFFICE) -> int:
    """Take in complaints from a table of the national 12315 platform, CSV or XLSX.

    Each number once. Ends with 2 where a row is wrong: it says what to do, and keeps no other out.
    """
    require_size(file, MAX_FILE)
    with run.reading(patient=True) as reader, file.open("rb") as data:
        _, remit = _office(run, reader, office)
        try:
            taken = take(run.ledger, reader, remit, data, file.name)
        except TableError as error:
            raise LedgerError(error.message) from None
    wrong = [{"row": one.row, "why": str(one)} for one in taken.wrong]
    new = [report.number for report in taken.new]
    notes = [msg("%s new, %s were there already, %s wrong", len(new), len(taken.there), len(wrong))]
    notes += [problem.message for problem in taken.wrong]
    run.answer(
        {"new": new, "there": taken.there, "wrong": wrong}, map(complaints.shown, new), *notes
    )
    return USAGE if wrong else DONE


@command("export", reports)
def export_reports(
    run: Run,
    output: Path = option("-o", "--output", help="The new file, .csv or .xlsx."),
    office: str | None = _OFFICE,
) -> None:
    """Write what an office decided of complaints from 12315, to be handed back there."""
    with run.reading(patient=True) as reader:
        whose, remit = _office(run, reader, office)
        decisions = handled(reader, run.ledger, whose, remit, MOST_ROWS)
        rows = [cells(one, language(), reader.name) for one in decisions]
    headings = list(map(words, HEADINGS))
    data = comma_separated(headings, rows)
    if output.suffix.lower() == ".xlsx":
        data = xlsx("12315", headings, rows)
    with staged(output, private=True) as file:
        file.write(data)


def _office(run: Run, reader: Reader, text: str | None) -> tuple[str, Remit]:
    """The office that is named, else the authority, and the parties that it looks after."""
    office = run.genesis.authority if text is None else run.party(text)
    remit = Access(reader, run.genesis).remit(office)
    if remit is None:
        raise LedgerError("%s is no office, nor an inspector of one", office)
    return office, remit


@command("erase", reports)
def erase_report(run: Run, number: str = argument()) -> None:
    """Erase what a report says of persons, for ever: words, name, telephone and photo.

    Its number stays, and where it stands.
    """
    book = Complaints(run.home)
    book.erase(_report(book, number))
    say("erased")


@command("delete", reports)
def delete_report(run: Run, number: str = argument()) -> None:
    """Remove a report for good, as one that tells of a person who asks for it."""
    book = Complaints(run.home)
    report = _report(book, number)
    book.delete(report)
    NoteBook(run.ledger.database.engine).remove(complaints.key_of(report))
    say("deleted")


def _report(book: Complaints, number: str) -> Complaint:
    report = book.find(number)
    if report is None:
        raise LedgerError(
            "there is no report %s: `suyuan reports list` shows them", repr(number[:40])
        )
    return report


def _head(report: Complaint) -> Message:
    number = complaints.shown(report.number)
    return row(number, local_time(report.received), KIND_WORDS[report.kind], report.code)


def _lines(report: Complaint, said: Said | None, done: Note | None) -> Iterator[Text]:
    yield _head(report)
    for title, value in (
        (msg("label: %(value)s"), report.serial),
        (msg("item: %(value)s"), report.item),
        (msg("holder: %(value)s"), report.holder),
        (msg("number on the national platform: %(value)s"), report.source),
        (msg("name: %(value)s"), said and said.name),
        (msg("contact: %(value)s"), said and said.contact),
    ):
        if value:
            yield Message(title.msgid, {"value": value})
    if report.has_photo:
        yield msg("with a photo")
    yield from said.text.splitlines() if said else [_ERASED]
    if done is not None:
        yield msg("dealt with %s by %s: %s", local_time(done.at), done.by, done.note)
