"""A step whose time precedes its cause, or lies ahead of its signature."""

from collections.abc import Iterator

from ..lineage.model import ItemEvent, Story
from ..times import micros, parse
from .parts import CLOCK, by_leaf, is_first, moment
from .rule import Context, Doubt, Rule, Severity, evidence
from .saying import both, listed, span


def check(story: Story, context: Context) -> Iterator[Doubt]:
    """One doubt for each link, told of its first item: a dispatch of many items is one fault."""
    events = by_leaf(story)
    for event in story.events:
        reasons, leaves = [], [event.leaf]
        signed = context.signed(event.leaf)
        if signed is not None and event.time - signed > CLOCK:
            reasons.append(
                both(
                    "its time, {time}, lies {span} ahead of its signature",
                    "其时间 {time} 比签名时间晚 {span}",
                    time=moment(event.time),
                    span=span(event.time - signed),
                )
            )
        for leaf in event.after:
            cause = None if leaf in story.voided else _time(leaf, events, context)
            if cause is not None and cause - event.time > CLOCK:
                leaves.append(leaf)
                reasons.append(
                    both(
                        "its time, {time}, is {span} before that of link {leaf}, from which it "
                        "follows",
                        "其时间 {time} 比所承接的链节 {leaf} 早 {span}",
                        time=moment(event.time),
                        span=span(cause - event.time),
                        leaf=leaf,
                    )
                )
        if reasons and is_first(story, context, event.leaf):
            yield Doubt(
                "order",
                story.item,
                event.leaf,
                event.actor,
                *listed(reasons, "; ", "；"),
                evidence(leaves),
            )


def _time(leaf: int, events: dict[int, ItemEvent], context: Context) -> int | None:
    if leaf in events:
        return events[leaf].time
    found = parse((context.event(leaf) or {}).get("eventTime"))
    return None if found is None else micros(found)


RULE = Rule(
    "order",
    "A step before its cause, or in the future",
    "时间先后颠倒或晚于签名",
    Severity.SERIOUS,
    "Plain reason: a receipt follows its dispatch, and what is signed has happened. Clocks may be "
    "5 minutes apart, as section 5 of the format allows for `signed_at`.",
    check,
)
