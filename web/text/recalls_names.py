"""What items, parties and amounts are called on the pages of holds and recalls."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache

from suyuan.keys.validity import Party
from suyuan.trace.format.quantities import CODES, Quantity
from suyuan.trace.goods.identity import lot_names
from suyuan.trace.goods.identity.lot_names import LotName
from suyuan.trace.lineage.drawing.lineage_view import View
from suyuan.trace.store.read import registered
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from . import shown, words
from .names import in_words, titled


def names_of(reader: Reader, items: Iterable[str], holder: str | None = None) -> dict[str, LotName]:
    """How items are named to a viewer, by URI: to the holder of them, or to who holds none."""
    return lot_names.lot_names(reader, site().host, items, holder)


def title_of(lot: LotName, longest: int = shown.LONGEST) -> str:
    """What a lot is: its name, else its URI in short."""
    return shown.cut(titled(lot.name, lot.product or lot.item, lot.coder), longest)


def about_lot(lot: LotName) -> str:
    """By what a lot is told from others of its product: day and supplier, without its code."""
    parts = [] if lot.produced is None else [shown.day(lot.produced)]
    if lot.supplier:
        parts.append(shown.cut(titled(lot.supplier, lot.source or ""), 60))
    return " · ".join(parts)


def lineage_in_words(reader: Reader, view: View, viewer: str | None) -> View:
    """A lineage as a reader is shown it: lots as they are named to them, in the page's language."""
    lots = names_of(reader, view.codes, viewer)
    return replace(
        view,
        names={uri: in_words(name, uri) for uri, name in view.names.items()},
        lots={
            item: replace(lot, name=lot.name and in_words(lot.name, lot.product, lot.coder))
            for item, lot in view.lots.items()
        },
        codes={item: lot.own or lot.number for item, lot in lots.items()},
        about={item: about_lot(lot) for item, lot in lots.items()},
    )


def lot_line(lot: LotName, longest: int = shown.LONGEST) -> str:
    """A lot in one line: product, day, supplier, and the code that its viewer knows it by."""
    code = lot.code if lot.name or lot.own else ""  # else its URI in short is the code
    return " · ".join(filter(None, (title_of(lot, longest), about_lot(lot), code)))


def namer(reader: Reader, longest: int = shown.LONGEST) -> Callable[[str | None], str]:
    """A function from a party's URI to its name, or to the URI in short; a dash for None.

    Each is asked for once.
    """

    @cache
    def name(uri: str | None) -> str:
        if uri is None:
            return "—"
        if known := reader.name(uri):
            return shown.cut(titled(known, uri), longest)
        party = reader.party(uri)
        return shown.cut(shown.unnamed(uri, party.roles if party else ()), longest)

    return name


def registered_namer(reader: Reader) -> Callable[[str], str]:
    """The same by what parties are registered as, which no follower has to take in first."""

    @cache
    def name(uri: str) -> str:
        party = reader.party(uri)
        if party is not None and party.name is None:
            return shown.unnamed(uri, party.roles)
        return titled(None if party is None else party.name, uri)

    return name


def places_of(reader: Reader, party: Party) -> list[tuple[str, str]]:
    """The places of a party's registration, each with what it is called."""
    return [(uri, titled(name, uri)) for uri, name in registered.places_of(reader, party)]


def amount_of(micro: int, unit: str) -> str:
    """So many millionths of a base unit in words."""
    return f"{Quantity(micro, unit).text} {unit_of(unit)}"


def unit_of(unit: str) -> str:
    """A base unit in words."""
    return str(words.unit(CODES.get(unit)))
