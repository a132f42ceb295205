"""Profiles: drafted of one's own, with what is personal hidden; refused of others'; read by all."""

from support.web.client import client_of, english
from support.web.signing import ORIGIN_HEADERS

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.goods.disclosures import Kept

LICENCE = {"kind": "business", "number": "JY1", "expires": "2028-06-30"}


def draft(client, **asked):
    return client.post("/api/v1/profiles/draft", json=asked, headers=ORIGIN_HEADERS)


def state(world, actor, client, **asked):
    """Draft a profile, sign it and hand in what it hides; the statement."""
    (one,) = draft(client, **asked).json["drafts"]
    kept = [Kept(part["disclosure"], actor.uri) for part in one["disclosures"]]
    world.ledger.disclosures.keep(kept, world.ledger.now())
    world.ledger.write(actor.pen, [Draft(statement=one["statement"])])
    world.ledger.followers.catch_up()
    return one["statement"]


def counting(client, uri):
    return client.get("/api/v1/profiles", query_string={"uri": uri}).json


def test_one_tells_of_oneself_and_hides_what_is_personal(small, farm, client):
    asked = {
        "uri": farm.uri, "names": {"en": " Green Hill "}, "description": {"zh": "", "en": "Farm"},
        "licences": [LICENCE, {"kind": "organic"}], "phone": "13900000000", "person": "李四",
    }  # fmt: skip
    said = state(small, farm, client, **asked)
    assert (said["names"], said["description"]) == ({"en": "Green Hill"}, {"en": "Farm"})
    assert said["licences"] == [LICENCE] and "phone" not in said
    found = counting(client_of(small.ledger), farm.uri)
    assert found["members"]["names"] == {"en": "Green Hill"}
    assert found["licences"] == [LICENCE | {"by": farm.uri, "is_own": True}]
    own = english(client, "/me/profile")
    assert "13900000000" in own and "\\u674e\\u56db" in own and "Green Hill" in own
    other = client_of(small.ledger, small.party("别家"))
    assert other.get(f"/me/profile?of={farm.uri}").status_code == 403


def test_a_stranger_is_refused_and_a_registrar_vouches_for_a_licence(small, farm, client):
    market, shop = small.registrar("350206"), small.party("和顺")
    assert draft(client, uri=shop.uri).status_code == 403
    assert draft(client, uri="https://id.gs1.org/01/06901234567892").status_code == 404
    over = client_of(small.ledger, market)
    assert "和顺" in english(over, f"/me/profile?of={shop.uri}")
    state(small, market, over, uri=shop.uri, licences=[LICENCE])
    (found,) = counting(client, shop.uri)["licences"]
    assert (found["by"], found["is_own"]) == (market.uri, False)


def test_what_is_wrong_is_said_of_its_field(client, farm):
    wrong = {
        "net": {"value": "ein Pfund", "unit": "g"}, "coordinates": "24N",
        "licences": [{"kind": "business", "number": "", "expires": "30.6.2028"}],
    }  # fmt: skip
    answer = draft(client, uri=farm.uri, **wrong)
    assert answer.status_code == 422
    columns = [cell["column"] for cell in answer.json["cells"]]
    assert sorted(columns) == ["coordinates", "licences", "licences", "net"]
    assert draft(client, uri=farm.uri, net={"value": "350", "unit": "g"}).json["drafts"][0][
        "statement"
    ]["net"] == {"value": "0.35", "unit": "kg"}
