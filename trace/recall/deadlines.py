"""Levels of a recall (一级、二级、三级召回) and their deadlines as data, and what became of them.

The regulation in force on the day on which the danger was known applies to all of a recall.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Literal

import chinese_calendar  # type: ignore[import-untyped]
from chinese_calendar import constants

from suyuan.trace.findings.law import Law
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import zone

from .course import Course

# Holidays with a date of their own by the Regulation on Public Holidays for National Annual
# Festivals and Memorial Days (全国年节及纪念日放假办法), article 2, as revised by State Council
# Order 795 of 2024, in force since 2025-01-01; before, Labour Day was 1 May alone. Spring
# Festival, Qingming, Dragon Boat and Mid-Autumn move, and so do the weekends around them all:
# they are known once a year's notice is out.
_FIXED = frozenset({(1, 1), (5, 1), (5, 2), (10, 1), (10, 2), (10, 3)})
_SATURDAY = 5
_YEARS = frozenset(day.year for day in constants.holidays)
LONGEST = 1_000


@dataclass(frozen=True, slots=True)
class Counted:
    """A day that was counted to; `guessed` are the years for which the fallback was used."""

    day: date
    guessed: tuple[int, ...]


def is_known(year: int) -> bool:
    """Whether the notice of a year is known here."""
    return year in _YEARS


def is_workday(day: date) -> bool:
    """Whether people work on a day, by the notice of its year or else by the fallback."""
    if is_known(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _FIXED


def after_workdays(day: date, count: int) -> Counted:
    """The `count`th working day, 1 to 1,000, after a day (article 201 of the Civil Code)."""
    if not 1 <= count <= LONGEST:
        raise ValueError(f"{count} working days: 1 to {LONGEST} can be counted")
    guessed = set()
    while count:
        day += timedelta(days=1)
        if not is_known(day.year):
            guessed.add(day.year)
        count -= is_workday(day)
    return Counted(day, tuple(sorted(guessed)))


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
    """A regulation's deadlines by level, and the days on which it holds; None: it asks for none.

    To start within `hours` of knowing, to finish within `days` after that of the order or plan; to
    report every `report_days`, and within `closing_days` of the end. An order of an office
    (责令召回) is for those whose division has at most `ordered_by` digits.
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
    """Until when a recall must start and finish, `finish_due` being the end of `finish_day`.

    Days count after `start`; `is_plan_open` where that would be a plan's and none is stated.
    `guessed_years` are those whose working days no calendar here has.
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
    def notes(self) -> tuple[Message, ...]:
        """What a reader must know of the day to finish."""
        notes = []
        if self.is_plan_open:
            text = msg(
                "The days to finish count from the day of the recall plan, which nobody has "
                "stated: counted from the day of the order, the earliest that is known."
            )
            notes.append(text)
        if self.guessed_years:
            text = msg(
                "Provisional: the calendar of %(years)s is not known here: counted Monday to "
                "Friday without the holidays of fixed date; Spring Festival and others that move "
                "are not in it.",
                years=list(map(str, self.guessed_years)),
            )
            notes.append(text)
        return tuple(notes)


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

    LedgerError for another level, or for instants at the ends of the calendar.
    """
    if level not in LEVELS:
        raise LedgerError("a recall has level 1, 2 or 3, not %s", level)
    here = zone()
    try:
        rule = rule_of(known)
        is_of_plan = rule.counted_from == "plan"
        begun = planned if is_of_plan and planned is not None else ordered
        start = begun.astimezone(here).date()
        counted = Counted(start + timedelta(days=rule.days[level]), ())
        if rule.are_workdays:
            counted = after_workdays(start, rule.days[level])
        end = counted.day + timedelta(days=1)
        return Deadlines(
            level=level,
            rule=rule,
            start_due=known + timedelta(hours=rule.hours[level]),
            start=start,
            is_plan_open=is_of_plan and planned is None,
            finish_day=counted.day,
            finish_due=datetime(end.year, end.month, end.day, tzinfo=here),
            guessed_years=counted.guessed,
        )
    except (OverflowError, ValueError):
        raise LedgerError("no deadline can be counted from %s and %s", known, ordered) from None


class Outcome(StrEnum):
    """What became of a deadline."""

    IN_TIME = "in time"
    LATE = "late"
    OPEN = "open"  # not done, and not due yet
    OVERDUE = "overdue"  # not done, and due


@dataclass(frozen=True, slots=True)
class Timing:
    """A recall's deadlines, and what became of them; None where its recorded time is not known.

    A holder acknowledges by `answer_due`, in the hours given for starting: no rule says so, it is
    how tables tell late from early. Reports to the authority are due by `next_report` and
    `closing_report`, where the rule asks for them; nobody records that they were made.
    """

    deadlines: Deadlines | None
    start: Outcome | None
    finish: Outcome | None
    answer_due: datetime | None
    next_report: date | None = None
    closing_report: date | None = None

    def answered(self, at: datetime | None, now: datetime) -> Outcome | None:
        """What became of a holder's acknowledgement, recorded at a moment or not there yet."""
        return None if self.answer_due is None else outcome(at, self.answer_due, now)


def outcome(at: datetime | None, due: datetime, now: datetime) -> Outcome:
    """What became of a deadline; the deadline itself is in time."""
    if at is None:
        return Outcome.OPEN if now <= due else Outcome.OVERDUE
    return Outcome.IN_TIME if at <= due else Outcome.LATE


def timing(course: Course, now: datetime) -> Timing:
    """The deadlines of a recall by the rule of its day."""
    limits = due(course)
    if limits is None or course.ordered is None:
        return Timing(None, None, None, None)
    closed = course.ended.at if course.ended is not None else None
    return Timing(
        limits,
        outcome(course.ordered, limits.start_due, now),
        outcome(closed, limits.finish_due, now),
        course.ordered + timedelta(hours=limits.rule.hours[limits.level]),
        _next_report(limits, course, course.ordered, now),
        _closing_report(limits, course, closed),
    )


def due(course: Course) -> Deadlines | None:
    """The deadlines of a recall; None where the order's recorded time is not known."""
    if course.ordered is None or course.act.level is None:
        return None
    return deadlines(course.act.level, course.known, course.ordered, course.planned)


def _next_report(due: Deadlines, course: Course, ordered: datetime, now: datetime) -> date | None:
    """The first day from today on that lies whole periods after the day of the order."""
    if due.rule.report_days is None or course.act.ended is not None:
        return None
    every = due.rule.report_days[due.level]
    start, today = (when.astimezone(zone()).date() for when in (ordered, now))
    periods = max(1, -((start - today).days // every))
    return start + timedelta(days=periods * every)


def _closing_report(due: Deadlines, course: Course, closed: datetime | None) -> date | None:
    days = due.rule.closing_days
    if days is None or closed is None or course.act.ending != "close":
        return None
    return closed.astimezone(zone()).date() + timedelta(days=days)
