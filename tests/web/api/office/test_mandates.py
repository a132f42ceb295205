"""Mandates: given, withdrawn, and what one party records for another."""

from datetime import timedelta

import pytest
from support.ledger.world import AUTHORITY, ORIGIN, event
from support.web.client import client_of, english
from support.web.signing import ORIGIN_HEADERS, acting_for, post, signed_in

from suyuan.keys.signer import LocalSigner
from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.rules import Refused
from suyuan.trace.format.times import zone

pytestmark = pytest.mark.slow

PAPER = "ab" * 32


@pytest.fixture
def market(small):
    return small.party("湖心市场", "market")


@pytest.fixture
def client(small, stall):
    return client_of(small.ledger, stall)


def day(small, days=0):
    return (small.ledger.now().astimezone(zone()).date() + timedelta(days=days)).isoformat()


def asked(small, to, **changed):
    steps = {"steps": ["retail_selling", "receiving"]}
    return {"to": to, **steps, "first_day": day(small), "last_day": day(small, 30), **changed}


def give(small, giver, to, steps=("receiving",), days=1):
    """A mandate that is in force now, in the ledger."""
    now = small.ledger.now()
    ends = [f"{now + timedelta(days=part):%Y-%m-%dT%H:%M:%SZ}" for part in (-1, days)]
    small.say(giver, acts.give_mandate(giver.uri, to.uri, list(steps), *ends))


def acting(small, who, giver=None):
    """A browser of one that is signed in, who records for a giver."""
    client = client_of(small.ledger, who)
    assert giver is None or acting_for(client, giver).status_code == 303
    return client


def test_a_mandate_is_given_and_withdrawn_by_what_is_drafted(small, stall, market, client):
    found = post(client, "mandates/draft", **asked(small, "湖心市场")).json
    (draft,) = found["drafts"]
    said = draft["statement"]
    assert (found["actor"], draft["subjects"], draft["after"]) == (stall.uri, [stall.uri], [])
    assert (said["party"], said["to"], "paper" in said) == (stall.uri, market.uri, False)
    assert said["steps"] == ["receiving", "retail_selling"]
    assert said["from"].endswith("T16:00:00Z") and said["until"].endswith("T16:00:00Z")
    assert said["until"][:10] == day(small, 30)  # the last day in Shanghai, that day included
    assert found["names"][market.uri] == "湖心市场"
    small.say(stall, said)
    listed = client.get("/api/v1/mandates").json
    (one,) = listed["given"]
    assert (one["to_name"], one["state"], listed["received"]) == ("湖心市场", "in_force", [])
    (same,) = acting(small, market).get("/api/v1/mandates").json["received"]
    assert same == one
    back = post(client, "mandates/withdraw/draft", to=market.uri).json["drafts"][0]["statement"]
    assert back == acts.withdraw_mandate(stall.uri, market.uri)
    small.say(stall, back)
    assert client.get("/api/v1/mandates").json["given"][0]["state"] == "withdrawn"
    assert post(client, "mandates/withdraw/draft", to=market.uri).status_code == 404


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"to": "nobody of this name"}, "to"), ({"to": "A 区 12 号"}, "to"),
        ({"to": "91350200155012341X"}, "to"), ({"to": "\x00"}, "to"), ({"steps": []}, "steps"),
        ({"steps": ["receiving", "x y"]}, "steps"), ({"first_day": "2026-13-01"}, "first_day"),
        ({"first_day": "20260101"}, "first_day"), ({"last_day": "2001-01-01"}, "last_day"),
        ({"last_day": "9999-12-31"}, "last_day"), ({"last_day": ""}, "last_day"),
        ({"party": AUTHORITY}, "party"), ({"party": "𠮷"}, "party"),
    ],
)  # fmt: skip
def test_a_mandate_that_cannot_be_names_its_field(small, market, client, changed, field):
    answer = post(client, "mandates/draft", **{**asked(small, market.uri), **changed})
    assert answer.status_code in (403, 422)
    assert answer.json.get("field") == field, answer.json


def test_a_mandate_names_all_that_is_wrong_at_once(small):
    keyless = small.admit("A 区 13 号")
    wrong = {"to": " ", "steps": [], "first_day": "", "last_day": "2001-01-01"}
    answer = post(acting(small, small.authority), "mandates/draft", party=keyless, **wrong)
    assert answer.status_code == 422
    assert [(one["field"], one["mistake"]) for one in answer.json["mistakes"]] == [
        ("to", "needed"), ("steps", "needed"), ("first_day", "day"), ("last_day", "over"),
        ("paper", "needed"),
    ]  # fmt: skip
    assert answer.json["field"] == "to" and all(one["detail"] for one in answer.json["mistakes"])


def test_of_two_parties_of_one_name_none_is_meant(small, client):
    for _ in range(2):
        small.party("双胞胎", "market")
    answer = post(client, "mandates/draft", **asked(small, "双胞胎"))
    assert (answer.status_code, answer.json["field"]) == (422, "to")
    assert "2 parties have this name" in answer.json["detail"]


def test_for_one_without_a_key_its_registrar_enters_the_paper(small, stall, market):
    small.say(small.authority, acts.appoint(market.uri, ["350206"]))
    keyless = small.admit("A 区 13 号")
    office = acting(small, market)
    wanted = asked(small, market.uri, party=keyless)
    assert post(office, "mandates/draft", **wanted).json["field"] == "paper"
    said = post(office, "mandates/draft", **wanted, paper=PAPER).json["drafts"][0]["statement"]
    assert (said["party"], said["paper"]) == (keyless, PAPER)
    small.say(market, said)
    # Now the market records for it, until it has a key of its own.
    client = acting(small, market, keyless)
    assert "You record for A Qu 13 Hao (A 区 13 号)" in english(client, "/me")
    # One that has a key gives its mandates itself; others than its registrar enter nothing.
    held = asked(small, market.uri, party=stall.uri)
    assert post(office, "mandates/draft", **held, paper=PAPER).status_code == 422
    stranger = acting(small, small.party("另一摊"))
    assert post(stranger, "mandates/draft", **wanted, paper=PAPER).status_code == 403
    assert stranger.get(f"/api/v1/mandates?party={keyless}").status_code == 403


def test_pages_of_one_that_records_for_another_are_of_that_other(small, stall, market):
    farm = small.party("青山农场", "producer")
    lots = [small.new_lot() for _ in range(2)]
    for lot in lots:
        small.code(farm, lot)
    small.hand_over(farm, stall, lots[0])
    small.do(farm, event("dispatch", lots[1], "12.5", sender=farm.uri, recipient=stall.uri))
    give(small, stall, market, ("receiving", "retail_selling"))
    client = acting(small, market)
    assert "上海青" not in english(client, "/me/arrivals") + english(client, "/me/holdings")
    client = acting(small, market, stall.uri)
    for path in ("/me", "/me/arrivals", "/me/holdings"):
        shown = english(client, path)
        assert "You record for A Qu 12 Hao (A 区 12 号)" in shown and "上海青" in shown
        assert f'data-party="{stall.uri}"' in shown
    said = "Recorded by Hu Xin Shi Chang (湖心市场) for A Qu 12 Hao (A 区 12 号)"
    assert said in english(client, "/me/arrivals")
    assert "12.5" in english(client, "/me/arrivals")
    # What the mandate does not cover is not offered: refusing, and losses.
    arrivals, holdings = english(client, "/me/arrivals"), english(client, "/me/holdings")
    assert "&#34;canRefuse&#34;:false" in arrivals.replace("&quot;", "&#34;")
    assert 'lose" aria-expanded="false" hidden' in holdings
    assert 'sell" aria-expanded="false">' in holdings
    # And for oneself again.
    acting_for(client, "")
    assert "You record for" not in english(client, "/me")


def test_a_mandate_for_other_steps_confirms_nothing(small, stall, market):
    farm, lot = small.party("青山农场", "producer"), small.new_lot()
    small.code(farm, lot)
    (sent,) = small.do(farm, event("dispatch", lot, "30", sender=farm.uri, recipient=stall.uri))
    give(small, stall, market, ("retail_selling",))
    client = acting(small, market, stall.uri)
    assert "is not for receiving" in english(client, "/me/arrivals")
    assert client.get(f"/me/arrivals/{sent.index}").status_code == 403
    pen = small.ledger.pen(stall.uri, market.signer)
    receipt = Draft(event=event("receive", lot, "30"), after=(AfterRef(sent.index, sent.hash),))
    with pytest.raises(Refused, match="does not cover this") as refused:
        small.ledger.write(pen, [receipt])
    assert refused.value.status == 403


def test_a_choice_is_only_as_good_as_its_mandate(small, stall, market):
    client = acting(small, market)

    def choose(party):
        return acting_for(client, party).status_code

    assert (choose(stall.uri), choose("urn:x:nobody"), choose("?")) == (403, 403, 422)
    give(small, stall, market)
    assert choose(stall.uri) == 303
    assert client.post("/me/for", data={"party": ""}, headers=ORIGIN_HEADERS).status_code == 400
    assert "You record for A Qu 12 Hao (A 区 12 号)" in english(client, "/me")
    # Another session in the same browser has chosen nothing, of another key or the same.
    for who in (stall, market):
        signed_in(client, who.signer)
        assert "You record for" not in english(client, "/me")
    assert choose(stall.uri) == 303
    assert "You record for A Qu 12 Hao (A 区 12 号)" in english(client, "/me")
    small.say(stall, acts.withdraw_mandate(stall.uri, market.uri))
    assert "You record for" not in english(client, "/me")


@pytest.mark.parametrize(
    "value", ["x", "....", "%00.%00", "0" * 16 + ".4p2g", "é.é", "." + "A" * 3000]
)
def test_a_cookie_that_nobody_gave_chooses_nothing(small, market, value):
    client = acting(small, market)
    client.set_cookie("suyuan-for", value)
    assert "You record for" not in english(client, "/me")


def test_a_mandate_ends_by_itself(small, stall, market):
    give(small, stall, market, days=1)
    client = acting(small, market, stall.uri)
    moment = small.ledger.now() + timedelta(days=1, seconds=1)
    small.ledger.clock = lambda: moment
    signed_in(client, market.signer)
    assert "You record for" not in english(client, "/me")
    assert client.get("/api/v1/mandates").json["received"][0]["state"] == "over"


def test_either_database_finds_mandates_by_both_ends(world):
    stall, market = world.party("A 区 12 号"), world.party("湖心市场", "market")
    key = LocalSigner.new()
    world.say(market, acts.enrol_signer(ORIGIN, market.uri, key))
    give(world, stall, market)
    client = acting(world, market, stall.uri)
    assert "You record for A Qu 12 Hao (A 区 12 号)" in english(client, "/me")
    (one,) = client.get("/api/v1/mandates").json["received"]
    assert (one["name"], one["steps"]) == ("A 区 12 号", ["receiving"])


def test_a_shared_terminal_is_signed_out_when_nobody_uses_it(small, market, stall):
    signer, start = LocalSigner.new(), small.ledger.now()
    small.say(market, acts.enrol_signer(ORIGIN, market.uri, signer, kept="terminal"))
    give(small, stall, market)
    terminal, desk = client_of(small.ledger), client_of(small.ledger, market)
    signed_in(terminal, signer)

    def after(**span):
        small.ledger.clock = lambda: start + timedelta(**span)
        return [one.get("/api/v1/session").status_code for one in (terminal, desk)]

    shown = english(terminal, "/me")
    assert "Shared terminal of Hu Xin Shi Chang (湖心市场)" in shown and "idle.js" in shown
    assert "idle.js" not in english(desk, "/me")
    for path, body in (
        ("invitations", {"party": market.uri}),
        ("mandates/draft", asked(small, stall.uri)),
        ("mandates/withdraw/draft", {"to": stall.uri}),
        (f"keys/{market.signer.public.keyid}/revoke/draft", {}),
    ):
        assert (path, post(terminal, path, **body).status_code) == (path, 403)
    assert "data-revoke" not in shown and "Add a device" not in shown
    assert after(minutes=4) == [200, 200]
    assert after(minutes=8) == [200, 200]  # it was used meanwhile
    assert acting_for(terminal, stall.uri).status_code == 303
    shown = english(terminal, "/me/arrivals")
    assert (
        "You record for A Qu 12 Hao (A 区 12 号)" in shown and "Finished: the next stall" in shown
    )
    assert after(minutes=14) == [401, 200]
    signed_in(terminal, signer)
    assert "You record for" not in english(terminal, "/me")
