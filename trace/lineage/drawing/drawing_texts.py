"""What drawings and tables of a lineage say: steps, columns, marks, amounts, and rows in words."""

import re
from collections.abc import Iterator, Mapping

from suyuan.trace.format.messages import Language, Message, msg, msg_in
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.steps import OWN
from suyuan.trace.format.vocabulary import BY_BIZ_STEP, OTHERS

from ..model import Graph
from .lineage_view import Part, Row, View

# Makings whose steps are called as another step of ours is.
_MAKINGS: Mapping[str, Message] = {
    "commissioning": msg("Made"),
    "packing": msg_in("lineage", "Packed"),
    "transforming": msg("Made"),
}
DIRECTIONS: Mapping[str, Message] = {
    "back": msg("Back: what it was made from"),
    "forward": msg("Forward: what was made from it"),
    "both": msg("Both ways: what it was made from, and what from it"),
}
COLUMNS: Mapping[str, Message] = {
    "depth": msg("Depth"),
    "name": msg("Name"),
    "code": msg("Code"),
    "made by": msg("Made by"),
    "made": msg_in("lineage", "Made"),
    "used": msg("Used"),
    "holders": msg_in("lineage", "Holders"),
    "quantity": msg("Quantity"),
    "containers": msg("Containers"),
    "marks": msg("Marks"),
}
ROOT = msg("asked for")
MARKS: Mapping[str, Message] = {
    "recalled": msg("RECALLED"),
    "contains_recalled": msg("CONTAINS RECALLED"),
    "on_hold": msg("ON HOLD"),
}
_LONGEST = 200  # of a stranger's step
_UNITS: Mapping[str, Message] = {"kg": msg("kg"), "L": msg("L"), "m": msg("m"), "1": msg("pcs")}


def as_of(size: int) -> Message:
    """The words for a size: as of how many links."""
    return msg("As of %(count)s records", count=size)


def counts(graph: Graph) -> Message:
    """How much a lineage has."""
    return msg(
        "%(items)s items, %(makings)s makings", items=len(graph.depth), makings=len(graph.makings)
    )


def whole(graph: Graph) -> Message:
    """Whether that is all."""
    return msg("Not all of it: there is more") if graph.is_cut else msg("All of it, as recorded")


def step(language: Language, name: str | None) -> str:
    """A making's step in a word or two; of other people's steps the end of their name."""
    if name is None:
        return msg("Made").text(language)
    own = BY_BIZ_STEP.get(name)
    if own is not None and own.form is not None and own.form.makes:
        return msg(own.words).text(language)
    bare = name.removeprefix(OWN)[-_LONGEST:]
    last = re.split("[/:#]", bare.rstrip("/:#"))[-1] or bare
    if bare in _MAKINGS:
        return _MAKINGS[bare].text(language)
    text = OTHERS.get(bare, OTHERS.get(last))
    return last if text is None else msg(text).text(language)


def amount(quantity: Quantity | None) -> Message:
    """An amount with its unit, in its own digits."""
    if quantity is None:
        return msg("amount unknown")
    text = f"{quantity.value:,f}"
    digits = text.rstrip("0").rstrip(".") if "." in text else text
    unit = _UNITS.get(quantity.unit, quantity.unit)
    return msg("%(digits)s %(unit)s", digits=digits, unit=unit)


def steps_words(view: View, row: Row, language: Language) -> Iterator[str]:
    """Step, maker and time of each making that an item came out of."""
    for making, _ in row.made:
        when = view.moment(making.time, language)
        yield f"{step(language, making.step)} · {view.maker(making, language)} · {when}"


def amounts_words(parts: tuple[Part, ...], language: Language) -> Iterator[str]:
    """How much came out of, or went into, each making."""
    for making, quantity in parts:
        text = amount(quantity).text(language)
        yield text if len(parts) == 1 else f"{text} ({step(language, making.step)})"


def holders_words(view: View, row: Row, language: Language) -> Iterator[str]:
    """Who has how much, and by which code its labels call it."""
    for stock in row.holders:
        text = f"{view.holder(stock, language)} {amount(stock.quantity).text(language)}"
        code = view.label_code(stock)
        yield text if code is None else f"{text} · {code}"


def stays_words(view: View, row: Row, language: Language) -> Iterator[str]:
    """Which containers, from when until when."""
    for stay in row.stays:
        name = view.item_name(stay.container, language)
        yield f"{name} · {view.stay(stay, language)}"


def marks_words(view: View, item: str, language: Language) -> Iterator[str]:
    """An item's mark in words, and how many findings there are."""
    if (mark := view.marks.get(item)) is not None:
        yield MARKS[mark].text(language)
    if view.findings.get(item):
        yield msg("doubts: %(count)s", count=len(view.findings[item])).text(language)


def as_of_words(view: View, language: Language) -> str:
    """The words for a view's size, and whether it is all."""
    graph = view.graph
    extent = whole(graph)
    if view.steps is not None and not graph.is_cut:
        extent = msg("within %(steps)s step(s)", steps=view.steps)
    parts = (as_of(graph.size), counts(graph), extent)
    return " · ".join(part.text(language) for part in parts)
