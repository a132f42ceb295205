"""What a stall tries so that its goods seem to come from somebody who never sent them.

Each before a page, the API and an evidence file; none is green. More are rows of the table of
verdicts (support.goods.verdicts_ways).
"""

import pytest
from support.goods.history import CRATE, packing
from support.goods.provenance import after, seen
from support.ledger.world import event

from suyuan.trace.format.identifiers.gs1 import ID


@pytest.fixture
def world(small):
    return small


@pytest.fixture
def shop(world):
    return world.party("老实摊")


@pytest.fixture
def liar(world):
    return world.party("编造摊")


def test_an_examination_first_makes_no_chain_begin_well(world, farm, shop, liar):
    lot = world.new_lot()
    coded = world.code(farm, lot)
    world.do(liar, event("test", lot, extra={"suyuan:result": "合格"}), after=after(coded))
    world.do(liar, event("sell", lot, "1"))
    assert seen(world, lot, liar).states[0] == "unsourced"


def test_a_later_holders_word_on_product_and_dates_counts_for_nothing(world, farm, shop, lot: str):
    world.hand_over(farm, shop, lot)
    ilmd = {"suyuan:product": "有机菠菜", "suyuan:shelfLifeDays": 900, "suyuan:origin": "350100"}
    world.do(shop, event("count", lot, "30", extra={"ilmd": ilmd}))
    text = seen(world, lot, shop).page
    assert "上海青" in text and "有机菠菜" not in text and "900 days" not in text


def test_what_was_never_packed_is_not_taken_out_of_ones_own_crate(world, farm, liar):
    lot, own = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    world.code(liar, own)
    world.do(liar, packing("pack", CRATE, own), packing("unpack", CRATE, lot, own))
    found = seen(world, lot, liar)
    assert found.states == ["unsourced"] and found.actors == {liar.uri}
    assert seen(world, own, liar).states == ["verified"]


@pytest.mark.parametrize("goods", [f"{ID}/01/06901234567892/10/A", f"{ID}/00/069012345000000014"])
def test_packing_into_what_is_anothers_begins_nothing_well(world, farm, liar, goods):
    prefix = "urn:suyuan:prefix:6901234"
    world.say(
        world.authority, {"type": "ownership", "op": "assign", "uri": prefix, "party": farm.uri}
    )
    own = world.coded_lot(liar)
    world.do(liar, packing("pack", goods, own))
    assert seen(world, goods, liar).states[0] == "unsourced"
    world.code(farm, own := world.new_lot())
    world.do(farm, packing("pack", goods, own))
    assert seen(world, goods, farm).states == ["verified"]


def test_a_sale_is_not_taken_back_as_a_dispatch(world, liar):
    lot = world.coded_lot(liar, "30")
    sold = event("sell", lot, "300")
    world.do(liar, sold, event("undo-dispatch", lot, extra={"suyuan:of": sold["eventID"]}))
    assert seen(world, lot, liar).states == ["contradicted"]


@pytest.mark.parametrize("receipts", [("3000",), ("30", "30", "30"), ("30", None)])
def test_more_was_received_than_was_sent(world, farm, liar, receipts, lot: str):
    (sent,) = world.do(farm, event("dispatch", lot, "30", recipient=liar.uri))
    for amount in receipts:
        world.do(liar, event("receive", lot, amount), after=after(sent))
    found = seen(world, lot, liar)
    assert found.states == ["contradicted"] and "than was sent to them" in found.page


@pytest.mark.parametrize("receipts", [("30.6",), ("10", "20"), ("28",)])
def test_what_was_weighed_a_little_otherwise_contradicts_nothing(world, farm, shop, receipts):
    lot = world.coded_lot(farm)
    (sent,) = world.do(farm, event("dispatch", lot, "30", recipient=shop.uri))
    for amount in receipts:
        world.do(shop, event("receive", lot, amount), after=after(sent))
    assert seen(world, lot, shop).states == ["verified"]
