"""The error family of the log's parsers."""

from collections.abc import Iterator
from contextlib import contextmanager

from suyuan.keys.errors import NoteError
from suyuan.trace.format.errors import MessageError


class LogError(MessageError):
    """A checkpoint or tree that is malformed or does not verify."""


class ClockError(LogError):
    """A witness's clock and ours differ; `seconds` is by how much its is ahead."""

    def __init__(self, seconds: int) -> None:
        super().__init__(
            f"a cosignature whose time is {seconds} seconds from ours: see to the clocks"
        )
        self.seconds = seconds


@contextmanager
def note_errors() -> Iterator[None]:
    """A block in which a note or key that is malformed, or does not verify, is a LogError."""
    try:
        yield
    except NoteError as error:
        raise LogError(error) from None
