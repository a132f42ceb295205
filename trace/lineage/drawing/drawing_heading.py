"""The title block of a lineage drawing: what it shows, as of when, and what its marks mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from suyuan.trace.format.messages import Language, Message, msg, msg_in

from . import drawing_cards as shapes
from . import drawing_texts as words
from .drawing_cards import INK, RED, SOFT, VIOLET, cut, width
from .lineage_view import View, clean

WIDTH = 860.0
_LEFT, _VALUES = 14.0, 110.0
_ROW = 20.0
_SHOWN = 3
_SHAPES = (
    (
        msg_in("lineage", "asked for"),
        f'<rect {{}} fill="#fff" stroke="{shapes.GREEN}" stroke-width="3"/>',
    ),
    (msg("lot, and who has how much"), '<rect {} rx="2" fill="#fff" stroke="#7d8883"/>'),
    (msg("a making"), '<rect {} rx="6" fill="#eef3f0" stroke="#9aa8a1"/>'),
    (msg("container"), f'<rect {{}} fill="#f6f3fb" stroke="{VIOLET}" stroke-dasharray="4 3"/>'),
)
_STROKES = (
    (msg("was inside"), f'stroke="{VIOLET}" stroke-dasharray="5 4"'),
    (msg("a cycle: recorded wrongly"), f'stroke="{shapes.PINK}" stroke-dasharray="9 3 2 3"'),
)
_ICONS = (
    (words.MARKS["recalled"], "recalled"),
    (words.MARKS["contains_recalled"], "contains_recalled"),
    (words.MARKS["on_hold"], "on_hold"),
    (msg("doubted"), "doubted"),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A drawn title block, and its words for other places."""

    width: float
    height: float
    elements: str
    title: str
    name: str
    as_of: str


def heading(view: View, language: Language) -> Heading:
    """The title block of a view."""
    wide = WIDTH
    title = msg("Lineage graph").text(language)
    parts = [shapes.text(_LEFT, 30, title, size=20, is_bold=True)]
    y = 56.0
    for caption, value, colour in _rows(view, language):
        parts.append(shapes.text(_LEFT, y, caption, size=11, colour=SOFT))
        shown = cut(value, wide - _VALUES - 20, 12)
        parts.append(shapes.text(_VALUES, y, shown, size=12, colour=colour))
        y += _ROW
    parts.append(shapes.text(_LEFT, y + 2, msg("Legend").text(language), size=11, colour=SOFT))
    legend, y = _legend(language, wide, y + 2)
    height = y + 14
    frame = (
        f'<rect width="{shapes.n(wide)}" height="{shapes.n(height)}" fill="#fff" '
        f'stroke="{INK}" stroke-width="1.5"/>\n'
    )
    as_of = words.as_of(view.graph.size).text(language)
    name = view.item_name(view.graph.roots[0], language) if view.graph.roots else ""
    return Heading(wide, height, frame + "".join([*parts, *legend]), title, name, as_of)


def _rows(view: View, language: Language) -> Iterator[tuple[str, str, str]]:
    graph = view.graph
    for at, item in enumerate(graph.roots[:_SHOWN]):
        caption = msg("Asked for").text(language) if at == 0 else ""
        names = [view.item_name(item, language), view.number(item, language), view.code(item)]
        yield caption, " · ".join(dict.fromkeys(filter(None, [*names, clean(item)]))), INK
    if len(graph.roots) > _SHOWN:
        yield "", msg("and %(count)s more", count=len(graph.roots) - _SHOWN).text(language), INK
    which = words.DIRECTIONS[view.direction].text(language)
    if view.steps is not None:
        which += " · " + msg("within %(steps)s step(s)", steps=view.steps).text(language)
    yield msg("Direction").text(language), which, INK
    extent = words.counts(graph).text(language)
    if graph.is_cut or view.steps is None:
        extent = f"{extent} · {words.whole(graph).text(language)}"
    yield msg("Extent").text(language), extent, RED if graph.is_cut else INK
    when = view.made.astimezone(view.zone)
    value = msg(
        "%(count)s records · Drawn %(when)s · Ledger %(ledger)s",
        count=graph.size,
        when=f"{when:%Y-%m-%d %H:%M:%S} {when:%Z}",
        ledger=view.origin,
    )
    yield msg("As of").text(language), value.text(language), INK


def _legend(language: Language, wide: float, y: float) -> tuple[list[str], float]:
    """The marks in as many rows as they need, and the base line of the last."""
    parts: list[str] = []
    x = _VALUES
    for caption_of, mark, room in _marks():
        caption = caption_of.text(language)
        needed = room + width(caption, 11, False)
        if x + needed > wide - _LEFT and x > _VALUES:
            x, y = _VALUES, y + 18
        parts.append(mark.format(x=shapes.n(x), top=shapes.n(y - 10), middle=shapes.n(y - 4)))
        parts.append(shapes.text(x + room, y, caption, size=11))
        x += needed + 18
    return parts, y


def _marks() -> Iterator[tuple[Message, str, float]]:
    """Caption, element with room for its place, and how wide it is."""
    for name, shape in _SHAPES:
        yield name, shape.format('x="{x}" y="{top}" width="22" height="12"') + "\n", 27
    for name, style in _STROKES:
        yield name, f'<path fill="none" d="M{{x}} {{middle}}h22" {style}/>\n', 27
    for name, symbol in _ICONS:
        drawn = shapes.icon(0, 0, symbol).replace("translate(0 0)", "translate({x} {top})")
        yield name, drawn, 17
    yield msg("on lines: how much went in, or came out"), "", 0
