"""Evidence files over HTTP: to whoever scans a code, and never more than the scan shows."""

import json

import pytest
from support.goods.evidence import tell_story
from support.web.client import assert_documented, change, chinese, client_of, english, page_of

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
    made.code = codes.of_chain(made.mixed, made.stall.uri)
    made.path = f"/api/v1/items/{made.code}/evidence"
    yield made
    made.world.ledger.close()


@pytest.fixture
def client(story):
    return client_of(story.world.ledger)


def test_a_chains_code_gives_the_path_to_its_holder(client, story):
    code = story.code
    response = client.get(f"/api/v1/items/{codes.shown(code).lower()}/evidence")
    assert (response.status_code, response.mimetype) == (200, KIND)
    assert response.headers["Content-Disposition"] == f'attachment; filename="{code}.suyuan"'
    trust = Trust.from_json(client.get("/api/v1/trust").text)
    found = bundle.parse(response.data)
    assert found.item == story.mixed
    assert verify(found, trust).exit_code == 0


def test_an_items_own_code_or_uri_gives_what_is_common_and_no_holder(client, story):
    response = client.get(f"/api/v1/items/{codes.of_uri(story.first, story.trust.host)}/evidence")
    found = bundle.parse(response.data)
    assert verify(found, story.trust).exit_code == 0
    links = [parse(one.entry) for one in found.entries]
    assert {link.actor for link in links if link.event} == {story.farm.uri}
    for other in (story.stall, story.laboratory, story.agent):
        assert other.uri not in response.text
        assert all(other.uri not in link.envelope.payload.decode() for link in links)
    by_uri = client.get("/api/v1/items/evidence", query_string={"item": story.first})
    assert by_uri.data == response.data
    assert by_uri.headers["Content-Disposition"] == response.headers["Content-Disposition"]


def test_it_is_asked_for_again_only_when_it_changed(client, story):
    tag = client.get(story.path).headers["ETag"]
    assert client.get(story.path, headers={"If-None-Match": tag}).status_code == 304
    story.world.party("one more")  # the checkpoint is another
    assert client.get(story.path, headers={"If-None-Match": tag}).status_code == 200


def test_of_a_broken_history_there_is_no_evidence(client, story):
    ledger = story.world.ledger
    with ledger.reading() as reader:
        index = reader.in_chain(story.second, story.farm.uri, 0).index
    change(ledger, "UPDATE link SET entry = x'00' WHERE leaf = ?", index)
    response = client.get(
        page_of(story.mixed, story.stall.uri), headers={"Accept": "application/json"}
    )
    assert (response.status_code, response.mimetype) == (409, "application/problem+json")
    assert "broken" in response.json["detail"]


def test_a_code_that_was_redirected_gives_none(client, story):
    change(story.world.ledger, "UPDATE code SET subject = (SELECT id FROM subject WHERE uri = ?) "
           "WHERE code = ?", story.second, story.code)  # fmt: skip
    assert client.get(story.path).status_code == 409


def test_too_long_a_history_is_said_to_be_so(client, story, monkeypatch):
    monkeypatch.setattr(closure, "MAX_ENTRIES", 3)
    assert client.get(story.path).status_code == 422


def test_the_page_offers_the_file_in_both_languages(client, story):
    path = page_of(story.mixed, story.stall.uri)
    link = f'<a href="/api/v1/items/{codes.shown(story.code)}/evidence" download>'
    assert f"{link}Evidence file</a>" in english(client, path)
    assert f"{link}证据文件</a>" in chinese(client, path)


def test_it_is_as_the_document_says(client, story):
    data = json.loads(client.get(story.path).data)
    for path in ("/api/v1/items/{code}/evidence", "/api/v1/items/evidence"):
        assert_documented(client, path, data, kind=KIND)
