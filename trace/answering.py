"""What answers a slip: all of it as sent, other amounts with the difference stated, refusals.

What is said in which event: `receive` for what was taken in, `refuse` for what was not, both with
the dispatch in `after`. What is not spoken of stays open, unless the answer is for all of the slip.
Contents of a container are confirmed one by one in a receipt that names the container and all that
is in it; one that is refused is taken in with it and sent back.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from . import steps
from .arrivals import Content, Line, Slip, Why, portion_of
from .errors import LedgerError
from .lineage.stock import Convert
from .link import MAX_REF_ITEMS, AfterRef
from .members import Object
from .pen import Draft, Pen, is_too_large
from .quantities import MICRO, Quantity, exact
from .steps import SHANGHAI, Portion
from .times import local

ABSURD = 10  # times what was sent
_SKEW = timedelta(minutes=5)

Product = Callable[[str], Convert | None]


@dataclass(frozen=True, slots=True)
class Amount:
    """So much, in a UN/ECE unit; None for pieces."""

    value: Decimal
    uom: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a recipient says of a slip.

    `weighed` has the amounts that came of lines or contents, `refused` those that are refused,
    None for all of a line; with `is_all` what neither names came as sent, else it stays open.
    `is_rest` is for what an earlier receipt left open. `is_sure` lets an amount over ten times
    what was sent stand. `reason` is why something is refused, `difference_reason` why an amount
    is another one.
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


class ConfirmError(LedgerError):
    """An answer that cannot be given; the text says to which line, why, and what to do."""


def events(
    slip: Slip,
    answer: Answer,
    now: datetime,
    zone: ZoneInfo = SHANGHAI,
    product: Product | None = None,
) -> list[Object]:
    """The events that give an answer; ConfirmError for one that cannot be given."""
    when = answer.when or now
    _check_time(slip, when, now)
    _check_names(slip, answer)
    _check_reason(slip, answer)
    told = _Told(answer, product)
    for line in slip.lines:
        told.take(line)
    found = list(_said(slip, answer, told, when, zone))
    from .epcis.checking import check_event  # loads pydantic, which those who read do without

    for event in found:
        problems = check_event(event)
        if problems:
            first = problems[0]
            raise ConfirmError(f"the answer is no good EPCIS: {first.path}: {first.what}")
    if not found:
        raise ConfirmError(
            "say what came: all of it as on the slip, amounts of its lines, or what is refused"
        )
    return found


def _said(
    slip: Slip, answer: Answer, told: "_Told", when: datetime, zone: ZoneInfo
) -> Iterator[Object]:
    place = answer.place
    reason: Object = {} if answer.reason is None else {"suyuan:reason": answer.reason}
    for part in _runs(told.received):
        apart = [told.differences[p.item] for p in part if p.item in told.differences]
        extra: Object = {"suyuan:difference": apart} if apart else {}
        yield steps.event("receive", when, part, place=place, extra=extra, zone=zone)
    for part in _runs(told.refused):
        yield steps.event("refuse", when, part, place=place, extra=reason, zone=zone)
    for part in _runs(told.returned):
        yield steps.event(
            "return",
            when,
            part,
            sender=slip.recipient,
            recipient=slip.sender,
            place=place,
            extra=reason,
            zone=zone,
        )


def fitting(told: Iterable[Object], after: AfterRef, pen: Pen) -> list[Draft]:
    """A draft for each event, and more where one would be too large for a link."""
    found: list[Draft] = []
    for event in told:
        draft = Draft(event=event, after=(after,))
        found += [draft] if not is_too_large(draft, pen) else fitting(_halves(event), after, pen)
    return found


def _halves(event: Object) -> Iterator[Object]:
    """The same said by two events, each about half of the items."""
    epcs, amounts = event.get("epcList", []), event.get("quantityList", [])
    if len(epcs) + len(amounts) < 2:
        raise ConfirmError("a line of this slip is too long for one link")
    half = (len(epcs) + len(amounts)) // 2
    for number, (some, others) in enumerate(
        ((epcs[:half], amounts[: max(0, half - len(epcs))]),
         (epcs[half:], amounts[max(0, half - len(epcs)) :]))
    ):  # fmt: skip
        names = {*some, *(element["epcClass"] for element in others)}
        part = {k: v for k, v in event.items() if k not in ("epcList", "quantityList")}
        if number:
            part["eventID"] = f"urn:uuid:{uuid.uuid4()}"
        part |= {"epcList": some} if some else {}
        part |= {"quantityList": others} if others else {}
        if "suyuan:difference" in event:
            apart = [one for one in event["suyuan:difference"] if one["item"] in names]
            part.pop("suyuan:difference")
            part |= {"suyuan:difference": apart} if apart else {}
        yield part


def _runs(portions: Sequence[Portion]) -> Iterator[Sequence[Portion]]:
    for start in range(0, len(portions), MAX_REF_ITEMS):
        yield portions[start : start + MAX_REF_ITEMS]


@dataclass(slots=True)
class _Told:
    """What is to be said, gathered line by line."""

    answer: Answer
    product: Product | None
    received: list[Portion] = field(default_factory=list)
    refused: list[Portion] = field(default_factory=list)
    returned: list[Portion] = field(default_factory=list)
    differences: dict[str, Object] = field(default_factory=dict)

    def take(self, line: Line) -> None:
        """One line: received, refused, in part both, or left open."""
        if self.answer.refuses_all:
            self.refused.append(_sent(line, self.answer, is_refused=True))
        elif any(self.answer.names(content.item) for content in line.contents):
            self._take_apart(line)
        elif self.answer.names(line.item):
            self._take_named(line)
        elif self.answer.is_all:
            self.received.append(_sent(line, self.answer))

    def _take_named(self, line: Line) -> None:
        weighed = self.answer.weighed.get(line.item)
        refused = self._refused(line, is_weighed=weighed is not None)
        if refused is None and weighed is None:
            self.refused.append(_sent(line, self.answer, is_refused=True))
            return
        amount = _amount(line, self.answer)
        if weighed is None:
            assert refused is not None
            rest = None
            if amount is not None and amount.unit == refused.unit:
                rest = Quantity(amount.micro - refused.micro, amount.unit)
            if rest is None or rest.micro < 0:
                raise ConfirmError(
                    f"{line.item}: more is refused than was sent, or its units do not convert"
                )
            if rest.micro:
                self.received.append(portion_of(line.item, rest))
            return
        came = _positive(line.item, weighed)
        self.received.append(Portion(line.item, weighed.value, weighed.uom))
        parts = [came] if refused is None else [came, refused]
        self._state_difference(line.item, amount, parts)

    def _refused(self, line: Line, *, is_weighed: bool) -> Quantity | None:
        """The part of a line that is refused; None where it is none, or all of it."""
        asked = self.answer.refused.get(line.item)
        if asked is None:
            if line.item in self.answer.refused and is_weighed:
                raise ConfirmError(
                    f"{line.item}: with a weight, say also how much of it is refused"
                )
            return None
        self.refused.append(Portion(line.item, asked.value, asked.uom))
        return _positive(line.item, asked)

    def _take_apart(self, line: Line) -> None:
        """A container and, one by one, all that is in it."""
        if line.item in self.answer.refused:
            raise ConfirmError(f"{line.item} is refused as a whole: say nothing of what is in it")
        self.received.append(_sent(line, self.answer))
        for content in line.contents:
            if content.container == line.item:
                self._take_out(content)
            elif self.answer.names(content.item):
                raise ConfirmError(
                    f"{content.item} is in {content.container} inside {line.item}: confirm the "
                    "whole, take it out by the step unpack, and record what you find"
                )

    def _take_out(self, content: Content) -> None:
        item = content.item
        whole = Portion(item) if _is_thing(content) else portion_of(item, content.quantity)
        weighed = self.answer.weighed.get(item)
        if weighed is not None:
            came = _positive(item, weighed)
            whole = Portion(item, weighed.value, weighed.uom)
            self._state_difference(item, content.quantity, [came])
        self.received.append(whole)
        if item in self.answer.refused:
            asked = self.answer.refused[item]
            if asked is not None:
                _positive(item, asked)
            self.returned.append(whole if asked is None else Portion(item, asked.value, asked.uom))

    def _state_difference(
        self, item: str, amount: Quantity | None, parts: Sequence[Quantity]
    ) -> None:
        """Say by how much what came, and what was refused, is not what was sent."""
        if amount is None:
            return
        micro = 0
        for part in parts:
            found = part if part.unit == amount.unit else self._converted(part, amount, item)
            if found is None:
                raise ConfirmError(
                    f"{item} was sent in {_unit(amount.unit)}: an amount in {_unit(part.unit)} "
                    "does not convert into it. Give it in the unit of the slip"
                )
            micro += found.micro
        if micro > ABSURD * amount.micro and not self.answer.is_sure:
            raise ConfirmError(
                f"{item}: {_words(Quantity(micro, amount.unit))} came, over {ABSURD} times the "
                f"{_words(amount)} that were sent. Look at the number again, or say --sure"
            )
        if micro != amount.micro:
            value = decimal_text(Decimal(micro - amount.micro) / MICRO)
            self.differences[item] = {"item": item, "value": value, "unit": amount.unit}
            if self.answer.difference_reason is not None:
                self.differences[item]["reason"] = self.answer.difference_reason

    def _converted(self, part: Quantity, amount: Quantity, item: str) -> Quantity | None:
        convert = None if self.product is None else self.product(item)
        found = None if convert is None else convert(part)
        return found if found is not None and found.unit == amount.unit else None


def _is_thing(content: Content) -> bool:
    """Whether a content is one piece or one logistic unit, and no amount."""
    return "/21/" in content.item or "/00/" in content.item


def _sent(line: Line, answer: Answer, *, is_refused: bool = False) -> Portion:
    """The line as it was sent, or what is left of it."""
    if line.portion.quantity is not None and line.portion.quantity < 0:
        if is_refused:
            return Portion(line.item)
        raise ConfirmError(
            f"{line.item}: the slip says {line.portion.quantity}, which is no amount. Say what "
            "came, or refuse it"
        )
    if not answer.is_rest or line.rest is None or line.sent.quantity is None:
        return line.portion
    return portion_of(line.item, Quantity(line.rest, line.sent.quantity.unit))


def _amount(line: Line, answer: Answer) -> Quantity | None:
    found = line.sent.quantity
    if found is None or not answer.is_rest or line.rest is None:
        return found
    return Quantity(line.rest, found.unit)


def _positive(item: str, amount: Amount) -> Quantity:
    """The exact amount; ConfirmError where it is none, or not over 0."""
    found = exact(format(amount.value, "f"), amount.uom)
    if found is None:
        raise ConfirmError(f"{item}: {amount.value} {amount.uom or 'pieces'} is no exact amount")
    if found.micro <= 0:
        raise ConfirmError(
            f"{item}: {amount.value} is not over 0. Where nothing of it came, refuse it and say so "
            "as the reason"
        )
    return found


def _check_time(slip: Slip, when: datetime, now: datetime) -> None:
    if when > now + _SKEW:
        raise ConfirmError(f"the time {when.isoformat()} lies in the future")
    if slip.sent is not None and when + _SKEW < local(slip.sent, UTC):
        raise ConfirmError(
            f"the time {when.isoformat()} is before {local(slip.sent, UTC).isoformat()}, when it "
            "was sent"
        )


def _check_names(slip: Slip, answer: Answer) -> None:
    known = {line.item for line in slip.lines} | {
        content.item for line in slip.lines for content in line.contents
    }
    for item in (*answer.weighed, *answer.refused):
        if item not in known:
            raise ConfirmError(f"{item} is not on the slip of index {slip.index}, or not any more")
    for item in sorted(answer.weighed):
        line = next((line for line in slip.lines if line.item == item), None)
        if line is not None and line.portion.quantity is None and _is_one(line):
            raise ConfirmError(f"{item} is one thing: it came or is refused, by no amount")


def _is_one(line: Line) -> bool:
    return bool(line.contents) or "/21/" in line.item or "/00/" in line.item


def _check_reason(slip: Slip, answer: Answer) -> None:
    if (answer.refuses_all or answer.refused) and not answer.reason:
        raise ConfirmError("what is refused is refused for a reason: give it by --reason")
    if slip.why is Why.REFUSAL and (answer.refuses_all or answer.refused):
        raise ConfirmError(
            f"index {slip.index} is a refusal, and what was refused is yours: take it in, with the "
            "amount that came back"
        )


def decimal_text(value: Decimal) -> str:
    """A number as fields of our own write it: digits, one point, and a sign where it is below 0."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unit(unit: str) -> str:
    return "pieces" if unit == "1" else unit


def _words(quantity: Quantity) -> str:
    return f"{decimal_text(quantity.value)} {_unit(quantity.unit)}"
