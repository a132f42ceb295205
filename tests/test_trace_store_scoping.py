"""Holds and recalls in the append transaction: rows, who may, what is stopped; both audits."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from audits import audit
from sqlalchemy import text
from support import AUTHORITY, HOST, Actor, World, event

from suyuan.keys.signer import LocalSigner
from suyuan.trace import acts, steps
from suyuan.trace.identifiers import codes
from suyuan.trace.link import AfterRef
from suyuan.trace.members import Object
from suyuan.trace.pen import Draft
from suyuan.trace.rules import Refused, Rule
from suyuan.trace.scopes import render
from suyuan.trace.store.engine import writing
from suyuan.trace.store.receipts import Receipt

KNOWN = "2026-01-01T00:00:00Z"
AHEAD = timedelta(seconds=2)


@pytest.fixture(autouse=True)
def _ahead(world: World) -> None:
    """Events are told a little ahead, so that none of them happened before an act was signed."""


def act_uri() -> str:
    return codes.uri_of(codes.new(), HOST, "act")


def say(world: World, who: Actor, *said: tuple[Object, bytes | None]) -> list[Receipt]:
    """Statements in one transaction, with their lists."""
    drafts = [Draft(statement=statement) for statement, _ in said]
    return world.ledger.write(who.pen, drafts, [data for _, data in said if data is not None])


def order(
    world: World, who: Actor, *items: str, uri: str | None = None, drill: bool = False
) -> str:
    data, named = acts.listed(items)
    uri = uri or act_uri()
    say(world, who, (acts.recall_order(uri, 1, KNOWN, "检出", named, drill=drill), data))
    return uri


def hold(world: World, who: Actor, *items: str) -> str:
    data, named = acts.listed(items)
    uri = act_uri()
    say(world, who, (acts.hold_place(uri, "待检", named), data))
    return uri


def extend(world: World, who: Actor, uri: str, *items: str) -> None:
    data, named = acts.listed(items)
    say(world, who, (acts.recall_extend(uri, named), data))


def clear(world: World, who: Actor, uri: str, *items: str) -> None:
    data, named = acts.listed(items)
    say(world, who, (acts.recall_clear(uri, "不含", named), data))


def later(step: str, lot: str, **more) -> Object:
    """An event a little ahead of now, so that it happened before no act."""
    when = datetime.now(UTC) + AHEAD
    return steps.event(step, when, [steps.Portion(lot, None, None)], **more)


def dispatch(world: World, sender: Actor, recipient: Actor, lot: str) -> Receipt:
    (found,) = world.do(sender, later("dispatch", lot, sender=sender.uri, recipient=recipient.uri))
    return found


def refusal(world: World, who: Actor, said: Object, data: bytes | None = None) -> Refused:
    with pytest.raises(Refused) as found:
        say(world, who, (said, data))
    return found.value


def stopped(world: World, sender: Actor, recipient: Actor, lot: str) -> Refused:
    with pytest.raises(Refused) as found:
        dispatch(world, sender, recipient, lot)
    assert (found.value.rule, found.value.status) == (Rule.HOLD, 409)
    return found.value


def rows(world: World) -> set[tuple]:
    with world.ledger.reading() as reader:
        query = text("SELECT item, act, leaf, cleared FROM scope")
        return {tuple(row) for row in reader.connection.execute(query)}


def officer(world: World, role: str = "office", by: Actor | None = None) -> Actor:
    uri, signer = codes.uri_of(codes.new(), HOST, "party"), LocalSigner.new()
    world.say(
        by or world.authority,
        acts.admit(uri, "思明区监管所", [role], "350206"),
        acts.enrol_signer(world.trust.origin, uri, signer),
    )
    return Actor(uri, signer, world.ledger.pen(uri, signer))


# What is written.


def test_an_order_an_extension_and_a_clearing_make_rows(world: World) -> None:
    farm = world.party("青山农场", "producer")
    one, two, three, made = (world.new_lot() for _ in range(4))
    for lot in (one, two, three, made):
        world.code(farm, lot)
    uri = order(world, farm, one, two)
    with world.ledger.reading() as reader:
        act = reader.source.act(uri)
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
    with world.reopen().reading() as reader:
        act = reader.source.act(uri)
    assert act is not None and act.is_in_force
    assert (act.ended, act.ending) == (leaf + 5, "close")
    world.ledger.followers.catch_up()
    assert audit(world.ledger).is_good


def test_what_other_processes_say_of_an_act_is_known(world: World) -> None:
    farm = world.party("青山农场", "producer")
    lot = world.new_lot()
    world.code(farm, lot)
    uri = order(world, farm, lot)
    other = world.reopen()
    try:
        other.write(other.pen(farm.uri, farm.signer), [Draft(statement=acts.recall_close(uri))])
    finally:
        other.close()
    found = refusal(world, farm, acts.recall_withdraw(uri, "误发"))
    assert found.rule is Rule.STATEMENT and "was ended at" in found.why


# What only the server refuses of an act.


def test_an_act_whose_list_is_not_here_is_refused(small: World) -> None:
    farm = small.party("青山农场", "producer")
    lot = small.new_lot()
    small.code(farm, lot)
    data, named = acts.listed([lot])
    said = acts.hold_place(act_uri(), "待检", named)
    found = refusal(small, farm, said)
    assert found.rule is Rule.STATEMENT and found.status == 422
    assert "is not here: send it with the entry" in found.why
    say(small, farm, (said, data))


def test_a_list_that_is_not_what_the_statement_says_is_refused(small: World) -> None:
    farm = small.party("青山农场", "producer")
    one, two = small.new_lot(), small.new_lot()
    small.code(farm, one)
    small.code(farm, two)
    data, named = acts.listed([one, two])
    found = refusal(small, farm, acts.hold_place(act_uri(), "待检", named | {"count": 3}), data)
    assert "has 2 items, the statement counts 3" in found.why


def test_items_that_nobody_has_spoken_of_are_refused_by_name(world: World) -> None:
    farm = world.party("青山农场", "producer")
    known = world.new_lot()
    world.code(farm, known)
    unknown = sorted(world.new_lot() for _ in range(5))
    data, named = acts.listed([known, *unknown])
    for who in (farm, world.authority):
        found = refusal(world, who, acts.recall_order(act_uri(), 2, KNOWN, "检出", named), data)
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
    data, named = acts.listed([own, foreign])
    found = refusal(world, farm, acts.recall_order(act_uri(), 1, KNOWN, "检出", named), data)
    assert found.rule is Rule.STATEMENT and foreign in found.why and own not in found.why
    data, named = acts.listed([gtin])
    assert refusal(world, other, acts.recall_order(act_uri(), 1, KNOWN, "检出", named), data)


def test_a_holder_holds_what_it_has_recorded_something_about(world: World) -> None:
    farm, shop = world.party("青山农场", "producer"), world.party("鼎盛蔬菜行")
    lot = world.new_lot()
    world.code(farm, lot)
    data, named = acts.listed([lot])
    found = refusal(world, shop, acts.hold_place(act_uri(), "待检", named), data)
    assert "it has recorded nothing about them" in found.why
    world.say(shop, acts.labels(["0" * 13]), items=(lot,))  # a statement is no record of having it
    assert refusal(world, shop, acts.hold_place(act_uri(), "待检", named), data)
    world.hand_over(farm, shop, lot)
    hold(world, shop, lot)


def test_an_officer_of_the_authoritys_own_making_speaks_for_everything(world: World) -> None:
    farm, market = world.party("青山农场", "producer"), world.party("五缘市场", "market")
    lot = world.new_lot()
    world.code(farm, lot)
    order(world, officer(world), lot)
    hold(world, officer(world, "authority"), lot)
    world.say(world.authority, acts.appoint(market.uri, ["3502"]))
    made_up = officer(world, by=market)
    data, named = acts.listed([lot])
    found = refusal(world, made_up, acts.recall_order(act_uri(), 1, KNOWN, "检出", named), data)
    assert found.rule is Rule.STATEMENT and lot in found.why


def test_one_that_is_made_an_officer_by_a_registrars_change_is_none(world: World) -> None:
    farm, market = world.party("青山农场", "producer"), world.party("五缘市场", "market")
    lot, stall = world.new_lot(), world.party("摊位")
    world.code(farm, lot)
    world.say(world.authority, acts.appoint(market.uri, ["3502"]))
    world.say(market, acts.admit(stall.uri, "摊位", ["office"], "350206", op="change"))
    data, named = acts.listed([lot])
    assert refusal(world, stall, acts.hold_place(act_uri(), "待检", named), data)
    world.say(world.authority, acts.admit(stall.uri, "摊位", ["office"], "350206", op="change"))
    hold(world, stall, lot)


def test_a_maker_clears_what_it_made_but_nothing_out_of_the_order_itself(world: World) -> None:
    farm, maker = world.party("青山农场", "producer"), world.party("同安食品厂", "processor")
    lot, sausage = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    world.code(maker, sausage)
    uri = order(world, world.authority, lot)
    clear(world, maker, uri, sausage)
    data, named = acts.listed([lot])
    found = refusal(world, farm, acts.recall_clear(uri, "不含", named), data)
    assert "in the scope itself" in found.why
    assert refusal(world, maker, acts.recall_clear(uri, "不含", named), data)
    extend(world, world.authority, uri, sausage)
    data, named = acts.listed([sausage])
    assert refusal(world, maker, acts.recall_clear(uri, "不含", named), data)
    clear(world, world.authority, uri, lot)
    clear(world, farm, uri, lot)  # once it is out of it, it may say so too


def test_others_neither_extend_nor_end_an_act(small: World) -> None:
    farm, other = small.party("青山农场", "producer"), small.party("邻家", "producer")
    lot = small.new_lot()
    small.code(farm, lot)
    uri, held = order(small, farm, lot), hold(small, farm, lot)
    data, named = acts.listed([lot])
    for said in (
        acts.recall_extend(uri, named),
        acts.recall_close(uri),
        acts.recall_withdraw(uri, "误发"),
        acts.hold_release(held),
    ):
        assert refusal(small, other, said, data).rule is Rule.AUTHORITY
    amount = {"item": lot, "kind": "recovered", "value": "1", "unit": "kg"}
    say(small, other, (acts.recall_acknowledge(uri), None))
    say(small, other, (acts.recall_report(uri, [amount]), None))
    say(small, small.authority, (acts.hold_release(held), None), (acts.recall_close(uri), None))
    for said in (acts.recall_close(uri), acts.recall_extend(uri, named), acts.hold_release(held)):
        assert refusal(small, farm, said, data).rule is Rule.STATEMENT


def test_a_recall_twice_is_refused(small: World) -> None:
    farm = small.party("青山农场", "producer")
    lot = small.new_lot()
    small.code(farm, lot)
    uri = order(small, farm, lot)
    with pytest.raises(Refused) as found:
        order(small, farm, lot, uri=uri)
    assert found.value.rule is Rule.STATEMENT and "is a recall already" in found.value.why
    assert refusal(small, farm, acts.recall_acknowledge(act_uri())).rule is Rule.STATEMENT
    assert refusal(small, farm, acts.hold_release(uri)).rule is Rule.STATEMENT


# What an act stops.


@pytest.fixture
def traders(world: World) -> Iterator[tuple[World, Actor, Actor, str]]:
    farm, shop = world.party("青山农场", "producer"), world.party("鼎盛蔬菜行")
    lot = world.new_lot()
    world.code(farm, lot)
    world.hand_over(farm, shop, lot)
    yield world, farm, shop, lot


def test_a_recalled_lot_is_neither_sent_nor_sold(traders: tuple[World, Actor, Actor, str]) -> None:
    world, farm, shop, lot = traders
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


def test_a_closed_recall_goes_on_to_stop_and_a_withdrawn_one_does_not(
    traders: tuple[World, Actor, Actor, str],
) -> None:
    world, farm, shop, lot = traders
    uri = order(world, farm, lot)
    say(world, farm, (acts.recall_close(uri), None))
    stopped(world, shop, farm, lot)
    again = order(world, world.authority, lot)
    say(world, world.authority, (acts.recall_withdraw(again, "误发"), None))
    assert uri in stopped(world, shop, farm, lot).why
    clear(world, farm, uri, lot)
    dispatch(world, shop, farm, lot)


def test_a_holders_own_hold_binds_itself_only_and_the_authoritys_binds_all(
    traders: tuple[World, Actor, Actor, str],
) -> None:
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


def test_a_drill_stops_nothing(traders: tuple[World, Actor, Actor, str]) -> None:
    world, farm, shop, lot = traders
    order(world, farm, lot, drill=True)
    dispatch(world, shop, farm, lot)


def test_what_happened_before_is_told_afterwards(traders: tuple[World, Actor, Actor, str]) -> None:
    world, farm, shop, lot = traders
    other = world.new_lot()
    world.code(farm, other)
    uri = order(world, farm, lot)
    world.do(shop, event("dispatch", lot, "1", sender=shop.uri, recipient=farm.uri))
    extend(world, farm, uri, other)
    world.do(farm, event("dispatch", other, "1", sender=farm.uri, recipient=shop.uri))
    stopped(world, farm, shop, other)


def test_a_record_that_is_taken_back_and_one_from_a_document_are_taken(
    traders: tuple[World, Actor, Actor, str],
) -> None:
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


def test_an_act_is_seen_by_the_links_behind_it_in_its_transaction(
    traders: tuple[World, Actor, Actor, str],
) -> None:
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


def test_a_container_is_another_item(traders: tuple[World, Actor, Actor, str]) -> None:
    """What is stopped is what the list names: whoever orders names the containers too."""
    world, farm, shop, lot = traders
    box = "https://id.gs1.org/00/069012340000000016"
    world.do(shop, later("pack", lot, parent=box))
    order(world, world.authority, lot, box)
    stopped(world, shop, farm, box)


def test_a_receipt_of_what_was_on_its_way_is_taken(
    traders: tuple[World, Actor, Actor, str],
) -> None:
    world, farm, shop, lot = traders
    sent = dispatch(world, farm, shop, lot)
    order(world, farm, lot)
    world.do(shop, later("receive", lot), after=(AfterRef(sent.index, sent.hash),))


# Its cost.


def queries(world: World, entries: list[bytes]) -> list[str]:
    """What appending these asks of the scopes."""
    from sqlalchemy import event as listening

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


def test_ordinary_appends_ask_one_thing_more_and_nothing_where_there_is_no_act(
    small: World,
) -> None:
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
    held = small.new_lot()
    small.code(farm, held)
    order(small, farm, held)
    assert len(queries(small, sent())) == 1
    received = [farm.pen.sign(Draft(event=event("count", lot, "1"))) for lot in lots]
    assert queries(small, received) == []


# Audits.


def change(world: World, statement: str, **values: object) -> None:
    with writing(world.ledger.database.engine) as connection:
        connection.execute(text(statement), values)


@pytest.fixture
def acted(world: World) -> tuple[World, str, str]:
    farm = world.party("青山农场", "producer")
    one, two = world.new_lot(), world.new_lot()
    world.code(farm, one)
    world.code(farm, two)
    uri = order(world, farm, one, two)
    clear(world, world.authority, uri, two)
    hold(world, world.authority, one)
    world.ledger.followers.catch_up()
    return world, one, two


@pytest.mark.slow
@pytest.mark.parametrize(
    ("statement", "table"),
    [
        ("DELETE FROM scope WHERE item = :one", "scope"),
        ("UPDATE scope SET cleared = leaf WHERE item = :one", "scope"),
        ("UPDATE scope SET cleared = NULL WHERE item = :two", "scope"),
        ("UPDATE scope SET item = 'urn:x:other' WHERE item = :two", "scope"),
        ("UPDATE scope SET leaf = 0 WHERE item = :one", "scope"),
        ("INSERT INTO scope VALUES ('urn:x:new', 0, 0, NULL)", "scope"),
        ("UPDATE act SET ended = 3, ending = 'withdraw' WHERE kind = 'recall'", "act"),
        ("UPDATE act SET drill = true", "act"),
        ("UPDATE act SET level = 3 WHERE kind = 'recall'", "act"),
        ("UPDATE act SET actor = subject", "act"),
        ("DELETE FROM act WHERE kind = 'hold'", "act"),
    ],
)
def test_a_changed_row_is_found(acted: tuple[World, str, str], statement: str, table: str) -> None:
    world, one, two = acted
    assert audit(world.ledger).is_good
    values = {"one": one, "two": two}
    change(world, statement, **{k: v for k, v in values.items() if f":{k}" in statement})
    findings = audit(world.ledger).findings
    assert findings and all(found.rule == "projection" for found in findings)
    assert all(found.reason.startswith(table) for found in findings)


def lose_lists(world: World) -> None:
    for path in (world.home / "attachments").glob("*/*"):
        path.unlink()


@pytest.mark.slow
def test_a_lost_list_is_told_and_the_rows_that_give_it_are_checked_by_it(
    acted: tuple[World, str, str],
) -> None:
    world, one, _ = acted
    lose_lists(world)
    report = audit(world.ledger)
    assert report.is_good
    assert {found.rule for found in report.notices} == {"file"} and len(report.notices) == 3
    change(world, "DELETE FROM scope WHERE item = :one", one=one)
    findings = audit(world.ledger).findings
    assert findings and all("cannot be compared" in found.reason for found in findings)


@pytest.mark.slow
def test_a_changed_list_is_a_finding(acted: tuple[World, str, str]) -> None:
    world, one, _ = acted
    data, named = acts.listed([one])
    path = world.home / "attachments" / named["list"][:2] / named["list"]
    assert path.read_bytes() == data == render([one])
    path.write_bytes(b"urn:x:other\n")
    assert [found.rule for found in audit(world.ledger).findings] == ["file"]


@pytest.mark.slow
def test_ten_thousand_items_are_quick(world: World) -> None:
    farm, shop = world.party("青山农场", "producer"), world.party("鼎盛蔬菜行")
    lots = [world.new_lot() for _ in range(10_000)]
    for at in range(0, len(lots), 1_000):
        world.do(farm, *[event("code", lot, "1") for lot in lots[at : at + 1_000]])
    started = datetime.now(UTC)
    uri = order(world, farm, *lots)
    assert datetime.now(UTC) - started < timedelta(seconds=2)
    assert uri in stopped(world, farm, shop, lots[777]).why
    started = datetime.now(UTC)
    clear(world, world.authority, uri, *lots)
    assert datetime.now(UTC) - started < timedelta(seconds=2)
    assert farm.uri != AUTHORITY
    dispatch(world, farm, shop, lots[777])
