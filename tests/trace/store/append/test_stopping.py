"""What a hold or a recall stops in the append transaction, and what asking costs."""

import time

import pytest
from sqlalchemy import event as listening
from support.ledger.lengths import length
from support.ledger.work import pace
from support.ledger.world import AUTHORITY, Actor, World, event
from support.watch.audits import audit
from support.web.acting import (
    KNOWN,
    act_uri,
    clear,
    dispatch,
    extend,
    hold,
    later,
    officer,
    order,
    rows,
    say,
    stopped,
)

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.rules import Refused, Rule

Traders = tuple[World, Actor, Actor, str]


@pytest.fixture
def traders(world: World) -> Traders:
    farm, shop = world.party("青山农场", "producer"), world.party("鼎盛蔬菜行")
    lot = world.coded_lot(farm)
    world.hand_over(farm, shop, lot)
    return world, farm, shop, lot


def test_a_recalled_lot_is_neither_sent_nor_sold(traders: Traders) -> None:
    world, farm, shop, lot = traders
    order(world, farm, lot, drill=True)
    dispatch(world, shop, farm, lot)  # a drill stops nothing
    box = "https://id.gs1.org/00/069012340000000016"
    world.do(shop, later("pack", lot, parent=box))
    order(world, world.authority, box)  # what the list names, whatever is in it
    stopped(world, shop, farm, box)
    uri = order(world, farm, lot)
    found = stopped(world, shop, farm, lot)
    assert uri in found.why and farm.uri in found.why and "recalled (level 1)" in found.why
    assert "Return it, destroy it or record a loss" in found.why
    with pytest.raises(Refused) as sold:
        world.do(shop, later("sell", lot))
    assert sold.value.rule is Rule.HOLD
    world.do(shop, later("return", lot, sender=shop.uri, recipient=farm.uri,
                         extra={"suyuan:reason": "召回"}))  # fmt: skip
    world.do(shop, later("destroy", lot))
    world.do(shop, later("count", lot))


def test_a_closed_recall_goes_on_to_stop_and_a_withdrawn_one_does_not(traders: Traders) -> None:
    world, farm, shop, lot = traders
    uri = order(world, farm, lot)
    say(world, farm, (acts.recall_close(uri), None))
    stopped(world, shop, farm, lot)
    again = order(world, world.authority, lot)
    say(world, world.authority, (acts.recall_withdraw(again, "误发"), None))
    assert uri in stopped(world, shop, farm, lot).why
    clear(world, farm, uri, lot)
    dispatch(world, shop, farm, lot)


def test_a_holders_own_hold_binds_itself_only_and_the_authoritys_binds_all(traders):
    world, farm, shop, lot = traders
    own = hold(world, farm, lot)
    assert "on hold" in stopped(world, farm, shop, lot).why
    dispatch(world, shop, farm, lot)
    held = hold(world, officer(world), lot)
    assert held in stopped(world, shop, farm, lot).why
    say(world, world.authority, (acts.hold_release(held), None))
    dispatch(world, shop, farm, lot)
    say(world, farm, (acts.hold_release(own, "合格"), None))
    dispatch(world, farm, shop, lot)


def test_what_happened_before_is_told_afterwards(traders: Traders) -> None:
    world, farm, shop, lot = traders
    other = world.coded_lot(farm)
    uri = order(world, farm, lot)
    world.do(shop, event("dispatch", lot, "1", sender=shop.uri, recipient=farm.uri))
    extend(world, farm, uri, other)
    world.do(farm, event("dispatch", other, "1", sender=farm.uri, recipient=shop.uri))
    stopped(world, farm, shop, other)


def test_a_record_that_is_taken_back_and_one_from_a_document_are_taken(traders: Traders) -> None:
    world, farm, shop, lot = traders
    sent = later("dispatch", lot, sender=shop.uri, recipient=farm.uri)
    world.do(shop, sent)
    order(world, farm, lot)
    wrong = sent | {"errorDeclaration": {
        "declarationTime": sent["eventTime"], "reason": "did_not_occur"}}  # fmt: skip
    world.do(shop, wrong)
    file = {"sha256": "ab" * 32, "size": 1, "type": "application/ld+json", "as": "received"}
    reported = later("dispatch", lot, sender=shop.uri, recipient=farm.uri)
    world.ledger.write(shop.pen, [Draft(event=reported, document=file)])


def test_an_act_is_seen_by_the_links_behind_it_in_its_transaction(traders: Traders) -> None:
    world, farm, shop, lot = traders
    data, named = acts.listed([lot])
    world.ledger.attachments.put(data)
    uri = act_uri()
    placed = Draft(statement=acts.recall_order(uri, 1, KNOWN, "检出", named))
    sent = Draft(event=later("dispatch", lot, sender=farm.uri, recipient=shop.uri))
    with pytest.raises(Refused) as found:  # all or none: the trial sees it too
        world.ledger.write(farm.pen, [placed, sent])
    assert found.value.rule is Rule.HOLD
    assert rows(world) == set()
    cleared = Draft(statement=acts.recall_clear(uri, "不含", named))
    for drafts, refused in (
        ([placed, sent], [False, True]),
        ([cleared, sent], [False, False]),
        ([Draft(statement=acts.recall_extend(uri, named)), sent], [False, True]),
        ([Draft(statement=acts.recall_withdraw(uri, "误发")), sent], [False, False]),
    ):
        entries = [farm.pen.sign(draft) for draft in drafts]
        outcomes = world.ledger.append(entries)
        assert [isinstance(one, Refused) for one in outcomes] == refused
        farm.pen.forget()
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def test_a_receipt_of_what_was_on_its_way_is_taken(traders: Traders) -> None:
    world, farm, shop, lot = traders
    sent = dispatch(world, farm, shop, lot)
    order(world, farm, lot)
    world.do(shop, later("receive", lot), after=(AfterRef(sent.index, sent.hash),))


# Its cost.


def queries(world: World, entries: list[bytes]) -> list[str]:
    """What appending these asks of the scopes."""
    found: list[str] = []
    engine = world.ledger.database.engine

    def heard(_connection, _cursor, statement, *_more) -> None:
        found.append(statement)

    listening.listen(engine, "before_cursor_execute", heard)
    try:
        assert not any(isinstance(one, Refused) for one in world.ledger.append(entries))
    finally:
        listening.remove(engine, "before_cursor_execute", heard)
    return [one for one in found if "FROM scope" in one]


def test_ordinary_appends_ask_one_thing_more_and_nothing_where_there_is_no_act(small):
    farm, shop = small.party("青山农场", "producer"), small.party("鼎盛蔬菜行")
    lots = [small.new_lot() for _ in range(20)]
    small.do(farm, *[event("code", lot, "9") for lot in lots])

    def sent() -> list[bytes]:
        return [
            farm.pen.sign(Draft(event=event("dispatch", lot, "1", sender=farm.uri,
                                            recipient=shop.uri)))
            for lot in lots
        ]  # fmt: skip

    assert queries(small, sent()) == []
    held = small.coded_lot(farm)
    order(small, farm, held)
    assert len(queries(small, sent())) == 1
    received = [farm.pen.sign(Draft(event=event("count", lot, "1"))) for lot in lots]
    assert queries(small, received) == []


@pytest.mark.slow
def test_thousands_of_items_are_quick(world: World) -> None:
    farm, shop = world.party("青山农场", "producer"), world.party("鼎盛蔬菜行")
    lots = [world.new_lot() for _ in range(length(4_000, 10_000))]
    for at in range(0, len(lots), 1_000):
        world.do(farm, *[event("code", lot, "1") for lot in lots[at : at + 1_000]])
    most, started = length(4, 10) * pace(), time.thread_time()
    uri = order(world, farm, *lots)
    assert time.thread_time() - started < most
    assert uri in stopped(world, farm, shop, lots[777]).why
    started = time.thread_time()
    clear(world, world.authority, uri, *lots)
    assert time.thread_time() - started < most
    assert farm.uri != AUTHORITY
    dispatch(world, farm, shop, lots[777])
