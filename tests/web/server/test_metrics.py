"""Numbers for Prometheus: what they are, who may read them, and several processes together."""

import os
import subprocess
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.web.client import client_of, page_of

from suyuan.trace.format.errors import LedgerError

TOKEN = "t" * 32
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def numbers(text: str) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (one.name, tuple(one.labels.values())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


@pytest.fixture
def label(small, farm):
    return page_of(small.coded_lot(farm), farm.uri)


def test_it_says_how_the_ledger_and_the_pages_do(small, label, monkeypatch):
    monkeypatch.setenv("SUYUAN_METRICS_TOKEN", TOKEN)
    client = client_of(small.ledger)
    before = numbers(client.get("/metrics", headers=BEARER).text)
    size = before["suyuan_links", ()]
    assert before["suyuan_follower_lag_links", ("lineage",)] == size
    small.ledger.followers.catch_up()
    for path in (label, label, "/nowhere"):
        client.get(path)
    after = numbers(client.get("/metrics", headers=BEARER).text)
    assert after["suyuan_follower_lag_links", ("lineage",)] == 0
    assert after["suyuan_checkpoint_lag_links", ()] == 0
    for outcome in ("hit", "miss"):
        name = "suyuan_page_cache_requests_total", (outcome,)
        assert after[name] == before.get(name, 0) + 1
    name = "suyuan_http_requests_total", ("none", "GET", "404")
    assert after[name] == before.get(name, 0) + 1
    assert after["suyuan_http_request_seconds_count", ("consumer.by_code",)] >= 1
    assert after["suyuan_page_cache_pages", ()] == 1


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "198.51.100.7", ""])
@pytest.mark.parametrize("headers", [{}, BEARER, {"Authorization": "Bearer None"}])
def test_without_a_token_nobody_reads_them_not_even_from_this_machine(small, address, headers):
    """Behind a proxy that says nothing of whom it asks for, a stranger comes from this machine."""
    answer = client_of(small.ledger).get(
        "/metrics", headers=headers, environ_base={"REMOTE_ADDR": address}
    )
    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert "SUYUAN_METRICS_TOKEN" in answer.json["detail"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        (f"Bearer {TOKEN}", 200), (f"Bearer {TOKEN}x", 403), (TOKEN, 403), ("Bearer é", 403),
        (None, 403),
    ],
)  # fmt: skip
def test_with_a_token_it_is_for_who_has_it(small, monkeypatch, said, status):
    monkeypatch.setenv("SUYUAN_METRICS_TOKEN", TOKEN)
    headers = {} if said is None else {"Authorization": said}
    answer = client_of(small.ledger).get(
        "/metrics", headers=headers, environ_base={"REMOTE_ADDR": "198.51.100.7"}
    )
    assert answer.status_code == status


def test_the_token_may_be_in_a_file_and_is_not_short(small, monkeypatch, tmp_path):
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    monkeypatch.setenv("SUYUAN_METRICS_TOKEN_FILE", str(tmp_path / "token"))
    client = client_of(small.ledger)
    assert client.get("/metrics").status_code == 403
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    monkeypatch.delenv("SUYUAN_METRICS_TOKEN_FILE")
    monkeypatch.setenv("SUYUAN_METRICS_TOKEN", "short")
    with pytest.raises(LedgerError, match="SUYUAN_METRICS_TOKEN"):
        client_of(small.ledger)


def test_what_several_processes_count_is_added_up(tmp_path):
    code = (
        "from suyuan.web.cache.measured import measured\n"
        "measured().pages.labels('hit').inc(3)\n"
        "print(measured().text().decode())"
    )
    env = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for total in (3, 6):
        said = subprocess.run(
            [sys.executable, "-c", code], env=env, check=True, capture_output=True, text=True
        ).stdout
        assert numbers(said)["suyuan_page_cache_requests_total", ("hit",)] == total
