"""A table uploaded again: which of its rows are as before, and its rows as put right on a page."""

import csv
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import TypeVar

from suyuan.keys import canonical
from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import decimal_text
from suyuan.trace.format.times import micros, parse, zone
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.store.read import own_records
from suyuan.trace.store.read.own_records import Wanted
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.search import LOOKED

from .batches import FIELDS, Batch, of_event
from .cells import Cell
from .table import Kind, read_rows

T = TypeVar("T")
_LATELY = timedelta(days=7)
"""A batch with a day or a lot number of its own that was registered so lately is not a new one."""

_OF_ITS_OWN = ("eventID", "eventTime", "eventTimeZoneOffset", "quantityList", "suyuan:quantities")
Corrections = Mapping[int, Mapping[str, str]]
"""What was put right on the page: by row, texts by field."""


class Registered:
    """What an actor has registered lately, to be met again in a table: each batch once."""

    def __init__(self, reader: Reader, actor: str, now: datetime) -> None:
        self._same: dict[bytes, list[tuple[int, date | None]]] = defaultdict(list)
        self._lots: dict[tuple[str, str | None, str], int] = {}
        self._today = now.astimezone(zone()).date()
        wanted = Wanted(actor, step_of("codes").name, since=micros(now - _LATELY))
        leaves, after = dict[int, str](), None
        while True:
            records, after = own_records.page(reader, wanted, LOOKED, after)
            leaves |= {record.index: record.item for record in records if record.voided is None}
            if after is None:
                break
        for leaf, event in own_records.events_at(reader, sorted(leaves)):
            when, batch = parse(event.get("eventTime")), of_event(event, leaves[leaf])
            day = None if when is None else when.astimezone(zone()).date()
            self._same[content(event)].append((leaf, day))
            if batch is not None and batch.lot is not None:
                self._lots[_key(batch)] = leaf

    def as_before(self, batch: Batch, event: Object) -> int | None:
        """Where this very batch was registered; None where it was not, or has been met already.

        One that has neither a day nor a lot number may be registered every day anew.
        """
        places = self._same.get(content(event), [])
        is_one = batch.produced is not None or batch.lot is not None
        found = [at for at in places if is_one or at[1] == self._today][:1]
        for at in found:
            places.remove(at)
            return at[0]
        return None

    def changed(self, batch: Batch) -> int | None:
        """Where a batch of this product and lot number was registered with other values."""
        return None if batch.lot is None else self._lots.get(_key(batch))


def _key(batch: Batch) -> tuple[str, str | None, str]:
    return batch.product, batch.gtin, batch.lot or ""


def content(event: Object) -> bytes:
    """An event's content on a batch, without its code and its time."""
    parts = (*event.get("quantityList", ()), *event.get("suyuan:quantities", ()))
    amounts = [
        {name: value for name, value in part.items() if name not in ("epcClass", "item")}
        for part in parts
    ]
    item = str(parts[0].get("epcClass")) if parts else ""
    rest = {name: value for name, value in event.items() if name not in _OF_ITS_OWN}
    return canonical.dumps([rest, amounts, item if item.startswith(f"{ID}/") else ""])


def corrected_table(
    kind: Kind[T], data: bytes, name: str, corrections: Corrections, unpacked: int
) -> bytes:
    """A table as CSV, each row where it was, with what was put right in it.

    Raises TableError for a file that cannot be read as a whole.
    """
    table = read_rows(kind, BytesIO(data), name, unpacked=unpacked)
    columns = dict(table.columns.of)
    added = {field for texts in corrections.values() for field in texts} & kind.fields.keys()
    fields = [*columns, *sorted(added - columns.keys())]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(
        columns[field].heading if field in columns else kind.fields[field].headings[0]
        for field in fields
    )
    line = 2
    for number, cells in table.rows:
        for _ in range(line, number):  # so that rows are called as in the file
            writer.writerow([""] * len(fields))
        row = {field: _text_at(cells, column.at) for field, column in columns.items()}
        writer.writerow(
            (row | dict(corrections.get(number, {}))).get(field, "") for field in fields
        )
        line = number + 1
    return text.getvalue().encode("utf-8-sig")


def _text_at(cells: Sequence[Cell], at: int) -> str:
    return as_text(cells[at]) if at < len(cells) else ""


def as_text(cell: object) -> str:
    """A cell as one would type it; empty for the error of a formula."""
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, Decimal):
        return decimal_text(cell)
    return str(cell) if isinstance(cell, str | int) else ""


def fields_of(batch: Batch) -> Iterator[tuple[str, str]]:
    """A batch's values as one would type them, by field."""
    for field in FIELDS:
        value = getattr(batch, "uom" if field == "unit" else field, None)
        if value is not None:
            yield field, as_text(value)
