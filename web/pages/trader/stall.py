"""A stall's pages at four in the morning: what arrived, one slip a supplier, and what it has."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Response

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.times import micros, zone
from suyuan.trace.format.vocabulary import biz_steps, step_of
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text.shown import titled
from suyuan.web.text.texts import gettext as _

from ..office.signin import page
from .stall_cards import of_script, so_much, span, together, totals

routes = Routes("stall")
MOST = 500  # dispatches, or items, on one page


@routes.get("/me/arrivals", SIGNED_IN)
def arrivals(acting: Acting, reader: Reader) -> Response:
    """What waits for an answer: one slip a supplier, each answered with one signature."""
    now = micros(site().ledger.now())
    waiting = Slips(reader).arrivals(acting.uri) if acting.may("receives") else []
    slips = waiting[:MOST]
    heads = _heads(reader, acting.uri, {item for slip in slips for item in slip.items})
    may = {"can_refuse": acting.may("refuses"), "can_return": acting.may("sends_back")}
    return page(
        "trader/arrivals.html",
        acting=acting,
        cards=[
            (one, totals(one), span(one), of_script(one, **may)) for one in together(slips, now)
        ],
        lines=sum(len(slip.lines) for slip in slips),
        more=len(waiting) - len(slips),
        this_moment=now,
        reasons=[_(reason) for reason in step_of("refuses").reasons],
        **_given(heads),
    )


@routes.get("/me/holdings", SIGNED_IN)
def holdings(acting: Acting, reader: Reader) -> Response:
    """What is on the counter now."""
    stocks = [
        stock
        for stock in Lineage(reader).stock_of(acting.uri)
        if stock.quantity is None or stock.quantity.micro
    ]
    more = max(0, len(stocks) - MOST)
    held = list(_held(reader, acting.uri, stocks[:MOST]))
    heads = _heads(reader, acting.uri, {stock.item for stock in stocks[:MOST]})
    size = Lineage(reader).size()
    return page(
        "trader/holdings.html",
        acting=acting,
        held=sorted(held, key=lambda one: (one[0], codes.of_chain(one[1].item, acting.uri))),
        more=more,
        size=size,
        can_mix=acting.may("fills"),
        reasons=[_(reason) for reason in step_of("loses").reasons],
        **_given(heads),
    )


def _given(heads: Mapping[str, Any]) -> dict[str, Any]:
    """What scripts need to sign without asking: the time, its zone, and where chains end."""
    now = site().ledger.now().astimezone(zone())
    return {
        "now": int(now.timestamp() * 1000),
        "offset": int((now.utcoffset() or timedelta()).total_seconds()) // 60,
        "heads": heads,
    }


def _heads(reader: Reader, actor: str, items: Iterable[str]) -> dict[str, Any]:
    found = reader.heads([(item, actor) for item in sorted(items)])
    return {
        item: {"seq": head.seq, "hash": head.hash}
        for (item, _actor), head in found.items()
        if head is not None
    }


def _basin(reader: Reader, item: str, holder: str) -> str | None:
    """What the mixes of a holder's basin have in common; None for what is no basin of its own."""
    if codes.in_uri(item, site().host) is None:
        return None
    first = reader.in_chain(item, holder, 0)
    try:
        event = None if first is None else parse(first.entry).event
    except Refused:
        return None
    if event is None or event.get("bizStep") not in biz_steps("fills"):
        return None
    found = event.get("transformationID")
    return found if isinstance(found, str) else None


def _held(
    reader: Reader, holder: str, stocks: Sequence[Stock]
) -> Iterator[tuple[str, Stock, dict[str, Any] | None]]:
    """What each is called, and what a script makes a sale or a loss of, where one can be made."""
    lots, names = Lineage(reader).lots(sorted({stock.item for stock in stocks})), Slips(reader)
    for stock in stocks:
        item, quantity, data = stock.item, stock.quantity, None
        name = titled(names.item_name(item, lots), item)
        if quantity is not None and quantity.micro > 0 and stock.container is None:
            data = so_much(item, name, quantity, basin=_basin(reader, item, holder))
        yield name, stock, data
