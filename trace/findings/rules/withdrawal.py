"""Harvested, caught, slaughtered or sent within the days that a treatment asks to wait."""

from collections.abc import Iterator

from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.vocabulary import STEPS, steps_of
from suyuan.trace.lineage.lots import whole_days
from suyuan.trace.lineage.model import ItemEvent, Kind, Story

from ..parts import DID, after_days, day, kind, step_name
from ..rule import Context, Fault, Severity, fault, rule

_TREATMENTS, _RETURNS = steps_of("treats"), steps_of("sends_back")
_SLAUGHTERING = steps_of("slaughters")


@rule(
    "withdrawal",
    msg("Withdrawal period not kept"),
    Severity.GRAVE,
    msg(
        "Law on the Quality and Safety of Agricultural Products art. 29 (in force since "
        "2023-01-01); Food Safety Law art. 49; Regulations on Pesticide Administration art. 34 "
        "(2017); Regulations on Veterinary Drugs art. 40 (2004): the safety interval or withdrawal "
        "period is kept."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each actor, at the first link of it that came too soon.

    A dispatch or sale only where nothing was harvested before it, as of animals.
    """
    treatments: list[ItemEvent] = []
    seen: set[str] = set()
    is_gathered = False
    for event in story.events:
        if step_name(event) in _TREATMENTS:
            treatments.append(event)
            continue
        taken = _taken(event, is_gathered=is_gathered)
        is_gathered = is_gathered or kind(event) is Kind.CAUGHT
        if taken is None or event.actor in seen or not treatments:
            continue
        if (finding := _too_soon(context, event, taken, treatments)) is not None:
            seen.add(event.actor)
            yield finding


def _taken(event: ItemEvent, *, is_gathered: bool) -> Message | None:
    name, movement = step_name(event), kind(event)
    step = STEPS.get(name or "")
    is_taken = name not in _SLAUGHTERING or movement is Kind.USED
    if step is not None and step.did is not None and is_taken:
        return msg(step.did)
    if is_gathered or name in _RETURNS:
        return None
    return DID[movement] if movement in (Kind.SENT, Kind.SOLD) else None


def _too_soon(
    context: Context, event: ItemEvent, taken: Message, treatments: list[ItemEvent]
) -> Fault | None:
    """The fault by calendar days, for the treatment with the longest wait; None for none."""
    waits = []
    for treatment in treatments:
        body = context.event(treatment.leaf) or {}
        days = whole_days(body.get("suyuan:withdrawalDays"))
        end = None if days is None else after_days(day(treatment.time), days)
        if days is not None and end is not None and day(event.time) < end:
            waits.append((end, treatment, days, body.get("suyuan:substance")))
    if not waits:
        return None
    end, treatment, days, substance = max(waits, key=lambda wait: (wait[0], wait[1].leaf))
    treated = msg("treated")
    if isinstance(substance, str):
        treated = msg("treated with %(name)s", name=substance)
    reason = msg(
        "%(what)s on %(day)s, %(early)s days too soon: %(treated)s on %(then)s, %(days)s days to "
        "wait",
        what=taken,
        day=str(day(event.time)),
        early=(end - day(event.time)).days,
        treated=treated,
        then=str(day(treatment.time)),
        days=days,
    )
    return fault(event, reason, treatment.leaf)
