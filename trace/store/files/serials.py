"""The lists of serials that `labels` statements commit to; those of which none is signed go."""

import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.members import digest
from suyuan.trace.log.merkle import root_of_texts

from ..read.reader import Reader
from . import serial_index
from .durable import replace

KEPT = timedelta(days=7)  # as long as attachments that no link names


def new(count: int) -> list[str]:
    """`count` fresh serials, in byte order."""
    serials: set[str] = set()
    while len(serials) < count:
        serials.add(codes.new_serial())
    return sorted(serials)


def keep(home: Path, serials: Sequence[str]) -> str:
    """Keep a list, durable on return, under its root (hex), which is returned."""
    root = root_of_texts(serials).hex()
    folder = home / "labels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        replace(folder / f"{root}.txt", "".join(f"{s}\n" for s in sorted(serials)).encode())
    except OSError as error:
        raise LedgerError("the list of serials cannot be kept: %s", error) from None
    return root


def has(home: Path, root: str) -> bool:
    """Whether there is a file under this root, be it what it was or not."""
    return _path(home, root).exists()


def _path(home: Path, root: str) -> Path:
    return home / "labels" / f"{root}.txt"


def find(home: Path, root: str) -> list[str] | None:
    """The list with this root; None where it is not here or is another list by now."""
    try:
        serials = _path(home, root).read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return None
    return serials if root_of_texts(serials).hex() == root else None


def keep_draft(home: Path, item: str, actor: str, serials: Sequence[str]) -> None:
    """Keep a list as `keep`, and for whose statement about what it is."""
    root = keep(home, serials)
    serial_index.note(home, codes.of_chain(item, actor), serials)
    folder = home / "labels" / "drafted"
    try:
        folder.mkdir(exist_ok=True)
        replace(folder / root, f"{item}\n{actor}\n".encode())
    except OSError as error:
        raise LedgerError("the list of serials cannot be kept: %s", error) from None


def sweep_drafts(reader: Reader, home: Path) -> int:
    """Remove the lists, older than KEPT, of which no statement was signed; how many."""
    oldest = time.time() - KEPT.total_seconds()
    gone, drafts = 0, home / "labels" / "drafted"
    for path in sorted(drafts.iterdir()) if drafts.is_dir() else ():
        if not digest(path.name):
            continue
        with suppress(OSError, ValueError):
            if path.stat().st_mtime > oldest:
                continue
            item, actor = path.read_text("ascii").split()
            issued = reader.chain_statements(item, actor, "labels")
            if all(statement["root"] != path.name for _, statement in issued):
                serial_index.forget(home, find(home, path.name) or ())
                _path(home, path.name).unlink(missing_ok=True)
                gone += 1
            path.unlink()
    return gone
