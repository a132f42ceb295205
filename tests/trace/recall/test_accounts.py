"""Accounts of a recall: what concerns a party, deadlines, pallets."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.goods.recall_city import City, kilos
from support.ledger.world import event
from support.web.acting import act_uri, dispatch, order, say

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.quantities import MICRO, Quantity
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.recall.deadlines import Outcome
from suyuan.trace.recall.inbox import acts_for


def test_a_pallet_counts_for_what_is_in_it_and_for_itself(city: City) -> None:
    world = city.world
    pallet = "https://id.gs1.org/00/106141412345678908"
    portion = steps.Portion(city.lot, Decimal(12), "KGM")
    when = datetime.now(UTC) - timedelta(minutes=1)
    world.do(city.farm, steps.event("pack", when, [portion], parent=pallet))
    world.do(
        city.farm,
        steps.event("dispatch", when, [steps.Portion(pallet, None, None)], sender=city.farm.uri,
                    recipient=city.second.uri),
    )  # fmt: skip
    uri = order(world, world.authority, city.lot, pallet)
    found = city.progress(uri)
    assert city.table(found)["farm"] == (18, 18)
    assert kilos(found.sums["kg"])["in_transit"] == 12
    assert kilos(found.sums["1"]) == {"produced": 1, "in_transit": 1}
    with world.ledger.reading() as reader:
        (concern,) = acts_for(reader, world.trust.genesis, city.second.uri)
    assert {stock.item for stock in concern.stocks if stock.is_in_transit} == {city.lot, pallet}


def test_what_concerns_a_party(city: City) -> None:
    world = city.world
    uri = city.recall()
    drill = city.recall(drill=True)
    data, named = acts.listed([city.lot])
    say(world, city.market, (acts.hold_place(act_uri(), "待检", named), data))
    with world.caught_up() as reader:
        found = {who: acts_for(reader, world.trust.genesis, who.uri)
                 for who in (city.farm, city.market, city.second)}  # fmt: skip
        stranger = acts_for(reader, world.trust.genesis, "urn:x:nobody")
    assert [c.act.kind for c in found[city.market]] == ["hold", "recall", "recall"]
    assert [c.act.uri for c in found[city.second]] == [drill, uri]
    assert stranger == []
    (stock,) = found[city.second][1].stocks
    assert (stock.quantity, found[city.second][1].is_due) == (Quantity(15 * MICRO, "kg"), True)
    world.say(city.second, acts.recall_acknowledge(uri))
    world.do(city.second, event("destroy", city.lot, "15"))
    with world.caught_up() as reader:
        concern = acts_for(reader, world.trust.genesis, city.second.uri)[1]
    assert concern.acknowledged is not None and not concern.is_due
    assert (concern.stocks, concern.had) == ((), (city.lot,))


def test_deadlines_are_told_as_kept_late_open_or_overdue(town: City) -> None:
    data, named = acts.listed([town.lot])
    uri = act_uri()
    now = datetime.now(UTC)
    known = (now - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    say(town.world, town.farm, (acts.recall_order(uri, 2, known, "检出", named), data))
    found = town.progress(uri)
    assert (found.timing.start, found.timing.finish) == (Outcome.IN_TIME, Outcome.OPEN)
    assert found.timing.answered(None, now) is Outcome.OPEN
    late = town.progress(uri, now + timedelta(days=90))
    assert late.timing.finish is Outcome.OVERDUE
    assert late.timing.answered(now + timedelta(days=3), now) is Outcome.LATE


def test_nothing_is_dispatched_under_it_but_what_is_sent_back(town: City) -> None:
    town.recall()
    with pytest.raises(Refused) as refused:
        dispatch(town.world, town.market, town.second, town.lot)
    assert refused.value.rule is Rule.HOLD


@pytest.mark.parametrize("reported", [False, True])
def test_what_is_destroyed_with_its_pallet_is_destroyed_once(town: City, reported: bool) -> None:
    world, pallet = town.world, "https://id.gs1.org/00/106141412345678908"
    when = datetime.now(UTC) - timedelta(minutes=1)
    portion = steps.Portion(town.lot, Decimal(12), "KGM")
    world.do(town.farm, steps.event("pack", when, [portion], parent=pallet))
    uri = town.recall()
    later = datetime.now(UTC)
    world.do(town.farm, steps.event("destroy", later, [steps.Portion(pallet, None, None)]))
    if reported:
        town.report(town.farm, uri, destroyed="12", recovered="18")
    found = kilos(town.progress(uri).sums["kg"])
    assert (found["destroyed"], found["held"]) == (12, 60 if reported else 78)
