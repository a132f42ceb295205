"""/inspect/levels: what is open in an office's divisions, summed, one by one, and over months."""

from collections.abc import Iterator

from flask import Response, request

from suyuan.trace.exchange.spreadsheets import Cell
from suyuan.trace.format.identifiers import divisions
from suyuan.trace.inspection.case_kinds import kinds
from suyuan.trace.inspection.coverage import month_text
from suyuan.trace.inspection.levels import SHOWN, Level, Levels, kinds_shown
from suyuan.trace.inspection.levels import levels as levels_of
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app import sheets
from suyuan.web.app.access import remits, viewer
from suyuan.web.app.routes import INSPECTOR, Routes
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import translated

from .coverage import up_from
from .inspect import CHOOSING, again, division_asked, render
from .queue import SOURCES

routes = Routes("levels_page", prefix="/inspect")


@routes.get("/levels", INSPECTOR, patient=True)
def levels(reader: Reader) -> Response:
    """What is open in one's remit, or a division of it, and division by division below."""
    remit, ledger = viewer.remit(), site().ledger
    division, wrong = division_asked(remit)
    within, now = remits.division(remit, division), ledger.now()
    found = levels_of(reader, ledger, within, now)
    if sheets.is_asked():
        return sheets.sheet(_("Division by division"), _headings(found), _rows(found))
    return render(
        "figures/levels.html",
        reader,
        found=found,
        size=reader.size(),
        division=division,
        typed=request.args.get("division", "")[: divisions.LONGEST] if wrong else division,
        wrong=wrong,
        remit=remit,
        up=up_from(division, remit),
        kinds=kinds_shown(found),
        kind_text=_kind,
        stage_text=_stage,
        sources={source: SOURCES[source] for source in SHOWN},
        labels=[month_text(at) for at in found.opened],
        sheet=again(format="xlsx"),
        again=again,
        module=CHOOSING,
    )


def _kind(name: str) -> str:
    return translated(kinds()[name].text) if name in kinds() else name


def _stage(kind: str, name: str) -> str:
    if name == "assigned":
        return _("Handed to another office")
    known = kinds()[kind].stages.get(name) if kind in kinds() else None
    return name if known is None else translated(known.text)


def _headings(found: Levels) -> list[str]:
    return [
        _("Division"), *(str(SOURCES[source]) for source in SHOWN), _("Cases overdue"),
        _("Samples failed"), _("holds and recalls in force"), _("Operators"), _("Lots"),
        *(_kind(kind) for kind in kinds_shown(found)),
    ]  # fmt: skip


def _rows(found: Levels) -> Iterator[list[Cell]]:
    yield _row(_("All"), found.total, found)
    for code, level in found.below.items():
        yield _row(shown.division(code), level, found)
    for month, counts in found.opened.items():
        opened = [counts[kind] for kind in kinds_shown(found)]
        yield [_("opened in %(month)s", month=month_text(month)), *[None] * 8, *opened]


def _row(name: str, level: Level, found: Levels) -> list[Cell]:
    covered = {} if level.covered is None else level.covered.counts
    return [
        name, *(level.tasks[source] for source in SHOWN), level.late, level.failed, level.acts,
        covered.get("coders"), covered.get("lots"),
        *(level.kinds[kind] for kind in kinds_shown(found)),
    ]  # fmt: skip
