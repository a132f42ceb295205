"""The table by which operators are graded: ours as an example, or the city's own in its place."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from suyuan.keys.settings import setting
from suyuan.trace.findings.food_catalogue import OTHER, categories
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.vocabulary import ROLES

KINDS = (
    "unfit", "objection", "sample-failed", "quick-positive", "order", "not-corrected", "seizure",
    "interview", "grave", "serious",
)  # fmt: skip
Points = Annotated[int, Field(ge=0, le=1_000)]
Months = Annotated[int, Field(ge=1, le=600)]
Text = Annotated[str, Field(min_length=1, max_length=500)]


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Static(_Row):
    """Points by role and by category of food; the highest of a party's of each count together."""

    most: Points
    points: Mapping[str, Points]
    categories: Mapping[str, Points] = {}


class Dynamic(_Row):
    """The most that facts give together, and for how many months what percent of it."""

    most: Points
    decay: list[tuple[Months, Annotated[int, Field(ge=0, le=100)]]] = Field(min_length=1)


class FactRule(_Row):
    """What facts of a kind give."""

    name: Literal[KINDS]  # type: ignore[valid-type]
    text: Text
    points: Points
    most: Points
    worse: bool = False
    veto: bool = False
    months: Months = 12


class GradeRule(_Row):
    """A grade: until which total, inspections a year, and percent of a draw."""

    name: Annotated[str, Field(min_length=1, max_length=8)]
    until: Points
    checks: Annotated[int, Field(ge=0, le=366)]
    share: Annotated[int, Field(ge=0, le=100)]


class GradeTable(_Row):
    """All of it, with its source and the day from which it holds."""

    source: Text
    since: date
    clean_months: Months
    static: Static
    dynamic: Dynamic
    facts: list[FactRule]
    grades: list[GradeRule] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> "GradeTable":
        limits = [row.until for row in self.grades]
        months = [row[0] for row in self.dynamic.decay]
        names = [row.name for row in self.facts], [row.name for row in self.grades]
        if limits != sorted(set(limits)) or months != sorted(set(months)):
            raise ValueError("`until` and the months of `decay` rise from row to row")
        if any(len(set(of)) < len(of) for of in names):
            raise ValueError("each name stands once")
        if unknown := self.static.points.keys() - ROLES.keys():
            raise ValueError(f"no role: {', '.join(sorted(unknown))}")
        known = {OTHER, *(one.name for one in categories())}
        if unknown := self.static.categories.keys() - known:
            raise ValueError(f"no category of food: {', '.join(sorted(unknown))}")
        return self


@dataclass(frozen=True, slots=True)
class Given:
    """A table, and whether it is the city's own."""

    table: GradeTable
    is_city: bool


@lru_cache(maxsize=1)
def given() -> Given:
    """The table that grades here; LedgerError, with the place, for a city's that is none."""
    own = setting("GRADES")
    if own is None:
        text = files("suyuan.trace.inspection").joinpath("data", "grades.toml").read_text("utf-8")
        return Given(GradeTable.model_validate(tomllib.loads(text)), False)
    try:
        return Given(GradeTable.model_validate(tomllib.loads(own)), True)
    except tomllib.TOMLDecodeError as error:
        raise LedgerError("SUYUAN_GRADES is no TOML: %s", str(error)) from None
    except ValidationError as error:
        raise LedgerError("SUYUAN_GRADES: see %s", _first(error)) from None


def _first(error: ValidationError) -> str:
    """Where the first fault is, and what it is."""
    fault: Any = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in fault["loc"])
    return f"{place}: {fault['msg']}" if place else str(fault["msg"])
