"""How many alarms and disclosures audits have seen: fewer are an old copy, whatever its seals say.

Kept in a file of the home, where who writes the database alone cannot put an old one back.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from suyuan.trace.store.beside.sealed_rows import counted
from suyuan.trace.store.files.durable import replace
from suyuan.trace.store.read.reader import Reader

FILE = "audit.counts"
GROWING = ("alarm", "disclosure")  # whose rows are never taken away


def fallen(reader: Reader, home: Path) -> Iterator[str]:
    """What is wrong with the counts, by what audits saw before; keeps the higher ones."""
    before, now = _load(home), {name: counted(reader.connection, name) for name in GROWING}
    for name, total in now.items():
        if total is not None and total < before.get(name, 0):
            yield (
                f"table {name}: {total} rows, and an audit has seen {before[name]}: an old copy "
                "was put back, see `suyuan reseal`"
            )
    seen = {name: max(before.get(name, 0), total or 0) for name, total in now.items()}
    if seen != before:
        with suppress(OSError):  # then the next audit knows less
            replace(home / FILE, json.dumps(seen).encode())


def forget(home: Path) -> None:
    """Begin anew, where the operator believes that there are fewer."""
    (home / FILE).unlink(missing_ok=True)


def _load(home: Path) -> dict[str, int]:
    try:
        counts = json.loads((home / FILE).read_bytes())
        return {name: int(counts[name]) for name in GROWING}
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        return {}
