"""Histories: what is walked, where it begins, what is missing, and where it ends."""

import sqlite3
from contextlib import closing

import pytest
from support.goods.history import CRATE, PALLET, common, making, newest, packing, path, whole
from support.ledger.world import Actor, World, event

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import AfterRef
from suyuan.trace.goods.history import History
from suyuan.trace.recording.bulk import SourceFile


def actors(found: History) -> set[str]:
    return {checked.link.actor for checked in found.links.values() if checked.link is not None}


def beginnings(found: History) -> set[tuple[str, str]]:
    return {(begin.item, begin.actor) for begin in found.beginnings}


def tamper(world: World, *statements: str) -> None:
    with closing(sqlite3.connect(world.home / "suyuan.db")) as connection, connection:
        for name in ("link_no_update", "link_no_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def one(world: World) -> Actor:
    return world.party("A 区 12 号")


@pytest.fixture
def two(world: World) -> Actor:
    return world.party("A 区 13 号")


def test_the_path_to_one_holder_has_no_other_holders_chain(world, farm, one, two, lot):
    world.hand_over(farm, one, lot)
    world.hand_over(farm, two, lot)
    world.do(one, event("sell", lot, "1"))
    assert actors(path(world, lot, one)) == {farm.uri, one.uri}
    assert actors(path(world, lot, two)) == {farm.uri, two.uri}
    assert len(path(world, lot, one).links) == 4  # coded, sent, received, sold
    everything = whole(world, lot)
    assert actors(everything) == {farm.uri, one.uri, two.uri} and len(everything.links) == 6
    for found in (everything, path(world, lot, one)):
        assert found.is_good and not found.beginnings and not found.is_cut


def test_what_is_common_ends_before_the_first_hand_over_and_names_no_holder(world, farm, one, two):
    lot = world.new_lot()
    coded = world.code(farm, lot)
    (fed,) = world.do(farm, event("feed", lot))
    world.hand_over(farm, one, lot)
    world.do(farm, event("count", lot, "70"))
    world.hand_over(farm, two, lot)
    found = common(world, lot)
    assert sorted(found.links) == [coded.index, fed.index]
    assert found.actor == farm.uri and found.is_good
    said = b"".join(c.link.envelope.payload for c in found.links.values() if c.link)
    assert one.uri.encode() not in said and two.uri.encode() not in said


def test_what_is_common_is_the_coders_not_that_of_who_spoke_first(world, farm, one):
    lot = world.new_lot()
    world.do(one, event("count", lot, "1"))
    assert common(world, lot).actor == one.uri  # nobody else has spoken
    world.code(farm, lot)
    assert common(world, lot).actor == farm.uri
    gs1 = "https://id.gs1.org/01/06901234567892/10/L1"
    world.do(one, event("count", gs1, "1"))
    world.do(farm, event("harvest", gs1, "1"))
    assert common(world, gs1).actor == farm.uri


def test_of_nothing_there_is_an_empty_history(world: World) -> None:
    for found in (whole(world, world.new_lot()), common(world, world.new_lot())):
        assert not found.links and found.is_good and found.items == []


def test_containers_are_walked_from_packing_to_unpacking(world, farm, one, lot):
    world.do(farm, packing("pack", CRATE, lot))
    sent = world.do(farm, event("dispatch", CRATE, recipient=one.uri))[0]
    world.do(one, event("receive", CRATE), after=(AfterRef(sent.index, sent.hash),))
    world.do(one, packing("unpack", CRATE, lot))
    found = path(world, lot, one)
    assert len(found.links) == 5 and found.items == [lot, CRATE]
    assert found.is_good and not found.beginnings
    assert [c.link.event["bizStep"] for c in found.about(CRATE)] == [
        "packing", "shipping", "receiving", "unpacking",
    ]  # fmt: skip


def test_a_transformation_joins_its_inputs_and_their_sources(world, farm, one, two):
    pork, spice, sausage = world.new_lot(), world.new_lot(), world.new_lot()
    world.code(farm, pork)
    world.code(two, spice)
    world.hand_over(farm, one, pork)
    world.hand_over(two, one, spice)
    world.do(one, making(sausage, pork, spice))
    world.do(one, event("sell", pork, "1"))  # after the sausage was made: not of it
    found = whole(world, sausage)
    assert actors(found) == {farm.uri, one.uri, two.uri} and not found.beginnings
    assert found.items[0] == sausage and set(found.items) == {pork, spice, sausage}
    assert len(found.links) == 7
    assert actors(whole(world, pork)) == {farm.uri, one.uri}
    assert spice not in whole(world, pork).items


def test_a_chain_that_begins_otherwise_is_said_to_begin_there(world, farm, one, two):
    lot, other = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    world.code(farm, other)
    (sent,) = world.do(farm, event("dispatch", other, "30", recipient=one.uri))
    world.do(one, event("receive", lot, "30"))  # after nothing
    assert beginnings(whole(world, lot)) == {(lot, one.uri)}
    # A dispatch of another lot, and one to somebody else, are no source of this one.
    world.do(two, event("receive", other, "3"), after=(AfterRef(sent.index, sent.hash),))
    assert beginnings(path(world, other, two)) == {(other, two.uri)}
    new = world.coded_lot(farm)
    world.do(one, event("receive", new, "30"), after=(AfterRef(sent.index, sent.hash),))
    assert beginnings(path(world, new, one)) == {(new, one.uri)}


def test_a_dispatch_destined_to_a_place_is_no_hand_over(world, farm, one, lot):
    to = {"destinationList": [{"type": "location", "destination": one.uri}]}
    (sent,) = world.do(farm, event("dispatch", lot, "30", extra=to))
    world.do(one, event("receive", lot, "30"), after=(AfterRef(sent.index, sent.hash),))
    assert beginnings(whole(world, lot)) == {(lot, one.uri)}


def test_packing_what_one_never_got_begins_there(world: World, farm: Actor, one: Actor) -> None:
    lot, other = world.new_lot(), world.new_lot()
    world.code(farm, lot)
    world.do(one, packing("pack", CRATE, lot))
    assert beginnings(whole(world, CRATE)) == {(lot, one.uri)}
    world.do(one, packing("unpack", PALLET, other))  # of a pallet that nobody sent
    assert beginnings(whole(world, other)) == {(other, one.uri), (PALLET, one.uri)}


def test_a_laboratory_that_examines_begins_nothing(world: World, farm: Actor) -> None:
    laboratory = world.party("检测中心", "laboratory")
    lot = world.new_lot()
    coded = world.code(farm, lot)
    after = (AfterRef(coded.index, coded.hash),)
    world.do(laboratory, event("sample", lot, "0.1"), after=after)
    world.do(laboratory, event("test", lot))
    found = whole(world, lot)
    assert not found.beginnings and len(found.links) == 3
    stranger = world.party("黑心检测", "laboratory")
    world.do(stranger, event("test", lot))  # of what?
    assert beginnings(whole(world, lot)) == {(lot, stranger.uri)}


def test_what_a_document_reports_claims_no_beginning(world: World, farm: Actor) -> None:
    lot = world.new_lot()
    file = SourceFile.of(b"{}", "application/json", "received")
    world.ledger.write(farm.pen, [Draft(event=event("code", lot, "1"), document=file.member)])
    assert beginnings(whole(world, lot)) == {(lot, farm.uri)}


def test_an_item_that_is_its_own_ancestor_ends(world: World, farm: Actor) -> None:
    a, b, c = (world.new_lot() for _ in range(3))
    world.do(farm, making(a, b), making(b, c), making(c, a), making(a, a, b))
    found = whole(world, a)
    assert set(found.items) == {a, b, c} and len(found.links) == 4 and found.is_good


def test_a_container_in_itself_ends(world: World, farm: Actor) -> None:
    world.do(farm, packing("pack", CRATE, CRATE, PALLET), packing("pack", PALLET, CRATE))
    world.do(farm, packing("unpack", CRATE, PALLET))
    assert set(whole(world, CRATE).items) == {CRATE, PALLET}


def test_statements_about_an_item_stand_in_its_history(world, farm, one, lot):
    world.say(farm, acts.labels(["A" * 13]), items=(lot,))
    assert len(whole(world, lot).links) == 2
    world.say(one, acts.labels(["B" * 13]), items=(lot,))
    assert beginnings(whole(world, lot)) == {(lot, one.uri)}


def test_times_that_are_none_stand_in_the_order_of_the_log(world: World, farm: Actor) -> None:
    lot = world.new_lot()
    for when in ("yesterday", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+14:00", ""):
        world.do(farm, event("count", lot) | {"eventTime": when})
    found = whole(world, lot).newest_first()
    assert [c.link.event["eventTime"][:4] for c in found][::3] == ["9999", "0001"]


# What somebody changed in the database.


@pytest.fixture
def traded(small: World) -> World:
    small.farm, small.one = small.party("青山农场", "producer"), small.party("A 区 12 号")
    small.lot = small.new_lot()
    small.code(small.farm, small.lot)
    small.do(small.farm, event("feed", small.lot))
    small.hand_over(small.farm, small.one, small.lot)
    return small


def test_a_link_that_is_gone_is_a_gap_with_its_number(traded: World) -> None:
    index = newest(traded) - 2  # the feeding
    tamper(traded, f"DELETE FROM link WHERE leaf = {index}")
    found = path(traded, traded.lot, traded.one)
    assert [(g.place.actor, g.place.seq) for g in found.gaps] == [(traded.farm.uri, 1)]
    assert not found.is_good and len(found.links) == 3
    assert all(checked.is_good for checked in found.links.values())


def test_a_row_that_is_gone_is_a_gap_too(traded: World) -> None:
    tamper(traded, f"DELETE FROM link_item WHERE leaf = {newest(traded) - 2}")
    (gap,) = whole(traded, traded.lot).gaps
    assert (gap.place.seq, gap.place.prev == "...") == (1, False)


def test_a_hand_over_whose_dispatch_is_gone_is_a_gap(traded: World) -> None:
    tamper(traded, f"DELETE FROM link WHERE leaf = {newest(traded) - 1}")
    found = path(traded, traded.lot, traded.one)
    assert any(f"index {newest(traded) - 1}" in gap.why for gap in found.gaps)
    assert not found.is_good


def test_a_changed_entry_is_shown_as_broken_and_not_hidden(traded: World) -> None:
    index = newest(traded) - 3
    with traded.ledger.reading() as reader:
        entry = bytearray(reader.link(index).entry)
    entry[-80] ^= 1  # in the signature
    tamper(traded, f"UPDATE link SET entry = x'{entry.hex()}' WHERE leaf = {index}")
    found = whole(traded, traded.lot)
    assert {p.rule for p in found.links[index].problems} >= {"entry"}
    assert found.links[index + 1].is_good  # it names the hash that stands there: one is broken
    assert len(found.links) == 4 and not found.is_good
    tamper(traded, f"UPDATE link SET entry = x'00' WHERE leaf = {index}")
    found = whole(traded, traded.lot)
    assert found.links[index].link is None and not found.is_good and len(found.links) == 4
    assert common(traded, traded.lot).links  # as far as it goes


def test_a_link_of_another_item_put_in_its_place_is_broken(traded: World) -> None:
    """Whatever kind of event it is."""
    lot, box = traded.new_lot(), CRATE
    traded.do(traded.farm, packing("pack", box, lot))
    index, first = newest(traded), newest(traded) - 4
    tamper(
        traded,
        f"UPDATE link_item SET leaf = {index} WHERE leaf = {first}",
    )
    found = whole(traded, traded.lot)
    assert "chain" in {p.rule for p in found.links[index].problems}
    assert not found.is_good
