"""The inspector's page of a lineage: a graph and a table, on the screen and on paper."""

from typing import Any
from urllib.parse import urlencode

from flask import Response, render_template, request
from markupsafe import Markup

from suyuan.trace.exchange import tracing
from suyuan.trace.exchange.tracing import Query
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.lineage.drawing import drawing_svg as svg
from suyuan.trace.lineage.drawing import drawing_texts as words
from suyuan.trace.lineage.drawing.drawing_cards import icon
from suyuan.trace.lineage.drawing.drawing_svg import sheets
from suyuan.trace.lineage.drawing.lineage_view import Direction, View, rows
from suyuan.web.app import targets
from suyuan.web.app.access import session
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import ENTRIES, Routes
from suyuan.web.app.targets import NotOurs
from suyuan.web.context import site
from suyuan.web.text.languages import is_chinese
from suyuan.web.text.recalls_names import lineage_in_words
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import language as language_of_page

routes = Routes("lineage_page")

MOST = 2_000
"""Items each way on one page, and rows of its table."""

_STEPS = 1_000
_FINDINGS = 200
_COLUMNS = ("depth", "name", "made by", "made", "used", "holders", "containers", "marks")


@routes.get("/lineage/<code>", ENTRIES, limit=READING)
def by_code(code: str) -> Response:
    """The lineage of what a trace code names: both ways and all steps unless asked otherwise."""
    where = site()
    with where.ledger.reading() as reader:
        try:
            target = targets.by_code(reader, where.host, code)
        except NotOurs as error:
            text = render_template("consumer/not_ours.html", error=error)
            return Response(text, 404)
        way = request.args.get("direction", "")
        direction = Direction(way) if way in list(Direction) else Direction.BOTH
        query = Query(direction, _depth(), MOST)
        view = tracing.view(reader, where.ledger.trust, [target.item], query, where.ledger.now())
        user = session.current()
        view = lineage_in_words(reader, view, None if user is None else user.uri)
    return Response(render_template("inspector/lineage.html", **_values(view, target.item)))


def _depth() -> int | None:
    """So many makings as were asked for; all where that is no number."""
    depth = request.args.get("depth", "")
    if not depth.isascii() or not depth.isdigit() or not depth.strip("0"):
        return None
    return min(_STEPS, int(depth[:9]))


def _values(view: View, item: str) -> dict[str, Any]:
    language = language_of_page()
    try:
        drawing = svg.draw(view, language)
    except svg.TooManyError:  # too large to be drawn
        drawing = None
    every = (*view.graph.depth, *sorted(view.findings.keys() - view.graph.depth.keys()))
    return {
        "view": view,
        "item": item,
        "language": language,
        "words": words,
        "columns": [words.COLUMNS[name].text(language) for name in _COLUMNS],
        "drawing": drawing,
        "elements": Markup("" if drawing is None else drawing.elements),  # noqa: S704  escaped there
        "fonts": svg.FONTS,
        "sheets": () if drawing is None else sheets(drawing),
        "rows": rows(view),
        "most": MOST,
        "marks": _marks,
        "findings": [(each, finding) for each in every for finding in view.findings.get(each, ())],
        "most_findings": _FINDINGS,
        "heading": heading,
        "forms": _forms(view.codes[item], view),
    }


def _marks(view: View, item: str) -> list[tuple[str, str, Markup]]:
    """What acts and findings say of an item: kinds, with their words and symbols."""
    kinds = [view.marks[item].value] if item in view.marks else []
    kinds += ["doubted"] if view.findings.get(item) else []
    texts = words.marks_words(view, item, language_of_page())
    icons = [Markup(icon(0, 0, kind)) for kind in kinds]  # noqa: S704  drawn by us
    return list(zip(kinds, texts, icons, strict=True))


def _query(path: str, **values: str | int | None) -> str:
    query = [(name, value) for name, value in values.items() if value is not None]
    if "lang" in request.args:
        query.append(("lang", "zh" if is_chinese() else "en"))
    return f"{path}?{urlencode(query)}" if query else path


def _forms(code: str, view: View) -> dict[str, list[tuple[str, str | None]]]:
    """Links to other forms of the same, by what they choose; None for the present one."""
    path, file = f"/lineage/{code}", f"/api/v1/items/{code}/lineage"
    way, steps = view.direction, view.steps
    ways = (
        (Direction.BOTH, _("Both ways")),
        (Direction.BACK, _("What it was made from")),
        (Direction.FORWARD, _("What was made from it")),
    )
    kinds = (
        ("svg", _("Graph (SVG)")),
        ("epcis", _("Events (EPCIS 2.0)")),
        ("json", _("Data (JSON)")),
    )
    return {
        _("Direction"): [
            (text, None if way is choice else _query(path, direction=choice.value, depth=steps))
            for choice, text in ways
        ],
        _("How far"): [
            (text, None if steps == choice else _query(path, direction=way.value, depth=choice))
            for choice, text in ((None, _("All steps")), (1, _("One step")))
        ],
        _("As a file"): [
            (text, _query(file, direction=way.value, depth=steps, format=kind))
            for kind, text in kinds
        ],
    }
