"""Amounts whose sums lie beyond 64 bits: nobody stops the follower, and what is not known is so."""

import pytest
from support.ledger.world import World, event
from support.watch.audits import audit
from support.web.client import client_of

from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow

HUGE = "9000000000000"  # kg: as much as one amount may say


def stock(world: World, lot: str) -> list[Stock]:
    with world.caught_up() as reader:
        return Lineage(reader).stock([lot])


def test_what_was_received_beyond_all_measure_is_not_known(world: World) -> None:
    farm, stall = world.party("青山农场", "producer"), world.party("湖心市场 D03 摊")
    lot = world.coded_lot(farm)
    (sent,) = world.do(farm, event("dispatch", lot, HUGE, sender=farm.uri, recipient=stall.uri))
    for _ in range(2):
        world.do(stall, event("receive", lot, HUGE), after=(AfterRef(sent.index, sent.hash),))
    (held,) = [one for one in stock(world, lot) if one.holder == stall.uri]
    assert held.quantity is None
    with world.ledger.reading() as reader:
        (line,) = Lineage(reader).shipments(recipient=stall.uri)
        assert line.received is None
        doubts = Lineage(reader).doubts()
        assert sent.index in {one.leaf for one in doubts if one.rule == "absurd"}
    assert not audit(world.ledger).findings


@pytest.mark.parametrize("ratio", ["1" + "0" * 60, "0." + "0" * 60 + "1"])
def test_a_conversion_beyond_all_measure_stops_nothing(small: World, ratio: str) -> None:
    farm = small.party("青山农场", "producer")
    lot, product = small.new_lot(), "https://trace.food.example/product/1Q4T9ZC2KM8W0RB3"
    small.say(farm, {"type": "product", "uri": product, "name": "x", "category": "v",
                     "unit": "KGM", "conversions": {"箱": ratio}})  # fmt: skip
    coding = steps.coding("x", None, None, None, product_id=product)
    said = event("code", lot, "5", extra=coding)
    said["quantityList"][0]["uom"] = "箱"
    small.do(farm, said)
    (held,) = stock(small, lot)
    assert held.quantity is None
    assert not audit(small.ledger).findings


def test_a_unit_that_is_no_text_stops_nothing(small: World) -> None:
    farm = small.party("青山农场", "producer")
    lot, product = small.new_lot(), "https://trace.food.example/product/1Q4T9ZC2KM8W0RB3"
    small.say(farm, {"type": "product", "uri": product, "name": "x", "category": "v",
                     "unit": "KGM", "conversions": {"箱": "20"}})  # fmt: skip
    said = event("code", lot, "5", extra=steps.coding("x", None, None, None, product_id=product))
    said["quantityList"][0]["uom"] = ["箱"]
    small.do(farm, said)
    (held,) = stock(small, lot)
    assert held.quantity is None


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_times_beyond_the_calendar_close_nobody_s_inbox(small: World, when: str) -> None:
    farm, stall = small.party("青山农场", "producer"), small.party("湖心市场 D03 摊")
    lot = small.coded_lot(farm)
    said = event("dispatch", lot, "5", sender=farm.uri, recipient=stall.uri)
    small.do(farm, said | {"eventTime": when, "eventTimeZoneOffset": when[-6:]})
    small.ledger.followers.catch_up()
    client = client_of(small.ledger)
    for what in ("arrivals", "inbox", "holdings", "overdue"):
        path = f"/api/v1/parties/{stall.uri.rpartition('/')[2]}/{what}"
        assert client.get(path).status_code == 200
