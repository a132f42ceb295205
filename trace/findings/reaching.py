"""How far a lot is traced: back from where its chain begins, and on from there. Pure."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from enum import IntEnum
from typing import NamedTuple

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.members import Object
from suyuan.trace.format.steps import SUPPLIER
from suyuan.trace.format.times import from_micros
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.lineage.model import ItemEvent, Kind, Sent, Story
from suyuan.trace.lineage.stock import GATHERING, effect_kind

from .food_catalogue import category_named
from .rule import Context

GROWING = roles_of("grows")
_INPUTS = ("inputEPCList", "inputQuantityList")
_TEXT = 200


class Begins(IntEnum):
    """What stands before a lot's chain: nothing, a supplier by name, or its own source."""

    NOTHING = 0
    SUPPLIER = 1
    SOURCE = 2


class Handed(IntEnum):
    """Whether a lot was handed to others, and whether one of them confirmed it."""

    NO = 0
    SENT = 1
    ANSWERED = 2


class Reached(IntEnum):
    """What became of a lot, as far as it is recorded: the last of these that happened."""

    NOTHING = 0
    GONE = 1  # lost or destroyed
    USED = 2  # in what was made of it
    SOLD = 3


_ENDS = {
    Kind.LOST: Reached.GONE, Kind.DESTROYED: Reached.GONE,
    Kind.USED: Reached.USED, Kind.SOLD: Reached.SOLD,
}  # fmt: skip


class Traced(NamedTuple):
    """How far a lot is traced, where and when it was coded, and of what it is a lot."""

    coder: str
    division: str
    month: int
    category: str
    product: str
    begins: Begins
    handed: Handed
    reached: Reached


def traced(story: Story, stated: str | None, context: Context) -> Traced | None:
    """How far a lot is traced, by its own records; None for what nobody here coded or bought.

    `stated` is its category. Where it was coded is where its coder was registered then: what
    moves later moves no figures.
    """
    first = next((e for e in story.events if story.lot and e.leaf == story.lot.leaf), None)
    if first is None or story.lot is None:
        return None
    coder = context.registration(first.actor, first.leaf)
    event = context.event(first.leaf)
    if coder is None or event is None:
        return None
    return Traced(
        first.actor,
        coder.division,
        _month(first, event),
        category_named(stated),
        (story.lot.product or story.lot.name or "")[:_TEXT],
        _begins(first, event, coder.roles, context),
        _handed(story),
        _reached(story),
    )


def _month(first: ItemEvent, event: Object) -> int:
    """The month of its coding as a number, 202611, in the time that the event itself states."""
    text, hours = str(event.get("eventTimeZoneOffset")), 0
    if len(text) == 6 and text[1:3].isdigit():
        hours = int(text[1:3]) * (-1 if text[0] == "-" else 1)
    try:
        day = from_micros(first.time).astimezone(UTC) + timedelta(hours=hours)
    except OverflowError:
        return 0
    return day.year * 100 + day.month


def _begins(first: ItemEvent, event: Object, roles: Sequence[str], context: Context) -> Begins:
    if not first.is_made:
        # The name itself is often hidden.
        return Begins.SUPPLIER if isinstance(event.get(SUPPLIER), dict) else Begins.NOTHING
    if first.step in GATHERING or any(role in GROWING for role in roles):
        return Begins.SOURCE
    makings = context.making(first.leaf) if first.role & Role.OUTPUT else ()
    parts = (context.event(leaf) or {} for leaf in makings)
    is_fed = any(part.get(name) for part in parts for name in _INPUTS)
    return Begins.SOURCE if is_fed else Begins.NOTHING


def _handed(story: Story) -> Handed:
    states = {line.state for line in story.shipments}
    if states & {Sent.CONFIRMED, Sent.DIFFERENT}:
        return Handed.ANSWERED
    return Handed.SENT if states else Handed.NO


def _reached(story: Story) -> Reached:
    kinds = {effect_kind(event) for event in story.events} | set(story.gone.values())
    ends = [_ENDS[kind] for kind in kinds if kind in _ENDS]
    return max(ends + [Reached.USED] * bool(story.carried), default=Reached.NOTHING)
