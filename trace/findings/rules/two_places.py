"""An individual in two places at once, or anywhere after it was used up."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time
from enum import Enum, auto

from suyuan.trace.format.event_items import Role
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import micros, parse
from suyuan.trace.format.vocabulary import biz_steps
from suyuan.trace.lineage.model import ItemEvent, Kind, Story
from suyuan.trace.lineage.stock import is_dispatch, is_refusal

from ..parts import CLOCK, DID, GIVEN, is_individual, kind, moment
from ..rule import Context, Fault, Severity, fault, rule

_AT_HAND, _UNSENDING = biz_steps("stores", "counts"), biz_steps("unsends")


class _At(Enum):
    ANYWHERE = auto()  # on its way, inside something, emptied and given back, or never recorded
    WITH = auto()
    SOLD = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class _State:
    at: _At
    event: ItemEvent | None = None


@rule(
    "two-places",
    msg("One thing in two places at once"),
    Severity.GRAVE,
    msg(
        "Plain reason: a piece or a pallet is where it is. That two have it, or that it is there "
        "after it was used up, means a copied label or a false record."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each link that claims what another's links say is elsewhere, or gone."""
    if len(story.events) < 2 or not is_individual(story):
        return
    seen: set[int] = set()
    for finding in (*_by_hand(story), *_by_instant(story, context)):
        if finding.leaf not in seen:
            seen.add(finding.leaf)
            yield finding


def _by_hand(story: Story) -> Iterator[Fault]:
    """Own links only: documents of others show single moments, and need not show each move."""
    state = _State(_At.ANYWHERE)
    own = [event for event in story.events if not event.is_received]
    for number, event in enumerate(own):
        claims = _claims(event)
        before = state.event
        if claims and before is not None and not _given_soon(own[number + 1 :], event, state):
            if state.at is _At.GONE:
                movement = kind(before)
                how = msg("used up") if movement in (None, Kind.USED) else DID[movement]
                yield _fault(event, before, msg("%(how)s by then", how=how))
            elif state.at is _At.WITH and before.actor != event.actor:
                where = msg("with %(holder)s, who had not sent or emptied it", holder=before.actor)
                yield _fault(event, before, where)
            elif state.at is _At.SOLD and before.actor == event.actor and kind(event) in GIVEN:
                yield _fault(event, before, msg("sold by then, and had not come back"))
        state = _after(event, state)


def _claims(event: ItemEvent) -> bool:
    if event.type == "AggregationEvent":
        # What is taken out of a container was where the container is, and that may have moved.
        return bool(event.role & Role.PARENT) or event.action == "ADD"
    return kind(event) is not None or event.step in _AT_HAND


def _after(event: ItemEvent, state: _State) -> _State:
    if is_dispatch(event) or is_refusal(event):
        return _State(_At.ANYWHERE)
    if event.step in _UNSENDING:
        return _State(_At.WITH, event)
    if event.type == "AggregationEvent":
        if event.role & Role.PARENT:
            is_emptied = event.action == "DELETE"
            return _State(_At.ANYWHERE) if is_emptied else _State(_At.WITH, event)
        return _State(_At.WITH, event) if event.action == "DELETE" else _State(_At.ANYWHERE)
    movement = kind(event)
    if movement in (Kind.USED, Kind.LOST, Kind.DESTROYED):
        return _State(_At.GONE, event)
    if movement is Kind.SOLD:
        return _State(_At.SOLD, event)
    return _State(_At.WITH, event) if _claims(event) else state


def _given_soon(later: list[ItemEvent], event: ItemEvent, state: _State) -> bool:
    """Whether its holder sends or empties it within what clocks may differ."""
    before = state.event
    for other in later:
        is_named = other.leaf in event.after
        if not is_named and other.time - event.time > CLOCK:
            continue
        if before is not None and other.actor == before.actor and is_dispatch(other):
            return True
    return False


def _by_instant(story: Story, context: Context) -> Iterator[Fault]:
    at: dict[int, ItemEvent] = {}
    for event in story.events:
        if event.place is None:
            continue
        first = at.setdefault(event.time, event)
        if first.place != event.place and not _is_a_day(event, context):
            where = msg("in %(place)s at that instant", place=str(first.place))
            yield _fault(event, first, where)


def _is_a_day(event: ItemEvent, context: Context) -> bool:
    """Whether its time is but a day: midnight by its own clock, or UTC's."""
    if (when := parse((context.event(event.leaf) or {}).get("eventTime"))) is None:
        return False
    return when.time() == time.min or micros(when) % 86_400_000_000 == 0


def _fault(event: ItemEvent, before: ItemEvent, where: Message) -> Fault:
    reason = msg(
        "%(actor)s has it on %(time)s, but it was %(where)s (link %(leaf)s, %(before)s)",
        actor=event.actor,
        time=moment(event.time),
        where=where,
        leaf=before.leaf,
        before=moment(before.time),
    )
    return fault(event, reason, before.leaf)
