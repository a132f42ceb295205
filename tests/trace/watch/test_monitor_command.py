"""`suyuan monitor`: exit codes, what is printed, what cannot be followed."""

import time

import pytest
from support.ledger.commands import suyuan
from support.watch.monitored import Down
from support.watch.replica import over_http, trust_file

from suyuan.trace.watch import monitor as monitors

pytestmark = pytest.mark.slow


@pytest.fixture
def command(scene, tmp_path):
    """Runs `suyuan monitor --once` against a served log: the exit code and the output."""
    trust = trust_file(tmp_path, scene.world.trust)
    with over_http(scene.server.log) as (url, server):

        def once(*more):
            place = tmp_path / "command"
            return suyuan("monitor", url, "--trust", trust, "--folder", place, "--once", *more)

        scene.http, scene.url, scene.trust_file = server, url, trust
        yield once


def test_the_command_by_its_exit_code(scene, command):
    found = command("--json")
    told = found.json
    assert found.code == 0
    assert told["good"] and told["size"] == told["verified"] == scene.server.log.size
    assert len(told["root"]) == 64
    found = command("--no-entries")
    assert (found.code, found.out) == (0, f"trace.food.example/log: size {told['size']}\n")
    scene.http.log = Down()
    found = command()
    assert found.code == 3 and "answers 503" in found.err
    scene.http.log = scene.rewritten()
    found = command("--json")
    told = found.json
    assert found.code == 1 and told["alarm"]["kind"] == "fork" and not told["good"]
    assert "ALARM  trace.food.example/log: fork:" in found.err
    # It stays so until somebody has dealt with it.
    scene.http.log = scene.server.log
    found = command("--no-entries")
    assert found.code == 1 and "1 files of evidence were kept earlier" in found.err


def test_the_command_ends_with_1_while_it_follows(scene, command, monkeypatch, tmp_path):
    command()
    logs = iter([Down(), scene.rewritten()])

    def sleep(_seconds):
        scene.http.log = next(logs)

    monkeypatch.setattr(monitors.time, "sleep", sleep)
    monkeypatch.setattr(monitors.follow, "__kwdefaults__", {"rounds": None, "sleep": sleep})
    found = suyuan(
        "monitor", scene.url, "--trust", scene.trust_file, "--folder", tmp_path / "command",
        "--every", "1",
    )  # fmt: skip
    assert found.code == 1
    assert "nothing was heard from http://127.0.0.1" in found.err
    assert "ALARM" in found.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["http://127.0.0.1:1/log", "--trust", "TRUST", "--folder", "M", "--once"], 3),
        (["http://127.0.0.1:1/log", "--trust", "missing", "--folder", "M", "--once"], 3),
        (["not a url", "--trust", "TRUST", "--folder", "M", "--once"], 2),
        (["http://127.0.0.1:1/log", "--folder", "M", "--once"], 2),
        (["http://127.0.0.1:1/log", "--trust", "TRUST", "--folder", "M", "--every", "0"], 2),
        (["http://127.0.0.1:1/log", "--trust", "TRUST", "--folder", "TRUST/x", "--once"], 3),
    ],
)
def test_what_cannot_be_followed(small, tmp_path, arguments, code):
    there = {"TRUST": str(trust_file(tmp_path, small.trust)), "M": str(tmp_path / "m")}
    there["TRUST/x"] = there["TRUST"] + "/x"
    started = time.monotonic()
    assert suyuan("monitor", *(there.get(part, part) for part in arguments)).code == code
    assert time.monotonic() - started < 60
