"""Used, sent, sold or packed after its shelf life."""

from collections.abc import Iterator
from datetime import date

from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.lineage.model import ItemEvent, Kind, Story

from ..parts import DID, GIVEN, after_days, day, holder, kind, step_name
from ..rule import Context, Fault, Severity, fault, rule

_RETURNS = steps_of("sends_back")


@rule(
    "expired",
    msg("Used or sold after its shelf life"),
    Severity.GRAVE,
    "Food Safety Law art. 34 (10): food past its shelf life is neither made, used nor sold; "
    "art. 54: stock is looked through and what is past it taken out (in force since 2015-10-01).",
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each holder, at its first such link; the last day is still good.

    Of a lot that is brought in more than once, the newest part counts.
    """
    produced, days = _produced(story), _days(story)
    if produced is None or days is None:
        return
    seen: set[tuple[str | None, bool]] = set()
    lot = story.lot
    start, made_by = produced, () if lot is None else (lot.leaf,)
    for event in story.events:
        what = kind(event)
        if what in (Kind.CAUGHT, Kind.MADE) and day(event.time) > start:
            start, made_by = day(event.time), (event.leaf,)
        whose = (holder(event), event.is_received)
        if what not in GIVEN or whose in seen or step_name(event) in _RETURNS:
            continue
        end = after_days(start, days)
        if end is None or day(event.time) <= end:
            continue
        seen.add(whose)
        yield fault(event, _reason(event, start, end), *made_by)


def _reason(event: ItemEvent, start: date, end: date) -> Message:
    what = kind(event)
    assert what is not None
    return msg(
        "%(did)s on %(day)s, %(days)s days after its shelf life ended: produced %(start)s, "
        "good until %(end)s",
        did=DID[what],
        day=str(day(event.time)),
        days=(day(event.time) - end).days,
        start=str(start),
        end=str(end),
    )


def _produced(story: Story) -> date | None:
    text = None if story.lot is None else story.lot.produced
    try:
        return None if text is None else date.fromisoformat(text[:10])
    except ValueError:
        return None


def _days(story: Story) -> int | None:
    if story.lot is not None and story.lot.shelf_life is not None:
        return story.lot.shelf_life
    return None if story.product is None else story.product.shelf_life
