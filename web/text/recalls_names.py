"""What items, parties and amounts are called on the pages of holds and recalls."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.quantities import CODES, Quantity
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.context import site

from . import shown, words


@dataclass(frozen=True, slots=True)
class Choice:
    """An item that one may choose."""

    uri: str
    name: str
    code: str


def choice(item: str, name: str | None) -> Choice:
    """An item to choose; it is called by its URI in short where it has no name."""
    code = codes.shown(codes.of_uri(item, site().host))
    return Choice(item, shown.cut(name) if name else shown.uri(item), code)


def names_of(reader: Reader, items: Iterable[str]) -> dict[str, str]:
    """What items are called, by URI: the lot's or product's name with its code, else in short."""
    wanted = sorted(set(items))
    lots, slips = Lineage(reader).lots(wanted), Slips(reader)
    names = {}
    for item in wanted:
        name, short = slips.item_name(item, lots), shown.uri(item)
        names[item] = f"{shown.cut(name)} {short}" if name else short
    return names


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
