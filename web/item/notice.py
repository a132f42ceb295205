"""What a page says first, and beside it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to be said: `good`, `warn` or `bad`, a heading, a sentence, its details."""

    tone: str
    heading: str
    text: str
    detail: str | None = None
