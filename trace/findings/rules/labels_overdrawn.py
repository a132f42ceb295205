"""More labels than there were pieces."""

from collections.abc import Iterator

from suyuan.trace.format.messages import msg
from suyuan.trace.lineage.model import Account, Story

from ..books import books, on_the_way
from ..rule import Context, Fault, Severity, evidence, rule

_PIECES = "1"


@rule(
    "labels-overdrawn",
    msg("More labels than pieces"),
    Severity.SERIOUS,
    msg(
        "Plain reason: what there is no piece for goes on something else. Fujian measures (Order "
        "198 of 2017 as revised by Order 238, in force since 2024-05-01; as reported, its text was "
        "not read): a code is for one variety and batch alone."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each holder of what is counted in pieces; what is weighed is not compared."""
    for account in story.accounts:
        if account.unit == _PIECES and not account.is_reported:
            yield from _of(story, account, context)


def _of(story: Story, account: Account, context: Context) -> Iterator[Fault]:
    issued = 0
    leaf: int | None = None
    leaves: list[int] = []
    statements = [
        row for row in context.statements(story.item, "labels") if row[1] == account.holder
    ]
    book = books(account, story, context) if statements else None
    coming = None if book is None else on_the_way(story, account)
    if book is None or coming is None:
        return
    had = (book.had + coming) // 1_000_000
    for at, _, statement in statements:
        issued += statement["count"] if statement["op"] == "issue" else -statement["count"]
        leaves.append(at)
        if issued <= had:
            leaf = None
        elif leaf is None:
            leaf = at
    if leaf is not None:
        yield Fault(
            leaf,
            account.holder,
            msg("%(issued)s labels of %(had)s pieces", issued=issued, had=had),
            evidence(leaves, book.leaves),
        )
