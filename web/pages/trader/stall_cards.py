"""Slips as a stall sees them: all that one supplier has sent together, on one card."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import groupby
from typing import Any

from suyuan.trace.format.quantities import MICRO, UNITS, Quantity, decimal_text
from suyuan.trace.format.times import from_micros, zone
from suyuan.trace.goods.handover.slips import Content, Line, Slip, Why
from suyuan.web.text import shown, words

MOST_APART = 100  # contents of a container that are confirmed one by one
MOST_TOGETHER = 100  # dispatches on one slip
_RECENT = timedelta(hours=24)
BASE_CODES = {"kg": "KGM", "L": "LTR", "m": "MTR", "1": None}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a card, in words; `key` is its dispatch and item."""

    key: str
    name: str
    amount: str | None
    inside: int


@dataclass(frozen=True, slots=True)
class Card:
    """What one supplier has sent and waits for an answer, to be answered together.

    `totals` are amounts by unit, as far as they are known; `data` what scripts make of it.
    """

    key: str
    sender: str
    is_back: bool
    when: str
    is_overdue: bool
    rows: list[Row]
    totals: list[str]
    data: str


def cards_of(
    slips: Sequence[Slip], now: int, *, can_refuse: bool = True, can_return: bool = True
) -> list[Card]:
    """Slips of one sender and kind together: the last day's as one, each older day's as another.

    `can_return`: whether contents of a container may be sent back, which is a dispatch.
    """
    may = {"canRefuse": can_refuse, "canReturn": can_return and can_refuse}

    def group(slip: Slip) -> tuple[bool, str, str, str]:
        day = _old_day(slip, now)
        return (day != "", slip.sender_name or "", slip.sender, f"{_is_back(slip)} {day}")

    ordered = sorted(slips, key=lambda slip: (*group(slip), slip.index))
    found = []
    for _key, grouped in groupby(ordered, group):
        together = list(grouped)
        for start in range(0, len(together), MOST_TOGETHER):
            found.append(_card(together[start : start + MOST_TOGETHER], now, may))
    return found


def _old_day(slip: Slip, now: int) -> str:
    """The local day of what was sent over a day ago; empty for the rest, a night's work as one."""
    if slip.sent is None or now - slip.sent < _RECENT // timedelta(microseconds=1):
        return ""
    return from_micros(slip.sent).astimezone(zone()).date().isoformat()


def _is_back(slip: Slip) -> bool:
    return slip.why is not Why.DISPATCH


def _card(slips: Sequence[Slip], now: int, may: Mapping[str, bool]) -> Card:
    first = slips[0]
    times = sorted(slip.sent for slip in slips if slip.sent is not None)
    lines = [(slip, line) for slip in slips for line in slip.lines]
    sender = first.sender_name or shown.uri(first.sender)
    told = {
        "sender": sender,
        "from": first.sender,
        **{name: is_so and first.why is not Why.REFUSAL for name, is_so in may.items()},
        "dispatches": [
            {
                "index": slip.index,
                "hash": slip.hash,
                "lines": [_told(line) | _apart(line, slip) for line in slip.lines],
            }
            for slip in slips
        ],
    }
    return Card(
        key="-".join(str(slip.index) for slip in slips)[:200],
        sender=sender,
        is_back=_is_back(first),
        when=_span(times),
        is_overdue=any(slip.is_overdue(now) for slip in slips),
        rows=[_row(slip, line) for slip, line in lines],
        totals=_totals(line.sent.quantity for _slip, line in lines),
        data=json.dumps(told, ensure_ascii=False, separators=(",", ":")),
    )


def _row(slip: Slip, line: Line) -> Row:
    portion = line.portion
    amount = (
        None
        if portion.quantity is None
        else shown.measure(decimal_text(portion.quantity), portion.uom)
    )
    return Row(
        f"{slip.index} {line.item}", name_of(line.name, line.item), amount, len(line.contents)
    )


def _told(line: Line) -> dict[str, Any]:
    portion, quantity = line.portion, line.sent.quantity
    return {
        "item": line.item,
        "name": name_of(line.name, line.item),
        "value": None if portion.quantity is None else decimal_text(portion.quantity),
        "uom": portion.uom,
        "micro": None if quantity is None else quantity.micro,
        "unit": None if quantity is None else quantity.unit,
        "per": None if quantity is None else _per(portion.uom),
        "words": str(words.unit(portion.uom)),
        "inside": len(line.contents),
    }


def _apart(line: Line, slip: Slip) -> dict[str, Any]:
    """What is in a container, where it can be confirmed one by one: each named once on the slip."""
    named = Counter(one.item for one in slip.lines)
    named.update(content.item for one in slip.lines for content in one.contents)
    found = [content for content in line.contents if content.container == line.item]
    if not 0 < len(found) <= MOST_APART or any(named[one.item] > 1 for one in found):
        return {}
    return {"contents": [_content(one) for one in found]}


def _content(content: Content) -> dict[str, Any]:
    is_thing = "/21/" in content.item or "/00/" in content.item
    quantity = None if is_thing else content.quantity
    uom = None if quantity is None else BASE_CODES[quantity.unit]
    return {
        "item": content.item,
        "name": name_of(content.name, content.item),
        "value": None if quantity is None else decimal_text(quantity.value),
        "uom": uom,
        "micro": None if quantity is None else quantity.micro,
        "unit": None if quantity is None else quantity.unit,
        "per": None if quantity is None else MICRO,
        "words": str(words.unit(uom)),
        "isContent": True,
    }


def _per(uom: str | None) -> int | None:
    """How many millionths of its base unit one of a unit is; None where that is no whole number."""
    _base, factor = ("1", Decimal(1)) if uom is None else UNITS.get(uom, ("", Decimal(0)))
    micro = factor * MICRO
    return int(micro) if micro and micro == micro.to_integral_value() else None


def name_of(name: str | None, item: str) -> str:
    """What an item is called, or its URI in short."""
    return name or shown.uri(item)


def _totals(amounts: Iterable[Quantity | None]) -> list[str]:
    sums: dict[str, int] = {}
    for amount in amounts:
        if amount is not None:
            sums[amount.unit] = sums.get(amount.unit, 0) + amount.micro
    return [measure(Quantity(micro, unit)) for unit, micro in sorted(sums.items())]


def measure(quantity: Quantity) -> str:
    """An amount in its base unit, in words."""
    return shown.measure(decimal_text(quantity.value), BASE_CODES[quantity.unit])


def _span(times: Sequence[int]) -> str:
    """From when to when something was sent."""
    if not times:
        return ""
    first, last = (from_micros(time).astimezone(zone()) for time in (times[0], times[-1]))
    if first.date() == last.date():
        hours = sorted({f"{first:%H:%M}", f"{last:%H:%M}"})
        return f"{shown.day(first.date())} {'–'.join(hours)}"
    return f"{shown.moment(first)} – {shown.moment(last)}"
