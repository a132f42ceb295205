"""The audit in parts: what it knows, how it goes on, what it sees of the log's own tables."""

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select
from support.ledger.copies import copied
from support.ledger.world import Actor, World, event
from support.watch.audits import PART, audit, tamper

from suyuan.keys import notes
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.log import cosignature
from suyuan.trace.log.checkpoint import Checkpoint, open_checkpoint, sign
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.audit import audit_rows
from suyuan.trace.watch.auditing import audit_state, beside, links
from suyuan.trace.watch.auditing.audit_state import Prefix
from suyuan.trace.watch.auditing.links import Links

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("small_parts")]


def fill(world: World, count: int, farm: Actor | None = None) -> Actor:
    """Links in arrays, some by 50 lots' own chains."""
    farm = farm or world.party("青山农场", "producer")
    lots = [world.new_lot() for _ in range(50)]
    drafts = [Draft(event=event("feed", lots[n % 50], "1.5")) for n in range(count)]
    for at in range(0, count, 200):
        world.ledger.append([farm.pen.sign(draft) for draft in drafts[at : at + 200]])
    world.ledger.followers.catch_up()
    return farm


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> World:
    """More than one part, and part of another; nothing is odd about it."""
    made = World(tmp_path_factory.mktemp("filled") / "home")
    fill(made, 2 * PART + 100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(links, "PART", PART)
        patch.setattr(audits.os, "cpu_count", lambda: 1)
        assert audit_rows(made.ledger).is_good
    made.ledger.close()
    return made


@pytest.fixture
def large(filled: World, tmp_path: Path) -> Iterator[World]:
    """A copy of it, to be tampered with."""
    made = copied(filled, tmp_path / "home")
    yield made
    made.ledger.close()


@pytest.mark.parametrize(
    ("what", "statement"),
    [
        ("a tile's hashes", "UPDATE tile SET hashes = zeroblob(8192) WHERE id = 1"),
        ("a tile's root", "UPDATE tile SET root = zeroblob(32) WHERE id = 1"),
        ("a tile is gone", "DELETE FROM tile WHERE id = 1"),
        ("a tile too many", "INSERT INTO tile VALUES (400, zeroblob(32), zeroblob(8192))"),
        ("a tile of a level too high", "INSERT INTO tile SELECT 281474976710656, root, hashes "
         "FROM tile WHERE id = 0"),
        ("a checkpoint is another's", "UPDATE checkpoint SET note = (SELECT note FROM checkpoint "
         "LIMIT 1) WHERE size = (SELECT max(size) FROM checkpoint)"),
        ("a commit time goes back", "UPDATE checkpoint SET committed = 5 WHERE size > 400"),
        ("a hash", "UPDATE link SET hash = zeroblob(32) WHERE leaf = 500"),
        ("the last link's entry", "UPDATE link SET entry = entry || x'20' WHERE leaf = "
         "(SELECT max(leaf) FROM link)"),
        ("a link beyond the size", "INSERT INTO link SELECT leaf + 1, hash, entry FROM link "
         "ORDER BY leaf DESC LIMIT 1"),
        ("a head", "UPDATE chain SET head = zeroblob(32) WHERE id = 20"),
        ("a chain's number", "UPDATE chain SET seq = seq + 1 WHERE id = 20"),
        ("a chain of another", "UPDATE chain SET actor = 1 WHERE id = 20"),
        ("two rows' leaves exchanged", "UPDATE link_item SET leaf = CASE leaf WHEN 100 THEN 101 "
         "ELSE 100 END WHERE leaf IN (100, 101)"),
        ("a subject too many", "INSERT INTO subject VALUES (9999, 'urn:x:nobody', 'X')"),
        ("a subject's code", "UPDATE subject SET code = 'X' WHERE id = 20"),
        ("an event's time", "UPDATE event SET time = time + 1 WHERE leaf = 200"),
        ("an event of no link", "DELETE FROM event WHERE leaf = 200"),
        ("a code of another", "UPDATE code SET subject = 1 WHERE rowid = 7"),
        ("a code is gone", "DELETE FROM code WHERE rowid = 7"),
        ("a key's revocation", "UPDATE key SET revoked = 5"),
        ("a key's party", "UPDATE key SET party = 1"),
        ("a party's name", "UPDATE party SET name = 'x'"),
        ("a name", "UPDATE name SET name = 'x'"),
        ("a coder of nothing", "INSERT INTO coder VALUES (20, 1, 20)"),
        ("a finding of nothing", "INSERT INTO finding VALUES (20, 'event-id', 'x', 'y')"),
        ("a document of nothing", "INSERT INTO document VALUES ('ab', 1, 1, 1, NULL)"),
        ("the log's state", "UPDATE log_state SET edge = zeroblob(length(edge))"),
        ("the log's root", "UPDATE log_state SET root = zeroblob(32)"),
        ("a cosigned checkpoint of nobody", "INSERT INTO cosigned VALUES (5, 'x', 5)"),
        ("a cosigned checkpoint of another size", "INSERT INTO cosigned SELECT size - 1, note, 5 "
         "FROM checkpoint ORDER BY size DESC LIMIT 1"),
    ],
)  # fmt: skip
def test_whatever_is_changed_is_seen(large: World, what: str, statement: str) -> None:
    tamper(large, statement)
    assert not audit(large.ledger).is_good, what


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        # From whose hashes another part begins, and yet nothing was rewritten.
        ("UPDATE tile SET hashes = zeroblob(8192) WHERE id = 0", "tile 0/0 is not the tree's"),
        ("UPDATE tile SET root = zeroblob(32) WHERE id = 1", "tile 0/1 is not the tree's"),
        ("UPDATE checkpoint SET committed = 5 WHERE size = "
         "(SELECT min(size) FROM checkpoint WHERE size > 256)", "the commit time of size "),
    ],
)  # fmt: skip
def test_what_is_wrong_between_parts_is_one_finding(large, statement: str, reason: str) -> None:
    tamper(large, statement)
    (found,) = audit(large.ledger).findings
    assert found.reason.startswith(reason)


@pytest.mark.processes
def test_in_processes_on_both_databases(world: World) -> None:
    fill(world, PART + 100)
    assert audit(world.ledger).is_good
    tamper(world, "UPDATE link SET entry = :entry WHERE leaf = 300", entry=b"{}")
    assert not audit(world.ledger).is_good


def test_an_audit_goes_on_where_it_was_and_decides_no_link_twice(large, monkeypatch) -> None:
    saved: list[Prefix] = []
    first = audit_rows(large.ledger, save=lambda known: saved.append(known.copy()))
    assert first.is_good and saved[-1].size == 2 * PART
    fill(large, PART)
    asked: list = []
    real = Links._task

    def noting(self, *about):
        task = real(self, *about)
        asked.append((task.start, task.stop, task.known is not None))
        return task

    monkeypatch.setattr(Links, "_task", noting)
    second = audit_rows(large.ledger, prefix=saved[-1])
    assert asked[:2] == [(0, PART, True), (PART, 2 * PART, True)]
    assert [part for part in asked[2:] if part[2]] == []
    whole_again = audit_rows(large.ledger)
    assert second.is_good and whole_again.is_good
    assert (second.root, second.checkpoints) == (whole_again.root, whole_again.checkpoints)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE link SET entry = x'00' WHERE leaf = 100",
        "UPDATE checkpoint SET note = 'x' WHERE size < 300",
        "UPDATE tile SET hashes = zeroblob(8192) WHERE id = 1",
        "DELETE FROM link WHERE leaf = 100",
        "UPDATE chain SET head = zeroblob(32) WHERE id = 20",
        "UPDATE event SET time = time + 1 WHERE leaf = 200",
    ],
)
def test_what_was_audited_before_is_still_what_it_was(large: World, statement: str) -> None:
    saved: list[Prefix] = []
    audit_rows(large.ledger, save=saved.append)
    tamper(large, statement)
    before, whole = audit_rows(large.ledger, prefix=saved[-1]), audit_rows(large.ledger)
    assert before.findings and set(before.findings) == set(whole.findings)


def test_a_ledger_set_back_is_not_what_was_audited(large: World) -> None:
    saved: list[Prefix] = []
    audit_rows(large.ledger, save=saved.append)
    more, other = saved[-1].copy(), saved[-1].copy()
    more.size = 4000 * PART
    other.tiles[1] = b"x" * 32  # rewritten since, by who has the log's key
    for prefix in (more, other):
        assert len(audit_rows(large.ledger, prefix=prefix).findings) == 1
    tamper(large, "DELETE FROM checkpoint WHERE size = (SELECT min(size) FROM checkpoint)")
    assert audit_rows(large.ledger).is_good
    assert not audit_rows(large.ledger, prefix=saved[-1]).is_good


def test_cosigned_checkpoints_are_in_the_past_of_the_tree(large: World) -> None:
    with large.ledger.reading() as reader:
        newest = reader.checkpoint()
    witness = LocalSigner.new()
    line = cosignature.sign(notes.parse(newest.note).text, "w.example", witness, 1_800_000_000)
    good = notes.merge(newest.note, [line])
    keep = {"size": newest.size, "note": good, "at": 1_800_000_000_000_000}
    with writing(large.ledger.database.engine) as connection:
        connection.execute(insert(t.cosigned), keep)
    assert audit(large.ledger).is_good
    forked = Checkpoint(large.trust.origin, newest.size - 1, b"x" * 32)
    keep |= {"size": forked.size, "note": sign(forked, large.log)}
    with writing(large.ledger.database.engine) as connection:
        connection.execute(insert(t.cosigned), keep)
    assert not audit(large.ledger).is_good


def test_a_kept_checkpoint_is_in_the_past_or_the_ledger_is_a_fork(large: World) -> None:
    with large.ledger.reading() as reader:
        past = [found.note for found in reader.checkpoints()][3]
    assert audit(large.ledger, kept=past).is_good
    real = open_checkpoint(past, large.trust.log)
    fork = sign(Checkpoint(real.origin, real.size, b"f" * 32), large.log)
    assert not audit(large.ledger, kept=fork).is_good
    ahead = sign(Checkpoint(real.origin, 10**9, b"f" * 32), large.log)
    assert not audit(large.ledger, kept=ahead).is_good


def test_links_that_come_while_it_runs_disturb_nothing(large, monkeypatch) -> None:
    real = Links.decide

    def growing(self, *about):
        farm = large.party("海湾养殖", "producer")
        fill(large, 300, farm)
        return real(self, *about)

    monkeypatch.setattr(Links, "decide", growing)
    report = audit_rows(large.ledger)
    assert report.findings == []
    with large.ledger.reading() as reader:
        assert report.size < reader.size()


def test_coders_of_what_was_audited_before_are_looked_at_again(large: World) -> None:
    farm = large.party("海湾养殖", "producer")
    lots = [large.new_lot() for _ in range(PART)]
    large.do(farm, *[event("code", lot, "1") for lot in lots])
    fill(large, PART)
    saved: list[Prefix] = []
    assert audit_rows(large.ledger, save=saved.append).is_good
    tamper(large, "UPDATE coder SET actor = 1, leaf = leaf - 1 WHERE leaf < 1500")
    assert not audit_rows(large.ledger, prefix=saved[-1]).is_good


def test_items_are_cut_by_their_rows(small: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "ITEMS", 2)
    farm = small.party("青山农场", "producer")
    for _ in range(5):
        small.code(farm, small.new_lot())
    small.ledger.followers.catch_up()
    assert audit(small.ledger).is_good
    tamper(small, "UPDATE subject SET code = 'x'")
    tamper(small, "UPDATE lot SET name = 'x'")
    with small.ledger.reading() as reader:
        count = {
            table.name: reader.connection.execute(select(func.count()).select_from(table)).scalar()
            for table in (t.subject, t.lot)
        }
    named = [one.reason.partition(":")[0] for one in audit(small.ledger).findings]
    assert {name: named.count(name) for name in count} == count


def test_a_link_that_comes_behind_the_followers_is_no_finding(small, monkeypatch) -> None:
    """A ledger in use is audited as quickly as one at rest."""
    farm = small.party("青山农场", "producer")
    followers, coming = type(small.ledger.followers), [small.new_lot(), small.new_lot()]
    real = followers.catch_up

    def catch_up(self) -> int:
        size = real(self)
        if coming:
            small.code(farm, coming.pop())
        return size

    monkeypatch.setattr(followers, "catch_up", catch_up)
    assert audits.audit(small.ledger).is_good


def test_what_is_kept_is_read_back_or_ignored(tmp_path: Path) -> None:
    prefix = Prefix.new()
    prefix.given.statements.append((0, b"x"))
    path = tmp_path / audit_state.FILE
    assert audit_state.load(path, "o") is None
    audit_state.save(path, "o", prefix, is_whole=True)
    assert path.stat().st_mode & 0o077 == 0
    assert audit_state.load(path, "o") == (prefix, True)
    assert audit_state.load(path, "another") is None
    data = path.read_bytes()
    for cut in (0, 1, 50, len(data) - 1):
        path.write_bytes(data[:cut])
        assert audit_state.load(path, "o") is None
    path.write_bytes(pickle.dumps((1, "o", True, Path("/"))))
    assert audit_state.load(path, "o") is None
    audit_state.save(tmp_path / "nowhere" / "x", "o", prefix, is_whole=True)


def test_a_database_that_cannot_be_read_is_a_finding(small: World) -> None:
    fill(small, 20)
    with closing(sqlite3.connect(small.home / "suyuan.db")) as connection:
        connection.execute("ALTER TABLE event RENAME TO gone")
        connection.commit()
    assert not audits.audit(small.ledger).is_good
