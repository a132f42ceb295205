"""The witness over HTTP, by its command: what it answers to logs, monitors and enemies."""

import http.client
import os
import select
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from support.ledger.commands import suyuan
from support.ledger.world import World, free_port
from support.watch.witness import FORK, LOG_KEY, NAME, ORIGIN, TREE, a_witness, get, post, served
from support.web.served import CLI, listens, started, until

from suyuan.keys import notes
from suyuan.keys.notes import CosignerKey
from suyuan.trace.log.tlog_witness import origin_hash
from suyuan.trace.watch.witness.folder import Folder
from suyuan.web.server.witness_serving import create_app

pytestmark = pytest.mark.slow

HASH = origin_hash(ORIGIN)


@pytest.fixture
def client(tmp_path):
    return create_app(a_witness(tmp_path), tmp_path / "instance").test_client()


def test_the_two_routes_of_the_protocol(client):
    assert client.get(f"/{HASH}/checkpoint").status_code == 404
    found = client.post("/add-checkpoint", data=TREE.body(0, 5))
    assert (found.status_code, found.content_type) == (200, "text/plain; charset=utf-8")
    assert found.headers["Cache-Control"] == "no-store"
    assert found.headers["X-Content-Type-Options"] == "nosniff"
    for path in (f"/{HASH}/checkpoint", f"/checkpoint/{HASH}"):
        latest = client.get(path)
        assert latest.content_type == "text/plain; charset=utf-8"
        assert latest.text == notes.merge(TREE.note(5), found.text)
    conflict = client.post("/add-checkpoint", data=TREE.body(0, 9))
    assert (conflict.status_code, conflict.data) == (409, b"5\n")
    assert conflict.content_type == "text/x.tlog.size"


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("GET", "/add-checkpoint", 405, "POST"), ("PUT", "/add-checkpoint", 405, "POST"),
        ("OPTIONS", "/add-checkpoint", 405, "POST"),
        ("POST", f"/{HASH}/checkpoint", 405, "GET, HEAD"), ("GET", "/", 404, None),
        ("GET", "/add-checkpoint/", 404, None), ("POST", "//add-checkpoint", 404, None),
        ("GET", f"/{HASH.upper()}/checkpoint", 404, None), ("GET", "/static/x", 404, None),
        ("GET", "/..%2f/checkpoint", 404, None), ("GET", "/healthz", 404, None),
    ],
)  # fmt: skip
def test_nothing_else_is_there(client, method, path, status, allow):
    found = client.open(path, method=method)
    assert found.status_code == status
    assert found.content_type == "text/plain; charset=utf-8"
    assert found.headers.get("Allow") == allow


def test_413_over_64_kib(client):
    assert client.post("/add-checkpoint", data=b"a" * 65_536).status_code == 400
    assert client.post("/add-checkpoint", data=b"a" * 65_537).status_code == 413


# The command.


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "secret")
    place = tmp_path / "witness"
    suyuan.good("witness", "init", "--name", NAME, "--folder", place)
    suyuan.good("witness", "add-log", "--log", LOG_KEY, "--folder", place)
    return place


def test_a_witness_is_made_and_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "secret")
    place = tmp_path / "witness"
    vkey = suyuan.good("witness", "init", "--name", NAME, "--folder", place).out.strip()
    assert CosignerKey.parse(vkey).name == NAME
    added = suyuan.good("witness", "add-log", "--log", LOG_KEY, "--folder", place)
    assert added.out == f"{ORIGIN}\n"
    shown = suyuan.good("witness", "show", "--folder", place, "--json").json
    assert (shown["name"], shown["vkey"], shown["evidence"]) == (NAME, vkey, [])
    assert shown["logs"] == [
        {"origin": ORIGIN, "url": None, "audit": False, "size": None, "note": None}
    ]
    folder = Folder.open(place)
    witness = folder.open_witness(folder.signer(b"secret"))
    witness.add_checkpoint(TREE.body(0, 5))
    witness.add_checkpoint(FORK.body(5, 5))
    said = suyuan.good("witness", "show", "--folder", place)
    assert said.out == f"{vkey}\n{ORIGIN}: cosigned at size 5\n"
    assert "1 inconsistent" in said.err
    shown = suyuan.good("witness", "show", "--folder", place, "--json").json
    assert shown["logs"][0]["size"] == 5
    assert len(shown["evidence"]) == 1


def test_a_ledger_is_added_by_its_trust_file(folder, tmp_path):
    home = tmp_path / "home"
    world = World(home)
    world.ledger.close()
    trust = tmp_path / "trust.json"
    trust.write_text(world.trust.to_json(), encoding="utf-8")
    arguments = ["witness", "add-log", "--trust", trust, "--folder", folder]
    assert suyuan(*arguments, "--audit").code == 2
    suyuan.good(*arguments, "--audit", "--url", "https://trace.food.example/log")
    log = Folder.open(folder).logs()[world.trust.origin]
    assert log.audit == world.trust
    assert log.url == "https://trace.food.example/log"


def test_what_the_command_refuses(folder, tmp_path, monkeypatch):
    none = tmp_path / "none"
    told = {"folder": ("--folder", folder), "none": ("--folder", none)}

    def code(name, where, *arguments):
        return suyuan("witness", name, *arguments, *told[where]).code

    assert code("init", "folder", "--name", NAME) == 2
    assert code("init", "none", "--name", "a b") == 2
    assert code("add-log", "folder") == 2
    assert code("add-log", "folder", "--log", LOG_KEY) == 2
    assert code("add-log", "folder", "--log", "nonsense") == 2
    assert code("add-log", "none", "--log", LOG_KEY) == 3
    assert code("add-log", "folder", "--trust", none) == 3
    assert code("show", "none") == code("serve", "none") == 3
    monkeypatch.setenv("SUYUAN_KEY_PASSPHRASE", "wrong")
    assert code("serve", "folder") == 3
    monkeypatch.delenv("SUYUAN_KEY_PASSPHRASE")
    assert code("serve", "folder") == 3
    refused = suyuan("witness", "init", "--name", NAME, "--folder", none)
    assert refused.code == 2 and "SUYUAN_KEY_PASSPHRASE" in refused.err
    assert not (none / "witness.json").exists()


# The server.


def raw(port, data, *, more=None, wait=20.0):
    """The status that raw bytes are answered with; None where the connection just ends."""
    with socket.create_connection(("127.0.0.1", port), timeout=wait) as connection:
        try:
            connection.sendall(data)
            while more is not None:
                connection.sendall(more)
        except OSError:
            pass
        try:
            line = connection.recv(4096).split(b"\r\n")[0]
        except OSError:
            return None
    return int(line.split(b" ")[1]) if line else None


def test_a_served_witness_answers_remembers_and_survives_enemies(folder):
    with served(folder) as port:
        assert post(port, TREE.body(0, 5))[0] == 200
        assert post(port, TREE.body(0, 9))[1:] == ("text/x.tlog.size", b"5\n")
        assert post(port, b"")[0] == 400
        assert get(port, "/add-checkpoint")[0] == 405

    with served(folder) as port:
        assert post(port, FORK.body(5, 5))[0] == 422
        assert get(port, f"/{HASH}/checkpoint")[1].startswith(TREE.note(5).encode())
        assert post(port, TREE.body(5, 9))[0] == 200

        with ThreadPoolExecutor(20) as pool:
            found = list(pool.map(lambda n: post(port, TREE.body(9, 10 + n)), range(20)))
        assert sorted(status for status, _, _ in found) == [200] + [409] * 19
        size = int(next(body for status, _, body in found if status == 409))

        head = b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\n"
        chunked = head + b"Transfer-Encoding: chunked\r\n\r\n"
        piece = b"10000\r\n" + b"a" * 65_536 + b"\r\n"
        assert raw(port, chunked, more=piece) in (413, None)
        assert raw(port, head + b"Content-Length: 99999999999\r\n\r\n", more=piece) in (413, None)
        assert raw(port, head + b"Content-Length: -1\r\n\r\n") == 400
        assert raw(port, head + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef") == 400
        assert raw(port, chunked + b"zz\r\n") in (400, None)
        assert raw(port, head + b"\r\n") == 400
        assert raw(port, b"\0" * 100) == 400
        assert raw(port, head + b"X: " + b"a" * 1_000_000 + b"\r\n\r\n") in (400, 431, None)

        step = TREE.body(1, 2).split(b"\n")[1] + b"\n"
        note = TREE.note(200).encode()
        for body in (
            b"old 1\n" + step * 10_000 + b"\n" + note,
            b"old 1\n" + step * 64 + b"\n" + note,
            b"old 9223372036854775808\n\n" + note,
            b"old 99999999999999999999999\n\n" + note,
            b"old 1\n\n" + note.replace(b"\n200\n", b"\n9223372036854775808\n"),
            b"old 1\n\n\0" + note,
            b"old 1\n\n" + note.replace(b"\n", b"\r\n"),
            b"old 1\n\n\xff\xfe" + note,
            b"old 1\n\n" + note + b"\xe2\x80\x94 w " + b"A" * 101 + b"\n",
            b"old 1\n\n" + note + b"\xe2\x80\x94 w AAAAAAAA\n" * 200,
        ):
            assert post(port, body)[0] in ((413,) if len(body) > 65_536 else (400,))
        assert post(port, TREE.body(size, 200))[0] == 200


def test_clients_who_send_slowly_hold_nobody_up(folder):
    """Forty of them, more than there are threads, each with a body that does not come."""
    with served(folder) as port:
        assert post(port, TREE.body(0, 5))[0] == 200
        begun = time.monotonic()
        slow = [socket.create_connection(("127.0.0.1", port), timeout=120) for _ in range(40)]
        for connection in slow:
            connection.sendall(
                b"POST /add-checkpoint HTTP/1.1\r\nHost: w\r\nContent-Length: 100\r\n\r\nold"
            )
        assert post(port, TREE.body(5, 9))[0] == 200
        answered = select.select(slow, [], [], 0)[0]  # while all of them still keep it waiting
        assert answered == [] or time.monotonic() - begun > 9
        lines = [connection.recv(100).split(b"\r\n")[0] for connection in slow]
        assert {line.split(b" ")[1] for line in lines} == {b"408"}
        assert time.monotonic() - begun < 120
        for connection in slow:
            connection.close()


def test_killed_at_any_moment_it_never_cosigns_two_histories(folder):
    """SIGKILL to the whole server while it is asked; what was answered stands afterwards."""
    size = 0
    for number in range(4):
        port = free_port()
        process = started(CLI, "witness", "serve", "--folder", folder, "--port", port)
        until(lambda port=port: listens(port))
        killing = threading.Timer(0.2 + 0.1 * number, _kill_all, [process.pid])
        first = size
        try:
            while size < 300:
                status, _, body = post(port, TREE.body(size, size + 1))
                if status == 409:
                    assert int(body) == size + 1  # kept, and the answer was lost
                else:
                    assert status == 200
                size += 1
                if size == first + 1:
                    killing.start()
        except (OSError, http.client.HTTPException):
            pass
        if size == first:  # a quick machine has asked for all of the tree before
            killing.start()
        process.wait(120)
        process.stderr.close()
        kept = Folder.open(folder).keeper.latest(ORIGIN)
        have = 0 if kept is None else kept.checkpoint.size
        assert have in (size, size + 1)
    assert size > 3


def _kill_all(pid):
    """The process and its children: granian's workers put themselves into groups of their own.

    It is stopped first, so that it starts no other worker between the look and the kill.
    """
    os.kill(pid, signal.SIGSTOP)
    children = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    ).stdout.split()
    for one in [*map(int, children), pid]:
        os.kill(one, signal.SIGKILL)
