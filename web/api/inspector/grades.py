"""/api/v1/…/grade: a party's grade with the facts that made it, and those of a remit."""

from datetime import date

from pydantic import BaseModel, Field

from suyuan.trace.format.json_values import Form, described
from suyuan.trace.inspection.grading.grade_facts import (
    Graded,
    GradeJson,
    grade_json,
    is_graded,
    written,
)
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import remits, session, viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, ITSELF_OR_INSPECTOR, Routes

MOST = 50
routes = Routes("grades", tag="Inspection", answers={404: "No party that is graded"})


class GradeIn(BaseModel):
    """Of which day."""

    on: date | None = Field(None, description="Of this day, by what is recorded now; else of today")


class GradesIn(BaseModel):
    """Which page."""

    after: str = Field("", max_length=700, description="As an answer said")


class GradeLineJson(Form):
    """A party's grade in a line."""

    party: str
    name: str | None
    grade: str
    total: int = described("In hundredths of a point")
    inspected: str | None = described("When an office last inspected it")
    next: str | None = described("By when it is inspected again, as its grade asks")


class GradesJson(Form):
    """A page of grades."""

    grades: list[GradeLineJson]
    after: str | None = described("Where the next page begins; null at the end")


@routes.get("/parties/<path:who>/grade", ITSELF_OR_INSPECTOR, output=GradeJson)
def grade(reader: Reader, who: str, query: GradeIn) -> GradeJson:
    """A party's grade, with its facts and the table: for its inspectors, and for itself."""
    is_own = session.signed_in().uri == who
    party = reader.party(who) if is_own else remits.party(reader, viewer.remit(), who)
    if party is None or not is_graded(party):
        raise ProblemError(404, "parties of its kind are not graded")
    return grade_json(remits.grade_of(reader, party, query.on))


@routes.get("/grades", INSPECTOR, output=GradesJson)
def listed(reader: Reader, query: GradesIn) -> GradesJson:
    """Grades of the parties of one's remit, page by page."""
    found, after = remits.grades(reader, viewer.remit(), query.after, MOST)
    return GradesJson(list(map(_line, found)), after)


def _line(one: Graded) -> GradeLineJson:
    party, grade = one.party, one.grade
    return GradeLineJson(
        party.uri, party.name, grade.rule.name, grade.total,
        written(one.inspected), written(one.next_inspection),
    )  # fmt: skip
