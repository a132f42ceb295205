"""The API of hand-overs: arrivals, inbox, holdings, overdue, and answers signed by the caller."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from jsonschema import Draft202012Validator
from support.ledger.world import ORIGIN, Actor, World, event
from support.web.acting import order
from support.web.client import client_of

from suyuan.keys import canonical
from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import link_hash, seal

pytestmark = pytest.mark.slow


class Town:
    """A farm that has sent a shop 30 of 100 kg, seen through the API."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.shop = world.party("大卖场", "wholesaler")
        self.lot = world.new_lot()
        world.code(self.farm, self.lot)
        (sent,) = world.do(
            self.farm,
            event("dispatch", self.lot, "30", sender=self.farm.uri, recipient=self.shop.uri),
        )
        self.index = sent.index
        world.ledger.followers.catch_up()
        self.client = client_of(world.ledger)

    def get(self, who: Actor, what: str, **query):
        path = f"/api/v1/parties/{quote(who.uri, safe='')}/{what}"
        return self.client.get(path, query_string=query)

    def draft(self, index: int, **body):
        body.setdefault("party", self.shop.uri)
        return self.client.post(f"/api/v1/arrivals/{index}/draft", json=body)

    def sign(self, drafts: list[dict]) -> list[str]:
        """As the party's own tool does: from the payloads, filling in what it alone knows."""
        entries: list[bytes] = []
        first = json.loads(drafts[0]["payload"])
        for draft in drafts:
            items = [
                {
                    "item": one["item"],
                    "seq": one["seq"],
                    "prev": one["prev"]
                    if one["builds_on"] is None
                    else link_hash(entries[one["builds_on"]]),
                }
                for one in draft["items"]
            ]
            said = {"event": draft["event"], "after": draft["after"], "items": items}
            payload = first | said
            if draft["payload"] is not None:
                assert canonical.dumps(payload).decode() == draft["payload"]
            entries.append(seal(self.shop.signer, payload))
        return [entry.decode() for entry in entries]

    def append(self, entries: list[str]):
        found = self.client.post("/api/v1/links?atomic=true", json=entries)
        self.world.ledger.followers.catch_up()
        return found


@pytest.fixture
def town(world: World) -> Town:
    return Town(world)


def test_a_dispatch_is_seen_confirmed_and_held_by_its_recipient(town: Town) -> None:
    found = town.get(town.shop, "arrivals").json
    (slip,) = found["arrivals"]
    assert (slip["index"], slip["sender_name"], slip["why"]) == (town.index, "青山农场", "dispatch")
    assert slip["duty"]["is_binding"] and "Order 198" in slip["duty"]["source"]
    assert slip["lines"][0]["written"] == {"value": "30", "uom": "KGM"}
    assert slip["lines"][0]["quantity"] == {"value": "30", "unit": "kg"}
    assert town.get(town.shop, "holdings").json["coming"][0]["quantity"]["value"] == "30"

    drafts = town.draft(town.index, all=True).json["drafts"]
    answer = town.append(town.sign(drafts))
    assert answer.status_code == 200 and len(answer.json) == 1
    assert town.get(town.shop, "arrivals").json["arrivals"] == []
    (stock,) = town.get(town.shop, "holdings").json["holdings"]
    assert (stock["item"], stock["quantity"]) == (town.lot, {"value": "30", "unit": "kg"})
    again = town.draft(town.index, all=True)
    assert again.status_code == 422 and "answered already" in again.json["detail"]


def test_part_refused_is_two_links_of_which_one_builds_on_the_other(town: Town) -> None:
    body = {
        "weighed": [{"item": town.lot, "value": "25", "uom": "KGM"}],
        "refused": [{"item": town.lot, "value": "4.5", "uom": "KGM"}],
        "reason": "腐烂", "difference_reason": "沥水",
    }  # fmt: skip
    drafts = town.draft(town.index, **body).json["drafts"]
    assert [one["items"][0]["builds_on"] for one in drafts] == [None, 0]
    assert drafts[0]["event"]["suyuan:difference"][0]["value"] == "-0.5"
    assert drafts[1]["payload"] is None
    assert town.append(town.sign(drafts)).status_code == 200
    (back,) = town.get(town.farm, "arrivals").json["arrivals"]
    assert (back["why"], back["reason"]) == ("refusal", "腐烂")
    inbox = town.get(town.farm, "inbox").json
    assert (inbox["count"], inbox["acts"], inbox["overdue"]) == (1, [], [])


def test_a_draft_writes_nothing(town: Town) -> None:
    with town.world.ledger.reading() as reader:
        before = reader.size()
        town.draft(town.index, all=True)
        assert reader.size() == before
    assert len(town.get(town.shop, "arrivals").json["arrivals"]) == 1


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "say what came"),
        ({"all": True, "refuse_all": True}, 422, "stands alone"),
        ({"refuse_all": True}, 422, "reason"),
        ({"all": True, "party": "nobody"}, 404, "no party"),
        ({"all": True, "party": f"https://trace.food.example/party/{'0' * 16}"}, 404, "admitted"),
        ({"all": True, "time": "2026-01-01T00:00:00"}, 422, None),
        ({"all": True, "time": "2999-01-01T00:00:00Z"}, 422, "future"),
        ({"all": "perhaps"}, 422, None),
        ({"every": True}, 422, None),
        ({"weighed": [{"item": "urn:x:y", "value": "1"}]}, 422, "not on the slip"),
        ({"weighed": [{"item": "urn:x:y", "value": "1e3"}]}, 422, None),
        ({"weighed": [{"item": "urn:x:y", "value": "-1"}]}, 422, None),
        ({"weighed": [{"item": "urn:x:y", "value": "1"}] * 2}, 422, "twice"),
        ({"all": True, "place": "no place"}, 422, "EPCIS"),
    ],
)
def test_what_cannot_be_answered_is_a_problem(town: Town, body, status, says) -> None:
    found = town.draft(town.index, **body)
    assert found.status_code == status, found.text
    assert found.mimetype == "application/problem+json"
    assert says is None or says in found.json["detail"]


@pytest.mark.parametrize("index", [10_000, 10**30])
def test_a_link_that_is_not_there_is_no_arrival(town: Town, index: int) -> None:
    assert town.draft(index, all=True).status_code == 404


def test_another_party_has_nothing_to_answer(town: Town) -> None:
    found = town.draft(town.index, all=True, party=town.farm.uri)
    assert found.status_code == 422
    code = codes.in_uri(town.farm.uri, "trace.food.example")
    for who in (town.farm.uri, quote(town.farm.uri, safe=""), town.farm.uri.rsplit("/", 1)[1]):
        path = f"/api/v1/parties/{who}/arrivals"
        assert town.client.get(path).json["party"] == town.farm.uri, code
    assert town.client.get("/api/v1/parties/nobody/inbox").status_code == 404
    assert town.client.get("/api/v1/parties/urn:x:y/holdings").status_code == 404


def test_what_is_overdue_is_listed_for_the_party_and_its_inspector(town: Town) -> None:
    world = town.world
    office = world.party("同安市场监管所", "office")
    world.say(world.authority, acts.appoint(office.uri, ["350206"]))
    now = world.ledger.now()
    world.ledger.clock = lambda: now + timedelta(hours=26)
    (open_,) = town.get(town.shop, "overdue").json["overdue"]
    assert (open_["index"], open_["what"], open_["done"]) == (town.index, "confirm", None)
    assert open_["duty"]["is_binding"] and 1.9 < open_["hours_late"] < 2.1
    assert town.get(office, "overdue").json["overdue"] == [open_]
    assert town.get(town.farm, "overdue").json["overdue"] == []
    assert town.get(world.authority, "overdue").json["overdue"] == [open_]
    # A market that admits parties, and whom it calls an office, read their own alone.
    market, friend = world.party("夏商市场", "market"), f"{town.farm.uri[:-16]}7K3QX9M2V8TDC4NB"
    world.say(world.authority, acts.appoint(market.uri, ["350206"]))
    world.say(market, acts.admit(friend, "自称的局", ["office"], "350206"))
    for who in (market, replace(market, uri=friend)):
        assert town.get(who, "overdue").json["overdue"] == []
    for division, count in (("35", 1), ("350206", 1), ("350206001", 0), ("11", 0)):
        found = town.client.get("/api/v1/overdue", query_string={"division": division}).json
        assert len(found["overdue"]) == count
    assert len(town.client.get("/api/v1/overdue").json["overdue"]) == 1
    assert town.get(town.shop, "inbox").json["overdue"] == [open_]
    for query in ({"division": "3"}, {"days": "-1"}, {"days": "x"}):
        assert town.client.get("/api/v1/overdue", query_string=query).status_code == 422


def test_a_recall_of_what_is_on_its_way_is_in_both_inboxes(town: Town) -> None:
    uri = order(town.world, town.world.authority, town.lot)
    for who, count in ((town.shop, 2), (town.farm, 1)):
        inbox = town.get(who, "inbox").json
        assert inbox["count"] == count
        (act,) = inbox["acts"]
        assert (act["act"], act["kind"], act["level"], act["is_due"]) == (uri, "recall", 1, True)
        assert act["reason"] == "检出" and act["stocks"]
    drafts = town.draft(town.index, all=True).json["drafts"]
    assert town.append(town.sign(drafts)).status_code == 200  # it is taken in, and stays there


def test_where_the_entries_are_private_so_is_what_follows_of_them(
    small: World, monkeypatch
) -> None:
    town = Town(small)
    small.ledger.trust = replace(small.ledger.trust, entries="private")
    for what in ("arrivals", "inbox", "holdings", "overdue"):
        assert town.get(town.shop, what).status_code == 403
    assert town.client.get("/api/v1/overdue").status_code == 403
    assert town.draft(town.index, all=True).status_code == 403


def test_the_document_describes_what_is_answered(small: World) -> None:
    town = Town(small)
    spec = town.client.get("/api/v1/openapi.json").json
    operations = {
        "/api/v1/parties/{who}/arrivals": town.get(town.shop, "arrivals"),
        "/api/v1/parties/{who}/inbox": town.get(town.shop, "inbox"),
        "/api/v1/parties/{who}/holdings": town.get(town.shop, "holdings"),
        "/api/v1/parties/{who}/overdue": town.get(town.shop, "overdue"),
        "/api/v1/overdue": town.client.get("/api/v1/overdue"),
    }
    for path, answer in operations.items():
        found = spec["paths"][path]["get"]
        schema = found["responses"]["200"]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": spec["components"]}).validate(answer.json)
        assert {"403", "422"} <= set(found["responses"])
    draft = spec["paths"]["/api/v1/arrivals/{index}/draft"]["post"]
    schema = draft["responses"]["200"]["content"]["application/json"]["schema"]
    answer = town.draft(town.index, all=True).json
    Draft202012Validator({**schema, "components": spec["components"]}).validate(answer)
    assert {"404", "422", "403"} <= set(draft["responses"])
    assert ORIGIN in answer["drafts"][0]["payload"]
