"""A recall from order to closing: who has what, what answers say, and whether it adds up."""

from decimal import Decimal

import pytest
from support.goods.recall_city import City, kilos
from support.ledger.world import days_ago, event
from support.web.acting import clear, extend, order

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.quantities import MICRO, Quantity
from suyuan.trace.recall.deadlines import Outcome
from suyuan.trace.recall.inbox import has_held
from suyuan.trace.recall.results import NotAdding, closing, effectiveness, percent, require

pytestmark = pytest.mark.slow


def test_a_recall_goes_from_order_to_closing_and_its_quantities_add_up(city: City) -> None:
    uri = city.recall()
    found = city.progress(uri)
    assert city.table(found) == {
        "farm": (30, 30), "market": (25, 25), "one": (20, 20), "two": (15, 15),
    }  # fmt: skip
    assert kilos(found.sums["kg"]) == {"produced": 100, "sold": 10, "held": 90}
    assert closing(found).missing == ((city.lot, Quantity(90 * MICRO, "kg")),)

    for who in (city.market, city.first, city.second):
        city.world.say(who, acts.recall_acknowledge(uri))
    city.report(city.farm, uri, recovered="30")
    city.report(city.first, uri, recovered="18", sold="2")
    city.report(city.second, uri, recovered="15")
    city.world.do(city.market, event("destroy", city.lot, "25"))
    found = city.progress(uri)
    assert {holder.acknowledged is not None for holder in found.holders} == {True, False}
    assert kilos(found.sums["kg"]) == {
        "produced": 100, "recovered": 63, "sold": 12, "destroyed": 25,
    }  # fmt: skip
    assert closing(found).adds_up
    results = effectiveness(found)
    assert (results.holders, results.acknowledged, results.answered) == (3, 3, 2)
    assert [percent(share.traced) for share in results.shares] == ["100.0"]
    assert results.all_acknowledged is not None

    city.world.say(city.farm, acts.recall_close(uri))
    found = city.progress(uri)
    assert found.act.is_in_force and found.course.ended is not None
    assert (found.timing.start, found.timing.finish) == (Outcome.LATE, Outcome.IN_TIME)


def test_closing_says_what_is_missing_or_is_not_closed(town: City) -> None:
    uri = town.recall()
    town.report(town.farm, uri, recovered="30")
    town.report(town.market, uri, recovered="25")
    town.report(town.first, uri, recovered="12", sold="3", destroyed="5")
    found = closing(town.progress(uri))
    assert found.statement() == [{"item": town.lot, "value": "15", "unit": "kg"}]
    with pytest.raises(NotAdding, match="15 kg"):
        require(found, None, is_accepted=True)
    with pytest.raises(NotAdding):
        require(found, "一箱未找到", is_accepted=False)
    require(found, "一箱未找到", is_accepted=True)
    town.world.say(town.farm, acts.recall_close(uri, found.statement(), "一箱未找到"))
    later = town.progress(uri)
    assert sorted(closing(later).missing, key=str) == sorted(later.course.missing, key=str)
    assert later.course.ending_reason == "一箱未找到"


def test_what_a_report_leaves_out_is_not_with_its_holder_any_more(town: City) -> None:
    uri = town.recall()
    town.report(town.second, uri, recovered="10")
    assert kilos(town.progress(uri).sums["kg"]) == {
        "produced": 100, "sold": 10, "held": 75, "recovered": 10, "unaccounted": 5,
    }  # fmt: skip


def test_a_sale_recorded_since_and_dated_before_is_listed(town: City) -> None:
    uri = town.recall()
    sold = event("sell", town.lot, "1.5")
    (receipt,) = town.world.do(town.second, sold)  # its time is a minute ago
    (item,) = town.progress(uri).items
    assert item.dated_before == (receipt.index,)


def test_a_source_made_smaller_after_the_order_is_missing(town: City) -> None:
    """Who corrects its harvest from 100 to 40 once it is recalled has 60 to account for."""
    uri = town.recall()
    town.report(town.farm, uri, recovered="30")
    town.report(town.market, uri, recovered="25")
    town.report(town.first, uri, recovered="20")
    town.report(town.second, uri, recovered="15")
    assert closing(town.progress(uri)).adds_up
    town.world.code(town.farm, town.lot, "-60")
    found = town.progress(uri)
    total = found.sums["kg"]
    assert (total.produced, total.unsaid) == (40 * MICRO, 60 * MICRO)
    assert not closing(found).adds_up


def test_what_one_tells_too_much_makes_up_for_nothing_that_another_lacks(town: City) -> None:
    uri = town.recall()
    town.report(town.farm, uri, recovered="30")
    town.report(town.market, uri, recovered="25")
    town.report(town.first, uri, recovered="35")
    found = closing(town.progress(uri))
    assert found.missing == ((town.lot, Quantity(15 * MICRO, "kg")),)
    # 10 of its 15 too many tell again what it had sold before the order.
    assert found.surplus == ((town.lot, Quantity(5 * MICRO, "kg")),)
    assert not found.adds_up


@pytest.mark.parametrize(
    ("came", "weighed", "unaccounted"),
    [("9.99", "0.01", "0"), ("10.03", "-0.03", "0"), ("9.5", "0", "0.5"), ("11", "0", "-1")],
)
def test_a_difference_that_the_recipient_stated_is_weighing_as_far_as_scales_allow(
    town: City, came: str, weighed: str, unaccounted: str
) -> None:
    to = {"sender": town.second.uri, "recipient": town.first.uri}
    (sent,) = town.world.do(town.second, event("dispatch", town.lot, "10", **to))
    after = (AfterRef(sent.index, sent.hash),)
    town.world.do(town.first, event("receive", town.lot, came), after=after)
    uri = town.recall()
    town.report(town.farm, uri, recovered="30")
    town.report(town.market, uri, recovered="25")
    town.report(town.second, uri, recovered="5")
    town.report(town.first, uri, recovered=str(20 + Decimal(came)))
    found = town.progress(uri)
    total = found.sums["kg"]
    assert total.weighed == int(Decimal(weighed) * MICRO)
    assert total.unaccounted == int(Decimal(unaccounted) * MICRO)
    assert closing(found).adds_up is (unaccounted == "0")


def test_what_was_sold_before_the_order_and_told_again_counts_once(town: City) -> None:
    uri = town.recall()
    town.report(town.first, uri, sold="10", recovered="20")
    found = town.progress(uri)
    assert town.table(found)["one"] == (20, 0)
    assert kilos(found.sums["kg"])["sold"] == 10


def test_more_than_the_ledger_knows_of_is_a_surplus(town: City) -> None:
    uri = town.recall()
    amounts = {town.farm: "30", town.market: "30", town.first: "20", town.second: "15"}
    for who, amount in amounts.items():
        town.report(who, uri, recovered=amount)
    found = closing(town.progress(uri))
    assert not found.missing and not found.adds_up
    assert found.surplus == ((town.lot, Quantity(5 * MICRO, "kg")),)


def test_what_is_on_its_way_is_neither_held_nor_accounted_for(town: City) -> None:
    sent = town.world.do(
        town.market, event("dispatch", town.lot, "5", sender=town.market.uri,
                           recipient=town.second.uri)
    )  # fmt: skip
    uri = town.recall()
    found = town.progress(uri)
    assert kilos(found.sums["kg"]) == {
        "produced": 100, "sold": 10, "held": 85, "in_transit": 5,
    }  # fmt: skip
    (stock,) = [s for h in found.holders for s in h.stocks if s.is_in_transit]
    assert (stock.sender, stock.holder) == (town.market.uri, town.second.uri)
    assert sent


def test_a_return_to_the_supplier_is_the_suppliers_to_account_for(town: City) -> None:
    uri = town.recall()
    world = town.world
    back = event("return", town.lot, "20", sender=town.first.uri, recipient=town.farm.uri,
                 extra={"suyuan:reason": "召回"})  # fmt: skip
    (sent,) = world.do(town.first, back)
    assert kilos(town.progress(uri).sums["kg"])["in_transit"] == 20
    world.do(town.farm, event("receive", town.lot, "20"), after=(AfterRef(sent.index, sent.hash),))
    found = town.progress(uri)
    assert town.table(found)["one"] == (20, 0)
    assert town.table(found)["farm"] == (50, 50)


def test_an_answer_of_one_who_held_none_does_not_count(town: City) -> None:
    uri = town.recall()
    stranger = town.world.party("C 区 1 号")
    town.world.say(stranger, acts.recall_acknowledge(uri))
    town.report(stranger, uri, recovered="90")
    found = town.progress(uri)
    assert [one.uri for one in found.strangers] == [stranger.uri]
    assert kilos(found.sums["kg"])["held"] == 90
    with town.world.ledger.reading() as reader:
        act = town.act(uri)
        assert not has_held(reader, act, stranger.uri)
        assert all(has_held(reader, act, who.uri) for who in (town.farm, town.first, town.market))


def test_what_was_made_from_it_is_open_until_its_maker_decides(city: City) -> None:
    world, cook = city.world, city.world.party("食堂", "caterer")
    world.hand_over(city.market, cook, city.lot, "10")
    soup, pie = world.new_lot(), world.new_lot()
    for made, source in ((soup, city.lot), (pie, soup)):
        portion = steps.Portion(source, Decimal(4), "KGM")
        world.do(cook, event("make", made, "4", inputs=[portion]))
    uri = city.recall()
    found = city.progress(uri)
    assert {one.item for one in found.undecided} == {soup, pie}
    assert {one.maker for one in found.undecided} == {cook.uri}
    assert kilos(found.sums["kg"])["used"] == 4
    order(world, cook, pie)
    assert {one.item for one in city.progress(uri).undecided} == {soup}
    clear(world, cook, uri, soup)
    assert not city.progress(uri).undecided
    extend(world, world.authority, uri, soup, pie)
    found = city.progress(uri)
    assert not found.undecided
    assert {item.item for item in found.items} == {city.lot, soup, pie}


def test_amounts_that_are_not_known_are_named_and_keep_it_open(town: City) -> None:
    world = town.world
    other = world.new_lot()
    world.do(town.farm, event("code", other, None, extra=steps.coding("葱", days_ago(1), 5, "35")))
    uri = town.recall(other)
    found = closing(town.progress(uri))
    assert found.unknown and not found.adds_up and not found.missing


def test_a_report_in_another_unit_is_named(town: City) -> None:
    uri = town.recall()
    row = {"item": town.lot, "kind": "recovered", "value": "3", "unit": "1"}
    town.world.say(town.first, acts.recall_report(uri, [row]))
    (why,) = town.progress(uri).unknown
    assert town.first.uri in why and "another unit" in why
    town.world.say(town.first, acts.recall_report(uri, [row | {"unit": "kg"}]))
    assert not town.progress(uri).unknown


def test_a_stranger_s_report_in_another_unit_keeps_nothing_open(town: City) -> None:
    uri = town.recall()
    stranger = town.world.party("路人")
    rows = [{"item": town.lot, "kind": kind, "value": "0.0000001", "unit": unit}
            for kind, unit in (("recovered", "1"), ("sold", "kg"))]  # fmt: skip
    town.world.say(stranger, acts.recall_report(uri, rows))
    assert not town.progress(uri).unknown
    town.world.say(town.first, acts.recall_report(uri, rows))
    assert town.progress(uri).unknown
    right = [row | {"value": "1", "unit": "kg"} for row in rows]
    town.world.say(town.first, acts.recall_report(uri, right))
    assert not town.progress(uri).unknown
