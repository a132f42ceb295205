"""POST /api/v1/links: every vector, arrays, atomic ones, conflicts, bodies of all kinds."""

import json
import re
from types import SimpleNamespace

import pytest
from support.web.client import ENTRIES, MINI_LOT, MINI_STALL, VECTORS, client_of, mini_ledger

from suyuan.keys.notes import VerifierKey
from suyuan.trace.admission import signing_time
from suyuan.trace.format.rules import Rule
from suyuan.trace.log import tlog_proof
from suyuan.trace.log.checkpoint import open_checkpoint
from suyuan.trace.log.merkle import leaf_hash
from suyuan.trace.log.proofs import check_inclusion
from suyuan.trace.store.errors import Busy, StoreError
from suyuan.web.app import bodies

URL = "/api/v1/links"
JSON = {"content_type": "application/json"}


@pytest.fixture
def empty(tmp_path):
    made = mini_ledger(tmp_path / "empty", 0)
    yield client_of(made)
    made.close()


def prove(receipt, entry):
    """What a receipt carries shows that the entry is in the log, under its signed checkpoint."""
    assert set(receipt) == {"hash", "index", "proof"}
    proof = tlog_proof.parse(receipt["proof"])
    checkpoint = open_checkpoint(proof.note, VerifierKey.parse(VECTORS["trust"]["log"]))
    assert proof.index == receipt["index"]
    check_inclusion(
        leaf_hash(entry), proof.index, checkpoint.size, proof=proof.hashes, root=checkpoint.root
    )


def test_each_good_vector_is_201_with_its_hash_and_again_200(empty):
    for vector in VECTORS["entries"]:
        first = empty.post(URL, data=vector["entry"].encode(), **JSON)
        assert first.status_code == 201
        assert (first.json["hash"], first.json["index"]) == (vector["hash"], vector["index"])
        prove(first.json, vector["entry"].encode())
        again = empty.post(URL, data=vector["entry"].encode(), **JSON)
        assert again.status_code == 200
        assert (again.json["hash"], again.json["index"]) == (vector["hash"], vector["index"])
        prove(again.json, vector["entry"].encode())
    assert empty.get("/log/checkpoint").text == VECTORS["checkpoint"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda v: f"{v['rule']}: {v['why']}")
def test_each_bad_vector_has_the_status_of_its_rule(mini_client, vector, monkeypatch):
    monkeypatch.setattr(signing_time, "check", lambda *args: None)  # which the vectors leave out
    answer = mini_client.post(URL, data=vector["entry"].encode(), **JSON)
    assert answer.status_code == Rule(vector["rule"]).status
    assert answer.mimetype == "application/problem+json"
    assert answer.json["rule"] == vector["rule"]
    assert answer.json["status"] == answer.status_code
    assert set(answer.json) >= {"type", "title", "detail"}


def test_a_conflict_is_answered_with_the_present_heads(mini_client):
    vector = next(v for v in VECTORS["refused"] if v["why"] == "seq used before")
    answer = mini_client.post(URL, data=vector["entry"].encode(), **JSON)
    heads = answer.json["heads"]
    assert heads
    for head in heads.values():
        assert head is None or re.fullmatch("[0-9a-f]{64}", head["hash"])
    asked = mini_client.post(
        "/api/v1/heads", json=[{"item": item, "actor": MINI_STALL} for item in heads]
    )
    assert [chain["head"] for chain in asked.json["chains"]] == list(heads.values())


def test_an_array_may_build_on_itself(empty):
    answer = empty.post(URL, json=ENTRIES)
    assert answer.status_code == 200
    assert [receipt["index"] for receipt in answer.json] == list(range(len(ENTRIES)))


def test_in_an_array_each_element_stands_for_itself(empty):
    offered = [ENTRIES[0], "no entry", ENTRIES[1], ENTRIES[0], ENTRIES[9]]
    answer = empty.post(URL, json=offered)
    assert answer.status_code == 200
    assert [found.get("index") for found in answer.json] == [0, None, 1, 0, None]
    assert [found.get("rule") for found in answer.json] == [None, "encoding", None, None, "key"]
    assert answer.json[1]["status"] == 400


def test_an_atomic_array_is_all_or_none(empty):
    bad = empty.post(f"{URL}?atomic=true", json=[ENTRIES[0], ENTRIES[9], "x", ENTRIES[1]])
    assert bad.status_code == 403
    assert bad.mimetype == "application/problem+json"
    assert bad.json["rule"] == "key"
    assert [(one["index"], one["rule"]) for one in bad.json["problems"]] == [
        (1, "key"),
        (2, "encoding"),
    ]
    assert empty.get("/log/checkpoint").status_code == 404
    good = empty.post(f"{URL}?atomic=true", json=ENTRIES[:3])
    assert good.status_code == 200
    assert [receipt["index"] for receipt in good.json] == [0, 1, 2]


@pytest.mark.parametrize(
    ("body", "status", "rule"),
    [
        (b"", 400, "encoding"), (b"{}", 400, "encoding"), (b"null", 400, "encoding"),
        (b'"' + ENTRIES[0].encode() + b'"', 400, "encoding"), (b"\xff\xfe{", 400, "encoding"),
        (b"\xef\xbb\xbf" + ENTRIES[0].encode(), 400, "encoding"),
        (b" " + ENTRIES[0].encode(), 400, "encoding"), (b"x" * 65_535, 400, "encoding"),
        (b"x" * 65_536, 413, "size"), (b"x" * (9 << 20), 413, "size"),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else str(value),
)  # fmt: skip
def test_a_body_that_is_no_array_is_taken_as_an_entry(mini_client, body, status, rule):
    answer = mini_client.post(URL, data=body, **JSON)
    assert (answer.status_code, answer.json["rule"]) == (status, rule)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[", 400), (b"[1]", 400), (b"[null]", 400), (b'[["x"]]', 400), (b"[{}]", 400),
        (b'["\\ud800"]', 400), (b'["\xff"]', 400), (b'["a",]', 400), (b"[NaN]", 400),
        (b"[" * 200_000, 400), (b"[" * 200 + b"]" * 200, 400), (b"[" + b"1" * 100_000 + b"]", 400),
        (b'["a"]x', 400), (b"[" + b",".join([b'"x"'] * 1_001) + b"]", 413),
        (b'["' + b"x" * (8 << 20) + b'"]', 413),
    ],
    ids=lambda value: repr(value[:12]) if isinstance(value, bytes) else str(value),
)  # fmt: skip
def test_an_array_that_is_none_of_strings_is_refused_whole(mini_client, body, status):
    answer = mini_client.post(URL, data=body, **JSON)
    assert answer.status_code == status
    assert answer.mimetype == "application/problem+json"
    assert "rule" not in answer.json
    assert "Traceback" not in answer.text


@pytest.mark.parametrize(
    "body",
    [
        b"[" + b",".join([b"{}"] * 150_001) + b"]",
        b"[" + b",".join([b'""'] * 300_001) + b"]",
        b"[" + b"[]," * 150_000 + b"0]",
        b"[" + (b"[" * 60 + b"]" * 60 + b",") * 5_000 + b"0]",
        b'{"entry":"x","attachments":[' + b",".join([b'""'] * 300_000) + b"]}",
    ],
    ids=["objects", "strings", "lists", "nested", "attachments"],
)
def test_a_body_of_too_many_values_is_refused_before_they_are_made(mini_client, monkeypatch, body):
    asked = []
    monkeypatch.setattr(bodies, "orjson", SimpleNamespace(loads=asked.append))
    answer = mini_client.post(URL, data=body, **JSON)
    assert (answer.status_code, asked) == (413, [])
    assert "300,000 values" in answer.json["detail"]


def test_a_body_full_of_small_disclosures_has_fewer_values_than_that(mini_client):
    one = {"disclosure": "W" * 54, "audience": "own"}  # of a salt and the shortest names
    element = {"entry": "x", "disclosures": [one] * bodies.MAX_DISCLOSURES}
    body = json.dumps([element] * 925, separators=(",", ":")).encode()
    assert bodies.MAX_BYTES * 0.95 < len(body) < bodies.MAX_BYTES
    assert mini_client.post(URL, data=body, **JSON).status_code == 200


def test_an_array_may_be_empty_or_long_and_have_space_around_it(mini_client):
    answer = mini_client.post(URL, data=b" \r\n\t[ ]\n", **JSON)
    assert (answer.status_code, answer.json) == (200, [])
    answer = mini_client.post(URL, json=["x"] * 1_000)
    assert [found["rule"] for found in answer.json] == ["encoding"] * 1_000


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_only_json_is_taken(mini_client, kind):
    answer = mini_client.post(URL, data=ENTRIES[0].encode(), content_type=kind)
    assert answer.status_code == 415
    assert answer.mimetype == "application/problem+json"


def test_the_entry_is_kept_as_it_came(empty):
    for entry in ENTRIES[:10]:
        empty.post(URL, data=entry.encode(), content_type="application/json; charset=utf-8")
    found = empty.get("/api/v1/items", query_string={"item": MINI_LOT})
    assert found.json["links"][0]["entry"] == ENTRIES[9]


@pytest.mark.parametrize(
    ("error", "after"),
    [
        (Busy("another process holds the ledger's lock"), "1"),
        (StoreError("the database failed: disk I/O error at /secret/path"), None),
    ],
)
def test_where_nothing_can_be_stored_nothing_is_acknowledged(
    mini_client, mini, monkeypatch, caplog, error, after
):
    def fail(*_args, **_more):
        raise error

    monkeypatch.setattr(mini, "append", fail)
    answer = mini_client.post(URL, data=ENTRIES[0].encode(), **JSON)
    assert answer.status_code == answer.get_json(force=True)["status"] == 503
    assert after is None or answer.headers["Retry-After"] == after
    assert "secret" not in answer.text
    assert after is not None or "disk I/O error" in caplog.text
