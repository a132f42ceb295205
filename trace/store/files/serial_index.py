"""Of which chain a label is that somebody knows by its serial alone; hints, believed by nobody.

A line is a serial and its chain's code; a file has those that begin alike. Whoever reads one looks
the serial up in the signed list that its chain has.
"""

import fcntl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from suyuan.trace.format.errors import LedgerError

from .durable import replace

_SAME = 2  # characters with which the serials of a file begin
LEAST = 4  # of a serial, to look for
MOST = 50


def note(home: Path, code: str, serials: Sequence[str]) -> None:
    """Note that these serials are of the chain with this code."""
    try:
        with _locked(home) as folder:
            for start, same in _by_file(serials):
                with (folder / start).open("a", encoding="ascii") as file:
                    file.write("".join(f"{serial} {code}\n" for serial in same))
    except OSError as error:
        raise LedgerError("the list of serials cannot be kept: %s", error) from None


def forget(home: Path, serials: Sequence[str]) -> None:
    """Take back what was noted of these serials, which nobody has signed; OSError."""
    with _locked(home) as folder:
        for start, same in _by_file(serials):
            path, gone = folder / start, set(same)
            if path.exists():
                lines = path.read_text("ascii").splitlines(keepends=True)
                left = "".join(line for line in lines if line.split(" ")[0] not in gone)
                replace(path, left.encode())


def _by_file(serials: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    for start, same in groupby(sorted(serials), key=lambda serial: serial[:_SAME]):
        yield start, list(same)


@contextmanager
def _locked(home: Path) -> Iterator[Path]:
    """The folder of the index, which nobody else changes meanwhile."""
    folder = home / "labels" / "index"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def beginning(home: Path, part: str) -> Iterator[tuple[str, str]]:
    """The serials that begin so, with the codes of their chains; at most MOST."""
    if len(part) < LEAST:
        return
    try:
        with (home / "labels" / "index" / part[:_SAME]).open(encoding="ascii") as file:
            matching = (line.split() for line in file if line.startswith(part))
            for _number, words in zip(range(MOST), matching, strict=False):
                if len(words) == 2:
                    yield words[0], words[1]
    except (OSError, UnicodeDecodeError):
        return
