"""Rules about keeping and proof: shelf life, withdrawal, cold, certificates, fields, purchases."""

import pytest
from support.ledger.world import Actor, World, days_ago
from support.lineage.plausibility import (
    day,
    findings,
    harvest,
    kg,
    only,
    party,
    pieces,
    product,
    rules,
    say,
    send,
)

from suyuan.trace.format import steps
from suyuan.trace.format.identifiers.gs1 import check_digit

pytestmark = pytest.mark.slow

PIG = "畜禽/生猪"


def test_what_is_sold_after_its_shelf_life(small, farm) -> None:
    lot = small.new_lot()
    born = harvest(small, farm, lot, 100, shelfLifeDays=3)
    say(small, farm, "sell", 3.4, kg(lot, 5))  # the last day is still good
    assert rules(small) == []
    late = say(small, farm, "sell", 4, kg(lot, 5))
    say(small, farm, "sell", 5, kg(lot, 5))
    found = only(small, "expired")
    assert (found.leaf, found.evidence) == (late.index, (born.index, late.index))
    assert "1 days after" in str(found.message)


def test_what_is_destroyed_after_its_shelf_life_is_well_done(small, farm) -> None:
    lot = small.new_lot()
    harvest(small, farm, lot, 100, shelfLifeDays=3)
    say(small, farm, "destroy", 9, kg(lot, 100))
    assert rules(small) == []


def treat(world: World, who: Actor, step: str, when: float, lot: str, days: int) -> int:
    extra = {
        "suyuan:substance": "吡虫啉",
        "suyuan:dose": "10 g",
        "suyuan:withdrawalDays": days,
    }
    return say(world, who, step, when, kg(lot, None), extra=extra).index


def test_a_harvest_within_the_days_to_wait(small, farm) -> None:
    soon, kept = small.new_lot(), small.new_lot()
    treated = treat(small, farm, "pesticide", 0, soon, 7)
    treat(small, farm, "pesticide", 0, kept, 7)
    bad = harvest(small, farm, soon, 100, when=6)
    harvest(small, farm, kept, 100, when=7)
    found = only(small, "withdrawal")
    assert (found.subject, found.leaf, found.evidence) == (soon, bad.index, (treated, bad.index))
    assert "1 days too soon" in str(found.message)


def test_animals_sent_to_slaughter_within_the_days_to_wait(small, farm) -> None:
    abattoir, lot = party(small, "processor"), small.new_lot()
    pigs = product(small, PIG, unit="H87")
    extra = steps.coding("猪", None, None, "350212", product_id=pigs)
    say(small, farm, "code", 0, pieces(lot, 10), extra=extra)
    treated = treat(small, farm, "medicine", 1, lot, 28)
    proof = {"extra": {"suyuan:certificate": "动检1号"}}
    sent = send(small, farm, abattoir, 20, pieces(lot, 10), **proof)
    assert only(small, "withdrawal").evidence == (treated, sent.index)


def warm(degrees: float, *, uom: str = "CEL") -> dict:
    report = {"type": "Temperature", "uom": uom, "value": degrees}
    return {"sensorElementList": [{"sensorReport": [report]}]}


def frozen_lot(world: World, who: Actor) -> str:
    lot, fish = world.new_lot(), product(world, "水产品/冷冻")
    extra = steps.coding("冻带鱼", None, None, "350212", product_id=fish)
    say(world, who, "code", 0, kg(lot, 100), extra=extra)
    return lot


def test_a_cold_chain_out_of_its_limits_and_for_how_long(small) -> None:
    store = party(small, "wholesaler")
    lot = frozen_lot(small, store)
    say(small, store, "store", 1, kg(lot, 100), extra=warm(-18))
    first = say(small, store, "store", 2, kg(lot, 100), extra=warm(-9))
    second = say(small, store, "store", 2.25, kg(lot, 100), extra=warm(14, uom="FAH"))
    say(small, store, "store", 3, kg(lot, 100), extra=warm(-19))
    found = only(small, "cold-chain")
    assert (found.leaf, found.evidence) == (first.index, (first.index, second.index))
    assert "-9 °C" in str(found.message) and "6 h 00 min" in str(found.message)
    assert "within them again" in str(found.message)


def test_what_is_refused_for_its_warmth_is_its_sender_s_doing(small) -> None:
    store, shop = party(small, "wholesaler"), party(small, "wholesaler")
    lot = frozen_lot(small, store)
    sent = send(small, store, shop, 1, kg(lot, 50))
    extra = warm(-5) | {"suyuan:reason": "温度过高"}
    refused = say(small, shop, "refuse", 1.1, kg(lot, 50), after=[sent], extra=extra)
    found = only(small, "cold-chain")
    assert (found.leaf, found.actor) == (refused.index, store.uri)


def test_half_a_degree_and_a_process_are_no_broken_cold_chain(small) -> None:
    store = party(small, "processor")
    lot, cooked = frozen_lot(small, store), small.new_lot()
    say(small, store, "store", 1, kg(lot, 100), extra=warm(-17.5))
    say(small, store, "make", 2, kg(cooked, 90), inputs=[kg(lot, 100)], extra=warm(80))
    assert rules(small) == []


def pig_lot(world: World, who: Actor) -> str:
    lot, pigs = world.new_lot(), product(world, PIG, unit="H87")
    extra = steps.coding("猪", None, None, "350212", product_id=pigs)
    say(world, who, "code", 0, pieces(lot, 10), extra=extra)
    return lot


def test_animals_leave_with_their_certificate(small, farm) -> None:
    abattoir = party(small, "processor")
    without, proven = pig_lot(small, farm), pig_lot(small, farm)
    bad = send(small, farm, abattoir, 1, pieces(without, 10))
    send(small, farm, abattoir, 1, pieces(proven, 10), extra={"suyuan:certificate": "动检1号"})
    found = only(small, "required")
    assert (found.subject, found.leaf, found.actor) == (without, bad.index, farm.uri)
    assert found.evidence == (bad.index,)


@pytest.mark.parametrize("proof", ["field", "test", "hidden", "none"])
def test_pork_leaves_the_slaughterhouse_inspected(small, farm, stall, proof: str) -> None:
    abattoir, meat = party(small, "processor", gs1=["690001205"]), "0690001205021"
    gtin = f"https://id.gs1.org/01/{meat}{check_digit(meat)}"
    said = {"uri": gtin, "name": "白条猪肉", "category": "肉类/鲜猪肉", "unit": "KGM"}
    small.say(abattoir, {"type": "product"} | said)
    lot, pigs = f"{gtin}/10/A1", pig_lot(small, farm)
    quarantined = {"suyuan:certificate": "动检1号"}
    sent = send(small, farm, abattoir, 1, pieces(pigs, 10), extra=quarantined)
    say(small, abattoir, "receive", 1.1, pieces(pigs, 10), after=[sent])
    extra = {
        "field": {"suyuan:certificate": "肉检1号"},
        "hidden": {"suyuan:private": {"_sd": ["A" * 43] * 8}},
    }.get(proof, {})
    say(small, abattoir, "slaughter", 2, kg(lot, 900), inputs=[pieces(pigs, 10)], extra=extra)
    if proof == "test":
        result = {"suyuan:result": "合格"}
        say(small, abattoir, "test", 2.1, kg(lot, 900), extra=result)
    gone = send(small, abattoir, stall, 3, kg(lot, 100))
    send(small, abattoir, stall, 3, kg(lot, 100))
    found = findings(small, "required")
    assert [d.leaf for d in found] == ([gone.index] if proof == "none" else [])


def test_fields_that_a_step_should_have(small, farm, stall, lot) -> None:
    extra = {"suyuan:substance": "吡虫啉", "suyuan:withdrawalDays": 0}
    bad = say(small, farm, "pesticide", 0, kg(lot, None), extra=extra)
    found = only(small, "fields")
    assert (found.leaf, found.actor, found.evidence) == (bad.index, farm.uri, (bad.index,))
    assert str(found.message) == "pesticide without dose"


def test_a_receipt_without_amount_and_supplier(small, stall) -> None:
    lot = small.new_lot()
    bad = say(small, stall, "receive", 0, kg(lot, None))
    found = findings(small, "fields")
    assert [(d.leaf, str(d.message)) for d in found] == [
        (bad.index, "receive without quantity, supplier")
    ]
    other = small.new_lot()
    supplier = {"suyuan:supplier": {"name": "某公司"}}
    say(small, stall, "receive", 0, kg(other, 5), extra=supplier)
    assert [d.subject for d in findings(small, "fields")] == [lot]
    empty = small.new_lot()
    say(small, stall, "receive", 0, kg(empty, 5), extra={"suyuan:supplier": {}})
    assert [d.subject for d in findings(small, "fields")] == [lot, empty]


BOUGHT = {
    "suyuan:product": "菠菜",
    "suyuan:spec": "散装",
    "suyuan:productionDate": days_ago(60),
    "suyuan:proof": {"sha256": "0" * 64, "size": 1, "type": "application/pdf"},
    "suyuan:purchased": days_ago(59),
    "suyuan:producer": "青山农场",
    "suyuan:supplier": {"name": "某公司", "uscc": "913599004117830547", "address": "某路1号"},
    "suyuan:private": {"_sd": ["A" * 43] * 8},
}


def buy(world: World, who: Actor, **change: object) -> tuple[str, int]:
    lot, greens = world.new_lot(), product(world, "蔬菜/叶菜类")
    extra = {**BOUGHT, "suyuan:productId": greens, **change}
    ilmd = steps.coding("菠菜", None, 3, None, product_id=greens)
    say(world, who, "code", 0, kg(lot, 20), extra=ilmd)
    left = {name: value for name, value in extra.items() if value is not None}
    return lot, say(world, who, "receive", 0, kg(lot, 20), extra=left).index


def test_a_purchase_without_what_the_measures_ask(small) -> None:
    depot = party(small, "wholesaler")
    buy(small, depot)
    assert rules(small) == []
    lot, leaf = buy(small, depot, **{"suyuan:proof": None, "suyuan:productionDate": None})
    found = only(small, "purchase")
    assert (found.subject, found.leaf, found.actor) == (lot, leaf, depot.uri)
    assert leaf in found.evidence
    assert str(found.message) == (
        "bought without the date of production or the number of the lot, the proof of conformity"
    )


def test_a_contact_that_is_not_even_hidden_is_missing(small) -> None:
    buy(small, party(small, "caterer"), **{"suyuan:private": None})
    assert str(only(small, "purchase").message) == "bought without the supplier's contact"


@pytest.mark.parametrize(("role", "division"), [("stall", "350206"), ("wholesaler", "440300")])
def test_whom_the_measures_do_not_bind(small, role: str, division: str) -> None:
    buy(small, party(small, role, division), **{"suyuan:proof": None})
    assert rules(small) == []


def test_the_day_of_a_harvest_is_china_s(small, farm) -> None:
    lot = small.new_lot()
    harvest(small, farm, lot, 10, shelfLifeDays=0)
    event = steps.event("sell", day(0.49), [kg(lot, 1)])  # 23:45 in Shanghai
    small.do(farm, event)
    assert rules(small) == []
