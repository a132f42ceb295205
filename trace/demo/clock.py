"""The demo's clocks: one that follows the story, and one for afterwards."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from ..steps import SHANGHAI

LENGTH = 30  # days before today on which the story begins
END = time(9, 30)  # of today, when it ends


class StoryClock:
    """A clock that stands where the story has come to."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.now = self.moment(LENGTH, "08:00")

    def __call__(self) -> datetime:
        """Now, in the story."""
        return self.now

    def moment(self, days: int, clock: str) -> datetime:
        """`clock` in Shanghai so many days before the story's today."""
        day = self.today - timedelta(days=days)
        return datetime.combine(day, time.fromisoformat(clock), SHANGHAI)


def after_story(today: date) -> Callable[[], datetime]:
    """The real clock, but never before the story's end."""
    end = datetime.combine(today, END, SHANGHAI).astimezone(UTC)
    return lambda: max(datetime.now(UTC), end)
