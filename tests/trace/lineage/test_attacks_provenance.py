"""What a stall tries so that its goods seem to come from somebody who never sent them.

Each before a page, the API and an evidence file; none of them is green.
"""

import pytest
from support.goods.history import CRATE, PALLET, making, packing
from support.goods.provenance import after, seen
from support.ledger.world import event

from suyuan.trace.format.identifiers.gs1 import ID
from suyuan.trace.store.read.lineage_reader import Lineage


@pytest.fixture
def world(small):
    return small


@pytest.fixture
def shop(world):
    return world.party("老实摊")


@pytest.fixture
def liar(world):
    return world.party("编造摊")


def test_a_receipt_of_what_went_to_another_invents_no_source(world, farm, shop, liar, lot: str):
    (sent,) = world.do(farm, event("dispatch", lot, "30", recipient=shop.uri))
    world.do(liar, event("receive", lot, "30"), after=after(sent))
    found = seen(world, lot, liar)
    assert found.states[0] == "unsourced" and found.colour == "warn"
    assert found.actors == {liar.uri}
    assert "It begins here: no confirmed supplier" in found.page
    assert "From the source to here" not in found.page and "青山农场" not in found.page
    with world.ledger.reading() as reader:
        accounts = {one.holder: one.balance for one in Lineage(reader).story(lot).accounts}
    assert accounts.get(liar.uri, 0) == 0  # and no stock, so no labels


def test_whom_it_was_sent_to_has_a_source(world, farm, shop, lot: str):
    world.hand_over(farm, shop, lot)
    found = seen(world, lot, shop)
    assert (found.states, found.colour) == (["verified"], "good")
    assert found.actors == {farm.uri, shop.uri} and "From the source to here" in found.page


def test_one_lot_more_than_was_sent_has_no_source(world, farm, liar):
    sent_lot, more = world.new_lot(), world.new_lot()
    world.code(farm, sent_lot)
    world.code(farm, more)
    (sent,) = world.do(farm, event("dispatch", sent_lot, "30", recipient=liar.uri))
    world.do(liar, event("receive", more, "30"), after=after(sent))
    assert seen(world, more, liar).states[0] == "unsourced"


def test_contents_of_a_crate_that_was_sent_have_a_source_and_others_have_none(world, farm, liar):
    lot, other = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    world.code(farm, other)
    world.do(farm, packing("pack", CRATE, lot))
    (sent,) = world.do(farm, event("dispatch", CRATE, recipient=liar.uri))
    world.do(liar, event("receive", lot), after=after(sent))
    world.do(liar, event("receive", other), after=after(sent))
    assert seen(world, lot, liar).actors == {farm.uri, liar.uri}
    assert seen(world, other, liar).states[0] == "unsourced"


def test_a_second_record_on_somebodys_crate_makes_no_unpacking_begin_well(world, farm, shop, liar):
    lot, fake = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    world.do(farm, packing("pack", CRATE, lot))
    world.do(farm, event("dispatch", CRATE, recipient=shop.uri))
    world.do(liar, event("count", CRATE), packing("unpack", CRATE, fake))
    found = seen(world, fake, liar)
    assert found.states[0] == "unsourced" and farm.uri not in found.actors


def test_what_is_made_of_an_invented_source_is_no_better(world, farm, shop, liar):
    lot, sausage = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    (sent,) = world.do(farm, event("dispatch", lot, "30", recipient=shop.uri))
    world.do(liar, event("receive", lot, "30"), after=after(sent))
    world.do(liar, making(sausage, lot))
    assert seen(world, sausage, liar).states[0] == "unsourced"


def test_an_examination_first_makes_no_chain_begin_well(world, farm, shop, liar):
    lot = world.new_lot()
    coded = world.code(farm, lot)
    world.do(liar, event("test", lot, extra={"suyuan:result": "合格"}), after=after(coded))
    world.do(liar, event("sell", lot, "1"))
    assert seen(world, lot, liar).states[0] == "unsourced"


def test_a_later_correction_takes_nothing_from_those_who_received(world, farm, shop, lot: str):
    wrong = event("dispatch", lot, "30", recipient=shop.uri)
    (sent,) = world.do(farm, wrong)
    world.do(shop, event("receive", lot, "30"), after=after(sent))
    declared = {
        "errorDeclaration": {"declarationTime": wrong["eventTime"], "reason": "did_not_occur"}
    }
    world.do(farm, wrong | declared)
    found = seen(world, lot, shop)
    assert "unsourced" not in found.states and farm.uri in found.actors


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


def test_what_came_in_a_crate_on_a_pallet_is_taken_out_and_goes_on(world, farm, shop):
    lot, wholesaler = world.new_lot(), world.party("批发商", "wholesaler")
    world.code(farm, lot)
    world.do(farm, packing("pack", CRATE, lot), packing("pack", PALLET, CRATE))
    (sent,) = world.do(farm, event("dispatch", PALLET, recipient=wholesaler.uri))
    world.do(wholesaler, event("receive", PALLET), after=after(sent))
    world.do(wholesaler, packing("unpack", PALLET, CRATE))
    (on,) = world.do(wholesaler, event("dispatch", CRATE, recipient=shop.uri))
    world.do(shop, event("receive", lot, "30"), after=after(on))
    assert seen(world, lot, shop).states == ["verified"]
    world.do(wholesaler, packing("unpack", CRATE, lot))
    assert seen(world, lot, wholesaler).states == ["verified"]


def test_who_refuses_a_delivery_leaves_the_senders_goods_as_they_were(world, farm, liar, lot: str):
    (sent,) = world.do(farm, event("dispatch", lot, "30", recipient=liar.uri))
    (refused,) = world.do(liar, event("refuse", lot, "30"), after=after(sent))
    world.do(farm, event("receive", lot, "30"), after=after(refused))
    assert seen(world, lot, farm).states == ["verified"]
    assert seen(world, lot, liar).states == ["unsourced"]
