"""Invitations: a browser offers a key, another screen enrols it, and nobody else's gets in."""

import re
from datetime import timedelta

import pytest
from support.ledger.world import AUTHORITY, ORIGIN
from support.web.client import client_of
from support.web.signing import ORIGIN_HEADERS, form_token, post, signed_in

from suyuan.keys import base64
from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.identifiers import codes
from suyuan.trace.goods import inviting
from suyuan.trace.goods.inviting import check_of
from suyuan.trace.watch.audit import audit

pytestmark = pytest.mark.slow


@pytest.fixture
def client(small):
    """The authority's browser."""
    return client_of(small.ledger, small.authority)


@pytest.fixture
def phone(small):
    """A browser that nobody is signed in with."""
    return client_of(small.ledger)


def offer(phone, code, signer, party, **changed):
    told = {
        "code": code,
        "spki": base64.encode(signer.public.spki),
        "kept": "browser",
        "possession": acts.possession(ORIGIN, party, signer),
    }
    return post(phone, "invitations/key", **{**told, **changed})


def enrolled(small, client, token, actor=None):
    """Sign what the draft says, as the inviter's browser does."""
    draft, actor = post(client, f"invitations/{token}/draft"), actor or small.authority
    assert draft.status_code == 200, draft.json
    (one,) = draft.json["drafts"]
    assert (draft.json["ledger"], draft.json["actor"]) == (ORIGIN, actor.uri)
    assert (one["subjects"], one["after"]) == ([one["statement"]["party"]], [])
    small.ledger.write(actor.pen, [Draft(statement=one["statement"])])
    return one["statement"]


def test_from_the_invitation_to_signing_in(small, client, phone):
    party, signer = small.admit("A 区 12 号"), LocalSigner.new("ECDSA-P256")
    made = post(client, "invitations", party=party).json
    assert made["url"].endswith(f"/invite#{codes.shown(made['code'])}")
    seen = post(phone, "invitations/open", code=made["code"]).json
    assert (seen["party"], seen["name"], seen["invited_by"]) == (party, "A 区 12 号", AUTHORITY)
    assert (seen["state"], seen["has_keys"], seen["check"]) == ("open", False, None)
    taken = offer(phone, made["code"].lower(), signer, party).json
    assert (taken["state"], taken["keyid"]) == ("offered", signer.public.keyid)
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){2}", taken["check"])
    assert signed_in(phone, signer).status_code == 403  # an offer is no enrolment
    (listed,) = client.get("/api/v1/invitations").json["invitations"]
    assert (listed["id"], listed["check"]) == (made["id"], taken["check"])
    statement = enrolled(small, client, made["id"])
    assert statement["kept"] == "browser" and "revokes" not in statement
    assert post(phone, "invitations/open", code=made["code"]).json["state"] == "enrolled"
    assert signed_in(phone, signer).json["party"] == party
    small.ledger.followers.catch_up()
    assert audit(small.ledger).is_good


def test_the_code_is_kept_nowhere(small, client):
    code = post(client, "invitations", party=small.admit("A 区 12 号")).json["code"]
    with small.ledger.database.engine.connect() as connection:
        rows = str(connection.exec_driver_sql("SELECT * FROM invitation").fetchall())
    assert code not in rows
    assert inviting.token_of(code) in rows
    listed = str(client.get("/api/v1/invitations").json)
    assert code not in listed and codes.shown(code) not in listed


def test_a_key_that_nobody_shows_to_hold_is_refused(small, client, phone):
    party, signer, other = small.admit("A 区 12 号"), LocalSigner.new(), LocalSigner.new()
    code = post(client, "invitations", party=party).json["code"]
    for changed in (
        {"possession": acts.possession(ORIGIN, party, other)},
        {"possession": acts.possession(ORIGIN, AUTHORITY, signer)},
        {"possession": acts.possession("other.example/log", party, signer)},
        {"possession": "{}"},
        {"spki": base64.encode(other.public.spki)},
        {"spki": base64.encode(bytes(44))},
        {"spki": "***"},
        {"spki": base64.encode(bytes.fromhex("302a300506032b6570032100") + b"\1" + bytes(31))},
        {"kept": "pocket"},
    ):
        answer = offer(phone, code, signer, party, **changed)
        assert (changed, answer.status_code) == (changed, 422)
        assert answer.mimetype == "application/problem+json"
    assert post(phone, "invitations/open", code=code).json["state"] == "open"


@pytest.mark.parametrize(
    ("code", "status"), [("0000-0000-0000-0000", 404), ("xx", 422), ("", 422), ("𠮷" * 16, 422)]
)
def test_a_code_that_is_none(phone, code, status):
    assert post(phone, "invitations/open", code=code).status_code == status


def test_an_invitation_is_over_after_its_time(small, client, phone):
    start, party, signer = small.ledger.now(), small.admit("A 区 12 号"), LocalSigner.new()
    small.ledger.clock = lambda: start
    code = post(client, "invitations", party=party, days=1).json["code"]
    small.ledger.clock = lambda: start + timedelta(days=1)
    assert post(phone, "invitations/open", code=code).json["state"] == "over"
    assert offer(phone, code, signer, party).status_code == 404


def test_what_is_taken_back_is_gone(small, client, phone):
    made = post(client, "invitations", party=small.admit("A 区 12 号")).json
    path = f"/api/v1/invitations/{made['id']}"
    signed_in(phone, small.party("另一摊").signer)
    assert phone.delete(path, headers=ORIGIN_HEADERS).status_code == 404
    assert client.delete(path, headers=ORIGIN_HEADERS).status_code == 204
    assert post(phone, "invitations/open", code=made["code"]).status_code == 404


def test_no_key_no_draft(small, client):
    made = post(client, "invitations", party=small.admit("A 区 12 号")).json
    draft = post(client, f"invitations/{made['id']}/draft")
    assert draft.status_code == 409
    assert "no key was offered yet" in draft.json["detail"]


def registrar(small, *remit):
    market = small.registrar(*remit)
    return market, client_of(small.ledger, market)


def test_a_registrar_invites_in_its_remit_only(small):
    market, browser = registrar(small)
    other, elsewhere = registrar(small, "350203")
    inside, outside = small.admit("A 区 12 号"), small.admit("A 区 12 号", division="350203")
    assert post(browser, "invitations", party=inside).status_code == 201
    assert post(browser, "invitations", party=market.uri).status_code == 201  # a further device
    for party in (outside, AUTHORITY, other.uri):
        assert post(browser, "invitations", party=party).status_code == 403
    assert post(browser, "invitations", party="urn:x:nobody").status_code == 422
    made = post(browser, "invitations", party=inside).json
    assert post(elsewhere, f"invitations/{made['id']}/draft").status_code == 404


def test_others_invite_their_own_devices_only(small, phone):
    stall, other = small.party("A 区 12 号"), small.party("A 区 13 号")
    signed_in(phone, stall.signer)
    assert post(phone, "invitations", party=other.uri).status_code == 403
    made = post(phone, "invitations", party=stall.uri).json
    second, signer = client_of(small.ledger), LocalSigner.new()
    assert offer(second, made["code"], signer, stall.uri).status_code == 200
    statement = enrolled(small, phone, made["id"], stall)
    assert "revokes" not in statement
    assert signed_in(second, signer).json["party"] == stall.uri
    assert signed_in(phone, stall.signer).status_code == 200  # the first goes on


def test_a_lost_phone_is_answered_in_one_link(small):
    """At the market office: earlier keys revoked, the new one enrolled, their sessions ended."""
    market, office = registrar(small)
    stall, finder = small.party("A 区 12 号"), client_of(small.ledger)
    signed_in(finder, stall.signer)
    made = post(office, "invitations", party=stall.uri).json
    assert made["has_keys"]
    fresh, signer = client_of(small.ledger), LocalSigner.new()
    offer(fresh, made["code"], signer, stall.uri)
    statement = enrolled(small, office, made["id"], market)
    assert statement["revokes"] == [stall.signer.public.keyid]
    assert finder.get("/api/v1/session").status_code == 401
    assert signed_in(finder, stall.signer).status_code == 403
    assert signed_in(fresh, signer).json["party"] == stall.uri


def test_a_key_is_revoked_by_its_party_and_those_above_it(small, client, phone):
    stall, other = small.party("A 区 12 号"), small.party("A 区 13 号")
    path = f"keys/{stall.signer.public.keyid}/revoke/draft"
    signed_in(phone, other.signer)
    assert post(phone, path).status_code == 403
    signed_in(phone, stall.signer)
    for browser in (phone, client):
        (draft,) = post(browser, path).json["drafts"]
        assert draft["statement"] == acts.revoke(stall.uri, stall.signer.public.keyid)
    small.say(stall, draft["statement"])
    assert post(client, path).status_code == 404


@pytest.mark.parametrize("name", ["%00", "x", "0" * 63, "A" * 64, "%F0%A0%AE%B7", "0" * 5_000])
def test_what_is_no_digest_names_nothing(client, name):
    for path in (f"keys/{name}/revoke/draft", f"invitations/{name}/draft"):
        assert post(client, path).status_code == 404
    path = f"/api/v1/invitations/{name}"
    assert client.delete(path, headers=ORIGIN_HEADERS).status_code == 404


@pytest.mark.parametrize("typed", ["𠮷" * 18, "\x00", "٣" * 13, "x" * 513, "urn:x:\n", "/" * 18])
def test_whom_to_invite_is_a_party(client, typed):
    answer = post(client, "invitations", party=typed)
    assert (answer.status_code, answer.mimetype) == (422, "application/problem+json")


def test_the_form_keeps_what_was_typed_and_says_what_is_wrong(client):
    token = form_token(client, "/invitations")
    for typed in ('"><script>alert(1)</script>', "nonsense", "91350200155012341X"):
        answer = client.post(
            "/invitations", data={"csrf_token": token, "party": typed}, headers=ORIGIN_HEADERS
        )
        assert answer.status_code == 422
        assert "<script>alert" not in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert "No party of your remit has this name or number." in answer.text
    assert 'value="91350200155012341X"' in answer.text


def listed(client, **query):
    query["lang"] = "zh"  # names as they are registered
    text = client.get("/invitations", query_string=query, headers=ORIGIN_HEADERS).text
    return dict(re.findall(r'value="([0-9a-f]{64})"> <span><b>([^<]+)</b>', text))


def several(client, **form):
    form["csrf_token"] = form_token(client, "/invitations")
    return client.post("/invitations/several", data=form, headers=ORIGIN_HEADERS)


def test_invitations_are_found_by_name_and_state_and_made_anew(small, client, phone):
    start = small.ledger.now()
    small.ledger.clock = lambda: start
    uris = {name: small.admit(name) for name in ("王记水产", "王记干货", "李记")}
    codes_ = {n: post(client, "invitations", party=uri, days=1).json for n, uri in uris.items()}
    assert sorted(listed(client, name="王记").values()) == ["王记干货", "王记水产"]
    offer(phone, codes_["李记"]["code"], LocalSigner.new(), uris["李记"])
    assert [*listed(client, state="offered").values()] == ["李记"]
    assert listed(client, state="over") == listed(client, name="%") == {}
    small.ledger.clock = lambda: start + timedelta(days=60)
    client = client_of(small.ledger, small.authority)
    assert len(listed(client, state="over")) == 3 and listed(client, state="open") == {}
    (token,) = listed(client, name="水产")
    text = several(client, again=token).text
    (code,) = re.findall(r'class="check">([0-9A-Z-]{19})<', text)
    assert post(phone, "invitations/open", code=code).json["state"] == "open"
    assert post(phone, "invitations/open", code=codes_["王记水产"]["code"]).status_code == 404
    assert several(client, again=token).status_code == 404  # taken back by that
    stranger = client_of(small.ledger, small.registrar("350207", name="别处"))
    assert several(stranger, again=[*listed(client, name="干货")]).status_code == 404
    small.ledger.clock = lambda: start + timedelta(days=92)
    client = client_of(small.ledger, small.authority)
    post(client, "invitations", party=uris["李记"])
    assert [*listed(client).values()] == ["李记", "王记水产"]  # what was over for long is gone


def test_of_several_parties_of_a_name_one_is_chosen(small, client):
    one, other = small.admit("王记水产"), small.admit("王记干货")

    def invite(browser, typed):
        data = {"csrf_token": form_token(browser, "/invitations"), "party": typed}
        return browser.post("/invitations", data=data, headers=ORIGIN_HEADERS)

    assert "Invitation for 王记干货" in invite(client, "干货").text
    answer = invite(client, "王记")
    assert answer.status_code == 422 and "Several are called so" in answer.text
    assert re.findall(r'name="party" value="([^"]+)"', answer.text) == [one, other]
    elsewhere = client_of(small.ledger, small.registrar("350207", name="别处"))
    assert "No party of your remit" in invite(elsewhere, "干货").text


def test_the_form_shows_the_link_once(small, client):
    token, party = form_token(client, "/invitations"), small.admit("<b>摊</b>")
    answer = client.post(
        "/invitations", data={"csrf_token": token, "party": party}, headers=ORIGIN_HEADERS
    )
    assert answer.status_code == 200
    (url,) = re.findall(r'id="link">([^<]+)<', answer.text)
    assert "<b>摊</b>" not in answer.text
    again = client.get("/invitations", headers=ORIGIN_HEADERS).text
    assert url not in again and "&lt;b&gt;摊&lt;/b&gt;" in again
    (path,) = re.findall(r'action="(/invitations/[0-9a-f]{64}/withdraw)"', again)
    assert client.post(path, headers=ORIGIN_HEADERS).status_code == 400
    assert client.post(path, data={"csrf_token": token}, headers=ORIGIN_HEADERS).status_code == 303
    assert "None." in client.get("/invitations", headers=ORIGIN_HEADERS).text


def test_who_looks_for_a_key_of_the_same_letters_must_match_sixty_bits():
    assert check_of("00" * 32) == "0000-0000-0000"
    assert check_of("ff" * 32) == "ZZZZ-ZZZZ-ZZZZ"
    assert check_of("0123456789abcde" + "f" * 49) == "04HM-ASW9-NF6Y"
    # A key that agrees in the 40 bits that were compared before is another.
    assert check_of("0123456789" + "0" * 54) != check_of("0123456789" + "1" * 54)


def admission(client, **changed):
    asked = {"name": "新摊", "roles": ["stall"], "division": "350206", "number": ""}
    return post(client, "parties/draft", **{**asked, **changed})


def test_the_authority_and_registrars_draft_admissions(small, client):
    market, browser = registrar(small)
    for draws, actor in ((client, small.authority), (browser, market)):
        found = admission(draws).json
        (draft,) = found["drafts"]
        uri = draft["statement"]["party"]
        assert draft["statement"] == acts.admit(uri, "新摊", ["stall"], "350206")
        assert (found["actor"], draft["subjects"]) == (actor.uri, [uri])
        small.say(actor, draft["statement"])
        assert post(draws, "invitations", party=uri).status_code == 201


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"name": "  "}, "name"), ({"name": "a\u202eb"}, "name"),
        ({"division": "35020"}, "division"), ({"division": "٣٥"}, "division"),
        ({"division": "350203"}, "division"), ({"number": "91350200155012341X"}, "number"),
        ({"number": AUTHORITY}, "number"), ({"roles": []}, "roles"),
        ({"roles": ["authority"]}, None), ({"roles": ["king"]}, None),
    ],
)  # fmt: skip
def test_an_admission_that_cannot_be_names_its_field(small, changed, field):
    _market, browser = registrar(small)
    answer = admission(browser, **changed)
    assert (answer.status_code, answer.json.get("field")) == (422, field)


def test_an_admission_names_all_that_is_wrong_at_once(small):
    _market, browser = registrar(small)
    wrong = {"name": " ", "roles": [], "division": "35020", "number": AUTHORITY}
    answer = admission(browser, **wrong)
    assert [(one["field"], one["mistake"]) for one in answer.json["mistakes"]] == [
        ("name", "needed"), ("roles", "needed"), ("division", "division"), ("number", "admitted"),
    ]  # fmt: skip
    assert answer.json["field"] == "name" and all(one["detail"] for one in answer.json["mistakes"])


def test_either_database_keeps_invitations_and_sessions(world):
    """A key offered, enrolled and signed in; the challenge and the code are each used once."""
    party, signer = world.admit("A 区 12 号"), LocalSigner.new()
    client = client_of(world.ledger, world.authority)
    made = post(client, "invitations", party=party).json
    phone = client_of(world.ledger)
    for _ in range(2):  # the first answer was lost, say
        assert offer(phone, made["code"], signer, party).status_code == 200
    assert offer(phone, made["code"], LocalSigner.new(), party).status_code == 409
    enrolled(world, client, made["id"])
    assert signed_in(phone, signer).status_code == 200
    assert phone.get("/api/v1/session").json["party"] == party
    assert phone.delete("/api/v1/session", headers=ORIGIN_HEADERS).status_code == 204
    assert phone.get("/api/v1/session").status_code == 401
    path = f"/api/v1/invitations/{made['id']}"
    assert client.delete(path, headers=ORIGIN_HEADERS).status_code == 204
    assert client.get("/api/v1/invitations").json == {"invitations": []}
