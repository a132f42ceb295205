"""A failed sample: its report hidden, one step to suspend sale, disposal, publication, retest."""

import base64
import hashlib
import hmac
import json
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from support.ledger.world import HOST, days_ago, event
from support.web.client import chinese, english, page_of
from support.web.sampling import API, DAY, ITEMS, MARKERS, VALUE, Sampling

from suyuan.trace.admission import acts
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.private import digests
from suyuan.trace.format.private.audience import Audience
from suyuan.trace.format.private.digests import leave_out
from suyuan.trace.goods.disclosures import Kept
from suyuan.trace.inspection import cases
from suyuan.trace.inspection.case_kinds import kinds
from suyuan.trace.inspection.sampling import lab_reports
from suyuan.trace.inspection.sampling import laboratories as labs

Desk = Sampling


def test_one_step_records_the_failure_and_suspends_sale(desk):
    case, receipt = desk.failed()
    found = desk.read(desk.people[0], case).json
    assert [one["stage"] for one in found["stages"]] == ["opened", "failed"]
    assert found["stages"][1]["of"][0]["index"] == receipt.index
    assert "stage" not in found["stages"][1]["said"]
    (hold,) = desk.client().get(f"{API}/holds").json["acts"]
    assert (hold["by"], hold["state"], hold["count"]) == (desk.office.uri, "open", 1)
    page = english(desk.client(), f"/t/{desk.code}")
    assert "暂停销售，待进一步通知" in page
    shown = desk.page(desk.office, case)
    assert ITEMS in shown and "JB-7788" in shown and "Order the recall" in shown
    form = english(desk.client(desk.office), f"/recalls/new?item={desk.lot}&case={case}")
    assert "责令召回" in form and ITEMS not in form


def test_a_second_failure_of_the_lot_places_no_second_hold(desk):
    desk.failed()
    case = desk.sheet(sheet="XC002")
    answer = desk.stage(desk.office, "failed", case, said={"report": "JB-7789"}, hold=True)
    assert len(answer.json["drafts"]) == 1


def test_a_person_of_the_office_records_the_failure_but_suspends_nothing(desk):
    case = desk.sheet()
    answer = desk.stage(desk.people[0], "failed", case, said={"report": "J"}, hold=True)
    assert (answer.status_code, answer.json["field"]) == (403, "hold")
    desk.record(desk.people[0], "failed", case, said={"report": "J"})
    assert 'id="do-suspended"' not in desk.page(desk.people[0], case)
    assert 'id="do-suspended"' in desk.page(desk.office, case)
    assert desk.stage(desk.office, "suspended", case).json["field"] == "hold"
    desk.record(desk.office, "suspended", case, hold=True)
    assert len(desk.client().get(f"{API}/holds").json["acts"]) == 1
    assert 'id="do-suspended"' not in desk.page(desk.office, case)


def test_nothing_public_gives_the_result_away_before_it_is_published(desk):
    """Neither an entry's words, nor a page; and a report that passed looks like one that failed."""
    case, receipt = desk.failed()
    desk.record(desk.people[0], "notified", case, said={"served_on": desk.day(0)})
    desk.record(desk.stall, "retest-asked", case, said={"request": "要求复检"})
    desk.record(desk.people[0], "measures", case, said={"cause": "不合格原因", "correction": "x"})
    text = desk.public()
    assert [marker for marker in MARKERS if marker in text] == []
    for word in ("notified", "retest-asked", "measures"):
        assert f'"{word}"' not in text
    passed = desk.reported(sheet="XC002", result="passed")
    with desk.ledger.reading() as reader:
        bodies = [reader.parsed(r.index).event for r in (receipt, passed)]
    assert bodies[0].keys() == bodies[1].keys()
    assert len({len(body["suyuan:private"]["_sd"]) for body in bodies}) == 1


def test_the_markers_are_seen_where_they_stand(desk):
    """The test above can fail: a result in the open, or a stage called by its name, is found."""
    case, _ = desk.failed()
    desk.world.say(desk.office, acts.case_record(case, "failed"))
    assert '"failed"' in desk.public()


def test_only_a_laboratory_of_the_authoritys_reports(desk):
    market = desk.world.registrar("350206")
    another = desk.world.party("私立检测", "laboratory", by=market)
    for actor in (desk.stall, desk.office, another):
        assert desk.report(actor).status_code == 403
    assert desk.report(item="XXXX").status_code in (404, 422)
    assert desk.report(office=desk.stall.uri).status_code == 422
    assert desk.report(items="").json["field"] == "items"
    desk.sheet()
    desk.ledger.write(another.pen, [Draft(event=desk.report().json["drafts"][0]["event"])])
    case, _ = desk.failed()
    assert "私立检测" not in desk.page(desk.office, case)


def test_what_is_published_is_everyones_until_its_day_and_the_hold_stays(desk):
    case, receipt = desk.failed()
    shows = [{"index": receipt.index, "fields": ["/suyuan:result", "/suyuan:tested"]}]
    wrong = desk.stage(desk.office, "published", case, until=desk.day(3),
                       shows=[{"index": receipt.index, "fields": ["/suyuan:price"]}])  # fmt: skip
    assert (wrong.status_code, wrong.json["field"]) == (422, "shows")
    desk.record(desk.office, "published", case, until=desk.day(3), shows=shows)
    now = desk.ledger.now()

    def seen(days):
        desk.ledger.clock = lambda: now + days * DAY
        page = chinese(desk.client(), f"/t/{desk.code}?all=1")
        (hold,) = desk.client().get(f"{API}/holds").json["acts"]
        return ITEMS in page, VALUE in page, hold["state"], 'class="result is-bad"' in page

    assert seen(0) == seen(3) == (True, False, "open", True)
    assert seen(4) == (False, False, "open", False)
    desk.ledger.clock = lambda: now
    desk.record(desk.office, "withdrawn", case)
    assert seen(0) == (False, False, "open", False)


def test_what_is_made_of_it_shows_the_published_result_too(desk):
    case, receipt = desk.failed()
    made = desk.world.new_lot()
    desk.record(desk.office, "published", case, until=desk.day(3), shows=[receipt.index])
    (hold,) = desk.client().get(f"{API}/holds").json["acts"]
    desk.world.say(desk.office, acts.hold_release(hold["act"]))
    inputs = [steps.Portion(desk.lot, Decimal(1), "KGM")]
    coded = steps.coding("凉菜", days_ago(1), 2, "350206")
    desk.world.do(desk.stall, event("make", made, "1", inputs=inputs, extra=coded))
    desk.ledger.followers.catch_up()
    page = chinese(desk.client(), page_of(made, desk.stall.uri))
    assert ITEMS in page and VALUE in page


def test_the_party_answers_in_its_own_stages_alone(desk):
    """Whatever it calls them, hidden or in clear: a stall does not pass its own sample."""
    case = desk.sheet()
    for stage in ("passed", "closed", "failed"):
        desk.world.say(desk.stall, acts.case_answer(case, stage))
    found = desk.read(desk.office, case).json
    assert [one["stage"] for one in found["stages"]] == ["opened"] + ["answered"] * 3
    assert "delivered" in found["next"]


def test_two_take_a_sample_and_the_second_signs_the_sheet(desk):
    said = {"sheet": "XC001", "item": desk.code}
    body = {"kind": "sample", "party": desk.stall.uri}
    for second in ("", desk.people[0].uri, desk.stall.uri):
        answer = desk.stage(desk.people[0], "opened", said=said | {"second": second}, **body)
        assert (answer.status_code, answer.json["field"]) == (422, "second")
    case = desk.sheet()
    for actor in (desk.people[0], desk.office):
        assert desk.stage(actor, "countersigned", case).status_code == 409
    desk.record(desk.people[1], "countersigned", case)
    desk.record(desk.stall, "agreed", case)
    desk.record(desk.people[0], "delivered", case, said={"laboratory": desk.laboratory.uri})
    stages = [one["stage"] for one in desk.read(desk.stall, case).json["stages"]]
    assert stages == ["opened", "countersigned", "agreed", "delivered"]


def test_the_amounts_of_the_disposal_are_the_ledgers_own(desk):
    """30 kg of 100 at the stall, 5 sold; then by the recall's own accounts."""
    desk.world.do(desk.stall, event("sell", desk.lot, "5"))
    desk.ledger.followers.catch_up()
    case, _ = desk.failed()

    def amounts():
        form = desk.page(desk.office, case).split('id="do-measures"')[1].split("</form>")[0]
        return dict(re.findall(r'name="(\w+)" value="([^"]+)"', form))

    assert amounts() == {"bought": "100 kg", "sold": "5 kg", "sealed": "95 kg",
                         "recalled": "0 kg", "destroyed": "0 kg"}  # fmt: skip


def test_the_retests_laboratory_is_drawn_and_never_the_first(desk):
    others = [desk.world.party(f"检测中心{n}", "laboratory") for n in range(4)]
    case, _ = desk.failed()
    desk.record(desk.people[0], "notified", case, said={"served_on": desk.day(0)})
    desk.record(desk.stall, "retest-asked", case)
    desk.record(desk.people[0], "retest-accepted", case)
    with desk.ledger.reading() as reader:
        pool = labs.laboratories(reader, desk.world.trust.genesis)
    assert set(pool) == {desk.laboratory.uri, *(one.uri for one in others)}
    page = desk.page(desk.office, case)
    (first,) = re.findall(r'<option value="([^"]+)" selected>', page)
    assert first != desk.laboratory.uri
    for laboratory, reason, field in (
        (desk.laboratory.uri, "x", "laboratory"),
        (desk.stall.uri, "x", "laboratory"),
        (next(one.uri for one in others if one.uri != first), "", "reason"),
    ):
        answer = desk.stage(desk.office, "retest-drawn", case,
                            said={"laboratory": laboratory, "reason": reason})  # fmt: skip
        assert (answer.status_code, answer.json["field"]) == (422, field)
    desk.record(desk.office, "retest-drawn", case, said={"laboratory": first})
    # Recomputed by hand, from the log alone.
    with desk.ledger.reading() as reader:
        rows = reader.chains(case)
        found = [row for head in rows for row, _ in reader.readable_chain(case, head.actor)]
    hashes = [row.hash for row in sorted(found, key=lambda row: row.index)]
    opening, _failed, _notified, asked, accepted, _drawn = hashes
    key = hashlib.sha256(f"{opening}|{asked}|{accepted}".encode()).digest()
    ranks = {hmac.digest(key, f"retest|{one.uri}".encode(), "sha256"): one.uri for one in others}
    assert ranks[min(ranks)] == first
    desk.record(desk.people[0], "reserve-moved", case)
    desk.reported()  # the first laboratory's word is no answer to it
    assert desk.waits() == ["countersigned"]
    desk.reported(next(one for one in others if one.uri == first))
    assert desk.waits() == ["reported", "countersigned"]


def test_a_retest_of_a_quick_test_is_asked_for_within_four_hours(desk):
    said = {"item": desk.code, "method": "GB/T 5009.199", "items": "阳性"}
    case = desk.record(desk.office, "opened", kind="quick", party=desk.stall.uri, said=said,
                       hold=True)  # fmt: skip
    assert len(desk.client().get(f"{API}/holds").json["acts"]) == 1
    now = desk.ledger.now()
    for minutes, status in ((241, 409), (239, 200)):
        desk.ledger.clock = lambda minutes=minutes: now + timedelta(minutes=minutes)
        assert desk.stage(desk.stall, "retest-asked", case).status_code == status
    assert "closed" not in desk.read(desk.office, case).json["next"]
    assert {"laboratory", "report"} <= set(kinds()["quick"].stages["retested"].needs)
    # The laboratory's report of it names no sheet, and waits until it is recorded.
    desk.record(desk.stall, "retest-asked", case)
    said = {"report": "FJ-1", "result": "passed"}
    hidden = lab_reports.event(desk.lot, said, desk.laboratory.uri, desk.office.uri, now)
    with desk.ledger.reading() as reader:
        made = lab_reports.report(reader, desk.lot, desk.stall.uri, hidden)
    desk.ledger.write(desk.laboratory.pen, [made.draft], disclosures=made.disclosures)
    desk.ledger.followers.catch_up()
    assert desk.waits() == ["reported"]
    said = {"laboratory": desk.laboratory.uri, "report": "FJ-1"}
    desk.record(desk.people[0], "retested", case, said=said)
    assert desk.waits() == []


ROWS = "上海青；流通；2；农残；市食检院\n不存在的食品；流通；1；农残；市食检院"


def test_a_plans_tasks_are_drawn_among_what_is_on_sale_and_followed(desk):
    """Each lot with its holder once, none of another district, by ranks that can be recomputed."""
    farm = desk.world.party("翔安农场", "producer", division="350213")
    far = desk.world.party("翔安摊", division="350213")
    lot = desk.world.coded_lot(farm)
    desk.world.hand_over(farm, far, lot)
    desk.ledger.followers.catch_up()
    for rows in ("上海青；流通；两；农残；院", "上海青", "", "；流通；1；a；b"):
        answer = desk.stage(desk.office, "opened", kind="plan",
                            said={"period": "2026-12", "rows": rows})  # fmt: skip
        assert (answer.status_code, answer.json["field"]) == (422, "rows")
    plan = desk.record(desk.office, "opened", kind="plan",
                       said={"period": "2026-12", "rows": ROWS})  # fmt: skip

    def draw(row, count, actor=desk.people[0]):
        return desk.draft(actor, "samples/plan/draft", plan=plan, row=row, count=count)

    assert draw(2, 1).status_code == 422 and draw(3, 1).status_code == 404
    assert draw(1, 1, desk.stall).status_code == 403
    drawn = draw(1, 5)
    assert drawn.json["pool"] == len(drawn.json["drafts"]) == 2  # the stall's, and the farm's rest
    with desk.ledger.reading() as reader:
        link = reader.parsed(cases.find(reader, HOST, plan).leaf)
        (told,) = desk.ledger.disclosures.of_link(reader, link)  # what it says, with its salt
    said = [digests.read(part["disclosure"]).value for draft in drawn.json["drafts"]
            for part in draft["disclosures"]]  # fmt: skip
    ranks = [hmac.digest(told.stored.encode(), f"plan|1|{one['item']}|{one['party']}".encode(),
                         "sha256") for one in said]  # fmt: skip
    assert len(ranks) == 2 and ranks == sorted(ranks)
    one = draw(1, 1)
    assert len(one.json["drafts"]) == 1
    desk.write(desk.people[0], one)
    (task,) = desk.client(desk.office).get(f"{API}/cases?kind=task").json["cases"]
    assert "翔安" not in (task["party_name"] or "")
    assert desk.client(desk.stall).get(f"{API}/cases").json["cases"] == []
    with desk.ledger.reading() as reader:
        entries = list(reader.links(reader.size() - 1, reader.size()))
    assert desk.lot.encode() not in base64.b64decode(json.loads(entries[0].entry)["payload"])
    assert len(draw(1, 5).json["drafts"]) == 1  # not the one that was drawn before
    desk.record(desk.people[1], "closed", task["case"], said={"sheet": "XC003"})
    page = desk.page(desk.people[1], task["case"])
    assert plan not in page and f'href="/cases/{plan.rsplit("/", 1)[1]}' in page
    page = desk.page(desk.office, plan)
    cells = re.findall(r'data-label="(?:Planned|Drawn|Done)">(\d+)', page)
    assert cells == ["2", "1", "1", "1", "0", "0"]


def test_the_sheet_is_filled_from_the_ledger(desk):
    view = desk.client(desk.people[0]).get(f"{API}/items/counter?item={desk.code}").json
    sheet = view["sheet"]
    assert (sheet["product"], sheet["base"], sheet["producer"]) == ("上海青", "30 kg", "青山农场")
    assert (sheet["produced"], sheet["sampler"]) == (days_ago(1), "集美分局")
    page = english(desk.client(desk.people[0]), f"/cases/new?kind=sample&item={desk.code}")
    assert 'value="30 kg"' in page and 'value="青山农场"' in page
    other = desk.world.party("翔安分局", "office", division="350213")
    assert desk.client(other).get(f"/cases/new?kind=sample&item={desk.code}").status_code == 403


def test_laboratories_are_found_by_an_index(desk):
    with desk.ledger.reading() as reader:
        sql = "EXPLAIN QUERY PLAN SELECT roles FROM party WHERE roles > '' ORDER BY roles LIMIT 1"
        rows = reader.connection.exec_driver_sql(sql).all() if "sqlite" in str(
            desk.ledger.database.url) else [("", "", "", "ix_party_roles")]  # fmt: skip
    assert "ix_party_roles" in str(rows)


ODD = ["x", "https://trace.food.example/t/", 7, ["a"], {"a": 1}, None, "é\n", "urn:x:y" * 400]


def stated(desk, actor, body, said):
    """A stage with what it hides, whatever that is, signed without a draft of ours."""
    statement, stored = leave_out({**body, "said": said}, ["/said"])
    audience = Audience.of(desk.office.uri, desk.stall.uri)
    kept = [Kept(text, actor.uri, audience) for text in stored]
    desk.ledger.write(actor.pen, [Draft(statement=statement)], disclosures=kept)
    desk.ledger.followers.catch_up()


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
@pytest.mark.parametrize("kind", ["sample", "plan", "task", "quick"])
def test_whatever_a_stage_hides_the_pages_open(desk, kind, odd):
    """An officer's own tool may hide anything; nobody's page breaks by it."""
    case = codes.uri_of(codes.new(), HOST, "case")
    names = ("item", "second", "laboratory", "rows", "sheet", "plan", "row", "party", "report")
    said = dict.fromkeys(names, odd)
    stated(desk, desk.people[0], acts.case_open(case, kind, desk.stall.uri), said)
    for name in ("failed", "retest-accepted", odd):
        body = acts.case_record(case, "recorded")
        stated(desk, desk.people[0], body, said | {"stage": name})
    stated(desk, desk.stall, acts.case_answer(case, "answered"), said | {"stage": "retest-asked"})
    for actor in (desk.office, desk.people[1], desk.stall):
        for path in (f"/cases/{case.rsplit('/', 1)[1]}", "/cases", f"{API}/cases", "/inspect"):
            assert desk.client(actor).get(path).status_code in (200, 302, 403, 404), (path, odd)
    assert desk.stage(desk.office, "measures", case).status_code < 500
    assert (
        desk.draft(desk.office, "samples/plan/draft", plan=case, row=1, count=1).status_code < 500
    )


def test_the_partys_own_page_has_the_forms_of_retest_and_objection_with_their_clocks(desk):
    case, _ = desk.failed()
    assert 'id="do-retest-asked"' not in desk.page(desk.stall, case)
    desk.record(desk.people[0], "notified", case, said={"served_on": desk.day(0)})
    page = desk.page(desk.stall, case)
    assert 'id="do-retest-asked"' in page and 'id="do-objected"' in page
    assert "The operator may ask for a retest" in page
    for word in ("do-measures", "do-published", "Order the recall"):
        assert word not in page
    desk.record(desk.stall, "objected", case, said={"request": "异议"})
    assert 'id="do-retest-asked"' in desk.page(desk.stall, case)  # one does not take the other
    desk.record(desk.people[0], "objection-accepted", case)
    desk.record(desk.stall, "retest-asked", case)
    assert 'id="do-retest-accepted"' in desk.page(desk.office, case)
