"""/api/v1/batches: batches registered last, and drafts of new ones, from a form or a table."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from apiflask.fields import UploadFile
from flask import Response
from pydantic import BaseModel, Field

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Among, as_json
from suyuan.trace.format.members import digest as is_digest
from suyuan.trace.format.messages import msg
from suyuan.trace.format.statements import subject
from suyuan.trace.format.vocabulary import STEPS, step_of, steps_of
from suyuan.trace.recording import bulk
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.recording.imports import form, registering
from suyuan.trace.recording.imports.batches import RowProblem
from suyuan.trace.recording.imports.cells import TableError
from suyuan.trace.recording.imports.form import Coded, again
from suyuan.trace.recording.imports.registering import MAX_FILE, MOST_ROWS, XLSX, Checked
from suyuan.trace.recording.imports.table import template as empty_table
from suyuan.trace.recording.supplies import products_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import acting_for, freshness
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, SIGNED_IN, Routes, text
from suyuan.web.context import site
from suyuan.web.text.texts import translated

from ..ledger.to_sign import LinksToSignOut, LinkToSignOut, link_to_sign, to_sign

MOST = 200
CODING = step_of("codes").biz_step
# In RFC 6266's words: 批次登记.xlsx.
_NAMED = (
    'attachment; filename="batches.xlsx"; '
    "filename*=UTF-8''%E6%89%B9%E6%AC%A1%E7%99%BB%E8%AE%B0.xlsx"
)
routes = Routes("batches", tag="Products and batches")
_NO_MANDATE = "The mandate under which one records is not for this"
_CELLS = "Values, in `cells`, are not as they should be; the first in `field`"


class BatchIn(BaseModel):
    """A batch as it was typed; a problem of a value names its member."""

    product: Annotated[str, Field(max_length=512)] = Field(
        default="", description="The URI of a product of one's own; else `name`"
    )
    name: Annotated[str, Field(max_length=1000)] = Field(
        default="", description="The name of a product that nobody has stated"
    )
    spec: Annotated[str, Field(max_length=1000)] = ""
    category: Annotated[str, Field(max_length=1000)] = ""
    gtin: Annotated[str, Field(max_length=60)] = Field(
        default="", description="The GTIN of a product without a statement"
    )
    quantity: Annotated[str, Field(max_length=60)]
    unit: Annotated[str, Field(max_length=100)] = Field(
        description="A measure, or a unit that the product's statement converts"
    )
    produced: Annotated[str, Field(max_length=60, description="2026-11-24")] = ""
    shelf_life: Annotated[str, Field(max_length=60, description="Days; empty: none")] = ""
    origin: Annotated[str, Field(max_length=1000)] = ""
    place: Annotated[str, Field(max_length=512)] = ""
    lot: Annotated[str, Field(max_length=200, description="One's own lot number")] = ""
    begin: Annotated[str, Among(("", *steps_of("gathers")))] = Field(
        default="", description="Record this too, as of now, before the coding"
    )


class BatchesIn(BaseModel):
    """Batches to register together."""

    batches: Annotated[list[BatchIn], Field(min_length=1, max_length=MOST)]


class CellProblemOut(BaseModel):
    """A wrong value: what is wrong, and what would be right, in the caller's language."""

    row: int = Field(description="As a spreadsheet shows it; of a form's batches from 1")
    column: str = Field(description="The heading as written, or the field; empty: the whole row")
    what: str
    fix: str


def _cell(problem: RowProblem) -> dict[str, Any]:
    """A problem of one value."""
    return {
        "row": problem.row,
        "column": problem.column,
        "what": translated(problem.what),
        "fix": translated(problem.fix),
    }


def refusal(problems: Sequence[RowProblem]) -> ProblemError:
    """422: the first problem with its `field` and the `index` of its batch, and `cells` of all."""
    first = problems[0]
    return ProblemError(
        422,
        msg("%s: %s; %s", first.column, first.what, first.fix)
        if first.column
        else msg("%s; %s", first.what, first.fix),
        field=first.column or None,
        index=first.row - 1,
        cells=[_cell(problem) for problem in problems],
    )


class AgainBatchOut(BaseModel):
    """A batch as it may be registered again today; its lot number is left open."""

    title: str
    batch: BatchIn
    lot: str | None = Field(description="The lot number that it had")


class AgainOut(BaseModel):
    """What was registered on the last day before today."""

    day: str | None
    batches: list[AgainBatchOut]
    more: int = Field(description="How many of that day are not here")


class EventDraftOut(LinkToSignOut):
    """One link to sign."""

    event: dict[str, Any] | None = None
    statement: dict[str, Any] | None = None
    document: dict[str, Any] | None = None


class NewBatchOut(BaseModel):
    """A batch as it will be known."""

    item: str
    code: str = Field(description="The code that one's own labels of it carry, as it is printed")
    name: str


class BatchDraftsOut(LinksToSignOut):
    """Links to sign, by this actor, in this order."""

    drafts: list[EventDraftOut]
    batches: list[NewBatchOut]


class TableIn(BaseModel):
    """A table to be checked."""

    file: Annotated[UploadFile, Field(description="CSV or XLSX, at most 5 MiB and 10,000 rows")]


class TableRowOut(BaseModel):
    """What becomes of a row of a table."""

    row: int = Field(description="As a spreadsheet shows it")
    fate: Literal["good", "wrong", "there"] = Field(
        description="there: an earlier try of this file has brought it into the ledger"
    )
    name: str
    problems: list[CellProblemOut]
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
    drafts: list[EventDraftOut]
    closing: EventDraftOut | None


@routes.get("/batches/again", SIGNED_IN, output=AgainOut, answers={403: _NO_MANDATE})
def last(acting: Acting, reader: Reader) -> dict[str, Any]:
    """The batches of the last day on which the signed-in party registered any, dated today."""
    acting_for.acting(CODING)
    offered = again(reader, acting.uri, products_of(reader, acting.uri), site().ledger.now())
    return dict(as_json(offered))


@routes.post(
    "/batches/draft",
    SIGNED_IN,
    limit="batches 240/minute",
    output=BatchDraftsOut,
    answers={403: _NO_MANDATE, 422: _CELLS},
)
def draft(acting: Acting, reader: Reader, body: BatchesIn) -> dict[str, Any]:
    """The events that code batches, for their party to sign together (`atomic=true`).

    A problem of a value has the `index` of its batch, the `field`, and `cells` of all that is
    wrong.
    """
    acting_for.acting(CODING, *(STEPS[lot.begin].biz_step for lot in body.batches if lot.begin))
    now = site().ledger.now()
    products = {product.uri: product for product in products_of(reader, acting.uri)}
    forms = [lot.model_dump() for lot in body.batches]
    coded = form.coded(
        reader, forms, host=site().host, actor=acting.uri, products=products, now=now
    )
    wrong = [outcome for outcome in coded if isinstance(outcome, RowProblem)]
    if wrong:
        raise refusal(wrong)
    good = [outcome for outcome in coded if isinstance(outcome, Coded)]
    names = form.names(reader, good) | {acting.uri: acting.name}
    links = [link_to_sign([lot.item], event=event) for lot in good for event in lot.events]
    return to_sign(acting.uri, links, names, now) | {
        "batches": [
            {"item": lot.item, "code": _code(lot.item, acting.uri), "name": lot.name}
            for lot in good
        ]
    }


@routes.get(
    "/batches/template", ANYBODY, content={200: text(XLSX)}, answers={200: "An XLSX to fill in"}
)
def template() -> Response:
    """An XLSX to fill in: the headings, and an example that is not read."""
    response = Response(empty_table(), content_type=XLSX)
    response.headers["Content-Disposition"] = _NAMED
    return response


@routes.post(
    "/batches/table",
    SIGNED_IN,
    limit="table 30/minute",
    output=TableOut,
    answers={403: _NO_MANDATE, 422: _CELLS},
)
def table(user: SignedIn, files: TableIn) -> dict[str, Any]:
    """Check a table of batches: each row's fate, and the links that its good rows come to.

    Nothing is signed, written or kept. The drafts are signed and sent in arrays in their order,
    the file with the first (as one of its entry's `attachments`), then the closing.
    """
    if acting_for.acting().is_other:
        raise ProblemError(403, "a table is closed by a statement, which its party signs itself")
    name = files.file.filename or ""
    try:
        data = files.file.stream.read(MAX_FILE + 1)
    finally:
        files.file.close()
    if len(data) > MAX_FILE:
        raise ProblemError(
            413, "a table may have %s MiB here: split it, or use suyuan register", MAX_FILE >> 20
        )
    ledger = site().ledger
    freshness.require_all()  # what of this file is there already
    now = ledger.now()
    source = SourceFile.of(data, registering.media_type(name), "own")
    done = bulk.finished(ledger, user.uri, source.sha256)
    if done is not None:
        checked = Checked(source)
    else:
        try:
            checked = registering.check(ledger, user.uri, data, name, now)
        except TableError as error:
            cell = _cell(RowProblem(0, "", error.what, error.fix))
            raise ProblemError(
                422, "%s; %s", error.what, error.fix, field="file", cells=[cell]
            ) from None
        except registering.TooMany:
            raise ProblemError(
                413,
                "a table may have %s rows here: split it, or use suyuan register",
                f"{MOST_ROWS:,}",
            ) from None
    return _answer(user.uri, checked, now) | {
        "done": None if done is None else {"links": done.links, "index": done.closed}
    }


def _answer(actor: str, checked: Checked, now: datetime) -> dict[str, Any]:
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
        "notes": [translated(note) for note in checked.notes],
        "rows": [
            {
                "row": row.number,
                "fate": "wrong" if row.problems else "good" if row.number in good else "there",
                "name": row.product,
                "problems": [_cell(problem) for problem in row.problems],
                "draft": good.get(row.number),
            }
            for row in checked.rows
        ],
        "closing": None if closing is None else link_to_sign([subject(closing)], statement=closing),
    }


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
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["追溯码", "产品名称", "URI"])
    count = 0
    with site().ledger.reading() as reader:
        events = reader.events_of_document(sha256, user.uri) if is_digest(sha256) else iter(())
        for event in events:
            lots = event.get("quantityList") or [{}]
            item, name = lots[0].get("epcClass"), (event.get("ilmd") or {}).get("suyuan:product")
            if isinstance(item, str) and isinstance(name, str):
                writer.writerow([_code(item, user.uri), _harmless(name), item])
                count += 1
    if not count:
        raise ProblemError(404, "you have registered nothing of this table")
    response = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="codes-{sha256[:12]}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@") else name


def _code(item: str, holder: str) -> str:
    """The code that its holder's own labels carry, as it is printed."""
    return codes.shown(codes.of_chain(item, holder))
