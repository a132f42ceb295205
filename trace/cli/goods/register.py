"""`suyuan register`: many batches from a table."""

import csv
import hashlib
import io
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recording import bulk
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.recording.imports.batches import Batch, RowProblem, coding
from suyuan.trace.recording.imports.registering import BLOCK, media_type, open_table, rows_of
from suyuan.trace.recording.imports.table import count_rows
from suyuan.trace.recording.imports.table import template as empty_table

from ..command import Run, argument, command, follow, option
from ..files import staged
from ..terminal import Text, progress_bar, say

_SHOWN = 200
MAX_FILE = 256 * 1024 * 1024


@dataclass(slots=True)
class _Checked:
    """The result of reading a table once: the number of good rows, the bad rows, the problems."""

    good: int = 0
    bad: set[int] = field(default_factory=set)
    problems: list[RowProblem] = field(default_factory=list)
    refused: int = 0
    notes: tuple[Message, ...] = ()

    def refuse(self, row: int, problems: Sequence[RowProblem]) -> None:
        self.bad.add(row)
        self.refused += len(problems)
        self.problems.extend(problems[: max(0, _SHOWN - len(self.problems))])

    def report(self) -> None:
        for note in self.notes:
            say(note)
        for problem in self.problems:
            say(problem.message)
        if self.refused > len(self.problems):
            say("… and %s more problems", self.refused - len(self.problems))


@command("register", signs=True, json=True)
def register(
    run: Run,
    file: Path = argument(),
    partial: bool = option(help="Take the good rows where others are refused."),
    template: bool = option(help="Write an empty table to FILE instead."),
    out: Path | None = option(
        "-o",
        "--codes",
        help="Write trace code, product and URI of each batch to this new CSV file.",
    ),
) -> int:
    """Source coding (赋码) of all batches in FILE: CSV or XLSX, Chinese or English headings."""
    if template:
        if file.suffix.lower() != ".xlsx":
            raise LedgerError("%s: a template is written as .xlsx", file)
        with staged(file) as whole:
            whole.write(empty_table())
        return 0
    ledger = run.ledger
    with nullcontext() if out is None else staged(out) as codes_file:
        run.require_key()
        source = source_of(file)
        started = time.monotonic()
        checked = None
        with progress_bar(msg("resuming")) as tell:
            done = bulk.resume(ledger, run.pen, source, tell)
        if done is None:
            with progress_bar(msg("checking")) as tell:
                checked = check(ledger, run.pen, file, tell)
            checked.report()
            if checked.refused and not partial:
                bad = len(checked.bad)
                raise LedgerError(
                    "rows refused: %s, nothing written; --partial takes the others", bad
                )
            done = _append(ledger, run.pen, file, source, checked)
        seconds = time.monotonic() - started
        follow(ledger)
        if codes_file is not None:
            _write_codes(ledger, run.pen.actor, source, codes_file)
    if done.unread:
        say(
            "%s records of this file cannot be read any more: `suyuan audit` names them",
            done.unread,
        )
    value = {"document": source.sha256, "links": done.links, "index": done.closed}
    if done.was_there:
        line = msg("batches: %s. This file was registered before, at %s", done.links, done.closed)
        run.answer(value | {"was_there": True}, [line])
        return 0
    notes: list[Text] = [msg("signed for %s", run.pen.actor)]
    if partial and checked is not None and checked.bad:
        more = msg("correct the refused rows in a file of their own: the others are registered")
        notes.append(more)
    line = msg("%s batches registered in %s s", done.links, f"{seconds:.1f}")
    if seconds > 1:
        rate = f"{done.links / seconds:,.0f}"
        line = msg("%s, %s a second", line, rate)
    run.answer(value | {"was_there": False}, [line], *notes)
    return 0


def source_of(file: Path, most: int = MAX_FILE) -> SourceFile:
    """The file's digest and size, read in pieces; LedgerError where it is none, or too large."""
    if not file.is_file():
        raise LedgerError("%s is no file" if file.exists() else "%s is not there", file)
    size = file.stat().st_size
    if size > most:
        raise LedgerError("%s has %s bytes: at most %s are read", file, f"{size:,}", f"{most:,}")
    with file.open("rb") as data:
        digest = hashlib.file_digest(data, "sha256").hexdigest()
    return SourceFile(digest, size, media_type(file.name), "own")


def check(ledger: Ledger, pen: Pen, file: Path, tell: Callable[[int, int], None]) -> _Checked:
    """Read a table once: which rows are good in themselves and new to the ledger."""
    checked = _Checked()
    with file.open("rb") as data:
        total = count_rows(data, file.name) or 0
        table = open_table(ledger, data, file.name)
        checked.notes = table.notes
        for met, row in enumerate(rows_of(ledger, pen.actor, table), 1):
            if row.problems:
                checked.refuse(row.number, row.problems)
            else:
                checked.good += 1
            if met % BLOCK == 0:
                tell(met, max(total, met))
    return checked


def _append(
    ledger: Ledger, pen: Pen, file: Path, source: SourceFile, checked: _Checked
) -> bulk.Done:
    if not checked.good:
        raise LedgerError("%s has no good row: nothing was written", file)
    ledger.attachments.put(file.read_bytes())
    drafts = drafts_of(ledger, file, source, checked.bad)
    with progress_bar(msg("registering")) as tell:
        return bulk.append(ledger, pen, source, drafts=drafts, count=checked.good, progress=tell)


def drafts_of(ledger: Ledger, file: Path, source: SourceFile, bad: set[int]) -> Iterator[Draft]:
    """The drafts of the good rows of a table."""
    when = ledger.now()
    with file.open("rb") as data:
        for batch in open_table(ledger, data, file.name):
            if isinstance(batch, Batch) and batch.row not in bad:
                yield Draft(event=coding(batch, ledger.trust.host, when), document=source.member)


def _write_codes(ledger: Ledger, actor: str, source: SourceFile, out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    with ledger.reading() as reader:
        writer = csv.writer(text)
        writer.writerow(["追溯码", "产品名称", "URI"])
        for event in reader.events_of_document(source.sha256, actor):
            item = event["quantityList"][0]["epcClass"]
            code = codes.shown(codes.of_chain(item, actor))
            writer.writerow([code, event["ilmd"]["suyuan:product"], item])
    text.detach()
