"""GET /api/v1/acts: a hold or a recall, and the lists that it names, for whoever verifies."""

import hashlib

import pytest
from support.web.acting import clear, extend, hold, order, say
from support.web.client import client_of

from suyuan.trace.admission import acts
from suyuan.trace.admission.scopes import render
from suyuan.trace.evidence import bundle
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.identifiers import codes


@pytest.fixture
def lots(small, farm):
    return sorted(small.coded_lot(farm) for _ in range(3))


def path_of(uri: str) -> str:
    return f"/api/v1/acts/{uri.rpartition('/')[2]}"


def test_a_recall_with_its_lists(small, farm, lots, client):
    uri = order(small, farm, *lots[:2])
    extend(small, farm, uri, lots[2])
    clear(small, small.authority, uri, lots[0])
    say(small, farm, (acts.recall_acknowledge(uri), None), (acts.recall_close(uri), None))
    found = client.get(path_of(uri)).json
    first = found["index"]
    about = ("uri", "kind", "actor", "level", "drill", "ended", "ending", "in_force")
    assert [found[name] for name in about] == [
        uri, "recall", farm.uri, 1, False, first + 4, "close", True
    ]  # fmt: skip
    assert [(one["index"], one["op"], one["actor"]) for one in found["lists"]] == [
        (first, "order", farm.uri),
        (first + 1, "extend", farm.uri),
        (first + 2, "clear", small.authority.uri),
    ]
    expected = [lots[:2], lots[2:], lots[:1]]
    for said, items in zip(found["lists"], expected, strict=True):
        answer = client.get(f"{path_of(uri)}/list?index={said['index']}")
        assert answer.data == render(items)
        assert answer.content_type == "text/plain; charset=utf-8"
        assert hashlib.sha256(answer.data).hexdigest() == said["list"]
        assert said == said | acts.listed(items)[1]
    plain = client.get(f"{path_of(uri)}/list")
    assert plain.data == render(lots[:2])
    again = client.get(f"{path_of(uri)}/list", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304


def test_a_hold_that_was_released(small, farm, lots, client):
    uri = hold(small, farm, lots[0])
    say(small, farm, (acts.hold_release(uri), None))
    found = client.get(path_of(uri)).json
    assert (found["kind"], found["level"], found["ending"], found["in_force"]) == (
        "hold", None, "release", False
    )  # fmt: skip


def test_an_act_with_another_uri_is_found_by_it(small, farm, lots, client):
    uri = "https://recalls.example/2026/7"
    order(small, farm, lots[0], uri=uri)
    found = client.get("/api/v1/acts", query_string={"act": uri}).json
    assert found["uri"] == uri
    answer = client.get("/api/v1/acts/list", query_string={"act": uri, "index": found["index"]})
    assert answer.data == render([lots[0]])
    assert client.get("/api/v1/acts/list", query_string={"act": uri}).data == answer.data
    assert client.get("/api/v1/acts/list", query_string={"act": "x:y"}).status_code == 404
    assert client.get("/api/v1/acts", query_string={"act": lots[0]}).status_code == 404
    assert client.get("/api/v1/acts").status_code == 422


def test_what_is_no_act_is_not_found(small, farm, lots, client):
    uri = order(small, farm, lots[0])
    say(small, farm, (acts.recall_acknowledge(uri), None))
    last = client.get(path_of(uri)).json["index"] + 1
    item = codes.of_uri(lots[0], "trace.food.example")
    for path in (
        f"/api/v1/acts/{codes.new()}",
        f"/api/v1/acts/{item}",
        "/api/v1/acts/x",
        "/api/v1/acts/召回",
        f"{path_of(uri)}/list?index={last}",
        f"{path_of(uri)}/list?index=0",
        f"{path_of(uri)}/list?index=99999999999999999999999999",
    ):
        answer = client.get(path)
        assert (answer.status_code, answer.mimetype) == (404, "application/problem+json"), path
    for wrong in ("-1", "x", "1.5", ""):
        assert client.get(f"{path_of(uri)}/list?index={wrong}").status_code == 422


def test_a_lost_list_is_given_by_its_rows_or_said_to_be_lost(small, farm, lots, client):
    uri = order(small, farm, *lots[:2])
    for path in (small.home / "attachments").glob("*/*"):
        path.unlink()
    assert client.get(f"{path_of(uri)}/list").data == render(lots[:2])
    clear(small, farm, uri, lots[0])
    extend(small, farm, uri, lots[0])
    assert client.get(f"{path_of(uri)}/list").status_code == 404


def test_the_evidence_of_a_recalled_lot_shows_it(small, farm, lots, client):
    order(small, farm, *lots)
    answer = client.get("/api/v1/items/evidence", query_string={"item": lots[1]})
    found = bundle.parse(answer.data)
    assert [(one.item, one.position) for one in found.scopes] == [(lots[1], 1)]
    verdict = verify(found, small.trust)
    assert verdict.exit_code == 0 and verdict.scopes[0].is_in_force
    assert verdict.to_dict()["scopes"][0]["in_force"] is True
    uri = verdict.scopes[0].act
    clear(small, farm, uri, lots[1])
    extend(small, farm, uri, lots[1])
    for path in (small.home / "attachments").glob("*/*"):
        path.unlink()
    lost = client.get("/api/v1/items/evidence", query_string={"item": lots[1]})
    assert lost.status_code == 503 and "Put it back" in lost.json["detail"]


@pytest.mark.parametrize(
    "path", ["acts?act=", "acts/list?act=", "lineage?item=x:", "holdings?item="]
)
def test_a_name_with_u_0000_is_not_in_the_ledger(world, path):
    assert client_of(world.ledger).get(f"/api/v1/{path}%00").status_code == 404
