"""A party's products: listed, drafted and refused; the statement is the party's own to sign."""

from support.web.client import client_of, english
from support.web.signing import CHINESE_HEADERS, ORIGIN_HEADERS

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft

GTIN = "06901234567892"
BOX = {"unit": "箱", "amount": "20"}
FIRST = {"name": "上海青", "category": "蔬菜/叶菜类", "shelf_life": "3", "conversions": [BOX]}


def draft(client, headers=ORIGIN_HEADERS, **asked):
    return client.post("/api/v1/products/draft", json=asked, headers=headers)


def state(world, actor, client, **asked):
    """Draft a product and sign it; the statement."""
    found = draft(client, **asked).json
    (one,) = found["drafts"]
    world.ledger.write(actor.pen, [Draft(statement=one["statement"])])
    return one["statement"]


def listed(client):
    return client.get("/api/v1/products").json["products"]


def test_a_product_is_stated_as_it_was_typed(small, farm, client):
    found = draft(client, **FIRST, spec=" 精选　").json
    (one,) = found["drafts"]
    said = one["statement"]
    assert said == {
        "type": "product", "uri": said["uri"], "name": "上海青", "category": "蔬菜/叶菜类",
        "unit": "KGM", "spec": "精选", "shelf_life_days": 3, "conversions": {"箱": "20"},
    }  # fmt: skip
    assert one["subjects"] == [said["uri"]] and found["actor"] == farm.uri
    assert found["names"][said["uri"]] == "上海青"
    assert listed(client) == []
    small.ledger.write(farm.pen, [Draft(statement=said)])
    (product,) = listed(client)
    assert (product["uri"], product["conversions"]) == (said["uri"], {"箱": "20"})


def test_a_change_keeps_the_uri_and_replaces_the_rest(small, farm, client):
    first = state(small, farm, client, **FIRST)
    again = state(small, farm, client, uri=first["uri"], name="上海青（小）", category="蔬菜")
    assert again["uri"] == first["uri"] and "conversions" not in again
    assert [one["name"] for one in listed(client)] == ["上海青（小）"]


def test_what_another_party_stated_is_no_product_of_ones_own(small, farm, client):
    first = state(small, farm, client, **FIRST)
    other = small.party("海沧合作社", "producer")
    theirs = client_of(small.ledger, other)
    answer = draft(theirs, uri=first["uri"], name="x", category="y")
    assert answer.status_code == 404
    # What it states of the same URI is its own word, and changes nobody else's.
    small.say(other, {**first, "name": "别人的"})
    assert [one["name"] for one in listed(theirs)] == ["别人的"]
    assert [one["name"] for one in listed(client)] == ["上海青"]


WRONG = [
    ({"name": " "}, "name", "it is empty", "未填写；请填写产品名称"),
    ({"name": "a\u202eb"}, "name", "U+202E", "看不见"),
    ({"name": "青" * 201}, "name", "at most 200", "最多 200 个字"),
    ({"category": ""}, "category", "choose the category", "请选择类别"),
    ({"unit": "斤"}, "unit", "斤 is stored as KGM", "斤以 KGM 保存"),
    ({"unit": "箱"}, "unit", "is a package", "箱是包装"),
    ({"unit": "xyz"}, "unit", "no unit 'xyz' is known", "不认识单位“xyz”"),
    ({"shelf_life": "3个月"}, "shelf_life", "91 perhaps", "也许是 91"),
    ({"shelf_life": "0"}, "shelf_life", "1 to 36500", "1 至 36500"),
    ({"conversions": [BOX | {"amount": ""}]}, "conversions", "how much is", "每箱有多少"),
    ({"conversions": [BOX | {"unit": ""}]}, "conversions", "no unit", "没有单位"),
    ({"conversions": [BOX | {"amount": "-2"}]}, "conversions", "negative", "是负数"),
    ({"conversions": [BOX | {"amount": "2kg"}]}, "conversions", "no number", "不是数字"),
    ({"conversions": [BOX, BOX]}, "conversions", "stands there twice", "写了两次"),
    ({"conversions": [BOX | {"unit": "斤"}]}, "conversions", "measure", "计量单位"),
    ({"gtin": "6901234567892"}, "gtin", "company prefixes", "厂商识别代码"),
    ({"gtin": "6901234567893"}, "gtin", "2 would be right", "应为 2"),
]


def test_what_is_wrong_is_said_of_its_field(client):
    for asked, field, says, chinese in WRONG:
        answer = draft(client, **(FIRST | asked))
        assert answer.status_code == 422, asked
        assert answer.json["field"] == field and says in answer.json["detail"], asked
        cell = draft(client, CHINESE_HEADERS, **(FIRST | asked)).json["cells"][0]
        assert cell["column"] == field and chinese in f"{cell['what']}；{cell['fix']}", cell


def test_all_that_is_wrong_is_said_at_once(client):
    answer = draft(client, name="", category="", shelf_life="x", unit="y")
    fields = [cell["column"] for cell in answer.json["cells"]]
    assert sorted(fields) == ["category", "name", "shelf_life", "unit"]
    for asked in ({}, {"name": "x"}, {"name": 7, "category": "y"}, {"name": "x" * 2000}):
        assert draft(client, **asked).status_code == 422


def test_a_gtin_under_ones_own_prefix_is_the_products_uri(small, farm, client):
    change = acts.admit(farm.uri, "青山农场", ["producer"], "350206", gs1=["690123"], op="change")
    small.say(small.authority, change)
    said = state(small, farm, client, **FIRST, gtin="6901234567892")
    assert said["uri"] == f"https://id.gs1.org/01/{GTIN}"
    assert listed(client)[0]["gtin"] == GTIN
    answer = draft(client, **FIRST, gtin="6901234567892")
    assert answer.json["field"] == "gtin" and "yours already" in answer.json["detail"]
    text = english(client, "/me/products")
    assert 'id="gtin"' in text and GTIN in text
