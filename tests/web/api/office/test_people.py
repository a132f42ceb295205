"""Who is registered: listed, changed, left, appointed, within each one's remit."""

import pytest
from support.ledger.world import AUTHORITY, HOST
from support.web.client import client_of
from support.web.signing import ORIGIN_HEADERS, form_token, post, signed_in

from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes

pytestmark = pytest.mark.slow

PLACE = f"https://{HOST}/place/7K3QX9M2V8TDC4NB"


@pytest.fixture
def client(small):
    """The authority's browser."""
    return client_of(small.ledger, small.authority)


def registrar(small, *remit, name="湖心市场"):
    market = small.registrar(*remit, name=name)
    return market, client_of(small.ledger, market)


def change(client, uri, **changed):
    told = {"name": "新名", "roles": ["stall"], "division": "350206"}
    return post(client, f"parties/{uri}/change/draft", **{**told, **changed})


def names(client, **query):
    found = client.get("/api/v1/parties", query_string=query)
    assert found.status_code == 200, found.text
    return [one["name"] for one in found.json["parties"]]


def page(client, path, status=200, **query):
    found = client.get(path, query_string=query, headers={"Accept-Language": "en"})
    assert found.status_code == status, found.text
    return found.text


def test_a_registrar_sees_its_remit_and_the_authority_all(small, client):
    market, office = registrar(small)
    small.admit("A 区 1 号")
    small.admit("岛外一摊", division="350203")
    small.admit("飞地摊", division="350203", places=[PLACE])
    assert names(office) == ["湖心市场", "A 区 1 号"]
    assert names(client) == ["厦门市市场监督管理局", "湖心市场", "A 区 1 号", "岛外一摊", "飞地摊"]
    small.say(small.authority, acts.appoint(market.uri, ["350206", PLACE]))
    assert names(office) == ["湖心市场", "A 区 1 号", "飞地摊"]
    small.say(small.authority, acts.appoint(market.uri, []))
    assert office.get("/api/v1/parties").status_code == 403  # who may admit nobody sees nobody


def test_parties_are_found_by_a_part_of_their_name_or_their_number(small, client):
    for name in ("A 区 1 号", "B 区 1 号", "Café 50%_", "cafe\u0301 zwei"):
        small.admit(name)
    assert names(client, query="区 1") == ["A 区 1 号", "B 区 1 号"]
    assert names(client, query="café") in (["Café 50%_", "cafe\u0301 zwei"], ["cafe\u0301 zwei"])
    assert names(client, query="50%_") == ["Café 50%_"]
    assert names(client, query="%") == ["Café 50%_"]
    assert names(client, query="没有") == names(client, query="\x00") == []
    assert names(client, query=AUTHORITY.removeprefix("urn:uscc:")) == ["厦门市市场监督管理局"]
    uri = small.admit("有码")
    code = codes.shown(uri.rsplit("/", 1)[1])
    assert names(client, query=code.lower()) == ["有码"]
    _market, office = registrar(small, "350207", name="别处")
    assert names(office, query=code) == []


def test_a_long_list_comes_page_by_page(small, client):
    for number in range(60):
        small.admit(f"{number} 号")
    first = client.get("/api/v1/parties?limit=40").json
    rest = client.get(f"/api/v1/parties?limit=40&after={first['after']}").json
    assert (len(first["parties"]), len(rest["parties"]), rest["after"]) == (40, 21, None)
    text = page(client, "/people")
    assert "33 号" in text and "34 号" not in text and "Next page" in text
    after = text.split("after=")[1].split('"')[0].split("&")[0]
    assert "59 号" in page(client, "/people", after=after)
    for odd in ("x", "-1", "9" * 30, "٣"):
        assert "0 号" in page(client, "/people", after=odd)


def test_a_place_is_taken_by_its_name_or_made(small):
    market, office = registrar(small)
    one, other = small.party("A 区 1 号"), small.party("A 区 2 号")
    small.say(market, acts.place(PLACE, market.uri, "湖心市场大厅", "350206"))
    small.ledger.followers.catch_up()
    found = change(office, one.uri, places=["湖心市场 大厅", "A 区水产库"]).json
    place, changed = (draft["statement"] for draft in found["drafts"])
    assert place == acts.place(place["uri"], one.uri, "A 区水产库", "350206")
    assert changed["places"] == [PLACE, place["uri"]] and place["uri"] in found["names"]
    small.say(market, place, changed)
    small.ledger.followers.catch_up()
    text = page(office, "/people/party", who=one.uri, lang="zh")
    assert "湖心市场大厅\nA 区水产库</textarea>" in text and "湖心市场大厅<br>A 区水产库" in text
    # Again the same place; to the party itself it is called so too, until it calls it otherwise.
    again = change(office, one.uri, places=["A 区水产库"]).json["drafts"]
    assert [draft["statement"]["places"] for draft in again] == [[place["uri"]]]
    stall = client_of(small.ledger, one)
    assert "A 区水产库" in page(stall, "/me/process", lang="zh")
    small.say(one, acts.place(place["uri"], one.uri, "冷库", "350206"))
    small.ledger.followers.catch_up()
    text = page(stall, "/me/process", lang="zh")
    assert ">冷库<" in text and "A 区水产库" not in text
    # What a stranger calls a place is nobody's name for it.
    small.say(small.party("外人"), acts.place(PLACE, other.uri, "外人的库", "350206"))
    small.ledger.followers.catch_up()
    (_, taken) = change(office, other.uri, places=["外人的库"]).json["drafts"]
    assert taken["statement"]["places"] != [PLACE]


def test_a_change_replaces_all_that_is_registered(small, client):
    whole, uri = small.admit("总公司"), small.admit("旧名")
    asked = {
        "name": " 新名 ", "roles": ["stall", "caterer", "stall"], "division": "350203",
        "places": [PLACE], "gs1": ["6901234"], "part_of": whole.rsplit("/", 1)[1],
    }  # fmt: skip
    found = change(client, uri, **asked).json
    (draft,) = found["drafts"]
    assert (found["actor"], draft["subjects"]) == (AUTHORITY, [uri])
    small.say(small.authority, draft["statement"])
    with small.ledger.reading() as reader:
        party = reader.party(uri)
    assert (party.name, party.roles, party.division) == ("新名", ("stall", "caterer"), "350203")
    assert (party.places, party.gs1, party.part_of) == ((PLACE,), ("6901234",), whole)
    text = page(client, "/people/party", who=uri)
    assert 'value="新名"' in text and PLACE in text and "总公司" in text


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": " "}, "name"), ({"name": "a\u202eb"}, "name"), ({"roles": []}, "roles"),
        ({"roles": ["king"]}, "roles"), ({"roles": ["authority"]}, "roles"),
        ({"division": "35020"}, "division"), ({"division": "350203"}, "division"),
        ({"places": ["https://湖里"]}, "places"),
        ({"gs1": ["123"]}, "gs1"), ({"gs1": ["٣٣٣٣٣"]}, "gs1"),
        ({"part_of": "nobody"}, "part_of"), ({"part_of": "urn:x:nobody"}, "part_of"),
    ],
)  # fmt: skip
def test_a_change_that_cannot_be_names_its_field(small, changed, field):
    _market, office = registrar(small)
    answer = change(office, small.admit("摊"), **changed)
    assert (answer.status_code, answer.json.get("field")) == (422, field)


def test_a_change_names_all_that_is_wrong_at_once(small):
    _market, office = registrar(small)
    wrong = {"name": "a\nb", "roles": [], "division": "350203", "places": ["https://湖里", PLACE]}
    answer = change(office, small.admit("摊"), **wrong, gs1=["69012345678901"], part_of="nobody")
    assert [(one["field"], one["mistake"]) for one in answer.json["mistakes"]] == [
        ("name", "text"), ("roles", "roles"), ("places", "uri"), ("division", "remit"),
        ("part_of", "party"), ("gs1", "prefix"),
    ]  # fmt: skip
    assert answer.json["field"] == "name" and all(one["detail"] for one in answer.json["mistakes"])


def test_nobody_changes_who_is_not_theirs(small):
    market, office = registrar(small)
    other, _ = registrar(small, "350203", name="岛外市场")
    outside, gone = small.admit("岛外", division="350203"), small.admit("走了")
    small.say(small.authority, acts.leave(gone))
    for uri, status in (
        (outside, 403), (AUTHORITY, 403), (other.uri, 403), (market.uri, 403), (gone, 404),
        ("urn:x:nobody", 404), ("nonsense", 404),
    ):  # fmt: skip
        assert (uri, change(office, uri).status_code) == (uri, status)
        assert (uri, post(office, f"parties/{uri}/leave/draft").status_code) == (uri, status)


def test_who_leaves_signs_nothing_any_more_and_is_still_found(small, client):
    _market, office = registrar(small)
    stall = small.party("A 区 12 号")
    draft = post(office, f"parties/{stall.uri}/leave/draft", reason=" 歇业 ").json["drafts"][0]
    assert draft["statement"] == acts.leave(stall.uri, "歇业")
    small.say(small.authority, draft["statement"])
    assert signed_in(client_of(small.ledger), stall.signer).status_code == 403
    text = page(office, "/people/party", who=stall.uri)
    assert "It has left" in text and 'id="change"' not in text
    assert "has left" in page(office, "/people")
    assert post(client, f"parties/{AUTHORITY}/leave/draft").status_code == 403


def test_the_authority_appoints_and_dismisses_registrars(small, client):
    market = small.party("湖心市场", "market")

    def draft(**asked):
        return post(client, "registrars/draft", **{"party": market.uri, "op": "appoint", **asked})

    for asked, field in (
        ({"remit": []}, "remit"), ({"remit": ["35020"]}, "remit"), ({"remit": [" "]}, "remit"),
        ({"party": AUTHORITY, "remit": ["35"]}, "party"), ({"op": "dismiss"}, "party"),
    ):  # fmt: skip
        answer = draft(**asked)
        assert (asked, answer.status_code, answer.json["field"]) == (asked, 422, field)
    said = draft(remit=["350206", PLACE, "350206"]).json["drafts"][0]["statement"]
    assert said == acts.appoint(market.uri, ["350206", PLACE])
    small.say(small.authority, said)
    text = page(client, "/people/party", who=market.uri)
    assert "<dt>May admit in</dt><dd>Xiamen, Huli District, " in text
    assert f">Xiamen, Huli District\n{PLACE}</textarea>" in text
    named = draft(remit=["Xiamen, Huli District", PLACE]).json["drafts"][0]["statement"]
    assert named == said
    office = client_of(small.ledger, market)
    assert "/people" in page(office, "/me")
    said = draft(op="dismiss").json["drafts"][0]["statement"]
    assert said == acts.dismiss(market.uri)
    small.say(small.authority, said)
    page(office, "/people", 403)
    assert 'href="/people"' not in page(office, "/me")


def test_a_party_s_page_is_for_those_who_may_change_it(small, client):
    market, office = registrar(small)
    stall, outside = small.party("A 区 12 号"), small.admit("岛外", division="350203")
    keyless = small.admit("A 区 13 号")
    text = page(office, "/people/party", who=stall.uri)
    assert "data-revoke" in text and 'id="give"' not in text and 'id="registrar"' not in text
    assert "Lost phone" in text
    text = page(office, "/people/party", who=keyless)
    assert 'id="give"' in text and "It has no key yet." in text and 'id="paper"' in text
    page(office, "/people/party", 403, who=outside)
    page(office, "/people/party", 403, who=AUTHORITY)
    page(office, "/people/party", 404, who="urn:x:nobody")
    page(office, "/people/party", 404)
    text = page(client, "/people/party", who=market.uri)
    assert 'id="registrar"' in text and 'id="dismiss"' in text
    assert 'id="leave"' not in page(client, "/people/party", who=AUTHORITY)
    assert "authority" in page(client, "/people/party", who=AUTHORITY)


def test_either_database_lists_and_searches(world):
    client = client_of(world.ledger, world.authority)
    for name in ("A 区 1 号", "b 区", "B_区"):
        world.admit(name)
    assert names(client, query="区 1") == ["A 区 1 号"]
    assert names(client, query="b") == ["b 区", "B_区"]
    assert names(client, query="_") == ["B_区"]
    assert names(client, query="\x00") == []


def test_only_ones_own_are_invited_in_number(small):
    _market, office = registrar(small)
    token, outside = form_token(office, "/admit/several"), small.admit("岛外", division="350203")
    for parties, status in (([], 422), ([outside], 403), (["?"], 422), (["x"] * 2, 422)):
        data = {"csrf_token": token, "party": parties}
        answer = office.post("/invitations/several", data=data, headers=ORIGIN_HEADERS)
        assert (parties, answer.status_code) == (parties, status)
    assert office.post("/invitations/several", headers=ORIGIN_HEADERS).status_code == 400
