"""More went out of a holder's hands than ever came into them."""

from collections.abc import Iterator
from itertools import accumulate

from suyuan.trace.format.messages import Message, msg
from suyuan.trace.lineage.model import Account, Story

from ..books import Books, books, on_the_way
from ..rule import Context, Fault, Severity, evidence, rule


@rule(
    "overdrawn",
    msg("More went out than there was"),
    Severity.GRAVE,
    msg(
        "Food Safety Law arts. 42, 50, 51 and 53 (in force since 2015-10-01): records of what came "
        "in and what went out are true, and goods can be traced by them. What is used, sent, sold "
        "or lost was there before, or other goods went out under this lot's name."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each account, at the link after which it stays below what can be."""
    for account in story.accounts:
        is_known = all(move.delta is not None for move in account.movements)
        if is_known and is_never_below(account):
            continue
        book = books(account, story, context)
        if book is None or not book.lines:
            continue
        coming = on_the_way(story, account)
        if coming is not None and is_overdrawn(book, coming):
            yield _fault(story, book, coming)


def is_overdrawn(book: Books, coming: int) -> bool:
    """Whether the books end below what can be, with all that is on its way to the holder."""
    return book.lines[-1].most + coming < -book.tolerance


def is_never_below(account: Account) -> bool:
    """Whether an account, by what is known of it, has at no time less than nothing."""
    return all(total >= 0 for total in accumulate(move.delta or 0 for move in account.movements))


def _fault(story: Story, book: Books, coming: int) -> Fault:
    leaf = book.lines[-1].movement.leaf
    for line in reversed(book.lines):
        if line.most + coming >= -book.tolerance:
            break
        leaf = line.movement.leaf
    in_unit, account = book.amount, book.account
    onward: Message | str = ""
    if coming:
        onward = msg(" and %(coming)s on its way there", coming=in_unit(coming))
    reason = msg(
        "%(out)s went out of what %(holder)s had, %(had)s%(onward)s: %(over)s too much",
        out=in_unit(book.out),
        holder=account.holder,
        had=in_unit(book.had),
        onward=onward,
        over=in_unit(book.out - book.had - coming),
    )
    actor = next((event.actor for event in story.events if event.leaf == leaf), None)
    return Fault(leaf, actor, reason, evidence(book.leaves, [leaf]))
