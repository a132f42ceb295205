"""A step or certificate missing that goods of this category need before a step."""

from collections.abc import Iterator, Sequence

from ..lineage.model import ItemEvent, Story
from ..members import Object
from .parts import day, step_name
from .rule import Context, Doubt, Rule, Severity, evidence
from .saying import Both, both, step_word
from .tables import Entry, category, holds, matches, table

HIDDEN = "suyuan:private"


def check(story: Story, context: Context) -> Iterator[Doubt]:
    """One doubt for each requirement and actor, at the first link that lacks it."""
    entries = _applying(category(story, context))
    if not entries:
        return
    told: set[tuple[str, str]] = set()
    for number, event in enumerate(story.events):
        name = None if event.is_received else step_name(event)
        for entry in entries:
            key = (entry["what"], event.actor)
            if entry["step"] != name or key in told or not holds(entry, day(event.time)):
                continue
            found = context.registration(event.actor, event.leaf)
            if found is None or entry["role"] not in found.roles:
                continue
            before = story.events[:number]
            if _is_met(entry, event, before, context):
                continue
            told.add(key)
            what = Both(entry["what"], entry["chinese"])
            yield Doubt(
                RULE.name,
                story.item,
                event.leaf,
                event.actor,
                *both("{step} without {what}", "{step}缺少{what}", step=step_word(name), what=what),
                evidence([event.leaf]),
            )


def _applying(name: str | None) -> list[Entry]:
    if name is None:
        return []
    return [one for one in table("required")["required"] if matches(one["category"], name)]


def _is_met(entry: Entry, event: ItemEvent, before: Sequence[ItemEvent], context: Context) -> bool:
    names = [step_name(one) for one in before]
    if "after" in entry and entry["after"] not in names:
        return True  # made elsewhere, or of what was inspected before
    if any(name in entry["or_step"] for name in names):
        return True
    others = [one for one, name in zip(before, names, strict=True) if name in entry["or_in"]]
    return any(_says(context.event(one.leaf), entry["fields"]) for one in (event, *others))


def _says(event: Object | None, fields: Sequence[str]) -> bool:
    return event is not None and (HIDDEN in event or any(bool(event.get(one)) for one in fields))


RULE = Rule(
    "required",
    "A required certificate or step is missing",
    "缺少规定的证明或环节",
    Severity.SERIOUS,
    "The law that the table of requirements names for each category, role and step: of animals and "
    "their meat the Animal Epidemic Prevention Law (2021-05-01) and the Regulations on the "
    "Administration of Live Pig Slaughtering (Order 742, 2021-08-01).",
    check,
)
