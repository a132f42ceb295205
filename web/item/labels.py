"""Whether a label's serial was issued by the holder whose code it carries, and its scans."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum
from functools import lru_cache
from pathlib import Path

from flask import request

from suyuan.trace.format.times import from_micros, micros, parse, zone
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.store.files import serials
from suyuan.trace.store.read.reread import aside
from suyuan.web.cache import cache_making, counting
from suyuan.web.cache.cache_making import stamp
from suyuan.web.cache.counting import Scannable
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.record import Record
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.words import own_step

from .facts import Facts

_WHY_NOT_ONE: dict[str, Words] = {
    "early": _l("It was scanned before it was issued."),
    "many": _l("It was scanned more often in one day than one label is."),
    "spread": _l("It was scanned by day and by night, at more hours than one household keeps."),
    "long": _l("It has been scanned over and over for days."),
    "late": _l("It is still scanned long after the food was sold or past its date."),
}


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
        version = stamp(home / "labels" / f"{body['root']}.txt")
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


@dataclass(frozen=True, slots=True)
class Scanned:
    """A label's scans for its page: how many, since when, which rules of copies they meet.

    `is_first`: whether nobody has scanned it before.
    """

    count: int
    is_first: bool
    since: str
    rules: tuple[str, ...]

    @property
    def why_doubted(self) -> str:
        """Why the scans cannot be those of one label; empty where they can.

        A line of its own, and no colour: strangers make scans.
        """
        return shown.sentences(str(_WHY_NOT_ONE[name]) for name in self.rules)


def scans_of(
    code: str | None, label: Label | None, facts: Facts, records: Iterable[Record]
) -> Scanned | None:
    """The scans of a label, the present request counted if it is one; None where none are known."""
    if label is None or code is None or label.standing is Standing.UNKNOWN:
        return None
    of = Scannable(
        code,
        label.serial,
        is_issued=label.standing is not Standing.NOT_ISSUED,
        issued=None if label.issued is None else micros(label.issued),
        ended=_last_sold(facts, records),
    )
    making = cache_making.present()
    asker = counting.scanner(request.environ) if making is None else making.asker
    with aside():
        scans = of.scans(counting.counter(), site().ledger.now(), asker)
    look = of.look(scans)
    number = 0 if scans is None else scans.count
    if making is not None:
        number = making.counted(of, None if scans is None else number, look)
    if look is None:
        return None
    is_first, first, rules = look
    return Scanned(number, is_first, shown.moment(from_micros(first)), rules)


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
