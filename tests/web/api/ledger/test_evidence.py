"""Evidence files over HTTP: to whoever scans a code, and never more than the scan shows."""

import json

import pytest
from jsonschema import Draft202012Validator
from support.goods.evidence import tell_story
from support.web.client import change, client_of, english, page_of

from suyuan.trace.admission.trust import Trust
from suyuan.trace.evidence import bundle, closure
from suyuan.trace.evidence.verify_file import verify
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse

pytestmark = pytest.mark.slow

KIND = "application/vnd.suyuan.evidence+json"


@pytest.fixture
def story(tmp_path):
    made = tell_story(tmp_path / "home")
    yield made
    made.world.ledger.close()


@pytest.fixture
def client(story):
    return client_of(story.world.ledger)


def test_a_chains_code_gives_the_path_to_its_holder(client, story):
    code = codes.of_chain(story.mixed, story.stall.uri)
    response = client.get(f"/api/v1/items/{codes.shown(code).lower()}/evidence")
    assert (response.status_code, response.mimetype) == (200, KIND)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{code}.suyuan"'
    trust = Trust.from_json(client.get("/api/v1/trust").text)
    found = bundle.parse(response.data)
    assert found.item == story.mixed
    assert verify(found, trust).exit_code == 0


def test_an_items_own_code_gives_what_is_common_and_no_holder(client, story):
    response = client.get(f"/api/v1/items/{codes.of_uri(story.one, story.trust.host)}/evidence")
    found = bundle.parse(response.data)
    assert verify(found, story.trust).exit_code == 0
    links = [parse(one.entry) for one in found.entries]
    assert {link.actor for link in links if link.event} == {story.farm.uri}
    for other in (story.stall, story.laboratory, story.agent):
        assert other.uri not in response.text
        assert all(other.uri not in link.envelope.payload.decode() for link in links)


def test_an_items_uri_gives_the_same_as_its_code(client, story):
    by_uri = client.get("/api/v1/items/evidence", query_string={"item": story.one})
    by_code = client.get(f"/api/v1/items/{codes.of_uri(story.one, story.trust.host)}/evidence")
    assert by_uri.data == by_code.data
    assert by_uri.headers["Content-Disposition"] == by_code.headers["Content-Disposition"]


@pytest.mark.parametrize("accept", ["application/json", KIND, f"{KIND}, text/html;q=0.5"])
def test_a_scan_gives_the_evidence_to_programs(client, story, accept):
    path = page_of(story.mixed, story.stall.uri)
    response = client.get(path, headers={"Accept": accept})
    assert response.mimetype == KIND
    assert {"Accept", "Accept-Language"} <= set(response.vary)
    code = codes.of_chain(story.mixed, story.stall.uri)
    assert response.data == client.get(f"/api/v1/items/{code}/evidence").data


def test_it_is_asked_for_again_only_when_it_changed(client, story):
    path = f"/api/v1/items/{codes.of_chain(story.mixed, story.stall.uri)}/evidence"
    tag = client.get(path).headers["ETag"]
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 304
    story.world.party("one more")  # the checkpoint is another
    assert client.get(path, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/items/0000000000000000/evidence", 404),
        ("/api/v1/items/nonsense%22%0d%0a/evidence", 404),
        ("/api/v1/items/evidence?item=https://trace.food.example/t/0000000000000000", 404),
        ("/api/v1/items/evidence?item=%00", 404),
        ("/api/v1/items/evidence", 422),
    ],
)
def test_what_cannot_be_answered_is_a_problem(client, path, status):
    response = client.get(path)
    assert (response.status_code, response.mimetype) == (status, "application/problem+json")


def test_of_a_broken_history_there_is_no_evidence(client, story):
    ledger = story.world.ledger
    with ledger.reading() as reader:
        index = reader.in_chain(story.two, story.farm.uri, 0).index
    change(ledger, "UPDATE link SET entry = x'00' WHERE leaf = ?", index)
    response = client.get(
        page_of(story.mixed, story.stall.uri), headers={"Accept": "application/json"}
    )
    assert (response.status_code, response.mimetype) == (409, "application/problem+json")
    assert "broken" in response.json["detail"]


def test_a_code_that_was_redirected_gives_none(client, story):
    code = codes.of_chain(story.mixed, story.stall.uri)
    change(story.world.ledger, "UPDATE code SET subject = (SELECT id FROM subject WHERE uri = ?) "
           "WHERE code = ?", story.two, code)  # fmt: skip
    assert client.get(f"/api/v1/items/{code}/evidence").status_code == 409


def test_too_long_a_history_is_said_to_be_so(client, story, monkeypatch):
    monkeypatch.setattr(closure, "MAX_ENTRIES", 3)
    path = f"/api/v1/items/{codes.of_chain(story.mixed, story.stall.uri)}/evidence"
    assert client.get(path).status_code == 422


def test_the_page_offers_the_file_in_both_languages(client, story):
    path = page_of(story.mixed, story.stall.uri)
    code = codes.shown(codes.of_chain(story.mixed, story.stall.uri))
    link = f'<a href="/api/v1/items/{code}/evidence" download>'
    assert f"{link}Evidence file</a>" in english(client, path)
    assert f"{link}证据文件</a>" in client.get(path, headers={"Accept-Language": "zh-CN"}).text


def test_it_is_as_the_document_says(client, story):
    spec = client.get("/api/v1/openapi.json").json
    code = codes.of_chain(story.mixed, story.stall.uri)
    data = json.loads(client.get(f"/api/v1/items/{code}/evidence").data)
    for path in ("/api/v1/items/{code}/evidence", "/api/v1/items/evidence"):
        responses = spec["paths"][path]["get"]["responses"]
        assert {"200", "404", "409", "422"} <= set(responses)
        schema = responses["200"]["content"][KIND]["schema"]
        Draft202012Validator({"components": spec["components"], **schema}).validate(data)
