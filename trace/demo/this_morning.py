"""This morning, until half past nine."""

from .parties import BUTCHER, DELI, DEPOT, FARM, FISHERY, FISHMONGER, GREENS, MARKET
from .telling import Load, Moments, Teller


def bok_choy(t: Teller) -> Moments:
    """A third lot is cut before sunrise and goes to the stall and the wholesale market."""
    yield 0, "05:10"
    t.harvest("bok-choy-3", 190)
    yield 0, "05:40"
    van = t.send(FARM, GREENS, {"bok-choy-3": 35})
    lorry = t.send(FARM, DEPOT, {"bok-choy-3": 120})
    yield 0, "06:45"
    t.take(van, {"bok-choy-3": "34.8"})
    yield 0, "07:00"
    t.take(lorry, {"bok-choy-3": "119.2"})


def basin(t: Teller) -> Moments:
    """The basin of mixed greens at A12, filled twice before nine."""
    filling = {"transformationID": t.dice.event_id(900_001)}
    yield 0, "07:10"
    inputs: Load = {"bok-choy-3": 4, "lettuce-1": 2, "coriander-1": 1}
    t.make(GREENS, "mix", "basin-2", 7, inputs, extra=filling)
    t.label(GREENS, "basin-2")
    yield 0, "08:50"
    inputs = {"bok-choy-3": 3, "lettuce-1": 2, "coriander-1": "0.5"}
    t.make(GREENS, "mix", "basin-2", "5.5", inputs, extra=filling)
    t.sell(GREENS, {"basin-2": "5.2", "cucumber-2": "4.3"})
    yield 0, "09:10"
    t.do(GREENS, "count", {"tomato-2": "3.4", "bok-choy-3": "27.8"}, by=MARKET)


def fish(t: Teller) -> Moments:
    """Fish of two ponds in one basin at C08."""
    yield 0, "04:20"
    t.do(FISHERY, "catch", {"bass-2": 70}, ago=40, extra=t.ilmd("bass-2", made=True))
    t.do(FISHERY, "catch", {"mullet-1": 28}, ago=30, extra=t.ilmd("mullet-1", made=True))
    yield 0, "04:50"
    van = t.send(FISHERY, FISHMONGER, {"bass-2": 40, "mullet-1": 25})
    lorry = t.send(FISHERY, DEPOT, {"bass-2": 30})
    yield 0, "06:05"
    t.take(van, {"bass-2": "39.6"})
    yield 0, "06:20"
    t.take(lorry)
    yield 0, "06:40"
    t.make(FISHMONGER, "mix", "fish-basin-1", 14, {"bass-2": 6, "mullet-1": 8})
    yield 0, "08:40"
    t.sell(FISHMONGER, {"fish-basin-1": "6.2", "bass-2": "9.5"})


def meat(t: Teller) -> Moments:
    """Yesterday's pork and this morning's mince at B05."""
    yield 0, "06:30"
    t.make(BUTCHER, "mix", "mince-2", "11.8", {"hind-3": 8, "belly-3": 4}, reason="绞制损耗0.2千克")
    yield 0, "09:00"
    t.sell(BUTCHER, {"hind-3": "10.6", "belly-3": "7.2", "ribs-3": "5.5", "mince-2": "3.4"})


def sausages(t: Teller) -> Moments:
    """First sales of the day at D03."""
    yield 0, "08:55"
    t.sell(DELI, {"sausage-1": "2.6", "sausage-pack-1": 4})


def on_the_way(t: Teller) -> Moments:
    """What two suppliers have sent to A12, and nobody has confirmed yet."""
    yield 0, "09:15"
    t.send(FARM, GREENS, {"bok-choy-3": 12})
    yield 0, "09:20"
    t.send(DEPOT, GREENS, {"bok-choy-3": 25})


THREADS = (bok_choy, basin, fish, meat, sausages, on_the_way)
