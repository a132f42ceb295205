"""Grades: of a party with all that made it, for its inspectors and for itself; of a remit."""

from collections.abc import Iterator
from decimal import Decimal

from flask import Response, request

from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.inspection.coverage import category_words
from suyuan.trace.inspection.grading.grade_facts import Graded, is_graded, written
from suyuan.trace.inspection.grading.grade_table import given
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import sheets
from suyuan.web.app.access import remits, session, viewer
from suyuan.web.app.problems import ProblemError
from suyuan.web.app.routes import INSPECTOR, SIGNED_IN, Routes
from suyuan.web.text import filters
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _

from .inspect import again, render

MOST = 50
_LONGEST = 700
_HEADINGS = (
    _l("Party"), _l("Number"), _l("Grade"), _l("Points"), _l("Last inspected"), _l("Next by"),
    _l("Thorough by"),
)  # fmt: skip
routes = Routes("grades_page")


@routes.get("/inspect/grades", INSPECTOR)
def listed(reader: Reader) -> Response:
    """The grades of the parties of one's remit, and when each is inspected next."""
    after = request.args.get("after", "")[:_LONGEST]
    found, later = remits.grades(reader, viewer.remit(), after, MOST)
    if sheets.is_asked():
        return sheets.sheet(_("Grades"), _HEADINGS, _rows(found))
    return render(
        "grades/grades.html", reader, found=found, given=given(), today=remits.today(),
        next=None if later is None else again(after=later), sheet=again(format="xlsx"),
    )  # fmt: skip


@routes.get("/inspect/grade", INSPECTOR, back="/inspect/grades")
def shown(reader: Reader) -> Response:
    """The grade of a party of one's remit, which the query names."""
    party = remits.party(reader, viewer.remit(), request.args.get("party", ""))
    return _page(reader, remits.grade_of(reader, party) if is_graded(party) else None)


@routes.get("/me/grade", SIGNED_IN)
def own(reader: Reader) -> Response:
    """One's own grade."""
    party = reader.party(session.signed_in().uri)
    if party is None or not is_graded(party):
        return _page(reader, None)
    return _page(reader, remits.grade_of(reader, party))


def _page(reader: Reader, found: Graded | None) -> Response:
    if found is None:
        raise ProblemError(404, "parties of its kind are not graded")
    return render("grades/grade.html", reader, found=found, given=given(), foods=category_words())


def _rows(found: list[Graded]) -> Iterator[list[Cell]]:
    for one in found:
        number = filters.number_of(one.party.uri)
        yield [
            one.party.name, number, one.grade.rule.name, Decimal(one.grade.total) / 100,
            written(one.inspected), written(one.next_inspection), written(one.next_thorough),
        ]  # fmt: skip
