"""How often a label was scanned, and whether that can be one label: for its page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask import request

from suyuan.trace.format.times import from_micros, micros, parse, zone
from suyuan.trace.format.vocabulary import steps_of
from suyuan.trace.store.read.reread import aside
from suyuan.web.cache import cache_making, counting
from suyuan.web.cache.counting import Scannable
from suyuan.web.context import site
from suyuan.web.text import shown
from suyuan.web.text.record import Record
from suyuan.web.text.texts import Words
from suyuan.web.text.texts import Words as _l
from suyuan.web.text.words import own_step

from .facts import Facts
from .labels import Label, Standing

_WHY: dict[str, Words] = {
    "early": _l("It was scanned before it was issued."),
    "many": _l("It was scanned more often in one day than one label is."),
    "spread": _l("It was scanned by day and by night, at more hours than one household keeps."),
    "long": _l("It has been scanned over and over for days."),
    "late": _l("It is still scanned long after the food was sold or past its date."),
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """A label's scans for its page: how many, since when, which rules of copies they meet.

    `is_first`: whether nobody has scanned it before.
    """

    count: int
    is_first: bool
    since: str
    doubts: tuple[str, ...]

    @property
    def why_doubted(self) -> str:
        """Why the scans cannot be those of one label; empty where they can.

        A line of its own, and no colour: strangers make scans.
        """
        return shown.sentences(str(_WHY[name]) for name in self.doubts)


def of_label(
    code: str | None, label: Label | None, facts: Facts, records: Iterable[Record]
) -> Scanned | None:
    """Count the present request if it is a scan of a label; what is known of the label's scans."""
    if label is None or code is None or label.standing is Standing.UNKNOWN:
        return None
    of = Scannable(
        code,
        label.serial,
        is_issued=label.standing is not Standing.NOT_ISSUED,
        issued=None if label.issued is None else micros(label.issued),
        ended=_ended(facts, records),
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
    is_first, first, doubts = look
    return Scanned(number, is_first, shown.moment(from_micros(first)), doubts)


def _ended(facts: Facts, records: Iterable[Record]) -> date | None:
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
