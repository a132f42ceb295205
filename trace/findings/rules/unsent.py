"""An answer that does not fit what was sent, and goods sent back to one who never sent them."""

from collections.abc import Collection, Iterator, Sequence

from suyuan.trace.format.messages import msg
from suyuan.trace.lineage.joins import SENDING, destinations, is_dispatch, is_return
from suyuan.trace.lineage.model import ItemEvent, Shipment, Story
from suyuan.trace.lineage.stock import is_receipt, is_refusal

from ..parts import amount, by_leaf
from ..rule import Context, Fault, Severity, evidence, fault, rule
from ..rule_tables import category, tolerance


@rule(
    "unsent",
    msg("An answer that does not fit what was sent"),
    Severity.SERIOUS,
    msg(
        "Food Safety Law arts. 50, 51 and 53 (in force since 2015-10-01): records of what came in "
        "and what went out are true, and both sides of a hand-over tell the same goods."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each answer or return that does not fit; of own links only."""
    events = by_leaf(story)
    answers: dict[int, list[ItemEvent]] = {}
    received = {(s.sender, s.recipient) for s in story.shipments if s.received is not None}
    sent = {(s.sender, s.recipient) for s in story.shipments}
    for event in story.events:
        if event.is_received:
            continue
        if is_receipt(event) or is_refusal(event):
            for leaf in event.after:
                answers.setdefault(leaf, []).append(event)
                if leaf in events or leaf in story.voided:
                    yield from _answer(story, context, event, leaf, received)
        elif event.step in SENDING and not story.stays:  # it may have come in a container
            yield from _return(story, context, event, sent)
    for line in story.shipments:
        own = [answer for answer in answers.get(line.leaf, ()) if answer.actor == line.recipient]
        if len(own) > 1:
            yield from _twice(story, context, line, own)


def _answer(
    story: Story,
    context: Context,
    event: ItemEvent,
    leaf: int,
    received: Collection[tuple[str, str | None]],
) -> Iterator[Fault]:
    link = context.link(leaf)
    if link is None or link.is_received or not is_dispatch(link):
        return
    if event.actor not in destinations(link):
        reason = msg(
            "answers link %(leaf)s, which %(sender)s sent to another", leaf=leaf, sender=link.actor
        )
        yield fault(event, reason, leaf)
    elif (
        leaf in story.voided
        and is_receipt(event)
        and (link.actor, event.actor) not in received  # else one stands in its place
    ):
        reason = msg(
            "link %(answer)s of %(recipient)s received it, and its dispatch counts no more: it "
            "would be in both hands",
            answer=event.leaf,
            recipient=event.actor,
        )
        yield Fault(leaf, link.actor, reason, evidence([leaf, event.leaf]))


def _return(
    story: Story, context: Context, event: ItemEvent, sent: Collection[tuple[str, str | None]]
) -> Iterator[Fault]:
    link = context.link(event.leaf)
    if link is None or not is_return(link):
        return
    named = [context.link(leaf) for leaf in event.after]
    if any(dispatch is not None and event.actor in destinations(dispatch) for dispatch in named):
        return
    if not any((to, event.actor) in sent for to in destinations(link)):
        reason = msg("sent back to one who never sent it")
        yield fault(event, reason)


def _twice(
    story: Story, context: Context, line: Shipment, answers: Sequence[ItemEvent]
) -> Iterator[Fault]:
    """Answers that add up to more than was sent; one receipt alone was weighed so."""
    if (sent := line.quantity) is None:
        return
    total = (line.received or 0) + (line.refused or 0)
    allowed = tolerance(category(story, context)).of(sent.micro, sent.unit)
    if total - sent.micro > allowed:
        reason = msg(
            "%(total)s received and refused of %(sent)s that link %(leaf)s sent",
            total=amount(total, sent.unit),
            sent=amount(sent.micro, sent.unit),
            leaf=line.leaf,
        )
        last = max(answers, key=lambda answer: answer.leaf)
        yield fault(last, reason, line.leaf, *(e.leaf for e in answers))
