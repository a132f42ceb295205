"""Of which chain a label is that somebody knows by its serial alone; hints, believed by nobody.

A line is a serial and its chain's code; a file has those that begin alike. Whoever reads one looks
the serial up in the signed list that its chain has. What was drafted and never signed stays here
until the home is made anew: 31 bytes a label, within what a party may draft in a day.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from suyuan.trace.format.errors import LedgerError

_SAME = 2  # characters with which the serials of a file begin
LEAST = 4  # of a serial, to look for
MOST = 50


def note(home: Path, code: str, serials: Sequence[str]) -> None:
    """Note that these serials are of the chain with this code."""
    folder = home / "labels" / "index"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for start, same in groupby(sorted(serials), key=lambda serial: serial[:_SAME]):
            with (folder / start).open("a", encoding="ascii") as file:
                file.write("".join(f"{serial} {code}\n" for serial in same))
    except OSError as error:
        raise LedgerError("the list of serials cannot be kept: %s", error) from None


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
