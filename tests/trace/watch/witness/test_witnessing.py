"""The ledger asks its witnesses: what is kept, when, and what a hostile one can do (nothing)."""

import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

import pytest
from support.ledger.queueing import until
from support.ledger.world import Actor, World
from support.watch import witnessing as support
from support.watch.witnessing import Village, ask_of, book, three
from support.web.client import change

from suyuan.keys.notes import CosignerKey
from suyuan.keys.signer import LocalSigner
from suyuan.trace.goods.verify_link import Verifier
from suyuan.trace.log.policy import Policy, WitnessLine, check
from suyuan.trace.store.beside.witness_rows import WitnessBook, WitnessRow
from suyuan.trace.store.errors import StoreError
from suyuan.trace.watch.quorum import set_policy
from suyuan.trace.watch.witnessing import Witnessing

pytestmark = pytest.mark.slow
# A round in which all who answer are waited for.
one_round = partial(support.one_round, grace=60.0)


def signed_size(world: World) -> int:
    return book(world).standing().size


def test_the_newest_checkpoint_is_cosigned_and_kept_with_its_time(world, farm, around) -> None:
    policy = ask_of(world, three(around, world), 2)
    before = int(time.time())
    done = one_round(world)
    assert len(done.cosigned) >= 2 and done.why is None
    with world.ledger.reading() as reader:
        kept, signed = reader.published(), reader.checkpoint()
        assert reader.kept(0) == reader.kept(kept.size - 1) == kept
        assert reader.kept(kept.size) is None
    assert kept == done.kept and kept.size == signed.size == signed_size(world)
    found = check(kept.note, world.trust.log, policy)
    assert found.is_met and kept.committed == found.time * 1_000_000
    assert before <= found.time <= time.time()
    book(world).take([], replace(kept, note="another", committed=1))
    with world.ledger.reading() as reader:
        assert reader.kept(0) == kept  # what is there at a size stays
    rows = book(world).standing().witnesses
    assert {rows[name].size for name in done.cosigned} == {kept.size}
    assert all(rows[name].error is None for name in done.cosigned)


def test_nothing_is_asked_while_nothing_is_new(world: World, farm: Actor, around: Village) -> None:
    seats = three(around, world, 2)
    asking = Witnessing(world.ledger, grace=60.0)
    asking.round()
    asked = [len(seat.requests) for seat in seats]
    for _ in range(3):
        assert asking.round().why == f"nothing is new since size {signed_size(world)}"
    assert [len(seat.requests) for seat in seats] == asked
    asking.close()


def test_without_a_policy_nobody_is_asked(world: World, farm: Actor) -> None:
    done = one_round(world)
    assert done.kept is None and "asks for no witness" in done.why
    with world.ledger.reading() as reader:
        assert reader.published() == reader.checkpoint() and reader.newest_kept() is None


def test_a_growing_tree_is_proved_from_what_each_witness_had(world, farm, around) -> None:
    seats = three(around, world)
    policy = ask_of(world, seats, 3)
    asking = Witnessing(world.ledger)
    sizes, first = [], None
    for _ in range(3):
        sizes.append(asking.round().kept.size)
        first = first or signed_size(world)
        for _ in range(3):
            world.code(farm, world.new_lot())
    assert sizes == [first, first + 3, first + 6]
    with world.ledger.reading() as reader:  # each is kept, and covers its own links first
        assert [reader.kept(n).size for n in (0, first - 1, first, first + 2, first + 3)] == [
            first, first, first + 3, first + 3, first + 6,
        ]  # fmt: skip
        for size in sizes:
            assert check(reader.kept(size - 1).note, world.trust.log, policy).is_met
    assert all(len(seat.requests) == 3 for seat in seats)  # no 409 was needed
    asking.close()


def test_another_process_goes_on_and_the_sizes_are_learnt_by_409(world, farm, around) -> None:
    """A restart, or a second machine whose rows of witnesses are old."""
    seats = three(around, world, 3)
    one_round(world)
    with world.ledger.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM witness")
    world.code(farm, world.new_lot())
    assert one_round(world).kept.size == signed_size(world)
    assert all(len(seat.requests) == 3 for seat in seats)  # 200; 409 and 200


def test_dead_slow_and_silent_ones_hold_nobody_up(world, farm, around) -> None:
    seats = three(around, world)
    slow = around.witness("witness.example/slow", world, delay=300)
    ask_of(world, [*seats, slow, around.dead("witness.example/dead")], 3)
    begun = time.monotonic()
    asking = Witnessing(world.ledger, seconds=300.0, patience=300.0)
    assert asking.round().kept is not None
    world.code(farm, world.new_lot())
    assert asking.round().kept.size == signed_size(world)
    assert time.monotonic() - begun < 100
    rows = book(world).standing().witnesses
    assert "witness.example/slow" not in rows  # it is still being asked
    assert "Connection refused" in rows["witness.example/dead"].error
    assert rows["witness.example/dead"].answered is None
    assert len(slow.requests) == 1
    asking.close()


def test_a_round_without_a_quorum_ends_in_time_and_late_answers_count(world, farm, around) -> None:
    slow = [around.witness(f"witness.example/s{n}", world, delay=300) for n in (1, 2)]
    ask_of(world, [*slow, around.dead("witness.example/dead")], 2)
    asking = Witnessing(world.ledger, seconds=0.3, patience=300.0)
    begun = time.monotonic()
    done = asking.round()
    assert done.kept is None and done.why == f"0 of 2 cosignatures at size {done.size}"
    assert time.monotonic() - begun < 100
    with world.ledger.reading() as reader:
        assert reader.published() is None
    for seat in slow:
        seat.let_go.set()
    end = time.monotonic() + 60
    while (late := asking.round().kept) is None:  # until they have come in between
        assert time.monotonic() < end
    assert late.size == done.size
    assert [len(seat.requests) for seat in slow] == [1, 1]
    asking.close()


def test_a_link_is_logged_and_then_witnessed(world: World, farm: Actor, around: Village) -> None:
    three(around, world, 2)
    one_round(world)
    coded = world.code(farm, world.new_lot())

    def checked():
        with world.ledger.reading() as reader:
            found = [
                Verifier(reader, world.trust.genesis).check(reader.link(n))
                for n in range(reader.size())
            ]
            for order in (range(reader.size()), reversed(range(reader.size()))):
                one = Verifier(reader, world.trust.genesis)  # which remembers what it asked
                for n in order:
                    assert one.check(reader.link(n)) == found[n]
            return found

    logged = checked()
    assert logged[coded.index].witnessed is None
    assert logged[coded.index].recorded == logged[coded.index].logged
    assert all(one.witnessed is not None for one in logged[: coded.index])
    done = one_round(world)
    witnessed = checked()
    when = datetime.fromtimestamp(done.kept.committed // 1_000_000, UTC)
    assert witnessed[coded.index].recorded == witnessed[coded.index].witnessed == when
    assert witnessed[coded.index].logged == logged[coded.index].logged
    assert witnessed[0] == logged[0]  # the first kept checkpoint counts, not the newest


def test_two_processes_ask_at_once(world: World, farm: Actor, around: Village) -> None:
    three(around, world, 3)
    program = """
import sys, time
from pathlib import Path
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.watch.witnessing import Witnessing
home, url = Path(sys.argv[1]), sys.argv[2] or None
ledger = Ledger.open(home, lambda: None, url=url)
asking = Witnessing(ledger)
print("ready", flush=True)
while not (home / "enough").exists():
    asking.round()
    time.sleep(0.02)
while "nothing is new" not in (asking.round().why or ""):
    time.sleep(0.02)
asking.close()
ledger.close()
"""
    command = [sys.executable, "-c", program, str(world.home), world.ledger.database.url or ""]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        for process in running:
            assert process.stdout.readline() == "ready\n"
        for number in range(20):
            world.code(farm, world.new_lot())
            time.sleep(0.05)
            if number % 4 == 3:
                until_kept(world)
    finally:
        (world.home / "enough").touch()
        for process in running:
            _, said = process.communicate(timeout=300)
            assert process.returncode == 0, said
    done = one_round(world)
    assert done.kept is None and "nothing is new" in done.why, done
    assert book(world).alarms() == []
    with world.ledger.reading() as reader:
        policy = Policy.parse(world.trust.policy)
        kept = {reader.kept(index) for index in range(reader.size())}
    assert len(kept) > 4
    for one in kept:
        found = check(one.note, world.trust.log, policy)
        assert found.is_met and found.checkpoint.size == one.size
        assert found.time * 1_000_000 == one.committed


def until_kept(world: World) -> None:
    """Wait until all links that are there are witnessed."""

    def is_kept() -> bool:
        with world.ledger.reading() as reader:
            kept = reader.newest_kept()
        return kept is not None and kept.size == signed_size(world)

    until(is_kept)


def test_a_log_that_cannot_be_proved_is_an_error_of_the_store(small, around) -> None:
    """And no fault of the witnesses: none is left alone for it."""
    three(around, small, 2)
    one_round(small)
    small.party("青山农场")
    change(small.ledger, "UPDATE link SET hash = x'00' WHERE leaf = (SELECT max(leaf) FROM link)")
    with pytest.raises(StoreError, match="cannot be proved"):
        one_round(small)
    assert all(row.error is None for row in book(small).standing().witnesses.values())


def test_a_round_that_is_to_end_ends_and_a_damaged_checkpoint_is_an_error(small, around) -> None:
    is_over = threading.Event()
    slow = around.witness("witness.example/slow", small, delay=300)
    ask_of(small, [slow], 1)
    asking = Witnessing(small.ledger, seconds=300.0, is_over=is_over)
    threading.Timer(0.2, is_over.set).start()
    begun = time.monotonic()
    assert asking.round().kept is None
    assert time.monotonic() - begun < 100
    asking.close()
    slow.let_go.set()
    change(small.ledger, "UPDATE checkpoint SET note = 'x'")
    with pytest.raises(StoreError, match="damaged"):
        one_round(small)


def test_another_policy_forgets_what_a_name_answered_before(world: World) -> None:
    """The name may stand for another witness, with another key and another memory."""
    book = WitnessBook(world.ledger.database.engine)
    book.take([WitnessRow("w1", 10**6, 1, 1, None)])
    trust = world.ledger.trust
    signer = LocalSigner.new()
    key = CosignerKey.of("w.example", signer.public)
    text = Policy.of(trust.log, [WitnessLine("w1", key, None)], 1).text()
    set_policy(world.home, world.ledger.database, text, ())
    assert book.standing().witnesses == {}
