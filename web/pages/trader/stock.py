"""What a party has, the oldest first, and what it sold: day by day, with sums by product."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, request

from suyuan.trace.admission.state import Act
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import text_in
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.format.times import parse as instant
from suyuan.trace.format.vocabulary import biz_steps, step_of
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.lots import best_before
from suyuan.trace.lineage.model import Lot, Stock
from suyuan.trace.recall.status import stopped
from suyuan.trace.recording.record_step import read_day
from suyuan.trace.recording.usual import Usual
from suyuan.trace.store.read import own_records
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.own_records import Key, OwnRecord, Wanted
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import disclosed
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.access.session import SignedIn
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.names import in_words, lot_titled, titled
from suyuan.web.text.texts import gettext as _

from ..office.signin import page
from .stall import MOST, Goods, given, so_much

routes = Routes("stock")
DAYS = 14  # of sales on one page
_MOST_SALES = 5_000  # records that one page adds up
_PART = 500


@dataclass(frozen=True, slots=True)
class Held:
    """A stock as the page shows it; `data` for a sale or a loss, where one can be recorded.

    `came` is the day on which the holder's chain began, `supplier` who it came from; `act` stops
    its sale.
    """

    name: str
    stock: Stock
    came: date | None
    supplier: str | None
    best: date | None
    act: Act | None
    data: dict[str, Any] | None

    def days_left(self, today: date) -> int | None:
        """How many days it keeps from today on; below 0 where it is past its date."""
        return None if self.best is None else (self.best - today).days


@dataclass(frozen=True, slots=True)
class Sales:
    """What was sold on a day: how often, and sums by product."""

    day: date
    count: int
    sums: list[tuple[str, Quantity]]


@routes.get("/me/holdings", SIGNED_IN)
def holdings(acting: Acting, user: SignedIn, reader: Reader) -> Response:
    """What is there now."""
    stocks = [
        stock
        for stock in Lineage(reader).stock_of(acting.uri)
        if stock.quantity is None or stock.quantity.micro
    ]
    today = site().ledger.now().astimezone(zone()).date()
    held = sorted(_held(reader, acting.uri, user.uri, stocks[:MOST]), key=_age)
    return page(
        "trader/holdings.html",
        acting=acting,
        held=held,
        today=today,
        sold=_sales(reader, acting.uri, today, today) if acting.may("sells") else [],
        more=max(0, len(stocks) - MOST),
        size=Lineage(reader).size(),
        can_mix=acting.may("fills"),
        reasons=[_(reason) for reason in step_of("loses").reasons],
        **given(reader, acting.uri, {stock.item for stock in stocks[:MOST]}),
    )


@routes.get("/me/sales", SIGNED_IN)
def sales(acting: Acting, reader: Reader) -> Response:
    """What was sold, day by day; up to the day in the query, else today."""
    today = site().ledger.now().astimezone(zone()).date()
    try:
        last = min(read_day(request.args.get("until", ""), ""), today)
    except LedgerError:
        last = today
    first = last - timedelta(DAYS - 1)
    return page(
        "trader/sales.html",
        acting=acting,
        today=today,
        days=_sales(reader, acting.uri, first, last),
        first=first,
        last=last,
        earlier=(first - timedelta(1)).isoformat(),
    )


def _age(row: Held) -> tuple[bool, date, date, str, str]:
    """What is stopped first, then what has been there longest."""
    days = row.came or date.max, row.best or date.max
    return (row.act is None, *days, row.name, row.stock.item)


def _held(reader: Reader, holder: str, viewer: str, stocks: Sequence[Stock]) -> Iterator[Held]:
    items = sorted({stock.item for stock in stocks})
    goods, names = Goods(reader, items), Slips(reader)
    lots = goods.lots
    usual, selling = Usual(reader, holder), step_of("sells").name
    acts = stopped(reader, site().genesis, items, holder)
    for stock in stocks:
        item, quantity, data = stock.item, stock.quantity, None
        lot, act = lots.get(item), acts.get(item)
        name = names.item_name(item, lots)
        first = reader.in_chain(item, holder, 0)
        link = None if first is None else reader.parsed(first.index)
        is_loose = stock.container is None and act is None
        if quantity is not None and quantity.micro > 0 and is_loose:
            called = lot and (lot.name or lot.product)
            known = called and usual.limits(selling, called, quantity.unit)
            data = so_much(goods, item, name, quantity, basin=_basin(item, link), usual=known)
        supplier = _supplier(reader, names, link, viewer)
        yield Held(lot_titled(name, item, lots), stock, _day(link), supplier, _best(lot), act, data)


def _best(lot: Lot | None) -> date | None:
    return None if lot is None else best_before(lot)


def _day(link: Link | None) -> date | None:
    """The local day of a link's event."""
    when = None if link is None or link.event is None else instant(link.event.get("eventTime"))
    return None if when is None else when.astimezone(zone()).date()


def _supplier(reader: Reader, names: Slips, link: Link | None, viewer: str) -> str | None:
    """Whom the goods of a chain came from, by its first link: who sent them, or sold them."""
    if link is None:
        return None
    seller = (link.event or {}).get(SUPPLIER)
    if isinstance(seller, dict):
        known = disclosed.body(reader, link, viewer)[SUPPLIER]
        return text_in(known, "name") if isinstance(known, dict) else None
    for ref in link.after[:1]:
        sent = None if ref.ledger is not None else reader.parsed(ref.index)
        if sent is not None and sent.actor != link.actor:
            return titled(names.name(sent.actor), sent.actor)
    return None


def _basin(item: str, first: Link | None) -> str | None:
    """What the mixes of a holder's basin have in common; None for what is no basin of its own."""
    event = None if first is None else first.event
    if codes.in_uri(item, site().host) is None or event is None:
        return None
    mix = event.get("transformationID") if event.get("bizStep") in biz_steps("fills") else None
    return mix if isinstance(mix, str) else None


def _sales(reader: Reader, actor: str, first: date, last: date) -> list[Sales]:
    """What an actor sold on the days from first to last, the newest first; none of idle days."""
    wanted = Wanted(
        actor,
        step=step_of("sells").name,
        since=_midnight(first),
        until=_midnight(last + timedelta(1)),
    )
    by_day: dict[date, list[OwnRecord]] = {}
    after: Key | None = None
    looked = 0
    while looked < _MOST_SALES:
        records, after = own_records.page(reader, wanted, _PART, after)
        looked += len(records)
        for record in records:
            if record.voided is None:
                day = from_micros(record.time).astimezone(zone()).date()
                by_day.setdefault(day, []).append(record)
        if after is None:
            break
    return [Sales(day, len(records), _sums(records)) for day, records in by_day.items()]


def _sums(records: Sequence[OwnRecord]) -> list[tuple[str, Quantity]]:
    sums: Counter[tuple[str, str]] = Counter()
    for record in records:
        if record.quantity is not None:
            name = in_words(record.product) if record.product else shown.uri(record.item)
            sums[name, record.quantity.unit] += record.quantity.micro
    return [(name, Quantity(micro, unit)) for (name, unit), micro in sorted(sums.items())]


def _midnight(day: date) -> int:
    return micros(datetime.combine(day, time(), zone()))
