"""The log of requests: one line each, by level, and nothing in it that is about persons."""

import re
import urllib.parse

from support.ledger.world import World
from support.web.served import ask, serving_ledger

from suyuan.web.server.logs import note_request
from suyuan.web.server.rsgi import Answer

LINE = re.compile(
    r"(\S+)T\S+Z (\w+) suyuan\.request id=([0-9a-f]{12}) method=(\w+) rule=(\S+) status=(\d+) "
    r"ms=[\d.]+ bytes=(\d+)"
)


def test_each_request_has_a_line_with_its_rule_and_nothing_of_whose_it_is(small: World) -> None:
    lot, _, stall = small.sold()
    code = lot.rpartition("/")[2]
    name = urllib.parse.quote("张三")
    small.ledger.close()
    with serving_ledger(small, SUYUAN_LOG_LEVEL="info", SUYUAN_PROXIES="1") as (port, output):
        seen = {"X-Forwarded-For": "198.51.100.7", "Referer": f"https://x.example/{name}"}
        for path in (
            f"/t/{code}?holder={name}",
            f"/t/{code}",
            f"/t/{code}",
            f"/{name}",
            "/healthz",
        ):
            ask(port, "GET", path, headers=seen)
        ask(port, "POST", "/api/v1/session/challenge", name.encode(), seen)
        ask(port, "GET", "/", headers={"X-Long": "x" * 9_000})
    lines = LINE.findall(output[0])
    rules = [(method, rule, int(status)) for _, _, _, method, rule, status, _ in lines]
    assert (
        ("GET", "/t/<code>", 200) in rules
        and ("GET", "kept", 200) in rules
        and ("GET", "-", 404) in rules
    )
    assert any(rule == "/api/v1/session/challenge" for _, rule, _ in rules)
    assert ("GET", "-", 431) in rules and len(rules) == 7 - 1  # a machine's question has none
    assert len({number for _, _, number, *_ in lines}) == len(lines)
    for secret in (code, name, "张三", "198.51.100.7", "127.0.0.1 ", "x.example", stall.uri):
        assert secret not in output[0].replace("Serving", "")


def test_by_default_only_what_failed_has_a_line(small: World, caplog, suyuan, monkeypatch) -> None:
    small.ledger.close()
    with serving_ledger(small) as (port, output):
        for path in ("/", "/nowhere"):
            ask(port, "GET", path)
    assert "suyuan.request" not in output[0]
    note_request({"REQUEST_METHOD": "EVIL\n"}, Answer(503, [], b"x"), 0.0)
    assert "method=other rule=- status=503" in caplog.text
    monkeypatch.setenv("SUYUAN_LOG_LEVEL", "loud")
    suyuan.refused("one of error, warning, info, debug", "worker", "--home", small.home)
