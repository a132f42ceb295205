"""Registering batches: by form, the same as yesterday, and from a table; nothing is signed here."""

import hashlib
import html
import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from support.goods.xlsx import PARTS, SHEET, TOP, packed
from support.ledger.world import PRODUCED, World, days_ago
from support.web.client import client_of, english
from support.web.signing import ORIGIN_HEADERS, form_token, signed_in

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import parse
from suyuan.trace.format.times import zone
from suyuan.trace.recording import bulk
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.recording.imports.batches import Batch, coding
from suyuan.trace.recording.imports.table import read_table

pytestmark = pytest.mark.slow

CHINESE = {**ORIGIN_HEADERS, "Accept-Language": "zh"}
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


@pytest.fixture
def client(small, farm):
    return client_for(small, farm)


def client_for(world, actor):
    found = client_of(world.ledger)
    assert signed_in(found, actor.signer).status_code == 200
    return found


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


def test_a_batch_is_what_the_same_row_of_a_table_would_be(small, client):
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
        "item": item, "code": codes.shown(codes.of_uri(item, small.trust.host)), "name": "上海青",
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
    ({"product": "", "name": "#x"}, "name", "it is empty", "是空的"),
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
    ({"produced": "2026-02-30"}, "produced", "the calendar has no", "日历上没有"),
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
        cell = draft(client, asked(**change), headers=CHINESE).json["cells"][0]
        assert chinese in f"{cell['what']}；{cell['fix']}", (change, cell)


def test_all_that_is_wrong_is_said_at_once(client):
    answer = draft(client, asked(quantity="x"), asked(), asked(produced="y", origin="1"))
    found = [(cell["row"], cell["column"]) for cell in answer.json["cells"]]
    assert found == [(1, "quantity"), (3, "produced"), (3, "origin")]


def test_the_same_lot_twice_is_refused(client):
    tomato = asked(product=TOMATO["uri"], lot="L7")
    answer = draft(client, tomato, tomato)
    assert answer.status_code == 422 and "stands in row 1" in answer.json["detail"]


def test_who_may_ask(small, farm, client):
    stranger = client_of(small.ledger)
    for path in ("/api/v1/batches/again", f"/api/v1/batches/table/{'0' * 64}/codes"):
        assert stranger.get(path).status_code == 401
    assert draft(stranger, asked()).status_code == 401
    assert table(stranger, "品名,数量(公斤)\n黄瓜,3\n").status_code == 401
    foreign = {"Origin": "https://evil.example"}
    assert draft(client, asked(), headers=foreign).status_code == 403
    assert table(client, "x", headers=foreign).status_code == 403
    other = client_for(small, small.party("海沧合作社", "producer"))
    assert draft(other, asked()).json["field"] == "product"
    for path in ("/me/register", "/me/upload"):
        assert stranger.get(path).status_code == 303
    assert draft(client).status_code == 422
    assert draft(client, *[asked()] * 201).status_code == 422


def test_one_who_records_for_another_needs_a_mandate_for_coding(small, farm):
    market, start = small.party("八市", "market"), "2020-01-01T00:00:00Z"
    until = "2999-01-01T00:00:00Z"
    small.say(farm, acts.give_mandate(farm.uri, market.uri, ["commissioning"], start, until))
    theirs = client_for(small, market)
    assert draft(theirs, asked()).json["field"] == "product"
    chosen = {"party": farm.uri, "csrf_token": form_token(theirs, "/me")}
    assert theirs.post("/me/for", data=chosen, headers=ORIGIN_HEADERS).status_code == 303
    found = draft(theirs, asked()).json
    assert found["actor"] == farm.uri
    assert draft(theirs, asked(begin="harvest")).status_code == 403
    assert table(theirs, "品名,数量(公斤)\n黄瓜,3\n").status_code == 403
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
    declared = {"declarationTime": f"{PRODUCED}T08:00:00Z", "reason": "did_not_occur"}
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
    assert choice["units"] == [["KGM", "kg"], ["斤", "jin (500 g)"], ["箱", "箱 of 20 kg"]]
    assert choice["begin"] == "harvest"
    assert text.index("上海青</option>") < text.index("番茄</option>")
    assert "The same as yesterday" not in text
    with_choice = english(client, f"/me/register?product={TOMATO['uri']}")
    assert f'value="{TOMATO["uri"]}" data-choice=' in with_choice
    assert with_choice.count(" selected>") == 1


# From a table.


def table(client, content, name="batches.csv", headers=ORIGIN_HEADERS):
    data = content if isinstance(content, bytes) else content.encode()
    head = f'Content-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
    body = b"--edge\r\n" + head.encode() + data + b"\r\n--edge--\r\n"
    kind = "multipart/form-data; boundary=edge"
    return client.post("/api/v1/batches/table", data=body, headers=headers, content_type=kind)


CSV = f"""产品名称,数量,单位,生产日期,批号
上海青,30,公斤,{days_ago(3)},A1
黄瓜,三十,公斤,{days_ago(3)},A2
番茄,12.5,公斤,2026-02-30,A3
菠菜,38,斤,{days_ago(2)},A4
"""


def test_each_rows_fate_is_told_and_nothing_is_written(small, farm, client):
    with small.ledger.reading() as reader:
        before = reader.size()
    found = table(client, CSV).json
    assert [(one["row"], one["fate"], one["draft"]) for one in found["rows"]] == [
        (2, "good", 0), (3, "wrong", None), (4, "wrong", None), (5, "good", 1),
    ]  # fmt: skip
    (cell,) = found["rows"][1]["problems"]
    assert (cell["row"], cell["column"]) == (3, "数量")
    assert cell["what"] == "'三十' is no number"
    chinese = table(client, CSV, headers=CHINESE).json["rows"][1]["problems"][0]
    assert chinese["what"] == "“三十”不是数字" and chinese["fix"] == "请填数字，小数用小数点"
    data = CSV.encode()
    digest = hashlib.sha256(data).hexdigest()
    member = {"sha256": digest, "size": len(data), "type": "text/csv", "as": "own"}
    assert [one["document"] for one in found["drafts"]] == [member, member]
    assert found["closing"]["statement"] == acts.document(digest, len(data), 2)
    with small.ledger.reading() as reader:
        assert reader.size() == before
    assert small.ledger.attachments.get(digest) is None


def test_the_drafts_are_what_the_command_line_would_sign(small, farm, client):
    """`suyuan register` makes them of the same rows by the same functions: bar codes and times."""
    found = table(client, CSV).json
    rows = read_table(io.BytesIO(CSV.encode()), "batches.csv")
    batches = [row for row in rows if isinstance(row, Batch)]
    for batch, one in zip(batches, found["drafts"], strict=True):
        code = one["subjects"][0].rpartition("/")[2]
        event = coding(replace(batch, code=code), small.trust.host, datetime.now(UTC))
        assert bare(one["event"]) == bare(event)


def test_what_is_coded_already_is_told(small, farm, client):
    lot = small.new_lot()
    small.code(farm, lot)
    other = small.party("海沧合作社", "producer")
    theirs = small.new_lot()
    small.code(other, theirs)
    codes_ = [codes.of_uri(one, small.trust.host) for one in (lot, theirs)]
    text = "品名,数量(公斤),追溯码\n" + "".join(f"黄瓜,3,{code}\n" for code in codes_)
    rows = table(client, text).json["rows"]
    assert [one["fate"] for one in rows] == ["wrong", "wrong"]
    assert "coded by you" in rows[0]["problems"][0]["what"]
    assert other.uri in rows[1]["problems"][0]["what"]


def test_a_table_that_was_registered_is_said_to_be(small, farm, client):
    source = SourceFile.of(CSV.encode(), "text/csv", "own")
    found = table(client, CSV).json
    made = [Draft(event=one["event"], document=one["document"]) for one in found["drafts"]]
    small.ledger.attachments.put(CSV.encode())
    done = bulk.append(small.ledger, farm.pen, source, drafts=made, count=2)
    again = table(client, CSV).json
    assert again["done"] == {"links": 2, "index": done.closed}
    assert again["rows"] == [] and again["closing"] is None
    other = client_for(small, small.party("海沧合作社", "producer"))
    assert table(other, CSV).json["done"] is None


def test_a_table_that_was_begun_goes_on_with_what_is_left(small, farm, client):
    found = table(client, CSV).json
    first = found["drafts"][0]
    small.ledger.write(farm.pen, [Draft(event=first["event"], document=first["document"])])
    again = table(client, CSV).json
    assert [one["fate"] for one in again["rows"]] == ["there", "wrong", "wrong", "good"]
    assert len(again["drafts"]) == 1 and again["closing"]["statement"]["links"] == 2
    second = again["drafts"][0]
    small.ledger.write(farm.pen, [Draft(event=second["event"], document=second["document"])])
    last = table(client, CSV).json
    assert last["drafts"] == [] and last["closing"]["statement"]["links"] == 2
    small.say(farm, last["closing"]["statement"])
    assert table(client, CSV).json["done"]["links"] == 2
    text = client.get(f"/api/v1/batches/table/{found['sha256']}/codes").text
    assert text.count("\r\n") == 3 and "上海青" in text and text.startswith("\ufeff追溯码")


BAD_FILES = [
    ("empty.csv", b"", "it is empty", "是空的"),
    ("a.csv", "甲,乙\n1,2\n".encode(), "is not understood", "不认识表头"),
    ("a.csv", "品名,单位\n黄瓜,公斤\n".encode(), "no column", "缺少“数量"),
    ("a.csv", b"\xff\xfeA\x00", "UTF-16", "UTF-16"),
    ("a.csv", b"a\x00b", "NUL byte", "空字节"),
    ("a.csv", '品名,数量(公斤)\n"黄瓜,3\n'.encode(), "", ""),
    ("a.xlsx", b"hello", "no workbook", "不是 Excel 工作簿"),
    ("a.xlsx", b"PK\x03\x04 nonsense", "cut off or damaged", "已损坏"),
    ("a.xls", b"\xd0\xcf\x11\xe0 old", "of the old kind", "旧格式"),
    ("a.xlsx", packed({"mimetype": "text"}), "no Excel workbook", "不是 Excel 工作簿"),
]


def test_files_that_cannot_be_read_are_said_to_be(client):
    for name, data, says, chinese in BAD_FILES:
        answer = table(client, data, name)
        assert answer.status_code == 422, (name, data[:20])
        assert answer.json["field"] == "file" and says in answer.json["detail"], answer.json
        (cell,) = table(client, data, name, CHINESE).json["cells"]
        assert chinese in f"{cell['what']}；{cell['fix']}", cell
    assert client.post("/api/v1/batches/table", headers=ORIGIN_HEADERS).status_code == 422


def test_a_decompression_bomb_is_refused_before_it_bursts(client):
    body = TOP + " " * (65 << 20)
    data = packed(
        {**PARTS, SHEET: f'<worksheet xmlns="m"><sheetData>{body}</sheetData></worksheet>'}
    )
    assert len(data) < 1 << 20
    answer = table(client, data, "a.xlsx")
    assert answer.status_code == 422
    assert answer.json["detail"].startswith("it unpacks to more than 64 MiB")


def test_tables_beyond_the_limits_are_refused(client, monkeypatch):
    long = CSV + "#x,\n" * 400_000  # 1.6 MB of lines that are left out
    assert len(table(client, long).json["drafts"]) == 2
    assert table(client, b"x\n" * ((5 << 19) + 1)).status_code == 413
    assert table(client, b"x" * (9 << 20)).status_code == 413
    monkeypatch.setattr("suyuan.trace.recording.imports.registering.MOST_ROWS", 3)
    assert table(client, CSV).status_code == 413


def test_the_template_is_a_table_that_is_read(client):
    answer = client.get("/api/v1/batches/template")
    assert answer.content_type.endswith("spreadsheetml.sheet")
    assert "attachment" in answer.headers["Content-Disposition"]
    found = table(client, answer.data, "批次登记.xlsx").json
    assert found["rows"] == [] and found["type"] == answer.content_type


def test_names_in_the_list_of_codes_are_no_formulas(small, farm, client):
    text = "品名,数量(公斤)\n=1+1,3\n"
    found = table(client, text).json
    one = found["drafts"][0]
    small.ledger.write(farm.pen, [Draft(event=one["event"], document=one["document"])])
    answer = client.get(f"/api/v1/batches/table/{found['sha256']}/codes")
    assert ",'=1+1," in answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    other = client_for(small, small.party("海沧合作社", "producer"))
    for path in (found["sha256"], "x", "0" * 64):
        assert other.get(f"/api/v1/batches/table/{path}/codes").status_code == 404


def test_the_limits_of_requests_are_documented(client):
    spec = json.loads(client.get("/api/v1/openapi.json").data)
    paths = spec["paths"]
    answers = paths["/api/v1/batches/table"]["post"]["responses"]
    assert {"200", "401", "403", "413", "422", "429"} <= set(answers)
    body = paths["/api/v1/batches/table"]["post"]["requestBody"]["content"]
    assert set(body) == {"multipart/form-data"}
    assert {"401", "403", "422", "429"} <= set(paths["/api/v1/products/draft"]["post"]["responses"])
    assert steps.STEPS["code"].biz_step == "commissioning"
