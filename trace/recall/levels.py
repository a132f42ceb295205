"""Levels of a recall (一级、二级、三级召回) and their deadlines, as data.

The rule in force on the day on which a recall is ordered applies to all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType

from ..errors import LedgerError
from ..times import zone
from . import workdays

LEVELS: Mapping[int, str] = MappingProxyType(
    {
        1: "serious harm to health or death is done or possible (一级)",
        2: "ordinary harm to health is done or possible (二级)",
        3: "false labels, or a small risk (三级)",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A regulation's deadlines by level: hours from knowing to start, working days to finish.

    `since` is the first day on which it applies; `is_since_sure` whether that day was read in
    the regulation itself.
    """

    name: str
    source: str
    since: date
    is_since_sure: bool
    hours: Mapping[int, int]
    workdays: Mapping[int, int]


_WORKDAYS = MappingProxyType({1: 10, 2: 20, 3: 30})

# The newest last.
RULES = (
    Rule(
        "食品召回管理办法 (2015)",
        "Measures for the Administration of Food Recall, CFDA Order 12 of 2015, articles 13 and "
        "18, as revised by SAMR Order 31 of 2020",
        since=date(2015, 9, 1),
        is_since_sure=True,
        hours=MappingProxyType({1: 24, 2: 48, 3: 72}),
        workdays=_WORKDAYS,
    ),
    # That SAMR published the revision in the week of 2026-02-11, with these hours, is in the
    # news of that day; the text itself, its number and its first day were not at hand when this
    # was written. So the day of the news stands here: its hours are the shorter ones, and who
    # keeps them keeps the older ones too. An operator who has the text corrects the day here.
    Rule(
        "食品召回管理办法 (2026)",
        "Measures for the Administration of Food Recall, as revised by SAMR and published in "
        "February 2026",
        since=date(2026, 2, 11),
        is_since_sure=False,
        hours=MappingProxyType({1: 24, 2: 36, 3: 48}),
        workdays=_WORKDAYS,
    ),
)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Until when a recall must start and finish.

    `start_due` is an instant, `finish_due` the end of `finish_day` in the ledger's zone.
    `calendar_note` says where working days could not be counted by a known calendar, for the
    `guessed_years`.
    """

    level: int
    rule: Rule
    start_due: datetime
    finish_day: date
    finish_due: datetime
    calendar_note: str | None
    guessed_years: tuple[int, ...] = ()

    @property
    def rule_note(self) -> str | None:
        """What a reader must know of the rule's first day; None where it is sure."""
        if self.rule.is_since_sure:
            return None
        return (
            f"{self.rule.name} is taken to apply since {self.rule.since}, the day on which its "
            "publication was reported"
        )


def rule_on(day: date) -> Rule:
    """The rule in force on a day; the oldest known for days before it."""
    return next((rule for rule in reversed(RULES) if rule.since <= day), RULES[0])


def deadlines(level: int, known: datetime, ordered: datetime) -> Deadlines:
    """The deadlines of a recall of this level, known of and ordered at these instants.

    Both with a zone. The day of the notice is not counted among its working days. Raises
    LedgerError for another level, or for instants at the ends of the calendar.
    """
    if level not in LEVELS:
        raise LedgerError(f"a recall has level 1, 2 or 3, not {level}")
    here = zone()
    try:
        local = ordered.astimezone(here)
        rule = rule_on(local.date())
        last = workdays.after(local.date(), rule.workdays[level])
        end = last.day + timedelta(days=1)
        return Deadlines(
            level=level,
            rule=rule,
            start_due=known + timedelta(hours=rule.hours[level]),
            finish_day=last.day,
            finish_due=datetime(end.year, end.month, end.day, tzinfo=here),
            calendar_note=last.note,
            guessed_years=last.guessed,
        )
    except (OverflowError, ValueError):
        raise LedgerError(f"no deadline can be counted from {known} and {ordered}") from None
