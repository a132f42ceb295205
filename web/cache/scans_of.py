"""What the scans of one label mean for its page."""

from dataclasses import dataclass
from datetime import date, datetime

from suyuan.trace.findings import label_copies
from suyuan.trace.findings.label_copies import Scans
from suyuan.web.cache.counting import Counter

Look = tuple[bool, int, tuple[str, ...]]  # nobody's before, the first one's instant, doubts


@dataclass(frozen=True, slots=True)
class Scannable:
    """A label whose scans are counted: by whose code, and what its scans are compared with.

    `issued` is when it was issued (microseconds UTC), `ended` the last day on which the food was
    sold, or its best-before date where that is later; None where that is not known.
    """

    code: str
    serial: str
    is_issued: bool
    issued: int | None
    ended: date | None

    def scans(self, counter: Counter, now: datetime, asker: str | None) -> Scans | None:
        """What is known of its scans, the present one counted if an address is given."""
        if asker is not None:
            counter.count(self.code, self.serial, now, is_issued=self.is_issued, asker=asker)
        return counter.of(self.code, self.serial)

    def look(self, scans: Scans | None) -> Look | None:
        """What the page says of the scans besides their number; None where there are none."""
        if scans is None:
            return None
        doubts = label_copies.rules_met(scans, issued=self.issued, ended=self.ended)
        return scans.count <= 1, scans.first, tuple(doubts)
