"""A stranger, or one party, makes the server work or keep without end: each route has its bound."""

from datetime import timedelta

import pytest
from support.web.client import client_of
from support.web.signing import ORIGIN_HEADERS, signed_in
from werkzeug.routing import IntegerConverter

from suyuan.web.app import quota
from suyuan.web.app.routes import declared

# Without a limit for an address, and why that is bounded.
BOUNDED = {
    "a page kept once it is made, or a few bytes": {
        "consumer.by_code", "consumer.by_label", "consumer.by_trade", "consumer.by_unit",
        "consumer.words", "start.start", "start.robots", "complaining.ask", "scan.ask",
        "offline.service", "offline.offline_page", "scripts.script", "static", "openapi.spec",
        "resolver.description", "releases.release", "releases.page", "items.trust",
        "batches.template", "admissions.template", "inviting.invite", "signin.signin",
        "health.alive", "health.ready", "metrics.metrics",
    },
    "bytes as they are stored": {"log.checkpoint", "log.tile"},
    "a market's stalls share an address; strangers' links are slowed down by chain": {
        "links.append"
    },
    "one row by its key": {
        "session.who_is", "session.sign_out", "signin.signout", "sign.withdrawn",
        "inviting.withdrawn", "mandates.chosen", "parties.party", "parties.keys",
    },
}  # fmt: skip


def is_limited(view):
    found = declared(view)
    return found is not None and found.limit is not None


def test_a_stranger_finds_no_route_that_works_without_bound(small):
    client = client_of(small.ledger)
    app = client.application
    known = set().union(*BOUNDED.values())
    unlimited = {name for name, view in app.view_functions.items() if not is_limited(view)}
    assert known <= unlimited, "these have a limit by now"
    asked = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in unlimited - known:
            continue
        made = {
            name: 1 if isinstance(part, IntegerConverter) else "x"
            for name, part in rule._converters.items()
        }
        path = rule.build(made)[1]
        for method in rule.methods & {"GET", "POST", "PUT", "DELETE"}:
            answer = client.open(path, method=method, headers=ORIGIN_HEADERS)
            if answer.status_code not in (302, 303, 401, 403):
                asked.append((rule.endpoint, method, answer.status_code))
    assert asked == []


@pytest.mark.slow
@pytest.mark.usefixtures("one_minute")
def test_who_reads_on_and_on_is_told_to_wait(client):
    answers = [client.get("/api/v1/overdue").status_code for _ in range(601)]
    assert answers[:600] == [200] * 600
    assert answers[600] == 429
    assert client.get("/healthz").status_code == 200
    other = client.get("/api/v1/overdue", environ_base={"REMOTE_ADDR": "198.51.100.7"})
    assert other.status_code == 200


def test_a_party_drafts_so_many_labels_a_day(small, monkeypatch):
    monkeypatch.setattr(quota, "LISTS", 3)
    monkeypatch.setattr(quota, "LABELS", 100)
    lot, _farm, stall = small.sold()
    clients = [client_of(small.ledger, stall) for _ in range(2)]  # as two processes count

    def draft(client, count):
        body = {"lots": [{"item": lot, "count": count}]}
        return client.post("/api/v1/labels/draft", json=body, headers=ORIGIN_HEADERS)

    kept = small.home / "labels"
    assert [draft(clients[0], 60).status_code, draft(clients[1], 41).status_code] == [200, 429]
    assert len(list(kept.glob("*.txt"))) == 1, "nothing is kept of what is refused"
    assert [draft(clients[1], 20).status_code, draft(clients[0], 20).status_code] == [200, 200]
    refused = draft(clients[1], 1)
    assert refused.status_code == 429 and 0 < int(refused.headers["Retry-After"]) <= 86_401
    assert "3 lists and 100 labels a day" in refused.json["detail"]
    assert refused.json["field"] == "lots"
    clock = small.ledger.now()
    monkeypatch.setattr(small.ledger, "now", lambda: clock + timedelta(days=1))
    assert signed_in(clients[0], stall.signer).status_code == 200
    assert draft(clients[0], 100).status_code == 200
