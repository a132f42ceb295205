"""A lineage with all that is shown of it: names, codes, who has how much, what is recalled."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from enum import StrEnum
from typing import Protocol

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.messages import Language, Message, msg
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.times import from_micros

from ..lots import gs1_values, products_of
from ..model import Edge, Graph, Lot, Making, Stay, Stock

LONGEST = 500
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+"
)
_BROKEN = re.compile("[\ud800-\udfff\ufffe\uffff]")


class Direction(StrEnum):
    """Which way a lineage is walked."""

    BACK = "back"
    FORWARD = "forward"
    BOTH = "both"


class Mark(StrEnum):
    """The gravest of the acts in force over an item."""

    RECALLED = "recalled"
    CONTAINS_RECALLED = "contains_recalled"
    ON_HOLD = "on_hold"


class Reported(Protocol):
    """What a rule of plausibility reports of an item's story."""

    @property
    def leaf(self) -> int: ...
    @property
    def message(self) -> Message: ...


@dataclass(frozen=True, slots=True)
class View:
    """A graph and what is known of what is in it: names by URI, trace codes, findings.

    `about` is by what a lot is told from others, its day and supplier, in its reader's words.
    `graph` may be `joined` of two; `made` is when this was put together, to be shown in `zone`;
    `steps` how many makings were asked for, None for all.
    """

    graph: Graph
    direction: Direction
    made: datetime
    zone: tzinfo
    steps: int | None = None
    origin: str = ""
    lots: Mapping[str, Lot] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    about: Mapping[str, str] = field(default_factory=dict)
    stock: Mapping[str, tuple[Stock, ...]] = field(default_factory=dict)
    marks: Mapping[str, Mark] = field(default_factory=dict)
    findings: Mapping[str, Sequence[Reported]] = field(default_factory=dict)

    def name(self, uri: str) -> str:
        """What a party, place or product is called, else its URI in short."""
        return clean(self.names.get(uri) or short(uri))

    def known_name(self, item: str) -> str | None:
        """The name of an item's lot, else of its product; None where it has none."""
        lot = self.lots.get(item)
        if lot is not None and lot.name:
            return clean(lot.name)
        stated = () if lot is None or lot.product is None else (lot.product,)
        for uri in (*stated, *products_of(item), item):
            if name := self.names.get(uri):
                return clean(name)
        return None

    def item_name(self, item: str, language: Language) -> str:
        """What an item is: its lot's name, its product's, else what its URI says."""
        if name := self.known_name(item):
            return name
        sscc = gs1_values(item).get("00")
        return clean(sscc or self.number(item, language) or short(item))

    def number(self, item: str, language: Language) -> str:
        """The lot, serial or SSCC that an item's URI has; empty where it has none."""
        keys = gs1_values(item)
        if (piece := keys.get("21")) is not None:
            return msg("piece %(number)s", number=clean(piece)).text(language)
        if (lot := keys.get("10")) is not None:
            return msg("lot %(number)s", number=clean(lot)).text(language)
        unit = keys.get("00")
        return msg("logistic unit %(number)s", number=clean(unit)).text(language) if unit else ""

    def code(self, item: str) -> str:
        """An item's trace code as printed; empty where it was not read."""
        code = self.codes.get(item)
        return codes.shown(code) if code else ""

    def label_code(self, stock: Stock) -> str | None:
        """The code on the labels of what its holder has, as printed; None of what it has not."""
        if stock.holder is None or stock.is_in_transit or stock.is_reported:
            return None
        return codes.shown(codes.of_chain(stock.item, stock.holder))

    def holders(self, item: str) -> tuple[Stock, ...]:
        """Who has how much of an item."""
        return self.stock.get(item, ())

    def holder(self, stock: Stock, language: Language) -> str:
        """Where some stock is, in words."""
        name = msg("outside the ledger").text(language)
        if stock.holder is not None:
            name = self.name(stock.holder)
        if stock.is_in_transit:
            name = msg("on its way to %(who)s", who=name).text(language)
        if stock.is_reported:
            name = msg("%(who)s (as reported)", who=name).text(language)
        if stock.container is not None:
            container = self.item_name(stock.container, language)
            name = msg("%(who)s (in %(container)s)", who=name, container=container).text(language)
        return name

    def moment(self, micros: int, language: Language) -> str:
        """An instant in the view's zone, to the minute; in words for years that calendars lack."""
        try:
            return f"{from_micros(micros).astimezone(self.zone):%Y-%m-%d %H:%M}"
        except (OverflowError, ValueError):
            return msg("time unknown").text(language)

    def stay(self, stay: Stay, language: Language) -> str:
        """From when until when an item was in a container."""
        start = self.moment(stay.entered, language)
        if stay.left is None:
            return msg("since %(time)s", time=start).text(language)
        end = self.moment(stay.left, language)
        if end[:10] == start[:10]:
            end = end[11:]
        return f"{start} – {end}"

    def maker(self, making: Making, language: Language) -> str:
        """Who made it; marked as reported where only a document has it."""
        name = self.name(making.maker)
        return msg("%(who)s (as reported)", who=name).text(language) if making.is_reported else name


Part = tuple[Making, Quantity | None]


@dataclass(frozen=True, slots=True)
class Row:
    """One item of a lineage; `depth` is below 0 for what the roots were made from.

    `made` are the makings that it came out of, `used` those that it went into, with amounts.
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
        if (making := graph.makings.get(edge.making)) is not None:
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


def joined(back: Graph | None, forward: Graph | None) -> Graph:
    """What items were made from, at depths below 0, and what was made from them, as one graph."""
    graphs = [graph for graph in (back, forward) if graph is not None]
    depth: dict[str, int] = {}
    for graph, sign in ((forward, 1), (back, -1)):
        if graph is not None:
            depth |= {item: sign * at for item, at in graph.depth.items()}
    return Graph(
        roots=graphs[0].roots,
        is_forward=forward is not None,
        size=min(graph.size for graph in graphs),
        depth=depth,
        makings={at: making for graph in graphs for at, making in graph.makings.items()},
        edges=tuple(dict.fromkeys(edge for graph in graphs for edge in graph.edges)),
        stays=tuple(dict.fromkeys(stay for graph in graphs for stay in graph.stays)),
        is_cut=any(graph.is_cut for graph in graphs),
    )


def clean(text: str) -> str:
    """A stranger's text on one line: what nobody sees as spaces, broken characters as U+FFFD."""
    text = _BROKEN.sub("\ufffd", _UNSEEN.sub(" ", text[: LONGEST * 2]))
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def short(uri: str) -> str:
    """A URI without a name, as briefly as it can be told apart."""
    last = uri.rsplit("/", 1)[-1]
    if uri.startswith("https://") and codes.is_code(last):
        return codes.shown(last)
    return gs1_values(uri).get("00") or uri.removeprefix("urn:uscc:")


@dataclass(frozen=True, slots=True)
class Named:
    """An act in force as it bears on items: those in its scope, and those cleared."""

    leaf: int
    is_recall: bool
    items: Collection[str]
    cleared: Collection[str]


def marks(acts: Iterable[Named], edges: Iterable[Edge], stays: Iterable[Stay]) -> dict[str, Mark]:
    """The gravest of these acts over each item.

    What was made from a recalled item contains it, not beyond one that was cleared. What is in a
    recalled or held container is as that is; of a recall also what has left it since.
    """
    outputs = _made(edges)
    inside: dict[str, list[Stay]] = {}
    for stay in stays:
        inside.setdefault(stay.container, []).append(stay)
    marked: dict[Mark, set[str]] = {mark: set() for mark in Mark}
    for act in acts:
        own = _with_contents(set(act.items) - set(act.cleared), inside, act)
        marked[Mark.RECALLED if act.is_recall else Mark.ON_HOLD] |= own
        if act.is_recall:
            marked[Mark.CONTAINS_RECALLED] |= _after(own, outputs, act.cleared)
    return {item: mark for mark in reversed(Mark) for item in marked[mark]}


def _made(edges: Iterable[Edge]) -> dict[str, set[str]]:
    used: dict[int, set[str]] = {}
    outputs: dict[int, set[str]] = {}
    for edge in edges:
        (outputs if edge.is_output else used).setdefault(edge.making, set()).add(edge.item)
    outputs_of: dict[str, set[str]] = {}
    for making, items in used.items():
        for item in items:
            outputs_of.setdefault(item, set()).update(outputs.get(making, ()))
    return outputs_of


def _with_contents(own: set[str], inside: Mapping[str, list[Stay]], act: Named) -> set[str]:
    inner, todo = set(own), sorted(own)
    while todo:
        for stay in inside.get(todo.pop(), ()):
            is_in = stay.left is None or (act.is_recall and (stay.left_leaf or 0) > act.leaf)
            if is_in and stay.item not in inner and stay.item not in act.cleared:
                inner.add(stay.item)
                todo.append(stay.item)
    return inner


def _after(
    items: Iterable[str], outputs: Mapping[str, Collection[str]], cleared: Collection[str]
) -> set[str]:
    later: set[str] = set()
    todo = list(items)
    while todo:
        for item in outputs.get(todo.pop(), ()):
            if item not in later and item not in cleared:
                later.add(item)
                todo.append(item)
    return later
