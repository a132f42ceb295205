"""An item's labels: what they say, what stops them, and the number to key into a scale.

Scale codes are the five digits that a stall keys into its scale for a lot, 10000 to 99999: digits
of SHA-256 over the lot and its holder, so that every device gives the same without asking. Of the
lots that a holder has at a time those that would share one differ: the lot whose chain began first
keeps its own, the later one takes the next of its digests that is free. So a lot that comes never
changes the code of one that is there.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar
from urllib.parse import unquote

from suyuan.trace.admission.state import Genesis, coded
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.event_items import Role, mentions
from suyuan.trace.format.identifiers import codes, divisions
from suyuan.trace.format.link import Link
from suyuan.trace.format.messages import Language, Message, as_message, msg, msg_in
from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.format.vocabulary import biz_steps
from suyuan.trace.goods import history
from suyuan.trace.goods.history import History
from suyuan.trace.lineage.lots import MasterData, gs1_values, master_data, newest, products_of
from suyuan.trace.recall.status import ActStatus, Relation, statuses
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .label import Label, Line, label

T = TypeVar("T")
NameOf = Callable[[str, str | None], str | None]
_MIXES = biz_steps("blends")
_DEEPEST = 20  # mixes of mixes


@dataclass(frozen=True, slots=True)
class Goods:
    """What an item is; `sources` are the makers, with days, of all lots that a mix was made of."""

    product: str | None
    lot: str | None
    produced: tuple[date, date] | None
    shelf_life: int | None
    origin: str | None
    maker: str | None
    sources: tuple[str, ...] = ()
    holder: str | None = None


def goods(history: History, name_of: NameOf) -> Goods:
    """The goods of a history's item at its actor's, by good links that nobody declared wrong."""
    item = history.item
    links = list(_in_force(history, item))
    data = _master_data(links, item)
    sources = _sources(history, item, {item})
    theirs = [_master_data(_in_force(history, source), source) for source in sources]
    days = _days([data]) or _days(theirs)
    life = data.shelf_life_days
    maker = None if sources else _maker(links, item, name_of)
    holder = None if history.actor is None else name_of(history.actor, None)
    return Goods(
        product=data.product or _common(lot.product for lot in theirs)
        or _named(data, links, item, name_of),
        lot=gs1_values(item).get("10") or data.lot,
        produced=(min(days), max(days)) if days else None,
        shelf_life=_common(lot.shelf_life_days for lot in theirs) if life is None else life,
        origin=data.origin or _common(lot.origin for lot in theirs),
        maker=maker,
        sources=tuple(_by_maker(history, sources, name_of)),
        holder=holder if holder != maker else None,
    )  # fmt: skip


def _in_force(history: History, item: str) -> Iterator[Link]:
    links = [c.link for c in history.about(item) if c.is_good and c.link is not None]
    wrong = {
        (link.actor, (link.event or {}).get("eventID"))
        for link in links
        if "errorDeclaration" in (link.event or {})
    }
    for link in links:
        if link.event is not None and (link.actor, link.event.get("eventID")) not in wrong:
            yield link


def _master_data(links: Iterable[Link], item: str) -> MasterData:
    events = ((link.actor, link.event, link.is_received) for link in links if link.event)
    return newest(master_data(item, events))


def _sources(history: History, item: str, seen: set[str], deep: int = 0) -> list[str]:
    lots: list[str] = []
    for link in _in_force(history, item):
        if (link.event or {}).get("bizStep") not in _MIXES or item not in set(coded(link)):
            continue
        for mention in mentions(link.event or {}):
            if mention.role & Role.INPUT and mention.item not in seen and deep < _DEEPEST:
                seen.add(mention.item)
                lots += _sources(history, mention.item, seen, deep + 1) or [mention.item]
    return lots


def _by_maker(history: History, sources: Iterable[str], name_of: NameOf) -> Iterator[str]:
    """Lots by their makers, each with the days of production, as far as they are known."""
    days: dict[str, set[date]] = {}
    for item in sources:
        links = list(_in_force(history, item))
        lot = gs1_values(item).get("10") or unquote(item.rsplit("/", 1)[-1])
        maker = _maker(links, item, name_of) or lot
        days.setdefault(maker, set()).update(_days([_master_data(links, item)]))
    for maker, produced in days.items():
        yield " ".join([maker, "/".join(f"{day:%m-%d}" for day in sorted(produced))]).rstrip()


def _maker(links: Iterable[Link], item: str, name_of: NameOf) -> str | None:
    """The name of who made it, else coded it, else of the supplier that its buyer names."""
    supplier = None
    makers: list[tuple[bool, str]] = []
    for link in links:
        event = link.event or {}
        if item in set(coded(link)):
            makers.append((event.get("type") != "TransformationEvent", link.actor))
        elif isinstance(stated := event.get(SUPPLIER), dict) and supplier is None:
            name = stated.get("name")
            supplier = name if isinstance(name, str) else None
    return name_of(min(makers, key=lambda maker: maker[0])[1], None) if makers else supplier


def _named(data: MasterData, links: Iterable[Link], item: str, name_of: NameOf) -> str | None:
    coder = next((link.actor for link in links if item in set(coded(link))), None)
    products = [data.product_id, *products_of(item)]
    names = (name_of(uri, coder) for uri in products if uri is not None)
    return next((name for name in names if name), None)


def _common(words: Iterable[T | None]) -> T | None:
    different = set(words)
    return different.pop() if len(different) == 1 else None


def _days(stated: Iterable[MasterData]) -> list[date]:
    return [data.produced for data in stated if data.produced is not None]


def captions(language: Language, *, is_again: bool) -> tuple[str, str, str]:
    """Captions of the trace code, the scale code and the serial, of what is printed again too."""
    serial = msg("Again") if is_again else msg_in("label", "Label")
    return msg("Trace code").text(language), msg("Scale").text(language), serial.text(language)


def lines(goods: Goods, language: Language, origin: str | None) -> Iterator[Line]:
    """The facts on a label, the first most important; sources stay, and dates are never cut."""
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


_INDIVIDUAL = ("/21/", "/00/")
LEAST, MOST = 10_000, 99_999
_SPAN = MOST - LEAST + 1


@dataclass(frozen=True, slots=True)
class Kind:
    """What all labels of a holder's item carry but their serials."""

    item: str
    code: str
    product: str
    lines: tuple[Line, ...]
    short: str | None
    language: Language
    stopped: tuple[ActStatus, ...]
    made_of: tuple[ActStatus, ...]

    def label(self, base_url: str, serial: str, *, is_again: bool = False) -> Label:
        """One of them; one that is printed again says so before its serial."""
        return label(
            base_url, self.code, serial, self.product, self.lines, short=self.short,
            words=captions(self.language, is_again=is_again),
        )  # fmt: skip


def kind(reader: Reader, trust: Trust, item: str, actor: str, language: Language) -> Kind:
    """What the labels of a holder's item say, by good links alone, and the acts on them.

    LedgerError where the holder recorded nothing, or its code names something else.
    """
    if (item, actor) not in {(head.item, head.actor) for head in reader.chains(item)}:
        raise LedgerError("%s has recorded nothing of %s: it issues no labels for it", actor, item)
    code = codes.of_chain(item, actor)
    owner = reader.codes([code]).get(code)
    if owner != (item, actor):
        raise LedgerError(
            "trace code %s of this chain names %s already: a label with it would "
            "open another page. Record the goods under a lot of your own",
            codes.shown(code),
            owner and owner[0],
        )
    path = history.path(reader, trust.genesis, item, actor)
    facts = goods(path, reader.name)
    origin = facts.origin and divisions.shown(facts.origin, is_chinese=language == "zh")
    scale_code = scale_codes_of(reader, actor, item).get(item)
    acts = statuses(reader, trust.genesis, path)
    return Kind(
        item=item,
        code=code,
        product=facts.product or codes.shown(codes.of_uri(item, trust.host)),
        lines=tuple(lines(facts, language, origin)),
        short=None if scale_code is None else str(scale_code),
        language=language,
        stopped=tuple(status for status in acts if status.relation is not Relation.CONTAINS),
        made_of=tuple(status for status in acts if status.relation is Relation.CONTAINS),
    )


def scale_codes_of(reader: Reader, actor: str, also: str | None = None) -> dict[str, int]:
    """The scale codes of the lots that a holder has, `also` one more, as of the lineage."""
    lots = {stock.item for stock in Lineage(reader).stock_of(actor) if not stock.is_reported}
    lots |= set() if also is None else {also}
    lots = {item for item in lots if not any(part in item for part in _INDIVIDUAL)}
    by_itself = {item: natural(item, actor) for item in lots}
    if len(set(by_itself.values())) == len(lots):
        return by_itself
    order = []
    for item in lots:
        first = reader.in_chain(item, actor, 0)
        order.append((reader.size() if first is None else first.index, item))
    return dict(scale_codes(order, actor))


def names_of(
    reader: Reader, genesis: Genesis, items: list[str], actor: str
) -> dict[str, str | None]:
    """What a holder's items are called on their labels."""
    return {
        item: goods(history.path(reader, genesis, item, actor), reader.name).product
        for item in items
    }


def natural(item: str, actor: str, turn: int = 0) -> int:
    """A lot's code by itself; with a `turn`, the ones after it that it may take instead."""
    data = item.encode() + b"\0" + actor.encode()
    digest = hashlib.sha256(b"scale\0" + (data if not turn else data + f"\0{turn}".encode()))
    return LEAST + int.from_bytes(digest.digest()[:8], "big") % _SPAN


def scale_codes(lots: Iterable[tuple[int, str]], actor: str) -> Mapping[str, int]:
    """The codes of a holder's lots, by chains' first indexes; 90,000 at most differ."""
    numbers: dict[str, int] = {}
    taken: set[int] = set()
    for _, item in sorted(set(lots)):
        if item in numbers or len(taken) == _SPAN:
            continue
        turn = 0
        while (code := natural(item, actor, turn)) in taken:
            turn += 1
        taken.add(code)
        numbers[item] = code
    return numbers
