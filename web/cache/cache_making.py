"""Notes of all that a page to be kept was made from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from flask import has_request_context, request

from suyuan.trace.store.files.attachments import Attachments, FileState
from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.reread import Kept, Reads

from .asof import AsOf
from .cache_pieces import Tokens
from .counting import Look, Scannable

ENVIRON = "suyuan.making"
_NAMES = ("size", "checkpoint", "checkpoint_time", "witnessed", "witnessed_time", "scans")
Stamp = tuple[int, int, int] | None
Watched = tuple[Callable[[Any], object], Path | str, object]  # what to ask, of what, the answer


@dataclass(slots=True)
class Making:
    """One page being made for the cache: what it says of now, and what it was made from.

    Where its texts change with every answer it has the tokens' numbers instead.
    """

    asker: str | None  # whose scan it is, if it is one
    tokens: Tokens = field(default_factory=lambda: Tokens(_NAMES))
    is_made: bool = False
    as_of: AsOf | None = None
    today: date | None = None
    scannable: Scannable | None = None
    look: Look | None = None
    scans: int | None = None
    watched: dict[tuple[str, object], Watched] = field(default_factory=dict)
    read: Kept | None = None

    def shown(self, as_of: AsOf) -> AsOf:
        """The AsOf to show on the page: the tokens' numbers for its texts."""
        self.as_of = as_of
        if as_of.size == 1:  # which has words of its own
            return as_of
        text = self.tokens.text
        return AsOf(
            size=self.tokens.number["size"],
            checkpoint=as_of.checkpoint and text("checkpoint"),
            checkpoint_time=as_of.checkpoint_time and text("checkpoint_time"),
            witnessed=as_of.witnessed and text("witnessed"),
            witnessed_time=as_of.witnessed_time and text("witnessed_time"),
            is_good=as_of.is_good,
        )

    def counted(self, scannable: Scannable, scans: int | None, look: Look | None) -> int:
        """The number of scans to show on the page: a token's."""
        self.scannable, self.scans, self.look = scannable, scans, look
        return self.tokens.number["scans"]

    def watch(self, ask: Callable[[Any], object], of: Path | str, answer: object) -> None:
        """Note the answer to a question about a file, which must be the same when asked again."""
        self.watched[ask.__name__, of] = ask, of, answer

    def texts(self) -> dict[str, str]:
        """The texts that belong where the tokens' numbers are."""
        texts = {} if self.as_of is None else self.as_of.texts()
        return texts if self.scans is None else {**texts, "scans": str(self.scans)}


def present() -> Making | None:
    """The present request's Making; None where the cache did not ask for the page."""
    making = request.environ.get(ENVIRON) if has_request_context() else None
    return making if isinstance(making, Making) else None


@contextmanager
def noting(reader: Reader) -> Iterator[Making | None]:
    """Note what is read while a page is made, if it is made for the cache."""
    making = present()
    reads = None if making is None else Reads(reader)
    with nullcontext() if reads is None else reads.noting():
        yield making
    if making is not None and making.is_made and reads is not None:
        making.read = reads.kept()


class Files:
    """Attachments for a page, noted where it is made for the cache."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments

    def get(self, name: str) -> bytes | None:
        """The content with this SHA-256; None where it is not here or is not that content."""
        content = self._attachments.get(name)
        _watch(self.has_good, name, content is not None)
        return content

    def has_good(self, name: str) -> bool:
        """Whether it is here and is that content."""
        return self._attachments.get(name) is not None

    def look(self, name: str) -> FileState:
        """Whether it is here, as Attachments.look says."""
        state = self._attachments.look(name)
        _watch(self._attachments.look, name, state)
        return state


def _watch(ask: Callable[[Any], object], of: Path | str, answer: object) -> None:
    making = present()
    if making is not None:
        making.watch(ask, of, answer)


def stamp_of(path: Path) -> Stamp:
    """A file's time, size and inode, by which a change is told; None where it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def stamp(path: Path) -> Stamp:
    """The `stamp_of` a file, noted."""
    current = stamp_of(path)
    _watch(stamp_of, path, current)
    return current
