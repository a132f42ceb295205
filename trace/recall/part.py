"""One party's part in a recall: what it has to account for, and what a report of it settles."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ..quantities import Quantity
from ..state import Act
from ..store.read import Reader
from .answers import Balance
from .course import Report, Said, quantity
from .lines import Item, Line
from .progress import progress
from .timing import Timing


@dataclass(frozen=True, slots=True)
class Part:
    """A party's lines in a recall, by item, and the recall's deadlines."""

    items: tuple[Item, ...]
    lines: Mapping[str, Line]
    timing: Timing
    reports: tuple[Report, ...]


def part(
    reader: Reader,
    act: Act,
    party: str,
    items: Collection[str],
    now: datetime,
    *,
    also: Sequence[Mapping[str, str]] = (),
) -> Part:
    """A party's part in these items of a recall; with `also`, as if it reported these amounts too.

    `also` are quantities as a report states them. Raises as `progress` does.
    """
    more = [_report(reader, party, also, now)] if also else []
    found = progress(reader, act, now, only=set(items), also=more)
    mine = next((h for h in found.holders if h.uri == party and not h.is_reported), None)
    lines = {} if mine is None else {line.item: line for line in mine.lines}
    return Part(found.items, lines, found.timing, () if mine is None else mine.reports)


def to_tell(balance: Balance, left: int) -> tuple[int, int]:
    """How much of its part a holder is to tell of, and how much more it may tell again.

    The first is what it had at the recall and took in since, less what it has passed on, used or
    lost by its own records; the second what it had sold or destroyed before, which a report of all
    that was ever sold names too.
    """
    passed = balance.sent + balance.returned + balance.used + balance.lost
    return left - passed, balance.had - left


def _report(
    reader: Reader, party: str, amounts: Sequence[Mapping[str, str]], now: datetime
) -> Report:
    found: dict[tuple[str, str], Quantity] = {}
    for one in amounts:
        exact = quantity(one["value"], one["unit"])
        if exact is not None:
            found[one["item"], one["kind"]] = exact
    return Report(Said(party, reader.size(), now), found, (), ())
