"""`suyuan verify ITEM` under tampering: what touches the item's history or its projections."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from support.ledger.commands import PASSPHRASE, suyuan
from support.ledger.world import World

from suyuan.keys import files

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


def test_what_happens_to_another_lot_is_not_held_against_this_one(
    lots: tuple[World, list[str]],
) -> None:
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
