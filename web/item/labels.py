"""Whether a label's serial was issued by the holder whose code it carries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path

from suyuan.trace.store.files import serials
from suyuan.web.cache.cache_making import stamp
from suyuan.web.text.record import Record


class Standing(Enum):
    """What the holder's statements say of one serial."""

    ISSUED = "issued"
    VOID = "void"
    NOT_ISSUED = "not issued"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Label:
    """A label's serial and what is known of it, with the record that says so."""

    serial: str
    standing: Standing
    record: Record | None = None

    @property
    def issued(self) -> datetime | None:
        """When its issuing was recorded, where it was issued and stands."""
        is_issued = self.standing is Standing.ISSUED and self.record is not None
        return self.record.checked.recorded if is_issued and self.record is not None else None


def find(
    home: Path, actor: str | None, serial: str, records: Iterable[Record], *, is_whole: bool
) -> Label:
    """What the holder's own statements about the item say of a serial, the last one last.

    UNKNOWN where no list has the serial, and one that a statement commits to is not here or,
    with `is_whole` False, a statement may be missing; and where a list of labels withdrawn later
    is not here.
    """
    label = Label(serial, Standing.NOT_ISSUED)
    is_complete = is_whole
    for record in records:
        said = None if record.link is None else record.link.statement
        if said is None or said["type"] != "labels" or not record.is_good or record.actor != actor:
            continue
        listed = _list(home, str(said["root"]))
        if listed is None:
            is_complete = False
            if said["op"] == "void" and label.standing is Standing.ISSUED:
                label = Label(serial, Standing.UNKNOWN)
        elif serial in listed:
            standing = Standing.ISSUED if said["op"] == "issue" else Standing.VOID
            label = Label(serial, standing, record)
    if label.standing is Standing.NOT_ISSUED and not is_complete:
        return Label(serial, Standing.UNKNOWN)
    return label


def _list(home: Path, root: str) -> frozenset[str] | None:
    """The list with this root; read anew when its file is another."""
    found = stamp(home / "labels" / f"{root}.txt")
    return _read(home, root, *found) if isinstance(found, tuple) else None


@lru_cache(maxsize=64)
def _read(home: Path, root: str, *_version: int) -> frozenset[str] | None:
    found = serials.find(home, root)
    return None if found is None else frozenset(found)
