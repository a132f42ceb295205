"""Whether a recall kept its deadlines, and how long each part of it took."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from ..times import zone
from .course import Course
from .levels import Deadlines, deadlines


class Kept(StrEnum):
    """What became of a deadline."""

    IN_TIME = "in time"
    LATE = "late"
    OPEN = "open"  # not done, and not due yet
    OVERDUE = "overdue"  # not done, and due


@dataclass(frozen=True, slots=True)
class Timing:
    """A recall's deadlines, and what became of them at a moment.

    `start` is about the order, `finish` about the closing; both None where the order's recorded
    time is not known. A holder is to acknowledge by `answer_due`: within the hours that the level
    gives for starting, from the order. No rule says so; it is how the tables tell late from early.
    `next_report` is the day by which who recalls reports to the authority next while it is under
    way, `closing_report` the one for its last report; None where the rule asks for none, or not
    now. Nobody records that they were made.
    """

    deadlines: Deadlines | None
    start: Kept | None
    finish: Kept | None
    answer_due: datetime | None
    next_report: date | None = None
    closing_report: date | None = None

    def answered(self, at: datetime | None, now: datetime) -> Kept | None:
        """What became of a holder's acknowledgement, recorded at a moment or not there yet."""
        return None if self.answer_due is None else kept(at, self.answer_due, now)


def kept(at: datetime | None, due: datetime, now: datetime) -> Kept:
    """What became of a deadline; the deadline itself is in time."""
    if at is None:
        return Kept.OPEN if now <= due else Kept.OVERDUE
    return Kept.IN_TIME if at <= due else Kept.LATE


def timing(course: Course, now: datetime) -> Timing:
    """The deadlines of a recall by the rule of its day."""
    found = due(course)
    if found is None or course.ordered is None:
        return Timing(None, None, None, None)
    closed = course.ended.at if course.ended is not None else None
    hours = found.rule.hours[found.level]
    return Timing(
        found,
        kept(course.ordered, found.start_due, now),
        kept(closed, found.finish_due, now),
        course.ordered + timedelta(hours=hours),
        _next_report(found, course, course.ordered, now),
        _closing_report(found, course, closed),
    )


def due(course: Course) -> Deadlines | None:
    """The deadlines of a recall; None where the order's recorded time is not known."""
    if course.ordered is None or course.act.level is None:
        return None
    return deadlines(course.act.level, course.known, course.ordered, course.planned)


def _next_report(found: Deadlines, course: Course, ordered: datetime, now: datetime) -> date | None:
    """The first day from today on that lies whole periods after the day of the order."""
    if found.rule.report_days is None or course.act.ended is not None:
        return None
    every = found.rule.report_days[found.level]
    start, today = (when.astimezone(zone()).date() for when in (ordered, now))
    periods = max(1, -((start - today).days // every))
    return start + timedelta(days=periods * every)


def _closing_report(found: Deadlines, course: Course, closed: datetime | None) -> date | None:
    days = found.rule.closing_days
    if days is None or closed is None or course.act.ending != "close":
        return None
    return closed.astimezone(zone()).date() + timedelta(days=days)


def lasted(start: datetime | None, end: datetime | None) -> timedelta | None:
    """How long something took; None where one end is not known."""
    return None if start is None or end is None else end - start
