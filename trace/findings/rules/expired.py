"""Used, sent, sold or packed after its shelf life."""

from collections.abc import Iterator

from suyuan.trace.format.messages import msg
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.lineage.lots import first_day
from suyuan.trace.lineage.model import Kind, Story

from ..parts import DID, GIVEN, after_days, day, kind, step_name
from ..rule import Context, Fault, Severity, fault, rule

_RETURNS = steps_of("sends_back")


@rule(
    "expired",
    msg("Used or sold after its shelf life"),
    Severity.GRAVE,
    msg(
        "Food Safety Law art. 34 (10): food past its shelf life is neither made, used nor sold; "
        "art. 54: stock is looked through and what is past it taken out (in force since "
        "2015-10-01)."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each holder, after the last good day of the newest part of a lot."""
    lot, days = story.lot, None if story.product is None else story.product.shelf_life
    if lot is not None and lot.shelf_life is not None:
        days = lot.shelf_life
    start = None if lot is None else first_day(lot.produced)
    if lot is None or start is None or days is None:
        return
    seen: set[tuple[str | None, bool]] = set()
    made_by = (lot.leaf,)
    for event in story.events:
        movement = kind(event)
        if movement in (Kind.CAUGHT, Kind.MADE) and day(event.time) > start:
            start, made_by = day(event.time), (event.leaf,)
        account_key = (event.holder, event.is_received)
        if movement not in GIVEN or account_key in seen or step_name(event) in _RETURNS:
            continue
        end = after_days(start, days)
        if end is None or day(event.time) <= end:
            continue
        seen.add(account_key)
        reason = msg(
            "%(did)s on %(day)s, %(days)s days after its shelf life ended: produced %(start)s, "
            "good until %(end)s",
            did=DID[movement],
            day=str(day(event.time)),
            days=(day(event.time) - end).days,
            start=str(start),
            end=str(end),
        )
        yield fault(event, reason, *made_by)
