"""What an inspector sees at a counter and records there: shown, drafted, signed, told on."""

import io

import pytest
import qrcode
from PIL import Image
from support.ledger.world import HOST, World
from support.web.client import client_of, english
from support.web.signing import ORIGIN_HEADERS, post

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.times import parse
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow

API = "/api/v1"


class Counter:
    """A farm, a stall that has 30 kg of its lot, and an inspector."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.office = world.party("集美分局", "office")
        self.lot, self.farm, self.stall = world.sold()
        self.code = codes.of_chain(self.lot, self.stall.uri)
        self.inspector = self.client(self.office)
        self.counter = f"{API}/items/{self.code}/counter"

    def client(self, actor=None):
        return client_of(self.world.ledger, actor)

    def get(self, path, actor=None, **query):
        client = self.inspector if actor is None else self.client(actor)
        return client.get(path, query_string=query)

    def draft(self, **said):
        return post(self.inspector, "inspections/draft", **{"item": self.code, **said})

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
def counter(small: World):
    return Counter(small)


def png(image):
    made = io.BytesIO()
    image.convert("RGB").save(made, "PNG")
    return made.getvalue()


def test_a_label_is_answered_with_licence_remainder_and_what_is_wrong(counter):
    found = counter.get(counter.counter, lang="en").json
    assert found["item"] == counter.lot
    assert [one["words"] for one in found["holding"]] == ["30 kg"]
    with counter.world.ledger.reading() as reader:
        size = reader.size()
    assert found["size"] == found["derived"] == size
    holder = found["holder"]
    assert (holder["uri"], holder["name"]) == (counter.stall.uri, "A 区 12 号")
    assert holder["role_names"] == ["Stall"] and holder["is_admitted"]
    assert holder["division"] == "350206" and parse(holder["admitted"]) is not None
    assert found["notices"][0]["tone"] in ("good", "warn")
    assert found["latest"]["index"] == size - 1 and found["head"] is None
    for item in (counter.code, f"https://{HOST}/t/{counter.code}"):
        again = counter.get(f"{API}/items/counter", item=item, lang="en").json
        assert (again["item"], again["holder"]["uri"]) == (counter.lot, holder["uri"])
    counter.world.say(counter.world.authority, acts.leave(counter.stall.uri, "closed"))
    assert counter.get(counter.counter).json["holder"]["is_admitted"] is False


def test_a_code_that_names_nobody_lists_who_has_it(counter):
    own = f"{API}/items/{counter.lot.rsplit('/', 1)[1]}/counter"
    found = counter.get(own).json
    assert found["holder"] is None and found["holding"] == []
    assert {one["name"] for one in found["holders"]} == {"A 区 12 号", "青山农场"}
    assert counter.get(own, holder=counter.stall.uri).json["holder"]["uri"] == counter.stall.uri
    assert counter.get(own, holder=counter.office.uri).status_code == 404


def test_the_record_is_the_offices_own_and_claims_no_stock(counter):
    receipt, event = counter.record(
        outcomes=["quantity", "no-label"], found={"value": "27.50", "unit": "KGM"}
    )
    assert event["bizStep"] == "inspecting" and event["action"] == "OBSERVE"
    assert event["suyuan:inspected"] == counter.stall.uri
    assert event["suyuan:found"] == {"value": "27.5", "unit": "KGM"}
    assert event["suyuan:outcomes"] == ["quantity", "no-label"]
    assert event["suyuan:result"] == "objection"
    with counter.world.ledger.reading() as reader:
        stock = {one.holder: one.quantity for one in Lineage(reader).stock([counter.lot])}
        assert set(stock) == {counter.farm.uri, counter.stall.uri}
        assert str(stock[counter.stall.uri].value) == "30"
        assert Lineage(reader).findings_of([counter.lot]) == {}
    found = counter.inspector.get(counter.counter).json
    assert found["head"] == {"seq": 0, "hash": receipt.hash}


def test_the_items_page_says_inspected_by_whom_and_the_result(counter):
    receipt, _event = counter.record(outcomes=["quantity"], found={"value": "27.5", "unit": "KGM"})
    text = english(counter.client(), f"/t/{counter.code}")
    assert "Inspected at the counter" in text and "集美分局" in text
    assert "Objection · The quantity differs · 27.5 kg found" in text
    assert "A test of it failed" not in text
    assert f'id="l{receipt.index}"' in text
    chinese = counter.client().get(f"/t/{counter.code}", headers={"Accept-Language": "zh"}).text
    assert "现场检查" in chinese and "发现问题 · 数量不符 · 现场 27.5 千克" in chinese
    common = english(counter.client(), f"/t/{counter.lot.rsplit('/', 1)[1]}")
    assert "集美分局" not in common and "A 区 12 号" not in common
    counter.record(outcomes=["spoiled"])
    assert "A test of it failed" in english(counter.client(), f"/t/{counter.code}")


def test_a_partys_inspections_are_listed_for_who_inspects_it(world):
    counter = Counter(world)
    first, _event = counter.record(outcomes=["no-label"])
    second, _event = counter.record()
    path = f"{API}/inspections"
    found = counter.get(path, party=counter.stall.uri, lang="en").json
    assert [(one["index"], one["words"]) for one in found["inspections"]] == [
        (second.index, "All right"),
        (first.index, "Objection · No label"),
    ]
    assert found["inspections"][0]["item_name"] == "Shang Hai Qing (上海青)"
    page = english(counter.inspector, f"/inspect/party?party={counter.stall.uri}")
    assert "Objection · No label" in page and "Inspections at the counter" in page
    assert counter.get(path, party=counter.farm.uri).json["inspections"] == []
    assert counter.get(path, party="odd").status_code == 422


def test_an_office_inspects_its_own_goods_in_its_own_chain(counter):
    lot = counter.world.coded_lot(counter.office)
    counter.world.ledger.followers.catch_up()
    own = codes.of_chain(lot, counter.office.uri)
    found = counter.get(f"{API}/items/{own}/counter").json
    assert found["latest"] is None and found["head"]["seq"] == 0
    assert counter.draft(item=own).json["drafts"][0]["after"] == []
    first, event = counter.record(item=own, outcomes=["storage"])
    second, _event = counter.record(item=own)
    assert event["suyuan:inspected"] == counter.office.uri
    listed = counter.get(f"{API}/inspections", party=counter.office.uri).json["inspections"]
    assert [one["index"] for one in listed] == [second.index, first.index]


@pytest.mark.parametrize("odd", [7, None, {"value": 3}, {"value": "x", "unit": []}, [["a"], {}]])
def test_odd_members_that_others_signed_break_no_page(counter, odd):
    event = counter.draft().json["drafts"][0]["event"]
    event |= {"suyuan:found": odd, "suyuan:outcomes": odd, "suyuan:result": odd}
    (latest,) = counter.draft().json["drafts"][0]["after"]
    counter.world.do(counter.office, event, after=(AfterRef(latest["index"], latest["hash"]),))
    counter.world.ledger.followers.catch_up()
    assert "Inspected at the counter" in english(counter.client(), f"/t/{counter.code}")
    found = counter.get(f"{API}/inspections", party=counter.stall.uri).json["inspections"]
    assert len(found) == 1
    assert counter.inspector.get(counter.counter).status_code == 200


def test_the_note_is_hidden_but_for_the_office_and_the_holder(counter):
    receipt, event = counter.record(outcomes=[], note="老板很配合")
    assert "suyuan:note" not in event and len(event["suyuan:private"]["_sd"]) == 8
    path = f"{API}/links/{receipt.index}/disclosures"

    def notes(actor):
        return [one["value"] for one in counter.client(actor).get(path).json["disclosures"]]

    assert notes(counter.office) == notes(counter.stall) == ["老板很配合"]
    assert notes(counter.world.authority) == ["老板很配合"]
    assert notes(counter.farm) == notes(None) == []


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"outcomes": ["quantity"]}, "found"), ({"outcomes": ["odd"]}, "outcomes"),
        ({"note": "x" * 1_001}, "note"), ({"note": "a\x07"}, "note"),
        ({"photos": [{"sha256": "0" * 64}]}, "photos"), ({"time": "2020-01-01T00:00:00Z"}, "time"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_of_its_field(counter, said, field):
    answer = counter.draft(**said)
    assert answer.status_code == 422 and answer.json["field"] == field
    own = counter.lot.rsplit("/", 1)[1]
    assert counter.draft(item=own).json["field"] == "holder"
    assert counter.draft(item="123").status_code == 404


def test_a_photo_is_named_by_what_was_kept_and_one_of_a_label_is_read(counter):
    def sent(path, image):
        data = image if isinstance(image, bytes) else png(image)
        return counter.inspector.post(f"{API}/{path}", data=data, headers=ORIGIN_HEADERS)

    kept = sent("attachments", Image.new("RGB", (40, 30), "green"))
    assert kept.status_code == 201
    _receipt, event = counter.record(photos=[{"sha256": kept.json["sha256"]}])
    assert event["suyuan:attachments"] == [{**kept.json, "as": "photo"}]
    assert event["suyuan:result"] == "pass"
    text = f"https://{HOST}/t/{counter.code}"
    assert sent("inspections/scan", qrcode.make(text).get_image()).json == {"text": text}
    blank = sent("inspections/scan", Image.new("RGB", (90, 90), "white"))
    assert blank.json["field"] == "code"
    assert sent("inspections/scan", b"no picture").json["field"] == "photo"


def test_only_inspectors_in_whose_remit_it_is_may(counter):
    world = counter.world
    far = world.party("同安分局", "office", division="110101")
    for actor in (world.party("集美市场", "market"), far):
        assert counter.get(counter.counter, actor).status_code == 403
        asked = {"item": counter.code}
        assert post(counter.client(actor), "inspections/draft", **asked).status_code == 403


def test_the_page_gives_its_script_words_and_nobodys_trade(counter):
    text = english(counter.inspector, "/inspect/counter")
    assert "What was found" in text and "data-texts" in text
    assert counter.code not in text and "A 区 12 号" not in text
