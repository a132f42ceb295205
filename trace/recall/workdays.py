"""Working days in China (工作日), by the State Council's yearly notices.

`chinesecalendar` has them with their moved weekends from 2004 to the last notice it knows. For a
year that it does not know a fallback counts, and every result says which years were counted so:
Monday to Friday, without the public holidays that the law itself puts on a date.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar  # type: ignore[import-untyped]
from chinese_calendar import constants

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


def note(years: Sequence[int]) -> str:
    """What a reader must know of a day that the fallback counted in these years."""
    return (
        f"provisional: the calendar of {', '.join(map(str, years))} is not known here: counted "
        "Monday to Friday without the holidays of fixed date (1 January, 1 and 2 May, 1 to 3 "
        "October); Spring Festival, Qingming, Dragon Boat, Mid-Autumn and moved weekends are not "
        "in it"
    )


def is_known(year: int) -> bool:
    """Whether the notice of a year is known here."""
    return year in _YEARS


def is_workday(day: date) -> bool:
    """Whether people work on a day, by the notice of its year or else by the fallback."""
    if is_known(day.year):
        return bool(chinese_calendar.is_workday(day))
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _FIXED


def after(day: date, count: int) -> Counted:
    """The `count`th working day after a day, which is itself not counted.

    So periods are counted by article 201 of the Civil Code. Raises ValueError for a count
    that is not 1 to 1,000.
    """
    if not 1 <= count <= LONGEST:
        raise ValueError(f"{count} working days: 1 to {LONGEST} can be counted")
    guessed = set()
    while count:
        day += timedelta(days=1)
        if not is_known(day.year):
            guessed.add(day.year)
        count -= is_workday(day)
    return Counted(day, tuple(sorted(guessed)))
