"""Used, sent, sold or packed before it was there."""

from collections.abc import Iterator

from suyuan.trace.format.messages import msg
from suyuan.trace.lineage.model import Story

from ..books import Books, books, on_the_way
from ..parts import CLOCK, DID, GIVEN, INCOMING, ORIGINS, by_leaf, kind, moment
from ..rule import Context, Fault, Severity, fault, rule
from .overdrawn import is_never_below, is_overdrawn


@rule(
    "early",
    msg("Used, sent or sold before it was there"),
    Severity.SERIOUS,
    msg(
        "Plain reason: nothing is used before it is made and has arrived. A time is wrong, or "
        "other goods went by this lot's name. Records are true: Food Safety Law arts. 50, 51 and "
        "53."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each holder: before the item existed, else before it was in its hands."""
    seen: set[tuple[str | None, bool]] = set()
    for finding, account_key in _before_it_was(story):
        seen.add(account_key)
        yield finding
    for account in story.accounts:
        if (account.holder, account.is_reported) in seen or is_never_below(account):
            continue
        book = books(account, story, context)
        if book is None or not book.lines:
            continue
        coming = on_the_way(story, account)
        if coming is None or not is_overdrawn(book, coming):
            yield from _before_it_came(story, book)


def _before_it_was(story: Story) -> Iterator[tuple[Fault, tuple[str | None, bool]]]:
    """What was given away before anything brought the item into being, by event time."""
    began = origin = None
    for event in story.events:
        movement = kind(event)
        if movement in INCOMING and began is None:
            began = event
        if movement in ORIGINS and origin is None:
            origin = event
    if began is None or origin is None:
        return
    seen = set()
    for event in story.events:
        if event.time + CLOCK >= began.time:
            return
        account_key = (event.holder, event.is_received)
        movement = kind(event)
        if movement in GIVEN and account_key not in seen:
            seen.add(account_key)
            reason = msg(
                "%(did)s on %(time)s, before it came to be on %(began)s",
                did=DID[movement],
                time=moment(event.time),
                began=moment(began.time),
            )
            yield fault(event, reason, began.leaf), account_key


def _before_it_came(story: Story, book: Books) -> Iterator[Fault]:
    events = by_leaf(story)
    for number, line in enumerate(book.lines):
        if line.most >= -book.tolerance:
            continue
        paid = next((x for x in book.lines[number:] if x.most >= -book.tolerance), None)
        if paid is not None and paid.movement.time - line.movement.time <= CLOCK:
            continue
        event = events[line.movement.leaf]
        more = [sent.leaf for sent in story.shipments if sent.recipient == book.account.holder]
        then = msg("what was sent there is not confirmed")
        if paid is not None:
            more = [paid.movement.leaf]
            then = msg("that came on %(time)s", time=moment(paid.movement.time))
        reason = msg(
            "%(did)s on %(time)s, when %(holder)s had %(rest)s less: %(then)s",
            did=DID[line.movement.kind],
            time=moment(event.time),
            holder=book.account.holder,
            rest=book.amount(-line.most),
            then=then,
        )
        leaves = [x.movement.leaf for x in book.lines[: number + 1] if x.movement.delta != 0]
        yield fault(event, reason, *leaves, *more)
        return
