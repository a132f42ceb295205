"""GET /api/v1/findings, and the findings of an item in its history."""

import pytest
from support.ledger.world import World
from support.lineage.plausibility import assert_texts_agree, harvest, kg, party, say
from support.web.client import assert_documented, chinese, english

from suyuan.trace.format.identifiers import codes


@pytest.fixture(autouse=True)
def lots(small: World) -> list[str]:
    """Three lots of which too much was sold."""
    farm = party(small, "producer")
    found = [small.new_lot() for _ in range(3)]
    for lot in found:
        harvest(small, farm, lot, 10)
        say(small, farm, "sell", 1, kg(lot, 20))
    small.ledger.followers.catch_up()
    return found


def test_findings_have_titles_severity_basis_and_evidence(client, lots, small):
    answer = client.get("/api/v1/findings")
    assert answer.status_code == 200
    found = answer.json
    with small.ledger.reading() as reader:
        assert found["size"] == reader.size()
    assert found["after"] is None and [one["item"] for one in found["findings"]] == lots
    one = found["findings"][0]
    assert (one["rule"], one["severity"]) == ("overdrawn", "grave")
    assert_texts_agree(one["reason"], one["reason_zh"])
    assert one["title"] and one["title_zh"] and one["basis"] and one["index"] in one["evidence"]


def test_they_come_in_pages(client, lots):
    listed, after = [], None
    for _ in range(3):
        asked = {"limit": 1} | ({} if after is None else {"after": after})
        found = client.get("/api/v1/findings", query_string=asked).json
        listed += [one["item"] for one in found["findings"]]
        after = found["after"]
    assert listed == lots and after is None


def test_they_are_asked_for_by_item_rule_severity_party_and_division(client, lots):
    def items(**asked: str) -> list[str]:
        found = client.get("/api/v1/findings", query_string=asked).json["findings"]
        return [one["item"] for one in found]

    actor = client.get("/api/v1/findings").json["findings"][0]["actor"]
    code = codes.of_uri(lots[1], "trace.food.example")
    assert items(item=lots[1]) == items(item=code) == [lots[1]]
    assert items(party=actor) == items(rule="overdrawn") == items(division="3502") == lots
    assert items(severity="minor") == items(rule="late") == items(division="44") == []


def test_an_item_s_history_has_its_findings(client, lots):
    (finding,) = client.get("/api/v1/findings", query_string={"item": lots[0]}).json["findings"]
    code = codes.of_chain(lots[0], finding["actor"])
    found = client.get(f"/api/v1/items/{code}").json
    assert found["findings"] == [finding]
    shown = client.get("/api/v1/items", query_string={"item": lots[0]}).json
    links = {link["index"] for link in shown["links"]}
    assert {one["index"] for one in shown["findings"]} == {finding["index"]} & links


def test_the_page_of_a_lineage_gives_reasons_in_its_language(client, lots):
    code = codes.in_uri(lots[0], "trace.food.example")
    (one,) = client.get("/api/v1/findings", query_string={"item": lots[0]}).json["findings"]
    for text, own, other in (
        (english(client, f"/lineage/{code}"), "reason", "reason_zh"),
        (chinese(client, f"/lineage/{code}"), "reason_zh", "reason"),
    ):
        assert one[own] in text and one[other] not in text
    (row,) = client.get(f"/api/v1/items/{code}/lineage").json["items"]
    assert [doubted["reason_zh"] for doubted in row["doubts"]] == [one["reason_zh"]]


def test_the_document_describes_what_is_answered(client):
    assert_documented(client, "/api/v1/findings", client.get("/api/v1/findings").json)
