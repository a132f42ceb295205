"""The page of steps and its API: what is typed becomes what `suyuan record` signs."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from urllib.parse import quote

import pytest
from support.goods.papers import PDF
from support.ledger.world import HOST, ORIGIN, World, days_ago
from support.web.acting import order
from support.web.client import chinese, client_of, english, page_of
from support.web.signing import ORIGIN_HEADERS, acting_for

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


class Trade:
    """A farm with a lot, signed in, and a slaughterhouse."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.house = world.party("同安屠宰场", "processor")
        self.lot = world.coded_lot(self.farm)
        self.client = self.signed(self.farm)

    def signed(self, actor):
        return client_of(self.world.ledger, actor)

    def draft(self, step: str, client=None, **body):
        body.setdefault("goods", [{"item": self.lot, "quantity": "30", "unit": "KGM"}])
        client = client or self.client
        return client.post(URL, json={"step": step, **body}, headers=ORIGIN_HEADERS)

    def sign(self, actor, answer):
        """What the browser does with a set of drafts."""
        assert answer.status_code == 200, answer.json
        assert answer.json["actor"] == actor.uri and answer.json["ledger"] == ORIGIN
        for one in answer.json["drafts"]:
            after = tuple(AfterRef(ref["index"], ref["hash"]) for ref in one["after"])
            draft = Draft(event=one["event"], after=after)
            assert one["subjects"] == draft.subjects(actor.uri)
            self.world.ledger.write(actor.pen, [draft])
        self.world.ledger.followers.catch_up()

    def file(self, data: bytes = PDF) -> dict:
        client = self.client.post("/api/v1/attachments", data=data, headers=ORIGIN_HEADERS)
        return {"sha256": client.json["sha256"], "kind": "quarantine"}


@pytest.fixture
def trade(small: World) -> Trade:
    return Trade(small)


def bare(event: dict) -> dict:
    return {name: value for name, value in event.items() if name not in ("eventID", "eventTime")}


def as_recorded(trade: Trade, step: str, portion: Portion, *, actor=None, **more) -> dict:
    """The event as the command line makes it, of the same time."""
    actor = actor or trade.farm
    return record_step.made(
        step, trade.world.ledger.now(), portion, actor=actor.uri, zone=zone(), **more
    )


def test_what_is_drafted_is_what_the_command_line_records(trade):
    kilos = Portion(trade.lot, Decimal(30), "KGM")
    treated = {"substance": "吡虫啉", "dose": "10 g/亩", "withdrawal": "7"}
    said = {"suyuan:substance": "吡虫啉", "suyuan:dose": "10 g/亩", "suyuan:withdrawalDays": 7}
    number = quote("送 2026/17", safe="")
    for step, body, portion, more in (
        ("pesticide", treated, Portion(trade.lot), {"extra": said}),
        ("feed", {"substance": "豆粕"}, Portion(trade.lot),
         {"extra": {"suyuan:substance": "豆粕"}}),
        ("harvest", {}, kilos, {}),
        ("loss", {"reason": "霉变"}, kilos, {"extra": {"suyuan:reason": "霉变"}}),
        ("count", {}, kilos, {}),
        ("store", {"temperature": "-18.5"}, kilos, {"extra": {"sensorElementList": [
            {"sensorReport": [{"type": "Temperature", "value": -18.5, "uom": "CEL"}]}]}}),
        ("dispatch", {"to": trade.house.uri, "note": "送 2026/17"}, kilos,
         {"recipient": trade.house.uri, "notes": [f"urn:suyuan:note:{number}"]}),
        ("dispatch", {"to_name": "厦门某学校"}, kilos, {"recipient_name": "厦门某学校"}),
        ("sample", {}, kilos, {}),
        ("sell", {}, kilos, {}),
    ):  # fmt: skip
        (found,) = trade.draft(step, **body).json["drafts"]
        assert bare(found["event"]) == bare(as_recorded(trade, step, portion, **more)), step
        assert check_event(found["event"]) == () and found["subjects"] == [trade.lot]


def test_a_slaughter_gives_each_product_a_code_and_names_its_certificate(trade):
    world, house = trade.world, trade.house
    world.hand_over(trade.farm, house, trade.lot, "90")
    client = trade.signed(house)
    body = {
        "goods": [{"item": codes.of_chain(trade.lot, house.uri), "quantity": "90"}],
        "made": [
            {"product": "猪白条", "quantity": "60"},
            {"product": "猪副产品", "quantity": "8.5"},
            {"product": "猪白条", "quantity": "5"},
        ],
        "produced": days_ago(1),
        "shelf_life": "3",
        "certificate": "检 350212-77",
        "files": [trade.file()],
    }
    answer = trade.draft("slaughter", client, **body)
    first, second = [one["event"] for one in answer.json["drafts"]]
    paper = papers.member(papers.examine(PDF), "quarantine")
    for one in (first, second):
        assert one["suyuan:attachments"] == [paper]
        assert one["suyuan:certificate"] == "检 350212-77"
        assert one["ilmd"]["suyuan:productionDate"] == days_ago(1)
        assert one["ilmd"]["suyuan:shelfLifeDays"] == 3
        assert check_event(one) == ()
    assert first["transformationID"] == second["transformationID"]
    assert first["inputQuantityList"] == [
        {"epcClass": trade.lot, "quantity": 90, "uom": "KGM"}
    ] and "inputQuantityList" not in second  # fmt: skip
    assert [part["quantity"] for part in first["outputQuantityList"]] == [60, 5]
    made = answer.json["made"]
    assert len(set(made)) == 3 and all(uri.startswith(f"https://{HOST}/t/") for uri in made)
    carcass, offal = "Zhu Bai Tiao (猪白条)", "Zhu Fu Chan Pin (猪副产品)"
    assert sorted(answer.json["names"][uri] for uri in made) == [carcass, carcass, offal]
    assert answer.json["warnings"] == []
    trade.sign(house, answer)
    page = english(trade.client, page_of(second["outputQuantityList"][0]["epcClass"], house.uri))
    assert "Quarantine certificate</a>" in page and "checked here: unchanged" in page
    index = re.search(rf"/api/v1/attachments/{paper['sha256']}\?link=(\d+)", page)[1]
    served = trade.client.get(f"/api/v1/attachments/{paper['sha256']}?link={index}")
    assert served.data == PDF
    # One product is one event, as the command line makes it.
    one = body | {"made": body["made"][:1], "files": [], "certificate": ""}
    (single,) = trade.draft("slaughter", client, **one).json["drafts"]
    item = single["event"]["outputQuantityList"][0]["epcClass"]
    expected = as_recorded(
        trade, "slaughter", Portion(item, Decimal(60), "KGM"), actor=house,
        inputs=[Portion(trade.lot, Decimal(90), "KGM")],
        extra=steps.coding("猪白条", days_ago(1), 3, None),
    )  # fmt: skip
    assert bare(single["event"]) == bare(expected)


def test_a_laboratory_names_what_it_tested_and_the_consumer_reads_it(trade):
    lab = trade.world.party("市检测中心", "laboratory")
    goods = [{"item": codes.of_chain(trade.lot, trade.farm.uri)}]
    files = [trade.file() | {"kind": "report"}]
    answer = trade.draft("test", trade.signed(lab), goods=goods, result="合格", files=files)
    with trade.world.ledger.reading() as reader:
        head = reader.heads([(trade.lot, trade.farm.uri)])[trade.lot, trade.farm.uri]
    assert [ref["hash"] for ref in answer.json["drafts"][0]["after"]] == [head.hash]
    trade.sign(lab, answer)
    page = english(trade.client, page_of(trade.lot, trade.farm.uri))
    assert "<dd>Passed" in page and "Test report</a>" in page and "市检测中心" in page
    assert "合格" in chinese(trade.client, page_of(trade.lot, trade.farm.uri))


def test_a_file_that_is_not_here_or_changed_is_said_so(trade):
    kept = trade.file()
    answer = trade.draft("store", files=[kept | {"kind": "certificate"}])
    trade.sign(trade.farm, answer)
    path = trade.world.home / "attachments" / kept["sha256"][:2] / kept["sha256"]
    page_path = page_of(trade.lot, trade.farm.uri)
    assert "checked here: unchanged" in english(trade.client, page_path)
    path.write_bytes(PDF + b"\n")
    page = english(trade.client, page_path)
    assert "changed: not the file that was signed" in page and "Certificate</a>" not in page
    path.unlink()
    page = english(trade.client, page_path)
    assert "not here" in page and "Certificate</a>" not in page


def test_a_price_is_of_what_is_sent_or_sold_alone_and_a_catch_has_a_name(trade):
    for step, count in (("sell", 1), ("loss", 0)):
        (found,) = trade.draft(step, price="12.5", reason="霉变").json["drafts"]
        assert len(found["disclosures"]) == count
        assert "suyuan:price" not in found["event"]
    goods = [{"item": "new", "quantity": "5"}]
    answer = trade.draft("catch", goods=goods, product="大黄鱼", origin="350212")
    (made,) = answer.json["made"]
    ilmd = answer.json["drafts"][0]["event"]["ilmd"]
    assert ilmd == {"suyuan:product": "大黄鱼", "suyuan:origin": "350212"}
    assert answer.json["names"][made] == "Dai Huang Yu (大黄鱼)"


def test_packing_and_unpacking_name_the_container(trade):
    answer = trade.draft("pack", container="new")
    trade.sign(trade.farm, answer)
    event_ = answer.json["drafts"][0]["event"]
    unit = event_["parentID"]
    assert event_["action"] == "ADD" and codes.in_uri(unit, HOST)
    out = trade.draft("unpack", container=unit, goods=[]).json["drafts"][0]["event"]
    assert out["parentID"] == unit and out["action"] == "DELETE"


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
def test_what_is_wrong_is_said_with_its_field(trade, step, body, field, mistake):
    text = json.dumps(body, ensure_ascii=False).replace("LOT", trade.lot)
    answer = trade.draft(step, **json.loads(text.replace('"FARM"', f'"{trade.farm.uri}"')))
    assert answer.status_code == 422, answer.json
    assert (answer.json["field"], answer.json["mistake"]) == (field, mistake), answer.json
    script = scripts.modules()["pages/trader/process-mistakes.js"].decode()
    assert mistake in re.findall(r"^  (\w+): _\(", script, re.MULTILINE)


def test_all_that_is_wrong_is_said_at_once(trade):
    lines = [
        {"item": codes.new(), "quantity": "三十"},
        {"item": trade.lot, "quantity": "1"},
        {"item": trade.lot, "quantity": ""},
    ]
    answer = trade.draft(
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
        "goods.0.item": "item_unknown", "goods.0.quantity": "number", "goods.2.item": "item_twice",
        "goods.2.quantity": "quantity_needed", "made.0.product": "product",
        "made.0.quantity": "quantity_positive", "made.1.quantity": "number", "produced": "day",
        "shelf_life": "days", "origin": "text", "certificate": "text", "place": "place",
        "remark": "text", "readers": "party", "files": "file_gone", "time": "time",
    }  # fmt: skip
    assert len(said) == len(answer.json["mistakes"])
    assert all(one["detail"] for one in answer.json["mistakes"])
    assert (answer.json["field"], answer.json["mistake"]) == ("goods.0.item", "item_unknown")
    answer = trade.draft("pesticide", goods=[], dose="x" * 9, withdrawal="三")
    assert [(one["field"], one["mistake"]) for one in answer.json["mistakes"]] == [
        ("goods.0.item", "item_needed"),
        ("substance", "needed"),
        ("withdrawal", "days"),
    ]


def test_what_would_be_found_is_told_before_and_every_lot_that_is_stopped_is_refused(trade):
    answer = trade.draft("loss", reason="霉变", goods=[{"item": trade.lot, "quantity": "500"}])
    (warning,) = answer.json["warnings"]
    assert (warning["rule"], warning["field"]) == ("overdrawn", "goods.0.item")
    assert warning["severity"] == "grave" and "多于" in warning["title_chinese"]
    lots = [trade.lot, trade.world.coded_lot(trade.farm)]
    for lot in lots:
        order(trade.world, trade.world.authority, lot)
    later = (datetime.now(UTC) + timedelta(minutes=1)).isoformat()
    lines = [{"item": lot, "quantity": "1"} for lot in lots]
    answer = trade.draft("sell", time=later, goods=lines)
    assert answer.status_code == 422
    said = [("goods.0.item", "hold"), ("goods.1.item", "hold")]
    assert [(one["field"], one["mistake"]) for one in answer.json["mistakes"]] == said
    assert trade.draft("destroy", reason="召回").status_code == 200


def test_who_records_for_another_drafts_only_what_the_mandate_covers(trade):
    market = trade.world.party("八市", "market")
    years = "2026-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
    said = acts.give_mandate(trade.farm.uri, market.uri, ["shipping"], *years)
    trade.world.say(trade.farm, said)
    client = trade.signed(market)
    assert acting_for(client, trade.farm.uri).status_code == 303
    answer = trade.draft("dispatch", client, to=trade.house.uri)
    assert answer.status_code == 200 and answer.json["actor"] == trade.farm.uri
    refused = trade.draft("loss", client, reason="x")
    assert (refused.status_code, refused.json["field"]) == (403, "step")
    page = english(client, "/me/process")
    assert re.findall(r'<option value="([a-z]+)"', page.split("</select>")[0]) == ["dispatch"]


def test_recipients_are_found_by_a_part_of_their_name_or_number(trade):
    def found(text: str) -> list[str]:
        answer = trade.client.get("/api/v1/recipients", query_string={"q": text})
        return [one["party"] for one in answer.json["parties"]]

    assert found("屠宰") == [trade.house.uri] == found(trade.house.uri.rsplit("/", 1)[1][:8])
    assert found("青山") == []  # oneself
    assert found("%") == [] == found("没有")
    for bad in ("", "x" * 101):
        assert trade.client.get("/api/v1/recipients", query_string={"q": bad}).status_code == 422


@pytest.mark.parametrize("role", ["producer", "processor", "stall", "laboratory", "market"])
def test_the_page_offers_the_steps_of_the_role(small, role):
    page = english(client_of(small.ledger, small.party("某某", role)), "/me/process")
    offered = re.findall(r'<option value="([a-z]+)"', page.split("</select>")[0])
    assert ("pesticide" in offered) == (role == "producer")
    assert ("slaughter" in offered) == (role in ("producer", "processor"))
    assert "test" in offered


def test_the_page_begins_with_the_item_that_is_asked_for_and_escapes_all_else(trade):
    trade.world.ledger.followers.catch_up()
    chosen = english(trade.client, f"/me/process?item={codes.of_chain(trade.lot, trade.farm.uri)}")
    assert f'data-chosen="{trade.lot}"' in chosen
    odd = english(trade.client, "/me/process?item=%22%3E%3Cscript%3Ex&step=%22%3E%3Cscript%3Ex")
    assert "<script>x" not in odd and 'data-typed="&#34;&gt;&lt;script&gt;x"' in odd
