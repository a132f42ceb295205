"""Where parts of the links meet: what one takes for granted of another is as it is by the links."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.ledger.copies import copied
from support.ledger.world import World, event
from support.watch.audits import FEW, Thief, audit, tamper

from suyuan.keys import dsse
from suyuan.trace.admission import acts
from suyuan.trace.format.link import PAYLOAD_TYPE, link_hash, parse
from suyuan.trace.watch.audit import audit_rows
from suyuan.trace.watch.auditing import cores, links
from suyuan.trace.watch.auditing.audit_progress import Phase
from suyuan.trace.watch.auditing.cores import Cores

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def chained(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One lot's chain through many parts; a key revoked and another coder between them."""
    made = World(tmp_path_factory.mktemp("chained") / "home")
    made.farm, made.stall = made.party("青山农场", "producer"), made.party("A 区 12 号")
    made.lot = made.new_lot()
    made.code(made.farm, made.lot)
    for _ in range(4):
        made.do(made.farm, event("feed", made.lot, "1"))
        made.do(made.stall, event("feed", made.new_lot(), "1"))
    made.say(made.authority, acts.admit(made.farm.uri, "青山", ["producer"], "350206", op="change"))
    made.do(made.farm, event("feed", made.lot, "1"))
    made.do(made.farm, event("code", made.lot, "1"))
    made.ledger.followers.catch_up()
    assert audit(made.ledger).is_good
    made.ledger.close()
    return made


@pytest.fixture
def world(chained: World, tmp_path: Path) -> Iterator[World]:
    made = copied(chained, tmp_path / "home")
    yield made
    made.ledger.close()


def places(world: World, uri: str) -> list[tuple[int, int]]:
    """Number and leaf of the farm's links about an item."""
    return Thief(world).run(
        "SELECT link_item.seq, leaf FROM link_item JOIN chain ON chain.id = chain JOIN subject ON "
        "subject.id = subject WHERE uri = ? ORDER BY leaf",
        uri,
    )


def test_a_link_that_goes_on_from_an_old_head_is_named_in_whatever_part(world: World) -> None:
    """Every place and head made right for it, by one who has the party's key."""
    chain = places(world, world.lot)
    (_, old), (_, leaf) = chain[1], chain[-1]
    thief = Thief(world)
    link = parse(thief.entry(leaf))
    before = parse(thief.entry(old)).hash
    payload = link.envelope.payload.replace(link.items[0].prev.encode(), before.encode())
    entry = dsse.seal(world.farm.signer, PAYLOAD_TYPE, payload).encode()
    thief.put(leaf, entry, hash_too=True)
    digest = bytes.fromhex(link_hash(entry))
    thief.run("UPDATE chain SET head = ? WHERE head = ?", digest, bytes.fromhex(link.hash))
    found = audit(world.ledger).findings
    assert ("chain", leaf) in {(one.rule, one.index) for one in found}


def test_a_place_given_to_a_later_link_is_named(world: World) -> None:
    """The later one's own place is gone: its row stands where an earlier link's should."""
    chain = places(world, world.lot)
    (seq, leaf), (_, last) = chain[2], chain[-1]
    thief = Thief(world)
    thief.run("DELETE FROM link_item WHERE leaf = ?", last)
    thief.run("UPDATE link_item SET leaf = ? WHERE leaf = ?", last, leaf)
    found = audit(world.ledger).findings
    assert {(world.lot, seq), (world.lot, chain[-1][0])} <= {(one.item, one.seq) for one in found}
    assert {one.rule for one in found} == {"projection"}


def test_a_statement_that_no_column_calls_one_is_known_all_the_same(world: World) -> None:
    """Its role says that it is an event: the parts behind it are told of it by their neighbour."""
    thief = Thief(world)
    for leaf in range(1, 5):
        thief.run("UPDATE link_item SET role = 1 WHERE leaf = ?", leaf)
    found = audit(world.ledger).findings
    assert {(one.rule, one.index) for one in found} == {("projection", n) for n in range(1, 5)}


def test_a_coder_that_is_another_breaks_no_rule_of_later_codings(world: World) -> None:
    tamper(world, "UPDATE coder SET actor = 1")
    found = audit(world.ledger).findings
    assert {one.rule for one in found} == {"projection"}
    assert {one.reason.partition(" ")[0] for one in found} == {"coder"}


def test_it_says_that_it_looks_once_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "PART", FEW)
    tamper(world, "UPDATE link_item SET unit = 'L' WHERE leaf = 7")
    phases: list[Phase] = []
    audit_rows(world.ledger, watch=lambda phase, found: phases.append(phase))
    assert Phase.AGAIN in phases


def test_the_answers_are_in_the_order_of_the_questions_on_however_many_cores() -> None:
    asked = [("builtins:abs", -number) for number in range(3 * cores._MOST)]
    for count in (1, 2, 3):
        shared = Cores(count)
        try:
            assert list(shared.answers(asked)) == list(range(3 * cores._MOST))
        finally:
            shared.close()
