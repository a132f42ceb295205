"""Rules about amounts: more than there was, before it was there, and what a count finds."""

from decimal import Decimal

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

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers.gs1 import check_digit

pytestmark = pytest.mark.slow


def make(world: World, who: Actor, step: str, when: float, inputs: list, outputs: list, **extra):
    return say(world, who, step, when, *outputs, inputs=inputs, extra=extra)


def test_more_sold_than_came_is_overdrawn_and_names_its_links(small, farm, stall, lot) -> None:
    sent = send(small, farm, stall, 1, kg(lot, 60))
    got = say(small, stall, "receive", 1.1, kg(lot, 60), after=[sent])
    sold = say(small, stall, "sell", 1.2, kg(lot, 50))
    over = say(small, stall, "sell", 1.3, kg(lot, "14.5"))
    found = only(small, "overdrawn")
    assert (found.subject, found.leaf, found.actor) == (lot, over.index, stall.uri)
    assert found.evidence == (got.index, sold.index, over.index)
    assert "4.5 kg too much" in str(found.message)


def test_what_is_on_its_way_in_another_unit_leaves_it_undecided(small, farm, stall, lot) -> None:
    sent = send(small, farm, stall, 1, kg(lot, 10))
    say(small, stall, "receive", 1.1, kg(lot, 10), after=[sent])
    say(small, stall, "sell", 1.2, kg(lot, 40))
    assert rules(small) == ["overdrawn"]
    send(small, farm, stall, 1.3, pieces(lot, 5))
    assert "overdrawn" not in rules(small)


def test_what_a_scale_may_be_off_by_is_not_overdrawn(small, farm, lot) -> None:
    say(small, farm, "sell", 1, kg(lot, "100.5"))  # half a percent of all that has no category
    assert rules(small) == []
    say(small, farm, "sell", 2, kg(lot, "0.01"))
    assert rules(small) == ["overdrawn"]


def test_the_tolerance_is_the_category_s(small, farm) -> None:
    lot, greens = small.new_lot(), product(small, "蔬菜/叶菜类")
    harvest(small, farm, lot, 100, productId=greens)
    say(small, farm, "sell", 1, kg(lot, 102))
    assert rules(small) == []


def test_boxes_are_kilograms_where_the_product_says_so(small, farm, stall) -> None:
    lot = small.new_lot()
    boxed = product(small, "蔬菜/叶菜类", conversions={"CT": "10"})
    harvest(small, farm, lot, 100, productId=boxed)
    say(small, farm, "sell", 1, kg(lot, 10, "CT"))
    assert rules(small) == []
    over = say(small, farm, "sell", 2, kg(lot, 1, "CT"))
    assert [d.leaf for d in findings(small, "overdrawn")] == [over.index]


def test_a_correction_takes_the_doubt_away(small, farm) -> None:
    lot = small.new_lot()
    harvest(small, farm, lot, 10)
    wrong = steps.event("sell", (when := day(1)), [kg(lot, 100)])
    small.do(farm, wrong)
    assert rules(small) == ["overdrawn"]
    right = steps.event("sell", when, [kg(lot, 10)])
    declared = {
        "declarationTime": wrong["eventTime"],
        "reason": "incorrect_data",
        "correctiveEventIDs": [right["eventID"]],
    }
    small.do(farm, right, wrong | {"errorDeclaration": declared})
    assert rules(small) == []


def test_sold_before_it_came_is_early(small, farm, stall) -> None:
    lot = small.new_lot()
    born = harvest(small, farm, lot, 100)
    sent = send(small, farm, stall, 1, kg(lot, 60))
    sold = say(small, stall, "sell", 1.2, kg(lot, 50))
    got = say(small, stall, "receive", 1.3, kg(lot, 60), after=[sent])
    found = only(small, "early")
    assert (found.leaf, found.actor) == (sold.index, stall.uri)
    assert found.evidence == (sold.index, got.index) and born.index not in found.evidence


def test_used_before_it_existed_is_early(small, farm) -> None:
    lot = small.new_lot()
    born = harvest(small, farm, lot, 100, when=2)
    sold = say(small, farm, "sell", 1, kg(lot, 5))
    found = only(small, "early")
    assert found.evidence == (born.index, sold.index) and found.leaf == sold.index


def test_clocks_five_minutes_apart_are_not_early(small, farm, stall, lot) -> None:
    sent = send(small, farm, stall, 1, kg(lot, 60))
    say(small, stall, "sell", 1.1, kg(lot, 50))
    say(small, stall, "receive", 1.1 + 4 / 1440, kg(lot, 60), after=[sent])
    assert rules(small) == []


def test_a_count_that_finds_more_than_there_can_be(small, farm) -> None:
    lot = small.new_lot()
    born = harvest(small, farm, lot, 100)
    sold = say(small, farm, "sell", 1, kg(lot, 60))
    counted = say(small, farm, "count", 2, kg(lot, 55))
    found = only(small, "stock-found")
    assert found.evidence == (born.index, sold.index, counted.index)
    assert "15 kg more" in str(found.message)


def test_a_count_that_finds_far_less_and_one_that_finds_a_little_less(small, farm) -> None:
    near, far = small.new_lot(), small.new_lot()
    for lot, rest in ((near, 85), (far, 60)):
        harvest(small, farm, lot, 100)
        say(small, farm, "count", 2, kg(lot, rest))
    found = only(small, "stock-found")
    assert found.subject == far and "40 kg less" in str(found.message)


def test_a_count_of_what_is_not_confirmed_yet_is_no_surplus(small, farm, stall, lot) -> None:
    sent = send(small, farm, stall, 1, kg(lot, 30))
    say(small, stall, "receive", 1.1, kg(lot, 30), after=[sent])
    send(small, farm, stall, 1.5, kg(lot, 20))
    say(small, stall, "count", 2, kg(lot, 50))
    assert rules(small) == []


def test_more_made_than_went_in_is_a_yield(small, farm) -> None:
    pork, cuts, rest = small.new_lot(), small.new_lot(), small.new_lot()
    harvest(small, farm, pork, 100)
    made = make(small, farm, "cut", 1, [kg(pork, 100)], [kg(cuts, 70), kg(rest, 45)])
    found = [d for d in findings(small) if d.rule == "yield"]
    assert [(d.subject, d.leaf, d.evidence) for d in found] == [
        (min(cuts, rest), made.index, (made.index,))
    ]
    assert "115 kg came out of 100 kg" in str(found[0].message)


def test_what_a_document_reports_is_not_judged_by_what_its_actor_should_record(small, farm) -> None:
    pork, cuts = small.new_lot(), small.new_lot()
    harvest(small, farm, pork, 100)
    file = {"sha256": "ab" * 32, "size": 1, "type": "application/ld+json", "as": "received"}
    made = steps.event("cut", day(1), [kg(cuts, 150)], inputs=[kg(pork, 100)])
    got = steps.event("receive", day(2), [kg(cuts, None)])
    small.ledger.write(farm.pen, [Draft(event=one, document=file) for one in (made, got)])
    assert not {"yield", "fields", "purchase"} & set(rules(small))


def test_less_made_or_made_of_what_has_no_weight_is_no_yield(small, farm) -> None:
    pigs, meat, cuts = small.new_lot(), small.new_lot(), small.new_lot()
    harvest(small, farm, pigs, 3, when=0)
    make(small, farm, "slaughter", 1, [pieces(pigs, 3)], [kg(meat, 240)])
    make(small, farm, "cut", 2, [kg(meat, 240)], [kg(cuts, 239)])
    assert findings(small, "yield") == []


def test_a_basin_is_weighed_over_all_its_links_and_by_its_declared_yield(small, farm) -> None:
    first, second, basin = small.new_lot(), small.new_lot(), small.new_lot()
    harvest(small, farm, first, 50)
    harvest(small, farm, second, 50)
    same = {"transformationID": "urn:uuid:5b0d1b9e-7f0a-4b3c-9a62-1f2f6a1b7d11"}
    one_link = make(small, farm, "mix", 1, [kg(first, 10)], [kg(basin, 15)], **same)
    assert [d.leaf for d in findings(small, "yield")] == [one_link.index]
    make(small, farm, "mix", 1.1, [kg(second, 10)], [kg(basin, 4)], **same)
    assert findings(small, "yield") == []
    more = small.new_lot()
    make(small, farm, "make", 2, [kg(first, 5)], [kg(more, 40)], **{"suyuan:yield": "8"})
    assert findings(small, "yield") == []


@pytest.mark.parametrize("amount", ["-5", "0", "1e9"])
def test_an_amount_that_cannot_be_meant(small, farm, amount: str, lot) -> None:
    event = steps.event("sell", day(1), [kg(lot, 5)])
    event["quantityList"][0]["quantity"] = float(Decimal(amount))
    (bad,) = small.do(farm, event)
    found = findings(small, "absurd")
    assert [(d.leaf, d.evidence) for d in found] == [(bad.index, (bad.index,))]


def test_units_that_do_not_convert_and_ten_times_what_was_sent(small, farm, stall) -> None:
    lot, other = small.new_lot(), small.new_lot()
    harvest(small, farm, lot, 100)
    bad = say(small, farm, "sell", 1, pieces(lot, 5))
    harvest(small, farm, other, 100)
    sent = send(small, farm, stall, 1, kg(other, 10))
    got = say(small, stall, "receive", 1.1, kg(other, 101), after=[sent])
    found = {d.subject: d for d in findings(small, "absurd")}
    assert found[lot].leaf == bad.index and "no conversion" in str(found[lot].message)
    assert found[other].evidence == (sent.index, got.index)
    assert set(found) == {lot, other}


def test_more_labels_than_pieces(small, farm) -> None:
    lot = small.new_lot()
    extra = steps.coding("圣女果（盒装）", days_ago(60), None, "350212")
    say(small, farm, "code", 0, pieces(lot, 10), extra=extra)
    serials = [f"{n:013d}" for n in range(12)]

    def label(op: str, some: list[str]) -> int:
        statement = acts.labels(some, op)
        (receipt,) = small.ledger.write(farm.pen, [Draft(statement=statement, items=(lot,))])
        return receipt.index

    label("issue", serials[:10])
    assert rules(small) == []
    over = label("issue", serials[10:])
    found = only(small, "labels-overdrawn")
    assert (found.leaf, found.actor) == (over, farm.uri) and "12 labels of 10" in str(found.message)
    label("void", serials[10:])
    assert rules(small) == []


def test_what_is_made_of_itself_at_once(small, farm) -> None:
    lot, more = small.new_lot(), small.new_lot()
    harvest(small, farm, lot, 10)
    bad = make(small, farm, "mix", 1, [kg(lot, 5)], [kg(lot, 3), kg(more, 2)])
    found = findings(small, "self")
    assert [(d.subject, d.leaf) for d in found] == [(lot, bad.index)]


def test_a_circle_of_makings_is_told_once_where_it_closes(small, farm) -> None:
    a, b, c = small.new_lot(), small.new_lot(), small.new_lot()
    harvest(small, farm, a, 50)
    first = make(small, farm, "mix", 1, [kg(a, 5)], [kg(b, 5)])
    second = make(small, farm, "mix", 2, [kg(b, 5)], [kg(c, 5)])
    assert rules(small) == []
    event = steps.event("mix", day(3), [kg(a, 5)], inputs=[kg(c, 5)])
    (last,) = small.do(farm, event)
    found = findings(small, "self")
    assert [(d.subject, d.leaf) for d in found] == [(a, last.index)]
    assert found[0].evidence == (first.index, second.index, last.index)
    retracted = {"declarationTime": event["eventTime"], "reason": "did_not_occur"}
    small.do(farm, event | {"errorDeclaration": retracted})
    assert rules(small) == []


def test_a_correction_far_away_in_the_circle_takes_it_away(small, farm) -> None:
    a, b, c = small.new_lot(), small.new_lot(), small.new_lot()
    harvest(small, farm, a, 50)
    make(small, farm, "mix", 1, [kg(a, 5)], [kg(b, 5)])
    event = steps.event("mix", day(2), [kg(c, 5)], inputs=[kg(b, 5)])
    small.do(farm, event)
    make(small, farm, "mix", 3, [kg(c, 5)], [kg(a, 5)])
    assert [d.subject for d in findings(small, "self")] == [a]
    retracted = {"declarationTime": event["eventTime"], "reason": "did_not_occur"}
    small.do(farm, event | {"errorDeclaration": retracted})
    assert findings(small, "self") == []


def sscc(number: int) -> str:
    digits = f"0350213000{number:07d}"
    return f"https://id.gs1.org/00/{digits}{check_digit(digits)}"


def test_a_container_inside_itself_is_told_once(small) -> None:
    farm = party(small, "producer", gs1=["350213000"])
    x, y, z = sscc(1), sscc(2), sscc(3)
    first = say(small, farm, "pack", 1, kg(x, None), parent=y)
    second = say(small, farm, "pack", 2, kg(y, None), parent=z)
    assert rules(small) == []
    last = say(small, farm, "pack", 3, kg(z, None), parent=x)
    found = findings(small, "self")
    assert [(d.subject, d.leaf) for d in found] == [(z, last.index)]
    assert found[0].evidence == (first.index, second.index, last.index)


def test_a_crate_that_later_holds_what_held_it_is_no_circle(small) -> None:
    farm = party(small, "producer", gs1=["350213000"])
    x, y = sscc(1), sscc(2)
    say(small, farm, "pack", 1, kg(x, None), parent=y)
    say(small, farm, "unpack", 2, kg(x, None), parent=y)
    say(small, farm, "pack", 3, kg(y, None), parent=x)
    assert rules(small) == []
