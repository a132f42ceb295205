"""A step whose time precedes its cause, or lies ahead of its signature."""

from collections.abc import Iterator

from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import parse_micros
from suyuan.trace.lineage.model import ItemEvent, Story

from ..parts import CLOCK, by_leaf, is_first, moment, span
from ..rule import Context, Fault, Severity, fault, rule


@rule(
    "order",
    msg("A step before its cause, or in the future"),
    Severity.SERIOUS,
    msg(
        "Plain reason: a receipt follows its dispatch, and what is signed has happened. Clocks may "
        "be 5 minutes apart, as section 5 of the format allows for `signed_at`."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each link, at its first item: a dispatch of many items is one fault."""
    events = by_leaf(story)
    for event in story.events:
        reasons: list[Message] = []
        leaves: list[int] = []
        signed = context.signed(event.leaf)
        if signed is not None and event.time - signed > CLOCK:
            reasons.append(
                msg(
                    "its time, %(time)s, lies %(span)s ahead of its signature",
                    time=moment(event.time),
                    span=span(event.time - signed),
                )
            )
        for leaf in event.after:
            cause = None if leaf in story.voided else _time(leaf, events, context)
            if cause is not None and cause - event.time > CLOCK:
                leaves.append(leaf)
                reasons.append(
                    msg(
                        "its time, %(time)s, is %(span)s before that of link %(leaf)s, from which "
                        "it follows",
                        time=moment(event.time),
                        span=span(cause - event.time),
                        leaf=leaf,
                    )
                )
        if reasons and is_first(story, context, event.leaf):
            message = reasons[0]
            for other in reasons[1:]:
                message = msg("%(one)s; %(other)s", one=message, other=other)
            yield fault(event, message, *leaves)


def _time(leaf: int, events: dict[int, ItemEvent], context: Context) -> int | None:
    if leaf in events:
        return events[leaf].time
    return parse_micros((context.event(leaf) or {}).get("eventTime"))
