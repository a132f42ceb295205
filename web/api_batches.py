"""/api/v1/batches: batches registered last, and drafts of new ones, from a form or a table."""

import csv
import io
import tempfile
from pathlib import Path
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask import Response, request
from pydantic import BaseModel, Field

from suyuan.trace import bulk
from suyuan.trace.identifiers import codes
from suyuan.trace.imports.errors import TableError
from suyuan.trace.imports.rows import RowProblem
from suyuan.trace.imports.template import write_template
from suyuan.trace.members import digest as is_digest
from suyuan.trace.statements import subject
from suyuan.trace.steps import STEPS
from suyuan.trace.supplies import products_of

from . import acting_for, batch_form, batch_table, session, session_guard
from .acting_for import Acting
from .batch_again import Again, again
from .batch_form import BatchesIn, BatchIn, Made
from .batch_problems import CellProblemOut, refusal, told
from .batch_table import MAX_FILE, MOST_ROWS, XLSX, Checked, Row
from .context import site
from .limiting import limited
from .problems import ProblemError
from .texts import translated

CODING = "commissioning"
# In RFC 6266's words: 批次登记.xlsx.
_NAMED = (
    'attachment; filename="batches.xlsx"; '
    "filename*=UTF-8''%E6%89%B9%E6%AC%A1%E7%99%BB%E8%AE%B0.xlsx"
)
blueprint = APIBlueprint("batches", __name__, url_prefix="/api/v1", tag="Products and batches")


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


class EventDraftOut(BaseModel):
    """One link to sign."""

    subjects: list[str]
    after: list[dict[str, Any]]
    event: dict[str, Any] | None = None
    statement: dict[str, Any] | None = None
    document: dict[str, Any] | None = None


class NewBatchOut(BaseModel):
    """A batch as it will be known."""

    item: str
    code: str = Field(description="Its trace code, as it is printed")
    name: str


class BatchDraftsOut(BaseModel):
    """Links to sign, by this actor, in this order."""

    ledger: str
    actor: str
    signed_at: str
    drafts: list[EventDraftOut]
    names: dict[str, str | None]
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


class TableOut(BaseModel):
    """Each row's fate, and what is to be signed: the drafts in their order, then the closing."""

    ledger: str
    actor: str
    signed_at: str
    sha256: str
    size: int
    type: str
    done: TableDoneOut | None
    notes: list[str]
    rows: list[TableRowOut]
    drafts: list[EventDraftOut]
    closing: EventDraftOut | None
    names: dict[str, str | None]


@blueprint.before_request
def _guard() -> None:
    if request.method != "GET":
        session_guard.of_script()
        request.max_form_memory_size = 1 << 20  # which counts what is read of a file at once


@blueprint.get("/batches/again")
@blueprint.output(AgainOut)
def last() -> dict[str, Any]:
    """The batches of the last day on which the signed-in party registered any, dated today."""
    party = _acting(CODING).uri
    ledger = site().ledger
    with ledger.reading() as reader:
        found = again(reader, party, products_of(reader, party), ledger.now())
    return plain(found)


def plain(found: Again) -> dict[str, Any]:
    """The same for programs."""
    return {
        "day": None if found.day is None else found.day.isoformat(),
        "batches": [
            {"title": one.title, "batch": one.batch.model_dump(), "lot": one.lot}
            for one in found.batches
        ],
        "more": found.more,
    }


@blueprint.post("/batches/draft")
@blueprint.input(BatchesIn, arg_name="asked")
@blueprint.output(BatchDraftsOut)
@limited("batches", "240/minute")
def draft(asked: BatchesIn) -> dict[str, Any]:
    """The events that code batches, for their party to sign together (`atomic=true`).

    A problem of a value has the `index` of its batch, the `field`, and `cells` of all that is
    wrong.
    """
    steps = {STEPS[one.begin].biz_step for one in asked.batches if one.begin}
    acting = _acting(CODING, *steps)
    ledger = site().ledger
    now = ledger.now()
    with ledger.reading() as reader:
        products = {one.uri: one for one in products_of(reader, acting.uri)}
        found = batch_form.made(
            reader, asked.batches, host=site().host, actor=acting.uri, products=products, now=now
        )
        wrong = [one for one in found if isinstance(one, RowProblem)]
        if wrong:
            raise refusal(wrong)
        good = [one for one in found if isinstance(one, Made)]
        names = batch_form.named(reader, good) | {acting.uri: acting.name}
    return {
        "ledger": ledger.trust.origin,
        "actor": acting.uri,
        "signed_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "drafts": [
            {"subjects": [one.item], "after": [], "event": event}
            for one in good
            for event in one.events
        ],
        "names": names,
        "batches": [{"item": one.item, "code": _code(one.item), "name": one.name} for one in good],
    }


@blueprint.get("/batches/template")
def template() -> Response:
    """An XLSX to fill in: the headings, and an example that is not read."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(path)
        data = path.read_bytes()
    response = Response(data, content_type=XLSX)
    response.headers["Content-Disposition"] = _NAMED
    return response


@blueprint.post("/batches/table")
@blueprint.input(TableIn, location="files", arg_name="asked")
@blueprint.output(TableOut)
@limited("table", "30/minute")
def table(asked: TableIn) -> dict[str, Any]:
    """Check a table of batches: each row's fate, and the links that its good rows come to.

    Nothing is signed, written or kept. The drafts are signed and sent in arrays in their order,
    the file with the first (as one of its entry's `attachments`), then the closing.
    """
    who = session.require()
    if (acting := acting_for.current()) is not None and acting.is_other:
        raise ProblemError(403, "a table is closed by a statement, which its party signs itself")
    name = asked.file.filename or ""
    try:
        data = asked.file.stream.read(MAX_FILE + 1)
    finally:
        asked.file.close()
    if len(data) > MAX_FILE:
        raise ProblemError(
            413, f"a table may have {MAX_FILE >> 20} MiB here: split it, or use suyuan register"
        )
    ledger = site().ledger
    ledger.followers.catch_up()  # what of this file is there already
    now = ledger.now()
    source = batch_table.source_of(data, name)
    done = bulk.finished(ledger, who.uri, source.sha256)
    if done is not None:
        checked = Checked(source)
    else:
        try:
            checked = batch_table.check(ledger, who.uri, data, name, now)
        except TableError as error:
            cell = told(RowProblem(0, "", error.what, error.fix))
            detail = f"{error.what}; {error.fix}"
            raise ProblemError(422, detail, field="file", cells=[cell]) from None
        except batch_table.TooMany:
            raise ProblemError(
                413, f"a table may have {MOST_ROWS:,} rows here: split it, or use suyuan register"
            ) from None
    return _answer(who.uri, checked, now.strftime("%Y-%m-%dT%H:%M:%SZ")) | {
        "done": None if done is None else {"links": done.links, "index": done.closed}
    }


def _answer(actor: str, checked: Checked, signed_at: str) -> dict[str, Any]:
    member, closing = checked.source.member, checked.closing
    good = {row.number: at for at, row in enumerate(checked.good)}
    return {
        "ledger": site().ledger.trust.origin,
        "actor": actor,
        "signed_at": signed_at,
        "sha256": checked.source.sha256,
        "size": checked.source.size,
        "type": checked.source.type,
        "notes": [translated(note) for note in checked.notes],
        "rows": [_row(row, good.get(row.number)) for row in checked.rows],
        "drafts": [
            {
                "subjects": [row.event["quantityList"][0]["epcClass"]],
                "after": [],
                "event": row.event,
                "document": member,
            }
            for row in checked.good
            if row.event is not None
        ],
        "closing": None
        if closing is None
        else {"subjects": [subject(closing)], "after": [], "statement": closing},
        "names": {
            row.event["quantityList"][0]["epcClass"]: row.product
            for row in checked.good
            if row.event is not None
        },
    }


def _row(row: Row, draft: int | None) -> dict[str, Any]:
    fate = "wrong" if row.problems else "good" if draft is not None else "there"
    return {
        "row": row.number,
        "fate": fate,
        "name": row.product,
        "problems": [told(one) for one in row.problems],
        "draft": draft,
    }


@blueprint.get("/batches/table/<sha256>/codes")
def table_codes(sha256: str) -> Response:
    """Trace code, product and URI of each batch that the signed-in party registered of a table."""
    who = session.require()
    ledger = site().ledger
    ledger.followers.catch_up()
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(["追溯码", "产品名称", "URI"])
    count = 0
    with ledger.reading() as reader:
        events = reader.events_of_document(sha256, who.uri) if is_digest(sha256) else iter(())
        for event in events:
            lots = event.get("quantityList") or [{}]
            item, name = lots[0].get("epcClass"), (event.get("ilmd") or {}).get("suyuan:product")
            if isinstance(item, str) and isinstance(name, str):
                writer.writerow([_code(item), _harmless(name), item])
                count += 1
    if not count:
        raise ProblemError(404, "you have registered nothing of this table")
    response = Response("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="codes-{sha256[:12]}.csv"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _acting(*steps: str) -> Acting:
    """For whom one records; a problem where nobody is signed in, or the mandate is for less."""
    who = session.require()
    acting = acting_for.current()
    assert acting is not None
    if not acting.covers(*steps):
        raise ProblemError(403, f"the mandate of {acting.uri} to {who.uri} is not for this step")
    return acting


def _harmless(name: str) -> str:
    """A name that no spreadsheet takes for a formula."""
    return f"'{name}" if name[:1] in ("=", "+", "-", "@") else name


def _code(item: str) -> str:
    return codes.shown(codes.of_uri(item, site().host))
