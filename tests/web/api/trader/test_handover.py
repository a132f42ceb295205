"""The API of hand-overs: arrivals, inbox, holdings, overdue, and answers signed by the caller."""

import json
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from support.ledger.world import ORIGIN, Actor, World, event
from support.web.acting import order
from support.web.client import assert_documented, client_of

from suyuan.keys import canonical
from suyuan.trace.admission import acts
from suyuan.trace.format.link import link_hash, seal

pytestmark = pytest.mark.slow


class Delivery:
    """A farm that has sent a shop 30 of 100 kg, seen through the API."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.shop = world.party("大卖场", "wholesaler")
        self.lot = world.coded_lot(self.farm)
        to = {"sender": self.farm.uri, "recipient": self.shop.uri}
        (sent,) = world.do(self.farm, event("dispatch", self.lot, "30", **to))
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
                {name: one[name] for name in ("item", "seq", "prev")} for one in draft["items"]
            ]
            for item, one in zip(items, draft["items"], strict=True):
                if one["builds_on"] is not None:
                    item["prev"] = link_hash(entries[one["builds_on"]])
            said = {"event": draft["event"], "after": draft["after"], "items": items}
            if draft["payload"] is not None:
                assert canonical.dumps(first | said).decode() == draft["payload"]
            entries.append(seal(self.shop.signer, first | said))
        return [entry.decode() for entry in entries]

    def append(self, entries: list[str]):
        found = self.client.post("/api/v1/links?atomic=true", json=entries)
        self.world.ledger.followers.catch_up()
        return found


@pytest.fixture
def delivery(world: World) -> Delivery:
    return Delivery(world)


def test_a_dispatch_is_seen_confirmed_and_held_by_its_recipient(delivery):
    found = delivery.get(delivery.shop, "arrivals").json
    (slip,) = found["arrivals"]
    assert (slip["index"], slip["sender_name"], slip["why"]) == (
        delivery.index,
        "青山农场",
        "dispatch",
    )
    assert slip["duty"]["is_binding"] and "Order 198" in slip["duty"]["source"]
    assert slip["lines"][0]["written"] == {"value": "30", "uom": "KGM"}
    assert slip["lines"][0]["quantity"] == {"value": "30", "unit": "kg"}
    assert delivery.get(delivery.shop, "holdings").json["coming"][0]["quantity"]["value"] == "30"

    with delivery.world.ledger.reading() as reader:
        size = reader.size()
    drafts = delivery.draft(delivery.index, all=True).json["drafts"]
    with delivery.world.ledger.reading() as reader:
        assert reader.size() == size  # a draft writes nothing
    answer = delivery.append(delivery.sign(drafts))
    assert answer.status_code == 200 and len(answer.json) == 1
    assert delivery.get(delivery.shop, "arrivals").json["arrivals"] == []
    (stock,) = delivery.get(delivery.shop, "holdings").json["holdings"]
    assert (stock["item"], stock["quantity"]) == (delivery.lot, {"value": "30", "unit": "kg"})
    again = delivery.draft(delivery.index, all=True)
    assert again.status_code == 422 and "answered already" in again.json["detail"]


def test_part_refused_is_two_links_of_which_one_builds_on_the_other(delivery):
    body = {
        "weighed": [{"item": delivery.lot, "value": "25", "uom": "KGM"}],
        "refused": [{"item": delivery.lot, "value": "4.5", "uom": "KGM"}],
        "reason": "腐烂", "difference_reason": "沥水",
    }  # fmt: skip
    drafts = delivery.draft(delivery.index, **body).json["drafts"]
    assert [one["items"][0]["builds_on"] for one in drafts] == [None, 0]
    assert drafts[0]["event"]["suyuan:difference"][0]["value"] == "-0.5"
    assert drafts[1]["payload"] is None
    assert delivery.append(delivery.sign(drafts)).status_code == 200
    (back,) = delivery.get(delivery.farm, "arrivals").json["arrivals"]
    assert (back["why"], back["reason"]) == ("refusal", "腐烂")
    inbox = delivery.get(delivery.farm, "inbox").json
    assert (inbox["count"], inbox["acts"], inbox["overdue"]) == (1, [], [])


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
def test_what_cannot_be_answered_is_a_problem(delivery, body, status, says):
    found = delivery.draft(delivery.index, **body)
    assert found.status_code == status, found.text
    assert found.mimetype == "application/problem+json"
    assert says is None or says in found.json["detail"]


def test_another_party_has_nothing_to_answer_nor_is_there_such_a_link(delivery):
    for index in (10_000, 10**30):
        assert delivery.draft(index, all=True).status_code == 404
    farm = delivery.farm.uri
    assert delivery.draft(delivery.index, all=True, party=farm).status_code == 422
    for who in (farm, quote(farm, safe=""), farm.rsplit("/", 1)[1]):
        assert delivery.client.get(f"/api/v1/parties/{who}/arrivals").json["party"] == farm
    for who, what in (("nobody", "inbox"), ("urn:x:y", "holdings")):
        assert delivery.client.get(f"/api/v1/parties/{who}/{what}").status_code == 404


def test_what_is_overdue_is_listed_for_the_party_and_its_inspector(delivery):
    world = delivery.world
    office = world.party("同安市场监管所", "office")
    world.say(world.authority, acts.appoint(office.uri, ["350206"]))
    now = world.ledger.now()
    world.ledger.clock = lambda: now + timedelta(hours=26)
    (open_,) = delivery.get(delivery.shop, "overdue").json["overdue"]
    assert (open_["index"], open_["what"], open_["done"]) == (delivery.index, "confirm", None)
    assert open_["duty"]["is_binding"] and 1.9 < open_["hours_late"] < 2.1
    assert delivery.get(office, "overdue").json["overdue"] == [open_]
    assert delivery.get(delivery.farm, "overdue").json["overdue"] == []
    assert delivery.get(world.authority, "overdue").json["overdue"] == [open_]
    # A market that admits parties, and whom it calls an office, read their own alone.
    market, friend = world.party("夏商市场", "market"), f"{delivery.farm.uri[:-16]}7K3QX9M2V8TDC4NB"
    world.say(world.authority, acts.appoint(market.uri, ["350206"]))
    world.say(market, acts.admit(friend, "自称的局", ["office"], "350206"))
    for who in (market, replace(market, uri=friend)):
        assert delivery.get(who, "overdue").json["overdue"] == []
    for division, count in (("35", 1), ("350206", 1), ("350206001", 0), ("11", 0)):
        found = delivery.client.get("/api/v1/overdue", query_string={"division": division}).json
        assert len(found["overdue"]) == count
    assert len(delivery.client.get("/api/v1/overdue").json["overdue"]) == 1
    assert delivery.get(delivery.shop, "inbox").json["overdue"] == [open_]
    for query in ({"division": "3"}, {"days": "-1"}, {"days": "x"}):
        assert delivery.client.get("/api/v1/overdue", query_string=query).status_code == 422


def test_a_recall_of_what_is_on_its_way_is_in_both_inboxes(delivery):
    uri = order(delivery.world, delivery.world.authority, delivery.lot)
    for who, count in ((delivery.shop, 2), (delivery.farm, 1)):
        inbox = delivery.get(who, "inbox").json
        assert inbox["count"] == count
        (act,) = inbox["acts"]
        assert (act["act"], act["kind"], act["level"], act["is_due"]) == (uri, "recall", 1, True)
        assert act["reason"] == "检出" and act["stocks"]
    drafts = delivery.draft(delivery.index, all=True).json["drafts"]
    assert (
        delivery.append(delivery.sign(drafts)).status_code == 200
    )  # it is taken in, and stays there


def test_the_document_describes_what_is_answered(small):
    delivery = Delivery(small)
    for what in ("arrivals", "inbox", "holdings", "overdue"):
        found = delivery.get(delivery.shop, what).json
        assert_documented(delivery.client, f"/api/v1/parties/{{who}}/{what}", found)
    found = delivery.client.get("/api/v1/overdue").json
    assert_documented(delivery.client, "/api/v1/overdue", found)
    answer = delivery.draft(delivery.index, all=True).json
    assert_documented(delivery.client, "/api/v1/arrivals/{index}/draft", answer, "post")
    assert ORIGIN in answer["drafts"][0]["payload"]
