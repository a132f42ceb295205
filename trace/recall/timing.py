"""Whether a recall kept its deadlines, and how long each part of it took."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

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
    """

    deadlines: Deadlines | None
    start: Kept | None
    finish: Kept | None
    answer_due: datetime | None

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
    if course.ordered is None or course.act.level is None:
        return Timing(None, None, None, None)
    found = deadlines(course.act.level, course.known, course.ordered)
    closed = course.ended.at if course.ended is not None else None
    hours = found.rule.hours[found.level]
    return Timing(
        found,
        kept(course.ordered, found.start_due, now),
        kept(closed, found.finish_due, now),
        course.ordered + timedelta(hours=hours),
    )


def lasted(start: datetime | None, end: datetime | None) -> timedelta | None:
    """How long something took; None where one end is not known."""
    return None if start is None or end is None else end - start
