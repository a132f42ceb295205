"""What somebody who can write the database does to alarms, and what an alarm about rows is."""

import pytest
from support.ledger.row import WHO, change, findings, put, raised, stopped
from support.ledger.world import World

from suyuan.trace.format.errors import LedgerError, Tampered
from suyuan.trace.store.beside import witness_rows
from suyuan.trace.store.beside.preferences import OVERDRAW, REFUSE, choose, choosers
from suyuan.trace.store.beside.witness_rows import WitnessBook
from suyuan.trace.watch import alarms
from suyuan.trace.watch.resealing import reseal


@pytest.mark.parametrize(
    "done",
    [
        "UPDATE alarm SET resolved = 1, resolution = '{}'", "UPDATE alarm SET stops = false",
        "UPDATE alarm SET id = 7, resolved = 1", "DELETE FROM alarm",
    ],
)  # fmt: skip
def test_an_alarm_that_was_ended_in_the_database_goes_on(world: World, done: str) -> None:
    book = WitnessBook(world.ledger.database.engine)
    assert book.raise_alarm(1, "rollback", "links were lost", {"about": ["w"]}, stops=True)
    assert "links were lost" in stopped(world)
    change(world.ledger, done)
    assert "suyuan reseal" in stopped(world)
    assert raised(world) and set(raised(world)) == {"alarm"}
    assert any(one.startswith("table alarm: ") for one in findings(world))
    for one in book.alarms():
        with pytest.raises(LedgerError):
            alarms.resolve(world.ledger, one.id, "nothing is wrong", "me")


def test_an_alarm_that_was_put_there_is_told_and_can_be_dropped(world: World) -> None:
    more = {"reason": "made up", "evidence": "{}", "resolved": 1, "resolution": "{}"}
    put(world, "alarm", id=1, raised=1, stops=True, kind="fork", **more)
    assert "made up" in stopped(world)
    assert reseal(world.ledger.database, drop=["alarm"]).left == ()
    world.party("A 区 12 号")  # goes on
    assert findings(world) == []


def test_a_resolved_alarm_that_was_removed_is_missed(world: World) -> None:
    book = WitnessBook(world.ledger.database.engine)
    for kind in ("one", "two", "three"):
        assert book.raise_alarm(1, kind, "", {"about": ["w"]}, stops=False)
    for number in (1, 2, 3):
        assert book.resolve(number, 2, {"by": "me", "reason": "false"})
    assert findings(world) == [] and book.alarms(unresolved=True) == []
    change(world.ledger, "DELETE FROM alarm WHERE id = 3")
    assert len(findings(world)) == 1 and "suyuan reseal" in stopped(world)
    new = book.raise_alarm(3, "four", "", {"about": ["w"]}, stops=False)
    assert new is not None and new.id == 4, "its number is not given again"


def test_one_alarm_is_raised_for_a_table_and_ends_once_nothing_fails(world: World) -> None:
    engine = world.ledger.database.engine
    for number in range(3):
        put(world, "choice", party=str(number), name="overdraw", value="refuse")
        with world.ledger.reading() as reader:
            choosers(reader, OVERDRAW, REFUSE)
    other = world.reopen()  # as another process, which does not know of the alarm
    with other.reading() as reader:
        choosers(reader, OVERDRAW, REFUSE)
    other.close()
    assert raised(world) == ["choice"]
    (one,) = WitnessBook(engine).alarms()
    assert not one.stops
    with pytest.raises(Tampered, match="table choice: "):
        alarms.resolve(world.ledger, one.id, "looked at", "me")
    reseal(world.ledger.database, drop=["choice"])
    assert alarms.resolve(world.ledger, one.id, "looked at", "me").resolved is not None
    assert raised(world) == [] and findings(world) == []


def test_who_comes_again_once_the_alarm_is_resolved_is_told_again(world, monkeypatch):
    put = "INSERT INTO choice (party, name, value) VALUES ('urn:x:1', 'overdraw', 'refuse')"
    monkeypatch.setattr(witness_rows, "AGAIN", 0.0)
    for _ in range(2):
        change(world.ledger, put)
        with world.ledger.reading() as reader:
            assert choosers(reader, OVERDRAW, REFUSE) == set()
        assert raised(world) == ["choice"]
        reseal(world.ledger.database, drop=["choice"])
        for one in WitnessBook(world.ledger.database.engine).alarms(unresolved=True):
            alarms.resolve(world.ledger, one.id, "dropped", "me")


@pytest.mark.parametrize("table", ["alarm", "choice", "job"])
def test_bytes_that_are_no_text_hide_nothing_and_can_be_dropped(small: World, table: str) -> None:
    """SQLite stores them as a text, which its driver does not read: nor any row after it."""
    bad, engine = "CAST(x'ff41' AS TEXT)", small.ledger.database.engine
    choose(engine, WHO, OVERDRAW, REFUSE)
    rows = {
        "alarm": "(id, raised, stops, kind, reason, evidence) VALUES (1, 1, 0, 'x', %s, '{}')",
        "choice": "(party, name, value) VALUES (%s, 'overdraw', 'refuse')",
        "job": "(key, kind, party, address, leaf, content, made, due, tries) "
        "VALUES (%s, 'email', 'a', 'b', 1, '{}', 1, 1, 0)",
    }
    change(small.ledger, f"INSERT INTO {table} {rows[table] % bad}")
    with small.ledger.reading() as reader:
        assert choosers(reader, OVERDRAW, REFUSE) == {WHO}
    assert [one.split(":")[0] for one in findings(small)] == [f"table {table}"]
    assert reseal(small.ledger.database, drop=[table]).left == ()
    small.party("A 区 12 号")  # goes on
