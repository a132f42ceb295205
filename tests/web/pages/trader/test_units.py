"""The unit in which a device has weights shown and entered on one's own pages."""

import html
import json
import re

import pytest
from support.ledger.world import event
from support.web.client import client_of, english
from support.web.signing import ORIGIN_HEADERS

pytestmark = pytest.mark.slow
GREENS = {
    "type": "product", "uri": "https://trace.food.example/product/1Q4T9ZC2KM8W0RB3",
    "name": "上海青", "category": "蔬菜/叶菜类", "unit": "KGM", "conversions": {"箱": "20"},
}  # fmt: skip


@pytest.fixture
def farm(small):
    made = small.party("青山农场", "producer")
    small.say(made, GREENS)
    return made


@pytest.fixture
def client(small, farm):
    return client_of(small.ledger, farm)


def data_of(text, name):
    return [json.loads(html.unescape(one)) for one in re.findall(rf'data-{name}="([^"]*)"', text)]


def draft(client, path, **body):
    answer = client.post(f"/api/v1/{path}/draft", json=body, headers=ORIGIN_HEADERS)
    assert answer.status_code == 200, answer.text
    return answer.json["drafts"][0]["event"]


def coded(world, farm, lot):
    """A lot of 900 kg of the product."""
    world.do(farm, event("code", lot, "900") | {"ilmd": {"suyuan:productId": GREENS["uri"]}})


def batch(**more):
    return {"product": GREENS["uri"], "name": "", "produced": "", "quantity": "30", **more}


def test_holdings_are_shown_in_the_unit_that_is_chosen_and_kept(small, farm, client):
    small.code(farm, small.new_lot(), "30.25")
    assert "30.25 kg" in english(client, "/me/holdings")
    chosen = english(client, "/me/holdings?weight=jin")
    assert "60.5 jin" in chosen and "30.25 kg" not in chosen
    kept = english(client, "/me/holdings")
    assert "60.5 jin" in kept
    (line,) = data_of(kept, "line")
    assert line["units"] == [["jin", 500_000], ["kg", 1_000_000], ["liang", 50_000]]
    assert (line["value"], line["uom"]) == ("30.25", "KGM")  # what is signed is as before
    assert "605 liang" in english(client, "/me/holdings?weight=liang")
    assert "30.25 kg" in english(client, "/me/holdings?weight=kg")
    assert "30.25 kg" in english(client, "/me/holdings?weight=ounces")


def test_what_consumers_see_does_not_follow_it(small, farm, client):
    lot = small.new_lot()
    small.code(farm, lot, "30.25")
    english(client, "/me/holdings?weight=jin")
    assert "30.25 kg" in english(client, f"/t/{lot.rsplit('/', 1)[-1]}")


@pytest.mark.parametrize(("unit", "kilograms"), [("斤", "15"), ("两", "1.5"), ("箱", "600")])
def test_a_batch_and_a_step_are_entered_in_any_unit(small, farm, client, unit, kilograms):
    made = draft(client, "batches", batches=[batch(unit=unit)])
    assert made["quantityList"][0]["quantity"] == float(kilograms)
    assert made["quantityList"][0]["uom"] == "KGM"
    lot = small.new_lot()
    coded(small, farm, lot)
    goods = [{"item": lot, "quantity": "30", "unit": unit}]
    stored = draft(client, "events", step="store", goods=goods)["quantityList"][0]
    assert (stored["quantity"], stored["uom"]) == (float(kilograms), "KGM")


def test_packages_of_a_lot_are_offered_and_those_of_other_goods_refused(small, farm, client):
    lot, other = small.new_lot(), small.new_lot()
    coded(small, farm, lot)
    small.code(farm, other)
    lines = {one["item"]: one for one in data_of(english(client, "/me/holdings"), "line")}
    assert lines[lot]["units"][-1] == ["Xiang (箱) of 20 kg", 20_000_000]
    assert len(lines[other]["units"]) == 3
    body = {"step": "store", "goods": [{"item": other, "quantity": "1", "unit": "箱"}]}
    answer = client.post("/api/v1/events/draft", json=body, headers=ORIGIN_HEADERS)
    assert (answer.status_code, answer.json["field"]) == (422, "goods.0.quantity")
