"""What items, parties and amounts are called on the pages of holds and recalls."""

from collections.abc import Callable, Iterable
from functools import cache

from suyuan.trace.format.quantities import CODES, Quantity
from suyuan.trace.goods.identity import lot_names
from suyuan.trace.goods.identity.lot_names import LotName
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from . import shown, words


def names_of(reader: Reader, items: Iterable[str], holder: str | None = None) -> dict[str, LotName]:
    """How items are named to a viewer, by URI: to the holder of them, or to who holds none."""
    return lot_names.lot_names(reader, site().host, items, holder)


def title_of(lot: LotName, longest: int = shown.LONGEST) -> str:
    """What a lot is: its name, else its URI in short."""
    return shown.cut(lot.name, longest) if lot.name else shown.uri(lot.item)


def about_lot(lot: LotName) -> str:
    """By what a lot is told from others of its product: day and supplier, without its code."""
    parts = [] if lot.produced is None else [shown.day(lot.produced)]
    return " · ".join([*parts, *([shown.cut(lot.supplier, 60)] if lot.supplier else [])])


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
        return "—" if uri is None else shown.cut(reader.name(uri) or shown.uri(uri), longest)

    return name


def registered_namer(reader: Reader) -> Callable[[str], str]:
    """The same by what parties are registered as, which no follower has to take in first."""

    @cache
    def name(uri: str) -> str:
        party = reader.party(uri)
        return (None if party is None else party.name) or shown.uri(uri)

    return name


def amount_of(micro: int, unit: str) -> str:
    """So many millionths of a base unit in words."""
    return f"{Quantity(micro, unit).text} {unit_of(unit)}"


def unit_of(unit: str) -> str:
    """A base unit in words."""
    return str(words.unit(CODES.get(unit)))
