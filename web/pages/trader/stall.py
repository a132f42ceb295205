"""A stall's pages at four in the morning: what arrived, one slip a supplier, and what it has."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import Response

from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.quantities import MICRO, decimal_text
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.steps import OWN
from suyuan.trace.format.times import micros, zone
from suyuan.trace.goods.handover.slips import Slips
from suyuan.trace.lineage.joins import REFUSE
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access import acting_for
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import words
from suyuan.web.text.languages import keep_language

from ..office.signin import page
from .stall_cards import BASE_CODES, cards_of, measure, name_of

routes = Routes("stall")
MOST = 500  # dispatches, or items, on one page


@dataclass(frozen=True, slots=True)
class Held:
    """So much of an item on the counter."""

    name: str
    amount: str | None
    url: str
    labels: str
    code: str
    is_inside: bool
    data: str | None


@routes.get("/me/arrivals", SIGNED_IN)
def arrivals() -> Response:
    """What waits for an answer: one slip a supplier, each answered with one signature."""
    acting = acting_for.acting()
    now = micros(site().ledger.now())
    with site().ledger.reading() as reader:
        waiting = Slips(reader).arrivals(acting.uri) if acting.covers("receiving") else []
        may = {"can_refuse": acting.covers(REFUSE), "can_return": acting.covers("shipping")}
        cards = cards_of(waiting[:MOST], now, **may)
        lines = [line for slip in waiting[:MOST] for line in slip.lines]
        items = {line.item for line in lines} | {
            one.item for line in lines for one in line.contents
        }
        heads = _heads(reader, acting.uri, items)
    return page(
        "arrivals.html",
        acting=acting,
        cards=cards,
        lines=sum(len(card.rows) for card in cards),
        more=max(0, len(waiting) - MOST),
        **_given(heads),
    )


@routes.get("/me/holdings", SIGNED_IN)
def holdings() -> Response:
    """What is on the counter now."""
    acting = acting_for.acting()
    with site().ledger.reading() as reader:
        stocks = [
            stock
            for stock in Lineage(reader).stock_of(acting.uri)
            if stock.quantity is None or stock.quantity.micro
        ]
        more = max(0, len(stocks) - MOST)
        held = _held(reader, acting.uri, stocks[:MOST])
        heads = _heads(reader, acting.uri, {stock.item for stock in stocks[:MOST]})
        size = Lineage(reader).size()
    return page(
        "holdings.html",
        acting=acting,
        held=held,
        more=more,
        size=size,
        can_mix=acting.covers(f"{OWN}mix"),
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
    if event is None or event.get("bizStep") != f"{OWN}mix":
        return None
    found = event.get("transformationID")
    return found if isinstance(found, str) else None


def _held(reader: Reader, holder: str, stocks: Sequence[Stock]) -> list[Held]:
    lots = Lineage(reader).lots(sorted({stock.item for stock in stocks}))
    names = Slips(reader)
    found = []
    for stock in stocks:
        name = name_of(names.item_name(stock.item, lots), stock.item)
        code = codes.of_chain(stock.item, holder)
        quantity, data = stock.quantity, None
        if quantity is not None and quantity.micro > 0 and stock.container is None:
            told = {
                "item": stock.item,
                "name": name,
                "value": decimal_text(quantity.value),
                "uom": BASE_CODES[quantity.unit],
                "micro": quantity.micro,
                "unit": quantity.unit,
                "per": MICRO,
                "words": str(words.unit(BASE_CODES[quantity.unit])),
                "basin": _basin(reader, stock.item, holder),
            }
            data = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        found.append(
            Held(
                name=name,
                amount=None if quantity is None else measure(quantity),
                url=f"/t/{code}",
                labels=keep_language("/me/labels", item=code),
                code=codes.shown(code),
                is_inside=stock.container is not None,
                data=data,
            )
        )
    return sorted(found, key=lambda one: (one.name, one.code))
