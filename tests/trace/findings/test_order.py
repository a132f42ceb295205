"""Rules about who, when and where: order, two places, prefixes, steps, keys far away."""

from datetime import datetime, time, timedelta

import pytest
from support.ledger.world import HOST, Actor, World
from support.lineage.plausibility import day, findings, harvest, kg, only, party, rules, say, send

from suyuan.trace.admission import acts
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.identifiers.gs1 import check_digit
from suyuan.trace.format.members import Object

pytestmark = pytest.mark.slow

GTIN = "0690123456789"
LOT = f"https://id.gs1.org/01/{GTIN}{check_digit(GTIN)}/10/A1"
PIECE = LOT.replace("/10/A1", "/21/S1")


@pytest.fixture
def farm(small: World) -> Actor:
    return party(small, "producer", gs1=["690123"])


def test_a_receipt_before_its_dispatch(small, farm, stall, lot) -> None:
    sent = send(small, farm, stall, 2, kg(lot, 30))
    got = say(small, stall, "receive", 1, kg(lot, 30), after=[sent])
    found = only(small, "order")
    assert (found.leaf, found.actor) == (got.index, stall.uri)
    assert found.evidence == (sent.index, got.index)


def test_a_receipt_before_two_dispatches_names_both(small, farm, stall, lot) -> None:
    sent = [send(small, farm, stall, when, kg(lot, 10)) for when in (2, 3)]
    got = say(small, stall, "receive", 1, kg(lot, 20), after=sent)
    (found,) = findings(small, "order")
    assert found.evidence == (sent[0].index, sent[1].index, got.index)
    assert all(f"link {each.index}" in str(found.message) for each in sent)


def test_an_event_ahead_of_its_signature_is_told_once_for_all_its_items(small, farm) -> None:
    lots = sorted(small.new_lot() for _ in range(3))
    extra = steps.coding("上海青", None, None, "350212")
    when = small.ledger.now() + timedelta(hours=2)
    event = steps.event("harvest", when, [kg(lot, 5) for lot in lots], extra=extra)
    (bad,) = small.do(farm, event)
    found = only(small, "order")
    assert (found.subject, found.leaf, found.evidence) == (lots[0], bad.index, (bad.index,))
    assert "ahead of its signature" in str(found.message)


def test_clocks_that_differ_by_minutes_are_in_order(small, farm) -> None:
    lot = small.new_lot()
    when = small.ledger.now() + timedelta(minutes=4)
    extra = steps.coding("上海青", None, None, "350212")
    small.do(farm, steps.event("harvest", when, [kg(lot, 5)], extra=extra))
    assert rules(small) == []


def test_a_piece_that_two_have(small, farm, stall) -> None:
    extra = steps.coding("礼盒", None, None, "350212")
    made = say(small, farm, "code", 0, kg(PIECE, None), extra=extra)
    taken = say(small, stall, "sell", 2, kg(PIECE, None))
    found = only(small, "two-places")
    assert (found.leaf, found.actor) == (taken.index, stall.uri)
    assert found.evidence == (made.index, taken.index)


def test_a_piece_that_was_sent_and_sold_is_in_one_place(small, farm, stall) -> None:
    extra = steps.coding("礼盒", None, None, "350212")
    say(small, farm, "code", 0, kg(PIECE, None), extra=extra)
    sent = send(small, farm, stall, 1, kg(PIECE, None))
    say(small, stall, "receive", 2, kg(PIECE, None), after=[sent])
    say(small, stall, "sell", 3, kg(PIECE, None))
    assert rules(small) == []


@pytest.mark.parametrize(
    ("gs1", "is_told"), [(["690123"], False), (["690124"], True), ([], True), (["6901234"], False)]
)
def test_coding_under_a_prefix_that_is_not_registered(small, gs1: list, is_told: bool) -> None:
    who = party(small, "producer", gs1=gs1)
    made = harvest(small, who, LOT, 10)
    harvest(small, who, LOT, 10, when=1)
    found = findings(small, "prefix")
    assert [(d.leaf, d.actor, d.evidence) for d in found] == (
        [(made.index, who.uri, (made.index,))] if is_told else []
    )


def test_a_shop_codes_under_its_firm_s_prefix_and_anybody_receives_it(small, stall) -> None:
    firm = party(small, "retailer", gs1=["690123"])
    shop = party(small, "retailer", part_of=firm.uri)
    extra = steps.coding("礼盒", None, None, "350212")
    say(small, shop, "code", 0, kg(LOT, 5), extra=extra)
    sent = send(small, shop, stall, 1, kg(LOT, 5))
    say(small, stall, "receive", 1.1, kg(LOT, 5), after=[sent])
    assert rules(small) == []


def test_a_step_unusual_for_the_role(small, farm, stall) -> None:
    lot = small.new_lot()
    bad = harvest(small, stall, lot, 10)
    harvest(small, farm, small.new_lot(), 10)
    found = only(small, "unusual-step")
    assert (found.subject, found.leaf, found.actor) == (lot, bad.index, stall.uri)
    assert str(found.message) == "the step harvest is unusual for a stall"


def test_a_step_of_many_items_is_reported_once_for_the_link(small, stall) -> None:
    bad = say(small, stall, "harvest", 1, *(kg(small.new_lot(), 1) for _ in range(2)))
    assert [found.leaf for found in findings(small, "unusual-step")] == [bad.index]


def at(world: World, owner: Actor, division: str) -> str:
    uri = codes.uri_of(codes.new(), HOST, "place")
    said = {"uri": uri, "party": owner.uri, "name": "冷库", "division": division}
    world.say(owner, {"type": "place"} | said)
    return uri


def test_a_key_used_in_another_prefecture(small, farm, stall) -> None:
    near, far = at(small, farm, "350211"), at(small, farm, "441900")
    lot = small.new_lot()
    harvest(small, farm, lot, 100)
    sent = send(small, farm, stall, 1, kg(lot, 50))
    say(small, stall, "receive", 2, kg(lot, 50), after=[sent], place=near)
    assert rules(small) == []
    bad = say(small, stall, "sell", 3, kg(lot, 5), place=far)
    found = only(small, "far-key")
    assert (found.leaf, found.actor, found.evidence) == (bad.index, stall.uri, (bad.index,))
    own = at(small, stall, "441900")
    say(small, stall, "sell", 4, kg(lot, 5), place=own)
    assert [d.leaf for d in findings(small)] == [bad.index]


@pytest.mark.parametrize(
    ("clock", "is_told"), [("10:00", True), ("00:00", False), ("08:00", False)]
)
def test_a_piece_in_two_places_at_one_instant_that_is_no_mere_day(small, farm, clock, is_told):
    """Midnight by one's own clock, or UTC's, says the day alone."""
    say(small, farm, "code", 0, kg(PIECE, None), extra=steps.coding("礼盒", None, None, "350212"))
    when = datetime.combine(day(2).date(), time.fromisoformat(clock), steps.SHANGHAI)
    for division in ("350211", "350212"):
        stored = steps.event("store", when, [kg(PIECE, None)], place=at(small, farm, division))
        small.do(farm, stored)
    assert rules(small) == (["two-places"] if is_told else [])


def test_a_laboratory_works_everywhere(small, farm) -> None:
    lab, lot = party(small, "laboratory"), small.new_lot()
    harvest(small, farm, lot, 100)
    say(small, lab, "sample", 1, kg(lot, 1), place=at(small, farm, "441900"))
    assert rules(small) == []


def test_what_was_registered_then_counts_not_what_is_now(small) -> None:
    who = party(small, "producer", gs1=["690123"])
    harvest(small, who, LOT, 10)
    change = acts.admit(who.uri, "某某", ["producer"], "350206", gs1=[], op="change")
    small.say(small.authority, change)
    say(small, who, "sell", 2, kg(LOT, 1))
    assert rules(small) == []


@pytest.mark.parametrize(
    "moment",
    ["9999-12-31T23:59:59+00:00", "0001-01-01T00:00:00+14:00", "2026-13-45T99:99", "nonsense"],
)
def test_times_beyond_every_calendar_are_doubted_and_break_nothing(small, farm, stall, moment):
    lot = small.new_lot()
    born = harvest(small, farm, lot, 100, shelfLifeDays=3)
    event = steps.event("sell", day(1), [kg(lot, 5)])
    small.do(farm, event | {"eventTime": moment})
    gone = steps.event("dispatch", day(1), [kg(lot, 5)], sender=farm.uri, recipient=stall.uri)
    small.do(farm, gone | {"eventTime": moment})
    found = findings(small)
    assert found and all(born.index <= finding.leaf for finding in found)


def test_values_that_nobody_expects_in_fields_that_rules_read(small, farm) -> None:
    for value in (None, [], {}, "", "x", -1, 1e300, True, [[]], [{}], {"a": 1}):
        lot, out = small.new_lot(), small.new_lot()
        harvest(small, farm, lot, 100, category=value, shelfLifeDays=value, productionDate=value)
        odd = {
            "sensorElementList": value,
            "suyuan:withdrawalDays": value,
            "suyuan:certificate": value,
            "suyuan:supplier": value,
            "suyuan:substance": value,
            "suyuan:yield": value,
            "suyuan:private": {"_sd": []},
        }
        for number, step in enumerate(("pesticide", "receive", "store", "test", "sell")):
            say(small, farm, step, number + 1, kg(lot, 1), extra=odd)
        say(small, farm, "mix", 9, kg(out, 1), inputs=[kg(lot, 1)], extra=odd)
    findings(small)


def test_a_declared_yield_beyond_reason_declares_nothing(small, farm) -> None:
    lot, out = small.new_lot(), small.new_lot()
    harvest(small, farm, lot, 100)
    extra = {"suyuan:yield": "1e999999"}
    say(small, farm, "mix", 1, kg(out, 20), inputs=[kg(lot, 10)], extra=extra)
    assert [finding.subject for finding in findings(small, "yield")] == [out]


@pytest.fixture
def lot(small: World, farm: Actor) -> str:
    found = small.new_lot()
    harvest(small, farm, found, 100)
    return found


def declared(event: Object, *instead: str) -> Object:
    said = {"declarationTime": event["eventTime"], "reason": "incorrect_data",
            "correctiveEventIDs": list(instead)}  # fmt: skip
    return event | {"errorDeclaration": said}


def test_what_was_sent_to_another_is_not_received(small, farm, stall, lot) -> None:
    thief = party(small, "stall")
    sent = send(small, farm, stall, 1, kg(lot, 30))
    say(small, stall, "receive", 2, kg(lot, 30), after=[sent])
    got = say(small, thief, "receive", 2, kg(lot, 30), after=[sent])
    (found,) = findings(small, "unsent")
    assert (found.leaf, found.actor) == (got.index, thief.uri)
    assert found.evidence == (sent.index, got.index)


def test_a_dispatch_declared_an_error_after_its_receipt(small, farm, stall, lot) -> None:
    wrong = steps.event("dispatch", day(1), [kg(lot, 30)], sender=farm.uri, recipient=stall.uri)
    (sent,) = small.do(farm, wrong)
    got = say(small, stall, "receive", 2, kg(lot, 30), after=[sent])
    small.do(farm, declared(wrong))
    found = only(small, "unsent")
    assert (found.leaf, found.actor) == (sent.index, farm.uri)
    assert found.evidence == (sent.index, got.index)


def test_a_corrected_dispatch_stands_in_its_place(small, farm, stall, lot) -> None:
    wrong = steps.event("dispatch", day(1), [kg(lot, 35)], sender=farm.uri, recipient=stall.uri)
    right = steps.event("dispatch", day(1), [kg(lot, 30)], sender=farm.uri, recipient=stall.uri)
    (sent,) = small.do(farm, wrong)
    say(small, stall, "receive", 2, kg(lot, 30), after=[sent])
    small.do(farm, right, declared(wrong, right["eventID"]))
    assert rules(small) == []


@pytest.mark.parametrize("step", ["receive", "refuse"])
def test_answers_that_come_to_more_than_was_sent(small, farm, stall, lot, step: str) -> None:
    sent = send(small, farm, stall, 1, kg(lot, 30))
    got = say(small, stall, "receive", 2, kg(lot, 30), after=[sent])
    extra = {"suyuan:reason": "x"}
    again = say(small, stall, step, 3, kg(lot, 30), after=[sent], extra=extra)
    found = only(small, "unsent")
    assert (found.leaf, found.actor) == (again.index, stall.uri)
    assert found.evidence == (sent.index, got.index, again.index)
    assert "60 kg" in str(found.message)


def test_a_delivery_in_parts_and_one_refused_in_part_fit(small, farm, stall, lot) -> None:
    sent = send(small, farm, stall, 1, kg(lot, 30))
    say(small, stall, "receive", 2, kg(lot, 10), after=[sent])
    say(small, stall, "receive", 3, kg(lot, 15), after=[sent])
    say(small, stall, "refuse", 3, kg(lot, 5), after=[sent], extra={"suyuan:reason": "x"})
    assert rules(small) == []


def test_sent_back_to_one_who_never_sent_it(small, farm, stall, lot) -> None:
    extra = {"suyuan:reason": "x"}
    parts = {"sender": farm.uri, "recipient": stall.uri, "extra": extra}
    odd = say(small, farm, "return", 1, kg(lot, 30), **parts)
    found = only(small, "unsent")
    assert (found.leaf, found.actor, found.evidence) == (odd.index, farm.uri, (odd.index,))


def test_sent_back_to_who_sent_it(small, farm, stall, lot) -> None:
    sent = send(small, farm, stall, 1, kg(lot, 30))
    say(small, stall, "receive", 2, kg(lot, 30), after=[sent])
    extra = {"suyuan:reason": "x"}
    say(small, stall, "return", 3, kg(lot, 5), sender=stall.uri, recipient=farm.uri, extra=extra)
    assert rules(small) == []
