"""Lists of serials that were made for statements which somebody is about to sign.

A list is kept before the statement that names it is signed; where nobody ever signs, it goes.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from ..durable import replace
from ..errors import LedgerError
from ..link import parse
from ..members import digest
from ..rules import Refused
from ..store.read import Reader
from . import serials

KEPT = timedelta(days=7)  # as long as attachments that no link names


def keep(home: Path, item: str, actor: str, found: Sequence[str]) -> None:
    """Keep a list as `serials.keep`, and for whose statement about what it is."""
    root = serials.keep(home, found)
    folder = home / "labels" / "drafted"
    try:
        folder.mkdir(exist_ok=True)
        replace(folder / root, f"{item}\n{actor}\n".encode())
    except OSError as error:
        raise LedgerError(f"the list of serials cannot be kept: {error}") from None


def sweep(reader: Reader, home: Path, now: float | None = None) -> int:
    """Remove the lists, older than KEPT, of which no statement was signed; how many.

    `now` in seconds, as files' times are.
    """
    oldest = (time.time() if now is None else now) - KEPT.total_seconds()
    gone = 0
    for path in _marks(home / "labels" / "drafted"):
        with suppress(OSError, ValueError):
            if path.stat().st_mtime > oldest:
                continue
            item, actor = path.read_text("ascii").split()
            if path.name not in _roots(reader, item, actor):
                (home / "labels" / f"{path.name}.txt").unlink(missing_ok=True)
                gone += 1
            path.unlink()
    return gone


def _marks(folder: Path) -> Iterator[Path]:
    try:
        found = list(folder.iterdir())
    except OSError:
        return
    yield from (path for path in found if digest(path.name))


def _roots(reader: Reader, item: str, actor: str) -> Iterator[str]:
    for _, stored in reader.chain_links(item, actor):
        if stored is not None:
            with suppress(Refused):
                said = parse(stored.entry).statement
                if said is not None and said["type"] == "labels":
                    yield str(said["root"])
