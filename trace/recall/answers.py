"""One holder's account of one item since a recall: what the ledger says, and what it reports.

The amounts add up as follows. What the holder had at the order or took in since is, each part of
it once: *recovered* (kept back here, by its newest report), *remaining* (not kept back yet, by
its newest report), *sold* and *destroyed* (each the greater of its newest report and of its
events since the order), *sent* on, *returned*, *used* or *lost* (by its events since), or
*missing*. So a report of 25 kg sold and a record of the same sale count once; and what is
destroyed or sent back after a report of it as recovered is recovered no more.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Flow(StrEnum):
    """What an event since the order did with a part of it."""

    SOLD = "sold"
    DESTROYED = "destroyed"
    SENT = "sent"
    RETURNED = "returned"
    USED = "used"
    LOST = "lost"
    COUNTED = "counted"  # by stock-taking, which explains nothing: it stays missing


@dataclass(frozen=True, slots=True)
class Moved:
    """An event: so much left the holder's hands; for COUNTED so much less was found."""

    leaf: int
    flow: Flow
    micro: int


@dataclass(frozen=True, slots=True)
class Told:
    """A report: totals by kind, those that it names."""

    leaf: int
    amounts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Balance:
    """The parts, in millionths of one unit: `had` is the sum of all others.

    `missing` is less than 0 where more is reported than the ledger knows of.
    """

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
    kept: dict[str, int] = field(default_factory=lambda: {"recovered": 0, "remaining": 0})
    told: dict[str, int] = field(default_factory=lambda: {"sold": 0, "destroyed": 0})
    moved: dict[Flow, int] = field(default_factory=lambda: dict.fromkeys(Flow, 0))

    def gone(self) -> int:
        """All that is here no more, as told or recorded."""
        both = sum(max(self.told[name], self.moved[Flow(name)]) for name in self.told)
        rest = (Flow.SENT, Flow.RETURNED, Flow.USED, Flow.LOST)
        return both + sum(self.moved[flow] for flow in rest)

    def take(self, micro: int, order: Sequence[str]) -> None:
        """Take what has gone out of what was kept, in this order."""
        for name in order:
            part = max(min(self.kept[name], micro), 0)
            self.kept[name] -= part
            micro -= part


def balance(now: int, moved: Sequence[Moved], told: Sequence[Told]) -> Balance:
    """The parts, from what the ledger says is in the holder's hands now.

    `moved` are its events since the order and `told` its reports, in any order.
    """
    tally = _Tally()
    steps: list[Moved | Told] = [*moved, *told]
    for step in sorted(steps, key=lambda one: one.leaf):
        before = tally.gone()
        if isinstance(step, Moved):
            tally.moved[step.flow] += step.micro
            order = ("recovered", "remaining")
            if step.flow not in (Flow.DESTROYED, Flow.RETURNED):
                order = ("remaining", "recovered")
            tally.take(tally.gone() - before, order)
            continue
        for name in tally.told:
            tally.told[name] = step.amounts.get(name, tally.told[name])
        grown = tally.gone() - before
        stale = [name for name in ("remaining", "recovered") if name not in step.amounts]
        tally.take(grown, stale)
        for name in tally.kept:
            tally.kept[name] = step.amounts.get(name, tally.kept[name])
    flows = tally.moved
    sold = max(tally.told["sold"], flows[Flow.SOLD])
    destroyed = max(tally.told["destroyed"], flows[Flow.DESTROYED])
    out = sum(micro for flow, micro in flows.items())
    had = now + out
    parts = {
        "recovered": tally.kept["recovered"],
        "remaining": tally.kept["remaining"],
        "sold": sold,
        "destroyed": destroyed,
        "sent": flows[Flow.SENT],
        "returned": flows[Flow.RETURNED],
        "used": flows[Flow.USED],
        "lost": flows[Flow.LOST],
    }
    return Balance(had=had, missing=had - sum(parts.values()), **parts)
