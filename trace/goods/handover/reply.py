"""What replies to a slip: all of it as sent, other amounts with the difference stated, refusals.

The events are `receive` for what was taken in and `refuse` for what was not, both with the dispatch
in `after`. What is not named stays open, unless the reply is for all of the slip. Contents of a
container are confirmed one by one in a receipt that names the container and all that is in it; one
that is refused is taken in with it and sent back.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from zoneinfo import ZoneInfo

from suyuan.trace.admission.link_builder import Draft, Pen, is_too_large
from suyuan.trace.format import steps
from suyuan.trace.format.link import MAX_REF_ITEMS, AfterRef
from suyuan.trace.format.members import Object
from suyuan.trace.format.quantities import Quantity, exact
from suyuan.trace.format.steps import SHANGHAI, Portion
from suyuan.trace.format.times import local
from suyuan.trace.format.vocabulary import step_of
from suyuan.trace.lineage.stock import Convert, converter
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.trace.store.read.reader import Reader

from .slips import ConfirmError, Content, Line, Slip, Why, portion_of, slip_for

ABSURD = 10  # times what was sent
_SKEW = timedelta(minutes=5)

Product = Callable[[str], Convert | None]


@dataclass(frozen=True, slots=True)
class Amount:
    """So much, in a UN/ECE unit; None for pieces."""

    value: Decimal
    uom: str | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a recipient replies to a slip.

    `weighed` and `refused` have amounts by line or content, None for all of a line; what neither
    names came as sent with `is_all`, else it stays open. `is_rest` answers what an earlier receipt
    left open; `is_sure` lets an amount over ten times what was sent stand.
    """

    weighed: Mapping[str, Amount] = field(default_factory=dict)
    refused: Mapping[str, Amount | None] = field(default_factory=dict)
    is_all: bool = False
    refuses_all: bool = False
    reason: str | None = None
    difference_reason: str | None = None
    is_rest: bool = False
    is_sure: bool = False
    place: str | None = None
    when: datetime | None = None

    def names(self, item: str) -> bool:
        """Whether it speaks of an item by name."""
        return item in self.weighed or item in self.refused


def reply_to(
    reader: Reader, party: str, index: int, reply: Reply, *, now: datetime, zone: ZoneInfo
) -> tuple[Slip, list[Object]]:
    """The slip that a party replies to, and the events that do; ConfirmError where it cannot."""
    slip = slip_for(reader, party, index, is_rest=reply.is_rest)
    lineage = Lineage(reader)

    def product(item: str) -> Convert | None:
        stated = lineage.story(item).product
        return None if stated is None else converter(stated)

    return slip, events(slip, reply, now, zone, product)


def events(
    slip: Slip,
    reply: Reply,
    now: datetime,
    zone: ZoneInfo = SHANGHAI,
    product: Product | None = None,
) -> list[Object]:
    """The events that give a reply; ConfirmError for one that cannot be given."""
    from suyuan.trace.format.epcis.events import check_event  # loads pydantic

    when = reply.when or now
    _check_time(slip, when, now)
    _check_names(slip, reply)
    _check_reason(slip, reply)
    parts = _Parts(reply, product)
    for line in slip.lines:
        parts.take(line)
    answers = list(_events(slip, reply, parts, when, zone))
    for first in (problem for event in answers for problem in check_event(event)):
        raise ConfirmError("the answer is no good EPCIS: %s: %s", first.path, first.reason)
    if not answers:
        raise ConfirmError(
            "say what came: all of it as on the slip, amounts of its lines, or what is refused"
        )
    return answers


def _events(
    slip: Slip, reply: Reply, parts: "_Parts", when: datetime, zone: ZoneInfo
) -> Iterator[Object]:
    event = partial(steps.event, place=reply.place, zone=zone)
    reason: Object = {} if reply.reason is None else {"suyuan:reason": reply.reason}
    for run in _runs(parts.received):
        stated = [parts.differences[p.item] for p in run if p.item in parts.differences]
        extra: Object = {"suyuan:difference": stated} if stated else {}
        yield event(step_of("receives").name, when, run, extra=extra)
    for run in _runs(parts.refused):
        yield event(step_of("refuses").name, when, run, extra=reason)
    for run in _runs(parts.returned):
        yield event(
            step_of("sends_back").name,
            when,
            run,
            sender=slip.recipient,
            recipient=slip.sender,
            extra=reason,
        )


def fitting(events: Iterable[Object], after: AfterRef, pen: Pen) -> list[Draft]:
    """A draft for each event, and more where one would be too large for a link."""
    drafts: list[Draft] = []
    for event in events:
        draft = Draft(event=event, after=(after,))
        drafts += [draft] if not is_too_large(draft, pen) else fitting(_halves(event), after, pen)
    return drafts


def _halves(event: Object) -> Iterator[Object]:
    """The event cut into two, each about half of the items."""
    epcs, amounts = event.get("epcList", []), event.get("quantityList", [])
    if len(epcs) + len(amounts) < 2:
        raise ConfirmError("a line of this slip is too long for one link")
    half = (len(epcs) + len(amounts)) // 2
    rest = max(0, half - len(epcs))
    stated = event.get("suyuan:difference", ())
    for number, (singles, classes) in enumerate(
        ((epcs[:half], amounts[:rest]), (epcs[half:], amounts[rest:]))
    ):
        names = {*singles, *(element["epcClass"] for element in classes)}
        lists = {
            "epcList": singles,
            "quantityList": classes,
            "suyuan:difference": [gap for gap in stated if gap["item"] in names],
        }
        part = {name: value for name, value in event.items() if name not in lists}
        if number:
            part["eventID"] = f"urn:uuid:{uuid.uuid4()}"
        yield part | {name: value for name, value in lists.items() if value}


def _runs(portions: Sequence[Portion]) -> Iterator[Sequence[Portion]]:
    for start in range(0, len(portions), MAX_REF_ITEMS):
        yield portions[start : start + MAX_REF_ITEMS]


@dataclass(slots=True)
class _Parts:
    """The amounts of a reply, gathered line by line."""

    reply: Reply
    product: Product | None
    received: list[Portion] = field(default_factory=list)
    refused: list[Portion] = field(default_factory=list)
    returned: list[Portion] = field(default_factory=list)
    differences: dict[str, Object] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        if self.reply.refuses_all:
            self.refused.append(_sent(line, self.reply, is_refused=True))
        elif any(self.reply.names(content.item) for content in line.contents):
            self._take_apart(line)
        elif self.reply.names(line.item):
            self._take_named(line)
        elif self.reply.is_all:
            self.received.append(_sent(line, self.reply))

    def _take_named(self, line: Line) -> None:
        item, sent = line.item, _amount(line, self.reply)
        weighed, part = self.reply.weighed.get(item), self.reply.refused.get(item)
        if part is None and item in self.reply.refused:
            if weighed is not None:
                raise ConfirmError("%s: with a weight, say also how much of it is refused", item)
            self.refused.append(_sent(line, self.reply, is_refused=True))
            return
        refused = None if part is None else _state(self.refused, item, part)
        if weighed is not None:
            came = _state(self.received, item, weighed)
            self._state_difference(item, sent, [came] if refused is None else [came, refused])
            return
        assert refused is not None
        if sent is None or refused.unit != sent.unit or refused.micro > sent.micro:
            raise ConfirmError(
                "%s: more is refused than was sent, or its units do not convert", item
            )
        if refused.micro < sent.micro:
            rest = Quantity(sent.micro - refused.micro, sent.unit)
            self.received.append(portion_of(item, rest))

    def _take_apart(self, line: Line) -> None:
        """A container and, one by one, all that is in it."""
        if line.item in self.reply.refused:
            raise ConfirmError("%s is refused as a whole: say nothing of what is in it", line.item)
        self.received.append(_sent(line, self.reply))
        for content in line.contents:
            if content.container == line.item:
                self._take_out(content)
            elif self.reply.names(content.item):
                raise ConfirmError(
                    "%s is in %s inside %s: confirm the whole, take it out by the "
                    "step unpack, and record what you find",
                    content.item,
                    content.container,
                    line.item,
                )

    def _take_out(self, content: Content) -> None:
        item, weighed = content.item, self.reply.weighed.get(content.item)
        if weighed is not None:
            came = _state(self.received, item, weighed)
            self._state_difference(item, content.quantity, [came])
        else:
            whole = Portion(item) if _is_thing(item) else portion_of(item, content.quantity)
            self.received.append(whole)
        if item in self.reply.refused:
            amount = self.reply.refused[item]
            if amount is None:
                self.returned.append(self.received[-1])
            else:
                _state(self.returned, item, amount)

    def _state_difference(
        self, item: str, amount: Quantity | None, parts: Sequence[Quantity]
    ) -> None:
        """Say by how much what came, and what was refused, is not what was sent."""
        if amount is None:
            return
        micro = 0
        for part in parts:
            same: Quantity | None = part
            if part.unit != amount.unit:
                convert = None if self.product is None else self.product(item)
                same = None if convert is None else convert(part)
            if same is None or same.unit != amount.unit:
                raise ConfirmError(
                    "%s was sent in %s: an amount in %s does not convert into it. "
                    "Give it in the unit of the slip",
                    item,
                    _unit(amount.unit),
                    _unit(part.unit),
                )
            micro += same.micro
        if micro > ABSURD * amount.micro and not self.reply.is_sure:
            raise ConfirmError(
                "%s: %s came, over %s times the %s that were sent. Look at the "
                "number again, or say --sure",
                item,
                _words(Quantity(micro, amount.unit)),
                ABSURD,
                _words(amount),
            )
        if micro != amount.micro:
            apart = Quantity(micro - amount.micro, amount.unit)
            self.differences[item] = {"item": item, **apart.to_dict()}
            if self.reply.difference_reason is not None:
                self.differences[item]["reason"] = self.reply.difference_reason


def _is_thing(item: str) -> bool:
    return "/21/" in item or "/00/" in item


def _state(portions: list[Portion], item: str, amount: Amount) -> Quantity:
    """Add an amount that a person gave to these portions; it, exact."""
    portions.append(Portion(item, amount.value, amount.uom))
    return _positive(item, amount)


def _sent(line: Line, reply: Reply, *, is_refused: bool = False) -> Portion:
    """The line as it was sent, or what is left of it."""
    if line.portion.quantity is not None and line.portion.quantity < 0:
        if is_refused:
            return Portion(line.item)
        raise ConfirmError(
            "%s: the slip says %s, which is no amount. Say what came, or refuse it",
            line.item,
            line.portion.quantity,
        )
    if not reply.is_rest or line.sent.rest is None:
        return line.portion
    return portion_of(line.item, _amount(line, reply))


def _amount(line: Line, reply: Reply) -> Quantity | None:
    sent = line.sent.quantity
    if sent is None or not reply.is_rest or line.sent.rest is None:
        return sent
    return Quantity(line.sent.rest, sent.unit)


def _positive(item: str, amount: Amount) -> Quantity:
    if (quantity := exact(format(amount.value, "f"), amount.uom)) is None:
        raise ConfirmError(
            "%s: %s %s is no exact amount", item, amount.value, amount.uom or "pieces"
        )
    if quantity.micro <= 0:
        raise ConfirmError(
            "%s: %s is not over 0. Where nothing of it came, refuse it and say so as the reason",
            item,
            amount.value,
        )
    return quantity


def _check_time(slip: Slip, when: datetime, now: datetime) -> None:
    if when > now + _SKEW:
        raise ConfirmError("the time %s lies in the future", when.isoformat())
    if slip.sent is not None and when + _SKEW < local(slip.sent, UTC):
        raise ConfirmError(
            "the time %s is before %s, when it was sent",
            when.isoformat(),
            local(slip.sent, UTC).isoformat(),
        )


def _check_names(slip: Slip, reply: Reply) -> None:
    known = slip.items
    for item in (*reply.weighed, *reply.refused):
        if item not in known:
            raise ConfirmError(
                "%s is not on the slip of index %s, or not any more", item, slip.index
            )
    for item in sorted(reply.weighed):
        line = next((line for line in slip.lines if line.item == item), None)
        if line is None or line.portion.quantity is not None:
            continue
        if line.contents or _is_thing(item):
            raise ConfirmError("%s is one thing: it came or is refused, by no amount", item)


def _check_reason(slip: Slip, reply: Reply) -> None:
    if (reply.refuses_all or reply.refused) and not reply.reason:
        raise ConfirmError("what is refused is refused for a reason: give it by --reason")
    if slip.why is Why.REFUSAL and (reply.refuses_all or reply.refused):
        raise ConfirmError(
            "index %s is a refusal, and what was refused is yours: take it in, with "
            "the amount that came back",
            slip.index,
        )


def _unit(unit: str) -> str:
    return "pieces" if unit == "1" else unit


def _words(quantity: Quantity) -> str:
    return f"{quantity.text} {_unit(quantity.unit)}"
