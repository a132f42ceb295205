"""An account read as books: what was there at most after each movement.

A count resets the books. What it finds beyond them comes in as found, so that one fault is
reported once; what it finds where the books say less than nothing does not pay that debt.
"""

from bisect import bisect_right
from dataclasses import dataclass
from itertools import accumulate

from suyuan.trace.format.messages import Message
from suyuan.trace.format.vocabulary import roles_of
from suyuan.trace.lineage.model import Account, ItemEvent, Kind, Movement, Sent, Story

from .parts import INCOMING, amount, by_leaf
from .rule import Context
from .rule_tables import category, tolerance


@dataclass(frozen=True, slots=True)
class Line:
    """A movement, what is there at most after it, and the `surplus` of a count beyond the books."""

    movement: Movement
    most: int
    surplus: int


@dataclass(frozen=True, slots=True)
class Books:
    """An account's lines; `had` is all that came in, `out` all that went out."""

    account: Account
    lines: tuple[Line, ...]
    had: int
    out: int
    tolerance: int

    @property
    def leaves(self) -> tuple[int, ...]:
        """The leaves of all movements that moved something."""
        return tuple(line.movement.leaf for line in self.lines if line.movement.delta != 0)

    def amount(self, micro: int) -> Message | str:
        """An amount in its unit."""
        return amount(micro, self.account.unit)


def books(account: Account, story: Story, context: Context) -> Books | None:
    """The books of an account; None where it cannot be judged.

    That is: something came in of an unknown amount, or less than nothing moved, or a document
    reports nothing that came in, or its holder holds no stock.
    """
    moves = account.movements
    came_in = (move.kind in INCOMING and (move.delta or 0) > 0 for move in moves)
    if not moves or (account.is_reported and not any(came_in)):
        return None
    events = by_leaf(story) if any(move.delta is None for move in moves) else {}
    lines: list[Line] = []
    stated: int | None = 0  # what the account says, counts and all
    most, debt = 0, 0  # what can be there at most; what was given before that and never had
    had = out = 0
    for move in moves:
        delta, surplus = move.delta, 0
        if move.kind is Kind.COUNTED:
            if (counted := _counted(move, stated, events, account.unit)) is None:
                return None
            before = max(most, 0)
            surplus = max(counted - before, 0)
            had += surplus
            out += max(before - counted, 0)
            debt += min(most, 0)
            stated = most = counted
        else:
            if move.kind in INCOMING:
                if delta is None or delta < 0:
                    return None
                had += delta
            else:
                if delta is not None and delta > 0:
                    return None
                out -= delta or 0  # of an amount that is not known at least nothing
            most += delta or 0
            stated = None if stated is None or delta is None else stated + delta
        lines.append(Line(move, most + debt, surplus))
    if not account.is_reported and _holds_none(account, context, moves[-1].leaf):
        return None
    allowed = tolerance(category(story, context)).of(had, account.unit)
    return Books(account, tuple(lines), had, out, allowed)


@dataclass(frozen=True, slots=True)
class Coming:
    """What was sent to a holder and is not confirmed, in event time, with its sums.

    `known` is how many of the first amounts are known in the account's unit.
    """

    times: tuple[int, ...]
    sums: tuple[int, ...]
    known: int

    def until(self, time: int | None = None) -> int | None:
        """How much was dispatched by an event time, by now for None; None where not known."""
        count = len(self.times) if time is None else bisect_right(self.times, time)
        if count > self.known:
            return None
        return self.sums[count - 1] if count else 0


def coming(story: Story, account: Account) -> Coming:
    """What is on its way to an account's holder, read once for all of its counts."""
    lines = [line for line in story.shipments
             if line.recipient == account.holder and line.state is Sent.OPEN]  # fmt: skip
    events = by_leaf(story) if lines else {}
    known_lines = [(events[line.leaf].time, line.leaf, line.quantity)
                   for line in lines if line.leaf in events]  # fmt: skip
    sent = sorted(known_lines, key=lambda line: line[:2])
    known: list[int] = []
    for _, _, quantity in sent:
        if quantity is None or quantity.unit != (account.unit or quantity.unit):
            break
        known.append(quantity.micro)
    return Coming(tuple(time for time, _, _ in sent), tuple(accumulate(known)), len(known))


def on_the_way(story: Story, account: Account) -> int | None:
    """How much was sent to an account's holder and is not confirmed; None where not known."""
    return coming(story, account).until()


def _counted(
    move: Movement, stated: int | None, events: dict[int, ItemEvent], unit: str | None
) -> int | None:
    if move.delta is not None and stated is not None:
        return stated + move.delta
    event = events.get(move.leaf)
    quantity = None if event is None else event.quantity
    return quantity.micro if quantity is not None and quantity.unit == unit else None


def _holds_none(account: Account, context: Context, leaf: int) -> bool:
    """Whether all its roles act on others' stock only: they destroy, sample, import."""
    party = context.registration(account.holder, leaf)
    if party is None or not party.roles:
        return False
    return set(party.roles) <= set(roles_of("stockless"))
