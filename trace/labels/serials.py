"""The lists of serials that `labels` statements commit to, kept beside the ledger."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..errors import LedgerError
from ..identifiers import codes
from ..log.merkle import root_of_texts


def new(count: int) -> list[str]:
    """`count` fresh serials, in byte order."""
    found: set[str] = set()
    while len(found) < count:
        found.add(codes.new_serial())
    return sorted(found)


def keep(home: Path, serials: Sequence[str]) -> str:
    """Keep a list, durable on return, under its root (hex), which is returned."""
    root = root_of_texts(serials).hex()
    folder = home / "labels"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{root}.part"
        with part.open("w", encoding="ascii") as file:
            file.write("".join(f"{serial}\n" for serial in sorted(serials)))
            file.flush()
            os.fsync(file.fileno())
        part.replace(folder / f"{root}.txt")
    except OSError as error:
        raise LedgerError(f"the list of serials cannot be kept: {error}") from None
    return root


def has(home: Path, root: str) -> bool:
    """Whether there is a file under this root, be it what it was or not."""
    return (home / "labels" / f"{root}.txt").exists()


def find(home: Path, root: str) -> list[str] | None:
    """The list with this root; None where it is not here or is another list by now."""
    try:
        found = (home / "labels" / f"{root}.txt").read_text(encoding="ascii").split()
    except (OSError, UnicodeDecodeError):
        return None
    return found if root_of_texts(found).hex() == root else None
