"""/inspect/coverage: how far the lots of a division are traced, drilled down to the counter."""

from collections.abc import Iterator

from flask import Response, request

from suyuan.keys.validity import significant
from suyuan.trace.admission.access import Remit
from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.format.identifiers import divisions
from suyuan.trace.inspection.coverage import (
    CoverageCounts,
    CoverageReport,
    category_words,
    coverage_report,
    month_text,
    months_until,
    read_month,
)
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.schema_columns import LEVELS
from suyuan.web.app import sheets
from suyuan.web.app.access import coverage as access
from suyuan.web.app.access import viewer
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.text import shown
from suyuan.web.text.recalls_names import namer
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated

from .inspect import CHOOSING, again, division_asked, render

routes = Routes("coverage_page", prefix="/inspect")
MEASURES = {
    "coders": _l("Operators"),
    "products": _l("Products"),
    "lots": _l("Lots"),
    "sourced": _l("Source known"),
    "supplied": _l("Supplier known"),
    "handed": _l("Handed over"),
    "answered": _l("Confirmed"),
    "reached": _l("Sold or used"),
    "through": _l("Traced through"),
}
_HEADINGS = (_l("Kind"), _l("Which"), *MEASURES.values())


@routes.get("/coverage", INSPECTOR)
def coverage(reader: Reader) -> Response:
    """The report of a month on one's remit, or a division of it."""
    remit = viewer.remit()
    division, wrong = division_asked(remit)
    month = read_month(request.args.get("month", "")) or access.month("")
    names = category_words()
    category = request.args.get("category", "")
    category = category if category in names else ""
    report = coverage_report(
        reader, access.divisions(remit, division), month, category, after=_after()
    )
    if sheets.is_asked():
        return sheets.sheet(_("How far goods are traced"), _HEADINGS, _rows(reader, report))
    return render(
        "figures/coverage.html",
        reader,
        report=report,
        division=division,
        typed=request.args.get("division", "")[: divisions.LONGEST] if wrong else division,
        wrong=wrong,
        remit=remit,
        category=category,
        categories={name: translated(words) for name, words in names.items()},
        measures=MEASURES,
        count=CoverageCounts.total,
        month=month_text(month),
        months=[month_text(at) for at in reversed(months_until(access.month("")))],
        month_text=month_text,
        labels=[month_text(at) for at in report.months],
        sheet=again(format="xlsx"),
        next=None if report.after is None else again(after=report.after),
        up=up_from(division, remit),
        again=again,
        module=CHOOSING,
    )


def _after() -> int:
    text = request.args.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


def up_from(division: str, remit: Remit) -> list[str]:
    """The divisions above one, as far as they are in the remit, the largest first."""
    above = [division[:n] for n in LEVELS[1:] if n < len(significant(division))]
    return [code for code in above if remit.covers_division(code)]


def _rows(reader: Reader, report: CoverageReport) -> Iterator[list[Cell]]:
    """The same figures as rows of a spreadsheet."""
    name, words = namer(reader), category_words()
    yield _row(_("All"), month_text(report.month), report.total)
    for category, counts in report.categories.items():
        yield _row(_("Category"), translated(words[category]), counts)
    for month, counts in report.months.items():
        yield _row(_("Month"), month_text(month), counts)
    for one in report.below:
        yield _row(_("Division"), shown.division(one.of), CoverageCounts.total([one]))
    for one in report.counters:
        yield _row(_("Operator"), name(one.of), CoverageCounts.total([one]))


def _row(by: str, which: str, counts: CoverageCounts) -> list[Cell]:
    return [by, which, *(getattr(counts, measure) for measure in MEASURES)]
