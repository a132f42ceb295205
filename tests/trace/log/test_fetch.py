"""The HTTP client against servers that mean no good: bounded time, bounded memory, one error."""

import socket
import threading
import time
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from support.ledger.world import free_port
from support.watch.notify import certificate

from suyuan.trace.format.errors import CannotDecide, FetchError, LedgerError
from suyuan.trace.log.fetch import Fetched, Fetcher

pytestmark = pytest.mark.slow

SOON = 100  # seconds in which what ends in half a second has ended, whatever else runs here
OK = b"HTTP/1.1 200 OK\r\nContent-Type: Text/Plain; charset=utf-8\r\n"


@contextmanager
def server(*behave, kept=False, greets=False):
    """A server on loopback; each connection is answered by the next of `behave`, the last again.

    A behaviour is bytes, or a function of the socket; what the server was sent is yielded too. One
    that `greets` behaves before it is asked.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    asked, ended = [], threading.Event()

    def answer(connection, behaviour):
        with connection:
            try:
                if greets:
                    behaviour(connection, ended)
                    return
                while not ended.is_set():
                    asked.append(connection.recv(65_536))
                    if not asked[-1]:
                        return
                    if callable(behaviour):
                        behaviour(connection, ended)
                    else:
                        connection.sendall(behaviour)
                    if not kept:
                        return
            except OSError:
                pass

    def run():
        number = 0
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            one = behave[min(number, len(behave) - 1)]
            number += 1
            threading.Thread(target=answer, args=(connection, one), daemon=True).start()

    threading.Thread(target=run, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/log", asked
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def forever(start, piece, pause=0.0):
    """Send `start`, then `piece` without end."""

    def behave(connection, ended):
        connection.sendall(start)
        while not ended.is_set():
            connection.sendall(piece)
            if pause:
                time.sleep(pause)

    return behave


def silent(_connection, ended):
    ended.wait(300)


@contextmanager
def refused_soon(match=None):
    begun = time.monotonic()
    with pytest.raises(FetchError, match=match) as caught:
        yield caught
    assert time.monotonic() - begun < SOON


def test_an_answer_is_its_status_type_and_body():
    with server(OK + b"Content-Length: 5\r\n\r\nhello") as (url, asked), Fetcher(url) as fetcher:
        assert fetcher.get("checkpoint") == Fetched(200, "text/plain", b"hello")
    sent = asked[0].decode()
    assert sent.startswith("GET /log/checkpoint HTTP/1.1\r\n")
    assert "User-Agent: suyuan\r\n" in sent and "Accept-Encoding: identity\r\n" in sent


def test_a_body_is_sent():
    body, read = b"x" * 10, []

    def all_of_it(connection, _ended):
        # What is sent in two pieces may come in two.
        while not b"".join([*asked, *read]).endswith(body):
            read.append(connection.recv(65_536))
            if not read[-1]:
                return
        connection.sendall(OK + b"Content-Length: 0\r\n\r\n")

    with server(all_of_it) as (url, asked), Fetcher(url) as fetcher:
        assert fetcher.post("add", body, "text/plain") == Fetched(200, "text/plain", b"")
    sent = b"".join([*asked, *read])
    assert b"POST /log/add HTTP/1.1\r\n" in sent and b"Content-Type: text/plain\r\n" in sent
    assert b"Content-Length: 10\r\n" in sent and sent.endswith(b"\r\n\r\n" + body)


def test_a_redirect_is_an_answer_and_not_followed():
    there = b"HTTP/1.1 302 Found\r\nLocation: /log/a\r\nContent-Length: 0\r\n\r\n"
    with server(there) as (url, asked), Fetcher(url) as fetcher:
        assert fetcher.get("a").status == 302
    assert len(asked) == 1


def test_a_connection_is_kept_and_one_that_is_gone_is_made_anew():
    reply = OK + b"Content-Length: 1\r\n\r\n1"
    with server(reply, kept=True) as (url, _), Fetcher(url) as fetcher:
        for _ in range(5):
            assert fetcher.get("a").body == b"1"
        assert fetcher._pool.num_connections == 1
    with server(b"", reply) as (url, asked), Fetcher(url) as fetcher:
        assert fetcher.get("a").body == b"1"
        assert len(asked) == 2
    with server(b"", reply) as (url, _), Fetcher(url) as fetcher, pytest.raises(FetchError):
        fetcher.post("a", b"once")


CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HOSTILE = {
    "nothing, and closed": b"", "silence": silent, "no HTTP": b"\x00\xff garbage\r\n\r\n",
    "a status that is none": b"HTTP/1.1 abc OK\r\n\r\n",
    "an endless status line": forever(b"HTTP/1.1 200 ", b"x" * 65_536),
    "endless headers": forever(b"HTTP/1.1 200 OK\r\n", b"A: b\r\n" * 10_000),
    "an endless header": forever(b"HTTP/1.1 200 OK\r\nA: ", b"x" * 65_536),
    "slow headers": forever(b"HTTP/1.1 200 OK\r\nA: ", b"x", 0.05),
    "endless provisional answers": forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01),
    "an endless body": forever(OK + b"\r\n", b"x" * 65_536),
    "an endless chunked body": forever(CHUNKED, b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
    "an endless chunk length": forever(CHUNKED, b"1" * 65_536),
    "one huge chunk": forever(CHUNKED + b"ffffffffffff\r\n", b"x" * 65_536),
    "endless trailers": forever(CHUNKED + b"0\r\n", b"A: b\r\n" * 1_000),
    "a slow body": forever(OK + b"Content-Length: 1000\r\n\r\n", b"x", 0.05),
    "less than it says": OK + b"Content-Length: 10\r\n\r\nabc",
    "a length beyond all": forever(OK + b"Content-Length: %d\r\n\r\n" % 10**30, b"x" * 65_536),
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a chunk that is cut": CHUNKED + b"5\r\nab",
    "compressed": OK + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_server_costs_a_bounded_time_and_memory(name):
    with server(HOSTILE[name]) as (url, _), Fetcher(url, timeout=0.6, max_bytes=50_000) as fetcher:
        tracemalloc.start()
        with refused_soon() as caught:
            fetcher.get("checkpoint")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 12 << 20
    assert len(str(caught.value)) < 400 and str(caught.value).isprintable()


def test_as_many_bytes_as_asked_for_and_not_one_more():
    body = OK + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000
    with server(body) as (url, _), Fetcher(url) as fetcher:
        assert len(fetcher.get("a", max_bytes=1000).body) == 1000
        with pytest.raises(FetchError, match="longer than 999 bytes"):
            fetcher.get("a", max_bytes=999)


def test_a_body_that_is_not_taken_ends_with_the_deadline():
    with server(silent) as (url, _), Fetcher(url, timeout=0.5) as fetcher, refused_soon():
        fetcher.post("a", b"x" * (32 << 20))


def test_nobody_there():
    with Fetcher(f"http://127.0.0.1:{free_port()}") as fetcher, pytest.raises(CannotDecide):
        fetcher.get("checkpoint")


@pytest.mark.parametrize(
    "url", ["", "x", "ftp://a.example", "file:///etc/passwd", "http://", "http://u:p@a.example/",
            "http://a.example/?q", "http://[::1", "http://a.example:99999/"],
)  # fmt: skip
def test_what_is_no_address_of_a_server(url):
    with pytest.raises(LedgerError):
        Fetcher(url)


@pytest.mark.parametrize("path", ["a b", "a\r\nX: y", "ü", "a#b", "\\"])
def test_what_is_no_path(path):
    with Fetcher("http://127.0.0.1:1") as fetcher, pytest.raises(FetchError):
        fetcher.get(path)


@pytest.fixture(scope="module")
def tls(tmp_path_factory):
    """A server's context, and the file with the certificate that it signs itself."""
    return certificate(tmp_path_factory.mktemp("tls"))


@contextmanager
def safe_server(context, behaviour):
    """The same over TLS."""

    def behave(connection, ended):
        with context.wrap_socket(connection.dup(), server_side=True) as safe:
            safe.recv(65_536)
            if callable(behaviour):
                behaviour(safe, ended)
            else:
                safe.sendall(behaviour)

    with server(behave, greets=True) as (url, _):
        yield url.replace("http:", "https:")


def test_tls(tls, monkeypatch):
    context, chain = tls
    reply = OK + b"Content-Length: 5\r\n\r\nhello"
    with (
        safe_server(context, reply) as url,
        Fetcher(url) as fetcher,
        pytest.raises(FetchError, match=r"(?i)certificate"),
    ):
        fetcher.get("checkpoint")
    monkeypatch.setenv("SSL_CERT_FILE", str(chain))
    with safe_server(context, reply) as url, Fetcher(url) as fetcher:
        assert fetcher.get("checkpoint").body == b"hello"
    slow = forever(OK + b"Content-Length: 1000\r\n\r\n", b"x", 0.05)
    with (
        safe_server(context, slow) as url,
        Fetcher(url, timeout=0.6) as fetcher,
        refused_soon("in time"),
    ):
        fetcher.get("checkpoint")
    with server(silent, greets=True) as (url, _):
        url = url.replace("http:", "https:")
        with Fetcher(url, timeout=0.6) as fetcher, refused_soon("in time"):
            fetcher.get("checkpoint")


def test_threads_share_one():
    reply = OK + b"Content-Length: 1\r\n\r\n1"
    kept = server(reply, kept=True)
    with kept as (url, _), Fetcher(url) as fetcher, ThreadPoolExecutor(8) as threads:
        bodies = list(threads.map(lambda _: fetcher.get("a").body, range(160)))
    assert bodies == [b"1"] * 160
