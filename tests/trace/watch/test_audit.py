"""Tampering straight in the database: found, and named exactly."""

import json
import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from support.ledger.copies import copied
from support.ledger.lengths import length
from support.ledger.world import World
from support.watch.audits import Thief, audit

from suyuan.keys import canonical, dsse
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.cli.log.verify import touches
from suyuan.trace.format.link import PAYLOAD_TYPE, link_hash, parse
from suyuan.trace.goods import history
from suyuan.trace.store.files import serials

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A farm, two stalls and two lots: 16 links, each in a transaction of its own but some."""
    small = World(tmp_path_factory.mktemp("traded") / "home")
    small.farm = small.party("青山农场", "producer")
    small.one, small.two = small.party("A 区 12 号"), small.party("A 区 13 号", alg="ECDSA-P256")
    small.lots = [small.new_lot(), small.new_lot()]
    for lot in small.lots:
        small.code(small.farm, lot)
        for stall in (small.one, small.two):
            small.hand_over(small.farm, stall, lot)
    small.say(small.one, acts.labels(["A" * 13]), items=(small.lots[0],))
    small.ledger.followers.catch_up()
    assert audit(small.ledger).findings == []
    small.ledger.close()
    return small


@pytest.fixture
def trade(traded: World, tmp_path: Path) -> Iterator[World]:
    """A copy of it, to be tampered with."""
    made = copied(traded, tmp_path / "home")
    yield made
    made.ledger.close()


def place(world: World, leaf: int) -> tuple[str, str, int]:
    link = parse(Thief(world).entry(leaf))
    return link.items[0].item, link.actor, link.items[0].seq


def named(report, item: str, actor: str, seq: int) -> set[str]:
    return {f.rule for f in report.findings if (f.item, f.actor, f.seq) == (item, actor, seq)}


CHAIN = "(SELECT chain FROM link_item WHERE leaf = 9)"
COLUMNS = [  # that each column of each table is looked at is shown by test_columns
    ("UPDATE link_item SET quantity = quantity + 1000000 WHERE leaf = 9", "number"),
    ("UPDATE link_item SET unit = 'L' WHERE leaf = 9", "number"),
    ("UPDATE link_item SET leaf = 8 WHERE leaf = 9", "number"),
    ("DELETE FROM link_item WHERE leaf = 9", "number"),
    ("UPDATE link SET hash = zeroblob(32) WHERE leaf = 9", "number"),
    (f"UPDATE chain SET seq = seq + 1 WHERE id = {CHAIN}", "chain"),
    (f"UPDATE chain SET head = zeroblob(32) WHERE id = {CHAIN}", "chain"),
    (f"UPDATE subject SET code = '0' WHERE id = (SELECT subject FROM chain WHERE id = {CHAIN})",
     "item"),
    ("UPDATE event SET step = 'selling' WHERE leaf = 9", "index"),
    ("DELETE FROM event WHERE leaf = 9", "index"),
    ("INSERT INTO finding VALUES (9, 'event-id', 'x:y', 'never')", "index"),
    ("UPDATE checkpoint SET committed = 5 WHERE size = 9", "any"),
]  # fmt: skip


@pytest.mark.parametrize(("statement", "names"), COLUMNS, ids=[s[:58] for s, _ in COLUMNS])
def test_a_changed_projection_is_found(trade: World, statement: str, names: str) -> None:
    item, actor, seq = place(trade, 9)
    Thief(trade).run(statement)
    report = audit(trade.ledger)
    match names:
        case "number":
            assert named(report, item, actor, seq)
        case "chain":
            assert any((f.item, f.actor) == (item, actor) for f in report.findings)
        case "item":
            assert any(f.item == item for f in report.findings)
        case "index":
            assert any(f.index == 9 for f in report.findings)
        case _:
            assert report.findings


def test_an_items_links_rewritten_by_a_holder_of_the_partys_key(trade: World) -> None:
    """All columns made right, everything signed by the party's own key: the log's root remains."""
    thief = Thief(trade)
    ((leaf,),) = thief.run("SELECT max(leaf) FROM link")
    where = place(trade, leaf)
    link = parse(thief.entry(leaf))
    payload = json.loads(link.envelope.payload)
    payload["statement"]["count"] = 1000
    entry = dsse.seal(trade.one.signer, PAYLOAD_TYPE, canonical.dumps(payload)).encode()
    thief.put(leaf, entry, hash_too=True)
    digest = bytes.fromhex(link_hash(entry))
    chain = "SELECT chain FROM link_item WHERE leaf = ?"
    thief.run(f"UPDATE chain SET head = ? WHERE id IN ({chain})", digest, leaf)
    report = audit(trade.ledger)
    assert {(f.rule, f.item, f.actor, f.seq) for f in report.findings} == {("log", *where)}


def test_a_broken_link_is_no_finding_about_those_who_came_after_it(trade: World) -> None:
    late = trade.party("后来的摊位")
    trade.ledger.followers.catch_up()
    leaf = 7  # brings the first lot
    where = place(trade, leaf)
    thief = Thief(trade)
    entry = bytearray(thief.entry(leaf))
    entry[200] ^= 1
    thief.put(leaf, bytes(entry), hash_too=False)
    found = audit(trade.ledger).findings
    assert {(f.item, f.actor, f.seq) for f in found} == {where}
    assert late.uri not in str(found)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE follower SET cursor = 4611686018427387904 WHERE name = 'events'",
        "UPDATE event SET received = 2 WHERE leaf = 9",
        "UPDATE event SET content = 'x' WHERE leaf = 9",
        "UPDATE checkpoint SET committed = 'noon' WHERE size = 9",
        "UPDATE log_state SET size = 'many'", "UPDATE log_state SET size = 100000000000",
        "INSERT INTO link SELECT -5, hash, entry FROM link WHERE leaf = 3", "DROP TABLE mandate",
        "DELETE FROM log_state", "UPDATE party SET roles = 'x' WHERE admitted = 1",
        "UPDATE link SET entry = CAST(entry AS TEXT) || 'x' WHERE leaf = 9",
        "DELETE FROM chain WHERE id = (SELECT chain FROM link_item WHERE leaf = 9)",
    ],
)  # fmt: skip
def test_what_no_column_should_hold_is_a_finding_and_no_crash(trade: World, statement: str) -> None:
    Thief(trade).run(statement)
    assert not audit(trade.ledger).is_good


def test_a_file_beside_the_ledger_that_was_changed_is_a_finding(trade: World) -> None:
    root = serials.keep(trade.home, ["A" * 13])
    assert audit(trade.ledger).notices == []
    (trade.home / "labels" / f"{root}.txt").write_text("B" * 13 + "\n")
    assert [f.rule for f in audit(trade.ledger).findings] == ["file"]
    (trade.home / "labels" / f"{root}.txt").unlink()
    report = audit(trade.ledger)
    assert (report.findings, [n.rule for n in report.notices]) == ([], ["file"])


RULES = {"remove": "missing", "end": "missing", "sign": "key"}


@pytest.mark.parametrize("kind", ["byte", "byte+hash", "swap", "column", *RULES])
@pytest.mark.parametrize("seed", range(length(3, 12)))
def test_no_random_tampering_survives(closed: World, kind: str, seed: int) -> None:
    choose, world = random.Random(f"{kind} {seed}"), closed
    thief = Thief(world)
    backup = (world.home / "suyuan.db").read_bytes()
    try:
        ((size,),) = thief.run("SELECT size FROM log_state")
        leaf = size - 1 if kind == "end" else choose.randrange(size)
        other = choose.choice([n for n in range(size) if n != leaf])
        places = [place(world, leaf)]
        entry = bytearray(thief.entry(leaf))
        if kind.startswith("byte"):
            at = choose.randrange(len(entry))
            entry[at] ^= 1 << choose.randrange(8)
            thief.put(leaf, bytes(entry), hash_too=kind == "byte+hash")
        elif kind == "swap":
            places.append(place(world, other))
            thief.put(leaf, thief.entry(other), hash_too=True)
            thief.put(other, bytes(entry), hash_too=True)
        elif kind in ("remove", "end"):  # with all that names it, but for the log's own state
            thief.run("DELETE FROM link WHERE leaf = ?", leaf)
        elif kind == "sign":  # another party's valid signature
            payload = parse(bytes(entry)).envelope.payload
            signers = [world.farm.signer, world.stall.signer, world.root]
            signer = next(s for s in signers if s.public.keyid != parse(bytes(entry)).keyid)
            thief.put(leaf, dsse.seal(signer, PAYLOAD_TYPE, payload).encode(), hash_too=True)
        else:
            places = [thief.change(choose.choice(["leaf", "role", "quantity", "unit"]), leaf)]
        report = audit(world.ledger)
        for item, actor, seq in places:
            rules = named(report, item, actor, seq)
            assert RULES.get(kind) in rules if kind in RULES else rules, (leaf, rules)
            with world.ledger.reading() as reader:
                found = history.whole(reader, world.trust.genesis, item)
            touching = any(touches(f, found) for f in report.findings)
            assert touching or actor == world.authority.uri
    finally:
        world.ledger.close()
        for name in ("suyuan.db-wal", "suyuan.db-shm"):
            (world.home / name).unlink(missing_ok=True)
        (world.home / "suyuan.db").write_bytes(backup)


@pytest.fixture(scope="module")
def closed(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> World:
    """All of it in its database's one file, to be put back."""
    world = World(tmp_path_factory.mktemp("closed") / "home", founded=founded)
    world.farm, world.stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
    for _ in range(4):
        lot = world.coded_lot(world.farm)
        world.hand_over(world.farm, world.stall, lot)
    world.ledger.followers.catch_up()
    world.ledger.close()
    with sqlite3.connect(world.home / "suyuan.db") as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    return world


def test_every_kind_of_statement_audits_clean(small: World) -> None:
    farm, market = small.party("青山农场", "producer"), small.party("湖里市场", "market")
    span = ("2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    small.say(farm, acts.give_mandate(farm.uri, market.uri, ["stock_taking"], *span))
    small.say(farm, acts.withdraw_mandate(farm.uri, market.uri))
    small.say(small.authority, acts.appoint(market.uri, ["350206000000"]))
    small.say(small.authority, acts.dismiss(market.uri))
    key = farm.signer.public.keyid
    small.say(small.authority, acts.revoke(farm.uri, key, compromised_since=4, reason="phone lost"))
    again = acts.enrol_signer(small.trust.origin, farm.uri, LocalSigner.new(), revokes=[])
    small.say(small.authority, again)
    small.say(small.authority, acts.leave(market.uri, "closed"))
    small.say(small.authority, acts.admit(market.uri, "湖里市场", ["market"], "350206"))
    small.ledger.followers.catch_up()
    assert audit(small.ledger).findings == []


POSTGRES = [
    ("UPDATE link SET entry = set_byte(entry, 200, get_byte(entry, 200) # 1) WHERE leaf = 5", True),
    ("DELETE FROM link WHERE leaf = 5", True),
    ("DELETE FROM link WHERE leaf = (SELECT max(leaf) FROM link)", False),
    ("UPDATE link_item SET quantity = quantity + 1 WHERE leaf = 5", True),
    ("UPDATE event SET received = true WHERE leaf = 5", False),
    ("UPDATE checkpoint SET note = replace(note, 'a', 'b') WHERE size = 6", False),
    ("DELETE FROM chain WHERE id = (SELECT chain FROM link_item WHERE leaf = 5)", False),
]


@pytest.mark.parametrize(("statement", "exact"), POSTGRES, ids=[s[:40] for s, _ in POSTGRES])
@pytest.mark.parametrize("world", ["postgresql"], indirect=True)
def test_tampering_on_postgresql(world: World, statement: str, exact: bool) -> None:
    farm, stall = world.party("青山农场", "producer"), world.party("A 区 12 号")
    lot = world.coded_lot(farm)
    world.hand_over(farm, stall, lot)
    world.ledger.followers.catch_up()
    assert audit(world.ledger).findings == []
    with psycopg.connect(world.ledger.database.url.replace("+psycopg", ""), autocommit=True) as db:
        with pytest.raises(psycopg.errors.RaiseException, match="written once"):
            db.execute("DELETE FROM link WHERE leaf = 5")
        for table in ("link", "checkpoint"):
            db.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        db.execute(statement)
    found = audit(world.ledger).findings
    assert found
    if exact:
        assert (lot, farm.uri, 0) in {(f.item, f.actor, f.seq) for f in found}
