"""`suyuan demo`, `serve` and `worker`: what they print, refuse and leave behind."""

import os
import re
import signal
import socket
import subprocess
import sys
from datetime import date

import pytest
from support.ledger.commands import suyuan
from support.web.served import CLI, started, until
from support.web.signing import ORIGIN_HEADERS, signed_in

from suyuan.keys import base64
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.cli.demo.city import build, cast_of
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers import codes
from suyuan.trace.ledger.home import open_ledger, read_demo
from suyuan.trace.ledger.office_seals import OfficeSeals
from suyuan.web.factory import create_app
from suyuan.web.server import demos, serving

DAY = date(2026, 11, 24)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    home = tmp_path_factory.mktemp("demo") / "city"
    demos.make(home, None, DAY)
    return home


@pytest.mark.slow
def test_a_demo_is_made_whole_and_found_again(city, monkeypatch):
    made = read_demo(city)
    assert (made.seed, made.today) == ("suyuan", DAY)
    assert [path.name for path in city.parent.iterdir()] == [city.name]
    before = (city / "suyuan.db").stat().st_mtime_ns
    monkeypatch.setattr(demos, "build", lambda *_a, **_m: pytest.fail("made again"))
    demos.make(city, "suyuan", DAY)
    assert (city / "suyuan.db").stat().st_mtime_ns == before


@pytest.mark.slow
def test_what_a_demo_prints_can_be_opened(city):
    found = suyuan.good("demo", "--home", city, "--no-serve", "--port", "8123")
    urls = [line.strip() for line in found.out.splitlines() if "/t/" in line]
    assert found.out.startswith("http://localhost:8123/\n")
    assert len(urls) >= 4
    assert "█" in found.out
    assert "delete" in found.err
    client = create_app(city).test_client()
    for url in urls:
        page = client.get(url.removeprefix("http://localhost:8123"))
        assert page.status_code == 200
        # The city is of a fixed day, and what was fresh then is past its date.
        assert (
            "<h1>溯源信息完整，未发现改动</h1>" in page.text or "<h1>已过保质期</h1>" in page.text
        ), url
        assert "演示" in page.text
        assert len(page.data) < 60_000


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "given", "base"),
    [
        (["--port", "8123"], None, "http://localhost:8123"),
        (["--host", "192.0.2.7"], None, "http://192.0.2.7:8000"),
        (["--port", "8123"], "https://trace.example/", "https://trace.example"),
    ],
)
def test_a_demos_labels_lead_to_where_it_is_served(city, monkeypatch, options, given, base):
    served = []
    monkeypatch.setattr(serving, "serve", lambda *_a, **more: served.append(more["base_url"]))
    if given is None:
        monkeypatch.delenv("SUYUAN_BASE_URL", raising=False)
    else:
        monkeypatch.setenv("SUYUAN_BASE_URL", given)
    suyuan.good("serve", "--home", city, *options)
    assert served == [base]


def test_another_ledger_is_served_under_its_own_address(small, monkeypatch):
    served = []
    monkeypatch.setattr(serving, "serve", lambda *_a, **more: served.append(more["base_url"]))
    suyuan.good("serve", "--home", small.home)
    assert served == [None]


@pytest.mark.slow
@pytest.mark.parametrize(("at", "named", "page"), [(0, "A12", "/me"), (1, "林晓岚", "/draws/new")])
def test_the_line_of_a_demo_signs_one_in(city, monkeypatch, at, named, page):
    """As it is printed, with the link and the letters put in."""
    monkeypatch.delenv("SUYUAN_BASE_URL", raising=False)
    said = suyuan.good("demo", "--home", city, "--no-serve", "--port", "8123").err
    line = [line for line in said.splitlines() if line.startswith("To sign in as")][at]
    assert named in line
    invite, enrol = re.findall(r"suyuan ((?:party|keys) [^;]*)", line)
    link = suyuan.good(*invite.split()).out.split()[0]
    assert link.startswith("http://localhost:8123/invite#")
    ledger, key = open_ledger(city), LocalSigner.new()
    client = create_app(city, ledger=ledger).test_client()
    code = link.partition("#")[2]
    party = client.post("/api/v1/invitations/open", json={"code": code}, headers=ORIGIN_HEADERS)
    uri = party.json["party"]
    told = {"code": code, "spki": base64.encode(key.public.spki), "kept": "browser",
            "possession": acts.possession(ledger.trust.origin, uri, key)}  # fmt: skip
    offered = client.post("/api/v1/invitations/key", json=told, headers=ORIGIN_HEADERS).json
    suyuan.good(*enrol.replace("LINK", link).replace("LETTERS", offered["check"]).split())
    assert signed_in(client, key).status_code == 200
    assert named in client.get(page).text
    ledger.close()


@pytest.mark.slow
def test_a_command_says_that_nobody_serves_a_demos_own_host(city, monkeypatch):
    who = cast_of(city).parties["stall-greens"].uri
    invite = ("party", "invite", who, "--by", who, "--home", city)
    for base, is_said in ((None, True), ("http://localhost:8000", False)):
        if base is None:
            monkeypatch.delenv("SUYUAN_BASE_URL", raising=False)
        else:
            monkeypatch.setenv("SUYUAN_BASE_URL", base)
        assert ("Nobody serves" in suyuan.good(*invite).err) == is_said
        given = ("--base-url", "http://x.example")
        assert "Nobody serves" not in suyuan.good(*invite, *given).err


@pytest.mark.slow
def test_a_demo_speaks_json(city):
    found = suyuan.good("demo", "--home", city, "--no-serve", "--port", "8123", "--json")
    said = found.json
    assert said["url"] == "http://localhost:8123/"
    assert all(codes.is_code(label["url"].split("/")[4]) for label in said["labels"])
    client, ledger = create_app(city).test_client(), open_ledger(city)
    assert signed_in(client, read_demo(city).signer("inspector-lin")).status_code == 200
    paths = [place["url"].removeprefix("http://localhost:8123") for place in said["desk"]]
    assert len(paths) == 9 and {client.get(path).status_code for path in paths} == {200}
    # The office has a seal of this home's own, so that its inspectors can issue documents.
    office = OfficeSeals(city, cast_of(city).parties["office"].uri)
    assert office.current(ledger.now())[0].number == 1
    ledger.close()


@pytest.mark.slow
@pytest.mark.parametrize("options", [["--seed", "x"], ["--today", "2026-11-23"]])
def test_another_city_is_not_mixed_with_the_one_that_is_there(city, options):
    refused = suyuan("demo", "--home", city, "--no-serve", *options)
    assert refused.code == 2 and "another folder" in refused.err


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    refused = suyuan("demo", "--home", tmp_path, "--no-serve")
    assert refused.code == 2 and "holds something else" in refused.err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_demo_that_was_interrupted_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(home, **_more):
        home.mkdir(parents=True)
        (home / "suyuan.db").write_text("half")
        raise KeyboardInterrupt

    monkeypatch.setattr(demos, "build", interrupted)
    with pytest.raises(KeyboardInterrupt):
        demos.make(tmp_path / "city", None, None)
    assert list(tmp_path.iterdir()) == []
    assert build is not interrupted


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://localhost:81"),
        ("::1", "http://localhost:81"),
        ("192.0.2.7", "http://192.0.2.7:81"),
        ("2001:db8::1", "http://[2001:db8::1]:81"),
        ("shop.example", "http://shop.example:81"),
    ],
)
def test_labels_of_a_demo_lead_to_where_it_listens(host, url, monkeypatch):
    monkeypatch.delenv("SUYUAN_BASE_URL", raising=False)
    assert demos.base_url(host, 81) == url
    monkeypatch.setenv("SUYUAN_BASE_URL", "https://trace.example/")
    assert demos.base_url(host, 81) == "https://trace.example"


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_serving_where_there_is_no_ledger_cannot_be_decided(tmp_path, command):
    refused = suyuan(command, "--home", tmp_path)
    assert refused.code == 3 and "no ledger here" in refused.err


def test_serving_a_schema_of_another_program_is_refused(small):
    with small.ledger.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    refused = suyuan("serve", "--home", small.home)
    assert refused.code == 2 and "newer than this program" in refused.err


def test_a_port_that_is_taken_is_said(small, monkeypatch):
    monkeypatch.setattr(serving, "Granian", lambda *_a, **_m: pytest.fail("served"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = suyuan("serve", "--home", small.home, "--port", port)
        assert refused.code == 2 and "--port" in refused.err
        assert serving.free_port("127.0.0.1", port) != port


def test_an_address_that_is_not_ours_is_said():
    with pytest.raises(LedgerError, match="--host"):
        serving.free_port("192.0.2.1", 8000)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_follows_and_ends_cleanly(small, number):
    process = started(CLI, "worker", "--home", small.home)
    try:
        until(lambda: min(small.ledger.followers.cursors().values()) == 1)
        small.party("农场", "producer")
        until(lambda: min(small.ledger.followers.cursors().values()) == 3)
        process.send_signal(number)
        assert process.communicate(timeout=120)[1] == "" and process.returncode == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_worker_does_not_outlive_its_parent(small):
    """Started by a process that is gone at once, it sees another parent and ends."""
    parent = os.getpid() + 1_000_000
    with started(CLI, "worker", "--home", small.home, "--parent", parent) as process:
        assert process.wait(timeout=120) == 0


@pytest.mark.slow
def test_what_the_app_is_made_of_is_not_looked_through_for_garbage(city):
    program = (
        "import gc\nfrom suyuan.web.server import serving\n"
        "serving.intake(serving.gated_app())\nprint(gc.get_freeze_count() > 100_000)"
    )
    env = os.environ | {"SUYUAN_HOME": str(city), "_SUYUAN_PORT": "1"}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=120
    )
    assert done.stdout == "True\n", done.stderr
