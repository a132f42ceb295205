"""The way from the source to here, a line for each party."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from suyuan.trace.admission.state import coded
from suyuan.trace.format.times import parse
from suyuan.trace.format.vocabulary import steps_of
from suyuan.web.text import shown, words
from suyuan.web.text.names import Names
from suyuan.web.text.record import Record

MAX_WORDS = 5
_EXAMINING = steps_of("samples", "tests")
_ASIDE = steps_of("loses", "counts", "stores", "unpacks")  # what is no news on the way


@dataclass(slots=True)
class Stop:
    """One party on the way: when it was done with it, and what it did."""

    who: str
    until: str | None = None
    did: list[str] = field(default_factory=list)
    is_source: bool = False
    is_station: bool = False


def stops(records: Iterable[Record], names: Names) -> list[Stop]:
    """The parties of the events that stand, in the order in which each was done.

    First who coded what is the oldest here; who only examined the food was no station of its way.
    """
    found: dict[str, Stop] = {}
    for record in records:
        if record.event is None or record.link is None:
            continue
        if not record.is_good or record.is_withdrawn:
            continue
        stop = found.pop(record.actor, None) or Stop(names.of(record.actor))
        found[record.actor] = stop
        when = parse(record.event.get("eventTime"))
        stop.until = None if when is None else shown.local_day(when)
        step = words.own_step(record.event)
        stop.is_station |= step not in _EXAMINING
        stop.is_source |= bool(coded(record.link)) and not any(s.is_source for s in found.values())
        did = str(words.step_words(record.link, record.event))
        is_aside = step in _ASIDE
        if did not in stop.did and not is_aside and len(stop.did) < MAX_WORDS:
            stop.did.append(did)
    stations = [stop for stop in found.values() if stop.is_station]
    return sorted(stations, key=lambda stop: not stop.is_source)
