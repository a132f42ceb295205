"""Requests are whole before a thread is given to them, and nobody's answer holds one."""

import asyncio
import json
import os
import selectors
import socket
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from types import SimpleNamespace

import pytest

from suyuan.web.app.limits import address_of
from suyuan.web.server import slow
from suyuan.web.server.rsgi import Rsgi
from suyuan.web.server.slow import SlowReaders
from suyuan.web.server.whole import Limits, whole

SMALL = Limits(1_000, bodies=3_000, of_address=2_000, threads=2, waiting=4)


class Clock(selectors.DefaultSelector):
    """A selector that lets what the loop would wait for pass at once."""

    passed = 0.0

    def select(self, timeout: float | None = None):
        found = super().select(0.002 if timeout else timeout)
        if timeout and not found:
            self.passed += timeout
        return found


class Loop(asyncio.SelectorEventLoop):
    """A loop whose seconds take no time."""

    def __init__(self) -> None:
        self._passing = Clock()
        super().__init__(self._passing)

    def time(self) -> float:
        return self._passing.passed


class Request:
    """One request as granian gives it, its body in parts at their times, and what was answered."""

    def __init__(
        self, parts=(), every: float = 0.0, *, client="10.0.0.1:999", method="POST", headers=()
    ):
        self.parts, self.every = parts, every
        self.status, self.headers, self.body = 0, {}, b""
        found = dict(headers)
        if parts and "content-length" not in found:
            found.setdefault("transfer-encoding", "chunked")
        self.scope = SimpleNamespace(
            proto="http",
            method=method,
            path="/%E6%BA%AF/a%2Fb",
            query_string="q=1",
            scheme="http",
            http_version="1.1",
            client=client,
            server="127.0.0.1:8000",
            headers=found,
        )

    async def __call__(self) -> bytes:
        return b"".join([part async for part in self])

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            await asyncio.sleep(self.every)
            if part is None:
                raise RuntimeError("the client went away")
            yield part

    def response_bytes(self, status, headers, body):
        self.status, self.headers, self.body = status, dict(headers), body

    def response_file(self, status, headers, file):
        with open(file, "rb") as opened:
            self.response_bytes(status, headers, opened.read())


def echo(environ, start_response):
    """Answers what it was asked."""
    body = environ["wsgi.input"].read()
    environ = {key: value for key, value in environ.items() if isinstance(value, str)}
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(environ | {"body": len(body)}).encode()]


def asked(app: Rsgi, *requests: Request) -> list[int]:
    """The statuses of requests that come at once."""

    async def all_of_them():
        await asyncio.gather(*(app(one.scope, one) for one in requests))

    def run():
        loop = Loop()
        try:
            loop.run_until_complete(all_of_them())
        finally:
            loop.close()

    with ThreadPoolExecutor(1) as pool:  # a thread that runs a browser has a loop already
        pool.submit(run).result()
    return [one.status for one in requests]


def test_a_request_reaches_the_app_as_it_was_sent():
    request = Request([b"ab", b"c"], headers={"x-a": "1", "x_b": "2", "content-type": "text/plain"})
    assert asked(whole(echo, SMALL), request) == [200]
    said = json.loads(request.body)
    assert said["body"] == 3 and said["CONTENT_LENGTH"] == "3"
    assert said["PATH_INFO"].encode("latin-1").decode() == "/溯/a/b"
    assert (said["HTTP_X_A"], said["CONTENT_TYPE"], said["QUERY_STRING"]) == (
        "1",
        "text/plain",
        "q=1",
    )
    assert "HTTP_X_B" not in said  # it would pass for X-B, which a proxy sets
    assert (said["REMOTE_ADDR"], said["SERVER_PORT"]) == ("10.0.0.1", "8000")


def test_a_body_that_is_too_long_is_shown_to_the_app_so_far_and_ends_the_connection():
    request = Request([b"a" * 600] * 4)
    assert asked(whole(echo, SMALL), request) == [200]
    assert json.loads(request.body)["body"] == 1_000
    assert request.headers["connection"] == "close"


def test_one_that_never_ends_is_not_read_for_ever():
    read = []

    def parts():
        while True:
            read.append(1)
            yield b"a" * 600

    assert asked(whole(echo, SMALL), Request(parts())) == [200]
    assert len(read) < 10


@pytest.mark.parametrize(
    ("parts", "every", "status"),
    [
        ([b"a"] * 19, 1.0, 200),  # within the grace
        ([b"a"] * 30, 1.0, 408),
        ([b"a" * 9_000] * 100, 1.0, 200),
        ([b"a" * 7_000] * 200, 1.0, 408),  # slower than the rate
        ([b"a" * 40_000] * 200, 1.0, 408),  # for longer than anything may take
        ([b"a" * 12_500] * 587, 0.1, 200),  # 7 MiB from a telephone that sends 1 Mbit/s
        ([], 0.0, 200),
        ([b"a", None], 0.0, 400),  # who went away hears nothing of it
    ],
)
def test_how_slowly_a_body_may_come(parts, every, status):
    app = whole(echo, Limits(8 << 20, threads=1))
    request = Request(parts, every)
    assert asked(app, request) == [status]
    if status == 408:
        assert json.loads(request.body)["status"] == 408
        assert request.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("parts", "headers", "status"),
    [
        ([b"abc", b""], {"content-length": "3"}, 200),  # as granian gives it
        ([b"abc", b"", b""], {"content-length": "1000"}, 400),
        ([b"abc"], {"content-length": "1000"}, 400),
        ([b"abc", b""], {"transfer-encoding": "chunked"}, 200),
        ([b"abc", b"", b""], {"transfer-encoding": "chunked"}, 400),
        ([b"a" * 600, b"a" * 600, b""], {"content-length": "1200"}, 200),  # too long: is told so
    ],
)
def test_half_a_body_is_not_taken_for_all_of_it(parts, headers, status):
    request = Request(parts, headers=headers)
    assert asked(whole(echo, SMALL), request) == [status]


@pytest.mark.parametrize("name", ["accept", "content-type", "x-a"])
def test_a_field_that_takes_long_to_read_is_not_read(name):
    """`Accept: a`, 60,000 spaces and a `b` took the whole process four seconds."""
    asked_, app = [], whole(lambda *given: asked_.append(1) or echo(*given), SMALL)
    request = Request(headers={name: f"a{' ' * 60_000}b"})
    assert asked(app, request) == [431] and not asked_
    assert asked(app, Request(headers={name: "a" * 4_000})) == [200]


def test_an_answer_that_granian_does_not_take_ends_no_thread():
    def odd(_environ, start_response):
        start_response("200 OK", [("X-A", "a")])
        return [b"a"]

    class Refusing(Request):
        def response_bytes(self, status, headers, body):
            if status == 200:
                raise UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed")
            super().response_bytes(status, headers, body)

    app = whole(odd, SMALL)
    assert asked(app, *[Refusing() for _ in range(3)]) == [500] * 3


def test_all_bodies_together_and_those_of_one_address_are_limited():
    def slowly(client):
        return Request([b"a" * 500] * 2, 5.0, client=client)

    app = whole(echo, SMALL)
    one = [slowly("10.0.0.1:1") for _ in range(3)]
    assert sorted(asked(app, *one)) == [200, 200, 503]
    others = [slowly(f"10.0.0.{number}:1") for number in range(4)]
    assert sorted(asked(app, *others)) == [200, 200, 200, 503]
    assert [one.headers["retry-after"] for one in others if one.status == 503] == ["5"]
    assert asked(app, *(slowly("10.0.0.1:1") for _ in range(2))) == [200, 200]  # all is let go


def test_too_many_that_wait_are_told_so_and_one_address_has_half_of_the_room():
    gate = threading.Event()

    def waits(environ, start_response):
        assert gate.wait(60)
        return echo(environ, start_response)

    threading.Timer(0.3, gate.set).start()
    app = whole(waits, SMALL)
    requests = [Request(client=f"10.0.0.{1 + (number > 3)}:1") for number in range(9)]
    assert asked(app, *requests) == [200, 200, 200, 503, 200, 200, 200, 503, 503]
    assert requests[3].headers["retry-after"] == "5"


def test_an_app_that_fails_is_our_500():
    def fails(_environ, _start):
        raise KeyError("x")

    app = whole(fails, SMALL)
    request = Request()
    assert asked(app, request) == [500] and b"Traceback" not in request.body
    assert asked(app, *[Request() for _ in range(3)]) == [500] * 3  # its threads live


def test_a_long_answer_lies_in_a_file_and_is_the_same():
    long = bytes(range(256)) * 4_000

    def answers(_environ, start_response):
        start_response("200 OK", [("Content-Length", str(len(long)))])
        return [long]

    request = Request()
    asked(whole(answers, SMALL), request)
    assert request.body == long


def test_long_answers_asked_for_without_end_fill_neither_descriptors_nor_the_disk(tmp_path):
    """8,000 of 330 KB in ten seconds were 8,000 descriptors, and 2.6 GB on the disk."""

    def answers(_environ, start_response):
        start_response("200 OK", [])
        return [b"a" * 300_000]

    app = whole(answers, replace(SMALL, bodies=2_000_000), folder=tmp_path)
    descriptors = "/proc/self/fd"
    before = len(os.listdir(descriptors))
    for _ in range(20):
        request = Request()
        assert asked(app, request) == [200] and len(request.body) == 300_000
    assert len(os.listdir(descriptors)) < before + 10
    assert 1 <= sum(path.is_file() for path in tmp_path.rglob("*")) <= 6


def test_who_counts_as_one_is_told_as_the_app_is_told_it(monkeypatch):
    environ = {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 2001:db8::5"}
    assert address_of()(environ) == "127.0.0.1"
    monkeypatch.setenv("SUYUAN_PROXIES", "1")
    assert address_of()(environ) == "2001:db8::/64"
    monkeypatch.setenv("SUYUAN_PROXIES", "3")
    assert address_of()(environ) == "127.0.0.1"


@pytest.fixture
def connection():
    """Both ends of a connection, and its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        client = socket.create_connection(listening.getsockname())
        server, _ = listening.accept()
        server.setblocking(False)
        yield client, server, listening.getsockname()[1]
        client.close()
        server.close()


def fill(server: socket.socket) -> None:
    """Send until nothing more is taken."""
    try:
        while True:
            server.send(b"x" * 65_536)
    except OSError:
        return


def is_open(server: socket.socket) -> bool:
    """Whether its own side was not ended."""
    try:
        server.send(b"")
    except OSError:
        return False
    return True


def test_who_does_not_read_is_disconnected_in_the_end(connection):
    _client, server, port = connection
    fill(server)
    readers = SlowReaders(port, patience=30.0)
    assert [readers.look(now) for now in (0.0, 10.0, 29.0)] == [0, 0, 0]
    assert SlowReaders(port + 1).look(0.0) == 0
    assert readers.look(31.0) == 1
    assert not is_open(server)


def test_who_reads_steadily_is_left_alone(connection):
    client, server, port = connection
    readers = SlowReaders(port, patience=30.0, rate=1_000)
    fill(server)
    for now in range(0, 200, 10):
        client.recv(1 << 20)
        fill(server)
        time.sleep(0.01)
        assert readers.look(float(now)) == 0
    assert is_open(server)


def test_who_has_nothing_to_read_is_left_alone(connection):
    _client, server, port = connection
    readers = SlowReaders(port, patience=30.0)
    assert [readers.look(float(now)) for now in range(0, 300, 10)] == [0] * 30
    assert is_open(server)


def test_who_reads_all_that_is_sent_little_by_little_is_left_alone(monkeypatch):
    """A connection that is used all the time, far away: something is always on its way."""
    at, connections = [0, 0], [(7, None)]
    monkeypatch.setattr(slow, "_connections", lambda _port: connections)
    monkeypatch.setattr(slow, "_progress", lambda _connection: tuple(at))
    readers = SlowReaders(1, patience=30.0)
    for now in range(0, 200, 5):
        at[:] = [300 * now, 600]  # two answers of 300 bytes each second, one of them unread
        assert readers.look(float(now)) == 0
