"""Whether a label's serial was issued by the holder whose code it carries."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path

from suyuan.trace.format.times import micros, parse, zone
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.store.files import serials
from suyuan.web.cache.counting import Scannable
from suyuan.web.cache.making import stamp, watched
from suyuan.web.text.record import Record
from suyuan.web.text.words import own_step

from .facts import Facts


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
        body = None if record.link is None else record.link.statement
        if body is None or body["type"] != "labels" or not record.is_good or record.actor != actor:
            continue
        version = watched(stamp, home / "labels" / f"{body['root']}.txt")
        listed = _read(home, str(body["root"]), *version) if isinstance(version, tuple) else None
        if listed is None:
            is_complete = False
            if body["op"] == "void" and label.standing is Standing.ISSUED:
                label = Label(serial, Standing.UNKNOWN)
        elif serial in listed:
            standing = Standing.ISSUED if body["op"] == "issue" else Standing.VOID
            label = Label(serial, standing, record)
    if label.standing is Standing.NOT_ISSUED and not is_complete:
        return Label(serial, Standing.UNKNOWN)
    return label


@lru_cache(maxsize=64)
def _read(home: Path, root: str, *_version: int) -> frozenset[str] | None:
    """The list with this root; read anew when its file is another."""
    listed = serials.find(home, root)
    return None if listed is None else frozenset(listed)


def scannable(
    code: str | None, label: Label | None, facts: Facts, records: Iterable[Record]
) -> Scannable | None:
    """A label whose scans are counted; None where it is not known to be one."""
    if label is None or code is None or label.standing is Standing.UNKNOWN:
        return None
    return Scannable(
        code,
        label.serial,
        is_issued=label.standing is not Standing.NOT_ISSUED,
        issued=None if label.issued is None else micros(label.issued),
        ended=_last_sold(facts, records),
    )


def _last_sold(facts: Facts, records: Iterable[Record]) -> date | None:
    """The last day on which the food was sold, or its best-before date: the later of the two."""
    days = [] if facts.best_before is None else [facts.best_before]
    for record in records:
        if (
            record.event is None
            or record.is_withdrawn
            or own_step(record.event) not in steps_of("sells")
        ):
            continue
        when = parse(record.event.get("eventTime"))
        if when is not None and 1 < when.year < 9999:
            days.append(when.astimezone(zone()).date())
    return max(days, default=None)
