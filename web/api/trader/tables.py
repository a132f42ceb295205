"""/api/v1/batches/table: each row's fate, and the links to sign; and the codes that came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Annotated, Any, Literal, TypeVar

from apiflask.fields import UploadFile
from flask import Response
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from suyuan.trace.exchange import spreadsheets
from suyuan.trace.format.members import digest as is_digest
from suyuan.trace.format.statements import subject
from suyuan.trace.recording import bulk
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.recording.imports import registering
from suyuan.trace.recording.imports.batches import RowProblem
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.recording.imports.registering import (
    MAX_FILE,
    MAX_UNPACKED,
    MOST_ROWS,
    Checked,
    Row,
)
from suyuan.trace.recording.imports.table import BATCHES, Kind
from suyuan.trace.recording.imports.table_again import corrected_table
from suyuan.trace.recording.usual import Usual
from suyuan.web.app.access import acting_for, freshness
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import SIGNED_IN, Routes, text
from suyuan.web.context import site
from suyuan.web.text.texts import translated

from ..ledger.to_sign import LinksToSignOut, link_to_sign, questions, to_sign
from .batches import CELLS, NO_MANDATE, CellProblemOut, EventDraftOut, cell_of, code_of

routes = Routes("tables", tag="Products and batches")
T = TypeVar("T")
_MOST_ASKED = 20  # amounts of one table


class TableIn(BaseModel):
    """A table to be checked."""

    file: Annotated[UploadFile, Field(description="CSV or XLSX, at most 5 MiB and 10,000 rows")]
    corrected: Annotated[str, Field(max_length=1 << 20)] = Field(
        default="",
        description="JSON of what was put right in it, texts by row and field: then the table that "
        "this gives is checked, and answered as `table`",
    )


class TableRowOut(BaseModel):
    """What becomes of a row of a table."""

    row: int = Field(description="As a spreadsheet shows it")
    fate: Literal["good", "wrong", "there", "before", "changed"] = Field(
        description="there: an earlier try of this file has brought it into the ledger; before: "
        "the same was registered lately; changed: with other values, which are corrected there"
    )
    name: str
    problems: list[CellProblemOut]
    cells: dict[str, str] = Field(description="Of a wrong row what may be put right, by field")
    earlier: int | None = Field(description="The record of one that is there from before")
    draft: int | None = Field(description="Which of the drafts is its")


class TableDoneOut(BaseModel):
    """That the party has finished this very file before."""

    links: int
    index: int


class TableOut(LinksToSignOut):
    """Each row's fate, and what is to be signed: the drafts in their order, then the closing."""

    sha256: str
    size: int
    type: str
    done: TableDoneOut | None
    notes: list[str]
    rows: list[TableRowOut]
    questions: list[str]
    table: str | None = Field(description="The table that corrections gave, as CSV, to be sent on")
    drafts: list[EventDraftOut]
    closing: EventDraftOut | None


@routes.post(
    "/batches/table",
    SIGNED_IN,
    limit="table 30/minute",
    output=TableOut,
    answers={403: NO_MANDATE, 422: CELLS},
)
def table(user: SignedIn, files: TableIn) -> dict[str, Any]:
    """Check a table of batches: each row's fate, and the links that its good rows come to.

    Nothing is signed, written or kept. The drafts are signed and sent in arrays in their order,
    the file with the first (as one of its entry's `attachments`), then the closing.
    """
    if acting_for.acting().is_other:
        raise ProblemError(403, "a table is closed by a statement, which its party signs itself")
    ledger = site().ledger
    freshness.require_all()  # what of this file is there already
    now = ledger.now()
    with table_errors(MOST_ROWS):
        upload = uploaded(files, BATCHES)
        source = SourceFile.of(upload.data, registering.media_type(upload.name), "own")
        done = bulk.finished(ledger, user.uri, source.sha256)
        checked = Checked(source)
        if done is None:
            checked = registering.check(ledger, user.uri, upload.data, upload.name, now)
    return _answer(user.uri, checked, now) | {
        "done": None if done is None else {"links": done.links, "index": done.closed},
        "table": upload.corrected,
    }


@dataclass(frozen=True, slots=True)
class Upload:
    """A table that was uploaded; where it was put right on the page, as that gives it, as CSV."""

    data: bytes
    name: str
    corrected: str | None = None


def uploaded(files: TableIn, kind: Kind[T]) -> Upload:
    """The table that was sent, with what was put right in it; TableError where it is none."""
    name = files.file.filename or ""
    try:
        data = files.file.stream.read(MAX_FILE + 1)
    finally:
        files.file.close()
    upload = Upload(data, name)
    if files.corrected:
        corrections = _corrections(files.corrected)
        data = corrected_table(kind, data, name, corrections, MAX_UNPACKED)
        upload = Upload(data, f"{name.rpartition('.')[0] or name}.csv", data.decode())
    if len(data) > MAX_FILE:
        raise ProblemError(
            413, "a table may have %s MiB here: split it, or use suyuan register", MAX_FILE >> 20
        )
    return upload


@contextmanager
def table_errors(most: int) -> Iterator[None]:
    """A file that cannot be read as a whole, or has over `most` rows, as a problem."""
    try:
        yield
    except TableError as error:
        cell = cell_of(RowProblem(0, "", error.what, error.fix))
        raise ProblemError(
            422, "%s; %s", error.what, error.fix, field="file", cells=[cell]
        ) from None
    except registering.TooMany:
        raise ProblemError(
            413, "a table may have %s rows here: split it, or use suyuan register", f"{most:,}"
        ) from None


def _corrections(text: str) -> dict[int, dict[str, str]]:
    """What was put right on the page, by row and field; ProblemError for any other JSON."""
    try:
        return TypeAdapter(dict[int, dict[str, str]]).validate_json(text)
    except ValidationError:
        raise ProblemError(422, "corrections are texts by row and field", field="file") from None


def _answer(actor: str, checked: Checked, now: datetime) -> dict[str, Any]:
    with site().ledger.reading() as reader:
        events = [row.event for row in checked.good if row.event is not None]
        asked = questions(islice(Usual(reader, actor).unusual(events), _MOST_ASKED))
    source, closing = checked.source, checked.closing
    good = {row.number: at for at, row in enumerate(checked.good)}
    lots = [
        (row.event["quantityList"][0]["epcClass"], row)
        for row in checked.good
        if row.event is not None
    ]
    links = [link_to_sign([item], event=row.event, document=source.member) for item, row in lots]
    return to_sign(actor, links, {item: row.product for item, row in lots}, now) | {
        "sha256": source.sha256,
        "size": source.size,
        "type": source.type,
        "questions": asked,
        "notes": [translated(note) for note in checked.notes],
        "rows": [
            {
                "row": row.number,
                "fate": _fate(row, is_good=row.number in good),
                "earlier": row.earlier,
                "cells": dict(row.cells),
                "name": row.product,
                "problems": [cell_of(problem) for problem in row.problems],
                "draft": good.get(row.number),
            }
            for row in checked.rows
        ],
        "closing": None if closing is None else link_to_sign([subject(closing)], statement=closing),
    }


def _fate(row: Row, *, is_good: bool) -> str:
    if row.earlier is not None:
        return "changed" if row.is_changed else "before"
    return "wrong" if row.problems else "good" if is_good else "there"


@routes.get(
    "/batches/table/<sha256>/codes",
    SIGNED_IN,
    content={200: text("text/csv")},
    answers={
        200: "A CSV: trace code, product, URI",
        404: "The signed-in party has registered nothing of this table",
    },
)
def table_codes(user: SignedIn, sha256: str) -> Response:
    """Trace code, product and URI of each batch that the signed-in party registered of a table."""
    freshness.require_all()  # a file does not say as of when it is
    rows = []
    with site().ledger.reading() as reader:
        events = reader.events_of_document(sha256, user.uri) if is_digest(sha256) else iter(())
        for event in events:
            lots = event.get("quantityList") or [{}]
            item, name = lots[0].get("epcClass"), (event.get("ilmd") or {}).get("suyuan:product")
            if isinstance(item, str) and isinstance(name, str):
                rows.append([code_of(item, user.uri), name, item])
    if not rows:
        raise ProblemError(404, "you have registered nothing of this table")
    table = spreadsheets.comma_separated(["追溯码", "产品名称", "URI"], rows)
    response = Response(table, content_type=spreadsheets.CSV)
    response.headers["Content-Disposition"] = f'attachment; filename="codes-{sha256[:12]}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response
