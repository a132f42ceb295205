"""The real server over real HTTP."""

import http.client
import json
import os
import signal
import subprocess
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from support.ledger.world import days_ago
from support.web.served import JSON, ask, is_ready, until

from suyuan.trace.admission.link_builder import Draft, Pen
from suyuan.trace.cli.demo.city import cast_of
from suyuan.trace.format.identifiers import codes, gs1
from suyuan.trace.format.rules import Head
from suyuan.trace.format.steps import Portion, coding, event
from suyuan.trace.ledger.home import read_demo


def farm_pen(served):
    """A pen of the demo's farm that asks the server for heads."""
    farm = cast_of(served.home).parties["farm"].uri

    def heads(pairs):
        asked = [{"item": item, "actor": actor} for item, actor in pairs]
        _, _, body = ask(served.port, "POST", "/api/v1/heads", json.dumps(asked), JSON)
        return {
            (chain["item"], chain["actor"]): chain["head"] and Head(**chain["head"])
            for chain in json.loads(body)["chains"]
        }

    return Pen("demo.suyuan.invalid/log", farm, read_demo(served.home).signer("farm"), heads)


def coded(lot):
    extra = coding("上海青", days_ago(1), 3, "359905003")
    return event("code", datetime.now(UTC), [Portion(lot, Decimal(80), "KGM")], extra=extra)


def new_lot():
    return codes.uri_of(codes.new(), "demo.suyuan.invalid")


def test_it_is_alive_and_ready(served):
    assert ask(served.port, "GET", "/healthz")[0] == 200
    until(lambda: is_ready(served.port))  # a worker may just have ended


def test_a_link_is_appended_followed_and_shown(served):
    pen, lot = farm_pen(served), new_lot()
    entry = pen.sign(Draft(event=coded(lot)))
    status, _, body = ask(served.port, "POST", "/api/v1/links", entry, JSON)
    assert status == 201
    receipt = json.loads(body)
    assert ask(served.port, "POST", "/api/v1/links", entry, JSON)[0] == 200
    path = f"/api/v1/items/{codes.of_chain(lot, pen.actor)}"
    until(lambda: ask(served.port, "GET", path)[0] == 200)
    (link,) = json.loads(ask(served.port, "GET", path)[2])["links"]
    assert (link["hash"], link["entry"]) == (receipt["hash"], entry.decode())


def test_large_bodies_are_answered_and_the_connection_lives(served):
    status, _, body = ask(served.port, "POST", "/api/v1/links", b"x" * (9 << 20), JSON)
    assert (status, json.loads(body)["rule"]) == (413, "size")
    array = b'["' + b"x" * (8 << 20) + b'"]'
    assert ask(served.port, "POST", "/api/v1/links", array, JSON)[0] == 413


def test_a_body_in_chunks_is_read(served):
    entry = farm_pen(served).sign(Draft(event=coded(new_lot())))
    connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=120)
    parts = [entry[at : at + 100] for at in range(0, len(entry), 100)]
    connection.request("POST", "/api/v1/links", iter(parts), JSON, encode_chunked=True)
    assert connection.getresponse().status == 201
    connection.close()


@pytest.mark.parametrize(
    "path", ["/t/..%2f..%2fetc", "/%00", "//x/../y", "/t/%E6%BA%AF", "/static/../app.py"]
)
def test_odd_paths_are_not_found(served, path):
    status, headers, body = ask(served.port, "GET", path)
    assert status == 404
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert b"Traceback" not in body


def test_a_lot_with_a_slash_is_found_by_its_digital_link(served):
    """The server decodes the path before the app sees it."""
    pen = farm_pen(served)
    lot = gs1.lot_uri(f"069900120201{gs1.check_digit('069900120201')}", "A/1")
    assert (
        ask(served.port, "POST", "/api/v1/links", pen.sign(Draft(event=coded(lot))), JSON)[0] == 201
    )
    status, _, body = ask(served.port, "GET", lot.removeprefix(gs1.ID))
    assert status == 200
    assert "A/1" in body.decode()


def test_what_was_printed_is_results_only(served):
    printed = served.printed.read_text()
    assert printed.startswith("http://localhost:")
    assert "granian" not in printed.lower()
    assert "WARNING" not in printed


def test_the_worker_is_started_again_and_ends_with_the_server(served):
    """Ended by hand, another comes; the fixture sees that all end in the end."""
    (worker,) = _workers(served.process.pid)
    os.kill(worker, signal.SIGKILL)
    until(lambda: _workers(served.process.pid) not in ([], [worker]))


def _workers(parent):
    """The processes of workers that another process has started and that have not ended."""
    command = ["ps", "-o", "pid=,stat=,args=", "--ppid", str(parent)]
    out = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    rows = [line.split(None, 2) for line in out.splitlines()]
    running = [(int(pid), f"{args} ") for pid, stat, args in rows if not stat.startswith("Z")]
    return [pid for pid, args in running if " worker " in args]
