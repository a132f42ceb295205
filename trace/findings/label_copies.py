"""Whether the scans of one label can be those of one label: rules as data, pure functions.

A label is on one thing that somebody buys and eats. Copied onto others it is scanned more often,
at more hours, on more days than one household would, or after the food is eaten.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True, slots=True)
class Day:
    """Scans on one day: its ordinal in the ledger's zone, how many, in which hours (bit n)."""

    day: int
    count: int
    hours: int


@dataclass(frozen=True, slots=True)
class Scans:
    """All scans of a label: how many, the first and the last (microseconds UTC), by day."""

    count: int
    first: int
    last: int
    days: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """What one label's scans would not do: all of what is not None.

    So many `scans` on `on_days` of `days` on end, in `hours` different hours of them; later than
    `after_days` behind the food's sale or best-before date.
    """

    name: str
    scans: int
    days: int = 1
    hours: int | None = None
    on_days: int | None = None
    after_days: int | None = None


RULES = (
    Rule("many", scans=40),  # in one day: more than a stall's queue that scans one sample
    Rule("spread", scans=20, days=2, hours=16),  # by day and by night
    Rule("long", scans=15, days=30, on_days=8),  # week after week
    Rule("late", scans=5, days=60, hours=3, after_days=3),  # long after it was sold, or expired
)
EARLY = "early"  # scanned before it was issued
SLACK = timedelta(minutes=5)


def rules_met(
    scans: Scans,
    *,
    issued: int | None = None,
    ended: date | None = None,
    rules: Iterable[Rule] = RULES,
) -> list[str]:
    """The names of the rules that a label's scans meet, in their order.

    `issued` is in microseconds UTC; `ended` the day of its sale or best-before date, if later.
    """
    is_early = issued is not None and scans.first < issued - SLACK // timedelta(microseconds=1)
    met = [rule.name for rule in rules if _is_met(rule, scans, ended)]
    return [EARLY, *met] if is_early else met


def _is_met(rule: Rule, scans: Scans, ended: date | None) -> bool:
    days = scans.days
    if rule.after_days is not None:
        if ended is None:
            return False
        days = tuple(day for day in days if day.day > ended.toordinal() + rule.after_days)
    return any(
        sum(day.count for day in span) >= rule.scans
        and len(span) >= (rule.on_days or 1)
        and (rule.hours is None or sum(day.hours.bit_count() for day in span) >= rule.hours)
        for span in _spans(days, rule.days)
    )


def _spans(days: tuple[Day, ...], length: int) -> Iterator[tuple[Day, ...]]:
    for at, first in enumerate(days):
        yield tuple(day for day in days[at:] if day.day < first.day + length)
