"""More went out of a holder's hands than ever came into them."""

from collections.abc import Iterator

from ..lineage.model import Account, Story
from ..messages import Message, msg
from .books import Books, books, on_the_way
from .rule import Context, Fault, Severity, evidence, rule


@rule(
    "overdrawn",
    msg("More went out than there was"),
    Severity.GRAVE,
    "Food Safety Law arts. 42, 50, 51 and 53 (in force since 2015-10-01): records of what came in "
    "and what went out are true, and goods can be traced by them. What is used, sent, sold or lost "
    "was there before, or other goods went out under this lot's name.",
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each account, at the link after which it stays below what can be."""
    for account in story.accounts:
        if _is_sound(account):
            continue
        found = books(account, story, context)
        if found is None or not found.lines:
            continue
        coming = on_the_way(story, account)
        if coming is not None and is_overdrawn(found, coming):
            yield _fault(story, found, coming)


def is_overdrawn(found: Books, coming: int) -> bool:
    """Whether the books end below what can be, with all that is on its way to the holder."""
    return found.lines[-1].most + coming < -found.tolerance


def _is_sound(account: Account) -> bool:
    """Seen at a glance: at no time less than nothing."""
    total = 0
    for move in account.movements:
        if move.delta is None:
            return False
        total += move.delta
        if total < 0:
            return False
    return True


def _fault(story: Story, found: Books, coming: int) -> Fault:
    leaf = found.lines[-1].movement.leaf
    for line in reversed(found.lines):
        if line.most + coming >= -found.tolerance:
            break
        leaf = line.movement.leaf
    says, account = found.says, found.account
    onward: Message | str = ""
    if coming:
        onward = msg(" and %(coming)s on its way there", coming=says(coming))
    reason = msg(
        "%(out)s went out of what %(holder)s had, %(had)s%(onward)s: %(over)s too much",
        out=says(found.out),
        holder=account.holder,
        had=says(found.had),
        onward=onward,
        over=says(found.out - found.had - coming),
    )
    actor = next((event.actor for event in story.events if event.leaf == leaf), None)
    return Fault(leaf, actor, reason, evidence(found.leaves, [leaf]))
