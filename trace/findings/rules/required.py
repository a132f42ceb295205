"""A step or certificate missing that goods of this category need before a step."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from suyuan.trace.format.members import Object
from suyuan.trace.format.messages import msg
from suyuan.trace.lineage.model import ItemEvent, Story

from ..parts import day, step_name, step_word
from ..rule import Context, Fault, Severity, fault, rule
from ..rule_tables import Entry, binds, category, holds, matches, table

HIDDEN = "suyuan:private"


@dataclass(slots=True)
class _Before:
    """The parts of a requirement that the events so far meet, each looked at once."""

    entry: Entry
    is_due: bool = False  # what it is to come after has come
    is_met: bool = False
    waiting: list[ItemEvent] = field(default_factory=list)

    def add(self, event: ItemEvent, name: str | None) -> None:
        self.is_due = self.is_due or self.entry.get("after") == name
        self.is_met = self.is_met or name in self.entry["or_step"]
        if name in self.entry["or_in"]:
            self.waiting.append(event)

    def allows(self, event: ItemEvent, context: Context) -> bool:
        """Whether an event lacks nothing: made elsewhere, or of what was inspected before."""
        fields = self.entry["fields"]
        if ("after" in self.entry and not self.is_due) or _says(context.event(event.leaf), fields):
            return True
        while self.waiting and not self.is_met:
            self.is_met = _says(context.event(self.waiting.pop(0).leaf), fields)
        return self.is_met


@rule(
    "required",
    msg("A required certificate or step is missing"),
    Severity.SERIOUS,
    msg(
        "The law that the table of requirements names for each category, role and step: of animals "
        "and their meat the Animal Epidemic Prevention Law (2021-05-01) and the Regulations on the "
        "Administration of Live Pig Slaughtering (Order 742, 2021-08-01), of farm products MARA "
        "Order 4 of 2025 (2026-02-01), of packed food the Food Safety Law art. 51 (2015-10-01); "
        "and what a city's own file adds."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each requirement and actor, at the first link that lacks it."""
    if (name := category(story, context)) is None:
        return
    entries = table("required")["required"]
    befores = [_Before(entry) for entry in entries if matches(entry["category"], name)]
    if not befores:
        return
    seen: set[tuple[str, str]] = set()
    for event in story.events:
        step = step_name(event)
        for before in befores:
            entry = before.entry
            key = (entry["what"], event.actor)
            is_asked = entry["step"] == step and not event.is_received
            if not is_asked or key in seen or not holds(entry, day(event.time)):
                continue
            party = context.registration(event.actor, event.leaf)
            if party is None or entry["role"] not in party.roles:
                continue
            if not binds(entry, party.division):
                continue
            if before.allows(event, context):
                continue
            seen.add(key)
            missing = msg(entry["what"])
            yield fault(event, msg("%(step)s without %(what)s", step=step_word(step), what=missing))
        for before in befores:
            before.add(event, step)


def _says(event: Object | None, fields: Sequence[str]) -> bool:
    return event is not None and (HIDDEN in event or any(bool(event.get(name)) for name in fields))
