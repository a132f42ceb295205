"""The facts on the labels of an item: what its path to their holder says of it, and in which words.

The words are in Chinese or English.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote

from ..history import History
from ..lineage.lots import gs1_values, master_data, products_of
from ..link import Link
from ..members import Object
from ..messages import Language, Message, as_message, msg, msg_in
from ..projection import Role, mentions
from ..state import coded
from ..steps import SUPPLIER
from .label import Line

NameOf = Callable[[str, str | None], str | None]
_MIXES = ("urn:suyuan:step:mix", "urn:suyuan:step:repack")
_DEEPEST = 20  # mixes of mixes
_MAX_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class Goods:
    """What an item is; members are None where nothing says.

    `sources` are the makers of all lots that a mix was made of, mixes among them resolved, each
    with the months and days of production that are known.
    """

    product: str | None
    lot: str | None
    produced: tuple[date, date] | None
    shelf_life: int | None
    origin: str | None
    maker: str | None
    sources: tuple[str, ...] = ()
    holder: str | None = None


def goods(history: History, name_of: NameOf) -> Goods:
    """The goods of a history's item at its actor's: the newest word of each fact that stands.

    Only good links count, and no event that was declared an error. `name_of` gives the names of
    parties and, by who coded a lot of them, of products.
    """
    item = history.item
    links = list(_in_force(history, item))
    facts = _facts(links, item)
    sources = _sources(history, item, {item})
    days = _dates([facts])
    lives = {facts.get("suyuan:shelfLifeDays")}
    origin = _text(facts, "suyuan:origin")
    if sources:
        theirs = [_facts(_in_force(history, one), one) for one in sources]
        days = days or _dates(theirs)
        lives = lives - {None} or {one.get("suyuan:shelfLifeDays") for one in theirs}
        origins = {_text(one, "suyuan:origin") for one in theirs}
        origin = origin or (origins.pop() if len(origins) == 1 else None)
        facts = {**_common(theirs), **facts}
    life = lives.pop() if len(lives) == 1 else None
    makers = () if sources else (_maker(links, item, name_of),)
    holder = None if history.actor is None else name_of(history.actor, None)
    maker = next(iter(makers), None)
    return Goods(
        product=_text(facts, "suyuan:product") or _named(facts, links, item, name_of),
        lot=gs1_values(item).get("10") or _text(facts, "suyuan:lot"),
        produced=(min(days), max(days)) if days else None,
        shelf_life=life if type(life) is int and 0 <= life <= _MAX_DAYS else None,
        origin=origin,
        maker=maker,
        sources=tuple(_by_maker(history, sources, name_of)),
        holder=holder if holder != maker else None,
    )


def _in_force(history: History, item: str) -> Iterator[Link]:
    links = [one.link for one in history.about(item) if one.is_good and one.link is not None]
    wrong = {
        (link.actor, (link.event or {}).get("eventID"))
        for link in links
        if "errorDeclaration" in (link.event or {})
    }
    for link in links:
        if link.event is not None and (link.actor, link.event.get("eventID")) not in wrong:
            yield link


def _facts(links: Iterable[Link], item: str) -> Object:
    """What counts of what is said about an item itself."""
    events = ((link.actor, link.event, link.is_received) for link in links if link.event)
    facts: Object = {}
    for one in master_data(item, events):
        facts |= one
    return facts


def _sources(history: History, item: str, seen: set[str], deep: int = 0) -> list[str]:
    """The lots that a mix was made of; none for what is no mix."""
    lots: list[str] = []
    for link in _in_force(history, item):
        if (link.event or {}).get("bizStep") not in _MIXES or item not in set(coded(link)):
            continue
        for one in mentions(link.event or {}):
            if one.role & Role.INPUT and one.item not in seen and deep < _DEEPEST:
                seen.add(one.item)
                lots += _sources(history, one.item, seen, deep + 1) or [one.item]
    return lots


def _by_maker(history: History, sources: Iterable[str], name_of: NameOf) -> Iterator[str]:
    """Lots by their makers, each with the days of production, as far as they are known."""
    days: dict[str, set[date]] = {}
    for item in sources:
        links = list(_in_force(history, item))
        lot = gs1_values(item).get("10") or unquote(item.rsplit("/", 1)[-1])
        maker = _maker(links, item, name_of) or lot
        days.setdefault(maker, set()).update(_dates([_facts(links, item)]))
    for maker, days_of in days.items():
        yield " ".join([maker, "/".join(f"{day:%m-%d}" for day in sorted(days_of))]).rstrip()


def _maker(links: Iterable[Link], item: str, name_of: NameOf) -> str | None:
    """The name of who made it, else coded it, else of the supplier that its buyer names."""
    supplier = None
    makers: list[tuple[bool, str]] = []
    for link in links:
        event = link.event or {}
        if item in set(coded(link)):
            makers.append((event.get("type") != "TransformationEvent", link.actor))
        elif isinstance(given := event.get(SUPPLIER), dict) and supplier is None:
            name = given.get("name")
            supplier = name if isinstance(name, str) else None
    return name_of(min(makers, key=lambda one: one[0])[1], None) if makers else supplier


def _named(facts: Object, links: Iterable[Link], item: str, name_of: NameOf) -> str | None:
    coder = next((link.actor for link in links if item in set(coded(link))), None)
    named = [facts.get("suyuan:productId"), *products_of(item)]
    names = (name_of(uri, coder) for uri in named if isinstance(uri, str))
    return next((name for name in names if name), None)


def _common(sources: list[Object]) -> Object:
    """The product, where all sources are of one."""
    names = {_text(one, "suyuan:product") for one in sources}
    name = names.pop() if len(names) == 1 else None
    return {} if name is None else {"suyuan:product": name}


def _text(facts: Object, member: str) -> str | None:
    value = facts.get(member)
    return value if isinstance(value, str) and value.strip() else None


def _dates(sources: Iterable[Object]) -> list[date]:
    days = []
    for one in sources:
        try:
            days.append(date.fromisoformat(str(one.get("suyuan:productionDate"))[:10]))
        except ValueError:
            continue
    return days


def captions(language: Language, *, is_again: bool) -> tuple[str, str, str]:
    """Captions of the trace code, the scale code and the serial, of what is printed again too."""
    serial = msg("Again") if is_again else msg_in("label", "Label")
    return msg("Trace code").text(language), msg("Scale").text(language), serial.text(language)


def lines(goods: Goods, language: Language, origin: str | None) -> tuple[Line, ...]:
    """The facts on a label, the most important first; `origin` as it is to be shown.

    A mix's sources are never left out, and dates never cut.
    """
    return tuple(_lines(goods, language, origin))


def _lines(goods: Goods, language: Language, origin: str | None) -> Iterator[Line]:
    if goods.produced is not None:
        caption, brief = msg("Produced").text(language), msg("Prod.").text(language)
        yield Line(caption, _span(*goods.produced).text(language), brief, most=None)
    if goods.shelf_life is not None:
        caption, brief = msg("Shelf life").text(language), msg("Life").text(language)
        days = msg("%(days)s days", days=goods.shelf_life).text(language)
        yield Line(caption, days, brief, most=None)
    if goods.sources:
        sources = as_message(goods.sources).text(language)
        yield Line(msg("Sources").text(language), sources, is_whole=True)
    for name, text in (
        (msg("Origin"), origin),
        (msg("Maker"), goods.maker),
        (msg_in("label", "Lot"), goods.lot),
        (msg("Sold by"), goods.holder),
    ):
        if text:
            yield Line(name.text(language), text)


def _span(first: date, last: date) -> Message:
    if first == last:
        return as_message(first.isoformat())
    end = last.isoformat() if first.year != last.year else f"{last:%m-%d}"
    return msg("%(first)s to %(last)s", first=first.isoformat(), last=end)
