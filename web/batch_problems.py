"""What a form or a table gets wrong, as problem details that say it beside the field."""

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from suyuan.trace.imports.rows import RowProblem

from .problems import ProblemError
from .texts import translated


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
