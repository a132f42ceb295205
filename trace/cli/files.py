"""`suyuan register`, `import`: many things said at once, from a file."""

import csv
import hashlib
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from .. import bulk
from ..bulk import SourceFile
from ..errors import LedgerError
from ..identifiers import codes
from ..imports import drafts, epcis
from ..imports.rows import BatchRow, RowProblem
from ..imports.table import count_rows, read_table
from ..imports.template import write_template
from ..ledger import Ledger
from ..pen import Draft, Pen
from .common import (
    home_option,
    json_option,
    key_options,
    opened,
    pen_for,
    progress_bar,
    say,
    show_json,
)

USAGE = 2
_BLOCK = 500
_SHOWN = 200
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_FILE = 256 * 1024 * 1024


@dataclass(slots=True)
class _Checked:
    """What a first reading of a table found."""

    good: int = 0
    bad: set[int] = field(default_factory=set)
    problems: list[RowProblem] = field(default_factory=list)
    refused: int = 0
    notes: tuple[str, ...] = ()

    def refuse(self, row: int, problems: list[RowProblem]) -> None:
        self.bad.add(row)
        self.refused += len(problems)
        self.problems.extend(problems[: max(0, _SHOWN - len(self.problems))])


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--partial", is_flag=True, help="Take the good rows where others are refused.")
@click.option("--template", is_flag=True, help="Write an empty table to FILE instead.")
@click.option(
    "-o", "--codes", "out", type=click.Path(path_type=Path, dir_okay=False),
    help="Write row, trace code and URI of each batch to this CSV file.",
)  # fmt: skip
@key_options
@json_option
@home_option
def register(
    *,
    file: Path,
    partial: bool,
    template: bool,
    out: Path | None,
    key_file: str | None,
    actor: str | None,
    as_json: bool,
    home: Path | None,
) -> int:
    """Source coding (赋码) of all batches in FILE: CSV or XLSX, Chinese or English headings."""
    if template:
        write_template(file)
        return 0
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        source = _source(file)
        started = time.monotonic()
        if (done := bulk.finished(ledger, pen.actor, source.sha256)) is None:
            with progress_bar("checking") as tell:
                checked = _check(ledger, pen, file, tell)
            _report(checked)
            if checked.refused and not partial:
                say(f"{len(checked.bad)} rows refused, nothing written; --partial takes the others")
                return USAGE
            if not checked.good:
                raise LedgerError(f"{file} has no good row: nothing was written")
            ledger.attachments.put(file.read_bytes())
            with progress_bar("registering") as tell:
                done = bulk.append(
                    ledger,
                    pen,
                    source,
                    drafts=_drafts(ledger, file, source, checked.bad),
                    count=checked.good,
                    progress=tell,
                )
        seconds = time.monotonic() - started
        ledger.followers.catch_up()
        if out is not None:
            _write_codes(ledger, pen.actor, source, out)
        if as_json:
            show_json({"document": source.sha256, "links": done.links, "index": done.closed,
                       "was_there": done.was_there})  # fmt: skip
            return 0
        if done.was_there:
            click.echo(f"{done.links} batches: this file was registered before, at {done.closed}")
        else:
            rate = f", {done.links / seconds:,.0f} a second" if seconds > 1 else ""
            click.echo(f"{done.links} batches registered in {seconds:.1f} s{rate}")
        return 0


def _source(file: Path) -> SourceFile:
    """The file's digest and size, read in pieces."""
    if not file.exists():
        raise LedgerError(f"{file} is not there")
    size = file.stat().st_size
    if size > MAX_FILE:
        raise LedgerError(f"{file} has {size:,} bytes: at most {MAX_FILE:,} are read")
    digest = hashlib.sha256()
    with file.open("rb") as data:
        while part := data.read(1 << 20):
            digest.update(part)
    kind = _XLSX if file.suffix.lower() == ".xlsx" else "text/csv"
    return SourceFile(digest.hexdigest(), size, kind, "own")


def _check(ledger: Ledger, pen: Pen, file: Path, tell: Callable[[int, int], None]) -> _Checked:
    """Read a table once: which rows are good in themselves and new to the ledger."""
    checked = _Checked()
    total = count_rows(file) or 0
    table = read_table(file)
    checked.notes = table.notes
    met = 0
    for block in bulk.blocks(table, _BLOCK):
        met += len(block)
        tell(met, max(total, met))
        rows = []
        for found in block:
            if isinstance(found, list):
                checked.refuse(found[0].row, found)
            else:
                rows.append(found)
        taken = _taken(ledger, pen.actor, rows)
        for row in rows:
            if row.row in taken:
                checked.refuse(row.row, [taken[row.row]])
        checked.good += len(rows) - len(taken)
    return checked


def _taken(ledger: Ledger, actor: str, rows: list[BatchRow]) -> dict[int, RowProblem]:
    """Rows whose item somebody has spoken of as coded already."""
    host = ledger.trust.host
    items = {
        row.row: drafts.item(row, host=host, new_code=codes.new)
        for row in rows
        if row.code is not None or row.gtin is not None
    }
    found: dict[int, RowProblem] = {}
    with ledger.reading() as reader:
        there = reader.subject_numbers(set(items.values()))
        for row, item in items.items():
            if item not in there:
                continue
            coder = reader.coder(item)
            if coder is None and not any(head.actor == actor for head in reader.chains(item)):
                continue
            who = "you" if coder in (None, actor) else coder
            what = f"{item} is in the ledger already, coded by {who}"
            found[row] = RowProblem(row, "", what, "leave the row out, or give another code")
    return found


def _report(checked: _Checked) -> None:
    for note in checked.notes:
        say(note)
    for problem in checked.problems:
        say(str(problem))
    if checked.refused > len(checked.problems):
        say(f"… and {checked.refused - len(checked.problems)} more problems")


def _drafts(ledger: Ledger, file: Path, source: SourceFile, bad: set[int]) -> Iterator[Draft]:
    when = ledger.now()
    for row in read_table(file):
        if isinstance(row, list) or row.row in bad:
            continue
        made = drafts.draft(
            row,
            host=ledger.trust.host,
            when=when,
            new_code=codes.new,
            event_id=lambda: f"urn:uuid:{uuid.uuid4()}",
        )
        yield replace(made, document=source.member)


def _write_codes(ledger: Ledger, actor: str, source: SourceFile, out: Path) -> None:
    with out.open("w", encoding="utf-8-sig", newline="") as file, ledger.reading() as reader:
        writer = csv.writer(file)
        writer.writerow(["追溯码", "产品名称", "URI"])
        for event in reader.events_of_document(source.sha256, actor):
            item = event["quantityList"][0]["epcClass"]
            code = codes.shown(codes.of_uri(item, ledger.trust.host))
            writer.writerow([code, event["ilmd"]["suyuan:product"], item])


@click.group(name="import")
def import_group() -> None:
    """Import other people's formats."""


@import_group.command("epcis")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@key_options
@json_option
@home_option
def import_epcis(
    *, file: Path, key_file: str | None, actor: str | None, as_json: bool, home: Path | None
) -> None:
    """Import an EPCIS 2.0 document (JSON-LD), as reported by the party that signs."""
    with opened(home) as ledger:
        pen = pen_for(ledger, key_file, actor)
        _source(file)
        with progress_bar("importing") as tell:
            report = epcis.run(ledger, pen, file.read_bytes(), tell)
        ledger.followers.catch_up()
        if as_json:
            show_json(
                {
                    "events": report.events,
                    "links": report.links,
                    "by_reference": report.by_reference,
                    "repeated": report.repeated,
                    "reused": report.reused,
                    "as_written": report.as_written,
                    "was_there": report.done is not None and report.done.was_there,
                    "index": None if report.done is None else report.done.closed,
                }
            )
            return
        if report.done is not None and report.done.was_there:
            click.echo(f"{report.links} links: this file was imported before")
            return
        click.echo(f"{report.events} events, {report.links} links, signed by {pen.actor}")
        for name in report.reused:
            click.echo(f"  eventID {name} is used for different events: all are kept")
        for name in report.as_written:
            click.echo(f"  {name} has a wrong length, digit or escape: kept as written")
        if report.repeated:
            click.echo(f"  {report.repeated} events stand here twice or were imported before")


COMMANDS = (register, import_group)
