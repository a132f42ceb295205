"""Thirty days ago: the authority founds the ledger, and everyone is admitted."""

from .. import acts
from ..members import Object
from . import parties as p
from .products import PRODUCTS
from .telling import Moments, Teller


def founding(t: Teller) -> Moments:
    """The first morning: admissions and first keys, the market's office as registrar."""
    yield 30, "08:30"
    t.state(p.AUTHORITY, _admission(t, p.AUTHORITY))
    for resident in p.RESIDENTS:
        if resident.part_of or resident.key == p.AUTHORITY:
            continue
        t.state(p.AUTHORITY, _admission(t, resident.key))
        t.state(p.AUTHORITY, _first_key(t, resident.key))
    yield 30, "10:00"
    stalls = f"{t.people[p.MARKET].data.division}002"
    t.state(p.AUTHORITY, acts.appoint(t.people[p.MARKET].uri, [stalls]))


def stalls(t: Teller) -> Moments:
    """The same afternoon the market admits its stalls, each with the phone it brought."""
    for hour, resident in enumerate((one for one in p.RESIDENTS if one.part_of), start=14):
        yield 30, f"{hour}:10"
        t.state(p.MARKET, _admission(t, resident.key))
        t.state(p.MARKET, _first_key(t, resident.key))


def catalogues(t: Teller) -> Moments:
    """The next day everyone states where they work and what they have."""
    yield 29, "08:00"
    for resident in p.RESIDENTS:
        person = t.people[resident.key]
        place = {
            "type": "place",
            "uri": person.place,
            "party": person.uri,
            "name": resident.place,
            "division": resident.division,
        }
        t.state(resident.key, place)
    yield 29, "08:30"
    for product in PRODUCTS.values():
        said: Object = {
            "type": "product",
            "uri": product.uri(t.dice),
            "name": product.name,
            "category": product.category,
            "unit": product.unit,
        }
        if product.spec:
            said["spec"] = product.spec
        if product.conversions:
            said["conversions"] = dict(product.conversions)
        if product.days is not None:
            said["shelf_life_days"] = product.days
        t.state(product.owner, said)


def paperwork(t: Teller) -> Moments:
    """A phone for the farm's field, and a stall that lets the market count its stock."""
    farm, phone = t.people[p.FARM].uri, t.keys[p.FIELD_PHONE]
    yield 29, "10:20"
    nonce = t.dice.nonce(p.FIELD_PHONE)
    origin = t.ledger.trust.origin
    t.state(p.FARM, acts.enrol_signer(origin, farm, phone, kept="browser", nonce=nonce))
    yield 29, "15:40"
    giver, to = t.people[p.GREENS].uri, t.people[p.MARKET].uri
    start, until = f"{t.day(29)}T00:00:00Z", f"{t.day(-336)}T00:00:00Z"
    t.state(p.GREENS, acts.give_mandate(giver, to, ["stock_taking"], start, until))


def _admission(t: Teller, key: str) -> Object:
    person = t.people[key]
    data = person.data
    return acts.admit(
        person.uri,
        data.name,
        [data.role],
        data.division,
        places=[person.place],
        gs1=[data.gs1] if data.gs1 else [],
        part_of=t.people[data.part_of].uri if data.part_of else None,
    )


def _first_key(t: Teller, key: str) -> Object:
    person = t.people[key]
    return acts.enrol_signer(
        t.ledger.trust.origin,
        person.uri,
        t.keys[key],
        kept=person.data.kept,
        nonce=t.dice.nonce(key),
    )


THREADS = (founding, stalls, catalogues, paperwork)
