"""How well a recall worked: how much of the quantity was found, and how long that took."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from .lines import Sum
from .progress import Progress
from .timing import lasted


@dataclass(frozen=True, slots=True)
class Share:
    """Of one unit: amounts in its millionths; a share is None where there was nothing.

    `traced` is that part of what was produced of which it is known what became of it. `secured`
    is that part of what was still within reach (not sold, used, lost or sent outside) which was
    recovered or destroyed.
    """

    unit: str
    produced: int
    traced_amount: int
    reachable: int
    secured_amount: int

    @property
    def traced(self) -> Fraction | None:
        """Between 0 and 1."""
        return _share(self.traced_amount, self.produced)

    @property
    def secured(self) -> Fraction | None:
        """Between 0 and 1."""
        return _share(self.secured_amount, self.reachable)


@dataclass(frozen=True, slots=True)
class Effectiveness:
    """A recall's results: shares by unit, answers counted, and times from the order on.

    `started` is from knowing to the order. Holders are those that the ledger says had something
    left, or on its way to them, since the order; the one who ordered needs no acknowledgement.
    """

    shares: tuple[Share, ...]
    holders: int
    acknowledged: int
    answered: int
    started: timedelta | None
    first_answer: timedelta | None
    all_acknowledged: timedelta | None
    last_report: timedelta | None
    closed: timedelta | None


def effectiveness(found: Progress) -> Effectiveness:
    """What a recall's progress comes to."""
    course = found.course
    asked = [
        holder for holder in found.holders
        if not holder.is_reported and holder.is_asked
        and holder.uri != course.act.actor
    ]  # fmt: skip
    acknowledged = [h.acknowledged for h in asked if h.acknowledged is not None]
    times = [said.at for said in acknowledged if said.at is not None]
    reports = [report.said.at for report in course.reports if report.said.at is not None]
    answers = [*times, *reports]
    is_all = len(times) == len(asked)
    return Effectiveness(
        shares=tuple(_of(unit, total) for unit, total in found.sums.items()),
        holders=len(asked),
        acknowledged=len(acknowledged),
        answered=sum(1 for holder in asked if holder.reports),
        started=lasted(course.known, course.ordered),
        first_answer=_after(course.ordered, answers, first=True),
        all_acknowledged=_after(course.ordered, times) if is_all else None,
        last_report=_after(course.ordered, reports),
        closed=lasted(course.ordered, None if course.ended is None else course.ended.at),
    )


def _of(unit: str, total: Sum) -> Share:
    open_amount = max(total.unaccounted, 0)
    secured = total.recovered + total.destroyed
    return Share(
        unit=unit,
        produced=total.produced,
        traced_amount=max(total.produced - abs(total.unaccounted), 0),
        reachable=secured + total.remaining + open_amount,
        secured_amount=secured,
    )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


def _after(
    ordered: datetime | None, times: list[datetime], *, first: bool = False
) -> timedelta | None:
    if not times:
        return None
    return lasted(ordered, min(times) if first else max(times))


def percent(share: Fraction | None) -> str | None:
    """A share in per cent with one decimal, rounded down: 100.0 means all of it."""
    if share is None:
        return None
    tenths = share.numerator * 1000 // share.denominator
    return f"{tenths // 10}.{tenths % 10}"
