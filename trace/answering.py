"""What answers a slip: all of it as sent, other amounts with the difference stated, refusals.

What is said in which event: `receive` for what was taken in, `refuse` for what was not, both with
the dispatch in `after`. Contents of a container are confirmed one by one in a receipt that names
the container and all that is in it; one that is refused is taken in with it and sent back.
"""

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from . import steps
from .arrivals import Content, Line, Slip, Why, portion_of
from .epcis import check_event
from .errors import LedgerError
from .lineage.stock import Convert
from .link import MAX_REF_ITEMS, AfterRef
from .members import Object
from .pen import Draft, Pen, is_too_large
from .quantities import MICRO, Quantity, exact
from .steps import SHANGHAI, Portion
from .times import from_micros

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
    """What a recipient says of a slip; what it does not name came as sent.

    `weighed` has the amounts that came of lines or contents, `refused` those that are refused,
    None for all of a line. `is_rest` is for what an earlier receipt left open. `is_sure` lets an
    amount over ten times what was sent stand.
    """

    weighed: Mapping[str, Amount] = field(default_factory=dict)
    refused: Mapping[str, Amount | None] = field(default_factory=dict)
    refuses_all: bool = False
    reason: str | None = None
    is_rest: bool = False
    is_sure: bool = False
    place: str | None = None
    when: datetime | None = None


class ConfirmError(LedgerError):
    """An answer that cannot be given; the text says to which line, why, and what to do."""


@dataclass(slots=True)
class _Told:
    """What is to be said, gathered line by line."""

    received: list[Portion] = field(default_factory=list)
    refused: list[Portion] = field(default_factory=list)
    returned: list[Portion] = field(default_factory=list)
    differences: dict[str, Object] = field(default_factory=dict)


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
    told = _Told()
    for line in slip.lines:
        if answer.refuses_all:
            told.refused.append(_sent(line, answer))
        elif line.contents and _names_contents(line, answer):
            _take_apart(line, answer, told, product)
        else:
            _take(line, answer, told, product)
    found: list[Object] = []
    reason: Object = {} if answer.reason is None else {"suyuan:reason": answer.reason}
    for part in _runs(told.received):
        apart = [told.differences[p.item] for p in part if p.item in told.differences]
        extra: Object = {"suyuan:difference": apart} if apart else {}
        found.append(steps.event("receive", when, part, place=answer.place, extra=extra, zone=zone))
    for part in _runs(told.refused):
        found.append(steps.event("refuse", when, part, place=answer.place, extra=reason, zone=zone))
    for part in _runs(told.returned):
        more = {"sender": slip.recipient, "recipient": slip.sender, "place": answer.place}
        found.append(steps.event("return", when, part, extra=reason, zone=zone, **more))
    for event in found:
        problems = check_event(event)
        if problems:
            first = problems[0]
            raise ConfirmError(f"the answer is no good EPCIS: {first.path}: {first.what}")
    return found


def fitting(told: Sequence[Object], after: AfterRef, pen: Pen) -> list[Draft]:
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


def _take(line: Line, answer: Answer, told: _Told, product: Product | None) -> None:
    """One line: received, refused, or in part both."""
    sent = _sent(line, answer)
    if line.item not in answer.weighed and line.item not in answer.refused:
        told.received.append(sent)
        return
    amount = _amount(line, answer)
    refused = None
    if line.item in answer.refused:
        asked = answer.refused[line.item]
        if asked is None and line.item not in answer.weighed:
            told.refused.append(sent)
            return
        if asked is None:
            raise ConfirmError(f"{line.item}: with a weight, say also how much of it is refused")
        refused = _positive(line.item, asked)
        told.refused.append(Portion(line.item, asked.value, asked.uom))
    weighed = answer.weighed.get(line.item)
    if weighed is None:
        assert refused is not None
        rest = _minus(line, amount, refused)
        if rest is None or rest.micro < 0:
            raise ConfirmError(
                f"{line.item}: more is refused than was sent, or its units do not convert"
            )
        if rest.micro:
            told.received.append(portion_of(line.item, rest))
        return
    came = _positive(line.item, weighed)
    told.received.append(Portion(line.item, weighed.value, weighed.uom))
    _state_difference(line, amount, came, refused, answer, told, product)


def _state_difference(
    line: Line | Content,
    amount: Quantity | None,
    came: Quantity,
    refused: Quantity | None,
    answer: Answer,
    told: _Told,
    product: Product | None,
) -> None:
    """Say by how much what came, and what was refused, is not what was sent."""
    if amount is None:
        return
    micro = 0
    for part in (came, refused):
        if part is None:
            continue
        found = part if part.unit == amount.unit else _converted(part, amount, line.item, product)
        if found is None:
            raise ConfirmError(
                f"{line.item} was sent in {_unit(amount.unit)}: an amount in {_unit(part.unit)} "
                "does not convert into it. Give it in the unit of the slip"
            )
        micro += found.micro
    if micro > ABSURD * amount.micro and not answer.is_sure:
        raise ConfirmError(
            f"{line.item}: {_said(Quantity(micro, amount.unit))} came, over {ABSURD} times the "
            f"{_said(amount)} that were sent. Look at the number again, or say --sure"
        )
    if micro != amount.micro:
        value = decimal_text(Decimal(micro - amount.micro) / MICRO)
        told.differences[line.item] = {"item": line.item, "value": value, "unit": amount.unit}
        if answer.reason is not None:
            told.differences[line.item]["reason"] = answer.reason


def _converted(
    part: Quantity, amount: Quantity, item: str, product: Product | None
) -> Quantity | None:
    convert = None if product is None else product(item)
    found = None if convert is None else convert(part)
    return found if found is not None and found.unit == amount.unit else None


def _take_apart(line: Line, answer: Answer, told: _Told, product: Product | None) -> None:
    """A container and, one by one, all that is in it."""
    if line.item in answer.refused:
        raise ConfirmError(f"{line.item} is refused as a whole: say nothing of what is in it")
    told.received.append(_sent(line, answer))
    for content in line.contents:
        if content.container != line.item:
            if content.item in answer.weighed or content.item in answer.refused:
                raise ConfirmError(
                    f"{content.item} is in {content.container} inside {line.item}: confirm the "
                    "whole, take it out by the step unpack, and record what you find"
                )
            continue
        whole = portion_of(content.item, content.quantity)
        if _is_thing(content):
            whole = Portion(content.item)
        weighed = answer.weighed.get(content.item)
        if weighed is None:
            told.received.append(whole)
        else:
            came = _positive(content.item, weighed)
            told.received.append(Portion(content.item, weighed.value, weighed.uom))
            _state_difference(content, content.quantity, came, None, answer, told, product)
        if content.item in answer.refused:
            asked = answer.refused[content.item]
            if asked is not None:
                _positive(content.item, asked)
            back = whole if asked is None else Portion(content.item, asked.value, asked.uom)
            if asked is None and weighed is not None:
                back = Portion(content.item, weighed.value, weighed.uom)
            told.returned.append(back)


def _is_thing(content: Content) -> bool:
    """Whether a content is one piece or one logistic unit, and no amount."""
    return "/21/" in content.item or "/00/" in content.item


def _sent(line: Line, answer: Answer) -> Portion:
    """The line as it was sent, or what is left of it."""
    if not answer.is_rest or line.rest is None or line.sent.quantity is None:
        return line.portion
    return portion_of(line.item, Quantity(line.rest, line.sent.quantity.unit))


def _amount(line: Line, answer: Answer) -> Quantity | None:
    found = line.sent.quantity
    if found is None or not answer.is_rest or line.rest is None:
        return found
    return Quantity(line.rest, found.unit)


def _minus(line: Line, amount: Quantity | None, refused: Quantity) -> Quantity | None:
    if amount is None or amount.unit != refused.unit:
        return None
    return Quantity(amount.micro - refused.micro, amount.unit)


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
    if slip.sent is not None and when + _SKEW < from_micros(slip.sent):
        raise ConfirmError(
            f"the time {when.isoformat()} is before {from_micros(slip.sent).isoformat()}, when it "
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


def _names_contents(line: Line, answer: Answer) -> bool:
    return any(c.item in answer.weighed or c.item in answer.refused for c in line.contents)


def decimal_text(value: Decimal) -> str:
    """A number as fields of our own write it: digits, one point, and a sign where it is below 0."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unit(unit: str) -> str:
    return "pieces" if unit == "1" else unit


def _said(quantity: Quantity) -> str:
    return f"{decimal_text(quantity.value)} {_unit(quantity.unit)}"
