"""What came of handing a notice over, and how long to wait before another try."""

from dataclasses import dataclass

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0
FIRST, LONGEST = 30.0, HOUR  # seconds between two tries
LONGEST_SHARED = 5 * MINUTE  # so that a mail server that is back is soon used again
GIVEN_UP_AFTER = 7 * DAY  # since the notice was made


@dataclass(frozen=True, slots=True)
class Delivered:
    """The other side has taken it."""


@dataclass(frozen=True, slots=True)
class Postponed:
    """It failed in a way that may pass; `after` are the seconds that the other side asked for.

    `is_shared`: what it goes through failed, for all alike, and not where it goes to.
    """

    why: str
    after: float | None = None
    is_shared: bool = False


@dataclass(frozen=True, slots=True)
class GivenUp:
    """The other side will never take it: it is not asked again by itself."""

    why: str


@dataclass(frozen=True, slots=True)
class Untried:
    """There was no time for it: it is as due as before."""


Outcome = Delivered | Postponed | GivenUp | Untried


def pause(tries: int, failed: Postponed) -> float:
    """Seconds until the next try, after `tries` of them: doubled each time, an hour at most.

    What the other side asked for goes first, between a second and an hour.
    """
    if failed.after is not None:
        return min(max(failed.after, 1.0), LONGEST)
    longest = LONGEST_SHARED if failed.is_shared else LONGEST
    return float(min(FIRST * 2 ** min(max(tries - 1, 0), 20), longest))
