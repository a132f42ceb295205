"""Pictures that unpack to much, sent at once to the real server: it stays small, and answers."""

import base64
import io
import itertools
import json
import os
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image
from support.goods.pictures import interlaced
from support.ledger.world import World, free_port
from support.web.served import CLI, until

from suyuan.trace.format.identifiers import codes

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="no smaps_rollup"),
]
AT_ONCE = 17
MOST = 350 << 20  # bytes more than an idle server has
LEFT = 100 << 20  # of it a while after: decoders that wait, and what the server itself keeps


def made(kind: str, side: int, **more) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), "white").save(out, kind, **more)
    return out.getvalue()


PICTURES = {
    "an interlaced PNG of 50 million pixels": lambda: interlaced(7_070),
    "an interlaced PNG of 12 million deep pixels": lambda: interlaced(3_540, deep=True),
    "a WebP of 12 million pixels": lambda: made("WEBP", 3_540, lossless=True),
    "a progressive JPEG of 12 million pixels": lambda: made(
        "JPEG", 3_540, progressive=True, subsampling=0
    ),
}


class Server:
    """`suyuan serve` over a ledger, with whatever it starts."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.port, self._errors = free_port(), folder / "errors.txt"
        self.attackers = itertools.count(1)  # an address may ask only so often
        command = [sys.executable, "-m", CLI, "serve", "--home", home, "--port", str(self.port)]
        env = {**os.environ, "SUYUAN_PROXIES": "1"}
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(command, stderr=errors, start_new_session=True, env=env)
        end = time.monotonic() + 120
        while self.ask("/readyz")[0] != 200:  # the worker beside it has started too
            assert self.process.poll() is None and time.monotonic() < end, self.said()
            time.sleep(0.1)
        self.idle = self.memory()
        while abs(self.idle - (now := self.memory(after=1.0))) > 1 << 20:
            assert time.monotonic() < end
            self.idle = now

    def said(self) -> str:
        """What it printed."""
        return self._errors.read_text()

    def ask(self, path: str, body: bytes | None = None, kind: str = "image/png", who: int = 0):
        """The status, headers and body of an answer; 0 where there is none."""
        origin = f"http://127.0.0.1:{self.port}"
        headers = {"Content-Type": kind, "Origin": origin, "X-Forwarded-For": f"198.51.100.{who}"}
        asked = urllib.request.Request(f"{origin}{path}", body, headers)
        try:
            with urllib.request.urlopen(asked, timeout=120) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()
        except OSError:
            return 0, {}, b""

    def memory(self, *, after: float = 0.0) -> int:
        """The bytes of all its processes, what they share counted once."""
        time.sleep(after)
        found, waiting = 0, [self.process.pid]
        while waiting:
            folder = Path(f"/proc/{waiting.pop()}")
            try:
                for task in (folder / "task").iterdir():
                    waiting += map(int, (task / "children").read_text().split())
                said = (folder / "smaps_rollup").read_text()
            except (OSError, ValueError):  # it has just ended
                continue
            found += int(said.split("\nPss:")[1].split()[0]) << 10
        return found

    @contextmanager
    def watched(self):
        """A list whose last element becomes the most memory that it had meanwhile."""
        most, over = [0], threading.Event()

        def look() -> None:
            while not over.wait(0.01):
                most[0] = max(most[0], self.memory())

        looking = threading.Thread(target=look)
        looking.start()
        try:
            yield most
        finally:
            over.set()
            looking.join()


@pytest.fixture(scope="module")
def shop(founded, tmp_path_factory):
    found = World(tmp_path_factory.mktemp("shop") / "home", founded=founded)
    yield found
    found.ledger.close()


@pytest.fixture(scope="module")
def server(shop, tmp_path_factory):
    """One for all attacks: what an earlier one left counts as the next one's."""
    found = Server(shop.home, tmp_path_factory.mktemp("server"))
    yield found
    found.process.terminate()
    found.process.wait(120)
    assert "Traceback" not in found.said()


def attack(server: Server, path: str, body: bytes, kind: str) -> list:
    """Send it so often at once; what was answered. Meanwhile the server answers others too."""
    idle, who = server.idle, next(server.attackers)
    with server.watched() as most, ThreadPoolExecutor(AT_ONCE) as pool:
        sent = [pool.submit(server.ask, path, body, kind, who) for _ in range(AT_ONCE)]
        assert server.ask("/healthz")[0] == 200
        answers = [one.result() for one in sent]
    assert most[0] > idle // 2 and most[0] - idle < MOST, (most[0] - idle) >> 20
    until(lambda: server.memory() - idle <= LEFT, 60)
    for status, headers, said in answers:
        assert status in {200, 201, 422, 503}, said
        assert status != 503 or int(headers["Retry-After"]) >= 1
    return answers


@pytest.mark.parametrize("what", PICTURES)
def test_seventeen_pictures_that_unpack_to_much_do_not_make_the_server_large(server, what):
    statuses = {one[0] for one in attack(server, "/api/v1/scan", PICTURES[what](), "image/png")}
    assert 422 in statuses <= {422, 503}
    assert server.ask("/api/v1/scan", made("PNG", 90))[0] == 422


def test_seventeen_photos_as_large_as_are_taken_do_not_either(server, shop):
    farm = shop.party("青山农场", "producer")
    lot = shop.coded_lot(farm)
    shop.ledger.followers.catch_up()
    photo = base64.b64encode(interlaced(7_070)).decode()
    said = {"code": codes.of_chain(lot, farm.uri), "kind": "other", "text": "x", "photo": photo}
    answers = attack(server, "/api/v1/reports", json.dumps(said).encode(), "application/json")
    assert 201 in {one[0] for one in answers} <= {201, 503}, answers[0]
