"""Answers and returns that do not fit what was sent."""

import pytest
from support.ledger.world import Actor, World
from support.lineage.plausibility import day, findings, harvest, kg, one, party, rules, say, send

from suyuan.trace.format import steps
from suyuan.trace.format.members import Object


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
    found = one(small, "unsent")
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
    found = one(small, "unsent")
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
    found = one(small, "unsent")
    assert (found.leaf, found.actor, found.evidence) == (odd.index, farm.uri, (odd.index,))


def test_sent_back_to_who_sent_it(small, farm, stall, lot) -> None:
    sent = send(small, farm, stall, 1, kg(lot, 30))
    say(small, stall, "receive", 2, kg(lot, 30), after=[sent])
    extra = {"suyuan:reason": "x"}
    say(small, stall, "return", 3, kg(lot, 5), sender=stall.uri, recipient=farm.uri, extra=extra)
    assert rules(small) == []
