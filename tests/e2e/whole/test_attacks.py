"""What anybody can do to the real server without a key, and that it answers others meanwhile."""

import select
import socket
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest
from support.goods.pictures import interlaced

MANY = 100  # six times as many as there are threads
HEAD = "POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\nContent-Length: 7000000\r\n\r\n"


def get(url: str) -> bytes:
    """What a URL answers with, which is 200."""
    with urllib.request.urlopen(url, timeout=60) as answer:
        return answer.read()


def clients(served, stack: ExitStack, sent: bytes) -> list[socket.socket]:
    """Connections that have sent this and no more."""
    where = urlsplit(served.url)
    found = []
    for _ in range(MANY):
        one = stack.enter_context(socket.create_connection((where.hostname, where.port), 60))
        one.sendall(sent)
        found.append(one)
    return found


@pytest.mark.parametrize("path", ["/api/v1/links", "/scan", "/report"])
def test_bodies_that_do_not_come_hold_nobody_up(served, path):
    kind = "application/json" if path.startswith("/api") else "multipart/form-data; boundary=x"
    with ExitStack() as stack:
        slow = clients(served, stack, HEAD.format(path=path, kind=kind).encode() + b"{")
        for _ in range(3):
            assert get(f"{served.url}/healthz") == b"ok\n"
            assert b"</html>" in get(served.label())
        assert select.select(slow, [], [], 0)[0] == []  # while all of them still keep it waiting


def test_requests_that_are_never_finished_hold_nobody_up(served):
    with ExitStack() as stack:
        clients(served, stack, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ")
        assert get(f"{served.url}/healthz") == b"ok\n"
        assert b"</html>" in get(served.label())


def test_answers_that_are_not_read_hold_nobody_up(served):
    script = get(served.label()).decode().partition('src="/js/')[2].partition('"')[0]
    ask = f"GET /js/{script} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 20
    with ExitStack() as stack:
        clients(served, stack, ask)
        for _ in range(3):
            assert get(f"{served.url}/healthz") == b"ok\n"
            assert b"</html>" in get(served.label(1))


def test_pictures_that_unpack_to_much_and_slow_bodies_at_once_hold_nobody_up(served):
    picture = interlaced(3_540)  # 12 million pixels: it is unpacked

    def scan(_number: int) -> int:
        asked = urllib.request.Request(
            f"{served.url}/api/v1/scan",
            picture,
            {"Content-Type": "image/png", "Origin": served.url},
        )
        try:
            return urllib.request.urlopen(asked, timeout=120).status
        except urllib.error.HTTPError as error:
            return error.code

    head = HEAD.format(path="/api/v1/scan", kind="image/png").encode()
    with ExitStack() as stack, ThreadPoolExecutor(17) as pool:
        slow = clients(served, stack, head + b"\x89PNG")
        found = pool.map(scan, range(17))
        for _ in range(5):
            assert get(f"{served.url}/healthz") == b"ok\n"
            assert b"</html>" in get(served.label())
        assert set(found) <= {200, 422, 429, 503}
        assert select.select(slow, [], [], 0)[0] == []
