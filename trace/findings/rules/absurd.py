"""Amounts that cannot be meant: less than nothing, nothing at all, far too much, or in no unit."""

from collections.abc import Iterator
from decimal import Decimal

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.quantities import MICRO
from suyuan.trace.lineage.model import ItemEvent, Kind, Story

from ..parts import amount, by_leaf, kind, unit_name
from ..rule import Context, Fault, Severity, fault, rule
from ..rule_tables import table


@rule(
    "absurd",
    msg("An amount that cannot be meant"),
    Severity.SERIOUS,
    msg(
        "Plain reason: nobody ships less than nothing, and a slipped decimal point is a wrong "
        "record. Records are true: Food Safety Law arts. 50, 51 and 53 (in force since 2015-10-01)."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each link."""
    for event in story.events:
        if (reason := _of_event(event)) is not None:
            yield fault(event, reason)
    yield from _other_units(story)
    yield from _far_more(story)


def _of_event(event: ItemEvent) -> Message | None:
    if (quantity := event.quantity) is None:
        return None
    if quantity.micro < 0:
        return msg("an amount below nothing: %(said)s", said=amount(quantity.micro, quantity.unit))
    moves = kind(event) not in (None, Kind.COUNTED) and event.role != Role.NONE
    if quantity.micro == 0 and moves:
        return msg("an amount of nothing: what did not happen is not recorded")
    most = table("absurd")["most"].get("pieces" if quantity.unit == "1" else quantity.unit)
    if most is not None and quantity.micro > Decimal(most) * MICRO:
        text = amount(quantity.micro, quantity.unit)
        return msg("%(said)s is more than one step handles", said=text)
    return None


def _other_units(story: Story) -> Iterator[Fault]:
    events = by_leaf(story)
    for account in story.accounts:
        for move in account.movements:
            event = events.get(move.leaf)
            if move.delta is not None or event is None or event.quantity is None:
                continue
            if event.quantity.unit != account.unit and event.quantity.micro > 0:
                reason = msg(
                    "%(said)s of what is kept in %(home)s: the product states no conversion",
                    said=amount(event.quantity.micro, event.quantity.unit),
                    home=unit_name(account.unit),
                )
                yield fault(event, reason)


def _far_more(story: Story) -> Iterator[Fault]:
    """Received many times over: a slip of the decimal point, most likely."""
    events, times = by_leaf(story), int(table("absurd")["times"])
    for line in story.shipments:
        if line.quantity is None or line.quantity.micro <= 0 or line.answered is None:
            continue
        event = events.get(line.answered)
        if event is not None and (line.received or 0) > times * line.quantity.micro:
            reason = msg(
                "%(received)s received of %(sent)s sent",
                received=amount(line.received or 0, line.quantity.unit),
                sent=amount(line.quantity.micro, line.quantity.unit),
            )
            yield fault(event, reason, line.leaf)
