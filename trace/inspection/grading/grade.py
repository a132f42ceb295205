"""A grade: a pure function of a party's facts, the table and a day, which anybody can repeat.

Points are counted in hundredths, so that nothing is rounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ..time_limits import months_after
from .grade_table import FactRule, GradeRule, GradeTable


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened on a day, by which record; from `ended` on it counts no more."""

    kind: str
    day: date
    index: int
    ended: date | None = None

    def counts(self, on: date) -> bool:
        """Whether it is known, and still holds, on a day."""
        return self.day <= on and (self.ended is None or on < self.ended)


@dataclass(frozen=True, slots=True)
class Line:
    """What the facts of a kind give together, in hundredths of a point."""

    rule: FactRule
    points: int
    facts: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Grade:
    """The grade of a day: of `total` by its limits, then `moved` by so many grades."""

    on: date
    static: int
    lines: Sequence[Line]
    dynamic: int
    rule: GradeRule
    moved: int
    is_vetoed: bool

    @property
    def total(self) -> int:
        """Static and dynamic points together, in hundredths."""
        return self.static + self.dynamic


def graded(
    facts: Iterable[Fact], roles: Sequence[str], admitted: date, on: date, table: GradeTable,
    *, categories: Sequence[str] = (),
) -> Grade:  # fmt: skip
    """The grade of a party on a day: no fact of a later day is seen."""
    seen = [fact for fact in facts if fact.counts(on)]
    lines = [line for rule in table.facts if (line := _line(rule, seen, on, table)) is not None]
    business = max((table.static.points.get(role, 0) for role in roles), default=0)
    food = max((table.static.categories.get(one, 0) for one in categories), default=0)
    static = 100 * min(table.static.most, business + food)
    dynamic = min(100 * table.dynamic.most, sum(line.points for line in lines))
    recent = {fact.kind for line in lines for fact in line.facts if _is_within(line.rule, fact, on)}
    worse = sum(rule.worse for rule in table.facts if rule.name in recent)
    is_vetoed = any(rule.veto for rule in table.facts if rule.name in recent)
    is_clean = not lines and months_after(admitted, table.clean_months) <= on
    moved, last = worse - is_clean, len(table.grades) - 1
    limits = [100 * row.until for row in table.grades]
    place = next((i for i, limit in enumerate(limits) if static + dynamic <= limit), last)
    place = last if is_vetoed else min(max(place + moved, 0), last)
    return Grade(on, static, lines, dynamic, table.grades[place], moved, is_vetoed)


def _line(rule: FactRule, seen: Sequence[Fact], on: date, table: GradeTable) -> Line | None:
    """What the facts of a rule give; None where none counts."""
    counted = [
        (fact, weight)
        for fact in seen
        if fact.kind == rule.name and (weight := _weight(fact, on, table))
    ]
    if not counted:
        return None
    points = min(100 * rule.most, rule.points * sum(weight for _fact, weight in counted))
    return Line(rule, points, [fact for fact, _weight in counted])


def _weight(fact: Fact, on: date, table: GradeTable) -> int:
    """For what percent of its points a fact counts on a day."""
    rows = table.dynamic.decay
    return next((percent for months, percent in rows if on < months_after(fact.day, months)), 0)


def _is_within(rule: FactRule, fact: Fact, on: date) -> bool:
    return on < months_after(fact.day, rule.months)
