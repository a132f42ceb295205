"""The inspector's page of a lineage: a graph and a table, on the screen and on paper."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response, render_template, request
from markupsafe import Markup

from suyuan.trace.exchange import tracing
from suyuan.trace.exchange.tracing import Query
from suyuan.trace.findings.rule_list import heading
from suyuan.trace.format.messages import Language, msg
from suyuan.trace.lineage.drawing import drawing_svg as svg
from suyuan.trace.lineage.drawing import lineage_words as words
from suyuan.trace.lineage.drawing.drawing_shapes import icon
from suyuan.trace.lineage.drawing.drawing_svg import Drawing, Sheet, sheets
from suyuan.trace.lineage.drawing.lineage_view import Direction, Row, View, rows
from suyuan.web.app import targets
from suyuan.web.app.limits import READING
from suyuan.web.app.routes import ENTRIES, Routes
from suyuan.web.app.targets import NotOurs
from suyuan.web.context import site
from suyuan.web.text.languages import is_chinese, keep_language
from suyuan.web.text.texts import gettext as _
from suyuan.web.text.texts import language as language_of_page

routes = Routes("lineage_page")

MOST = 2_000
"""Items each way on one page, and rows of its table."""

_STEPS = 1_000
_DOUBTS = 200
_COLUMNS = ("depth", "name", "made by", "made", "used", "holders", "containers", "marks")


@dataclass(frozen=True, slots=True)
class Mark:
    """What acts or doubts say of an item: a symbol with its word."""

    icon: Markup
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the table; `href` is the lineage of its item, `page` what consumers see."""

    depth: str
    is_root: bool
    name: str
    number: str
    code: str
    href: str
    page: str
    made_by: tuple[str, ...]
    made: tuple[str, ...]
    used: tuple[str, ...]
    holders: tuple[str, ...]
    stays: tuple[str, ...]
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Doubted:
    """A doubt about an item: the rule's title, and why."""

    title: str
    item: str
    href: str
    reason: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A link to another form of the same; without `href` the present one."""

    text: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """What the template shows. `drawing` is None where it is too large to be drawn."""

    name: str
    number: str
    code: str
    item: str
    as_of: str
    is_cut: bool
    captions: Mapping[str, str]
    drawing: Drawing | None
    elements: Markup
    fonts: str
    sheets: tuple[Sheet, ...]
    lines: tuple[Line, ...]
    more: int
    doubts: tuple[Doubted, ...]
    more_doubts: int
    directions: tuple[Choice, ...]
    depths: tuple[Choice, ...]
    files: tuple[Choice, ...]
    page: str


@routes.get("/lineage/<code>", ENTRIES, limit=READING)
def by_code(code: str) -> Response:
    """The lineage of what a trace code names: both ways and all steps unless asked otherwise."""
    where = site()
    with where.ledger.reading() as reader:
        try:
            target = targets.by_code(reader, where.host, code)
        except NotOurs as error:
            text = render_template("not_ours.html", error=error, size=reader.size())
            return _varied(Response(text, 404))
        asked = Query(_direction(), _depth(), MOST)
        view = tracing.view(reader, where.ledger.trust, [target.item], asked, where.ledger.now())
    return _varied(Response(render_template("lineage.html", page=_build(view, target.item))))


def _varied(response: Response) -> Response:
    response.vary.add("Accept-Language")
    return response


def _direction() -> Direction:
    asked = request.args.get("direction", "")
    return Direction(asked) if asked in list(Direction) else Direction.BOTH


def _depth() -> int | None:
    """So many makings as were asked for; all where that is no number."""
    asked = request.args.get("depth", "")
    if not asked.isascii() or not asked.isdigit() or not asked.strip("0"):
        return None
    return min(_STEPS, int(asked[:9]))


def _build(view: View, item: str) -> Page:
    language = language_of_page()
    try:
        drawing = svg.draw(view, language)
    except svg.TooManyError:
        drawing = None
    listed = rows(view)
    doubts = _doubts(view, language)
    code = view.codes[item]
    return Page(
        name=view.item_name(item, language),
        number=view.number(item, language),
        code=view.code(item),
        item=item,
        as_of=words.as_of_words(view, language),
        is_cut=view.graph.is_cut,
        captions={name: words.COLUMNS[name].text(language) for name in _COLUMNS},
        drawing=drawing,
        elements=Markup("" if drawing is None else drawing.elements),  # noqa: S704  escaped there
        fonts=svg.FONTS,
        sheets=() if drawing is None else tuple(sheets(drawing)),
        lines=tuple(_line(view, row, language) for row in listed[:MOST]),
        more=max(0, len(listed) - MOST),
        doubts=tuple(doubts[:_DOUBTS]),
        more_doubts=max(0, len(doubts) - _DOUBTS),
        directions=_directions(code, view),
        depths=_depths(code, view),
        files=_files(code, view),
        page=keep_language(targets.item_path(item, None)),
    )


def _line(view: View, row: Row, language: Language) -> Line:
    name, number = view.item_name(row.item, language), view.number(row.item, language)
    code = view.codes[row.item]
    return Line(
        depth=msg("asked for").text(language) if row.is_root else f"{row.depth:+d}",
        is_root=row.is_root,
        name=name,
        number="" if name in number else number,
        code=view.code(row.item),
        href=keep_language(f"/lineage/{code}"),
        page=keep_language(f"/t/{code}"),
        made_by=tuple(words.steps_words(view, row, language)),
        made=tuple(words.amounts_words(row.made, language)),
        used=tuple(words.amounts_words(row.used, language)),
        holders=tuple(words.holders_words(view, row, language)),
        stays=tuple(words.stays_words(view, row, language)),
        marks=tuple(_marks(view, row.item, language)),
    )


def _marks(view: View, item: str, language: Language) -> list[Mark]:
    kinds = [view.marks[item].value] if item in view.marks else []
    kinds += ["doubted"] if view.doubts.get(item) else []
    texts = words.marks_words(view, item, language)
    return [
        Mark(Markup(icon(0, 0, kind)), kind, text)  # noqa: S704  drawn by us
        for kind, text in zip(kinds, texts, strict=True)
    ]


def _doubts(view: View, language: Language) -> list[Doubted]:
    """All doubts about the items of a lineage, in the order of the table."""
    found = []
    for item in (*view.graph.depth, *sorted(view.doubts.keys() - view.graph.depth.keys())):
        for doubt in view.doubts.get(item, ()):
            title = heading(doubt.rule).title.text(language)
            href = keep_language(f"/lineage/{view.codes[item]}")
            why = doubt.message.text(language)
            found.append(Doubted(title, view.item_name(item, language), href, why))
    return found


def _query(path: str, **values: str | int | None) -> str:
    asked = [(name, value) for name, value in values.items() if value is not None]
    if "lang" in request.args:
        asked.append(("lang", "zh" if is_chinese() else "en"))
    return f"{path}?{urlencode(asked)}" if asked else path


def _directions(code: str, view: View) -> tuple[Choice, ...]:
    path = f"/lineage/{code}"
    named = (
        (Direction.BOTH, _("Both ways")),
        (Direction.BACK, _("What it was made from")),
        (Direction.FORWARD, _("What was made from it")),
    )
    return tuple(
        Choice(
            text,
            None
            if view.direction is direction
            else _query(path, direction=direction.value, depth=view.steps),
        )
        for direction, text in named
    )


def _depths(code: str, view: View) -> tuple[Choice, ...]:
    path = f"/lineage/{code}"
    direction = view.direction.value
    found = [
        Choice(
            text, None if view.steps == steps else _query(path, direction=direction, depth=steps)
        )
        for steps, text in ((None, _("All steps")), (1, _("One step")))
    ]
    return tuple(found)


def _files(code: str, view: View) -> tuple[Choice, ...]:
    path, direction = f"/api/v1/items/{code}/lineage", view.direction.value
    return tuple(
        Choice(text, _query(path, direction=direction, depth=view.steps, format=kind))
        for kind, text in (
            ("svg", _("Graph (SVG)")),
            ("epcis", _("Events (EPCIS 2.0)")),
            ("json", _("Data (JSON)")),
        )
    )
