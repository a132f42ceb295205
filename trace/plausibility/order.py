"""A step whose time precedes its cause, or lies ahead of its signature."""

from collections.abc import Iterator

from ..lineage.model import ItemEvent, Story
from ..times import micros, parse
from .parts import CLOCK, by_leaf, is_first, moment, span
from .rule import Context, Doubt, Rule, Severity, evidence


def check(story: Story, context: Context) -> Iterator[Doubt]:
    """One doubt for each link, told of its first item: a dispatch of many items is one fault."""
    events = by_leaf(story)
    for event in story.events:
        reasons, leaves = [], [event.leaf]
        signed = context.signed(event.leaf)
        if signed is not None and event.time - signed > CLOCK:
            reasons.append(
                f"its time, {moment(event.time)}, lies {span(event.time - signed)} ahead "
                f"of its signature"
            )
        for leaf in event.after:
            cause = None if leaf in story.voided else _time(leaf, events, context)
            if cause is not None and cause - event.time > CLOCK:
                leaves.append(leaf)
                reasons.append(
                    f"its time, {moment(event.time)}, is {span(cause - event.time)} before that of "
                    f"link {leaf}, from which it follows"
                )
        if reasons and is_first(story, context, event.leaf):
            yield Doubt(
                "order",
                story.item,
                event.leaf,
                event.actor,
                "; ".join(reasons),
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
