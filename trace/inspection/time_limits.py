"""What the law counts between the stages of a case, as data, and until when each clock runs."""

import tomllib
from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from suyuan.trace.findings.law import Law
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.times import zone
from suyuan.trace.recall.deadlines import Outcome, after_workdays, is_known, is_workday, outcome

UNITS = ("hours", "workdays", "days", "months")


@dataclass(frozen=True, slots=True)
class Clock:
    """So many of a unit from one stage of a kind of case to one of others.

    `may` is by how much it can be lengthened, in the same unit. Where it `rolls`, a last day on
    which nobody works is the next working day. Stages `behind` which alone it starts, and
    `unless` which, each in this order. What a party has a `right` to is overdue for nobody.
    """

    of: str
    after: str
    until: tuple[str, ...]
    unit: str
    count: int
    law: Law
    articles: str
    text: Message
    may: int = 0
    rolls: bool = True
    behind: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    right: bool = False

    def starts(self, had: Sequence[str]) -> bool:
        """Whether its stage starts it behind these others."""
        later, excluded = iter(had), iter(had)
        is_excluded = bool(self.unless) and all(name in excluded for name in self.unless)
        return not is_excluded and all(name in later for name in self.behind)

    @property
    def cited(self) -> Message:
        """The law that it is by, with the articles where they are known."""
        source = msg(self.law.source)
        if not self.articles:
            return source
        return msg("%(law)s, arts. %(articles)s", law=source, articles=self.articles)


@dataclass(frozen=True, slots=True)
class Due:
    """The moment by which it is due: the end of `day`, or in hours the moment itself.

    `guessed` are the years whose working days no calendar here has.
    """

    at: datetime
    day: date
    guessed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Running:
    """A clock that a stage started, until when it runs, and when it was met; None while open."""

    clock: Clock
    started: datetime
    due: Due
    met: datetime | None

    def outcome(self, now: datetime) -> Outcome | None:
        """What became of it; None where it was a right, and its days are over."""
        if self.clock.right and self.met is None and now > self.due.at:
            return None
        return outcome(self.met, self.due.at, now)


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Any]:
    text = files(__package__).joinpath("data", "time_limits.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def clocks() -> Mapping[str, Sequence[Clock]]:
    """All clocks by the kind of case."""
    data = _tables()
    by_kind: dict[str, list[Clock]] = {}
    for row in data["clocks"]:
        by_kind.setdefault(row["of"], []).append(_clock(row, data["laws"], data["read"]))
    return MappingProxyType(by_kind)


def kept_for(what: str) -> timedelta:
    """How long what tells of persons is kept once its case is over."""
    return timedelta(days=_tables()["kept"][what])


def _clock(row: Mapping[str, Any], laws: Mapping[str, Any], read: date) -> Clock:
    law = laws[row["law"]]
    (unit,) = set(row) & set(UNITS)
    return Clock(
        row["of"], row["after"], tuple(row["until"]), unit, row[unit],
        Law(law["source"], law["since"], law.get("last"), read), row.get("articles", ""),
        msg(row["text"]), row.get("may", 0), row.get("rolls", True),
        tuple(row.get("behind", ())), tuple(row.get("unless", ())),
        row.get("right", False),
    )  # fmt: skip


def due(clock: Clock, started: datetime, more: int = 0) -> Due:
    """Until when a clock runs that was started at a moment, lengthened by `more` of its unit.

    More than it may be lengthened by counts as that.
    """
    count = clock.count + min(more, clock.may)
    if clock.unit == "hours":
        end = started + timedelta(hours=count)
        return Due(end, end.astimezone(zone()).date())
    first = started.astimezone(zone()).date()
    if clock.unit == "workdays":
        counted = after_workdays(first, count)
        return Due(_end(counted.day), counted.day, counted.guessed)
    last = first + timedelta(days=count) if clock.unit == "days" else months_after(first, count)
    while clock.rolls and not is_workday(last):
        last += timedelta(days=1)
    return Due(_end(last), last, () if is_known(last.year) or not clock.rolls else (last.year,))


def months_after(day: date, count: int) -> date:
    """The same day of a later month, or its last."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), zone())


def running(
    kind: str, stages: Sequence[tuple[str, datetime]], more: Mapping[str, int] | None = None
) -> list[Running]:
    """The clocks that the stages of a case started, in order of when they run out.

    `stages` are in order, each with its recorded time; `more` is by how much those of a stage that
    started them were lengthened.
    """
    found = []
    for place, (stage, at) in enumerate(stages):
        day, later = at.astimezone(zone()).date(), stages[place + 1 :]
        had = [name for name, _ in stages[:place]]
        for clock in clocks().get(kind, ()):
            if clock.after == stage and clock.law.holds(day) and clock.starts(had):
                met = next((when for name, when in later if name in clock.until), None)
                found.append(Running(clock, at, due(clock, at, (more or {}).get(stage, 0)), met))
    return sorted(found, key=lambda one: one.due.at)


def next_due(running: Iterable[Running], now: datetime) -> Running | None:
    """The clock that runs out first, of those not met; a right that was left is none any more."""
    ahead = (one for one in running if one.met is None)
    return next((one for one in ahead if one.outcome(now) is not None), None)
