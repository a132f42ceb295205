"""A lot that is its own ancestor, or a container inside itself."""

from collections.abc import Iterator

from suyuan.trace.format.event_items import Role, mentions
from suyuan.trace.format.messages import msg
from suyuan.trace.lineage.model import ItemEvent, Stay, Story

from ..rule import Context, Fault, Severity, evidence, fault, rule

_MOST = 2_000  # items that a walk looks at; cycles are short, and a walk ends
_DEEPEST = 20
_Moment = tuple[int, int]  # event time and leaf
_Span = tuple[_Moment, _Moment | None]


@rule(
    "self",
    msg("Made of itself, or inside itself"),
    Severity.GRAVE,
    msg(
        "Plain reason: nothing is its own ancestor. Records are true, and goods can be traced by "
        "them: Food Safety Law arts. 42, 50 and 51 (in force since 2015-10-01)."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each cycle, at the link that closes it and of what that link put there."""
    for event in story.events:
        if event.role & Role.INPUT and event.role & Role.OUTPUT:
            yield fault(event, msg("made of itself"))
        elif event.role & Role.PARENT and event.role & Role.CHILD:
            yield fault(event, msg("packed into itself"))
    yield from _made_of_itself(story, context)
    yield from _inside_itself(story, context)


def _made_of_itself(story: Story, context: Context) -> Iterator[Fault]:
    """The last link of a cycle makes something that a link before it has used already."""
    first_use = min((e.leaf for e in story.events if _is_only(e, Role.INPUT)), default=None)
    if first_use is None:
        return
    for event in story.events:
        is_later = _is_only(event, Role.OUTPUT) and event.leaf > first_use
        if is_later and (way := _way(story, context, event)) is not None:
            message = msg(
                "made of what was made of it, by %(count)s links in a circle",
                count=len(way) + 1,
            )
            yield fault(event, message, *way)


def _way(story: Story, context: Context, making: ItemEvent) -> tuple[int, ...] | None:
    """The leaves by which an item leads to the inputs of its own making, none after that link."""
    ends: set[str] = set()
    for leaf in context.making(making.leaf):
        ends |= _named(context, leaf, Role.INPUT) if leaf <= making.leaf else set()
    if story.item in ends:
        return ()
    seen: set[str] = {story.item}
    makings: set[int] = set()  # makings whose outputs were looked at, by whatever went into them
    waiting: list[tuple[str, tuple[int, ...]]] = [(story.item, ())]
    while waiting and len(seen) < _MOST:
        item, way = waiting.pop(0)
        events = story.events if item == story.item else context.events(item)
        for event in sorted(events, key=lambda event: event.leaf):
            if not _is_only(event, Role.INPUT) or event.leaf >= making.leaf:
                continue
            for leaf in context.making(event.leaf):
                if leaf in makings:
                    continue
                makings.add(leaf)
                outputs = _named(context, leaf, Role.OUTPUT) if leaf < making.leaf else set()
                onward = (*way, event.leaf, leaf)
                if outputs & ends:
                    return onward
                new = sorted(outputs - seen)
                seen |= set(new)
                waiting += [(output, onward) for output in new]
    return None


def _named(context: Context, leaf: int, role: Role) -> set[str]:
    event = context.event(leaf)
    return set() if event is None else {ref.item for ref in mentions(event) if ref.role == role}


def _is_only(event: ItemEvent, role: Role) -> bool:
    both = Role.INPUT | Role.OUTPUT
    return event.type == "TransformationEvent" and event.role & both == role


def _inside_itself(story: Story, context: Context) -> Iterator[Fault]:
    """At the item whose packing was recorded last of those in the circle."""
    if not story.stays or not any(event.role & Role.PARENT for event in story.events):
        return
    actors = {event.leaf: event.actor for event in story.events}
    seen: set[int] = set()
    for stay in story.stays:
        circle = _circle(story.item, stay, context)
        if circle and max(circle) == stay.entered_leaf not in seen:
            seen.add(stay.entered_leaf)
            actor = actors.get(stay.entered_leaf)
            reason = msg("packed into its own content")
            yield Fault(stay.entered_leaf, actor, reason, evidence(circle))


def _circle(item: str, stay: Stay, context: Context) -> tuple[int, ...]:
    """The leaves of the packings by which an item was inside itself, the given stay's first."""
    waiting: list[tuple[Stay, tuple[int, ...], _Span]] = [(stay, (stay.entered_leaf,), _span(stay))]
    seen: set[str] = set()
    while waiting:
        inner, way, during = waiting.pop(0)
        if inner.container == item:
            return way
        if inner.container in seen or len(way) > _DEEPEST:
            continue
        seen.add(inner.container)
        for outer in context.stays(inner.container):
            if (both := _common(during, _span(outer))) is not None:
                waiting.append((outer, (*way, outer.entered_leaf), both))
    return ()


def _span(stay: Stay) -> _Span:
    end = None if stay.left is None else (stay.left, stay.left_leaf or 0)
    return (stay.entered, stay.entered_leaf), end


def _common(span: _Span, other: _Span) -> _Span | None:
    ends = [end for end in (span[1], other[1]) if end is not None]
    start, end = max(span[0], other[0]), min(ends, default=None)
    return None if end is not None and end <= start else (start, end)
