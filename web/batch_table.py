"""A table of batches, read and checked, and what would be signed of each of its good rows."""

import tempfile
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from suyuan.keys import canonical
from suyuan.trace import acts, bulk
from suyuan.trace.bulk import SourceFile
from suyuan.trace.identifiers import codes
from suyuan.trace.identifiers.gs1 import ID
from suyuan.trace.imports import already, drafts
from suyuan.trace.imports.rows import BatchRow, RowProblem
from suyuan.trace.imports.table import read_table
from suyuan.trace.ledger import Ledger
from suyuan.trace.members import Object
from suyuan.trace.messages import Message
from suyuan.trace.times import zone

MAX_FILE = 5 << 20
"""Bytes of a table that a browser registers: it goes with the first link, in base64."""

MAX_UNPACKED = 64 << 20
"""Bytes that a workbook may unpack to: six times what one of MOST_ROWS does."""

MOST_ROWS = 10_000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_BLOCK = 500
_OF_ITS_OWN = ("eventID", "eventTime", "eventTimeZoneOffset", "quantityList", "suyuan:quantities")


@dataclass(frozen=True, slots=True)
class Row:
    """What becomes of a row: `problems`, or the event to sign, or it is in the ledger already."""

    number: int
    product: str = ""
    problems: tuple[RowProblem, ...] = ()
    event: Object | None = None


@dataclass(slots=True)
class Checked:
    """A table's rows in order, what was read otherwise than one might think; `there` counts the
    links that an earlier try of this file has brought into the ledger."""

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
        return None if not count else acts.document(self.source.sha256, self.source.size, count)


class TooMany(Exception):
    """A table of more rows than a browser signs."""


def source_of(data: bytes, name: str) -> SourceFile:
    """The file as links name it: its type by the name's ending, as the command line has it."""
    kind = XLSX if Path(name).suffix.lower() == ".xlsx" else "text/csv"
    return SourceFile.of(data, kind, "own")


def check(ledger: Ledger, actor: str, data: bytes, name: str, now: datetime) -> Checked:
    """Read a table once: what each row would register, in order; nothing is kept or written.

    Raises TableError for a file that cannot be read as a whole, TooMany for over MOST_ROWS rows.
    """
    checked = Checked(source_of(data, name))
    said = _said_before(ledger, actor, checked.source)
    checked.there = said.total()
    with tempfile.TemporaryDirectory() as folder:
        # Its own name is in no path; the ending says whether it claims to be a workbook.
        ending = Path(name).suffix.lower()[:5]
        path = Path(folder) / (f"table{ending}" if ending[1:].isalnum() else "table")
        path.write_bytes(data)
        today = now.astimezone(zone()).date()
        table = read_table(path, today=today, unpacked=MAX_UNPACKED)
        checked.notes = table.notes
        for block in bulk.blocks(table, _BLOCK):
            if len(checked.rows) + len(block) > MOST_ROWS:
                raise TooMany
            checked.rows += _rows(ledger, actor, block, now, said)
    return checked


def _rows(
    ledger: Ledger,
    actor: str,
    block: list[BatchRow | list[RowProblem]],
    now: datetime,
    said: Counter[bytes],
) -> Iterator[Row]:
    rows = [row for row in block if isinstance(row, BatchRow)]
    with ledger.reading() as reader:
        taken = already.taken(reader, ledger.trust.host, actor, rows)
    for row in block:
        if isinstance(row, list):
            yield Row(row[0].row, problems=tuple(row))
            continue
        event = _event(ledger, row, now)
        content = _content(event) if said else b""
        if said[content] > 0:
            said[content] -= 1
            yield Row(row.row, row.product)
        elif row.row in taken:
            yield Row(row.row, row.product, (taken[row.row],))
        else:
            yield Row(row.row, row.product, event=event)


def _event(ledger: Ledger, row: BatchRow, now: datetime) -> Object:
    made = drafts.draft(
        row,
        host=ledger.trust.host,
        when=now,
        new_code=codes.new,
        event_id=lambda: f"urn:uuid:{uuid.uuid4()}",
        zone=zone(),
    ).event
    assert made is not None
    return made


def _said_before(ledger: Ledger, actor: str, source: SourceFile) -> Counter[bytes]:
    """What an earlier try has said of this file, begun on another device or broken off."""
    with ledger.reading() as reader:
        events = list(reader.events_of_document(source.sha256, actor))
    return Counter(_content(event) for event in events)


def _content(event: Object) -> bytes:
    """What an event says of a batch, whatever code it was given, and when."""
    parts = (*event.get("quantityList", ()), *event.get("suyuan:quantities", ()))
    amounts: list[dict[str, Any]] = [
        {name: value for name, value in part.items() if name not in ("epcClass", "item")}
        for part in parts
    ]
    item = str(parts[0].get("epcClass")) if parts else ""
    rest = {name: value for name, value in event.items() if name not in _OF_ITS_OWN}
    return canonical.dumps([rest, amounts, item if item.startswith(f"{ID}/") else ""])
