"""One's own records: nobody else's, no formula in a spreadsheet, and what is wrong put right."""

import io
from datetime import timedelta
from decimal import Decimal

import openpyxl
import pytest
from support.ledger.world import event
from support.web.client import client_of
from support.web.signing import ORIGIN_HEADERS, acting_for

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.steps import Portion

pytestmark = pytest.mark.slow
FORMULA = '=HYPERLINK("https://evil.example")'


@pytest.fixture
def sold(small, farm):
    """A lot whose name is a formula, and four sales of it: the index of the last."""
    lot = small.new_lot()
    coding = event("code", lot, "500", extra=steps.coding(FORMULA, None, None, None))
    small.do(farm, coding)
    for kilos in (10, 11, 12, 90):
        made = steps.event("sell", small.ledger.now(), [Portion(lot, Decimal(kilos), "KGM")])
        (receipt,) = small.do(farm, made)
    small.ledger.followers.catch_up()
    return receipt.index


def test_a_table_of_records_holds_no_formula(client, sold):
    book = openpyxl.load_workbook(io.BytesIO(client.get("/api/v1/records/table").data))
    rows = list(book.active.iter_rows(values_only=False))
    assert {row[2].value for row in rows[1:]} == {FORMULA}
    assert {row[2].data_type for row in rows[1:]} == {"s"} and rows[1][3].value == 90
    text = client.get("/api/v1/records/table?form=csv").text
    assert text.startswith("\ufeff") and "'=HYPERLINK" in text and ",=HYPERLINK" not in text


def test_records_are_their_own_partys(small, client, sold):
    found = client.get("/api/v1/records?step=sell&order=oldest").json
    assert [one["quantity"]["value"] for one in found["records"]] == ["10", "11", "12", "90"]
    assert found["after"] is None
    other = client_of(small.ledger, small.party("海沧合作社", "producer"))
    assert other.get("/api/v1/records").json["records"] == []
    for path in (f"/api/v1/records/{sold}", f"/me/records/{sold}", "/api/v1/records/99999999"):
        assert other.get(path).status_code == 404
    for path in (f"/api/v1/records/{1 << 63}", f"/me/records/{1 << 63}"):
        assert client.get(path).status_code == 404
    for kind in ("correction", "retraction"):
        path = f"/api/v1/records/{sold}/{kind}"
        assert other.post(path, json={}, headers=ORIGIN_HEADERS).status_code == 404
        none = client.post(f"/api/v1/records/{1 << 63}/{kind}", json={}, headers=ORIGIN_HEADERS)
        assert none.status_code == 404 and "only its own" in none.json["detail"]
    assert client.get("/api/v1/records?after=x").status_code == 422


def test_under_a_mandate_one_sees_its_steps_alone(small, farm, client, sold):
    helper = small.party("助手", "market")
    until = (small.ledger.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    since = (small.ledger.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    small.say(farm, acts.give_mandate(farm.uri, helper.uri, ["retail_selling"], since, until))
    browser = client_of(small.ledger, helper)
    acting_for(browser, farm.uri)
    found = browser.get("/api/v1/records").json["records"]
    assert {one["step"] for one in found} == {"sell"} and len(found) == 4
    coded = client.get("/api/v1/records?step=code").json["records"][0]["index"]
    assert browser.get(f"/me/records/{sold}").status_code == 200
    assert browser.get(f"/me/records/{coded}").status_code == 403


def test_a_correction_is_drafted_asked_about_and_taken(small, farm, client, sold):
    def drafted(kilos):
        body = {"amounts": {"quantityList.0": {"quantity": kilos, "unit": "KGM"}}}
        path = f"/api/v1/records/{sold}/correction"
        return client.post(path, json=body, headers=ORIGIN_HEADERS)

    asked = drafted("150").json
    assert len(asked["questions"]) == 1 and FORMULA in asked["questions"][0]
    wrong = drafted("many")
    assert wrong.status_code == 422 and wrong.json["field"] == "quantityList.0"
    assert drafted("90").status_code == 400  # nothing was changed
    right, declared = drafted("9").json["drafts"]
    assert declared["event"]["errorDeclaration"]["correctiveEventIDs"] == [
        right["event"]["eventID"]
    ]
    small.ledger.write(farm.pen, [Draft(event=one["event"]) for one in (right, declared)])
    small.ledger.followers.catch_up()
    found = client.get("/api/v1/records?step=sell").json["records"]
    assert [one["voided"] for one in found if one["index"] == sold] == ["error"]
    page = client.get(f"/me/records/{sold}", headers={"Accept-Language": "en"}).text
    assert "Corrected or retracted" in page and 'id="retract"' not in page
