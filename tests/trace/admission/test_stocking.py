"""A party that wants its own overdrawing refused at entry: by the command line and the API."""

import json

import pytest
from support.ledger.commands import PASSPHRASE, Suyuan
from support.lineage.plausibility import day, findings, harvest, kg, party, say, send
from support.web.client import client_of

from suyuan.keys import files
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef, parse
from suyuan.trace.format.rules import Refused, Rule
from suyuan.trace.goods.preview import overdrawing
from suyuan.trace.store.beside.preferences import OVERDRAW, REFUSE, choose, choosers
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow


@pytest.fixture
def farm(world):
    who = party(world, "producer")
    choose(world.ledger.database.engine, who.uri, OVERDRAW, REFUSE)
    return who


def balance(world, lot):
    with world.caught_up() as reader:
        return [str(one.quantity.value) for one in Lineage(reader).stock([lot]) if one.quantity]


def test_more_than_there_is_is_refused_and_nothing_is_written(world, farm):
    lot = world.new_lot()
    harvest(world, farm, lot, 100)
    say(world, farm, "sell", 1, kg(lot, 40))
    with pytest.raises(Refused) as told:
        say(world, farm, "sell", 2, kg(lot, 61))
    assert told.value.rule is Rule.STOCK and told.value.status == 409
    assert "61 kg of it would go, and 60 kg are there" in told.value.why
    assert balance(world, lot) == ["60"]
    say(world, farm, "sell", 2, kg(lot, 60))  # and the next is signed on from the right head
    assert findings(world) == []


def test_a_scale_s_tolerance_and_others_are_not_refused(world, farm):
    lot, stall = world.new_lot(), party(world, "stall")
    harvest(world, farm, lot, 100)
    say(world, farm, "sell", 1, kg(lot, "100.4"))
    other = world.new_lot()
    harvest(world, farm, other, 10)
    sent = send(world, farm, stall, 1, kg(other, 10))
    say(world, stall, "receive", 2, kg(other, 10), after=[sent])
    say(world, stall, "sell", 3, kg(other, 50))  # has not chosen it
    assert [finding.rule for finding in findings(world)] == ["overdrawn"]


def test_what_nobody_recorded_coming_in_is_refused(world, farm):
    with pytest.raises(Refused, match="0 kg are there"):
        say(world, farm, "sell", 1, kg(world.new_lot(), 5))


def test_receipt_and_sale_in_one_array_and_a_correction(world, farm):
    giver, lot = party(world, "producer"), world.new_lot()
    harvest(world, giver, lot, 100)
    sent = send(world, giver, farm, 1, kg(lot, 30))
    got = steps.event("receive", day(1.1), [kg(lot, 30)])
    sold = steps.event("sell", day(1.2), [kg(lot, 30)])
    world.ledger.write(
        farm.pen, [Draft(event=got, after=(AfterRef(sent.index, sent.hash),)), Draft(event=sold)]
    )
    right = steps.event("sell", day(1.2), [kg(lot, 28)])
    declared = {
        "declarationTime": sold["eventTime"],
        "reason": "incorrect_data",
        "correctiveEventIDs": [right["eventID"]],
    }
    world.do(farm, right, sold | {"errorDeclaration": declared})
    assert sorted(balance(world, lot)) == ["2", "70"]


def test_the_same_bytes_again_are_answered_not_refused(world, farm):
    lot = world.new_lot()
    harvest(world, farm, lot, 100)
    entry = farm.pen.sign(Draft(event=steps.event("sell", day(1), [kg(lot, 100)])))
    (first,) = world.ledger.offer([entry])
    (again,) = world.ledger.offer([entry])
    assert first.index == again.index and first.is_new and not again.is_new


def test_overdraws_says_why(world, farm):
    lot = world.new_lot()
    harvest(world, farm, lot, 10)
    world.ledger.followers.catch_up()
    for kilos, count in ((10, 0), (11, 1)):
        entry = farm.pen.sign(Draft(event=steps.event("loss", day(1), [kg(lot, kilos)])))
        farm.pen.forget()
        link = parse(entry)
        assert link is not None
        with world.ledger.reading() as reader:
            assert len(overdrawing(reader, [link]).get(0, [])) == count


def test_a_coding_that_restates_a_harvest_brings_nothing_in(world, farm):
    lot = world.new_lot()
    harvest(world, farm, lot, 10)
    world.ledger.followers.catch_up()
    coded = steps.event("code", day(1), [kg(lot, 100)])
    sold = steps.event("sell", day(1.1), [kg(lot, 50)])
    links = [parse(farm.pen.sign(Draft(event=one))) for one in (coded, sold)]
    farm.pen.forget()
    with world.ledger.reading() as reader:
        assert list(overdrawing(reader, links)) == [1]


def test_the_api_answers_409_with_the_rule(small):
    farm = party(small, "producer")
    choose(small.ledger.database.engine, farm.uri, OVERDRAW, REFUSE)
    lots = [small.new_lot(), small.new_lot()]
    for lot in lots:
        harvest(small, farm, lot, 10)
    client = client_of(small.ledger)

    def sign(lot, kilos):
        return farm.pen.sign(Draft(event=steps.event("sell", day(1), [kg(lot, kilos)]))).decode()

    def post(body, query=""):
        return client.post(f"/api/v1/links{query}", data=body, content_type="application/json")

    refused = post(sign(lots[0], 11))
    farm.pen.forget()
    assert (refused.status_code, refused.json["rule"]) == (409, "stock")
    assert refused.mimetype == "application/problem+json" and lots[0] in refused.json["detail"]
    both = post(json.dumps([sign(lots[0], 11), sign(lots[1], 10)]))
    farm.pen.forget()
    assert both.status_code == 200 and both.json[0]["rule"] == "stock"
    assert both.json[1]["index"] >= 0
    none = post(json.dumps([sign(lots[0], 11), sign(lots[1], 0)]), "?atomic=true")
    farm.pen.forget()
    assert (none.status_code, none.json["rule"]) == (409, "stock")
    assert [one["index"] for one in none.json["problems"]] == [0]


def test_the_command_line_sets_it(suyuan, small):
    farm, lot = party(small, "producer"), small.new_lot()
    files.save(small.home / "log.key", small.log, PASSPHRASE)
    files.save(small.home / "farm.key", farm.signer, PASSPHRASE)
    harvest(small, farm, lot, 10)
    small.ledger.followers.catch_up()
    suyuan = Suyuan("--home", small.home)

    def switch(value):
        return suyuan("party", "refuse-overdrawing", farm.uri, value).code

    key = small.home / "farm.key"
    sell = ("record", lot, "--step", "sell", "--quantity", "11", "--key", key)
    assert switch("on") == 0
    with small.ledger.reading() as reader:
        assert farm.uri in choosers(reader, OVERDRAW, REFUSE)
    refused = suyuan(*sell)
    assert refused.code == 2 and "stock: " in refused.err
    assert switch("off") == 0 and suyuan(*sell).code == 0
    assert switch("perhaps") == 2
    assert suyuan("party", "refuse-overdrawing", "urn:uscc:91350212MA2XN7T503", "on").code == 2
