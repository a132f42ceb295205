"""A clock that jumps by years dates nothing: nothing is signed until it is said to be right."""

import os
import subprocess
import sys
import time

import pytest
from support.ledger.world import World, event
from support.watch.witnessing import ask_of, book
from support.web.client import client_of

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.append import clocks
from suyuan.trace.store.append.transaction import utc_now
from suyuan.trace.store.errors import Stopped
from suyuan.trace.watch.alarms import check, resolve

HOUR = 3_600_000_000
YEARS = 10 * 365 * 24 * HOUR


@pytest.fixture
def jump(monkeypatch):
    """The system's clock jumps by so many microseconds."""
    real = clocks.wall
    return lambda by: monkeypatch.setattr(clocks, "wall", lambda: real() + by)


@pytest.fixture
def farm(small):
    return small.party("青山农场", "producer")


def entry(world: World, farm) -> bytes:
    found = farm.pen.sign(Draft(event=event("code", world.new_lot(), "1")))
    farm.pen.forget()
    return found


def again(world: World) -> Ledger:
    """The ledger as a process started now opens it."""
    return Ledger.open(world.home, lambda: world.log)


@pytest.mark.parametrize("by", [YEARS, -YEARS, 2 * HOUR, -2 * HOUR])
def test_a_jump_while_running_is_refused_and_alarmed_until_it_is_said_right(small, farm, jump, by):
    ledger = small.ledger
    jump(by)
    for _ in range(2):
        with pytest.raises(Stopped, match=r"jumped (forwards|back) by .*suyuan alarms resolve"):
            ledger.append([entry(small, farm)])
    (alarm,) = book(small).alarms()
    assert (alarm.kind, alarm.stops, alarm.resolved) == ("clock", True, None)
    with pytest.raises(Stopped):  # by another process too, whenever it was started
        again(small).append([entry(small, farm)])
    resolve(ledger, alarm.id, "the clock was an hour off since the battery was changed", "me")
    for one in (ledger, again(small)):
        assert one.append([entry(small, farm)])[0].is_new
    jump(0)  # and back, which is a jump again
    with pytest.raises(Stopped):
        ledger.append([entry(small, farm)])


def test_a_restart_under_the_wrong_clock_does_not_hide_the_jump(small, farm, jump):
    small.ledger.close()
    jump(YEARS)
    with pytest.raises(Stopped, match="jumped forwards by 3650 days"):
        again(small).append([entry(small, farm)])


def test_resolved_once_it_is_set_right_blesses_no_wrong_clock(small, farm, jump):
    jump(YEARS)
    with pytest.raises(Stopped):
        small.ledger.append([entry(small, farm)])
    jump(0)
    resolve(small.ledger, 1, "set right", "me")
    assert small.ledger.append([entry(small, farm)])[0].is_new
    jump(YEARS)
    with pytest.raises(Stopped):
        small.ledger.append([entry(small, farm)])


def test_ordinary_drift_and_a_laptops_sleep_are_none(small, farm, jump, monkeypatch):
    jump(HOUR - 60_000_000)
    assert small.ledger.append([entry(small, farm)])[0].is_new
    jump(0)
    before = clocks.since_boot()
    real_wall, real_boot = clocks.wall, clocks.since_boot
    monkeypatch.setattr(clocks, "wall", lambda: real_wall() + YEARS)
    monkeypatch.setattr(clocks, "since_boot", lambda: real_boot() + YEARS)  # slept for so long
    assert small.ledger.append([entry(small, farm)])[0].is_new
    assert clocks.since_boot() - before >= YEARS


def test_a_clock_behind_the_newest_checkpoint_is_refused_at_a_start(small, farm, monkeypatch):
    """After a boot nothing is known but what the ledger has dated itself."""
    (small.home / "clock").unlink()
    later = again(small)
    real = clocks.wall
    at = utc_now()
    with small.ledger.database.engine.begin() as connection:
        for (name,) in connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'checkpoint'"
        ).all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.exec_driver_sql(f"UPDATE checkpoint SET committed = committed + {YEARS}")
        connection.exec_driver_sql(f"UPDATE log_state SET committed = committed + {YEARS}")
    with pytest.raises(Stopped, match=r"is 36.. days and .* behind the newest checkpoint"):
        later.append([entry(small, farm)])
    resolve(later, 1, "it was years ahead, and is right now", "me")
    for one in (later, again(small)):
        assert one.append([entry(small, farm)])[0].is_new
    assert real() > 0 and utc_now() >= at


def test_witnesses_tell_a_clock_that_is_years_ahead_at_a_start(small, around, farm):
    """Which nothing else can: after a boot the wrong clock is all that this machine knows."""
    wrong = lambda: time.time() - YEARS / 1e6  # noqa: E731  to it, ours is years ahead
    names = [f"witness.example/{name}" for name in "abc"]
    seats = [around.witness(names[0], small)]
    seats += [around.witness(name, small, clock=wrong) for name in names[1:]]
    ask_of(small, seats, 2)
    (alarm,) = check(small.ledger).raised
    assert (alarm.kind, alarm.stops, alarm.about) == ("clock", True, set(names[1:]))
    assert "up to 3650 days apart" in alarm.reason
    with pytest.raises(Stopped):
        small.ledger.append([entry(small, farm)])
    resolve(small.ledger, alarm.id, "those two are wrong: their operators say so", "me")
    assert check(small.ledger).raised == ()
    assert small.ledger.append([entry(small, farm)])[0].is_new


def test_one_witness_with_a_wrong_clock_stops_nothing(small, around, farm):
    seats = [around.witness(f"witness.example/{name}", small) for name in "ab"]
    seats.append(around.witness("witness.example/c", small, clock=lambda: time.time() + 90_000))
    ask_of(small, seats, 2)
    (alarm,) = check(small.ledger).raised
    assert (alarm.kind, alarm.stops) == ("clock", False)
    assert small.ledger.append([entry(small, farm)])[0].is_new


def test_over_http_it_is_503_with_a_time_to_try_again(small, farm, jump):
    client = client_of(small.ledger)
    jump(YEARS)
    answer = client.post("/api/v1/links", data=entry(small, farm), content_type="application/json")
    assert answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0
    assert "alarms resolve" in answer.json["detail"] and "Traceback" not in answer.text
    assert client.get("/api/v1/trust").status_code == 200


CODE = """
import sys
from pathlib import Path
from suyuan.keys.signer import LocalSigner
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.store.errors import Stopped
ledger = Ledger.open(Path(sys.argv[1]), lambda: LocalSigner.from_seed(b"L" * 32))
try:
    print(ledger.append([sys.stdin.buffer.read()])[0].is_new)
except Stopped as error:
    print(error)
"""


@pytest.mark.slow
def test_a_real_process_under_another_time_since_boot_is_refused(small, farm):
    """The kernel gives a process another clock since boot, which to it is a jump of the other."""
    run = [sys.executable, "-c", CODE, str(small.home)]
    apart = ["unshare", "--time", "--boottime", str(YEARS // 1_000_000)]
    if subprocess.run([*apart, "true"], capture_output=True).returncode:
        pytest.skip("no time namespaces for this user here")
    for before, said in (
        ([], "True"), (apart, "jumped back by 3650 days"), ([], "stopped signing"),
    ):  # fmt: skip
        done = subprocess.run(
            [*before, *run], input=entry(small, farm), capture_output=True, env=os.environ
        )
        assert said in done.stdout.decode(), done.stderr.decode()
