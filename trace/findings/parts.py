"""What an event does, in the words of the steps; days, moments and amounts for messages."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.messages import Message, msg, msg_in
from suyuan.trace.format.quantities import MICRO
from suyuan.trace.format.steps import SHANGHAI
from suyuan.trace.format.times import local
from suyuan.trace.format.vocabulary import STEPS, step_named
from suyuan.trace.lineage.lots import MOST_DAYS
from suyuan.trace.lineage.model import ItemEvent, Kind, Story
from suyuan.trace.lineage.stock import effect

from .rule import Context

CLOCK = 300_000_000  # microseconds: devices' clocks may be 5 minutes apart, as for `signed_at`

INCOMING = frozenset(
    {Kind.CODED, Kind.CAUGHT, Kind.MADE, Kind.BOUGHT, Kind.RECEIVED, Kind.UNPACKED}
)
GIVEN = frozenset({Kind.USED, Kind.SENT, Kind.SOLD, Kind.PACKED})
ORIGINS = frozenset({Kind.CODED, Kind.CAUGHT, Kind.MADE})
DID: Mapping[Kind, Message] = {
    Kind.CODED: msg_in("finding", "coded"),
    Kind.CAUGHT: msg_in("finding", "caught"),
    Kind.MADE: msg_in("finding", "made"),
    Kind.BOUGHT: msg_in("finding", "bought"),
    Kind.RECEIVED: msg_in("finding", "received"),
    Kind.UNPACKED: msg_in("finding", "unpacked"),
    Kind.USED: msg_in("finding", "used"),
    Kind.SENT: msg_in("finding", "sent"),
    Kind.SOLD: msg_in("finding", "sold"),
    Kind.LOST: msg_in("finding", "lost"),
    Kind.DESTROYED: msg_in("finding", "destroyed"),
    Kind.PACKED: msg_in("finding", "packed"),
    Kind.COUNTED: msg_in("finding", "counted"),
}
_UNITS: Mapping[str, Message] = {"kg": msg("kg"), "L": msg("L"), "m": msg("m"), "1": msg("pieces")}


def step_name(event: ItemEvent) -> str | None:
    """The name here of the step that an event records; None for others' steps."""
    step = None if event.step is None else step_named(event.step, event.disposition or "")
    return None if step is None else step.name


def kind(event: ItemEvent) -> Kind | None:
    """What an event does to stock; None where nothing."""
    change = effect(event, is_answer=bool(event.after))
    return None if change is None else change.kind


def is_first(story: Story, context: Context, leaf: int) -> bool:
    """Whether this item is the first of a link: what is a whole link's fault is reported there."""
    link = context.link(leaf)
    return link is not None and bool(link.items) and link.items[0].item == story.item


def is_individual(story: Story) -> bool:
    """Whether an item is a piece, a logistic unit, or anything that ever held something."""
    if "/21/" in story.item or "/00/" in story.item:
        return True
    return any(event.role & Role.PARENT for event in story.events)


def by_leaf(story: Story) -> dict[int, ItemEvent]:
    """The events of a story by their leaf."""
    return {event.leaf: event for event in story.events}


def day(time: int) -> date:
    """The day of an instant, in China: not in the setting's zone, so that all find the same."""
    return local(time, SHANGHAI).date()


def moment(time: int) -> str:
    """An instant for people: 2026-11-24 08:00, in China."""
    return local(time, SHANGHAI).isoformat(sep=" ", timespec="minutes")[:16]


def after_days(start: date, days: int) -> date | None:
    """The day so many days later; None for a number of days that is none."""
    if not 0 <= days <= MOST_DAYS:
        return None
    try:
        return start + timedelta(days=days)
    except OverflowError:
        return None


def step_word(name: str | None) -> Message | str:
    """A step of ours as a message; the name of another."""
    return msg_in("step", name) if name in STEPS and name is not None else str(name)


def unit_name(unit: str | None) -> Message | str:
    """A base unit in words; nothing for None."""
    return "" if unit is None else _UNITS.get(unit, unit)


def amount(micro: int, unit: str | None) -> Message | str:
    """An amount for people: 9876 kg."""
    value = Decimal(micro) / MICRO
    digits = f"{value.normalize():f}" if value else "0"
    if unit is None:
        return digits
    return msg("%(digits)s %(unit)s", digits=digits, unit=unit_name(unit))


def span(length: int) -> Message:
    """A length of time for people, from microseconds."""
    minutes = length // 60_000_000
    if minutes >= 2 * 24 * 60:
        return msg("%(days)s days", days=minutes // (24 * 60))
    if minutes >= 60:
        return msg("%(hours)s h %(rest)s min", hours=minutes // 60, rest=f"{minutes % 60:02d}")
    return msg("%(minutes)s min", minutes=minutes)
