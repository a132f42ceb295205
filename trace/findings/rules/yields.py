"""More came out of a making than can come of what went in."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from suyuan.trace.format.event_items import Role, mentions
from suyuan.trace.format.messages import msg
from suyuan.trace.format.quantities import decimal
from suyuan.trace.lineage.model import ItemEvent, Story

from ..parts import amount, step_name
from ..rule import Context, Fault, Severity, evidence, rule
from ..rule_tables import Entry, category, chosen, table, tolerance

_MASS = "kg"
DECLARED = "suyuan:yield"
_LEAST, _MOST = Decimal("0.001"), Decimal(1_000)


@dataclass(frozen=True, slots=True)
class _Balance:
    """A making's weights: `went_in` None where an input has none; `first` of its outputs."""

    went_in: int | None
    came_out: int
    first: str | None
    declared: Decimal | None


@rule(
    "yield",
    msg("More made than can come of what went in"),
    Severity.SERIOUS,
    msg(
        "Plain reason: matter does not come from nothing. Food Safety Law arts. 46 and 51 (in "
        "force since 2015-10-01): what goes into production and what leaves it is recorded as it "
        "is."
    ),
)
def check(story: Story, context: Context) -> Iterator[Fault]:
    """One fault for each making, at its first output by URI and its last link."""
    seen: set[int] = set()
    for event in story.events:
        if event.making is None or event.making in seen or not event.role & Role.OUTPUT:
            continue
        seen.add(event.making)
        entries = [entry for entry in table("yields")["yield"] if entry["step"] == step_name(event)]
        entry = None if event.is_received else chosen(entries, category(story, context))
        if entry is not None:
            yield from _judged(story, context, event, entry)


def _judged(story: Story, context: Context, event: ItemEvent, entry: Entry) -> Iterator[Fault]:
    leaves = context.making(event.leaf)
    balance = _balance(context, leaves)
    if balance.went_in is None or balance.first != story.item:
        return
    most = int(balance.went_in * (balance.declared or Decimal(entry["most"])))
    allowed = most + tolerance(category(story, context)).of(most, _MASS)
    if balance.came_out <= allowed:
        return
    reason = msg(
        "%(out)s came out of %(went_in)s: at most %(most)s can",
        out=amount(balance.came_out, _MASS),
        went_in=amount(balance.went_in, _MASS),
        most=amount(most, _MASS),
    )
    yield Fault(max(leaves), event.actor, reason, evidence(leaves))


def _balance(context: Context, leaves: Sequence[int]) -> _Balance:
    went_in: int | None = 0
    came_out = 0
    first: str | None = None
    declared: Decimal | None = None
    for leaf in leaves:
        event = context.event(leaf) or {}
        stated = decimal(event.get(DECLARED))
        if stated is not None and _LEAST <= stated <= _MOST:
            declared = max(stated, declared or stated)
        for mention in mentions(event):
            quantity = mention.quantity
            weight = quantity.micro if quantity is not None and quantity.unit == _MASS else None
            if mention.role == Role.INPUT:
                went_in = None if went_in is None or weight is None else went_in + weight
            elif mention.role == Role.OUTPUT:
                first = mention.item if first is None else min(first, mention.item)
                came_out += weight or 0
    return _Balance(went_in, came_out, first, declared)
