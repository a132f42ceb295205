"""Batches of a table that the ledger knows before anything is signed."""

from collections.abc import Iterable

from ..identifiers import codes
from ..messages import msg
from ..store.read import Reader
from . import drafts
from .rows import BatchRow, RowProblem


def taken(reader: Reader, host: str, actor: str, rows: Iterable[BatchRow]) -> dict[int, RowProblem]:
    """Rows whose item somebody has spoken of as coded, or this actor at all; by row number."""
    items = {
        row.row: drafts.item(row, host=host, new_code=codes.new)
        for row in rows
        if row.code is not None or row.gtin is not None
    }
    found: dict[int, RowProblem] = {}
    there = reader.subject_numbers(set(items.values()))
    for row, item in items.items():
        if item not in there:
            continue
        coder = reader.coder(item)
        if coder is None and not any(head.actor == actor for head in reader.chains(item)):
            continue
        what = msg("%(item)s is in the ledger already, coded by you", item=item)
        if coder is not None and coder != actor:
            what = msg(
                "%(item)s is in the ledger already, coded by %(party)s", item=item, party=coder
            )
        found[row] = RowProblem(row, "", what, msg("leave the row out, or give another code"))
    return found
