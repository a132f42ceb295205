"""Holds and recalls in the append transaction: the rows they make, and who may make them."""

from collections.abc import Callable
from contextlib import closing

import pytest
from support.ledger.world import HOST, Actor, World, event
from support.watch.audits import audit
from support.web.acting import (
    KNOWN,
    act_uri,
    clear,
    extend,
    hold,
    officer,
    order,
    refusal,
    rows,
    say,
)

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.rules import Refused, Rule

# What is written.


def test_an_order_an_extension_and_a_clearing_make_rows(world: World) -> None:
    farm = world.party("青山农场", "producer")
    one, two, three, made = (world.coded_lot(farm) for _ in range(4))
    uri = order(world, farm, one, two)
    with world.ledger.reading() as reader:
        act = reader.act(uri)
    assert act is not None
    assert (act.kind, act.actor, act.level, act.drill) == ("recall", farm.uri, 1, False)
    leaf = act.leaf
    assert rows(world) == {(one, leaf, leaf, None), (two, leaf, leaf, None)}
    extend(world, farm, uri, two, three)
    assert (three, leaf, leaf + 1, None) in rows(world)
    clear(world, farm, uri, one, made)
    assert rows(world) == {
        (one, leaf, leaf, leaf + 2), (two, leaf, leaf, None), (three, leaf, leaf + 1, None),
        (made, leaf, leaf + 2, leaf + 2),
    }  # fmt: skip
    extend(world, farm, uri, one)
    assert (one, leaf, leaf + 3, None) in rows(world)
    say(world, farm, (acts.recall_acknowledge(uri), None), (acts.recall_close(uri), None))
    again = world.reopen()
    with closing(again), again.reading() as reader:
        act = reader.act(uri)
    assert act is not None and act.is_in_force
    assert (act.ended, act.ending) == (leaf + 5, "close")
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def test_what_other_processes_say_of_an_act_is_known(world: World) -> None:
    farm = world.party("青山农场", "producer")
    lot = world.coded_lot(farm)
    uri = order(world, farm, lot)
    with closing(world.reopen()) as other:
        other.write(other.pen(farm.uri, farm.signer), [Draft(statement=acts.recall_close(uri))])
    found = refusal(world, farm, acts.recall_withdraw(uri, "误发"))
    assert found.rule is Rule.STATEMENT and "was ended at" in found.why


# What only the server refuses of an act.


def refused(world: World, who: Actor, make: Callable[[dict], dict], *items: str) -> Refused:
    """Why a statement with a list of these items is refused."""
    data, named = acts.listed(items)
    return refusal(world, who, make(named), data)


def recalling(named: dict) -> dict:
    return acts.recall_order(act_uri(), 1, KNOWN, "检出", named)


def holding(named: dict) -> dict:
    return acts.hold_place(act_uri(), "待检", named)


def clearing(uri: str) -> Callable[[dict], dict]:
    return lambda named: acts.recall_clear(uri, "不含", named)


def test_an_act_whose_list_is_not_here_or_not_what_it_says_is_refused(small: World) -> None:
    farm = small.party("青山农场", "producer")
    one, two = small.coded_lot(farm), small.coded_lot(farm)
    data, named = acts.listed([one])
    said = holding(named)
    found = refusal(small, farm, said)
    assert found.rule is Rule.STATEMENT and found.status == 422
    assert "is not here: send it with the entry" in found.why
    say(small, farm, (said, data))
    found = refused(small, farm, lambda named: holding(named | {"count": 3}), one, two)
    assert "has 2 items, the statement counts 3" in found.why


def test_items_that_nobody_has_spoken_of_are_refused_by_name(world: World) -> None:
    farm = world.party("青山农场", "producer")
    known = world.coded_lot(farm)
    unknown = sorted(world.new_lot() for _ in range(5))
    for who in (farm, world.authority):
        found = refused(world, who, recalling, known, *unknown)
        assert found.rule is Rule.STATEMENT
        assert "no record of" in found.why and "and 2 more items" in found.why
        assert all(item in found.why for item in unknown[:3]) and known not in found.why


def test_a_producer_recalls_what_it_coded_and_what_is_under_its_prefix(world: World) -> None:
    uri, signer = codes.uri_of(codes.new(), HOST, "party"), LocalSigner.new()
    world.say(
        world.authority,
        acts.admit(uri, "青山农场", ["producer"], "350206", gs1=["6901234"]),
        acts.enrol_signer(world.trust.origin, uri, signer),
    )
    farm, other = Actor(uri, signer, world.ledger.pen(uri, signer)), world.party("邻家", "producer")
    own, foreign = world.new_lot(), world.new_lot()
    gtin = "https://id.gs1.org/01/06901234567892/10/L24"
    world.code(farm, own)
    world.code(other, foreign)
    world.do(other, event("receive", gtin, "3"))  # whoever spoke of it first
    order(world, farm, own, gtin)
    found = refused(world, farm, recalling, own, foreign)
    assert found.rule is Rule.STATEMENT and foreign in found.why and own not in found.why
    assert refused(world, other, recalling, gtin)


def test_a_holder_holds_what_it_has_recorded_something_about(world: World) -> None:
    farm, shop = world.party("青山农场", "producer"), world.party("鼎盛蔬菜行")
    lot = world.coded_lot(farm)
    assert "it has recorded nothing about them" in refused(world, shop, holding, lot).why
    world.say(shop, acts.labels(["0" * 13]), items=(lot,))  # a statement is no record of having it
    assert refused(world, shop, holding, lot)
    world.hand_over(farm, shop, lot)
    hold(world, shop, lot)


def test_an_officer_of_the_authoritys_own_making_speaks_for_everything_no_registrars(world) -> None:
    farm, market = world.party("青山农场", "producer"), world.party("五缘市场", "market")
    lot, stall = world.coded_lot(farm), world.party("摊位")
    order(world, officer(world), lot)
    hold(world, officer(world, "authority"), lot)
    world.say(world.authority, acts.appoint(market.uri, ["3502"]))
    found = refused(world, officer(world, by=market), recalling, lot)
    assert found.rule is Rule.STATEMENT and lot in found.why
    change = acts.admit(stall.uri, "摊位", ["office"], "350206", op="change")
    world.say(market, change)
    assert refused(world, stall, holding, lot)
    world.say(world.authority, change)
    hold(world, stall, lot)


def test_a_maker_clears_what_it_made_but_nothing_out_of_the_order_itself(world: World) -> None:
    farm, maker = world.party("青山农场", "producer"), world.party("同安食品厂", "processor")
    lot, sausage = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    world.code(maker, sausage)
    uri = order(world, world.authority, lot)
    clear(world, maker, uri, sausage)
    assert "in the scope itself" in refused(world, farm, clearing(uri), lot).why
    assert refused(world, maker, clearing(uri), lot)
    extend(world, world.authority, uri, sausage)
    assert refused(world, maker, clearing(uri), sausage)
    clear(world, world.authority, uri, lot)
    clear(world, farm, uri, lot)  # once it is out of it, it may say so too


def test_a_producer_does_not_take_back_what_the_authority_took_in(world: World) -> None:
    farm, other = world.party("青山农场", "producer"), world.party("邻家", "producer")
    mine, more, theirs = (world.new_lot() for _ in range(3))
    for who, lot in ((farm, mine), (farm, more), (other, theirs)):
        world.code(who, lot)
    uri = order(world, farm, mine)
    extend(world, world.authority, uri, theirs)
    found = refused(world, farm, clearing(uri), theirs)
    assert "the authority or its officers took them in" in found.why
    found = refusal(world, farm, acts.recall_withdraw(uri, "误发"))
    assert found.rule is Rule.AUTHORITY and "only they take it back" in found.why
    extend(world, farm, uri, more)
    clear(world, farm, uri, more)
    clear(world, world.authority, uri, theirs)
    say(world, farm, (acts.recall_withdraw(uri, "误发"), None))


def test_others_neither_extend_nor_end_an_act(small: World) -> None:
    farm, other = small.party("青山农场", "producer"), small.party("邻家", "producer")
    lot = small.coded_lot(farm)
    uri, held = order(small, farm, lot), hold(small, farm, lot)
    data, named = acts.listed([lot])
    for said in (
        acts.recall_extend(uri, named), acts.recall_close(uri), acts.hold_release(held),
        acts.recall_withdraw(uri, "误发"),
    ):  # fmt: skip
        assert refusal(small, other, said, data).rule is Rule.AUTHORITY
    amount = {"item": lot, "kind": "recovered", "value": "1", "unit": "kg"}
    say(small, other, (acts.recall_acknowledge(uri), None))
    say(small, other, (acts.recall_report(uri, [amount]), None))
    say(small, small.authority, (acts.hold_release(held), None), (acts.recall_close(uri), None))
    for said in (acts.recall_close(uri), acts.recall_extend(uri, named), acts.hold_release(held)):
        assert refusal(small, farm, said, data).rule is Rule.STATEMENT


def test_a_recall_twice_is_refused(small: World) -> None:
    farm = small.party("青山农场", "producer")
    lot = small.coded_lot(farm)
    uri = order(small, farm, lot)
    with pytest.raises(Refused) as found:
        order(small, farm, lot, uri=uri)
    assert found.value.rule is Rule.STATEMENT and "is a recall already" in found.value.why
    assert refusal(small, farm, acts.recall_acknowledge(act_uri())).rule is Rule.STATEMENT
    assert refusal(small, farm, acts.hold_release(uri)).rule is Rule.STATEMENT
