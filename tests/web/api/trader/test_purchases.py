"""Goods bought outside the ledger: what is typed becomes what `suyuan purchase` signs."""

import hashlib
import io
import json

import pytest
from support.goods.papers import PDF
from support.web.client import chinese, client_of
from support.web.signing import ORIGIN_HEADERS, acting_for

from suyuan.keys import base64
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.private.audience import OWN
from suyuan.trace.goods.disclosures import Kept

pytestmark = pytest.mark.slow

URL = "/api/v1/purchases/draft?lang=zh"
SALT = bytes(range(32))


@pytest.fixture
def stall(small):
    return small.party("A 区 12 号", "stall")


def recording_for(world, stall, step):
    """A browser of a market that records a step for a stall."""
    market = world.party("湖心市场", "market")
    span = "2020-01-01T00:00:00Z", "2099-01-01T00:00:00Z"
    world.say(stall, acts.give_mandate(stall.uri, market.uri, [step], *span))
    client = client_of(world.ledger, market)
    acting_for(client, stall.uri)
    return client


def drafted(client, **typed):
    body = {"product": "巴浪鱼", "quantity": "30", "unit": "斤", "supplier": "林阿水", **typed}
    return client.post(URL, json=body, headers=ORIGIN_HEADERS)


def bought(world, stall, client, **typed):
    answer = drafted(client, **typed).json
    (link,) = answer["drafts"]
    hidden = [Kept(row["disclosure"], stall.uri, OWN) for row in link["disclosures"]]
    world.ledger.disclosures.keep(hidden, world.ledger.now())
    world.ledger.write(stall.pen, [Draft(event=link["event"])])
    world.ledger.followers.catch_up()
    return answer


def test_a_person_is_named_to_its_buyer_alone_and_offered_again(small, stall):
    client = client_of(small.ledger, stall)
    answer = bought(small, stall, client, contact="138 0000 0000")
    event = answer["drafts"][0]["event"]
    assert event["bizStep"] == "receiving"
    assert event["quantityList"][0] == {"epcClass": answer["item"], "quantity": 15, "uom": "KGM"}
    assert "林阿水" not in json.dumps(event, ensure_ascii=False) and "138" not in json.dumps(event)
    assert "规格" in answer["missing"]
    page = chinese(client, "/me/purchase")
    assert "巴浪鱼" in page and "林阿水" in page
    # Who records under a mandate signs for the stall, and is not shown whom that bought of.
    page = chinese(recording_for(small, stall, "receiving"), "/me/purchase")
    assert "巴浪鱼" in page and "林阿水" not in page


def test_the_slip_is_for_its_buyer_and_inspectors_alone(small, stall):
    client = client_of(small.ledger, stall)
    salt = base64.encode_url(SALT)
    sent = {"file": (io.BytesIO(PDF), "slip.pdf"), "salt": salt}
    kept = client.post("/api/v1/attachments", data=sent, headers=ORIGIN_HEADERS).json
    file = {"sha256": kept["sha256"], "kind": "note", "salt": salt, "audience": "own"}
    (link,) = drafted(client, files=[file]).json["drafts"]
    (named,) = link["event"]["suyuan:attachments"]
    assert named["sha256"] == hashlib.sha256(SALT + PDF).hexdigest()
    assert "salt" not in named and named["private"] is True
    assert {row["audience"] for row in link["disclosures"]} == {"own"}


@pytest.mark.parametrize(
    ("typed", "field", "what"),
    [
        ({"product": " "}, "product", "品名"),
        ({"quantity": "三十"}, "quantity", "不是数字"),
        ({"quantity": ""}, "quantity", "数量"),
        ({"unit": "箱"}, "quantity", "箱"),
        ({"supplier": ""}, "supplier", "卖家"),
        ({"produced": "2999-01-01"}, "produced", "2999"),
        ({"produced": "2026-11-30", "bought": "2026-11-02"}, "produced", "2026-11-30"),
        ({"uscc": "1234"}, "uscc", ""),
        ({"shelf_life": "很久"}, "shelf_life", "天"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_in_the_pages_language(small, stall, typed, field, what):
    answer = drafted(client_of(small.ledger, stall), **typed)
    assert answer.status_code == 422 and answer.json["field"] == field, answer.json
    (cell,) = answer.json["cells"]
    assert what in cell["what"] + cell["fix"]


def test_only_who_may_receive_enters_a_purchase(small, stall):
    assert drafted(recording_for(small, stall, "retail_selling")).status_code == 403
