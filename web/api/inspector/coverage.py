"""/api/v1/coverage, /api/v1/levels: how far a division's lots are traced; what is open there."""

from pydantic import BaseModel, Field

from suyuan.trace.format.json_values import Form, described
from suyuan.trace.inspection.coverage import (
    CoverageReportJson,
    category_words,
    coverage_json,
    coverage_report,
    month_text,
)
from suyuan.trace.inspection.levels import Level
from suyuan.trace.inspection.levels import levels as levels_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import coverage as access
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site

routes = Routes("coverage", tag="Inspection")


class LevelsIn(BaseModel):
    """Of which division."""

    division: str = Field("", max_length=120, description="By default the whole remit")


class CoverageIn(LevelsIn):
    """Of which division, month and category."""

    month: str = Field("", max_length=7, description="2026-11; by default the present one")
    category: str = Field("", max_length=32, description="A category of the catalogue")
    after: int = Field(0, ge=0, le=1 << 53, description="As an answer said")


class LevelJson(Form):
    """What is open in a division with all below it."""

    division: str = described("Empty for all of a remit of several")
    tasks: dict[str, int] = described("What is to be followed up, by source")
    cases: dict[str, int] = described("Open ones, by kind")
    acts: int = described("Holds and recalls in force")
    late: int = described("Cases overdue, of those that were read")
    failed: int = described("Open samples that failed, of those that were read")
    operators: int | None = described("That coded or bought a lot this month")
    lots: int | None = described("Of this month")


class LevelsJson(Form):
    """What is open in a division, and in each of the next level that has something."""

    total: LevelJson
    below: list[LevelJson]
    opened: dict[str, dict[str, int]] = described("Cases opened in each month, by kind")
    is_over: bool = described("There are more open cases than were read")


@routes.get("/levels", INSPECTOR, limit=READING, output=LevelsJson, patient=True)
def levels(reader: Reader, query: LevelsIn) -> LevelsJson:
    """What is open in one's remit or a division of it, division by division, and over months."""
    within, now = remits.division(viewer.remit(), query.division), site().ledger.now()
    whole = levels_of(reader, site().ledger, within, now)
    opened = {month_text(month): dict(counts) for month, counts in whole.opened.items()}
    return LevelsJson(_level(whole.total), list(map(_level, whole.below.values())), opened,
                      whole.is_over)  # fmt: skip


def _level(level: Level) -> LevelJson:
    covered = {} if level.covered is None else level.covered.counts
    tasks = {str(source): many for source, many in level.tasks.items()}
    return LevelJson(
        level.division, tasks, dict(level.kinds), level.acts, level.late, level.failed,
        covered.get("coders"), covered.get("lots"),
    )  # fmt: skip


@routes.get("/coverage", INSPECTOR, limit=READING, output=CoverageReportJson)
def coverage(reader: Reader, query: CoverageIn) -> CoverageReportJson:
    """How many operators, products and lots are traced, and how far, from sums."""
    if query.category and query.category not in category_words():
        raise ProblemError(422, "the catalogue has no such category", field="category")
    divisions = access.divisions(viewer.remit(), query.division)
    month = access.month(query.month)
    report = coverage_report(reader, divisions, month, query.category, after=query.after)
    return coverage_json(report)
