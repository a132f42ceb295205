"""What a recall comes to: how much was secured and how fast, and whether it may be closed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.link import MAX_ENTRY
from suyuan.trace.format.messages import Message, msg
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.lineage.drawing.drawing_texts import amount

from .lines import Sum
from .progress import Progress

MOST = 250  # amounts that fit one entry beside the rest of it, with URIs of ordinary length
_ROOM = MAX_ENTRY * 3 // 4 - 2_000  # bytes of a statement: base64 takes a third more
_Amounts = Sequence[tuple[str, Quantity]]


@dataclass(frozen=True, slots=True)
class Share:
    """Of one unit, in its millionths; a share is None where there was nothing.

    `traced` is what became of what was produced; `secured` what was recovered or destroyed of what
    was within reach: not sold, used, lost or sent outside.
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
    """A recall's results by unit, answers of holders but its own orderer, times since ordered."""

    shares: tuple[Share, ...]
    holders: int
    acknowledged: int
    answered: int
    started: timedelta | None
    first_answer: timedelta | None
    all_acknowledged: timedelta | None
    last_report: timedelta | None
    closed: timedelta | None


@dataclass(frozen=True, slots=True)
class Closing:
    """What a recall can be closed with at present.

    `missing` nothing explains, by item, or by unit under the act's URI where it is too much for a
    link; `surplus` is beyond what was made; `unknown` says which amounts are not known.
    """

    missing: tuple[tuple[str, Quantity], ...]
    surplus: tuple[tuple[str, Quantity], ...]
    unknown: tuple[str, ...]

    @property
    def adds_up(self) -> bool:
        """Whether every quantity is known and explained."""
        return not (self.missing or self.surplus or self.unknown)

    def statement(self) -> list[Mapping[str, str]]:
        """`missing` as the statement has it."""
        return [{"item": item, **amount.to_dict()} for item, amount in self.missing]


class NotAdding(LedgerError):
    """Quantities of a recall do not add up."""

    def __init__(self, closing: Closing) -> None:
        parts = []
        if closing.missing:
            parts.append(msg("missing: %s", _listed(closing.missing)))
        if closing.surplus:
            listed = _listed(closing.surplus)
            parts.append(msg("more is reported than the ledger knows of: %s", listed))
        if closing.unknown:
            parts.append(msg("not known: %s", _more(closing.unknown[:1], len(closing.unknown) - 1)))
        super().__init__("the quantities do not add up. %s", parts)
        self.closing = closing


def effectiveness(progress: Progress) -> Effectiveness:
    """How much a recall secured, and how long that took."""
    course = progress.course
    holders = [
        holder
        for holder in progress.holders
        if not holder.is_reported and holder.is_asked and holder.uri != course.act.actor
    ]
    acknowledged = [h.acknowledged for h in holders if h.acknowledged is not None]
    times = [stated.at for stated in acknowledged if stated.at is not None]
    reports = [report.stated.at for report in course.reports if report.stated.at is not None]
    is_all = len(times) == len(holders)
    return Effectiveness(
        shares=tuple(_of(unit, total) for unit, total in progress.sums.items()),
        holders=len(holders),
        acknowledged=len(acknowledged),
        answered=sum(1 for holder in holders if holder.reports),
        started=_lasted(course.known, course.ordered),
        first_answer=_lasted(course.ordered, min([*times, *reports], default=None)),
        all_acknowledged=_lasted(course.ordered, max(times, default=None)) if is_all else None,
        last_report=_lasted(course.ordered, max(reports, default=None)),
        closed=_lasted(course.ordered, None if course.ended is None else course.ended.at),
    )


def percent(share: Fraction | None) -> str | None:
    """A share in per cent with one decimal, rounded down: 100.0 means all of it."""
    if share is None:
        return None
    tenths = share.numerator * 1000 // share.denominator
    return f"{tenths // 10}.{tenths % 10}"


def closing(progress: Progress) -> Closing:
    """What a recall's closing has to say, as of now."""
    missing: list[tuple[str, Quantity]] = []
    surplus: list[tuple[str, Quantity]] = []
    for item in progress.items:
        if item.sum is None or item.unit is None:
            continue
        # What one holder reports too much of makes up for nothing that another lacks.
        over = sum(max(-line.gap, 0) for line in item.lines)
        over = max(over, -item.sum.unsettled)
        gap = item.sum.unsettled + over
        if gap > 0:
            missing.append((item.item, Quantity(gap, item.unit)))
        if over > 0:
            surplus.append((item.item, Quantity(over, item.unit)))
    if not _fits(missing):
        by_unit: dict[str, int] = {}
        for _, amount in missing:
            by_unit[amount.unit] = by_unit.get(amount.unit, 0) + amount.micro
        missing = [(progress.act.uri, Quantity(n, unit)) for unit, n in sorted(by_unit.items())]
    return Closing(tuple(missing), tuple(surplus), tuple(progress.unknown))


def require(closing: Closing, reason: str | None, *, is_accepted: bool) -> None:
    """Raise NotAdding unless the recall may be closed: it adds up, or somebody says why not."""
    if not closing.adds_up and not (is_accepted and reason):
        raise NotAdding(closing)


def _of(unit: str, total: Sum) -> Share:
    secured = total.recovered + total.destroyed
    return Share(
        unit=unit,
        produced=total.produced,
        traced_amount=max(total.produced - abs(total.unsettled), 0),
        reachable=secured + total.remaining + max(total.unsettled, 0),
        secured_amount=secured,
    )


def _share(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


def _lasted(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start


def _fits(missing: _Amounts) -> bool:
    size = sum(len(item) + len(str(amount.micro)) + 50 for item, amount in missing)
    return len(missing) <= MOST and size <= _ROOM


def _listed(amounts: _Amounts) -> Message:
    listed = [msg("%s of %s", amount(quantity), item) for item, quantity in amounts[:3]]
    return _more(listed, len(amounts) - 3)


def _more(listed: Sequence[object], more: int) -> Message:
    return (
        msg("%s and %s more", listed, more) if more > 0 else Message("%(text)s", {"text": listed})
    )
