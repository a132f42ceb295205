"""Batches as a form asks for them, made into the events that code them."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from suyuan.trace import steps
from suyuan.trace.identifiers import codes
from suyuan.trace.identifiers.gs1 import ID
from suyuan.trace.imports import already, drafts, values
from suyuan.trace.imports.errors import CellError
from suyuan.trace.imports.form import read_form
from suyuan.trace.imports.rows import BatchRow, RowProblem
from suyuan.trace.members import Object
from suyuan.trace.messages import msg
from suyuan.trace.steps import Portion
from suyuan.trace.store.read import Reader
from suyuan.trace.supplies import OwnProduct
from suyuan.trace.times import zone

MOST = 200


class BatchIn(BaseModel):
    """A batch as it was typed; a problem of a value names its member."""

    product: Annotated[str, Field(max_length=512)] = Field(
        default="", description="The URI of a product of one's own; else `name`"
    )
    name: Annotated[str, Field(max_length=1000)] = Field(
        default="", description="What a product is called that is not stated"
    )
    spec: Annotated[str, Field(max_length=1000)] = ""
    category: Annotated[str, Field(max_length=1000)] = ""
    gtin: Annotated[str, Field(max_length=60)] = Field(
        default="", description="The GTIN of what has a name only; a product has its own"
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
    begin: Literal["", "harvest", "catch"] = Field(
        default="", description="Record this too, as of now, before the coding"
    )


class BatchesIn(BaseModel):
    """Batches to register together."""

    batches: Annotated[list[BatchIn], Field(min_length=1, max_length=MOST)]


@dataclass(frozen=True, slots=True)
class Made:
    """A batch to be signed: its item, what it is called, and its events in order."""

    item: str
    name: str
    events: tuple[Object, ...]


def made(
    reader: Reader,
    asked: Sequence[BatchIn],
    *,
    host: str,
    actor: str,
    products: Mapping[str, OwnProduct],
    now: datetime,
) -> list[Made] | list[RowProblem]:
    """The batches that forms ask for, or all that is wrong with any of them.

    A problem's row is the form's number from 1, its column the member that is wrong.
    """
    today = now.astimezone(zone()).date()
    known = [products.get(one.product) for one in asked]
    rows = read_form(
        [_answers(one, product) for one, product in zip(asked, known, strict=True)],
        today,
        [{} if one is None else one.conversions for one in known],
        ["" if one is None else one.unit for one in known],
    )
    problems: list[RowProblem] = []
    for number, (one, product, row) in enumerate(zip(asked, known, rows, strict=True), 1):
        if one.product and product is None:
            fix = msg("choose one of your products, or give a name")
            problems.append(RowProblem(number, "product", msg("it is no product of yours"), fix))
            continue
        found = row if isinstance(row, list) else []
        problems += [_of_member(problem, one) for problem in found]
        problems += _of_gtin(number, one)
        if one.begin and isinstance(row, BatchRow) and row.produced != today.isoformat():
            what = msg("what begins today was produced today")
            problems.append(RowProblem(number, "begin", what, msg("record the harvest as a step")))
    good = [row for row in rows if isinstance(row, BatchRow)]
    there = already.taken(reader, host, actor, good)
    problems += [
        RowProblem(row, "lot", one.what, msg("give another lot number"))
        for row, one in there.items()
    ]
    if problems:
        return sorted(problems, key=lambda one: one.row)
    return [
        _made(row, one, product, host, now)
        for row, one, product in zip(good, asked, known, strict=True)
    ]


def _answers(one: BatchIn, product: OwnProduct | None) -> dict[str, str]:
    """A form as a row of a table: a GTIN stands there with its lot only."""
    found: dict[str, str] = {
        name: getattr(one, name)
        for name in ("quantity", "unit", "produced", "shelf_life", "origin", "place", "lot")
    }
    if product is None:
        found |= {"product": one.name, "spec": one.spec, "category": one.category}
    else:
        found |= {"product": product.name, "category": product.category}
        found["spec"] = product.spec or ""
    gtin = one.gtin if product is None else product.gtin
    if gtin and not values.is_none(one.lot):
        found["gtin"] = gtin
    return found


def _of_member(problem: RowProblem, one: BatchIn) -> RowProblem:
    """A problem under the member's own name: what a table calls product may be typed as a name."""
    column = "name" if problem.column == "product" and not one.product else problem.column
    return RowProblem(problem.row, column, problem.what, problem.fix)


def _of_gtin(number: int, one: BatchIn) -> list[RowProblem]:
    """What is wrong with a GTIN that stands without a lot, and so in no row."""
    if one.product or not one.gtin.strip() or not values.is_none(one.lot):
        return []
    try:
        values.gtin(one.gtin)
    except CellError as error:
        return [RowProblem(number, "gtin", error.what, error.fix)]
    return []


def _made(
    row: BatchRow, one: BatchIn, product: OwnProduct | None, host: str, now: datetime
) -> Made:
    product_id = None if product is None else product.uri
    if product is None and one.gtin.strip():
        product_id = f"{ID}/01/{values.gtin(one.gtin)}"
    coding = drafts.draft(
        row,
        host=host,
        when=now,
        new_code=codes.new,
        event_id=_event_id,
        zone=zone(),
        product_id=product_id,
    ).event
    assert coding is not None
    item = str(coding["quantityList"][0]["epcClass"])
    if not one.begin:
        return Made(item, row.product, (coding,))
    portion = Portion(item, row.quantity, row.uom)
    first = steps.event(one.begin, now, [portion], place=row.place, zone=zone())
    return Made(item, row.product, (first, coding))


def _event_id() -> str:
    return f"urn:uuid:{uuid.uuid4()}"


def named(reader: Reader, batches: Sequence[Made]) -> dict[str, Any]:
    """What batches and their places are called, by URI."""
    found: dict[str, Any] = {one.item: one.name for one in batches}
    for one in batches:
        place = (one.events[-1].get("bizLocation") or {}).get("id")
        if place is not None:
            found[place] = reader.name(place)
    return found
