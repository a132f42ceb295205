"""A table of batches held against the ledger: what becomes of each row, and what is signed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from pathlib import PurePath
from typing import BinaryIO

from suyuan.trace.admission import acts
from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import zone
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.read.reader import Reader

from .. import bulk
from ..bulk import SourceFile
from .batches import FIELDS, Batch, RowProblem, coding, item_of
from .table import Table, WrongRow, read_table
from .table_again import Registered, as_text, content, fields_of

MAX_FILE = 5 << 20
"""Bytes of a table that a browser registers: it goes with the first link, in base64."""

MAX_UNPACKED = 64 << 20
"""Bytes that a workbook may unpack to: six times what one of MOST_ROWS does."""

MOST_ROWS = 10_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BLOCK = 500
_NAMING = ("lot", "gtin", "code")  # by which a batch is known


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of a row: `problems`, or the event to sign, or it is in the ledger already.

    `earlier` is where it was registered before this file, as it is or `is_changed`; `cells` are
    those of a wrong row that may be put right, by field.
    """

    number: int
    batch: Batch | None
    problems: tuple[RowProblem, ...] = ()
    event: Object | None = None
    earlier: int | None = None
    is_changed: bool = False
    cells: Mapping[str, str] = field(default_factory=dict)

    @property
    def product(self) -> str:
        """What its batch is called; empty where it is none."""
        return "" if self.batch is None else self.batch.product


@dataclass(slots=True)
class Checked:
    """A table's rows in order, and notes on what was read in a surprising way.

    `there` counts the links that an earlier try of this file has brought into the ledger.
    """

    source: SourceFile
    rows: list[Row] = field(default_factory=list)
    notes: tuple[Message, ...] = ()
    there: int = 0

    @property
    def good(self) -> list[Row]:
        """The rows to sign."""
        return [row for row in self.rows if row.event is not None]

    @property
    def closing(self) -> Object | None:
        """The statement that closes the table once all its good rows are signed, if any are."""
        count = len(self.good) + self.there
        return acts.document(self.source.sha256, self.source.size, count) if count else None


class TooMany(Exception):
    """A table of more rows than a browser signs."""


def media_type(name: str) -> str:
    """The type of a table by its name's ending, as links have it."""
    return XLSX if PurePath(name).suffix.lower() == ".xlsx" else "text/csv"


def open_table(
    ledger: Ledger, file: BinaryIO, name: str, unpacked: int | None = None
) -> Table[Batch]:
    """The batches of a file, with the ledger's own day as today."""
    today = ledger.now().astimezone(zone()).date()
    return read_table(file, name, today=today, unpacked=unpacked)


def taken(reader: Reader, host: str, actor: str, batches: Iterable[Batch]) -> dict[int, RowProblem]:
    """Batches whose item is coded already, or has a chain of this actor; by row number.

    So is a code that stands on somebody's labels: those of a lot that was registered before.
    """
    coded = [batch for batch in batches if batch.code or batch.gtin]
    labels = reader.codes({batch.code for batch in coded if batch.code})
    items = {
        batch.row: labels[batch.code][0] if batch.code in labels else item_of(batch, host)
        for batch in coded
    }
    problems: dict[int, RowProblem] = {}
    known = reader.subject_numbers(set(items.values()))
    for row, item in items.items():
        if item not in known:
            continue
        coder = reader.coder(item)
        if coder is None and not any(head.actor == actor for head in reader.chains(item)):
            continue
        if coder is None or coder == actor:
            why = msg("%(item)s is in the ledger already, coded by you", item=item)
        else:
            why = msg(
                "%(item)s is in the ledger already, coded by %(party)s", item=item, party=coder
            )
        fix = msg("leave the row out, or give another code")
        problems[row] = RowProblem(row, "", why, fix)
    return problems


def rows_of(ledger: Ledger, actor: str, table: Table[Batch]) -> Iterator[Row]:
    """A table's rows, each with what is wrong with it in itself or in the ledger."""
    for block in bulk.blocks(table, BLOCK):
        with ledger.reading() as reader:
            batches = [row for row in block if isinstance(row, Batch)]
            problems = taken(reader, ledger.trust.host, actor, batches)
        for row in block:
            if isinstance(row, Batch):
                is_wrong = row.row in problems
                cells = {f: text for f, text in fields_of(row) if f in _NAMING} if is_wrong else {}
                yield Row(row.row, row, (problems[row.row],) if is_wrong else (), cells=cells)
            else:
                yield Row(row[0].row, None, tuple(row), cells=wrong_cells(row, FIELDS))


def wrong_cells(row: list[RowProblem], fields: Iterable[str]) -> dict[str, str]:
    """The cells of a wrong row that are wrong, by field, as one would type them."""
    if not isinstance(row, WrongRow):
        return {}
    return {field: as_text(row.cells.get(field, "")) for field in fields if field in row.fields}


def check(ledger: Ledger, actor: str, data: bytes, name: str, now: datetime) -> Checked:
    """Read a table once: what each row would register, in order; nothing is stored.

    Raises TableError for a file that cannot be read as a whole, TooMany for over MOST_ROWS rows.
    """
    checked = Checked(SourceFile.of(data, media_type(name), "own"))
    with ledger.reading() as reader:  # begun on another device, or broken off
        events = reader.events_of_document(checked.source.sha256, actor)
        before = Counter(map(content, events))
        registered = Registered(reader, actor, now)
    checked.there = before.total()
    table = open_table(ledger, BytesIO(data), name, MAX_UNPACKED)
    checked.notes = table.notes
    for row in rows_of(ledger, actor, table):
        if len(checked.rows) == MOST_ROWS:
            raise TooMany
        checked.rows.append(_to_sign(ledger, row, now, before, registered))
    return checked


def _to_sign(
    ledger: Ledger, row: Row, now: datetime, before: Counter[bytes], registered: Registered
) -> Row:
    """The row with its event, unless it has problems, or was signed or registered before."""
    if row.batch is None:
        return row
    event = coding(row.batch, ledger.trust.host, now)
    own = content(event)
    if before[own] > 0:
        before[own] -= 1
        return Row(row.number, row.batch)
    if (earlier := registered.as_before(row.batch, event)) is not None:
        return Row(row.number, row.batch, earlier=earlier)
    if (earlier := registered.changed(row.batch)) is not None:
        return Row(row.number, row.batch, earlier=earlier, is_changed=True)
    return row if row.problems else replace(row, event=event)
