"""Acts on the pages: who may say what, what is asked of each, and bad values beside their field."""

from datetime import timedelta

import pytest
from support.ledger.world import HOST, days_ago, event, in_english
from support.web.acting import KNOWN, hold, officer, order
from support.web.client import chinese, client_of, english
from support.web.signing import ORIGIN_HEADERS

from suyuan.keys import base64
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.trace.recall import deadlines

pytestmark = pytest.mark.slow

DRAFT, MINE = "/api/v1/me/recalls/draft", "/api/v1/me/recalls"
EN = {"Accept-Language": "en"}


def as_(small, who):
    """A client that a party is signed in with."""
    return client_of(small.ledger, who)


def draft(client, op, status=200, **more):
    answer = client.post(DRAFT, json={"op": op, **more}, headers=ORIGIN_HEADERS)
    assert answer.status_code == status, answer.text
    return answer.json


def signed(small, who, found):
    """Sign a set as the pages do and post it, all or none; the answer."""
    pen, parts = small.ledger.pen(who.uri, who.signer), []
    for one in found["drafts"]:
        after = tuple(AfterRef(ref["index"], ref["hash"]) for ref in one["after"])
        entry = pen.sign(Draft(statement=one["statement"], after=after))
        parts.append({"entry": entry.decode(), "attachments": one["attachments"]})
    answer = client_of(small.ledger).post("/api/v1/links?atomic=true", json=parts)
    return answer


def begin(small, who, lot, **more):
    known = f"{small.ledger.now() - timedelta(minutes=3):%Y-%m-%dT%H:%M:%SZ}"
    wanted = {"items": [lot], "level": 1, "known": known, "reason": "检出毒死蜱"} | more
    found = draft(as_(small, who), "recall.order", **wanted)
    assert signed(small, who, found).status_code == 200
    return found


def report(lot, **kilos):
    return [{"item": lot, "kind": k, "value": v, "unit": "kg"} for k, v in kilos.items()]


def cooked(small, stall, lot):
    """A dish that a stall has made of a lot."""
    dish = small.new_lot()
    small.do(stall, event("make", dish, "1", inputs=[steps.Portion(lot, None, None)],
                          extra=steps.coding("凉拌菜", days_ago(1), 1, "350206")))  # fmt: skip
    return dish


def page(small, who, path):
    return english(as_(small, who), path)


def test_a_recall_from_a_set_of_drafts_to_its_closing(small, sold):
    lot, _farm, stall = sold
    dish = cooked(small, stall, lot)
    found = begin(small, small.authority, lot, include_made=True, left_out=[dish],
                  why_left_out="不含此批")  # fmt: skip
    first, second = found["drafts"]
    assert (first["statement"]["count"], second["statement"]["op"]) == (1, "clear")
    assert base64.decode(second["attachments"][0]).decode() == f"{dish}\n"
    assert found["names"][lot].startswith("Shang Hai Qing (上海青)")
    text = english(client_of(small.ledger), f"/t/{dish.rsplit('/', 1)[1]}")
    assert "Contains something recalled" not in text


def test_each_acknowledges_and_reports_until_it_closes(small, sold):
    lot, farm, stall = sold
    found = begin(small, small.authority, lot)
    client = as_(small, stall)
    (mine,) = client.get(MINE).json["acts"]
    assert (mine["is_due"], mine["answer"], mine["level"]) == (True, "open", 1)
    (item,) = mine["items"]
    amounts = [item[name] for name in ("here", "to_tell", "missing", "unit")]
    assert amounts == ["30", "30", "30", "kg"]
    said = draft(client, "recall.acknowledge", act=found["code"])
    assert signed(small, stall, said).status_code == 200
    assert client.get(MINE).json["acts"][0]["is_due"] is False
    told = draft(client, "recall.report", act=found["act"], quantities=report(lot, recovered="30"))
    assert signed(small, stall, told).status_code == 200
    officer_ = as_(small, small.authority)
    missing = draft(officer_, "recall.close", 409, act=found["act"])
    assert missing["closing"]["missing"] == [{"item": lot, "value": "70", "unit": "kg"}]
    why = draft(officer_, "recall.close", 422, act=found["act"], accept_missing=True)
    assert why["field"] == "reason"
    told = draft(as_(small, farm), "recall.report", act=found["act"],
                 quantities=report(lot, destroyed="70"))  # fmt: skip
    assert signed(small, farm, told).status_code == 200
    assert signed(small, small.authority, draft(officer_, "recall.close", act=found["act"])).json
    (mine,) = client.get(MINE).json["acts"]
    assert mine["state"] == "closed" and not mine["is_due"]


def test_a_report_that_does_not_add_up_is_asked_about_and_may_be_so(small, sold):
    lot, _farm, stall = sold
    small.do(stall, event("sell", lot, "5"))
    act = order(small, small.authority, lot)
    client = as_(small, stall)
    assert client.get(MINE).json["acts"][0]["items"][0]["told_again"] == "5"
    for kilos, gap in (("20", "5"), ("31", "-1")):
        found = draft(
            client, "recall.report", 409, act=act, quantities=report(lot, recovered=kilos)
        )
        assert found["field"] == "sums"
        assert found["differences"] == [{"item": lot, "value": gap, "unit": "kg"}]
    for amounts in ({"recovered": "25"}, {"recovered": "25", "sold": "5"}):
        draft(client, "recall.report", act=act, quantities=report(lot, **amounts))
    draft(client, "recall.report", act=act, sure=True, quantities=report(lot, recovered="20"))


def test_a_bad_value_is_named_by_its_field(small, sold):
    lot, _farm, _stall = sold
    act = order(small, small.authority, lot)
    client = as_(small, small.authority)
    good = {"items": [lot], "level": 1, "known": f"{days_ago(1)}T08:30:00+08:00", "reason": "检出"}
    for op, more, field in (
        ("recall.order", {"items": []}, "items"),
        ("recall.order", {"items": ["2Q4T-9ZC2-KM8W-0RB3"]}, "items"),
        ("recall.order", {"level": None}, "level"),
        ("recall.order", {"known": "yesterday"}, "known"),
        ("recall.order", {"known": "2999-01-01T00:00:00Z"}, "known"),
        ("recall.order", {"known": "1971-01-01T00:00:00+08:00"}, "known"),
        ("recall.order", {"reason": "  "}, "reason"),
        ("recall.order", {"left_out": [lot]}, "why_left_out"),
        ("recall.order", {"planned": "soon"}, "planned"),
        ("recall.order", {"planned": f"{days_ago(9)}T00:00:00Z"}, "planned"),
        ("recall.plan", {"act": act}, "planned"),
        ("recall.plan", {"act": act, "planned": f"{days_ago(-9)}T00:00:00Z"}, "planned"),
        ("recall.plan", {"act": act, "planned": f"{days_ago(9)}T00:00:00Z"}, "planned"),
        ("hold.place", {"items": []}, "items"),
        ("hold.place", {"reason": None}, "reason"),
        ("recall.withdraw", {"act": act, "reason": ""}, "reason"),
        ("recall.clear", {"act": act, "items": []}, "items"),
        ("recall.extend", {"act": act, "items": []}, "items"),
        ("recall.report", {"act": act}, "quantities"),
        ("recall.close", {}, "act"),
    ):
        found = draft(client, op, 422, **(good | more))
        assert found.get("field") == field, (op, more, found)


def test_all_that_is_wrong_is_said_at_once(small, sold):
    lot, _farm, _stall = sold
    client = as_(small, small.authority)
    wrong = {"items": ["0000"], "left_out": [lot], "known": "yesterday", "reason": " "}
    found = draft(client, "recall.order", 422, **wrong)
    assert [(one["field"], one["mistake"]) for one in found["mistakes"]] == [
        ("items", "item_unknown"), ("why_left_out", "needed"), ("level", "needed"),
        ("known", "time"), ("reason", "needed"),
    ]  # fmt: skip
    assert found["field"] == "items" and all(one["detail"] for one in found["mistakes"])
    found = draft(client, "hold.place", 422, items=[], reason="")
    assert [one["field"] for one in found["mistakes"]] == ["items", "reason"]


def test_an_amount_that_is_none_is_named_by_its_place(small, sold):
    lot, _farm, stall = sold
    act, client = order(small, small.authority, lot), as_(small, stall)
    for value in ("-1", "0x10", "abc", "", "1.23456789", "99999999999999999999"):
        amounts = [*report(lot, recovered="30"), *report(lot, sold=value)]
        found = draft(client, "recall.report", 422, act=act, quantities=amounts)
        assert (found["field"], found["at"]) == ("quantities", 1)


def test_who_may_do_what(small, sold):
    """An order's actor and the authority end it, officers clear, holders answer; nobody else."""
    lot, farm, stall = sold
    office, stranger = officer(small), small.party("C 区 1 号")
    market = small.party("湖心市场", "market")
    mine = order(small, farm, lot)
    now = f"{small.ledger.now():%Y-%m-%dT%H:%M:%SZ}"
    rest = {"act": mine, "items": [lot], "reason": "x", "planned": now,
            "quantities": report(lot, recovered="30")}  # fmt: skip
    rights = {
        "recall.withdraw": (farm, small.authority), "recall.plan": (farm, small.authority),
        "recall.extend": (farm, small.authority), "recall.clear": (farm, small.authority, office),
        "recall.acknowledge": (farm, stall), "recall.report": (farm, stall),
    }  # fmt: skip
    for op, allowed in rights.items():
        for who in (farm, stall, office, stranger, market, small.authority):
            client = as_(small, who)
            answer = client.post(DRAFT, json={"op": op, "sure": True, **rest},
                                 headers=ORIGIN_HEADERS)  # fmt: skip
            held = op in ("recall.acknowledge", "recall.report")
            no = 422 if held else 403
            # In the scope already: a further 422 for those that may extend.
            yes = 422 if op == "recall.extend" else 200
            assert answer.status_code == (yes if who in allowed else no), (op, who.uri, answer.text)
    again = {"items": [lot], "level": 3, "known": KNOWN, "reason": "x"}
    for who, hold_, recall in ((stall, 200, 403), (stranger, 403, 403), (office, 200, 200)):
        client = as_(small, who)
        assert draft(client, "hold.place", hold_, items=[lot], reason="x")
        assert draft(client, "recall.order", recall, again=True, **again)
        text = english(client, f"/recalls/new?item={codes.of_uri(lot, HOST)}", hold_)
        assert ('value="recall"' in text) is (recall == 200)


def test_nobody_is_offered_anything(small, sold, client):
    lot, farm, _stall = sold
    act, code = order(small, farm, lot), codes.of_uri(lot, HOST)
    for path, next_ in (("/me/recalls", "%2Fme%2Frecalls"),
                        (f"/recalls/new?item={code}", f"%2Frecalls%2Fnew%2F{code}")):  # fmt: skip
        assert client.get(path).location == f"/signin?next={next_}"
    text = english(client, f"/recalls/{act.rsplit('/', 1)[1]}")
    assert "What you may do" not in text and "script" not in text


def test_the_second_of_two_officers_that_close_at_once_is_told(small, sold):
    lot, farm, _stall = sold
    act = order(small, farm, lot)
    asked = {"act": act, "accept_missing": True, "reason": "无法追回"}
    one, two = (draft(as_(small, who), "recall.close", **asked) for who in (farm, small.authority))
    assert signed(small, farm, one).status_code == 200
    late = signed(small, small.authority, two)
    assert late.status_code == 422 and "ended" in late.json["detail"]
    assert "ended" in draft(as_(small, small.authority), "recall.close", 422, **asked)["detail"]
    code = act.rsplit("/", 1)[1]
    assert client_of(small.ledger).get(f"/api/v1/recalls/{code}").json["ending"]["by"] == farm.uri


def test_the_pages_offer_what_one_may_and_say_what_is_asked(small, sold):
    lot, farm, stall = sold
    act = order(small, farm, lot)
    code = act.rsplit("/", 1)[1]
    paths = {"close", "extend", "clear", "withdraw"}
    for who, offered in ((farm, paths), (small.authority, paths), (officer(small), {"clear"}),
                         (stall, set())):  # fmt: skip
        text = page(small, who, f"/recalls/{code}")
        assert {op for op in paths if f'data-op="recall.{op}"' in text} == offered
    text = page(small, farm, f"/recalls/{code}")
    assert "(青山农场)</b>: Shang Hai Qing (上海青) 70 kg" in text
    assert "(A 区 12 号)</b>: Shang Hai Qing (上海青) 30 kg" in text
    client = as_(small, stall)
    box = english(client, "/me")
    assert "1 recall or hold concerns you" in box and "1 is to be acknowledged" in box
    for language, due, refused in (("en", "Acknowledge by", "are refused"),
                                   ("zh", "确认截止", "将被拒绝")):  # fmt: skip
        text = client.get("/me/recalls", headers={"Accept-Language": language}).text
        assert due in text and refused in text
    held = hold(small, small.authority, lot)
    text = page(small, small.authority, f"/act/{held.rsplit('/', 1)[1]}")
    assert 'data-op="hold.release"' in text
    nobody = small.party("C 区 1 号")
    assert "recall-box" not in page(small, nobody, "/me")


def test_who_made_something_of_it_clears_that_and_no_more(small, sold):
    lot, farm, stall = sold
    dish = cooked(small, stall, lot)
    act = order(small, farm, lot)
    client = as_(small, stall)
    draft(client, "recall.clear", 403, act=act, items=[lot], reason="x")
    found = draft(client, "recall.clear", act=act, items=[dish], reason="已另购原料")
    assert signed(small, stall, found).status_code == 200
    draft(client, "recall.clear", 403, act=act, items=[dish], reason="x")


def test_who_may_not_read_the_page_of_an_act_clears_what_it_made_where_it_is_told(small, sold):
    lot, farm, stall = sold
    dish = cooked(small, stall, lot)
    act = order(small, farm, lot)

    def offered(who):
        text = page(small, who, "/me/recalls")
        return 'data-op="recall.clear"' in text, f'value="{dish}"' in text, "凉拌菜" in text

    assert offered(stall)[:2] == (False, False)  # the act's own page offers it
    object.__setattr__(small.ledger.trust, "entries", "private")
    assert offered(stall) == (True, True, True)
    assert offered(farm)[:2] == (False, False)
    found = draft(as_(small, stall), "recall.clear", act=act, items=[dish], reason="已另购原料")
    assert signed(small, stall, found).status_code == 200
    assert offered(stall)[:2] == (False, False)


def test_a_ledger_of_private_entries_shows_acts_to_officers_and_their_own_actor(small, sold):
    lot, farm, stall = sold
    act = order(small, farm, lot)
    order(small, small.authority, small.code(farm, other := small.new_lot()) and other)
    small.ledger.followers.catch_up()
    office = officer(small)
    object.__setattr__(small.ledger.trust, "entries", "private")
    code, item = act.rsplit("/", 1)[1], codes.of_uri(lot, HOST)
    scope = f"/api/v1/recalls/scope?item={item}"
    for who, status in ((stall, 403), (farm, 200), (office, 200), (small.authority, 200)):
        client = as_(small, who)
        for path in ("/recalls", f"/recalls/{code}", f"/api/v1/recalls/{code}", scope):
            assert client.get(path, headers=EN).status_code == status, path
    acts_of = lambda who: len(as_(small, who).get("/api/v1/recalls").json["acts"])  # noqa: E731
    assert (acts_of(farm), acts_of(office)) == (1, 2)
    assert [one["act"] for one in as_(small, stall).get(MINE).json["acts"]] == [act]
    # Whoever has had it may hold it, and is shown its own stock; its maker sees where all of it is.
    theirs = page(small, stall, f"/recalls/new/{item}")
    assert 'id="begin"' in theirs and "青山农场" not in theirs and "<img" not in theirs
    makers = page(small, farm, f"/recalls/new/{item}?direction=source")
    assert 'id="begin"' in makers and "Back to its source" not in makers and "<img" not in makers
    assert small.ledger.trust.entries == "private"


def test_the_numbers_of_the_reach_add_up(small, sold):
    lot, _farm, stall = sold
    small.do(stall, event("sell", lot, "12.5"))
    client, code = as_(small, small.authority), codes.of_uri(lot, HOST)
    text = english(client, f"/recalls/new/{code}")
    told = client.get(f"/api/v1/recalls/scope?item={code}").json
    assert told["items"][0]["sold"] == {"value": "12.5", "unit": "kg"}
    assert told["totals"][0]["produced"] == "100"
    for label, much in (
        ("Made or brought in", "100"),
        ("Sold already", "12.5"),
        ("In somebody&#39;s hands or on the way", "87.5"),
    ):
        assert f"<dt>{label}</dt><dd>{much} kg</dd>" in text
    assert "Not accounted for" not in text and "12.5 kg sold already" in text


def test_a_failed_test_gives_reason_and_time(small, sold):
    lot, farm, _stall = sold
    lab = small.party("检验中心", "laboratory")
    extra = {"suyuan:result": "不合格", "suyuan:tested": "毒死蜱<script>0.18</script>"}
    small.do(lab, event("test", lot, extra=extra))
    text = page(small, farm, f"/recalls/new/{codes.of_uri(lot, HOST)}")
    assert "Test failed: 毒死蜱&lt;script&gt;0.18" in text and "<script>0.18" not in text


@pytest.mark.usefixtures("newest_measures")
def test_a_plan_is_stated_with_the_order_or_later_and_the_page_says_what_is_provisional(
    small, sold
):
    lot, farm, _stall = sold
    known = f"{days_ago(1)}T00:00:00+08:00"
    found = begin(small, farm, lot, known=known, level=2)
    client, path = as_(small, farm), f"/act/{found['code']}"
    text = english(client, path)
    for part in ("(provisional)", "which nobody has stated", "Next report to the authority by",
                 "within 5 days of it", 'data-op="recall.plan"'):  # fmt: skip
        assert part in text, part
    (mine,) = client.get(MINE).json["acts"]
    assert mine["provisional"] is True
    assert "(provisional)" in english(client, "/me/recalls")
    plan = draft(client, "recall.plan", act=found["act"], planned=known)
    assert plan["drafts"][0]["statement"]["planned"] == f"{days_ago(2)}T16:00:00Z"
    assert signed(small, farm, plan).status_code == 200
    text = english(client, path)
    assert (
        "(provisional)" not in text and in_english(days_ago(1 - 20)) in text and "Plan made" in text
    )
    assert client.get(MINE).json["acts"][0]["provisional"] is False
    both = draft(client, "recall.order", items=[lot], level=1, known=known, planned=known,
                 reason="x", again=True)  # fmt: skip
    assert [one["statement"]["op"] for one in both["drafts"]] == ["order", "plan"]


@pytest.mark.usefixtures("newest_measures")
def test_working_days_of_a_year_without_a_calendar_are_provisional_on_each_page(
    small, sold, monkeypatch
):
    monkeypatch.setattr(deadlines, "_YEARS", frozenset())
    lot, farm, _stall = sold
    found = begin(small, farm, lot, known=f"{days_ago(2)}T23:59:00+08:00")
    client = as_(small, farm)
    text = english(client, f"/act/{found['code']}")
    assert "(provisional)" in text and "Provisional: the calendar of" in text
    assert "（暂定）" in chinese(client, "/me/recalls")
    assert client.get(MINE).json["acts"][0]["provisional"] is True


@pytest.mark.usefixtures("newest_measures")
def test_an_office_below_a_city_is_warned_in_its_language_before_it_signs(small, sold):
    lot, farm, _stall = sold
    asked = {"items": [lot], "level": 1, "known": f"{days_ago(1)}T00:00:00+08:00", "reason": "x"}
    for who, count in ((officer(small), 1), (small.authority, 0), (farm, 0)):
        client = as_(small, who)
        answers = {}
        for language in ("zh", "en"):
            headers = ORIGIN_HEADERS | {"Accept-Language": language}
            answer = client.post(DRAFT, json={"op": "recall.order", **asked}, headers=headers)
            answers[language] = answer.json["notes"]
        assert [len(notes) for notes in answers.values()] == [count, count]
        if count:
            assert "设区的市" in answers["zh"][0] and "By Order 122" in answers["en"][0]
