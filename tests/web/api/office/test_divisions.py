"""Divisions by name: suggested to who is signed in, taken wherever one is entered."""

import pytest
from support.web.client import client_of, english
from support.web.roles import HEADERS


def names(client, typed, language="zh"):
    answer = client.get(f"/api/v1/divisions?q={typed}&lang={language}")
    return [(one["code"], one["name"]) for one in answer.json["divisions"]]


def test_divisions_are_suggested_those_of_the_remit_first(small):
    client = client_of(small.ledger, small.party("湖里所", "office", division="350206"))
    assert names(client, "思明")[0] == ("350203", "厦门市思明区")
    assert names(client, "huli", "en")[0] == ("350206", "Xiamen, Huli District")
    assert names(client, "街道")[0] == ("350203001", "厦门市思明区厦港街道")
    assert names(client, "%5B") == []
    assert client.get("/api/v1/divisions", headers=HEADERS).status_code == 422
    assert client.get(f"/api/v1/divisions?q={'x' * 200}", headers=HEADERS).status_code == 422
    nobody = client_of(small.ledger, None)
    assert nobody.get("/api/v1/divisions?q=x", headers=HEADERS).status_code == 401


@pytest.mark.parametrize("typed", ["350206", "湖里区", "厦门市湖里区", "Xiamen, Huli District"])
def test_a_division_is_entered_by_its_name_or_its_digits(small, typed):
    market = small.registrar(name="湖心市场")
    stall, office = small.party("A 区 12 号"), small.party("市局", "office", division="3502")
    admitting = {"roles": ["stall"], "division": typed}
    change = {"name": "新名", **admitting}
    asked = {
        "parties/draft": (market, {"name": "一", **admitting}),
        f"parties/{stall.uri}/change/draft": (market, change),
    }
    for path, (who, body) in asked.items():
        answer = client_of(small.ledger, who).post(f"/api/v1/{path}", json=body, headers=HEADERS)
        assert answer.json["drafts"][0]["statement"]["division"] == "350206", path
        assert answer.json["names"]["350206"] == "Xiamen, Huli District"
    body = {"party": market.uri, "op": "appoint", "remit": [typed]}
    authority = client_of(small.ledger, small.authority)
    answer = authority.post("/api/v1/registrars/draft", json=body, headers=HEADERS)
    assert answer.json["drafts"][0]["statement"]["remit"] == ["350206"]
    desk = client_of(small.ledger, office)
    for page in ("/inspect", "/inspect/search"):
        text = english(desk, f"{page}?division={typed}")
        assert "is called" not in text and 'id="division-wrong"' not in text


@pytest.mark.parametrize("typed", ["", "Atlantis", "鼓楼区", "3502061", "思明区"])
def test_no_division_and_none_of_the_remit_are_refused_at_the_field(small, typed):
    client = client_of(small.ledger, small.registrar("350206", name="湖心市场"))
    body = {"name": "一", "roles": ["stall"], "division": typed}
    answer = client.post("/api/v1/parties/draft", json=body, headers=HEADERS)
    assert (answer.status_code, answer.json["field"]) == (422, "division")
