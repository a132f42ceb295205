"""Amounts that add up: where all of a lot went, and one holder's part of it since a recall.

What a holder had at the order or took in since is, each part of it once: *recovered* (kept back
here, by its newest report), *remaining* (not kept back yet, by its newest report), *sold* and
*destroyed* (each the greater of its newest report and of its events since the order), *sent* on,
*returned*, *used* or *lost* (by its events since), or *missing*. So a report of 25 kg sold and a
record of the same sale count once; and what is destroyed or sent back after a report of it as
recovered is recovered no more.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from suyuan.trace.format.quantities import MICRO
from suyuan.trace.lineage.model import Kind, Sent, Story
from suyuan.trace.lineage.stock import effect_kind, loose_holder, on_the_way


class Entry(StrEnum):
    """A line of the accounting."""

    BROUGHT_IN = "brought in"  # coded, caught, made or bought
    HELD = "held"  # loose, in somebody's hands
    IN_CONTAINERS = "in containers"
    IN_TRANSIT = "in transit"  # sent, and not answered
    USED = "used"
    SOLD = "sold"
    DESTROYED = "destroyed"
    LOST = "lost"
    OUTSIDE = "sent outside"  # to a name that is not in the ledger
    DIFFERENCE = "difference"  # sent or packed, and not received or unpacked in the same amount
    COUNTED = "counted short"  # by stock-taking; less than 0 where more was found
    OVERDRAWN = "overdrawn"  # taken out of somebody's hands beyond what was in them


FLOWS = ("sold", "destroyed", "sent", "returned", "used", "lost", Kind.COUNTED)
_OUT = {
    Kind.USED: Entry.USED,
    Kind.SOLD: Entry.SOLD,
    Kind.DESTROYED: Entry.DESTROYED,
    Kind.LOST: Entry.LOST,
}
# The entry that a movement of a holder's account counts in, and with which sign.
_ENTRIES = {
    **dict.fromkeys((Kind.CODED, Kind.CAUGHT, Kind.MADE, Kind.BOUGHT), (Entry.BROUGHT_IN, 1)),
    **{kind: (entry, -1) for kind, entry in _OUT.items()},
    Kind.COUNTED: (Entry.COUNTED, -1),
    **dict.fromkeys((Kind.SENT, Kind.RECEIVED, Kind.PACKED, Kind.UNPACKED), (Entry.DIFFERENCE, -1)),
}


@dataclass(frozen=True, slots=True)
class Accounting:
    """Amounts by entry; if all is known, brought in + overdrawn = all others, exactly."""

    item: str
    unit: str | None
    amounts: dict[Entry, int]
    unknown: tuple[str, ...]

    @property
    def is_known(self) -> bool:
        """Whether every amount is known, so that the entries add up."""
        return not self.unknown

    def of(self, entry: Entry) -> int:
        """One entry's amount."""
        return self.amounts.get(entry, 0)

    @property
    def missing(self) -> int:
        """What both sides differ by: 0 wherever all is known."""
        left = self.of(Entry.BROUGHT_IN) + self.of(Entry.OVERDRAWN)
        return left - sum(
            amount
            for entry, amount in self.amounts.items()
            if entry not in (Entry.BROUGHT_IN, Entry.OVERDRAWN)
        )


def accounting(story: Story) -> Accounting:
    """The accounting of an item, from its story alone.

    `difference` is what hand-overs and packings leave open beside what is on its way or inside:
    below 0 where more arrived than was sent; of documents, what no other place received.
    """
    if not story.accounts:
        return _individual(story)
    unit = next((a.unit for a in story.accounts if a.unit is not None), None)
    unknown = list(_unknown(story, unit))
    amounts = dict.fromkeys(Entry, 0)
    for account in story.accounts:
        if account.unit not in (unit, None):
            continue
        for movement in account.movements:
            entry, sign = _ENTRIES[movement.kind]
            amounts[entry] += sign * (movement.delta or 0)
        balance = sum(movement.delta or 0 for movement in account.movements)
        amounts[Entry.HELD if balance > 0 else Entry.OVERDRAWN] += abs(balance)
    for stay in story.stays:
        if stay.quantity is None or stay.quantity.unit != unit:
            continue
        if stay.left is None:
            amounts[Entry.IN_CONTAINERS] += stay.quantity.micro
        elif stay.left_leaf is not None and stay.left_leaf in story.gone:  # with what it was in
            amounts[_OUT[story.gone[stay.left_leaf]]] += stay.quantity.micro
            amounts[Entry.DIFFERENCE] -= stay.quantity.micro
    for line in story.shipments:
        if line.quantity is not None and line.quantity.unit == unit:
            if line.state is Sent.OPEN:
                amounts[Entry.IN_TRANSIT] += line.quantity.micro
            elif line.state is Sent.OUTSIDE:
                amounts[Entry.OUTSIDE] += line.quantity.micro
    for entry in (Entry.IN_CONTAINERS, Entry.IN_TRANSIT, Entry.OUTSIDE):
        amounts[Entry.DIFFERENCE] -= amounts[entry]
    return Accounting(story.item, unit, amounts, tuple(unknown))


def _unknown(story: Story, unit: str | None) -> Iterator[str]:
    for account in story.accounts:
        if account.unit not in (unit, None):
            yield f"{account.holder} has it in {account.unit}, not in {unit}"
        for movement in account.movements:
            if movement.delta is None:
                yield f"the amount {movement.kind} at index {movement.leaf} is not known"
    for stay in story.stays:
        if stay.left is None and (stay.quantity is None or stay.quantity.unit != unit):
            yield f"how much of it is in {stay.container} is not known in {unit}"
    for line in story.shipments:
        is_open = line.state in (Sent.OPEN, Sent.OUTSIDE)
        if is_open and (line.quantity is None or line.quantity.unit != unit):
            yield f"how much was sent at index {line.leaf} is not known in {unit}"


def _individual(story: Story) -> Accounting:
    amounts = dict.fromkeys(Entry, 0)
    if not story.events:
        return Accounting(story.item, None, amounts, ("nothing that counts is recorded of it",))
    amounts[Entry.BROUGHT_IN] = MICRO
    amounts[_where(story)] = MICRO
    return Accounting(story.item, "1", amounts, ())


def _where(story: Story) -> Entry:
    if loose_holder(story) is not None:
        return Entry.HELD
    if any(stay.left is None for stay in story.stays):
        return Entry.IN_CONTAINERS
    if on_the_way(story) is not None:
        return Entry.IN_TRANSIT
    last = max(story.shipments, key=lambda line: line.leaf, default=None)
    fates = [
        (event.order, _OUT[kind])
        for event in story.events
        if (kind := effect_kind(event)) is not None and kind in _OUT
    ]
    fates += [
        ((stay.left or 0, stay.left_leaf), _OUT[story.gone[stay.left_leaf]])
        for stay in story.stays
        if stay.left_leaf is not None and stay.left_leaf in story.gone
    ]
    if fates and (last is None or max(fates)[0][1] > last.leaf):
        return max(fates)[1]
    if last is None:
        return Entry.DIFFERENCE
    return Entry.OUTSIDE if last.state is Sent.OUTSIDE else Entry.IN_TRANSIT


@dataclass(frozen=True, slots=True)
class Outflow:
    """An event: so much left the holder's hands, by one of FLOWS; or less was counted."""

    leaf: int
    flow: str
    micro: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A report: totals by kind, those that it names."""

    leaf: int
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Balance:
    """Parts in millionths, `had` the sum of all others; `missing` below 0: reported too much."""

    had: int
    recovered: int
    remaining: int
    sold: int
    destroyed: int
    sent: int
    returned: int
    used: int
    lost: int
    missing: int


@dataclass(slots=True)
class _Tally:
    here: dict[str, int] = field(default_factory=lambda: {"recovered": 0, "remaining": 0})
    reported: dict[str, int] = field(default_factory=lambda: {"sold": 0, "destroyed": 0})
    recorded: dict[str, int] = field(default_factory=lambda: dict.fromkeys(FLOWS, 0))

    def gone(self) -> dict[str, int]:
        """All that is here no more, as reported or recorded; what was counted short aside."""
        return {
            flow: max(self.reported.get(flow, micro), micro)
            for flow, micro in self.recorded.items()
            if flow != Kind.COUNTED  # explains nothing: it stays missing
        }

    def take(self, micro: int, order: Sequence[str]) -> None:
        """Take what has gone out of what was here, in this order."""
        for name in order:
            part = max(min(self.here[name], micro), 0)
            self.here[name] -= part
            micro -= part


def balance(now: int, outflows: Sequence[Outflow], totals: Sequence[Totals]) -> Balance:
    """A holder's parts, with `now` in its hands, from events and reports since the order."""
    tally = _Tally()
    steps: list[Outflow | Totals] = [*outflows, *totals]
    for step in sorted(steps, key=lambda step: step.leaf):
        before = sum(tally.gone().values())
        if isinstance(step, Outflow):
            tally.recorded[step.flow] += step.micro
            is_of_recovered = step.flow in ("destroyed", "returned")
            order = ["recovered", "remaining"] if is_of_recovered else ["remaining", "recovered"]
        else:
            tally.reported |= {k: n for k, n in step.amounts.items() if k in tally.reported}
            order = [name for name in ("remaining", "recovered") if name not in step.amounts]
        tally.take(sum(tally.gone().values()) - before, order)
        if isinstance(step, Totals):
            tally.here |= {k: n for k, n in step.amounts.items() if k in tally.here}
    had = now + sum(tally.recorded.values())
    parts = tally.here | tally.gone()
    return Balance(had=had, missing=had - sum(parts.values()), **parts)
