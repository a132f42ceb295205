"""`suyuan register`, `import`: many things said at once, from a file."""

import csv
import hashlib
import io
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

import click

from .. import bulk
from ..bulk import SourceFile
from ..errors import LedgerError
from ..identifiers import codes
from ..identifiers.items import item_set
from ..imports import already, drafts, epcis
from ..imports.rows import RowProblem
from ..imports.table import count_rows, read_table
from ..imports.template import write_template
from ..ledger import Ledger
from ..messages import Message
from ..pen import Draft, Pen
from ..times import zone
from .common import (
    follow,
    home_option,
    json_option,
    key_options,
    opened,
    pen_for,
    progress_bar,
    say,
    show_json,
    staged,
)

USAGE = 2
_BLOCK = 500
_SHOWN = 200
_ITEMS = 30
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_FILE = 256 * 1024 * 1024
MAX_DOCUMENT = 64 * 1024 * 1024  # of an EPCIS document, which is held in memory whole


@dataclass(slots=True)
class _Checked:
    """What a first reading of a table found."""

    good: int = 0
    bad: set[int] = field(default_factory=set)
    problems: list[RowProblem] = field(default_factory=list)
    refused: int = 0
    notes: tuple[Message, ...] = ()

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
    help="Write trace code, product and URI of each batch to this new CSV file.",
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
        _template(file)
        return 0
    with opened(home) as ledger, _codes_file(out) as codes_file:
        pen = pen_for(ledger, key_file, actor)
        source = _source(file)
        started = time.monotonic()
        checked = None
        with progress_bar("resuming") as tell:
            done = bulk.resume(ledger, pen, source, tell)
        if done is None:
            with progress_bar("checking") as tell:
                checked = _check(ledger, pen, file, tell)
            _report(checked)
            if checked.refused and not partial:
                say(
                    f"rows refused: {len(checked.bad)}, nothing written; --partial takes the others"
                )
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
        follow(ledger)
        if codes_file is not None:
            _write_codes(ledger, pen.actor, source, codes_file)
        if as_json:
            show_json({"document": source.sha256, "links": done.links, "index": done.closed,
                       "was_there": done.was_there})  # fmt: skip
            return 0
        if done.was_there:
            click.echo(f"batches: {done.links}. This file was registered before, at {done.closed}")
        else:
            rate = f", {done.links / seconds:,.0f} a second" if seconds > 1 else ""
            click.echo(f"{done.links} batches registered in {seconds:.1f} s{rate}")
            say(f"signed for {pen.actor}")
            if partial and checked is not None and checked.bad:
                say("correct the refused rows in a file of their own: the others are registered")
        return 0


def _source(file: Path, most: int = MAX_FILE) -> SourceFile:
    """The file's digest and size, read in pieces."""
    if not file.is_file():
        raise LedgerError(f"{file} is " + ("no file" if file.exists() else "not there"))
    size = file.stat().st_size
    if size > most:
        raise LedgerError(f"{file} has {size:,} bytes: at most {most:,} are read")
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
    table = read_table(file, today=ledger.now().astimezone(zone()).date())
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
        with ledger.reading() as reader:
            taken = already.taken(reader, ledger.trust.host, pen.actor, rows)
        for row in rows:
            if row.row in taken:
                checked.refuse(row.row, [taken[row.row]])
        checked.good += len(rows) - len(taken)
    return checked


def _report(checked: _Checked) -> None:
    for note in checked.notes:
        say(str(note))
    for problem in checked.problems:
        say(str(problem))
    if checked.refused > len(checked.problems):
        say(f"… and {checked.refused - len(checked.problems)} more problems")


def _drafts(ledger: Ledger, file: Path, source: SourceFile, bad: set[int]) -> Iterator[Draft]:
    when = ledger.now()
    for row in read_table(file, today=ledger.now().astimezone(zone()).date()):
        if isinstance(row, list) or row.row in bad:
            continue
        made = drafts.draft(
            row,
            host=ledger.trust.host,
            when=when,
            new_code=codes.new,
            event_id=lambda: f"urn:uuid:{uuid.uuid4()}",
            zone=zone(),
        )
        yield replace(made, document=source.member)


def _template(file: Path) -> None:
    if file.suffix.lower() != ".xlsx":
        raise LedgerError(f"{file}: a template is written as .xlsx")
    with staged(file) as whole, TemporaryDirectory() as folder:
        made = Path(folder) / "template.xlsx"
        write_template(made)
        whole.write(made.read_bytes())


def _codes_file(out: Path | None) -> AbstractContextManager[BinaryIO | None]:
    return nullcontext() if out is None else staged(out)


def _write_codes(ledger: Ledger, actor: str, source: SourceFile, out: BinaryIO) -> None:
    text = io.TextIOWrapper(out, encoding="utf-8-sig", newline="", write_through=True)
    with ledger.reading() as reader:
        writer = csv.writer(text)
        writer.writerow(["追溯码", "产品名称", "URI"])
        for event in reader.events_of_document(source.sha256, actor):
            item = event["quantityList"][0]["epcClass"]
            code = codes.shown(codes.of_uri(item, ledger.trust.host))
            writer.writerow([code, event["ilmd"]["suyuan:product"], item])
    text.detach()


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
        pen = pen_for(ledger, key_file, actor, or_gateway=True)
        source = _source(file, MAX_DOCUMENT)
        with progress_bar("importing") as tell:
            report = epcis.run(ledger, pen, file.read_bytes(), tell)
        follow(ledger)
        found = _items(ledger, pen.actor, source)
        if as_json:
            show_json(
                {
                    "events": report.events,
                    "links": report.links,
                    "by_reference": report.by_reference,
                    "repeated": report.repeated,
                    "reused": report.reused,
                    "as_written": report.as_written,
                    "unlisted": report.unlisted,
                    "was_there": report.done is not None and report.done.was_there,
                    "index": None if report.done is None else report.done.closed,
                    "items": found,
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
        for kind in report.unlisted:
            click.echo(f"  measurement type {kind} is not in CBV: kept as written")
        if report.repeated:
            click.echo(f"  events that stand here twice or were imported before: {report.repeated}")
        for uri, code in list(found.items())[:_ITEMS]:
            click.echo(f"  {codes.shown(code)}  {uri}")
        if len(found) > _ITEMS:
            click.echo(f"  … and {len(found) - _ITEMS} more items")


def _items(ledger: Ledger, actor: str, source: SourceFile) -> dict[str, str]:
    """The items of a document's events with their trace codes, in order of their URIs."""
    with ledger.reading() as reader:
        found = {
            item
            for event in reader.events_of_document(source.sha256, actor)
            for item in item_set(event)
        }
    return {item: codes.of_uri(item, ledger.trust.host) for item in sorted(found)}


COMMANDS = (register, import_group)
