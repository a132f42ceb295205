"""The API besides appending: histories, heads, trust, checkpoint, health, OpenAPI."""

import re
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator
from support.web.client import (
    ENTRIES,
    MINI_LOT,
    MINI_STALL,
    VECTORS,
    assert_documented,
    client_of,
    mini_ledger,
    page_of,
)

from suyuan.trace.admission.trust import Trust
from suyuan.trace.format.identifiers import codes
from suyuan.trace.log.checkpoint import open_checkpoint


def test_a_history_has_what_a_verifier_needs(mini_client):
    code = codes.of_chain(MINI_LOT, MINI_STALL)
    found = mini_client.get(f"/api/v1/items/{codes.shown(code).lower()}").json
    assert (found["item"], found["actor"], found["scope"]) == (MINI_LOT, MINI_STALL, "path")
    assert (found["verdict"], found["size"]) == ("verified", len(ENTRIES))
    assert found["checkpoint"] == VECTORS["checkpoint"]
    assert found["gaps"] == found["beginnings"] == []
    for link in found["links"]:
        assert link["entry"] == ENTRIES[link["index"]]
        assert link["hash"] == VECTORS["entries"][link["index"]]["hash"]
        assert link["is_good"] and link["problems"] == []
        assert link["recorded"] == "2026-11-24T23:00:00+00:00"
    assert any(link["is_mandated"] for link in found["links"])


def test_the_page_gives_the_evidence_to_programs(mini_client):
    path = page_of(MINI_LOT, MINI_STALL)
    as_json = mini_client.get(path, headers={"Accept": "application/json"})
    assert as_json.mimetype == "application/vnd.suyuan.evidence+json"
    assert {"Accept", "Accept-Language"} <= set(as_json.vary)
    assert as_json.data == mini_client.get(f"/api/v1/items/{path.rsplit('/', 1)[1]}/evidence").data
    for accept in ("text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "", "image/png"):
        assert mini_client.get(path, headers={"Accept": accept}).mimetype == "text/html"


@pytest.mark.parametrize(
    "uri",
    [
        "https://id.gs1.org/01/06901234567892/10/L%2F24-11",
        "urn:epc:class:lgtin:6901234.056789.L%2F24-11",
        "HTTPS://shop.example/x/01/06901234567892/22/1/10/L%2f24-11?17=261127",
    ],
)
def test_an_item_is_found_by_any_of_its_uris(mini_client, uri):
    found = mini_client.get("/api/v1/items", query_string={"item": uri})
    assert found.json["item"] == "https://id.gs1.org/01/06901234567892/10/L%2F24-11"
    assert found.json["scope"] == "common"


LOT = f"/api/v1/items/{codes.of_chain(MINI_LOT, MINI_STALL)}"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/items/0000000000000000", 404),
        ("/api/v1/items/nonsense", 404),
        ("/api/v1/items?item=https://trace.food.example/t/0000000000000000", 404),
        ("/api/v1/items?item=%00", 404),
        ("/api/v1/items?item=%ff%fe", 404),
        ("/api/v1/items?item=" + "x" * 1_999, 404),
        ("/api/v1/items?item=" + "x" * 2_001, 422),
        ("/api/v1/items?item=", 422),
        ("/api/v1/items", 422),
        ("/api/v1/nothing", 404),
        ("/log/nothing", 404),
        ("/api/v1/items/0000000000000000/evidence", 404),
        ("/api/v1/items/nonsense%22%0d%0a/evidence", 404),
        ("/api/v1/items/evidence?item=https://trace.food.example/t/0000000000000000", 404),
        ("/api/v1/items/evidence?item=%00", 404),
        ("/api/v1/items/evidence", 422),
        ("/api/v1/items/0000000000000000/lineage", 404),
        ("/api/v1/items/xx/holdings", 404),
        ("/api/v1/lineage?item=urn:nothing", 404),
        ("/api/v1/lineage", 422),
        ("/api/v1/holdings", 422),
        (f"{LOT}/lineage?direction=up", 422),
        (f"{LOT}/lineage?depth=0", 422),
        (f"{LOT}/lineage?depth=x", 422),
        (f"{LOT}/lineage?format=pdf", 422),
        ("/api/v1/findings?rule=nonsense", 422),
        ("/api/v1/findings?severity=dreadful", 422),
        ("/api/v1/findings?division=123", 422),
        ("/api/v1/findings?party=nobody at all", 422),
        ("/api/v1/findings?after=x", 422),
        ("/api/v1/findings?limit=0", 422),
        ("/api/v1/findings?limit=100000", 422),
        ("/api/v1/findings?item=ZZZZ", 404),
        ("/api/v1/findings?item=https://nobody.example/x", 404),
        ("/api/v1/links/99999/disclosures", 404),
        (f"/api/v1/links/{2**53}/disclosures", 404),
        (f"/api/v1/links/{2**63}/disclosures", 404),
        (f"/api/v1/links/{10**30}/disclosures", 404),
    ],
)
def test_what_cannot_be_answered_is_a_problem(mini_client, path, status):
    answer = mini_client.get(path)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert set(answer.json) >= {"type", "title", "status", "detail"}
    assert answer.json["status"] == status and answer.json["detail"]


def test_heads_are_answered_in_their_order(mini_client, mini):
    pairs = [(MINI_LOT, MINI_STALL), ("urn:x:nothing", MINI_STALL), (MINI_STALL, MINI_STALL)]
    asked = [{"item": item, "actor": actor} for item, actor in pairs]
    chains = mini_client.post("/api/v1/heads", json=asked).json["chains"]
    known = mini.heads(pairs)
    for (item, actor), chain in zip(pairs, chains, strict=True):
        head = known[item, actor]
        shown = None if head is None else {"seq": head.seq, "hash": head.hash}
        assert chain == {"item": item, "actor": actor, "head": shown}
    assert chains[1]["head"] is None
    assert mini_client.post("/api/v1/heads", json=[]).json == {"chains": []}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[",
        b"{}",
        b"null",
        b"[[]]",
        b'[{"item":"urn:x"}]',
        b'[{"item":"no uri","actor":"urn:x:y"}]',
        b'[{"item":"urn:x:\\u0000","actor":"urn:x:y"}]',
        b'[{"item":"urn:x:\\ud800","actor":"urn:x:y"}]',
        b"\xff",
        b"[" * 100_000,
        b"[" + b",".join([b'{"item":"urn:x:y","actor":"urn:x:y"}'] * 1_001) + b"]",
        b"x" * (9 << 20),
    ],
    ids=lambda body: repr(body[:30]),
)
def test_heads_of_nonsense_are_a_problem(mini_client, body):
    answer = mini_client.post("/api/v1/heads", data=body, content_type="application/json")
    assert answer.status_code in (400, 413, 422)
    assert answer.mimetype == "application/problem+json"


def test_the_trust_file_and_the_checkpoint_fit(mini_client, mini):
    trust = mini_client.get("/api/v1/trust")
    assert Trust.from_json(trust.text) == mini.trust
    note = mini_client.get("/log/checkpoint")
    assert note.content_type == "text/plain; charset=utf-8"
    assert note.headers["Cache-Control"] == "no-store"
    assert open_checkpoint(note.text, mini.trust.log).size == len(ENTRIES)


def test_ready_means_that_followers_keep_up(small):
    client, now = client_of(small.ledger), small.ledger.now()
    small.ledger.clock = lambda: now
    small.ledger.followers.catch_up()
    small.party("A 区 12 号")
    assert client.get("/readyz").status_code == 200  # behind, and only just
    small.ledger.clock = lambda: now + timedelta(days=366)
    late = client.get("/readyz")
    assert late.status_code == 503
    assert late.json["behind"]["codes"] > 5
    small.ledger.followers.catch_up()
    assert client.get("/readyz").json == {"status": "ready"}


def test_an_empty_ledger_has_no_checkpoint(tmp_path):
    ledger = mini_ledger(tmp_path / "empty", 0)
    client = client_of(ledger)
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/log/checkpoint").status_code == 404
    assert client.get("/readyz").status_code == 200
    assert client.get("/").status_code == 200
    ledger.close()


# The document that describes it all.


@pytest.fixture(scope="module")
def spec(mini_client):
    return mini_client.get("/api/v1/openapi.json").json


@pytest.mark.slow
def test_the_document_is_openapi_3_1(spec):
    assert spec["openapi"].startswith("3.1.")
    assert set(spec["info"]) >= {"title", "version"}
    for schema in spec["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    operations = [op for path in spec["paths"].values() for op in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(names) == len(set(names))
    for operation in operations:
        assert operation["responses"]
        for answer in operation["responses"].values():
            assert answer["description"]
    assert len({tag["name"] for tag in spec["tags"]}) == len(spec["tags"])


def test_every_reference_in_the_document_leads_somewhere(spec):
    def walk(value):
        if isinstance(value, dict):
            if isinstance(value.get("$ref"), str):
                yield value["$ref"]
            for member in value.values():
                yield from walk(member)
        elif isinstance(value, list):
            for member in value:
                yield from walk(member)

    found = set(walk(spec))
    assert found
    for ref in found:
        target = spec
        for part in ref.removeprefix("#/").split("/"):
            target = target[part]


def test_the_document_names_every_route_of_the_api_and_no_other(mini_client, spec):
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in mini_client.application.url_map.iter_rules()
        if rule.rule.startswith("/api/") and rule.endpoint != "openapi.spec"
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    told = {(path, method) for path, methods in spec["paths"].items() for method in methods}
    assert told == routes
    for path, methods in spec["paths"].items():
        for operation in methods.values():
            named = {p["name"] for p in operation["parameters"] if p["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path))


def test_answers_are_as_the_document_says(mini_client, spec):
    assert_documented(mini_client, "/api/v1/items/{code}", mini_client.get(LOT).json)
    refused = next(v for v in VECTORS["refused"] if v["rule"] == "chain")
    sent = {"data": refused["entry"].encode(), "content_type": "application/json"}
    problem = {"components": spec["components"], "$ref": "#/components/schemas/Problem"}
    for answer in (mini_client.get("/api/v1/items/0"), mini_client.post("/api/v1/links", **sent)):
        Draft202012Validator(problem).validate(answer.json)
    answer = mini_client.post("/api/v1/links", json=[ENTRIES[3], "x"])
    assert answer.status_code == 200
    assert_documented(mini_client, "/api/v1/links", answer.json, "post")
