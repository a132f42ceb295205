"""The consumer page beside a bare Flask that says hello, under the same server, by wrk.

SUYUAN_BENCH_PAGES sets how many items (default 300), each with a chain of 20 links, every one of
another commit. (a) every stored byte behind a page is read again on each request; (b) the database
has not changed, so nothing is; (c) as (b), while 50 commits a second go on.
"""

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from bench.making import ROUNDS, median, serving, size
from support.ledger.world import Actor, World, days_ago, event, is_ci
from support.web.client import page_of

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps

pytestmark = [pytest.mark.bench, pytest.mark.slow]
ITEMS = size("PAGES", 300)
SECONDS = size("PAGES_SECONDS", 2)
CHAIN, BATCH = 20, 500
WORKERS, CLIENTS = 2, 16
COMMITS = 50  # a second
WANTED = {"a": 0.45, "b": 1.4, "c": 0.32}  # of hello
LUA = """
local requests = {}
local headers = {
  ["Accept-Language"] = "zh-CN", ["Accept-Encoding"] = "gzip", ["Host"] = "bench"}
if os.getenv("BENCH_REREAD") == "1" then headers["x-reread"] = "1" end
for path in io.lines(os.getenv("BENCH_PATHS_READ")) do
  requests[#requests + 1] = wrk.format("GET", path, headers)
end
function init(args) math.randomseed(tonumber(args[1])) end
function request() return requests[math.random(#requests)] end
"""


def test_the_page_keeps_up_with_hello(tmp_path):
    if shutil.which("wrk") is None:
        assert not is_ci(), "wrk is not installed: apt-get install wrk"
        pytest.skip("wrk is not installed: apt-get install wrk")
    world = World(tmp_path / "home")
    farm = world.party("青山农场", "producer")
    paths = chains(world, farm)
    files = {name: tmp_path / f"{name}.txt" for name in ("hello", "page")}
    files["hello"].write_text("/hello\n")
    files["page"].write_text("\n".join(paths) + "\n")
    script = tmp_path / "ask.lua"
    script.write_text(LUA)
    other = world.coded_lot(farm)
    env = {"SUYUAN_PAGE_CACHE_MB": "256", **os.environ, "BENCH_PATHS": str(files["page"])}
    with serving(world, WORKERS, **env) as port:
        time.sleep(1 + ITEMS / 2_000)  # until the other process listens too
        for kind, wanted in WANTED.items():
            rates: dict[str, list[float]] = {"hello": [], "page": []}
            slow: dict[str, list[float]] = {"hello": [], "page": []}
            for number in range(ROUNDS):
                for name, file in list(files.items())[:: 1 if number % 2 else -1]:
                    with committing(world, farm, other, kind == "c" and name == "page") as done:
                        rate, p99 = load(script, file, port, number, rereads=kind == "a")
                    rates[name].append(rate)
                    slow[name].append(p99)
                    if done:
                        print(f"    {done[0] / done[1]:.0f} commits a second")
            hello, page = median(rates["hello"]), median(rates["page"])
            p99s = median(slow["hello"]), median(slow["page"])
            outcome = "reached" if page >= wanted * hello else "missed"
            print(
                f"  ({kind}) hello {hello:,.0f}/s, page {page:,.0f}/s: {page / hello:.2f}, "
                f"{wanted} wanted: {outcome}; "
                f"p99 {p99s[0]:.1f} ms, {p99s[1]:.1f} ms: {p99s[1] / p99s[0]:.1f}"
            )
    world.ledger.close()


def chains(world: World, farm: Actor) -> list[str]:
    """Items with chains of 20 links, each link of another commit; the paths of their pages."""
    lots = [world.new_lot() for _ in range(ITEMS)]
    began = time.perf_counter()
    for seq in range(CHAIN):
        for at in range(0, ITEMS, BATCH):
            drafts = (Draft(event=step_event(seq, lot)) for lot in lots[at : at + BATCH])
            world.ledger.append([farm.pen.sign(draft) for draft in drafts], atomic=True)
    world.ledger.followers.catch_up()
    print(f"\n{ITEMS:,} items, {ITEMS * CHAIN:,} links in {time.perf_counter() - began:.0f} s")
    return [page_of(lot, farm.uri) for lot in lots]


def step_event(seq: int, lot: str) -> dict:
    if seq == 0:
        extra = steps.coding("上海青", days_ago(1), 5, "350212")
        return event("code", lot, "100", extra=extra)
    return event(("feed", "count", "store", "pesticide")[seq % 4], lot, "100")


def load(script: Path, paths: Path, port: int, seed: int, *, rereads: bool) -> tuple[float, float]:
    """Answers a second, and the 99th percentile of the latency in milliseconds."""
    output = subprocess.run(
        ["wrk", "-t1", f"-c{CLIENTS}", f"-d{SECONDS}s", "--latency", "-s", str(script),
         f"http://127.0.0.1:{port}/", "--", str(seed)],
        env={**os.environ, "BENCH_PATHS_READ": str(paths), "BENCH_REREAD": "1" if rereads else ""},
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert "Non-2xx" not in output and "Socket errors" not in output, output
    number, unit = re.search(r"99%\s+([0-9.]+)(us|ms|s)", output).groups()
    rate = float(re.search(r"Requests/sec:\s+([0-9.]+)", output)[1])
    return rate, float(number) * {"us": 0.001, "ms": 1.0, "s": 1_000.0}[unit]


@contextmanager
def committing(world: World, farm: Actor, lot: str, is_on: bool) -> Iterator[list[float]]:
    """Commit 50 times a second meanwhile, if asked to; the number of commits and the seconds."""
    done: list[float] = []
    is_over = threading.Event()

    def work() -> None:
        began = time.perf_counter()
        count = 0
        while not is_over.wait(max(0.0, began + count / COMMITS - time.perf_counter())):
            world.ledger.append([farm.pen.sign(Draft(event=event("count", lot, "1")))])
            count += 1
        done[:] = [count, time.perf_counter() - began]

    thread = threading.Thread(target=work)
    if is_on:
        thread.start()
    try:
        yield done
    finally:
        is_over.set()
        if is_on:
            thread.join()
