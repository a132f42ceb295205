"""/api/v1/batches: batches registered last, drafts of new ones, and the table to fill in."""

from collections.abc import Sequence
from typing import Annotated, Any

from flask import Response
from pydantic import BaseModel, ConfigDict, Field

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.json_values import Among, as_json
from suyuan.trace.format.messages import msg
from suyuan.trace.format.vocabulary import STEPS, step_of, steps_of
from suyuan.trace.recording.imports import form
from suyuan.trace.recording.imports.batches import RowProblem
from suyuan.trace.recording.imports.form import Coded, again
from suyuan.trace.recording.imports.registering import XLSX
from suyuan.trace.recording.imports.table import template as empty_table
from suyuan.trace.recording.supplies import products_of
from suyuan.trace.recording.usual import Usual
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import acting_for
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import ANYBODY, SIGNED_IN, Routes, text
from suyuan.web.context import site
from suyuan.web.text.texts import translated

from ..ledger.to_sign import LinksToSignOut, LinkToSignOut, link_to_sign, questions, to_sign

MOST = 200
CODING = step_of("codes").biz_step
# In RFC 6266's words: 批次登记.xlsx.
_NAMED = (
    'attachment; filename="batches.xlsx"; '
    "filename*=UTF-8''%E6%89%B9%E6%AC%A1%E7%99%BB%E8%AE%B0.xlsx"
)
routes = Routes("batches", tag="Products and batches")
NO_MANDATE = "The mandate under which one records is not for this"
CELLS = "Values, in `cells`, are not as they should be; the first in `field`"


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


_EXAMPLE: Any = {
    "batches": [
        {"name": "上海青", "spec": "一级", "category": "蔬菜", "quantity": "100", "unit": "KGM",
         "produced": "2025-03-01", "shelf_life": "5", "origin": "福建省厦门市同安区",
         "place": "PLACE", "lot": "QS-0301"}
    ]
}  # fmt: skip


class BatchesIn(BaseModel):
    """Batches to register together."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    batches: Annotated[list[BatchIn], Field(min_length=1, max_length=MOST)]


class CellProblemOut(BaseModel):
    """A wrong value: what is wrong, and what would be right, in the caller's language."""

    row: int = Field(description="As a spreadsheet shows it; of a form's batches from 1")
    column: str = Field(description="The heading as written, or the field; empty: the whole row")
    what: str
    fix: str


def cell_of(problem: RowProblem) -> dict[str, Any]:
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
        cells=[cell_of(problem) for problem in problems],
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


@routes.get("/batches/again", SIGNED_IN, output=AgainOut, answers={403: NO_MANDATE})
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
    answers={403: NO_MANDATE, 422: CELLS},
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
    unusual = Usual(reader, acting.uri).unusual(event for lot in good for event in lot.events[-1:])
    return to_sign(acting.uri, links, names, now) | {
        "questions": questions(unusual),
        "batches": [
            {"item": lot.item, "code": code_of(lot.item, acting.uri), "name": lot.name}
            for lot in good
        ],
    }


@routes.get(
    "/batches/template", ANYBODY, content={200: text(XLSX)}, answers={200: "An XLSX to fill in"}
)
def template() -> Response:
    """An XLSX to fill in: the headings, and an example that is not read."""
    response = Response(empty_table(), content_type=XLSX)
    response.headers["Content-Disposition"] = _NAMED
    return response


def code_of(item: str, holder: str) -> str:
    """The code that its holder's own labels carry, as it is printed."""
    return codes.shown(codes.of_chain(item, holder))
