"""What the records on an item's way contradict in each other (section 10 of the format).

Plain arithmetic over the links on the way alone, so that a page, a verifier of a file and a phone
decide alike. The findings of plausibility look at more, and colour no page.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from suyuan.trace.admission.chain import step
from suyuan.trace.admission.state import coded
from suyuan.trace.format.event_items import Role
from suyuan.trace.format.link import Link
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import MICRO, Quantity
from suyuan.trace.format.vocabulary import biz_steps

from .joins import Joins, Pair, is_dispatch, is_return
from .lots import MasterData, first_day, newest, whole_days
from .model import ItemEvent, Kind
from .path import Path
from .stock import BROUGHT_IN, GATHERING, SELLING, effect
from .story import item_event

_TIME = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)
_CHINA, _DAY = 8 * 3600, 86_400  # seconds
_EPOCH = date(1970, 1, 1).toordinal()
_GIVEN = (Kind.USED, Kind.SENT, Kind.SOLD, Kind.PACKED)
_TREATMENTS, _SLAUGHTERING = biz_steps("treats"), biz_steps("slaughters")


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What cannot be so by the link at `index`: a code of section 10."""

    code: str
    item: str
    actor: str
    index: int


def contradictions(path: Path) -> list[Contradiction]:
    """What the links on a way contradict, each chain's once a kind, in order of index."""
    every = {each for pair in path.reached for each in _of_chain(path, pair)}
    return sorted(every, key=lambda c: (c.index, c.code, c.item, c.actor))


def _of_chain(path: Path, pair: Pair) -> Iterator[Contradiction]:
    item, actor = pair
    events = path.counting(pair)
    indexes: dict[str, int | None] = {}
    is_individual = "/21/" in item or "/00/" in item or item.startswith("urn:epc:id:")
    if path.is_whole(pair) and not is_individual:
        indexes["overdrawn"] = _overdrawn(path, item, events)
        indexes["more_than_sent"] = _more_than_sent(path, item, events)
    both = Role.INPUT | Role.OUTPUT
    roles = ((index, path.joins.roles(link).get(item, Role.NONE)) for index, link in events)
    indexes["self"] = next((index for index, role in roles if role & both == both), None)
    if (end := last_good_day(path, item)) is not None:
        late = (
            index
            for index, link in events
            if _is_given(link, item) and (day := event_day(link)) is not None and day > end
        )
        indexes["past_date"] = next(late, None)
    indexes["withdrawal"] = _too_soon(path, item, events)
    for code, index in indexes.items():
        if index is not None:
            yield Contradiction(code, item, actor, index)


def _overdrawn(path: Path, item: str, events: Sequence[tuple[int, Link]]) -> int | None:
    """The link that takes more than there was; None where amounts or one unit are not known."""
    parts = [(index, link, _part(link, item)) for index, link in events]
    if any(part.role & Role.PARENT for _, _, part in parts):
        return None
    moves = [(index, part, kind, sign) for index, link, part in parts
             for kind, sign in _move(path.joins, link, item, part)]  # fmt: skip
    restates = any(kind in BROUGHT_IN and part.quantity is not None for _, part, kind, _ in moves)
    unit: str | None = None
    balance = came = 0
    last = None
    for index, part, kind, sign in moves:
        if kind is Kind.CODED and restates:
            continue
        amount = part.quantity or _sent(path.joins, path.links[index], item, kind)
        if amount is None or unit not in (None, amount.unit) or amount.micro < 0:
            return None
        unit = amount.unit
        if kind is Kind.COUNTED:
            balance, came = amount.micro, max(came, amount.micro)
            continue
        balance += sign * amount.micro
        came += amount.micro if sign > 0 else 0
        last = index if sign < 0 else last
    return last if balance < -_tolerance(came, unit) else None


def _more_than_sent(path: Path, item: str, events: Sequence[tuple[int, Link]]) -> int | None:
    """The last of receipts that say more than what they answer; None where not known."""
    sent: dict[str, Quantity] = {}
    got: list[tuple[int, Quantity]] = []
    for index, link in events:
        answered = [d for d in path.joins.answered(link) if item in path.joins.numbers(d)]
        part = _part(link, item)
        if not any(kind is Kind.RECEIVED for kind, _ in _move(path.joins, link, item, part)):
            continue
        amount = part.quantity or _sent(path.joins, link, item, Kind.RECEIVED)
        if not answered or amount is None or amount.micro < 0:
            continue
        for dispatch in answered:
            quantity = _part(dispatch, item).quantity
            if quantity is None or quantity.micro < 0:
                return None
            sent[dispatch.hash] = quantity
        got.append((index, amount))
    units = {quantity.unit for quantity in (*sent.values(), *(amount for _, amount in got))}
    if len(units) != 1:
        return None
    total = sum(quantity.micro for quantity in sent.values())
    came = sum(amount.micro for _, amount in got)
    return got[-1][0] if came - total > _tolerance(total, units.pop()) else None


def _tolerance(came: int, unit: str | None) -> int:
    """A fiftieth of what came in, at least a tenth of a unit; of pieces nothing."""
    return 0 if unit == "1" else max(came // 50, MICRO // 10)


def _move(joins: Joins, link: Link, item: str, part: ItemEvent) -> Iterator[tuple[Kind, int]]:
    """What a link does to its actor's stock; a receipt of what went to another does nothing."""
    if link.is_received:
        return
    is_joined = next(joins.sources(link, item), None) is not None
    change = effect(part, is_answer=is_joined)
    if change is not None and not (change.kind is Kind.BOUGHT and joins.names_sent(link)):
        yield change.kind, change.sign


def _sent(joins: Joins, receipt: Link, item: str, kind: Kind) -> Quantity | None:
    """What was sent, where a receipt names no amount and one dispatch of the item."""
    if kind is not Kind.RECEIVED:
        return None
    lines = [_part(dispatch, item).quantity for dispatch in joins.answered(receipt)
             if any(ref.item == item for ref in dispatch.items)]  # fmt: skip
    return lines[0] if len(lines) == 1 else None


def _part(link: Link, item: str) -> ItemEvent:
    return next(part for part, name in item_event(link) if name == item)


def _is_given(link: Link, item: str) -> bool:
    if is_dispatch(link) and is_return(link):
        return False
    change = effect(_part(link, item))
    return change is not None and change.kind in _GIVEN and not link.is_received


def last_good_day(path: Path, item: str) -> int | None:
    """The last day of an item's shelf life, since 1970 in China, of its newest part; or None."""
    stated = [MasterData.of((link.event or {}).get("ilmd")) for link in coding(path, item)]
    days = newest(stated).shelf_life_days
    produced = [_since_1970(data.produced) for data in stated if data.produced is not None]
    return max(produced) + days if produced and days is not None else None


def coding(path: Path, item: str) -> list[Link]:
    """The links by which the first coder of an item on its way coded it, in order of the log."""
    codings = sorted(
        (
            (index, link)
            for pair in path.of_item(item)
            for index, link in path.counting(pair)
            if item in set(coded(link))
        ),
        key=lambda indexed: indexed[0],
    )
    return [link for _, link in codings if link.actor == codings[0][1].actor]


def _too_soon(path: Path, item: str, events: Sequence[tuple[int, Link]]) -> int | None:
    links = [link for pair in path.of_item(item) for _, link in path.counting(pair)]
    waits = [
        (start, start + days)
        for link in links
        if (link.event or {}).get("bizStep") in _TREATMENTS
        and (start := event_day(link)) is not None
        and (days := whole_days((link.event or {}).get("suyuan:withdrawalDays"))) is not None
    ]
    if not waits:
        return None
    is_gathered = any((link.event or {}).get("bizStep") in GATHERING for link in links)
    for index, link in events:
        day = event_day(link)
        if day is None or not _takes(link, item, is_gathered=is_gathered):
            continue
        if any(start <= day < end for start, end in waits):
            return index
    return None


def _takes(link: Link, item: str, *, is_gathered: bool) -> bool:
    biz_step = (link.event or {}).get("bizStep")
    if biz_step in GATHERING:
        return True
    part = _part(link, item)
    if biz_step in _SLAUGHTERING:
        return bool(part.role & Role.INPUT)
    is_gone = (is_dispatch(link) and not is_return(link)) or step(link) in SELLING
    return is_gone and not is_gathered


def china_day(instant: datetime) -> int:
    """The day of an instant, since 1970, in China."""
    return (int(instant.timestamp()) + _CHINA) // _DAY


def event_day(link: Link) -> int | None:
    """The day of a link's event, since 1970, in China; None where its time is not in full."""
    event: Object = link.event or {}
    if (match := _TIME.fullmatch(str(event.get("eventTime")))) is None:
        return None
    day, (hour, minute, second) = first_day(match[0]), map(int, match.groups()[3:6])
    if day is None or hour > 23 or minute > 59 or second > 59:
        return None
    offset = 0
    if match[7] is not None:
        offset = (int(match[8]) * 3600 + int(match[9]) * 60) * (1 if match[7] == "+" else -1)
    at = _since_1970(day) * _DAY + hour * 3600 + minute * 60 + second - offset
    return (at + _CHINA) // _DAY


def _since_1970(day: date) -> int:
    return day.toordinal() - _EPOCH
