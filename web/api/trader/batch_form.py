"""Batches as the API's bodies have them, and what is wrong with one, said beside its field."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Field

from suyuan.trace.format.json_values import Among
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.recording.imports.batches import RowProblem
from suyuan.web.app.problems import ProblemError
from suyuan.web.text.texts import translated

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
    begin: Annotated[str, Among(("", *steps_of("gathers")))] = Field(
        default="", description="Record this too, as of now, before the coding"
    )


class BatchesIn(BaseModel):
    """Batches to register together."""

    batches: Annotated[list[BatchIn], Field(min_length=1, max_length=MOST)]


class CellProblemOut(BaseModel):
    """What is wrong with one value: what, and what would be right, in the caller's language."""

    row: int = Field(description="As a spreadsheet shows it; of a form's batches from 1")
    column: str = Field(description="The heading as written, or the field; empty: the whole row")
    what: str
    fix: str


def told(problem: RowProblem) -> dict[str, Any]:
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
        f"{first.column}: {first.what}; {first.fix}"
        if first.column
        else f"{first.what}; {first.fix}",
        field=first.column or None,
        index=first.row - 1,
        cells=[told(one) for one in problems],
    )
