"""The page of steps and its API: what is typed becomes what `suyuan record` signs."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from support.goods.papers import PDF
from support.ledger.world import HOST, ORIGIN, PRODUCED, World
from support.web.acting import order
from support.web.client import client_of, english, page_of
from support.web.signing import ORIGIN_HEADERS, form_token, signed_in

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.epcis.events import check_event
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.times import zone
from suyuan.trace.recording import papers, record_step
from suyuan.web.app import scripts

pytestmark = pytest.mark.slow

URL = "/api/v1/events/draft"
TOMORROW = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()


class Town:
    """A farm with a lot, signed in, and a slaughterhouse."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.house = world.party("同安屠宰场", "processor")
        self.lot = world.new_lot()
        world.code(self.farm, self.lot)
        self.client = self.signed(self.farm)

    def signed(self, actor):
        client = client_of(self.world.ledger)
        assert signed_in(client, actor.signer).status_code == 200
        return client

    def draft(self, step: str, client=None, **body):
        body.setdefault("goods", [{"item": self.lot, "quantity": "30", "unit": "KGM"}])
        client = client or self.client
        return client.post(URL, json={"step": step, **body}, headers=ORIGIN_HEADERS)

    def sign(self, actor, answer):
        """What the browser does with a set of drafts."""
        assert answer.status_code == 200, answer.json
        assert answer.json["actor"] == actor.uri and answer.json["ledger"] == ORIGIN
        drafts = [
            Draft(
                event=one["event"],
                after=tuple(AfterRef(ref["index"], ref["hash"]) for ref in one["after"]),
            )
            for one in answer.json["drafts"]
        ]
        assert [one["subjects"] for one in answer.json["drafts"]] == [
            draft.subjects(actor.uri) for draft in drafts
        ]
        found = self.world.ledger.write(actor.pen, drafts)
        self.world.ledger.followers.catch_up()
        return found

    def file(self, data: bytes = PDF) -> dict:
        client = self.client.post("/api/v1/attachments", data=data, headers=ORIGIN_HEADERS)
        return {"sha256": client.json["sha256"], "kind": "quarantine"}


@pytest.fixture
def town(small: World) -> Town:
    return Town(small)


def bare(event: dict) -> dict:
    return {name: value for name, value in event.items() if name not in ("eventID", "eventTime")}


def as_recorded(town: Town, step: str, portion: Portion, *, actor=None, **more) -> dict:
    """The event as the command line makes it, of the same time."""
    actor = actor or town.farm
    return record_step.made(
        step, town.world.ledger.now(), portion, actor=actor.uri, zone=zone(), **more
    )


def test_what_is_drafted_is_what_the_command_line_records(town: Town) -> None:
    kilos = Portion(town.lot, Decimal(30), "KGM")
    treated = {"substance": "吡虫啉", "dose": "10 g/亩", "withdrawal": "7"}
    said = {"suyuan:substance": "吡虫啉", "suyuan:dose": "10 g/亩", "suyuan:withdrawalDays": 7}
    number = quote("送 2026/17", safe="")
    for step, body, portion, more in (
        ("pesticide", treated, Portion(town.lot), {"extra": said}),
        ("feed", {"substance": "豆粕"}, Portion(town.lot), {"extra": {"suyuan:substance": "豆粕"}}),
        ("harvest", {}, kilos, {}),
        ("loss", {"reason": "霉变"}, kilos, {"extra": {"suyuan:reason": "霉变"}}),
        ("count", {}, kilos, {}),
        ("store", {"temperature": "-18.5"}, kilos, {"extra": {"sensorElementList": [
            {"sensorReport": [{"type": "Temperature", "value": -18.5, "uom": "CEL"}]}]}}),
        ("dispatch", {"to": town.house.uri, "note": "送 2026/17"}, kilos,
         {"recipient": town.house.uri, "notes": [f"urn:suyuan:note:{number}"]}),
        ("dispatch", {"to_name": "厦门某学校"}, kilos, {"recipient_name": "厦门某学校"}),
        ("sample", {}, kilos, {}),
        ("sell", {}, kilos, {}),
    ):  # fmt: skip
        (found,) = town.draft(step, **body).json["drafts"]
        assert bare(found["event"]) == bare(as_recorded(town, step, portion, **more)), step
        assert check_event(found["event"]) == () and found["subjects"] == [town.lot]


def test_a_slaughter_gives_each_product_a_code_and_names_its_certificate(town: Town) -> None:
    world, house = town.world, town.house
    world.hand_over(town.farm, house, town.lot, "90")
    client = town.signed(house)
    body = {
        "goods": [{"item": codes.of_chain(town.lot, house.uri), "quantity": "90"}],
        "made": [
            {"product": "猪白条", "quantity": "60"},
            {"product": "猪副产品", "quantity": "8.5"},
            {"product": "猪白条", "quantity": "5"},
        ],
        "produced": PRODUCED,
        "shelf_life": "3",
        "certificate": "检 350212-77",
        "files": [town.file()],
    }
    answer = town.draft("slaughter", client, **body)
    first, second = [one["event"] for one in answer.json["drafts"]]
    paper = papers.member(papers.examine(PDF), "quarantine")
    for one in (first, second):
        assert one["suyuan:attachments"] == [paper]
        assert one["suyuan:certificate"] == "检 350212-77"
        assert one["ilmd"]["suyuan:productionDate"] == PRODUCED
        assert one["ilmd"]["suyuan:shelfLifeDays"] == 3
        assert check_event(one) == ()
    assert first["transformationID"] == second["transformationID"]
    assert first["inputQuantityList"] == [
        {"epcClass": town.lot, "quantity": 90, "uom": "KGM"}
    ] and "inputQuantityList" not in second  # fmt: skip
    assert [part["quantity"] for part in first["outputQuantityList"]] == [60, 5]
    made = answer.json["made"]
    assert len(set(made)) == 3 and all(uri.startswith(f"https://{HOST}/t/") for uri in made)
    assert sorted(answer.json["names"][uri] for uri in made) == ["猪副产品", "猪白条", "猪白条"]
    assert answer.json["warnings"] == []
    town.sign(house, answer)
    page = english(town.client, page_of(second["outputQuantityList"][0]["epcClass"], house.uri))
    assert "Quarantine certificate</a>" in page and "hash checked here" in page
    index = re.search(rf"/api/v1/attachments/{paper['sha256']}\?link=(\d+)", page)[1]
    served = town.client.get(f"/api/v1/attachments/{paper['sha256']}?link={index}")
    assert served.data == PDF
    # One product is one event, as the command line makes it.
    one = body | {"made": body["made"][:1], "files": [], "certificate": ""}
    (single,) = town.draft("slaughter", client, **one).json["drafts"]
    item = single["event"]["outputQuantityList"][0]["epcClass"]
    expected = as_recorded(
        town, "slaughter", Portion(item, Decimal(60), "KGM"), actor=house,
        inputs=[Portion(town.lot, Decimal(90), "KGM")],
        extra=steps.coding("猪白条", PRODUCED, 3, None),
    )  # fmt: skip
    assert bare(single["event"]) == bare(expected)


def test_a_laboratory_names_what_it_tested_and_the_consumer_reads_it(town: Town) -> None:
    lab = town.world.party("市检测中心", "laboratory")
    client = town.signed(lab)
    code = codes.of_chain(town.lot, town.farm.uri)
    answer = town.draft(
        "test",
        client,
        goods=[{"item": code}],
        result="合格",
        files=[town.file() | {"kind": "report"}],
    )
    with town.world.ledger.reading() as reader:
        head = reader.heads([(town.lot, town.farm.uri)])[town.lot, town.farm.uri]
    assert [ref["hash"] for ref in answer.json["drafts"][0]["after"]] == [head.hash]
    town.sign(lab, answer)
    page = english(town.client, page_of(town.lot, town.farm.uri))
    assert "合格" in page and "Test report</a>" in page and "市检测中心" in page


def test_a_file_that_is_not_here_or_changed_is_said_so(town: Town) -> None:
    kept = town.file()
    answer = town.draft("store", files=[kept | {"kind": "certificate"}])
    town.sign(town.farm, answer)
    path = town.world.home / "attachments" / kept["sha256"][:2] / kept["sha256"]
    page_path = page_of(town.lot, town.farm.uri)
    assert "hash checked here" in english(town.client, page_path)
    path.write_bytes(PDF + b"\n")
    page = english(town.client, page_path)
    assert "changed: not the file that was signed" in page and "Certificate</a>" not in page
    path.unlink()
    page = english(town.client, page_path)
    assert "not here" in page and "Certificate</a>" not in page


def test_a_price_is_of_what_is_sent_or_sold_alone(town: Town) -> None:
    for step, count in (("sell", 1), ("loss", 0)):
        (found,) = town.draft(step, price="12.5", reason="霉变").json["drafts"]
        assert len(found["disclosures"]) == count
        assert "suyuan:price" not in found["event"]


def test_packing_and_unpacking_name_the_container(town: Town) -> None:
    answer = town.draft("pack", container="new")
    town.sign(town.farm, answer)
    event_ = answer.json["drafts"][0]["event"]
    unit = event_["parentID"]
    assert event_["action"] == "ADD" and codes.in_uri(unit, HOST)
    out = town.draft("unpack", container=unit, goods=[]).json["drafts"][0]["event"]
    assert out["parentID"] == unit and out["action"] == "DELETE"


def test_a_new_lot_is_caught_under_its_name(town: Town) -> None:
    answer = town.draft(
        "catch", goods=[{"item": "new", "quantity": "5"}], product="大黄鱼", origin="350212"
    )
    (made,) = answer.json["made"]
    event_ = answer.json["drafts"][0]["event"]
    assert event_["ilmd"] == {"suyuan:product": "大黄鱼", "suyuan:origin": "350212"}
    assert answer.json["names"][made] == "大黄鱼"


def goods(**more) -> dict:
    return {"goods": [{"item": "LOT", "quantity": "1", "unit": "KGM", **more}]}


@pytest.mark.parametrize(
    ("step", "body", "field", "mistake"),
    [
        ("sell", {"goods": []}, "goods.0.item", "item_needed"),
        ("sell", goods(item=" "), "goods.0.item", "item_needed"),
        ("sell", goods(item="0000-0000-0000-0001"), "goods.0.item", "item"),
        ("sell", goods(item="../../etc/passwd"), "goods.0.item", "item"),
        ("sell", goods(item="<script>alert(1)</script>"), "goods.0.item", "item"),
        ("sell", goods(item=f"https://{HOST}/t/{codes.new()}"), "goods.0.item", "item_unknown"),
        ("sell", goods(item="new"), "goods.0.item", "item"),
        ("sell", goods(quantity=""), "goods.0.quantity", "quantity_needed"),
        ("sell", goods(quantity="三十"), "goods.0.quantity", "number"),
        ("sell", goods(quantity="1,5"), "goods.0.quantity", "number"),
        ("sell", goods(quantity="1e3"), "goods.0.quantity", "number"),
        ("sell", goods(quantity="NaN"), "goods.0.quantity", "number"),
        ("sell", goods(quantity="-1"), "goods.0.quantity", "quantity_positive"),
        ("sell", goods(quantity="0"), "goods.0.quantity", "quantity_positive"),
        ("sell", goods(quantity="1" * 16), "goods.0.quantity", "quantity"),
        ("sell", goods(unit="XBX"), "goods.0.quantity", "quantity"),
        ("sell", {"goods": [*goods()["goods"], *goods()["goods"]]}, "goods.1.item", "item_twice"),
        ("test", {"goods": [*goods()["goods"]] * 2, "result": "x"}, "goods.1.item", "one_only"),
        ("test", goods(), "result", "needed"),
        ("pesticide", goods() | {"substance": "x", "dose": "1"}, "withdrawal", "needed"),
        ("pesticide", goods() | {"substance": "x", "dose": "1", "withdrawal": "1.5"},
         "withdrawal", "days"),
        ("feed", goods() | {"substance": "a\nb"}, "substance", "text"),
        ("loss", goods(), "reason", "needed"),
        ("dispatch", goods(), "to", "needed"),
        ("dispatch", goods() | {"to": "某某"}, "to", "party"),
        ("dispatch", goods() | {"to": codes.new()}, "to", "party_unknown"),
        ("dispatch", goods() | {"to": "FARM"}, "to", "party_self"),
        ("dispatch", goods() | {"to_name": "x", "note": "纸" * 60}, "note", "long"),
        ("store", goods() | {"temperature": "warm"}, "temperature", "number"),
        ("store", goods() | {"temperature": "-300"}, "temperature", "temperature"),
        ("store", goods() | {"time": "yesterday"}, "time", "time"),
        ("store", goods() | {"time": f"{TOMORROW}T00:00"}, "time", "future"),
        ("store", goods() | {"place": "https://evil.example/x"}, "place", "place"),
        ("store", goods() | {"files": [{"sha256": "a" * 64}]}, "files", "file_gone"),
        ("cut", goods(), "made.0.product", "made_needed"),
        ("cut", goods() | {"made": [{"product": " ", "quantity": "1"}]},
         "made.0.product", "product"),
        ("cut", goods() | {"made": [{"product": "x", "quantity": ""}]},
         "made.0.quantity", "quantity_needed"),
        ("cut", goods() | {"made": [{"product": "x", "quantity": "1"}], "produced": TOMORROW},
         "produced", "day"),
        ("cut", goods() | {"made": [{"product": "x", "quantity": "1"}], "shelf_life": "36501"},
         "shelf_life", "days"),
        ("pesticide", goods() | {"substance": "x", "dose": "1", "withdrawal": "0" * 9 + "36501"},
         "withdrawal", "days"),
        ("harvest", {"goods": [{"item": "new", "quantity": "1"}]}, "product", "product"),
        ("pack", {"goods": []}, "container", "item_needed"),
        ("pack", {"goods": [], "container": "new"}, "goods.0.item", "item_needed"),
        ("unpack", goods() | {"container": "new"}, "container", "item"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_field(
    town: Town, step: str, body: dict, field: str, mistake: str
) -> None:
    text = json.dumps(body, ensure_ascii=False).replace("LOT", town.lot)
    answer = town.draft(step, **json.loads(text.replace('"FARM"', f'"{town.farm.uri}"')))
    assert answer.status_code == 422, answer.json
    assert (answer.json["field"], answer.json["mistake"]) == (field, mistake), answer.json
    script = scripts.modules()["process-mistakes.js"].decode()
    assert mistake in re.findall(r"^  (\w+): _\(", script, re.MULTILINE)


def test_all_that_is_wrong_is_said_at_once(town: Town) -> None:
    lines = [
        {"item": codes.new(), "quantity": "三十"},
        {"item": town.lot, "quantity": "1"},
        {"item": town.lot, "quantity": ""},
    ]
    answer = town.draft(
        "slaughter",
        goods=lines,
        made=[{"product": "", "quantity": "0"}, {"product": "猪", "quantity": "x"}],
        produced=TOMORROW,
        shelf_life="a while",
        origin="a\nb",
        certificate="c\nd",
        place="https://evil.example/x",
        remark="e\nf",
        person="某某",
        readers={"person": ["nobody at all"]},
        files=[{"sha256": "a" * 64}],
        time="yesterday",
    )
    assert answer.status_code == 422
    said = {one["field"]: one["mistake"] for one in answer.json["mistakes"]}
    assert said == {
        "goods.0.item": "item_unknown",
        "goods.0.quantity": "number",
        "goods.2.item": "item_twice",
        "goods.2.quantity": "quantity_needed",
        "made.0.product": "product",
        "made.0.quantity": "quantity_positive",
        "made.1.quantity": "number",
        "produced": "day",
        "shelf_life": "days",
        "origin": "text",
        "certificate": "text",
        "place": "place",
        "remark": "text",
        "readers": "party",
        "files": "file_gone",
        "time": "time",
    }
    assert len(said) == len(answer.json["mistakes"])
    assert all(one["detail"] for one in answer.json["mistakes"])
    assert (answer.json["field"], answer.json["mistake"]) == ("goods.0.item", "item_unknown")
    answer = town.draft("pesticide", goods=[], dose="x" * 9, withdrawal="三")
    assert [(one["field"], one["mistake"]) for one in answer.json["mistakes"]] == [
        ("goods.0.item", "item_needed"),
        ("substance", "needed"),
        ("withdrawal", "days"),
    ]


def test_every_lot_that_is_stopped_is_said_at_once(town: Town) -> None:
    other = town.world.new_lot()
    town.world.code(town.farm, other)
    for lot in (town.lot, other):
        order(town.world, town.world.authority, lot)
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    lines = [{"item": lot, "quantity": "1"} for lot in (town.lot, other)]
    answer = town.draft("sell", time=later, goods=lines)
    assert [(one["field"], one["mistake"]) for one in answer.json["mistakes"]] == [
        ("goods.0.item", "hold"),
        ("goods.1.item", "hold"),
    ]


def test_what_would_be_found_is_told_before_and_what_is_stopped_is_refused(town: Town) -> None:
    answer = town.draft("loss", reason="霉变", goods=[{"item": town.lot, "quantity": "500"}])
    (warning,) = answer.json["warnings"]
    assert (warning["rule"], warning["field"]) == ("overdrawn", "goods.0.item")
    assert warning["severity"] == "grave" and "多于" in warning["title_chinese"]
    order(town.world, town.world.authority, town.lot)
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    answer = town.draft("sell", time=later)
    assert answer.status_code == 422
    assert (answer.json["field"], answer.json["mistake"]) == ("goods.0.item", "hold")
    assert town.draft("destroy", reason="召回").status_code == 200


def test_only_who_is_signed_in_drafts_and_only_what_a_mandate_covers(town: Town) -> None:
    world, market = town.world, town.world.party("八市", "market")
    nobody = client_of(world.ledger)
    assert town.draft("sell", nobody).status_code == 401
    assert nobody.get("/api/v1/recipients?q=a").status_code == 401
    foreign = town.client.post(URL, json={}, headers={"Origin": "http://evil.example"})
    assert foreign.status_code == 403
    years = "2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
    said = acts.give_mandate(town.farm.uri, market.uri, ["shipping"], *years)
    world.say(town.farm, said)
    client = town.signed(market)
    token = form_token(client, "/me")
    chosen = client.post(
        "/me/for", data={"party": town.farm.uri, "csrf_token": token}, headers=ORIGIN_HEADERS
    )
    assert chosen.status_code == 303
    answer = town.draft("dispatch", client, to=town.house.uri)
    assert answer.status_code == 200 and answer.json["actor"] == town.farm.uri
    refused = town.draft("loss", client, reason="x")
    assert (refused.status_code, refused.json["field"]) == (403, "step")
    page = english(client, "/me/process")
    assert re.findall(r'<option value="([a-z]+)"', page.split("</select>")[0]) == ["dispatch"]


def test_recipients_are_found_by_a_part_of_their_name_or_number(town: Town) -> None:
    def found(text: str) -> list[str]:
        answer = town.client.get("/api/v1/recipients", query_string={"q": text})
        return [one["party"] for one in answer.json["parties"]]

    assert found("屠宰") == [town.house.uri] == found(town.house.uri.rsplit("/", 1)[1][:8])
    assert found("青山") == []  # oneself
    assert found("%") == [] == found("没有")
    for bad in ("", "x" * 101):
        assert town.client.get("/api/v1/recipients", query_string={"q": bad}).status_code == 422


@pytest.mark.parametrize("role", ["producer", "processor", "stall", "laboratory", "market"])
def test_the_page_offers_the_steps_of_the_role(small: World, role: str) -> None:
    someone = small.party("某某", role)
    client = client_of(small.ledger)
    assert client.get("/me/process").headers["Location"] == "/signin?next=%2Fme%2Fprocess"
    assert signed_in(client, someone.signer).status_code == 200
    page = english(client, "/me/process")
    offered = re.findall(r'<option value="([a-z]+)"', page.split("</select>")[0])
    assert "pesticide" in offered if role == "producer" else "pesticide" not in offered
    assert ("slaughter" in offered) == (role in ("producer", "processor"))
    assert "test" in offered


def test_the_page_begins_with_the_item_that_is_asked_for_and_escapes_all_else(town: Town) -> None:
    chosen = english(town.client, f"/me/process?item={codes.of_chain(town.lot, town.farm.uri)}")
    assert f'data-chosen="{town.lot}"' in chosen
    odd = english(town.client, "/me/process?item=%22%3E%3Cscript%3Ex&step=%22%3E%3Cscript%3Ex")
    assert "<script>x" not in odd and 'data-typed="&#34;&gt;&lt;script&gt;x"' in odd
