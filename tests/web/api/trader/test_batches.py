"""Registering batches: by form, the same as yesterday, and from a table; nothing is signed here."""

import html
import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.ledger.world import World, days_ago
from support.web.client import client_of, english
from support.web.signing import CHINESE_HEADERS, ORIGIN_HEADERS, acting_for

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.times import zone
from suyuan.trace.recording.imports.batches import Batch, coding

pytestmark = pytest.mark.slow
GTIN = "06901234567892"
GREENS = {
    "type": "product", "uri": "https://trace.food.example/product/1Q4T9ZC2KM8W0RB3",
    "name": "上海青", "category": "蔬菜/叶菜类", "unit": "KGM", "conversions": {"箱": "20"},
    "shelf_life_days": 3,
}  # fmt: skip
TOMATO = {
    "type": "product", "uri": f"https://id.gs1.org/01/{GTIN}", "name": "番茄",
    "category": "蔬菜/茄果类", "unit": "KGM",
}  # fmt: skip


@pytest.fixture
def farm(small: World):
    made = small.party("青山农场", "producer")
    small.say(made, GREENS, TOMATO)
    return made


def today():
    return datetime.now(zone()).date()


def asked(**more):
    common = {"product": GREENS["uri"], "quantity": "30", "unit": "KGM"}
    return common | {"produced": today().isoformat(), "shelf_life": "3", "origin": "350206"} | more


def draft(client, *batches, headers=ORIGIN_HEADERS):
    return client.post("/api/v1/batches/draft", json={"batches": batches}, headers=headers)


def register(world, actor, client, *batches):
    """Draft batches and sign them; the answer."""
    found = draft(client, *batches).json
    made = [Draft(event=one["event"]) for one in found["drafts"]]
    world.ledger.write(actor.pen, made)
    return found


def bare(event):
    return {k: v for k, v in event.items() if k not in ("eventID", "eventTime")}


# By form.


def test_a_batch_is_what_the_same_row_of_a_table_would_be(small, farm, client):
    found = draft(client, asked(lot="A-7", place="6901234567892")).json
    (one,) = found["drafts"]
    item = one["subjects"][0]
    batch = Batch(
        "上海青", Decimal(30), "KGM", category="蔬菜/叶菜类", lot="A-7", shelf_life=3,
        produced=today().isoformat(), origin="350206", code=item.rpartition("/")[2],
        place="https://id.gs1.org/414/6901234567892", product_id=GREENS["uri"],
    )  # fmt: skip
    expected = coding(batch, small.trust.host, datetime.now(UTC))
    assert bare(one["event"]) == bare(expected)
    assert one["event"]["ilmd"]["suyuan:productId"] == GREENS["uri"]
    (batch,) = found["batches"]
    assert batch == {
        "item": item, "code": codes.shown(codes.of_chain(item, farm.uri)), "name": "上海青",
    }  # fmt: skip
    assert found["names"][item] == "上海青"


def test_units_are_converted_as_the_product_says(client):
    for quantity, unit, value, uom, count in (
        ("38", "箱", 760, "KGM", {"value": "38", "unit": "箱", "kind": "count"}),
        ("0.5", "箱", 10, "KGM", {"value": "0.5", "unit": "箱", "kind": "count"}),
        ("61", "斤", 30.5, "KGM", None),
        ("２．５", "KGM", 2.5, "KGM", None),
    ):
        event = draft(client, asked(quantity=quantity, unit=unit)).json["drafts"][0]["event"]
        (lot,) = event["quantityList"]
        assert (lot["quantity"], lot["uom"]) == (value, uom)
        second = event.get("suyuan:quantities", [None])[0]
        assert second == (count and {"item": lot["epcClass"], **count})


def test_a_product_with_a_gtin_and_a_lot_has_their_uri(small, farm, client):
    tomato = asked(product=TOMATO["uri"])
    (one,) = draft(client, {**tomato, "lot": "L7"}).json["drafts"]
    assert one["subjects"] == [f"https://id.gs1.org/01/{GTIN}/10/L7"]
    (other,) = draft(client, tomato).json["drafts"]
    assert other["subjects"][0].startswith(f"https://{small.trust.host}/t/")
    assert other["event"]["ilmd"]["suyuan:productId"] == TOMATO["uri"]
    register(small, farm, client, {**tomato, "lot": "L7"})
    answer = draft(client, {**tomato, "lot": "L7"})
    assert (answer.status_code, answer.json["field"]) == (422, "lot")
    assert "coded by you" in answer.json["detail"]


def test_harvest_is_recorded_before_the_coding_of_the_same_lot(small, farm, client):
    found = register(small, farm, client, asked(begin="harvest"))
    first, second = found["drafts"]
    assert first["event"]["bizStep"] == "urn:suyuan:step:harvest"
    assert second["event"]["bizStep"] == "commissioning"
    assert first["subjects"] == second["subjects"]
    yesterday = (today() - timedelta(days=1)).isoformat()
    answer = draft(client, asked(begin="harvest", produced=yesterday))
    assert (answer.status_code, answer.json["field"]) == (422, "begin")


def test_a_name_will_do_for_what_is_not_stated(client):
    batch = {"name": "野菜", "quantity": "3", "unit": "KGM", "category": "蔬菜"}
    event = draft(client, batch).json["drafts"][0]["event"]
    assert event["ilmd"] == {"suyuan:product": "野菜", "suyuan:category": "蔬菜"}
    with_gtin = draft(client, batch | {"gtin": "6901234567892"}).json["drafts"][0]["event"]
    assert with_gtin["ilmd"]["suyuan:productId"] == TOMATO["uri"]


TOMORROW = "2999-01-01"
WRONG = [
    ({"product": "https://trace.food.example/product/x"}, "product", "no product of yours", "您的"),
    ({"product": ""}, "name", "it is empty", "请填写产品名称"),
    ({"product": "", "name": "#x"}, "name", "it is empty", "未填写；请填写产品名称"),
    ({"quantity": ""}, "quantity", "it is empty", "数量"),
    ({"quantity": "三十"}, "quantity", "no number", "不是数字"),
    ({"quantity": "0"}, "quantity", "it is zero", "是零"),
    ({"quantity": "-4"}, "quantity", "it is negative", "是负数"),
    ({"quantity": "0", "unit": "箱"}, "quantity", "it is zero", "是零"),
    ({"quantity": "9999999999"}, "quantity", "more than any batch", "超出"),
    ({"quantity": "1.5", "unit": "H87"}, "quantity", "no whole number", "不是整数"),
    ({"unit": "筐"}, "quantity", "is a package", "筐是包装"),
    ({"unit": ""}, "quantity", "it has no unit", "没有单位"),
    ({"unit": "xyz"}, "quantity", "no unit 'xyz' is known", "不认识单位“xyz”"),
    ({"produced": TOMORROW}, "produced", "in the future", "还没有到"),
    ({"produced": "2026-02-30"}, "produced", "the calendar has no", "“2026-02-30”不是有效日期"),
    ({"produced": "gestern"}, "produced", "is no date", "不是日期"),
    ({"shelf_life": "3年"}, "shelf_life", "no fixed number", "不是固定的天数"),
    ({"origin": "35020"}, "origin", "no division", "不是行政区划代码"),
    ({"place": "6901234567893"}, "place", "no GLN", "不是全球位置码"),
    ({"place": "a b"}, "place", "no place", "不是场所编码"),
    ({"product": TOMATO["uri"], "lot": "批号"}, "lot", "set 82", "字符集 82"),
    ({"product": "", "name": "x", "gtin": "12"}, "gtin", "8, 12, 13 or 14", "8、12、13 或 14"),
]


def test_what_is_wrong_is_said_of_its_field(client):
    for change, field, says, chinese in WRONG:
        answer = draft(client, asked(), asked(**change))
        assert answer.status_code == 422, change
        assert (answer.json["field"], answer.json["index"]) == (field, 1), change
        assert says in answer.json["detail"], (change, answer.json)
        cell = draft(client, asked(**change), headers=CHINESE_HEADERS).json["cells"][0]
        assert chinese in f"{cell['what']}；{cell['fix']}", (change, cell)


def test_all_that_is_wrong_is_said_at_once_and_the_same_lot_twice(client):
    answer = draft(client, asked(quantity="x"), asked(), asked(produced="y", origin="1"))
    found = [(cell["row"], cell["column"]) for cell in answer.json["cells"]]
    assert found == [(1, "quantity"), (3, "produced"), (3, "origin")]
    tomato = asked(product=TOMATO["uri"], lot="L7")
    answer = draft(client, tomato, tomato)
    assert answer.status_code == 422 and "stands in row 1" in answer.json["detail"]


def test_what_is_anothers_too_much_or_nothing_is_refused(small, client):
    other = client_of(small.ledger, small.party("海沧合作社", "producer"))
    assert draft(other, asked()).json["field"] == "product"
    assert draft(client).status_code == draft(client, *[asked()] * 201).status_code == 422


def test_one_who_records_for_another_needs_a_mandate_for_coding(small, farm):
    market, start = small.party("八市", "market"), "2020-01-01T00:00:00Z"
    until = "2999-01-01T00:00:00Z"
    small.say(farm, acts.give_mandate(farm.uri, market.uri, ["commissioning"], start, until))
    theirs = client_of(small.ledger, market)
    assert draft(theirs, asked()).json["field"] == "product"
    assert acting_for(theirs, farm.uri).status_code == 303
    found = draft(theirs, asked()).json
    assert found["actor"] == farm.uri
    assert draft(theirs, asked(begin="harvest")).status_code == 403
    small.say(farm, acts.withdraw_mandate(farm.uri, market.uri))
    assert draft(theirs, asked()).json["field"] == "product"


# The same as yesterday.


def on_day(world, farm, client, days, *batches):
    """Batches registered so many days ago."""
    found = draft(client, *batches).json
    when = datetime.now(UTC) - timedelta(days=days)
    made = []
    for one in found["drafts"]:
        local = when.astimezone(zone())
        time = local.strftime("%Y-%m-%dT%H:%M:%S.000") + one["event"]["eventTimeZoneOffset"]
        made.append(Draft(event=one["event"] | {"eventTime": time}))
    world.ledger.write(farm.pen, made)
    return found


def test_the_last_day_is_offered_again_with_its_dates_moved(small, farm, client, monkeypatch):
    ago = [(today() - timedelta(days=days)).isoformat() for days in range(10)]
    on_day(small, farm, client, 3, asked(produced=ago[3]))
    boxes = asked(quantity="38", unit="箱", produced=ago[2], origin="福建厦门", lot="A-7")
    tomato = asked(product=TOMATO["uri"], produced=ago[4], lot="L7", shelf_life="")
    named = {"name": "野菜", "spec": "把", "category": "蔬菜", "quantity": "12", "unit": "H87"}
    on_day(small, farm, client, 2, boxes, tomato, named)
    monkeypatch.setattr(
        "suyuan.trace.recording.supplies.LATEST", 3
    )  # today's are not counted among them
    register(small, farm, client, *[asked(quantity="5")] * 3)
    found = client.get("/api/v1/batches/again").json
    assert found["day"] == ago[2] and found["more"] == 0
    first, second, third = found["batches"]
    blank = dict.fromkeys(("name", "spec", "category", "gtin", "lot", "place", "begin"), "")
    assert first["batch"] == blank | {**boxes, "produced": ago[0], "lot": ""}
    assert (first["title"], first["lot"]) == ("上海青", "A-7")
    assert second["batch"] == blank | {**tomato, "produced": ago[2], "lot": ""}
    assert second["lot"] == "L7"
    assert third["batch"]["name"] == "野菜" and third["batch"]["produced"] == ""
    assert third["title"] == "野菜 把"
    again = draft(client, *[one["batch"] for one in found["batches"]])
    assert again.status_code == 200 and len(again.json["drafts"]) == 3
    assert len({one["subjects"][0] for one in again.json["drafts"]}) == 3


def test_harvest_is_offered_again_where_it_was_recorded(small, farm, client):
    on_day(small, farm, client, 1, asked(begin="harvest"))
    (one,) = client.get("/api/v1/batches/again").json["batches"]
    assert one["batch"]["begin"] == "harvest"
    assert len(draft(client, one["batch"]).json["drafts"]) == 2


def test_what_was_taken_back_and_what_others_coded_is_not_offered(small, farm, client):
    other = small.party("海沧合作社", "producer")
    small.code(other, small.new_lot())
    found = on_day(small, farm, client, 1, asked(), asked(quantity="7"))
    event = found["drafts"][0]["event"]
    declared = {"declarationTime": f"{days_ago(1)}T08:00:00Z", "reason": "did_not_occur"}
    (stored,) = [link for link in links(small, farm) if link.event["eventID"] == event["eventID"]]
    small.do(farm, stored.event | {"errorDeclaration": declared})
    (one,) = client.get("/api/v1/batches/again").json["batches"]
    assert one["batch"]["quantity"] == "7"


def links(world, actor):
    with world.ledger.reading() as reader:
        found = [parse(stored.entry) for stored in reader.links()]
    return [link for link in found if link.actor == actor.uri and link.event is not None]


def test_the_form_is_filled_in_as_last_time(small, farm, client):
    place = "https://trace.food.example/place/1Q4T9ZC2KM8W0RB3"
    register(small, farm, client, asked(quantity="38", unit="箱", origin="福建厦门", place=place))
    text = english(client, "/me/register")
    (data,) = re.findall(rf'value="{re.escape(GREENS["uri"])}" data-choice="([^"]*)"', text)
    choice = json.loads(html.unescape(data))
    assert choice["last"] == "38" and choice["form"]["quantity"] == ""
    assert [choice["form"][name] for name in ("unit", "origin", "place")] == [
        "箱",
        "福建厦门",
        place,
    ]
    assert choice["units"] == [
        ["KGM", "kg"],
        ["斤", "jin"],
        ["两", "liang"],
        ["箱", "Xiang (箱) of 20 kg"],
    ]
    assert choice["begin"] == "harvest"
    assert text.index("上海青)</option>") < text.index("番茄)</option>")
    assert "The same as yesterday" not in text
    with_choice = english(client, f"/me/register?product={TOMATO['uri']}")
    assert f'value="{TOMATO["uri"]}" data-choice=' in with_choice
    assert with_choice.count(" selected>") == 1
