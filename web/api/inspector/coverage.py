"""/api/v1/coverage: how far the lots of a division are traced, by category, month and below."""

from pydantic import BaseModel, Field

from suyuan.trace.inspection.coverage import (
    CoverageReportJson,
    category_words,
    coverage_json,
    coverage_report,
)
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import coverage as access
from suyuan.web.app.access import viewer
from suyuan.web.app.limits import READING
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, Routes

routes = Routes("coverage", tag="Inspection")


class CoverageIn(BaseModel):
    """Of which division, month and category."""

    division: str = Field("", max_length=120, description="By default the whole remit")
    month: str = Field("", max_length=7, description="2026-11; by default the present one")
    category: str = Field("", max_length=32, description="A category of the catalogue")
    after: int = Field(0, ge=0, le=1 << 53, description="As an answer said")


@routes.get("/coverage", INSPECTOR, limit=READING, output=CoverageReportJson)
def coverage(reader: Reader, query: CoverageIn) -> CoverageReportJson:
    """How many operators, products and lots are traced, and how far, from sums."""
    if query.category and query.category not in category_words():
        raise ProblemError(422, "the catalogue has no such category", field="category")
    divisions = access.divisions(viewer.remit(), query.division)
    month = access.month(query.month)
    report = coverage_report(reader, divisions, month, query.category, after=query.after)
    return coverage_json(report)
