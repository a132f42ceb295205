"""What can be said of one stored link on the spot."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.ledger.commands import PASSPHRASE, suyuan
from support.ledger.world import ORIGIN, Actor, World, event

from suyuan.keys import dsse, files
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import PAYLOAD_TYPE, link_hash, parse
from suyuan.trace.goods.verify_link import Checked, Place, Verifier


def check(world: World, index: int) -> Checked:
    with world.ledger.reading() as reader:
        return Verifier(reader, world.trust.genesis).check(reader.link(index))


def rules(checked: Checked) -> set[str]:
    return {str(problem.rule) for problem in checked.problems}


def tamper(world: World, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(world.home / "suyuan.db")) as connection, connection:
        for name in ("link_no_update", "link_no_delete", "checkpoint_no_delete"):
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
        connection.execute(statement, values)


def put(world: World, index: int, entry: bytes) -> None:
    digest = bytes.fromhex(link_hash(entry))
    tamper(world, "UPDATE link SET entry = ?, hash = ? WHERE leaf = ?", entry, digest, index)


def test_a_good_link_says_who_signed_it_and_when_it_was_recorded(world: World, farm: Actor) -> None:
    coded = world.code(farm, world.new_lot())
    found = check(world, coded.index)
    assert found.is_good and not found.is_mandated and not found.is_lost_key
    assert found.key.party == farm.uri and found.hash == coded.hash
    with world.ledger.reading() as reader:
        assert found.recorded is not None and reader.checkpoint(coded.index + 1) is not None


def test_every_link_of_a_founding_verifies_the_root_keys_too(world: World, farm: Actor) -> None:
    with world.ledger.reading() as reader:
        size = reader.size()
    assert [rules(check(world, index)) for index in range(size)] == [set()] * size


def test_a_key_revoked_later_is_good_for_what_it_signed_before(world: World, farm: Actor) -> None:
    lot = world.new_lot()
    one = world.code(farm, lot).index
    two = world.do(farm, event("feed", lot))[0].index
    keyid = farm.signer.public.keyid
    world.say(world.authority, acts.revoke(farm.uri, keyid, compromised_since=two))
    assert check(world, one).is_good and not check(world, one).is_lost_key
    assert check(world, two).is_good and check(world, two).is_lost_key


def test_what_a_revoked_key_signed_afterwards_is_not_good(small: World) -> None:
    farm = small.party("青山农场", "producer")
    lot = small.coded_lot(farm)
    forged = farm.pen.sign(Draft(event=event("feed", lot)))
    small.say(small.authority, acts.revoke(farm.uri, farm.signer.public.keyid))
    small.party("别人")
    with small.ledger.reading() as reader:
        last = reader.size() - 1
    put(small, last, forged)  # someone with the old key and the database
    assert rules(check(small, last)) == {"key"}


def test_a_party_that_left_and_came_back(world: World, farm: Actor) -> None:
    lot = world.new_lot()
    before = world.code(farm, lot).index
    world.say(world.authority, acts.leave(farm.uri))
    refused = world.ledger.append([farm.pen.sign(Draft(event=event("feed", lot)))])[0]
    assert refused.rule == "key"
    farm.pen.forget()
    world.say(world.authority, acts.admit(farm.uri, "青山农场", ["producer"], "350206"))
    after = world.do(farm, event("feed", lot))[0].index
    assert check(world, before).is_good and check(world, after).is_good


def test_a_link_put_into_the_time_when_its_party_was_gone(small: World) -> None:
    farm = small.party("青山农场", "producer")
    lot = small.coded_lot(farm)
    small.say(small.authority, acts.leave(farm.uri))
    small.party("别人")
    with small.ledger.reading() as reader:
        gone = reader.size() - 1
    forged = farm.pen.sign(Draft(event=event("feed", lot)))
    small.say(small.authority, acts.admit(farm.uri, "青山农场", ["producer"], "350206"))
    put(small, gone, forged)
    assert rules(check(small, gone)) == {"key"}


def test_recorded_under_a_mandate_says_who_signed(world: World, farm: Actor) -> None:
    market = world.party("湖里市场", "market")
    span = ("2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    world.say(farm, acts.give_mandate(farm.uri, market.uri, ["stock_taking"], *span))
    pen = world.ledger.pen(farm.uri, market.signer)
    lot = world.new_lot()
    (got,) = world.ledger.write(pen, [Draft(event=event("count", lot, "1"))])
    world.say(farm, acts.withdraw_mandate(farm.uri, market.uri))
    found = check(world, got.index)
    assert found.is_good and found.is_mandated and found.key.party == market.uri
    assert found.link.actor == farm.uri


def test_links_after_a_recovery_are_good_by_the_new_key(world: World, farm: Actor) -> None:
    lot, new = world.new_lot(), LocalSigner.new("ECDSA-P256")
    before = world.code(farm, lot).index
    lost = [farm.signer.public.keyid]
    world.say(world.authority, acts.enrol_signer(ORIGIN, farm.uri, new, revokes=lost))
    pen = world.ledger.pen(farm.uri, new)
    (after,) = world.ledger.write(pen, [Draft(event=event("feed", lot))])
    assert check(world, before).is_good and check(world, after.index).is_good


# What somebody changed in the database.


@pytest.fixture
def coded(small: World) -> World:
    small.farm, small.lot = small.party("青山农场", "producer"), small.new_lot()
    small.index = small.code(small.farm, small.lot).index
    return small


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        ("UPDATE key SET enrolled = 0 WHERE enrolled = 2", "key"),
        ("UPDATE key SET enrolled = 1 WHERE enrolled = 2", "key"),
        ("UPDATE key SET enrolled = 99 WHERE enrolled = 2", "key"),
        ("UPDATE key SET revoked = 2 WHERE enrolled = 2", "key"),
        ("UPDATE key SET party = (SELECT id FROM subject WHERE uri LIKE 'urn:uscc:%')", "key"),
        ("UPDATE key SET spki = x'00'", "key"),
        ("UPDATE key SET spki = zeroblob(44)", "key"),
        ("DELETE FROM key", "key"),
        ("UPDATE party SET admitted = 99 WHERE admitted = 1", "key"),
        ("DELETE FROM party", "key"),
        ("UPDATE link SET hash = zeroblob(32) WHERE leaf = 3", "entry"),
        ("UPDATE link SET entry = x'7b7d' WHERE leaf = 3", "encoding"),
        ("UPDATE link SET entry = 'text' WHERE leaf = 3", "encoding"),
        ("DELETE FROM checkpoint WHERE size > 3", "log"),
    ],
)
def test_a_changed_column_is_a_problem_of_the_link(coded: World, change, broken) -> None:
    assert coded.index == 3
    tamper(coded, change)
    assert broken in rules(check(coded, 3))


def test_a_key_row_that_points_to_its_revocation_is_no_enrolment(coded: World) -> None:
    keyid = coded.farm.signer.public.keyid
    revoked = coded.say(coded.authority, acts.revoke(coded.farm.uri, keyid))[0].index
    coded.party("别人")
    later = revoked + 2
    entry = coded.farm.pen.sign(Draft(event=event("feed", coded.lot)))
    put(coded, later, entry)
    assert "key" in rules(check(coded, later))
    tamper(coded, "UPDATE key SET enrolled = ?, revoked = NULL WHERE enrolled = 2", revoked)
    assert "key" in rules(check(coded, later))


def test_another_keys_valid_signature_is_not_the_actors(coded: World) -> None:
    stranger = coded.party("别人")
    with coded.ledger.reading() as reader:
        payload = parse(reader.link(3).entry).envelope.payload
    put(coded, 3, dsse.seal(stranger.signer, PAYLOAD_TYPE, payload).encode())
    assert rules(check(coded, 3)) == {"key"}


def test_the_root_key_signs_for_the_authority_only(coded: World) -> None:
    with coded.ledger.reading() as reader:
        payload = parse(reader.link(3).entry).envelope.payload
    put(coded, 3, dsse.seal(coded.root, PAYLOAD_TYPE, payload).encode())
    assert rules(check(coded, 3)) == {"key"}


def test_a_bad_signature_and_a_link_of_another_ledger(coded: World) -> None:
    with coded.ledger.reading() as reader:
        good = reader.link(3).entry
    envelope = parse(good).envelope
    bad = dsse.Envelope(envelope.payload_type, envelope.payload, envelope.keyid, b"\0" * 64)
    put(coded, 3, bad.encode())
    assert rules(check(coded, 3)) == {"signature"}
    other = envelope.payload.replace(b"trace.food.example/log", b"other.example/log")
    put(coded, 3, dsse.seal(coded.farm.signer, PAYLOAD_TYPE, other).encode())
    assert rules(check(coded, 3)) == {"ledger"}


@pytest.mark.parametrize(
    ("place", "is_good"),
    [
        ({}, True),
        ({"prev": "..."}, True),
        ({"seq": 1}, False),
        ({"prev": "0" * 64}, False),
        ({"item": "urn:x:other"}, False),
        ({"actor": "urn:x:other"}, False),
    ],
)
def test_a_link_stands_where_it_says(coded: World, place: dict, is_good: bool) -> None:
    where = {"item": coded.lot, "actor": coded.farm.uri, "seq": 0, "prev": None} | place
    with coded.ledger.reading() as reader:
        verifier = Verifier(reader, coded.trust.genesis)
        found = verifier.place(verifier.check(reader.link(3)), Place(**where))
    assert rules(found) == (set() if is_good else {"chain"})


LEAF = 9  # the dispatch of the first lot to the first stall

CHANGES = [
    "UPDATE link SET entry = replace(entry, 'a', 'b') WHERE leaf = {leaf}",
    "UPDATE link SET hash = zeroblob(32) WHERE leaf = {leaf}",
    "DELETE FROM link WHERE leaf = {leaf}",
    "DELETE FROM link_item WHERE leaf = {leaf}",
    "UPDATE link_item SET quantity = quantity + 1 WHERE leaf = {leaf}",
    "DELETE FROM chain WHERE subject = {subject}",
    "UPDATE chain SET actor = actor + 100 WHERE subject = {subject}",
    "UPDATE chain SET seq = 0 WHERE subject = {subject} AND seq > 0",
    "UPDATE chain SET head = zeroblob(32) WHERE subject = {subject}",
    "UPDATE key SET revoked = 5",
    "UPDATE party SET gone = 5 WHERE admitted = 1",
    "UPDATE coder SET actor = 1 WHERE subject = {subject}",
    "UPDATE event SET step = 'selling' WHERE leaf = {leaf}",
    "UPDATE checkpoint SET note = replace(note, 'a', 'b')",
    "UPDATE subject SET uri = 'https://trace.food.example/t/x' WHERE id = {subject}",
]


@pytest.fixture
def lots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[World, list[str]]:
    monkeypatch.setenv("SUYUAN_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", PASSPHRASE.decode())
    world = World(tmp_path / "home")
    files.save(tmp_path / "home" / "log.key", world.log, PASSPHRASE)
    farm, stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
    found = [world.new_lot(), world.new_lot()]
    for lot in found:
        world.code(farm, lot)
        world.hand_over(farm, stall, lot)
    world.ledger.followers.catch_up()
    world.ledger.close()
    return world, found


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES, ids=[c[:50] for c in CHANGES])
def test_verify_and_show_do_not_call_it_good(lots: tuple[World, list[str]], change: str) -> None:
    world, (lot, _) = lots
    assert suyuan("verify", lot).code == 0
    with closing(sqlite3.connect(world.home / "suyuan.db")) as db, db:
        for table in ("link", "checkpoint"):
            for verb in ("update", "delete"):
                db.execute(f"DROP TRIGGER {table}_no_{verb}")
        (subject,) = db.execute("SELECT id FROM subject WHERE uri = ?", (lot,)).fetchone()
        leaf = db.execute(
            "SELECT leaf FROM link_item WHERE chain IN (SELECT id FROM chain WHERE subject = ?) "
            "AND seq = 1",
            (subject,),
        ).fetchone()[0]
        db.execute(change.format(leaf=leaf, subject=subject))
    assert suyuan("verify", lot).code == 1


def test_what_happens_to_another_lot_is_not_held_against_this_one(lots):
    world, (lot, other) = lots
    with closing(sqlite3.connect(world.home / "suyuan.db")) as db, db:
        (subject,) = db.execute("SELECT id FROM subject WHERE uri = ?", (other,)).fetchone()
        db.execute(
            "UPDATE link_item SET quantity = 1 WHERE chain IN "
            "(SELECT id FROM chain WHERE subject = ?)",
            (subject,),
        )
    assert suyuan("verify", lot).code == 0
    assert suyuan("verify", other).code == 1
