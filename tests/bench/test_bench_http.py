"""Appending over HTTP: arrays of 100, and one link a request from 32 clients.

Arrays are beside the library making the same receipts of as many links.

SUYUAN_BENCH_HTTP sets how many links (default 2,000). The clients are one process with one thread,
so that they take little of the machine that they share with the server.
"""

import selectors
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from bench.making import ROUNDS, median, seconds, serving, show, signed, size
from support.ledger.world import Actor, World

pytestmark = [pytest.mark.bench, pytest.mark.slow]
LINKS = size("HTTP", 2_000)
CLIENTS, WORKERS = 32, 2
LIBRARY = "library, arrays of 100, with receipts"


def posts(path: str, bodies: list[bytes]) -> list[bytes]:
    head = f"POST {path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n"
    return [f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body for body in bodies]


def answer(connection: socket.socket) -> bytes:
    """One whole answer; its status line first."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65_536)
    return head.split(b"\r\n")[0] + b"\n" + body


def load(port: int, requests: list[bytes], clients: int, good: bytes) -> tuple[float, list[float]]:
    """Seconds for all requests, and for each of them."""
    selector = selectors.DefaultSelector()
    waiting: Iterator[bytes] = iter(requests)
    open_, times = 0, []
    for _ in range(clients):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(connection, selectors.EVENT_READ, [0.0])
    began = time.perf_counter()
    for key in selector.get_map().values():
        if (request := next(waiting, None)) is not None:
            key.data[0] = time.perf_counter()
            key.fileobj.sendall(request)
            open_ += 1
    while open_:
        for key, _ in selector.select():
            reply = answer(key.fileobj)
            assert good in reply.split(b"\n")[0], reply[:300]
            times.append(time.perf_counter() - key.data[0])
            if (request := next(waiting, None)) is None:
                open_ -= 1
            else:
                key.data[0] = time.perf_counter()
                key.fileobj.sendall(request)
    took = time.perf_counter() - began
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return took, times


def receipts_of(world: World, arrays: list[list[bytes]]) -> None:
    """Through the library what is posted otherwise: its receipts too, each with its proof."""
    for array in arrays:
        assert len([receipt.to_dict() for receipt in world.ledger.append(array)]) == len(array)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[World, Actor, int]]:
    world = World(tmp_path / "home")
    farm = world.party("青山农场", "producer")
    with serving(world, WORKERS, BENCH_KEY=farm.signer.public.spki.hex()) as port:
        yield world, farm, port
    world.ledger.close()


def test_http(served):
    world, farm, port = served
    load(port, posts("/api/v1/links", list(signed(farm, 200, "warm"))), 1, b"201")
    rates: dict[str, list[float]] = {}
    times: dict[str, list[float]] = {}

    def note(name: str, links: int, timed: tuple[float, list[float]]) -> None:
        rates.setdefault(name, []).append(links / timed[0])
        times.setdefault(name, []).extend(timed[1])

    for number in range(ROUNDS):
        entries = list(signed(farm, LINKS, f"library/{number}"))
        arrays = [entries[at : at + 100] for at in range(0, LINKS, 100)]
        rates.setdefault(LIBRARY, []).append(LINKS / seconds(receipts_of, world, arrays))
        entries = list(signed(farm, LINKS, f"arrays/{number}"))
        arrays = [entries[at : at + 100] for at in range(0, LINKS, 100)]
        bodies = [orjson.dumps([entry.decode() for entry in array]) for array in arrays]
        note(
            "HTTP, arrays of 100, in order",
            LINKS,
            load(port, posts("/api/v1/links", bodies), 1, b"200"),
        )
        single = [next(signed(farm, 1, f"single/{number}/{n}")) for n in range(LINKS)]
        note(
            "HTTP, one a request, 32 clients",
            LINKS,
            load(port, posts("/api/v1/links", single), CLIENTS, b"201"),
        )
        note(
            "a view that verifies",
            LINKS,
            load(port, posts("/bench/verify", single), CLIENTS, b"200"),
        )
    medians = {name: median(values) for name, values in rates.items()}
    title = f"over HTTP, {LINKS:,} links a round, medians of {ROUNDS}"
    show(title, medians, "a view that verifies")
    print(
        f"  {'HTTP in arrays, of the library':<44} "
        f"{medians['HTTP, arrays of 100, in order'] / medians[LIBRARY]:>12.3f}"
    )
    for name, values in times.items():
        values.sort()
        print(
            f"  {name + ': p50, p99':<44} {values[len(values) // 2] * 1000:>8.1f} ms "
            f"{values[int(len(values) * 0.99)] * 1000:>8.1f} ms"
        )
