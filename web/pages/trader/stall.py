"""A stall's page at four in the morning: what arrived, one slip a supplier."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from flask import Response

from suyuan.trace.format.quantities import MICRO, UNITS, Quantity, decimal_text
from suyuan.trace.format.times import from_micros, micros, zone
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.goods.handover.slips import Content, Line, Slip, Slips, Why
from suyuan.trace.recording.supplies import packages_of
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader
from suyuan.web.app.access.acting_for import Acting
from suyuan.web.app.routes import SIGNED_IN, Routes
from suyuan.web.context import site
from suyuan.web.text import shown, units, words
from suyuan.web.text.names import lot_titled, titled
from suyuan.web.text.recalls_names import names_of
from suyuan.web.text.texts import gettext as _

from ..office.signin import page

routes = Routes("stall")
MOST = 500  # dispatches, or items, on one page
MOST_APART = 100  # contents of a container that are confirmed one by one
MOST_TOGETHER = 100  # dispatches on one slip
_RECENT = timedelta(hours=24)


@routes.get("/me/arrivals", SIGNED_IN)
def arrivals(acting: Acting, reader: Reader) -> Response:
    """What waits for an answer: one slip a supplier, each answered with one signature."""
    now = micros(site().ledger.now())
    waiting = Slips(reader).arrivals(acting.uri) if acting.may("receives") else []
    slips = waiting[:MOST]
    goods = Goods(reader, {item for slip in slips for item in slip.items})
    may = {"can_refuse": acting.may("refuses"), "can_return": acting.may("sends_back")}
    return page(
        "trader/arrivals.html",
        acting=acting,
        cards=[(c, totals(c), span(c), of_script(c, goods, **may)) for c in together(slips, now)],
        lines=sum(len(slip.lines) for slip in slips),
        lots=names_of(reader, {line.item for slip in slips for line in slip.lines}),
        more=len(waiting) - len(slips),
        this_moment=now,
        reasons=[_(reason) for reason in step_of("refuses").reasons],
        **given(reader, acting.uri, {item for slip in slips for item in slip.items}),
    )


class Goods:
    """Lots, and the units in which amounts of them may be said."""

    def __init__(self, reader: Reader, items: Iterable[str]) -> None:
        self.lots = Lineage(reader).lots(sorted(items))
        self._packages = packages_of(reader, self.lots.values())

    def units(self, item: str, uom: str | None) -> list[tuple[str, int]]:
        """Words and millionths of the base unit of each, the preferred first."""
        unit, packages = self._packages.get(item, (None, {}))
        category = self.lots[item].category if item in self.lots else None
        return units.of_line(uom, packages if unit == (uom or "H87") else {}, category)


def given(reader: Reader, actor: str, items: Iterable[str]) -> dict[str, Any]:
    """The time, its zone and the heads of chains, by which scripts sign without asking."""
    now, heads = site().ledger.now(), reader.heads([(item, actor) for item in sorted(items)])
    return {
        "now": int(now.timestamp() * 1000),
        "offset": shown.offset(now),
        "heads": {
            item: {"seq": head.seq, "hash": head.hash}
            for (item, _actor), head in heads.items()
            if head is not None
        },
    }


def together(slips: Iterable[Slip], now: int) -> list[list[Slip]]:
    """Slips of one sender and kind together: the last day's as one, each older day's as another."""

    def group(slip: Slip) -> tuple[bool, str, str, str]:
        day = _old_day(slip, now)
        is_back = slip.why is not Why.DISPATCH
        return (day != "", slip.sender_name or "", slip.sender, f"{is_back} {day}")

    ordered = sorted(slips, key=lambda slip: (*group(slip), slip.index))
    return [
        same[start : start + MOST_TOGETHER]
        for same in (list(run) for _key, run in groupby(ordered, group))
        for start in range(0, len(same), MOST_TOGETHER)
    ]


def _old_day(slip: Slip, now: int) -> str:
    """The local day of what was sent over a day ago; empty for the rest, a night's work as one."""
    if slip.sent is None or now - slip.sent < _RECENT // timedelta(microseconds=1):
        return ""
    return from_micros(slip.sent).astimezone(zone()).date().isoformat()


def of_script(
    slips: Sequence[Slip], goods: Goods, *, can_refuse: bool, can_return: bool
) -> dict[str, Any]:
    """The data by which a page's script answers slips that stand together.

    `can_return`: whether contents of a container may be sent back, which is a dispatch.
    """
    first = slips[0]
    may = {"canRefuse": can_refuse, "canReturn": can_return and can_refuse}
    return {
        "sender": titled(first.sender_name, first.sender),
        "from": first.sender,
        **{name: is_so and first.why is not Why.REFUSAL for name, is_so in may.items()},
        "dispatches": [
            {
                "index": slip.index,
                "hash": slip.hash,
                "lines": [_line(line, goods) | _apart(line, slip, goods) for line in slip.lines],
            }
            for slip in slips
        ],
    }


def so_much(
    goods: Goods, item: str, name: str | None, quantity: Quantity | None, **more: Any
) -> dict[str, Any]:
    """So much of an item for scripts; `more` may say it in another unit, as `value` and `uom`.

    `units` are those in which an amount of it may be said, the preferred first: words, and how
    many millionths of the base unit one is. `called` is the name as it is registered, which a
    script may sign again: never the name in the page's language.
    """
    uom = more.get("uom", None if quantity is None else quantity.uom)
    amount: dict[str, Any] = {"micro": None, "unit": None, "per": None}
    if quantity is not None:
        amount = {"micro": quantity.micro, "unit": quantity.unit, "per": _per(uom)}
    return {
        "item": item,
        "name": lot_titled(name, item, goods.lots),
        "called": name,
        "value": None if quantity is None else quantity.text,
        "uom": uom,
        **amount,
        "words": str(words.unit(uom)),
        "units": goods.units(item, uom),
        **more,
    }


def _line(line: Line, goods: Goods) -> dict[str, Any]:
    portion = line.portion
    value = None if portion.quantity is None else decimal_text(portion.quantity)
    amount = {"value": value, "uom": portion.uom, "inside": len(line.contents)}
    return so_much(goods, line.item, line.name, line.sent.quantity, **amount)


def _apart(line: Line, slip: Slip, goods: Goods) -> dict[str, Any]:
    """What is in a container, where it can be confirmed one by one: each named once on the slip."""
    named = Counter(each.item for each in slip.lines)
    named.update(content.item for each in slip.lines for content in each.contents)
    inside = [content for content in line.contents if content.container == line.item]
    if not 0 < len(inside) <= MOST_APART or any(named[content.item] > 1 for content in inside):
        return {}
    return {"contents": [_content(content, goods) for content in inside]}


def _content(content: Content, goods: Goods) -> dict[str, Any]:
    is_thing = "/21/" in content.item or "/00/" in content.item
    quantity = None if is_thing else content.quantity
    return so_much(goods, content.item, content.name, quantity, isContent=True)


def _per(uom: str | None) -> int | None:
    """How many millionths of its base unit one of a unit is; None where that is no whole number."""
    _base, factor = ("1", Decimal(1)) if uom is None else UNITS.get(uom, ("", Decimal(0)))
    micro = factor * MICRO
    return int(micro) if micro and micro == micro.to_integral_value() else None


def totals(slips: Iterable[Slip]) -> list[Quantity]:
    """How much was sent in all, by unit, as far as amounts are known."""
    sums: Counter[str] = Counter()
    for line in (line for slip in slips for line in slip.lines):
        if line.sent.quantity is not None:
            sums[line.sent.quantity.unit] += line.sent.quantity.micro
    return [Quantity(micro, unit) for unit, micro in sorted(sums.items())]


def span(slips: Iterable[Slip]) -> str:
    """From when to when slips were sent."""
    times = sorted(slip.sent for slip in slips if slip.sent is not None)
    if not times:
        return ""
    first, last = (from_micros(time).astimezone(zone()) for time in (times[0], times[-1]))
    if first.date() == last.date():
        hours = sorted({f"{first:%H:%M}", f"{last:%H:%M}"})
        return f"{shown.day(first.date())} {'–'.join(hours)}"
    return f"{shown.moment(first)} – {shown.moment(last)}"
