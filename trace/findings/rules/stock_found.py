"""A stock-taking finds more than there can be, or far less than there should be."""

from collections.abc import Iterator
from decimal import Decimal

from suyuan.trace.format.messages import msg
from suyuan.trace.lineage.model import Account, Kind, Story

from ..books import Books, books, coming
from ..parts import by_leaf
from ..rule import Context, Fault, Severity, evidence, rule
from ..rule_tables import table


@rule(
    "stock-found",
    msg("Counted stock does not fit the account"),
    Severity.SERIOUS,
    msg(
        "Food Safety Law arts. 50, 51 and 53 (in force since 2015-10-01): records of what came in "
        "and went out are true. What is found beyond them came from somewhere; what is missing "
        "went."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each count that is off; what is on its way there may have been counted."""
    for account in story.accounts:
        is_off = any(move.kind is Kind.COUNTED and move.delta != 0 for move in account.movements)
        if is_off and (book := books(account, story, context)) is not None:
            yield from _off(story, account, book)


def _off(story: Story, account: Account, book: Books) -> Iterator[Fault]:
    events = by_leaf(story)
    under_way = coming(story, account)
    had = 0
    for number, line in enumerate(book.lines):
        move = line.movement
        if move.kind is Kind.COUNTED:
            expected = under_way.until(move.time)
            less = -(move.delta or 0)
            if expected is None:
                continue
            if line.surplus > expected + book.tolerance:
                reason = msg("%(more)s more than there can be", more=book.amount(line.surplus))
            elif less > book.tolerance + int(Decimal(table("tolerances")["short"]) * had):
                reason = msg(
                    "%(less)s less than there should be, and no loss is recorded",
                    less=book.amount(less),
                )
            else:
                had += line.surplus
                continue
            leaves = [x.movement.leaf for x in book.lines[: number + 1] if x.movement.delta != 0]
            actor = events[move.leaf].actor if move.leaf in events else None
            message = msg("counted at %(holder)s: %(reason)s", holder=account.holder, reason=reason)
            yield Fault(move.leaf, actor, message, evidence(leaves, [move.leaf]))
            had += line.surplus
        elif (move.delta or 0) > 0:
            had += move.delta or 0
