"""The last week of the fish: a phone lost, a delivery refused, stall C08."""

from .. import acts
from .parties import DEPOT, FISHERY, FISHMONGER, LAB, MARKET, NEW_PHONE, SCHOOL
from .telling import Moments, Said, Teller


def _catch(t: Teller, lot: str, amount: str | int) -> Said:
    return t.do(FISHERY, "catch", {lot: amount}, ago=35, extra=t.ilmd(lot, made=True))


def first_catch(t: Teller) -> Moments:
    """Bass of the second pond, to the stall and the wholesale market."""
    yield 6, "04:30"
    _catch(t, "bass-1", 95)
    yield 6, "05:00"
    van = t.send(FISHERY, FISHMONGER, {"bass-1": 35})
    lorry = t.send(FISHERY, DEPOT, {"bass-1": 60})
    yield 6, "06:10"
    t.take(van, {"bass-1": "34.5"})
    yield 6, "06:25"
    t.take(lorry)
    yield 6, "10:30"
    t.sell(DEPOT, {"bass-1": 48})
    yield 6, "18:10"
    t.sell(FISHMONGER, {"bass-1": "19.7"})
    yield 5, "10:20"
    t.sell(DEPOT, {"bass-1": "11.2"})
    t.do(DEPOT, "loss", {"bass-1": "0.8"}, reason="死鱼")


def lost_phone(t: Teller) -> Moments:
    """The fishmonger's phone is gone; the market's office enrols a new one and ends the old."""
    yield 5, "09:45"
    old, new = t.keys[FISHMONGER], t.keys[NEW_PHONE]
    recovery = acts.enrol_signer(
        t.ledger.trust.origin,
        t.people[FISHMONGER].uri,
        new,
        kept="browser",
        revokes=[old.public.keyid],
        nonce=t.dice.nonce(NEW_PHONE),
    )
    t.state(MARKET, recovery)
    t.keys[FISHMONGER] = new
    yield 5, "18:15"
    t.sell(FISHMONGER, {"bass-1": "13.6"})
    t.do(FISHMONGER, "loss", {"bass-1": "1.2"}, reason="死鱼")


def refused(t: Teller) -> Moments:
    """Shrimp that came to the school too warm; it goes back, and is destroyed."""
    yield 3, "04:40"
    _catch(t, "shrimp-1", 46)
    yield 3, "05:30"
    van = t.send(FISHERY, SCHOOL, {"shrimp-1": 24})
    stall = t.send(FISHERY, FISHMONGER, {"shrimp-1": 20})
    yield 3, "06:35"
    t.take(stall, {"shrimp-1": "19.8"})
    yield 3, "06:50"
    no = t.do(
        SCHOOL,
        "refuse",
        {"shrimp-1": 24},
        after=[van.said],
        reason="到货中心温度12.4℃，超过7℃验收标准",
        extra=t.cold(12.4),
    )
    yield 3, "08:20"
    t.do(FISHERY, "receive", {"shrimp-1": 24}, after=[no], reason="拒收退回")
    yield 3, "09:00"
    t.do(FISHERY, "destroy", {"shrimp-1": 24}, reason="冷链失控，不再销售")
    t.do(FISHERY, "loss", {"shrimp-1": 2}, reason="死虾")
    yield 3, "18:10"
    t.sell(FISHMONGER, {"shrimp-1": "17.3"})
    yield 2, "10:40"
    t.sell(FISHMONGER, {"shrimp-1": "1.9"})
    t.do(FISHMONGER, "loss", {"shrimp-1": "0.6"}, reason="死虾")


def second_catch(t: Teller) -> Moments:
    """Bass of the third pond, tested, in a tank to the school and loose to the stall."""
    yield 2, "04:30"
    _catch(t, "mullet-1", 40)
    netted = _catch(t, "bass-2", 88)
    yield 2, "04:55"
    sampled = t.do(LAB, "sample", {"bass-2": "1.2"}, after=[netted])
    t.do(FISHERY, "loss", {"bass-2": "1.2"}, ago=2, after=[sampled], reason="抽样送检")
    yield 2, "05:20"
    van = t.send(FISHERY, FISHMONGER, {"bass-2": 30, "mullet-1": 22})
    lorry = t.send(FISHERY, DEPOT, {"bass-2": 26, "mullet-1": 18})
    yield 2, "06:30"
    received = t.take(van, {"bass-2": "29.4"})
    yield 2, "06:45"
    t.take(lorry)
    yield 2, "10:10"
    t.sell(DEPOT, {"bass-2": 21, "mullet-1": "14.5"})
    yield 2, "16:10"
    passed = t.do(
        LAB,
        "test",
        {"bass-2": None},
        after=[sampled, received],
        result="合格",
        certificate="（演示）食检字第2026-03410号",
        tested="恩诺沙星、孔雀石绿、氯霉素",
    )
    yield 2, "16:40"
    t.label(FISHMONGER, "bass-2", after=[passed])
    yield 2, "18:15"
    t.sell(FISHMONGER, {"bass-2": "14.8", "mullet-1": "10.4"})
    yield 1, "10:00"
    t.sell(DEPOT, {"bass-2": 5, "mullet-1": "3.5"})
    yield 1, "18:15"
    t.sell(FISHMONGER, {"bass-2": "10.9", "mullet-1": "8.2"})
    t.do(FISHMONGER, "loss", {"mullet-1": "0.9"}, reason="死鱼")
    yield 1, "18:30"
    t.do(FISHMONGER, "count", {"bass-2": "3.7", "mullet-1": "2.5", "shrimp-1": 0})


THREADS = (first_catch, lost_phone, refused, second_catch)
