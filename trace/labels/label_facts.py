"""The facts on the labels of an item: what its path to their holder says of it, and in which words.

The words are in Chinese or English.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from urllib.parse import unquote

from suyuan.trace.admission.state import coded
from suyuan.trace.format.event_items import Role, mentions
from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import Language, Message, as_message, msg, msg_in
from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.format.vocabulary import biz_steps
from suyuan.trace.goods.history import History
from suyuan.trace.lineage.lots import MasterData, gs1_values, master_data, newest, products_of

from .label import Line

T = TypeVar("T")
NameOf = Callable[[str, str | None], str | None]
_MIXES = biz_steps("blends")
_DEEPEST = 20  # mixes of mixes


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
    data = _master_data(links, item)
    sources = _sources(history, item, {item})
    theirs = [_master_data(_in_force(history, one), one) for one in sources]
    days = _days([data]) or _days(theirs)
    life = data.shelf_life_days
    maker = None if sources else _maker(links, item, name_of)
    holder = None if history.actor is None else name_of(history.actor, None)
    return Goods(
        product=data.product or _common(one.product for one in theirs)
        or _named(data, links, item, name_of),
        lot=gs1_values(item).get("10") or data.lot,
        produced=(min(days), max(days)) if days else None,
        shelf_life=_common(one.shelf_life_days for one in theirs) if life is None else life,
        origin=data.origin or _common(one.origin for one in theirs),
        maker=maker,
        sources=tuple(_by_maker(history, sources, name_of)),
        holder=holder if holder != maker else None,
    )  # fmt: skip


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


def _master_data(links: Iterable[Link], item: str) -> MasterData:
    """The newest word that counts on each member of an item's own master data."""
    events = ((link.actor, link.event, link.is_received) for link in links if link.event)
    return newest(master_data(item, events))


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
        days.setdefault(maker, set()).update(_days([_master_data(links, item)]))
    for maker, found in days.items():
        yield " ".join([maker, "/".join(f"{day:%m-%d}" for day in sorted(found))]).rstrip()


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


def _named(data: MasterData, links: Iterable[Link], item: str, name_of: NameOf) -> str | None:
    coder = next((link.actor for link in links if item in set(coded(link))), None)
    products = [data.product_id, *products_of(item)]
    names = (name_of(uri, coder) for uri in products if uri is not None)
    return next((name for name in names if name), None)


def _common(words: Iterable[T | None]) -> T | None:
    """The word that all sources have in common."""
    different = set(words)
    return different.pop() if len(different) == 1 else None


def _days(stated: Iterable[MasterData]) -> list[date]:
    return [one.produced for one in stated if one.produced is not None]


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
