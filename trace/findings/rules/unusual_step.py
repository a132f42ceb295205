"""A step that parties of the actor's roles do not usually do."""

from collections.abc import Iterator

from suyuan.trace.format.messages import msg, msg_in
from suyuan.trace.format.vocabulary import usual_steps
from suyuan.trace.lineage.model import Story

from ..parts import is_first, step_name, step_word
from ..rule import Context, Fault, Severity, fault, rule


@rule(
    "unusual-step",
    msg("A step unusual for the party's role"),
    Severity.MINOR,
    msg(
        "Section 4 of the format: roles refuse nothing, and a step unusual for them is told. Food "
        "Safety Law art. 35 (in force since 2015-10-01): each kind of business has a licence of "
        "its own; the table of roles says what each usually does."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each link, at its first item; documents of others are not judged."""
    for event in story.events:
        name = None if event.is_received else step_name(event)
        if name is None:
            continue
        party = context.registration(event.actor, event.leaf)
        if party is None or not party.roles or name in usual_steps(party.roles):
            continue
        reason = msg(
            "the step %(step)s is unusual for a %(roles)s",
            step=step_word(name),
            roles=[msg_in("role", name) for name in party.roles],
        )
        if is_first(story, context, event.leaf):
            yield fault(event, reason)
