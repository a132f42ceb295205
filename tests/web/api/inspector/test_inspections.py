"""What an inspector sees at a counter and records there: shown, drafted, signed, told on."""

import io

import pytest
import qrcode
from PIL import Image
from support.ledger.world import HOST, World
from support.web.client import english
from support.web.signing import ORIGIN_HEADERS, signed_in

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.times import parse
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.store.read.lineage_reader import Lineage
from suyuan.web.factory import create_app

pytestmark = pytest.mark.slow

API = "/api/v1"


class Street:
    """A farm, a stall that has 30 kg of its lot, and an inspector."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.farm = world.party("青山农场", "producer")
        self.stall = world.party("A 区 12 号")
        self.office = world.party("集美分局", "office")
        self.lot = world.new_lot()
        world.code(self.farm, self.lot)
        world.hand_over(self.farm, self.stall, self.lot)
        self.code = codes.of_chain(self.lot, self.stall.uri)
        self.app = create_app(world.home, ledger=world.ledger)
        self.inspector = self.client(self.office)

    def client(self, actor=None):
        found = self.app.test_client()
        if actor is not None:
            assert signed_in(found, actor.signer).status_code == 200
        return found

    def draft(self, **said):
        asked = {"item": self.code, **said}
        return self.inspector.post(f"{API}/inspections/draft", json=asked, headers=ORIGIN_HEADERS)

    def record(self, **said):
        """Draft, sign as the office's own tool would, and append."""
        found = self.draft(**said).json
        (one,) = found["drafts"]
        after = tuple(AfterRef(ref["index"], ref["hash"]) for ref in one["after"])
        kept = [
            Kept(part["disclosure"], self.office.uri, Audience.read(part["audience"]))
            for part in one["disclosures"]
        ]
        draft = Draft(event=one["event"], after=after)
        (receipt,) = self.world.ledger.write(self.office.pen, [draft], disclosures=kept)
        return receipt, one["event"]


@pytest.fixture
def street(small: World):
    return Street(small)


def picture(text):
    made = io.BytesIO()
    qrcode.make(text).get_image().convert("RGB").save(made, "PNG")
    return made.getvalue()


def test_a_label_is_answered_with_licence_remainder_and_what_is_wrong(street):
    found = street.inspector.get(f"{API}/items/{street.code}/counter?lang=en").json
    assert found["item"] == street.lot
    assert [one["words"] for one in found["holding"]] == ["30 kg"]
    with street.world.ledger.reading() as reader:
        size = reader.size()
    assert found["size"] == found["derived"] == size
    holder = found["holder"]
    assert (holder["uri"], holder["name"]) == (street.stall.uri, "A 区 12 号")
    assert holder["role_names"] == ["Stall"] and holder["is_admitted"]
    assert holder["division"] == "350206" and parse(holder["admitted"]) is not None
    assert found["notices"][0]["tone"] in ("good", "warn")
    assert found["latest"]["index"] == size - 1 and found["head"] is None
    again = street.inspector.get(f"{API}/items/counter", query_string={"item": street.code})
    assert again.json["holder"]["uri"] == holder["uri"]
    url = f"https://{HOST}/t/{street.code}"
    assert (
        street.inspector.get(f"{API}/items/counter", query_string={"item": url, "lang": "en"}).json[
            "item"
        ]
        == street.lot
    )


def test_a_code_that_names_nobody_lists_who_has_it(street):
    own = street.lot.rsplit("/", 1)[1]
    found = street.inspector.get(f"{API}/items/{own}/counter").json
    assert found["holder"] is None and found["holding"] == []
    assert {one["name"] for one in found["holders"]} == {"A 区 12 号", "青山农场"}
    asked = {"holder": street.stall.uri}
    chosen = street.inspector.get(f"{API}/items/{own}/counter", query_string=asked).json
    assert chosen["holder"]["uri"] == street.stall.uri
    asked = {"holder": street.office.uri}
    assert street.inspector.get(f"{API}/items/{own}/counter", query_string=asked).status_code == 404


def test_a_party_that_left_is_said_to_be_not_admitted(street):
    street.world.say(street.world.authority, acts.leave(street.stall.uri, "closed"))
    found = street.inspector.get(f"{API}/items/{street.code}/counter").json
    assert found["holder"]["is_admitted"] is False


def test_the_record_is_the_offices_own_and_claims_no_stock(street):
    receipt, event = street.record(
        outcomes=["quantity", "no-label"], found={"value": "27.50", "unit": "KGM"}
    )
    assert event["bizStep"] == "inspecting" and event["action"] == "OBSERVE"
    assert event["suyuan:inspected"] == street.stall.uri
    assert event["suyuan:found"] == {"value": "27.5", "unit": "KGM"}
    assert event["suyuan:outcomes"] == ["quantity", "no-label"]
    assert event["suyuan:result"] == "objection"
    with street.world.ledger.reading() as reader:
        stock = {one.holder: one.quantity for one in Lineage(reader).stock([street.lot])}
        assert set(stock) == {street.farm.uri, street.stall.uri}
        assert str(stock[street.stall.uri].value) == "30"
        assert Lineage(reader).doubts_of([street.lot]) == {}
    found = street.inspector.get(f"{API}/items/{street.code}/counter").json
    assert found["head"] == {"seq": 0, "hash": receipt.hash}


def test_the_items_page_says_inspected_by_whom_and_the_result(street):
    receipt, _event = street.record(outcomes=["quantity"], found={"value": "27.5", "unit": "KGM"})
    text = english(street.client(), f"/t/{street.code}")
    assert "Inspected at the counter" in text and "集美分局" in text
    assert "Objection · The quantity differs · 27.5 kg found" in text
    assert "A test of it failed" not in text
    assert f'id="l{receipt.index}"' in text
    chinese = street.client().get(f"/t/{street.code}", headers={"Accept-Language": "zh"}).text
    assert "现场检查" in chinese and "有异议 · 数量不符 · 现场 27.5 千克" in chinese
    common = english(street.client(), f"/t/{street.lot.rsplit('/', 1)[1]}")
    assert "集美分局" not in common and "A 区 12 号" not in common
    street.record(outcomes=["spoiled"])
    assert "A test of it failed" in english(street.client(), f"/t/{street.code}")


def test_a_partys_inspections_are_listed_for_who_inspects_it(world):
    street = Street(world)
    first, _event = street.record(outcomes=["no-label"])
    second, _event = street.record()
    path = f"{API}/inspections"
    asked = {"party": street.stall.uri, "lang": "en"}
    found = street.inspector.get(path, query_string=asked).json
    assert [(one["index"], one["words"]) for one in found["inspections"]] == [
        (second.index, "All right"),
        (first.index, "Objection · No label"),
    ]
    assert found["inspections"][0]["item_name"] == "上海青"
    page = english(street.inspector, f"/inspect/party?party={street.stall.uri}")
    assert "Objection · No label" in page and "Inspections at the counter" in page
    asked["party"] = street.farm.uri
    assert street.inspector.get(path, query_string=asked).json["inspections"] == []
    asked["party"] = "odd"
    assert street.inspector.get(path, query_string=asked).status_code == 422
    assert street.client(street.stall).get(path, query_string=asked).status_code == 403
    assert street.client().get(path, query_string=asked).status_code == 401


def test_an_office_inspects_its_own_goods_in_its_own_chain(street):
    lot = street.world.new_lot()
    street.world.code(street.office, lot)
    own = codes.of_chain(lot, street.office.uri)
    found = street.inspector.get(f"{API}/items/{own}/counter").json
    assert found["latest"] is None and found["head"]["seq"] == 0
    assert street.draft(item=own).json["drafts"][0]["after"] == []
    first, event = street.record(item=own, outcomes=["storage"])
    second, _event = street.record(item=own)
    assert event["suyuan:inspected"] == street.office.uri
    asked = {"party": street.office.uri}
    listed = street.inspector.get(f"{API}/inspections", query_string=asked).json["inspections"]
    assert [one["index"] for one in listed] == [second.index, first.index]


@pytest.mark.parametrize("odd", [7, None, {"value": 3}, {"value": "x", "unit": []}, [["a"], {}]])
def test_odd_members_that_others_signed_break_no_page(street, odd):
    event = street.draft().json["drafts"][0]["event"]
    event |= {"suyuan:found": odd, "suyuan:outcomes": odd, "suyuan:result": odd}
    (latest,) = street.draft().json["drafts"][0]["after"]
    street.world.do(street.office, event, after=(AfterRef(latest["index"], latest["hash"]),))
    street.world.ledger.followers.catch_up()
    assert "Inspected at the counter" in english(street.client(), f"/t/{street.code}")
    asked = {"party": street.stall.uri}
    found = street.inspector.get(f"{API}/inspections", query_string=asked).json["inspections"]
    assert len(found) == 1
    assert street.inspector.get(f"{API}/items/{street.code}/counter").status_code == 200


def test_the_note_is_hidden_but_for_the_office_and_the_holder(street):
    receipt, event = street.record(outcomes=[], note="老板很配合")
    assert "suyuan:note" not in event and len(event["suyuan:private"]["_sd"]) == 8
    path = f"{API}/links/{receipt.index}/disclosures"

    def notes(actor):
        return [one["value"] for one in street.client(actor).get(path).json["disclosures"]]

    assert notes(street.office) == notes(street.stall) == ["老板很配合"]
    assert notes(street.world.authority) == ["老板很配合"]
    assert notes(street.farm) == notes(None) == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"outcomes": ["quantity"]}, "found"),
        ({"outcomes": ["odd"]}, "outcomes"),
        ({"note": "x" * 1_001}, "note"),
        ({"note": "a\x07"}, "note"),
        ({"photos": [{"sha256": "0" * 64}]}, "photos"),
        ({"time": "2020-01-01T00:00:00Z"}, "time"),
    ],
)
def test_what_is_wrong_is_said_of_its_field(street, said, field):
    answer = street.draft(**said)
    assert answer.status_code == 422 and answer.json["field"] == field
    own = street.lot.rsplit("/", 1)[1]
    assert street.draft(item=own).json["field"] == "holder"
    assert street.draft(item="123").status_code == 404


def test_a_photo_is_named_by_what_was_kept(street):
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(data, "JPEG")
    sent = street.inspector.post(
        f"{API}/attachments", data=data.getvalue(), content_type="image/jpeg",
        headers=ORIGIN_HEADERS,
    )  # fmt: skip
    assert sent.status_code == 201
    _receipt, event = street.record(photos=[{"sha256": sent.json["sha256"]}])
    assert event["suyuan:attachments"] == [{**sent.json, "as": "photo"}]
    assert event["suyuan:result"] == "pass"


def test_a_photo_of_a_label_is_read(street):
    text = f"https://{HOST}/t/{street.code}"
    path = f"{API}/inspections/scan"

    def scan(data):
        return street.inspector.post(path, data=data, headers=ORIGIN_HEADERS)

    assert scan(picture(text)).json == {"text": text}
    blank = io.BytesIO()
    Image.new("RGB", (90, 90), "white").save(blank, "PNG")
    assert scan(blank.getvalue()).json["field"] == "code"
    assert scan(b"no picture").json["field"] == "photo"


def test_only_inspectors_in_whose_remit_it_is_may(street):
    far = street.world.party("同安分局", "office")
    admitted = acts.admit(far.uri, "同安分局", ["office"], "110101")
    street.world.say(street.world.authority, {**admitted, "op": "change"})
    market = street.world.party("集美市场", "market")
    for actor, status in ((None, 401), (street.stall, 403), (market, 403), (far, 403)):
        found = street.client(actor)
        assert found.get(f"{API}/items/{street.code}/counter").status_code == status
        asked = {"item": street.code}
        answer = found.post(f"{API}/inspections/draft", json=asked, headers=ORIGIN_HEADERS)
        assert answer.status_code == status
    for actor, status in ((None, 401), (street.stall, 403)):
        answer = street.client(actor).post(
            f"{API}/inspections/scan", data=b"x", headers=ORIGIN_HEADERS
        )
        assert answer.status_code == status
    evil = {**ORIGIN_HEADERS, "Origin": "http://evil.example"}
    for path in ("draft", "scan"):
        assert street.inspector.post(f"{API}/inspections/{path}", headers=evil).status_code == 403
    assert street.client().get("/inspect/counter").status_code == 303
    assert street.client(street.stall).get("/inspect/counter").status_code == 403


def test_the_page_gives_its_script_words_and_nobodys_trade(street):
    text = english(street.inspector, "/inspect/counter")
    assert "What was found" in text and "data-texts" in text
    assert street.code not in text and "A 区 12 号" not in text
