"""The API of recalls and holds: lists, scope, progress, and drafts to sign."""

import json
from decimal import Decimal

import pytest
from support.ledger.world import Actor, World, event
from support.web.acting import KNOWN, hold
from support.web.client import assert_documented

from suyuan.keys import base64
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef

pytestmark = pytest.mark.slow

API = "/api/v1"


def draft(client, op: str, who: Actor, status: int = 200, **more) -> dict:
    answer = client.post(f"{API}/recalls/draft", json={"op": op, "actor": who.uri, **more})
    assert answer.status_code == status, answer.text
    return answer.json


def send(client, world: World, who: Actor, found: dict) -> list[int]:
    """Sign drafts as any client would, and post them with their list."""
    statuses = []
    for one in found["drafts"]:
        after = tuple(AfterRef(ref["index"], ref["hash"]) for ref in one["after"])
        entry = who.pen.sign(Draft(statement=one["statement"], after=after))
        body: dict = {"entry": entry.decode()}
        if found["list"] is not None:
            body["attachments"] = [base64.encode(found["list"].encode())]
        answer = client.post(f"{API}/links", json=body)
        statuses.append(answer.status_code)
    world.ledger.followers.catch_up()
    return statuses


def test_holds_are_listed_until_they_are_released(client, sold, small):
    lot, farm, _stall = sold
    made = draft(client, "hold.place", farm, items=[lot], reason="待检")
    assert send(client, small, farm, made) == [201]
    (found,) = client.get(f"{API}/holds").json["acts"]
    assert (found["kind"], found["count"], found["by_name"]) == ("hold", 1, "青山农场")
    ended = draft(client, "hold.release", farm, act=made["act"])
    assert send(client, small, farm, ended) == [201]
    assert client.get(f"{API}/holds").json["acts"] == []
    assert client.get(f"{API}/holds?all=1").json["acts"][0]["state"] == "released"


@pytest.mark.parametrize(
    ("op", "more", "status", "why"),
    [
        ("recall.order", {"level": 1, "known": KNOWN, "reason": "x"}, 422,
         "nothing is named"),
        ("recall.order", {"level": 9}, 422, ""),
        ("recall.order", {"items": ["LOT"], "reason": "x"}, 422, "needs level"),
        ("recall.order", {"items": ["2Q4T-9ZC2-KM8W-0RB3"], "level": 1, "reason": "x",
                          "known": KNOWN}, 404, "check character"),
        ("recall.acknowledge", {}, 422, "needs act"),
        ("recall.acknowledge", {"act": "https://trace.food.example/act/x"}, 404, "no hold"),
        ("hold.place", {"items": ["LOT"]}, 422, "reason"),
        ("hold.burn", {}, 422, ""),
    ],
)  # fmt: skip
def test_a_draft_that_would_be_no_use_is_a_problem(client, sold, op, more, status, why):
    lot, farm, _stall = sold
    if "items" in more:
        more = more | {"items": [lot if item == "LOT" else item for item in more["items"]]}
    assert why in json.dumps(draft(client, op, farm, status, **more))


def test_what_is_not_there_is_404_and_nothing_is_written_by_a_draft(client, sold, small):
    lot, farm, _stall = sold
    for path in ("recalls/0000", "recalls/1Q4T9ZC2KM8W0RB3", "recalls/scope?item=nonsense"):
        assert client.get(f"{API}/{path}").status_code == 404
    assert client.get(f"{API}/recalls/scope").status_code == 422
    uri = hold(small, farm, lot)
    assert client.get(f"{API}/recalls/{uri.rsplit('/', 1)[1]}").status_code == 404
    with small.ledger.reading() as reader:
        size = reader.size()
    draft(client, "hold.release", farm, act=uri)
    small.do(farm, event("count", lot, "70"))
    with small.ledger.reading() as reader:
        assert reader.size() == size + 1


def test_what_others_made_from_it_is_left_to_them(client, sold, small):
    lot, farm, stall = sold
    mine, theirs = small.new_lot(), small.new_lot()
    for who, made in ((farm, mine), (stall, theirs)):
        inputs = [steps.Portion(lot, Decimal(1), "KGM")]
        small.do(who, event("make", made, "1", inputs=inputs))
    small.ledger.followers.catch_up()
    asked = {"items": [lot], "level": 2, "reason": "x", "known": KNOWN}
    found = draft(client, "recall.order", farm, include_made=True, **asked)
    assert found["list"].split() == sorted([lot, mine]) and theirs in found["notes"][0]
    found = draft(client, "recall.order", small.authority, include_made=True, **asked)
    assert found["list"].split() == sorted([lot, mine, theirs])
    assert "ask the authority" in draft(client, "recall.order", stall, 422, **asked)["detail"]


def test_answers_are_as_the_openapi_document_says(client, sold, small):
    lot, farm, stall = sold
    made = draft(client, "recall.order", farm, items=[lot], level=1, reason="检出克百威",
                 known=KNOWN)  # fmt: skip
    assert send(client, small, farm, made) == [201]
    told = draft(client, "recall.acknowledge", stall, act=made["act"])
    for found in (made, told):
        assert_documented(client, f"{API}/recalls/draft", found, "post")
    assert send(client, small, stall, told) == [201]
    act = made["act"].rsplit("/", 1)[1]
    for path, asked in (
        ("/recalls", "/recalls"),
        ("/holds", "/holds?all=1"),
        ("/recalls/scope", f"/recalls/scope?item={lot}"),
        ("/recalls/{code}", f"/recalls/{act}"),
    ):
        assert_documented(client, f"{API}{path}", client.get(f"{API}{asked}").json)
