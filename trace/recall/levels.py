"""Levels of a recall (一级、二级、三级召回) and their deadlines, as data.

The regulation in force on the day on which the danger was known applies to all of a recall.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Literal

from ..errors import LedgerError
from ..law import Law
from ..times import zone
from . import workdays

LEVELS: Mapping[int, str] = MappingProxyType(
    {
        1: "serious harm to health or death is done or possible (一级)",
        2: "ordinary harm to health is done or possible (二级)",
        3: "false labels, or a small risk (三级)",
    }
)
CITY = 4  # digits of the division of a city that is divided into districts (设区的市)


@dataclass(frozen=True, slots=True)
class Rule:
    """A regulation's deadlines by level, and the days on which it holds.

    To start within `hours` of knowing. To finish within `days` after the day of the order or of
    the recall plan, as `counted_from` says: working days, or days of the calendar. Under way who
    recalls reports every `report_days`, and at its end within `closing_days`. An order of an
    office (责令召回) is for those whose division has at most `ordered_by` digits. None: it asks
    for none.
    """

    name: str
    law: Law
    hours: Mapping[int, int]
    days: Mapping[int, int]
    are_workdays: bool
    counted_from: Literal["order", "plan"]
    report_days: Mapping[int, int] | None = None
    closing_days: int | None = None
    ordered_by: int | None = None


def _by_level(*values: int) -> Mapping[int, int]:
    return MappingProxyType(dict(zip(LEVELS, values, strict=True)))


# The newest last, each from the day after the last of the one before.
RULES = (
    Rule(
        "食品召回管理办法 (2015)",
        Law(
            "Measures for the Administration of Food Recall, CFDA Order 12 of 2015, articles 13 "
            "and 18, as revised by SAMR Order 31 of 2020",
            since=date(2015, 9, 1),
            last=date(2026, 11, 30),
            read=date(2026, 11, 30),
        ),
        hours=_by_level(24, 48, 72),
        days=_by_level(10, 20, 30),
        are_workdays=True,
        counted_from="order",
    ),
    Rule(
        "食品召回管理办法 (2026)",
        Law(
            "Measures for the Administration of Food Recall, SAMR Order 122 of 2026",
            since=date(2026, 12, 1),
            read=date(2026, 11, 30),
        ),
        hours=_by_level(24, 36, 48),
        days=_by_level(10, 20, 30),
        are_workdays=False,
        counted_from="plan",
        report_days=_by_level(1, 5, 10),
        closing_days=5,
        ordered_by=CITY,
    ),
)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when a recall must start and finish.

    `start_due` is an instant, `finish_due` the end of `finish_day` in the ledger's zone. `start`
    is the day after which the days to finish count; `is_plan_open` where that would be the
    plan's and none is stated, so that the order's stands for it. `guessed_years` are those whose
    working days could not be counted by a known calendar.
    """

    level: int
    rule: Rule
    start_due: datetime
    start: date
    is_plan_open: bool
    finish_day: date
    finish_due: datetime
    guessed_years: tuple[int, ...] = ()

    @property
    def is_provisional(self) -> bool:
        """Whether the day to finish may change still, by a plan or by a calendar to come."""
        return self.is_plan_open or bool(self.guessed_years)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the day to finish."""
        found = []
        if self.is_plan_open:
            found.append(
                f"the {self.rule.days[self.level]} days to finish count from the day of the "
                "recall plan, which nobody has stated: counted from the day of the order, the "
                "earliest that is known"
            )
        if self.guessed_years:
            found.append(workdays.note(self.guessed_years))
        return tuple(found)


def rule_on(day: date) -> Rule:
    """The rule in force on a day; the oldest known for days before it."""
    return next((rule for rule in RULES if rule.law.holds(day)), RULES[0])


def rule_of(known: datetime) -> Rule:
    """The rule for a recall whose danger was known of at this instant."""
    return rule_on(known.astimezone(zone()).date())


def deadlines(
    level: int, known: datetime, ordered: datetime, planned: datetime | None = None
) -> Deadlines:
    """The deadlines of a recall of this level: known of, ordered and planned at these instants.

    All with a zone. The day from which days count is not counted itself. Raises LedgerError for
    another level, or for instants at the ends of the calendar.
    """
    if level not in LEVELS:
        raise LedgerError(f"a recall has level 1, 2 or 3, not {level}")
    here = zone()
    try:
        rule = rule_of(known)
        is_of_plan = rule.counted_from == "plan"
        begun = planned if is_of_plan and planned is not None else ordered
        start = begun.astimezone(here).date()
        found = workdays.Counted(start + timedelta(days=rule.days[level]), ())
        if rule.are_workdays:
            found = workdays.after(start, rule.days[level])
        end = found.day + timedelta(days=1)
        return Deadlines(
            level=level,
            rule=rule,
            start_due=known + timedelta(hours=rule.hours[level]),
            start=start,
            is_plan_open=is_of_plan and planned is None,
            finish_day=found.day,
            finish_due=datetime(end.year, end.month, end.day, tzinfo=here),
            guessed_years=found.guessed,
        )
    except (OverflowError, ValueError):
        raise LedgerError(f"no deadline can be counted from {known} and {ordered}") from None
