"""The title block of a lineage drawing: what it shows, as of when, and what its marks mean."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.sax.saxutils import escape

from ..labels.svg import width
from . import cards, words
from .view import View, clean
from .words import Language

_NARROWEST = 860.0
_WIDEST = 1_500.0
_ROW = 20.0
_SHOWN = 3


@dataclass(frozen=True, slots=True)
class Heading:
    """A drawn title block, and its words for other places."""

    width: float
    height: float
    elements: str
    title: str
    what: str
    as_of: str


def heading(view: View, language: Language, room: float) -> Heading:
    """The title block of a view, about as wide as the drawing below it."""
    wide = min(_WIDEST, max(_NARROWEST, room))
    rows = list(_rows(view, language))
    title = words.say(language, "title")
    names = [view.item_name(item, language) for item in view.graph.roots]
    parts: list[str] = []
    y = 30.0
    parts.append(_text(14, y, title, 20, is_bold=True))
    y += 26
    for caption, value, colour in rows:
        parts.append(_text(14, y, caption, 11, colour=cards.SOFT))
        parts.append(_text(110, y, cards.cut(value, wide - 130, 12), 12, colour=colour))
        y += _ROW
    y += 2
    parts.append(_text(14, y, words.say(language, "legend"), 11, colour=cards.SOFT))
    used, drawn = _legend(language, 110, y)
    parts += drawn
    height = y + 14
    frame = (
        f'<rect width="{max(wide, used):.0f}" height="{height:.0f}" fill="#fff" stroke="#1b1f1d" '
        'stroke-width="1.5"/>\n'
    )
    as_of = f"{words.say(language, 'as of')} {words.say(language, 'links', view.graph.size)}"
    what = "、".join(names[:1]) if language == "zh" else ", ".join(names[:1])
    return Heading(max(wide, used), height, frame + "".join(parts), title, what, as_of)


def _rows(view: View, language: Language) -> Iterator[tuple[str, str, str]]:
    graph = view.graph
    for at, item in enumerate(graph.roots[:_SHOWN]):
        caption = words.say(language, "asked") if at == 0 else ""
        said = [view.item_name(item, language), view.code(item), clean(item)]
        yield caption, " · ".join(dict.fromkeys(filter(None, said))), cards.INK
    if len(graph.roots) > _SHOWN:
        yield "", words.say(language, "and more", len(graph.roots) - _SHOWN), cards.INK
    which = words.say(language, "forward" if graph.is_forward else "back")
    if view.steps is not None:
        which += f" · {words.say(language, 'some steps', view.steps)}"
    yield words.say(language, "direction"), which, cards.INK
    extent = words.say(language, "counts", len(graph.depth), len(graph.makings))
    whole = words.say(language, "cut" if graph.is_cut else "all")
    colour = cards.RED if graph.is_cut else cards.INK
    yield words.say(language, "extent"), f"{extent} · {whole}", colour
    when = view.made.astimezone(view.zone)
    yield (
        words.say(language, "as of"),
        f"{words.say(language, 'links', graph.size)} · {words.say(language, 'made at')} "
        f"{when:%Y-%m-%d %H:%M:%S} {when:%Z} · {words.say(language, 'ledger')} {view.origin}",
        cards.INK,
    )


def _legend(language: Language, x: float, y: float) -> tuple[float, list[str]]:
    marks = (
        ("legend root", '<rect {} fill="#fff" stroke="#0a6240" stroke-width="3"/>'),
        ("legend item", '<rect {} fill="#fff" stroke="#7d8883"/>'),
        ("legend making", '<rect {} rx="6" fill="#eef3f0" stroke="#9aa8a1"/>'),
        ("legend container", '<rect {} fill="#faf8fd" stroke="#6b5b95" stroke-dasharray="4 3"/>'),
        ("recalled", '<rect {} fill="#fdeaea" stroke="#ad1220" stroke-width="2"/>'),
        ("on hold", '<rect {} fill="#fff4d1" stroke="#b07a00"/>'),
        (
            "legend back",
            '<path d="{}" fill="none" stroke="#c2185b" stroke-dasharray="9 3 2 3"/>',
        ),
    )
    parts = []
    for name, shape in marks:
        place = f'x="{x:.0f}" y="{y - 10:.0f}" width="22" height="12"'
        if shape.startswith("<path"):
            place = f"M{x:.0f} {y - 4:.0f}h22"
        caption = words.say(language, name)
        parts.append(shape.format(place) + "\n" + _text(x + 27, y, caption, 11))
        x += 27 + width(caption, 11, False) + 18
    return x, parts


def _text(
    x: float, y: float, said: str, size: float, *, is_bold: bool = False, colour: str = cards.INK
) -> str:
    more = ' font-weight="700"' if is_bold else ""
    return (
        f'<text x="{x:.0f}" y="{y:.0f}" font-size="{size:g}" fill="{colour}"{more}>'
        f"{escape(said)}</text>\n"
    )
