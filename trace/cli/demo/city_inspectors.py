"""The demo's inspectors: persons of its office, who inspected a stall this morning."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import count

from suyuan.trace.admission import acts
from suyuan.trace.admission.offices import INSPECTORS
from suyuan.trace.format.members import Object
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import hide
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection import counter, inspectors
from suyuan.trace.inspection.counter import Inspection
from suyuan.trace.ledger.ledger import Ledger

from .cast import Cast, data_of


def registered(cast: Cast, key: str, ledger: Ledger, now: datetime) -> Iterator[Object]:
    """By its office: a person's admission with the name hidden, its certificate and mandate."""
    person, office = cast.parties[key], cast.parties[cast.parties[key].part_of]
    salts = (cast.draw(f"salt:{key}:{number}", 32) for number in count())
    private, stored = hide({"/name": person.name}, lambda length: next(salts)[:length])
    admitted = acts.admit(
        person.uri, person.name, list(INSPECTORS), office.division, part_of=office.uri
    )
    del admitted["name"]
    audience = Audience.of(person.uri, office.uri)
    ledger.disclosures.keep([Kept(text, office.uri, audience) for text in stored], now)
    yield admitted | {"suyuan:private": private}
    number, day = data_of("city")["certificates"][key].split()
    last = cast.day(day)
    yield inspectors.certificate(person.uri, number, last)
    yield inspectors.mandate(office.uri, person.uri, now, last)


def inspected(
    cast: Cast,
    load: Iterable[str],
    now: datetime,
    *,
    at: str,
    persons: str,
    fails: str = "",
    note: str = "",
) -> Object:
    """The event of an inspection by these persons of a lot at a counter, or of the shop itself.

    All was right but the check that it `fails`; a shop's is signed by nobody there, as `note` says.
    """
    every = dict.fromkeys(("licence", "purchases", "certificates", "expiry", "stopped"), "pass")
    item = next((cast.items[key] for key in load), None)
    found = Inspection(
        item,
        cast.parties[at].uri,
        note=note,
        checks=every | ({fails: "fail"} if fails else {}),
        inspectors=[cast.parties[key].uri for key in persons.split()],
        is_unsigned=item is None,
    )
    return counter.event(found, now)
