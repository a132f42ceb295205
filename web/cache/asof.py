"""The parts of a page about the ledger as a whole, which every appended link changes."""

from dataclasses import dataclass
from functools import lru_cache

from suyuan.keys.notes import VerifierKey
from suyuan.trace.format.times import from_micros
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.read.log_reader import StoredCheckpoint
from suyuan.trace.store.read.reread import Live
from suyuan.web.text import shown


@dataclass(frozen=True, slots=True)
class AsOf:
    """A page's size, checkpoint and witnessed checkpoint; `is_good` whether the log signed it.

    All but the size are texts; None where there is none.
    """

    size: int
    checkpoint: str | None
    checkpoint_time: str | None
    witnessed: str | None
    witnessed_time: str | None
    is_good: bool

    @property
    def kind(self) -> tuple[bool, ...]:
        """The parts by which pages differ in more than these texts."""
        optional = (self.checkpoint, self.witnessed_time)
        return (self.is_good, self.size == 1, *(value is None for value in optional))

    def texts(self) -> dict[str, str]:
        """The texts by name, of those that are there."""
        named = {
            "size": str(self.size),
            "checkpoint": self.checkpoint,
            "checkpoint_time": self.checkpoint_time,
            "witnessed": self.witnessed,
            "witnessed_time": self.witnessed_time,
        }
        return {name: text for name, text in named.items() if text is not None}


def as_of(live: Live, log: VerifierKey, *, in_chinese: bool) -> AsOf:
    """The AsOf of what is newest.

    Raises OverflowError or TypeError where a commit time in the database was changed.
    """
    newest, witnessed = live.checkpoint, live.kept
    return AsOf(
        size=live.size,
        checkpoint=None if newest is None else str(newest.size),
        checkpoint_time=None if newest is None else _time(newest.committed, in_chinese),
        witnessed=None if witnessed is None else str(witnessed.size),
        witnessed_time=_witnessed_time(witnessed, in_chinese),
        is_good=newest is not None
        and newest.size == live.size
        and _is_signed(newest.note, newest.size, log),
    )


@lru_cache(maxsize=64)
def _is_signed(note: str, size: int, log: VerifierKey) -> bool:
    try:
        return open_checkpoint(note, log).size == size
    except LogError:
        return False


def _witnessed_time(witnessed: StoredCheckpoint | None, in_chinese: bool) -> str | None:
    try:
        return None if witnessed is None else _time(witnessed.committed, in_chinese)
    except (OverflowError, TypeError):  # of a column that was changed
        return None


def _time(micros: int, in_chinese: bool) -> str:
    return shown.moment(from_micros(micros), in_chinese=in_chinese)
