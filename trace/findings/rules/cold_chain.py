"""Temperatures outside the limits of the category, and for how long."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.quantities import decimal
from suyuan.trace.format.times import parse_micros
from suyuan.trace.lineage.model import ItemEvent, Story
from suyuan.trace.lineage.stock import is_refusal

from ..parts import day, moment, span, step_name
from ..rule import Context, Fault, Severity, evidence, rule
from ..rule_tables import Entry, category, chosen, holds, table

_VALUES = ("value", "minValue", "maxValue", "meanValue")
_ABSOLUTE_ZERO = Decimal("-273.15")
_HOTTEST = Decimal(1000)


@dataclass(frozen=True, slots=True)
class _Reading:
    time: int
    event: ItemEvent
    degrees: Decimal
    is_out: bool


@rule(
    "cold-chain",
    msg("Cold chain out of its limits"),
    Severity.SERIOUS,
    msg(
        "Food Safety Law art. 33 (6): stored and carried at the temperature that food safety "
        "needs; GB 31605-2020, hygienic specification for the cold chain (in force since "
        "2021-03-11), and the standards that the table of limits names."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each run of readings outside, one after the other, at the first of them."""
    if not any(event.type == "ObjectEvent" for event in story.events):
        return
    limits = chosen(table("cold_chain")["limits"], category(story, context))
    if limits is None:
        return
    events = [event for event in story.events if holds(limits, day(event.time))]
    run: list[_Reading] = []
    readings = [reading for event in events for reading in _readings(event, context, limits)]
    for reading in sorted(readings, key=lambda r: (r.time, r.event.leaf, r.degrees)):
        if reading.is_out:
            run.append(reading)
        elif run:
            yield _fault(story, run, limits, until=reading.time)
            run = []
    if run:
        yield _fault(story, run, limits, until=None)


def _fault(story: Story, run: list[_Reading], limits: Entry, *, until: int | None) -> Fault:
    first = run[0].event
    worst = max(run, key=lambda reading: _distance(reading.degrees, limits))
    length = run[-1].time - run[0].time
    start = moment(run[0].time)
    during = msg("on %(start)s", start=start)
    if length >= 60_000_000:
        during = msg("for %(span)s from %(start)s", span=span(length), start=start)
    back: Message | str = ""
    if until is not None:
        back = msg(", within them again on %(end)s", end=moment(until))
    reason = msg(
        "%(degrees)s °C, %(limits)s asked, %(during)s%(back)s",
        degrees=f"{worst.degrees.normalize():f}",
        limits=_limits(limits),
        during=during,
        back=back,
    )
    actor = first.actor
    if is_refusal(first):  # of goods that are refused it is their sender's doing
        actor = next((line.sender for line in story.shipments if line.leaf in first.after), actor)
    return Fault(first.leaf, actor, reason, evidence(reading.event.leaf for reading in run))


def _limits(limits: Entry) -> Message:
    least, most = limits.get("least"), limits.get("most")
    if least is None:
        return msg("at most %(most)s °C", most=str(most))
    if most is None:
        return msg("at least %(least)s °C", least=least)
    return msg("%(least)s to %(most)s °C", least=least, most=most)


def _distance(degrees: Decimal, limits: Entry) -> Decimal:
    """How far a temperature lies outside; 0 within."""
    over = degrees - Decimal(limits["most"]) if "most" in limits else Decimal(0)
    under = Decimal(limits["least"]) - degrees if "least" in limits else Decimal(0)
    return max(over, under, Decimal(0))


def _readings(event: ItemEvent, context: Context, limits: Entry) -> Iterator[_Reading]:
    if event.type == "TransformationEvent" or step_name(event) in table("cold_chain")["not_in"]:
        return
    elements = (context.event(event.leaf) or {}).get("sensorElementList")
    off = Decimal(table("cold_chain")["off"])
    for element in elements if isinstance(elements, list) else ():
        if not isinstance(element, dict) or not isinstance(element.get("sensorReport"), list):
            continue
        metadata = element.get("sensorMetadata")
        for report in element["sensorReport"]:
            kind = report.get("type") if isinstance(report, dict) else None
            if not isinstance(kind, str) or not kind.endswith("Temperature"):
                continue
            time = _time(report, metadata if isinstance(metadata, dict) else {}, event)
            worst = max(_degrees(report), key=lambda value: _distance(value, limits), default=None)
            if worst is not None:
                yield _Reading(time, event, worst, _distance(worst, limits) > off)


def _time(report: Object, metadata: Object, event: ItemEvent) -> int:
    """When it was read, by the report, else its element, else the event."""
    for text in (report.get("time"), metadata.get("time"), metadata.get("startTime")):
        if (time := parse_micros(text)) is not None:
            return time
    return event.time


def _degrees(report: Object) -> Iterator[Decimal]:
    """In Celsius, exact but for thirds; nothing of a unit or value that is no temperature."""
    for name in _VALUES:
        if (value := decimal(report.get(name))) is None:
            continue
        try:
            celsius = _celsius(value, report.get("uom"))
        except InvalidOperation:
            continue
        if celsius is not None and _ABSOLUTE_ZERO <= celsius <= _HOTTEST:
            yield round(celsius, 2)


def _celsius(value: Decimal, uom: Any) -> Decimal | None:
    match uom:
        case "CEL":
            return value
        case "KEL":
            return value + _ABSOLUTE_ZERO
        case "FAH":
            return (value - 32) * 5 / 9
    return None
