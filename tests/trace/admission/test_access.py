"""Who is shown a disclosure: own party, named parties, those along the chain, inspectors, all."""

from decimal import Decimal

import pytest
from support.ledger.private import hiding, link_at, now, priced
from support.ledger.world import AUTHORITY, Actor, event

from suyuan.trace.admission import acts
from suyuan.trace.admission.access import Access
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private.audience import CHAIN, OWN, PUBLIC, Audience
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods.disclosures import Disclosed, may_read

pytestmark = pytest.mark.slow


@pytest.fixture
def shop(world):
    return world.party("和顺")


def sees(world, index, viewer):
    """Whether a party is shown the one hidden field of the link at an index."""
    world.ledger.followers.catch_up()
    uri = viewer.uri if isinstance(viewer, Actor) else viewer
    with world.ledger.reading() as reader:
        link = link_at(world, index)
        (found,) = world.ledger.disclosures.of_link(reader, link)
        return may_read(reader, world.trust.genesis, found, link, uri)


def send(world, sender, recipient, item, kilos="5"):
    (sent,) = world.do(
        sender, event("dispatch", item, kilos, sender=sender.uri, recipient=recipient.uri)
    )
    return sent


def test_its_own_party_alone(world, farm, lot, shop):
    world.hand_over(farm, shop, lot)
    receipt, _ = priced(world, farm, lot, OWN)
    assert sees(world, receipt.index, farm)
    for viewer in (shop, None, "urn:x:nobody"):
        assert not sees(world, receipt.index, viewer)


def test_named_parties_besides(world, farm):
    shop, other = world.party("和顺"), world.party("别家")
    receipt, _ = priced(world, farm, world.new_lot(), Audience.of(shop.uri))
    assert sees(world, receipt.index, farm) and sees(world, receipt.index, shop)
    assert not sees(world, receipt.index, other) and not sees(world, receipt.index, None)


def test_everyone(world, farm):
    receipt, _ = priced(world, farm, world.new_lot(), PUBLIC)
    assert sees(world, receipt.index, None) and sees(world, receipt.index, "urn:x:nobody")


def test_who_recorded_it_for_the_party(world, farm):
    market, lot = world.party("夏商市场", "market"), world.new_lot()
    world.say(
        farm, acts.give_mandate(farm.uri, market.uri, ["stock_taking"], "2020-01-01T00:00:00Z",
                        "2099-01-01T00:00:00Z"),
    )  # fmt: skip
    pen = world.ledger.pen(farm.uri, market.signer)
    receipt, _ = priced(world, Actor(farm.uri, market.signer, pen), lot, OWN)
    assert sees(world, receipt.index, farm) and sees(world, receipt.index, market)


def test_those_along_the_chain_down_and_up_and_not_beside_it(world, farm, lot):
    """farm → wholesaler → two stalls."""
    trader = world.party("批发", "wholesaler")
    one, two, stranger = world.party("一号摊"), world.party("二号摊"), world.party("路人")
    coded, _ = priced(world, farm, lot, CHAIN)
    world.hand_over(farm, trader, lot, "30")
    world.hand_over(trader, one, lot, "10")
    world.hand_over(trader, two, lot, "10")
    at_one, _ = priced(world, one, lot, CHAIN)
    in_between, _ = priced(world, trader, lot, CHAIN)
    for viewer in (farm, trader, one, two):
        assert sees(world, coded.index, viewer)
        assert sees(world, in_between.index, viewer)
    for viewer in (farm, trader, one):
        assert sees(world, at_one.index, viewer)
    assert not sees(world, at_one.index, two)  # one customer is not along another's chain
    for index in (coded.index, in_between.index, at_one.index):
        assert not sees(world, index, stranger) and not sees(world, index, None)


def test_nobody_comes_in_by_a_record_of_their_own(world, farm, lot, shop):
    spy = world.party("探子")
    receipt, _ = priced(world, farm, lot, CHAIN)
    sent = send(world, farm, shop, lot)
    world.do(spy, event("count", lot, "1"))
    send(world, spy, farm, lot)  # which the farm never takes in
    (claimed,) = world.do(spy, event("receive", lot, "5"), after=(AfterRef(sent.index, sent.hash),))
    assert claimed.index and not sees(world, receipt.index, spy)
    made = world.new_lot()
    world.do(spy, making(made, lot))
    assert not sees(world, receipt.index, spy)
    assert sees(world, receipt.index, shop)


def making(output, *inputs):
    return steps.event(
        "make", now(), [Portion(output, Decimal(1), "KGM")],
        inputs=[Portion(one, Decimal(1), "KGM") for one in inputs],
        extra={"ilmd": {"suyuan:product": "腊肠"}},
    )  # fmt: skip


def test_through_what_was_made_of_it(world, farm):
    kitchen, shop = world.party("腊味厂", "processor"), world.party("和顺")
    lot, made = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    source, _ = priced(world, farm, lot, CHAIN)
    world.hand_over(farm, kitchen, lot)
    world.do(kitchen, making(made, lot))
    world.hand_over(kitchen, shop, made, "1")
    sold, _ = priced(world, shop, made, CHAIN)
    assert sees(world, source.index, shop)
    assert sees(world, sold.index, farm)


def test_in_a_container_and_not_with_what_it_carries_later(world, farm, lot, shop):
    later = world.party("下一家")
    crate = "https://id.gs1.org/00/169012345000000015"
    receipt, _ = priced(world, farm, lot, CHAIN)

    def pack(step, actor, item):
        return steps.event(step, now(), [Portion(item, Decimal(5), "KGM")], parent=crate)

    world.do(farm, pack("pack", farm, lot))
    sent = send(world, farm, shop, crate, None)
    assert sees(world, receipt.index, shop)
    (got,) = world.do(shop, event("receive", crate), after=(AfterRef(sent.index, sent.hash),))
    assert got.index
    world.do(shop, pack("unpack", shop, lot))
    send(world, shop, later, crate, None)
    assert sees(world, receipt.index, shop)
    assert not sees(world, receipt.index, later)


def test_who_refused_it_is_not_along_the_chain(world, farm, lot, shop):
    receipt, _ = priced(world, farm, lot, CHAIN)
    sent = send(world, farm, shop, lot)
    assert sees(world, receipt.index, shop)
    world.do(
        shop, event("refuse", lot, "5", extra={"suyuan:reason": "变质"}),
        after=(AfterRef(sent.index, sent.hash),),
    )  # fmt: skip
    assert not sees(world, receipt.index, shop)


def test_an_inspector_sees_what_the_remit_covers(world, farm):
    def office(name, division):
        made = world.party(name, "office")
        world.say(world.authority, acts.admit(made.uri, name, ["office"], division, op="change"))
        return made

    receipt, _ = priced(world, farm, world.new_lot(), OWN)
    here, city = office("湖里局", "350206"), office("市局", "350200")
    there = office("他局", "350500")
    assert sees(world, receipt.index, here) and sees(world, receipt.index, city)
    assert not sees(world, receipt.index, there)
    assert sees(world, receipt.index, AUTHORITY)
    world.say(world.authority, acts.appoint(there.uri, ["3502"]))
    assert sees(world, receipt.index, there)
    world.say(world.authority, acts.leave(here.uri))
    assert not sees(world, receipt.index, here)


def test_a_registrar_and_whom_it_calls_an_office_inspect_nobody(world, farm):
    market = world.party("夏商市场", "market")
    world.say(world.authority, acts.appoint(market.uri, ["350206"]))
    receipt, _ = priced(world, farm, world.new_lot(), OWN)
    assert not sees(world, receipt.index, market)
    friend = "https://trace.food.example/party/7K3QX9M2V8TDC4NB"
    world.say(market, acts.admit(friend, "自称的局", ["office"], "350206"))
    assert not sees(world, receipt.index, friend)
    with world.ledger.reading() as reader:
        assert not Access(reader, world.trust.genesis).inspects(AUTHORITY[:-1], farm.uri)


def test_many_customers_are_looked_at_within_bounds(small):
    farm = small.party("青山农场", "producer")
    lot = small.coded_lot(farm)
    receipt, _ = priced(small, farm, lot, CHAIN)
    shops = [small.party(f"摊 {number}") for number in range(12)]
    for shop in shops:
        send(small, farm, shop, lot)
    assert all(sees(small, receipt.index, shop) for shop in shops)
    assert not sees(small, receipt.index, small.party("路人"))


def test_audiences_are_each_fields_own(world, farm):
    body = event("count", world.new_lot(), "1", extra={"suyuan:a": 1, "suyuan:b": 2})
    receipt, _ = hiding(world, farm, body, "/suyuan:a", "/suyuan:b")
    with world.ledger.reading() as reader:
        link = link_at(world, receipt.index)
        found = world.ledger.disclosures.of_link(reader, link)
        assert len(found) == 2
        wide = Disclosed(found[0].digest, farm.uri, PUBLIC, found[0].stored, found[0].field)
        assert may_read(reader, world.trust.genesis, wide, link, None)
        assert not may_read(reader, world.trust.genesis, found[1], link, None)
