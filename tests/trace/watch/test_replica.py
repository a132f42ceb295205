"""A ledger read from outside and decided again: what is accepted, resumed, and found."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest
from support.ledger.world import AUTHORITY, ORIGIN, Actor, World, event
from support.watch.replica import (
    Log,
    OverFlask,
    a_city,
    chained,
    client,
    entries_of,
    misbehaving,
    over_http,
    trust_file,
)
from support.web.acting import clear, extend, hold, order, say
from support.web.client import client_of

from suyuan.keys.notes import VerifierKey
from suyuan.trace.admission import acts
from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.errors import CannotDecide, FetchError, LedgerError
from suyuan.trace.format.link import seal
from suyuan.trace.log import checkpoint, merkle, proofs
from suyuan.trace.log.errors import LogError
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.store.errors import Busy, StoreError
from suyuan.trace.watch.replica import Replica

pytestmark = pytest.mark.slow


def advance(made: Replica, log, note=None, **more) -> int:
    return made.advance(client(log, made.trust), log.note() if note is None else note, **more)


def state_of(ledger_or_replica) -> tuple:
    """What the links give, table by table."""
    tables = "link", "chain", "link_item", "subject", "party", "key", "mandate", "registrar"
    with ledger_or_replica.reading() as reader:
        rows = [
            sorted(map(tuple, reader.connection.exec_driver_sql(f"SELECT * FROM {name}")))
            for name in (*tables, "coder", "tile")
        ]
        state = reader.log_state()
    return rows, state.size, bytes(state.root), bytes(state.edge)


def test_a_served_ledger_is_read_whole(city: World, made: Replica):
    web = OverFlask(client_of(city.ledger))
    one = client(web, made.trust)
    note, found = one.checkpoint()
    assert made.verified() is None
    assert made.advance(one, note) == found.size
    assert made.verified().checkpoint == found
    assert state_of(made.store) == state_of(city.ledger)


def test_only_what_is_new_is_read(city: World, made: Replica, monkeypatch):
    log = Log(entries_of(city.ledger), city.log)
    for size in (1, 2, 7, log.size, log.size):
        advance(made, log, log.note(size))
        assert made.verified().checkpoint.size == size
    city.code(city.farm, city.new_lot())
    more = Log(entries_of(city.ledger), city.log)
    decided = []
    monkeypatch.setattr(
        "suyuan.trace.admission.chain.decide", lambda link, state, **_: decided.append(state.size)
    )
    advance(made, more)
    assert decided == [log.size]


def test_over_300_links_full_tiles_are_kept_as_the_ledger_keeps_them(small: World, made: Replica):
    farm = small.party("青山农场", "producer")
    for _ in range(3):
        small.do(farm, *(event("code", small.new_lot(), "5") for _ in range(250)))
    log = Log(entries_of(small.ledger), small.log)
    for size in (200, 256, 700, log.size):
        advance(made, log, log.note(size))
    assert state_of(made.store) == state_of(small.ledger)


def test_a_smaller_checkpoint_is_compared_with_what_is_here(city: World, made: Replica):
    log = Log(entries_of(city.ledger), city.log)
    advance(made, log)
    log.paths.clear()
    for size in range(log.size):
        assert advance(made, log, log.note(size)) == log.size
    assert log.paths == []


def test_another_folder_for_another_ledger(city: World, made: Replica):
    other = VerifierKey("other.example/log", city.log.public)
    trust = Trust(other, "trace.food.example", AUTHORITY, city.root.public)
    with pytest.raises(LedgerError, match="another trust file"):
        Replica(made.store.folder, trust)


def test_one_at_a_time(city: World, made: Replica, monkeypatch):
    monkeypatch.setattr("suyuan.trace.store.append.lock.WAIT_SECONDS", 0.05)
    log = Log(entries_of(city.ledger), city.log)
    with (
        Replica(made.store.folder, made.trust, Checkers(1)) as second,
        second.store.locked(),
        pytest.raises(Busy, match="another process reads"),
    ):
        advance(made, log)
    assert advance(made, log) == log.size


# Interruptions.


def lots(world: World, count: int) -> Log:
    farm = world.party("青山农场", "producer")
    for _ in range(-(-count // 250)):
        world.do(farm, *(event("code", world.new_lot(), "5") for _ in range(250)))
    return Log(entries_of(world.ledger), world.log)


def test_what_was_read_before_an_interruption_is_kept(small: World, made: Replica, batches):
    log = lots(small, 1000)
    log.changed["tile/entries/002"] = 503
    with pytest.raises(FetchError):
        advance(made, log)
    assert made.store.size() == 512 and made.verified() is None
    del log.changed["tile/entries/002"]
    log.paths.clear()
    farm = small.party("又一农场", "producer")
    small.code(farm, small.new_lot())
    more = Log(entries_of(small.ledger), small.log)
    advance(made, more)
    read = {name for name in more.paths if "entries" in name}
    assert read == {"tile/entries/002", f"tile/entries/003.p/{more.size - 768}"}
    assert made.verified().checkpoint.size == more.size
    assert state_of(made.store) == state_of(small.ledger)


def test_it_pauses_when_its_time_is_over_and_a_fork_is_met_while_half_read(small, made, batches):
    log = lots(small, 600)
    assert [advance(made, log, until=time.monotonic() - 1) for _ in range(2)] == [256, 512]
    fork = Log([*log.entries[:-1], log.entries[-1] + b" "], small.log)
    with misbehaving("fork") as found:
        advance(made, fork)
    assert found.value.misbehaviour.notes == (log.note(), fork.note())
    assert made.verified() is None


KILLED = """
import sys, os, signal
from pathlib import Path
from suyuan.trace.watch import replica
from suyuan.trace.store.append.checking import Checkers
from suyuan.trace.log.fetch import Fetcher
from suyuan.trace.log.client import LogClient
from suyuan.trace.admission.trust import Trust
replica._BATCH = 1
trust = Trust.from_json(Path(sys.argv[2]).read_text())
made = replica.Replica(Path(sys.argv[3]), trust, Checkers(1))
client = LogClient(Fetcher(sys.argv[1]), trust.log)
note, _ = client.checkpoint()
print("ready", flush=True)
made.advance(client, note, progress=lambda done, total: print(done, flush=True))
print("whole", flush=True)
"""


def test_killed_at_any_moment_it_goes_on_where_it_was(small: World, tmp_path):
    log = lots(small, 3000)
    trust = trust_file(tmp_path, small.trust)
    place = tmp_path / "killed"
    reached = []
    with over_http(log) as (url, _):
        for moment in range(12):
            process = subprocess.Popen(
                [sys.executable, "-c", textwrap.dedent(KILLED), url, str(trust), str(place)],
                stdout=subprocess.PIPE,
                text=True,
            )
            with process:
                for line in process.stdout:
                    if line == "whole\n":
                        break
                    if line == "ready\n":
                        time.sleep(0.005 * moment)
                        continue
                    if moment < 11:
                        time.sleep(0.003 * moment)
                        break
                if line != "whole\n":
                    os.kill(process.pid, signal.SIGKILL)
            with Replica(place, small.trust, Checkers(1)) as made:
                reached.append(made.store.size())
            if line == "whole\n":
                break
    assert reached == sorted(reached) and reached[0] < log.size == reached[-1]
    with Replica(place, small.trust, Checkers(1)) as made:
        assert made.verified().checkpoint.size == log.size
        assert state_of(made.store) == state_of(small.ledger)


# The log serves other than it signed.


def test_an_entry_that_was_not_signed_is_named(small: World, made: Replica):
    log = lots(small, 600)
    honest = Log(log.entries, small.log)
    log.entries[300] = log.entries[301]
    log.changed = {
        name: honest.content(name)
        for name in ("checkpoint", "tile/0/000", "tile/0/001", "tile/1/000.p/2")
    }
    log.changed[f"tile/0/002.p/{log.size - 512}"] = honest.content(f"tile/0/002.p/{log.size - 512}")
    with pytest.raises(LogError, match="the entry 300 that is served"):
        advance(made, log, honest.note())
    made.check()  # nobody signed it: the replica is not condemned
    assert advance(made, honest) == honest.size


@pytest.mark.parametrize("size", [3, 5, 14])
def test_a_damaged_replica_accuses_nobody(city: World, made: Replica, size):
    log = Log(entries_of(city.ledger), city.log)
    advance(made, log, log.note(5))
    with made.store._database.engine.begin() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.exec_driver_sql(f'DROP TRIGGER "{name}"')
        connection.exec_driver_sql("UPDATE link SET hash = zeroblob(32) WHERE leaf = 2")
    with pytest.raises(StoreError, match="damaged"):
        advance(made, log, log.note(size))
    made.check()


def test_private_entries_decide_nothing(city: World, tmp_path):
    trust = Trust(city.trust.log, city.trust.host, AUTHORITY, city.root.public, entries="private")
    log = Log(entries_of(city.ledger), city.log)
    log.changed[f"tile/entries/000.p/{log.size}"] = 403
    log.changed["tile/entries/000"] = 403
    with (
        Replica(tmp_path / "private", trust, Checkers(1)) as made,
        pytest.raises(CannotDecide, match="are private"),
    ):
        advance(made, log)


def test_a_statement_of_a_later_version_is_not_decided(city: World, made: Replica):
    entries = entries_of(city.ledger)
    payload = {
        "v": 1, "ledger": ORIGIN, "actor": AUTHORITY, "signed_at": "2026-11-24T08:00:00Z",
        "items": [{"item": "urn:x:recall", "seq": 0, "prev": None}], "after": [],
        "statement": {"type": "recall", "op": "open"},
    }  # fmt: skip
    log = Log([*entries, seal(city.root, payload)], city.log)
    with pytest.raises(CannotDecide, match="newer suyuan"):
        advance(made, log)
    made.check()


# Forks, rollbacks, rewrites.


def test_two_roots_for_one_size(city: World, made: Replica):
    log = Log(entries_of(city.ledger), city.log)
    advance(made, log)
    other = Log([*log.entries[:-1], b"{}"], city.log)
    with misbehaving("fork", match="another root") as found:
        advance(made, other)
    assert set(found.value.misbehaviour.notes) == {log.note(), other.note()}
    with misbehaving("fork") as again:  # the honest half does not heal it
        advance(made, log)
    assert again.value.misbehaviour.notes == found.value.misbehaviour.notes


def test_a_rewritten_tail(city: World, made: Replica):
    log = Log(entries_of(city.ledger), city.log)
    advance(made, log)
    city.code(city.farm, city.new_lot())
    entries = entries_of(city.ledger)
    entries[4] = entries[5]
    rewritten = Log(entries, city.log)
    with misbehaving("fork", match="rewritten, or is a fork") as found:
        advance(made, rewritten)
    one, two = found.value.misbehaviour.notes
    assert (one, two) == (log.note(), rewritten.note())
    small, large = (checkpoint.open_checkpoint(note, made.trust.log) for note in (one, two))
    with pytest.raises(LogError):  # the proof shows it to anyone
        proofs.check_consistency(
            small.size, small.root, large.size, large.root, found.value.misbehaviour.proof
        )
    rewritten_small = merkle.root(rewritten.leaves()[: small.size])
    proofs.check_consistency(
        small.size, rewritten_small, large.size, large.root, found.value.misbehaviour.proof
    )
    with Replica(made.store.folder, made.trust, Checkers(1)) as other, misbehaving("fork"):
        other.check()


def test_a_smaller_tree_that_is_no_beginning(city: World, made: Replica):
    log = Log(entries_of(city.ledger), city.log)
    advance(made, log)
    entries = list(log.entries)
    entries[2] = entries[3]
    with misbehaving("fork") as found:
        advance(made, Log(entries[:5], city.log))
    assert found.value.misbehaviour.notes[1] == log.note()
    assert len(found.value.misbehaviour.proof) > 0


def test_a_replica_takes_holds_and_recalls_and_knows_the_acts(small, tmp_path):
    world = a_city(small)
    farm, stall = Actor(world.farm.uri, world.farm.signer, world.farm.pen), world.stall
    one, two, three = (world.new_lot() for _ in range(3))
    for lot in (one, two, three):
        world.code(farm, lot)
    held, uri = hold(world, farm, one), order(world, farm, one, two)
    extend(world, world.authority, uri, three)
    clear(world, farm, uri, two)
    amount = {"item": one, "kind": "sold", "value": "3", "unit": "kg"}
    say(world, stall, (acts.recall_acknowledge(uri), None))
    say(world, stall, (acts.recall_report(uri, [amount]), None))
    say(world, farm, (acts.hold_release(held), None))
    order(world, world.authority, one, drill=True)

    with Replica(tmp_path / "replica", world.trust, Checkers(1)) as made:
        reader = client(OverFlask(client_of(world.ledger)), world.trust)
        assert made.advance(reader, reader.checkpoint().note) == reader.checkpoint().checkpoint.size
        rows = "SELECT * FROM act ORDER BY leaf"
        with made.store.reading() as copy, world.ledger.reading() as live:
            found = copy.connection.exec_driver_sql(rows).all()
            assert [row.kind for row in found] == ["hold", "recall", "recall"]
            assert [*map(tuple, found)] == [*map(tuple, live.connection.exec_driver_sql(rows))]
        # It goes on from what it keeps, as another process would.
        say(world, farm, (acts.recall_close(uri), None))
        made.store.forget()
        entries = entries_of(world.ledger)
        log = Log(entries, world.log)
        assert made.advance(client(log, world.trust), log.note()) == len(entries)
        broken = chained(world, stall, entries, statement=acts.recall_withdraw(uri, "不归你管"))
        wrong = Log([*entries, broken], world.log)
        with misbehaving("rule", match="an act of"):
            made.advance(client(wrong, world.trust), wrong.note())
