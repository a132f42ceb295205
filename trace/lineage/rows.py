"""A lineage as rows, one for each item: where it came from, where it went, who has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..messages import Language, msg
from ..quantities import Quantity
from . import cards, words
from .model import Making, Stay, Stock
from .view import View

Part = tuple[Making, Quantity | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a lineage.

    `depth` counts makings, below 0 for what the roots were made from; `made` are those that it
    came out of, `used` those that it went into, as far as they belong to this lineage, each with
    how much; `stays` the containers that it is or was in.
    """

    item: str
    depth: int
    is_root: bool
    made: tuple[Part, ...]
    used: tuple[Part, ...]
    stays: tuple[Stay, ...]
    holders: tuple[Stock, ...]


def rows(view: View) -> list[Row]:
    """The rows of a view, by depth and URI."""
    graph = view.graph
    made: dict[str, list[Part]] = {}
    used: dict[str, list[Part]] = {}
    for edge in graph.edges:
        making = graph.makings.get(edge.making)
        if making is not None:
            side = made if edge.is_output else used
            side.setdefault(edge.item, []).append((making, edge.quantity))
    stays: dict[str, list[Stay]] = {}
    for stay in graph.stays:
        stays.setdefault(stay.item, []).append(stay)
    return [
        Row(
            item=item,
            depth=graph.depth[item],
            is_root=item in graph.roots,
            made=tuple(made.get(item, ())),
            used=tuple(used.get(item, ())),
            stays=tuple(stays.get(item, ())),
            holders=view.holders(item),
        )
        for item in sorted(graph.depth, key=lambda item: (graph.depth[item], item))
    ]


def steps_words(view: View, row: Row, language: Language) -> Iterator[str]:
    """Step, maker and time of each making that an item came out of."""
    for making, _ in row.made:
        step = words.step(language, making.step)
        when = view.moment(making.time, language)
        yield f"{step} · {view.maker(making, language)} · {when}"


def amounts_words(parts: tuple[Part, ...], language: Language) -> Iterator[str]:
    """How much came out of, or went into, each making."""
    for making, quantity in parts:
        amount = words.amount(quantity).text(language)
        yield amount if len(parts) == 1 else f"{amount} ({words.step(language, making.step)})"


def holders_words(view: View, row: Row, language: Language) -> Iterator[str]:
    """Who has how much."""
    for stock in row.holders:
        yield f"{view.holder(stock, language)} {words.amount(stock.quantity).text(language)}"


def stays_words(view: View, row: Row, language: Language) -> Iterator[str]:
    """Which containers, from when until when."""
    for stay in row.stays:
        name = view.item_name(stay.container, language)
        yield f"{name} · {cards.stay_words(view, stay, language)}"


def marks_words(view: View, item: str, language: Language) -> Iterator[str]:
    """What acts say of an item, and whether there are doubts."""
    standing = view.standing.get(item)
    if standing is not None:
        yield words.STANDINGS[standing].text(language)
    if view.doubts.get(item):
        yield msg("doubts: %(count)s", count=len(view.doubts[item])).text(language)


def as_of_words(view: View, language: Language) -> str:
    """As of which link, and whether it is all."""
    graph = view.graph
    whole = words.whole(graph)
    if view.steps is not None and not graph.is_cut:
        whole = msg("within %(steps)s step(s)", steps=view.steps)
    parts = (words.as_of(graph.size), words.counts(graph), whole)
    return " · ".join(part.text(language) for part in parts)
