"""A page that is made to be kept, and notes of all that it was made from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from flask import has_request_context, request

from suyuan.trace.store.read.reader import Reader
from suyuan.trace.store.read.reread import Kept, Live, Reads

from .counting import Scannable
from .pieces import Pieces

ENVIRON = "suyuan.page"
Stamp = tuple[int, int, int] | None
Question = tuple[Callable[[Any], object], object]  # what to ask, of what
T = TypeVar("T")


@dataclass(slots=True)
class Page:
    """A consumer page, with marks for what it says of now, and all that it was made from.

    `live` is as of which it was made, and None until it is.
    """

    live: Live | None = None
    is_signed: bool = False
    today: date | None = None
    scannable: Scannable | None = None
    read: Kept | None = None
    watched: dict[Question, object] = field(default_factory=dict)
    pieces: Pieces = ()
    headers: tuple[tuple[str, str], ...] = ()
    size: int = 0  # in memory, about


def present() -> Page | None:
    """The page that the present request makes for the cache; None where it asks for none."""
    page = request.environ.get(ENVIRON) if has_request_context() else None
    return page if isinstance(page, Page) else None


@contextmanager
def noting(reader: Reader) -> Iterator[Page | None]:
    """Note what is read while a page is made, if it is made for the cache."""
    page = present()
    reads = None if page is None else Reads(reader)
    with nullcontext() if reads is None else reads.noting():
        yield page
    if page is not None and page.live is not None and reads is not None:
        page.read = reads.kept()


def watched(ask: Callable[[Any], T], of: object) -> T:
    """The answer to a question about a file, noted: asked again it must be the same."""
    answer = ask(of)
    page = present()
    if page is not None:
        page.watched.setdefault((ask, of), answer)
    return answer


def stamp(path: Path) -> Stamp:
    """A file's time, size and inode, by which a change is told; None where it is not there."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
