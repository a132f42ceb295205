"""Audits as a job: one at a time, done outside of requests, taken again where a worker died."""

import os
import signal
import threading
from concurrent.futures import Future

import pytest
from support.ledger.world import World

from suyuan.trace.format.times import micros
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.append.workers import Pool, WorkerDied
from suyuan.trace.store.beside.audit_runs import AuditBook
from suyuan.trace.watch import audit as audits
from suyuan.trace.watch.audit import audit_rows
from suyuan.trace.watch.auditing import cores, job
from suyuan.trace.watch.auditing.audit_progress import Phase, Progress
from suyuan.trace.watch.auditing.cores import Cores

pytestmark = pytest.mark.slow

NEVER = threading.Event()


def book(world: World) -> AuditBook:
    return AuditBook(world.ledger.database.engine)


def kill_oneself(_question: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.fixture
def stocked(small: World) -> World:
    farm = small.party("青山农场", "producer")
    small.code(farm, small.new_lot())
    return small


def test_one_is_under_way_and_asking_again_answers_it(world: World) -> None:
    one, is_new = book(world).ask("urn:x:office", 5)
    again, is_new_again = book(world).ask("urn:x:other", 6)
    assert (is_new, is_new_again) == (True, False)
    assert again == one
    assert one.state(5) == "waiting"
    taken = book(world).claim(7, 100)
    assert taken is not None and taken.state(8) == "running" and taken.state(100) == "waiting"
    assert book(world).claim(99, 200) is None  # somebody is at it
    assert book(world).finish(taken, 9, {"good": True})
    assert book(world).get(one.id).state(9) == "done"
    new, is_new = book(world).ask("urn:x:office", 10)
    assert is_new and new.id != one.id
    assert [run.id for run in book(world).newest(5)] == [new.id, one.id]


def test_who_lost_the_claim_writes_nothing_more(world: World) -> None:
    book(world).ask("urn:x:office", 0)
    late = book(world).claim(1, 10)
    other = book(world).claim(11, 20)
    assert late is not None and other is not None and other.tries == 2
    assert not book(world).hold(late, 500)
    assert not book(world).finish(late, 12, {"good": True})
    assert not book(world).fail(late, 12, "no")
    assert book(world).hold(other, 500, {"found": 0})
    assert book(world).get(other.id).due == 500


def test_an_audit_is_done_and_says_as_of_what(stocked: World) -> None:
    stocked.ledger.followers.catch_up()
    run, _ = book(stocked).ask("urn:x:office", 0)
    assert job.look(stocked.ledger, NEVER)
    done = book(stocked).get(run.id)
    with stocked.ledger.reading() as reader:
        size = reader.size()
    assert done.error is None and done.state(0) == "done"
    assert (done.result["good"], done.result["exit_code"], done.result["size"]) == (True, 0, size)
    assert {part["state"] for part in done.progress["parts"]} == {"done"}
    assert done.result["reported"] == {"grave": 0, "serious": 0, "minor": 0}
    assert not job.look(stocked.ledger, NEVER)


def test_an_audit_whose_process_died_is_taken_again(stocked: World) -> None:
    run, _ = book(stocked).ask("urn:x:office", 0)
    assert job.look(stocked.ledger, NEVER, f"{__name__}:kill_oneself")
    between = book(stocked).get(run.id)
    assert between.state(micros(utc_now())) == "waiting" and between.tries == 1
    assert job.look(stocked.ledger, NEVER)
    done = book(stocked).get(run.id)
    assert done.result["good"] is True and done.tries == 2


def test_one_whose_process_always_dies_is_given_up_and_another_may_begin(stocked: World) -> None:
    run, _ = book(stocked).ask("urn:x:office", 0)
    for _ in range(job.MAX_TRIES + 1):
        assert job.look(stocked.ledger, NEVER, f"{__name__}:kill_oneself")
    done = book(stocked).get(run.id)
    assert done.state(0) == "failed" and done.error == job.DIED
    assert book(stocked).ask("urn:x:office", 0)[1]


def test_a_worker_that_ends_lets_go_of_it_at_once(stocked: World) -> None:
    run, _ = book(stocked).ask("urn:x:office", 0)
    is_over = threading.Event()
    is_over.set()
    assert job.look(stocked.ledger, is_over, "time:sleep_forever_is_not_there")
    assert book(stocked).get(run.id).state(micros(utc_now())) == "waiting"


def test_progress_ticks_part_by_part() -> None:
    told: list[dict] = []
    progress = Progress(told.append)
    progress.watch(Phase.LINKS, 0)
    progress.count(3, 8)
    progress.watch(Phase.PROJECTIONS, 0)
    progress.watch(Phase.LOG, 0)
    states = [[part["state"] for part in one["parts"]] for one in told]
    assert states == [
        ["running"] * 3 + ["waiting"] * 3,
        ["running"] * 3 + ["waiting"] * 3,
        ["done"] * 3 + ["waiting", "running", "waiting"],
        ["done"] * 3 + ["running", "done", "waiting"],
    ]
    assert told[1]["parts"][0] == {"name": "links", "state": "running", "done": 3, "total": 8}
    progress.watch(Phase.AGAIN, 0)
    progress.watch(Phase.LINKS, 2)
    assert told[-1]["is_closer"] and told[-1]["found"] == 2
    assert told[-1]["parts"][3]["state"] == "waiting"


def test_the_answers_are_in_the_order_of_the_questions_on_however_many_cores() -> None:
    asked = [("builtins:abs", -number) for number in range(3 * cores._MOST)]
    for count in (1, 2, 3):
        shared = Cores(count)
        try:
            assert list(shared.answers(asked)) == list(range(3 * cores._MOST))
        finally:
            shared.close()


def test_a_process_that_ends_early_is_no_finding(small: World, monkeypatch) -> None:
    def killed(function: str, question: object) -> Future:
        raise WorkerDied("killed")

    monkeypatch.setattr(audits.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(audits, "SMALL", 0)
    monkeypatch.setattr(Pool, "submit", lambda self, *about: killed(*about))
    report = audit_rows(small.ledger)
    assert report.findings == [] and not report.is_good
