"""The title block of a lineage drawing: what it shows, as of when, and what its marks mean."""

from collections.abc import Iterator
from dataclasses import dataclass

from . import cards, shapes, words
from .shapes import INK, RED, SOFT, VIOLET, width
from .view import View, clean
from .words import Language

WIDTH = 860.0
_LEFT, _VALUES = 14.0, 110.0
_ROW = 20.0
_SHOWN = 3
_SHAPES = (
    ("legend root", f'<rect {{}} fill="#fff" stroke="{shapes.GREEN}" stroke-width="3"/>'),
    ("legend item", '<rect {} rx="2" fill="#fff" stroke="#7d8883"/>'),
    ("legend making", '<rect {} rx="6" fill="#eef3f0" stroke="#9aa8a1"/>'),
    (
        "legend container",
        f'<rect {{}} fill="#f6f3fb" stroke="{VIOLET}" stroke-dasharray="4 3"/>',
    ),
)
_STROKES = (
    ("legend inside", f'stroke="{VIOLET}" stroke-dasharray="5 4"'),
    ("legend back", f'stroke="{shapes.PINK}" stroke-dasharray="9 3 2 3"'),
)
_ICONS = (
    ("recalled", "recalled"),
    ("contains recalled", "contains_recalled"),
    ("on hold", "on_hold"),
    ("legend doubted", "doubted"),
)


@dataclass(frozen=True, slots=True)
class Heading:
    """A drawn title block, and its words for other places."""

    width: float
    height: float
    elements: str
    title: str
    what: str
    as_of: str


def heading(view: View, language: Language) -> Heading:
    """The title block of a view."""
    wide = WIDTH
    title = words.say(language, "title")
    parts = [shapes.text(_LEFT, 30, title, size=20, is_bold=True)]
    y = 56.0
    for caption, value, colour in _rows(view, language):
        parts.append(shapes.text(_LEFT, y, caption, size=11, colour=SOFT))
        said = cards.cut(value, wide - _VALUES - 20, 12)
        parts.append(shapes.text(_VALUES, y, said, size=12, colour=colour))
        y += _ROW
    parts.append(shapes.text(_LEFT, y + 2, words.say(language, "legend"), size=11, colour=SOFT))
    legend, y = _legend(language, wide, y + 2)
    height = y + 14
    frame = (
        f'<rect width="{shapes.n(wide)}" height="{shapes.n(height)}" fill="#fff" '
        f'stroke="{INK}" stroke-width="1.5"/>\n'
    )
    as_of = f"{words.say(language, 'as of')} {words.say(language, 'links', view.graph.size)}"
    what = view.item_name(view.graph.roots[0], language) if view.graph.roots else ""
    return Heading(wide, height, frame + "".join([*parts, *legend]), title, what, as_of)


def _rows(view: View, language: Language) -> Iterator[tuple[str, str, str]]:
    graph = view.graph
    for at, item in enumerate(graph.roots[:_SHOWN]):
        caption = words.say(language, "asked") if at == 0 else ""
        said = [view.item_name(item, language), view.number(item, language), view.code(item)]
        yield caption, " · ".join(dict.fromkeys(filter(None, [*said, clean(item)]))), INK
    if len(graph.roots) > _SHOWN:
        yield "", words.say(language, "and more", len(graph.roots) - _SHOWN), INK
    which = words.say(language, view.direction)
    if view.steps is not None:
        which += f" · {words.say(language, 'some steps', view.steps)}"
    yield words.say(language, "direction"), which, INK
    extent = words.say(language, "counts", len(graph.depth), len(graph.makings))
    whole = words.say(language, "cut" if graph.is_cut else "all")
    if view.steps is not None and not graph.is_cut:
        whole = ""
    all_of_it = " · ".join(filter(None, [extent, whole]))
    yield words.say(language, "extent"), all_of_it, RED if graph.is_cut else INK
    when = view.made.astimezone(view.zone)
    yield (
        words.say(language, "as of"),
        f"{words.say(language, 'links', graph.size)} · {words.say(language, 'made at')} "
        f"{when:%Y-%m-%d %H:%M:%S} {when:%Z} · {words.say(language, 'ledger')} {view.origin}",
        INK,
    )


def _legend(language: Language, wide: float, y: float) -> tuple[list[str], float]:
    """The marks in as many rows as they need, and the base line of the last."""
    parts: list[str] = []
    x = _VALUES
    for name, mark, room in _marks():
        caption = words.say(language, name)
        needed = room + width(caption, 11, False)
        if x + needed > wide - _LEFT and x > _VALUES:
            x, y = _VALUES, y + 18
        parts.append(mark.format(x=shapes.n(x), top=shapes.n(y - 10), middle=shapes.n(y - 4)))
        parts.append(shapes.text(x + room, y, caption, size=11))
        x += needed + 18
    return parts, y


def _marks() -> Iterator[tuple[str, str, float]]:
    """Caption, element with room for its place, and how wide it is."""
    for name, shape in _SHAPES:
        yield name, shape.format('x="{x}" y="{top}" width="22" height="12"') + "\n", 27
    for name, style in _STROKES:
        yield name, f'<path fill="none" d="M{{x}} {{middle}}h22" {style}/>\n', 27
    for name, symbol in _ICONS:
        drawn = shapes.icon(0, 0, symbol).replace("translate(0 0)", "translate({x} {top})")
        yield name, drawn, 17
    yield "legend amounts", "", 0
