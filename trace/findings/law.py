"""Laws and the days on which they hold: the sources of deadlines and tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Law:
    """A source and the days on which it holds, the first and the last; `last` None while it does.

    `read` is the day on which its own text was read for this program; None where it was not, and
    only reports of it were.
    """

    source: str
    since: date
    last: date | None = None
    read: date | None = None

    @property
    def cited(self) -> str:
        """The source as it is shown, with the day on which it was read."""
        how = "as reported: its text was not read" if self.read is None else f"read {self.read}"
        return f"{self.source} ({how})"

    def holds(self, day: date) -> bool:
        """Whether it holds on a day."""
        return self.since <= day and (self.last is None or day <= self.last)


def of_entry(entry: Mapping[str, Any]) -> Law:
    """The law of a table's entry; one that names no first day has always held."""
    last = entry.get("last")
    return Law(
        entry.get("source", ""),
        date.fromisoformat(entry["since"]) if "since" in entry else date.min,
        None if last is None else date.fromisoformat(last),
    )
