"""Grades as the desk shows them: made of what is recorded, and again from the export alone."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from conformance.reference.grades import regrade
from support.ledger.world import World
from support.lineage.plausibility import day, harvest, product
from support.web.client import english
from support.web.offices import Office

from suyuan.trace.admission import acts
from suyuan.trace.format.identifiers import codes
from suyuan.trace.inspection.grading import grade_facts

API = "/api/v1"
SAID = {"act": "冷柜温度过高", "basis": "食品安全法第五十四条"}


@pytest.fixture
def desk(small: World) -> Office:
    return Office(small)


def grade(desk, actor, party=None, on=""):
    uri = quote((party or desk.stall).uri, safe="")
    return desk.client(actor).get(f"{API}/parties/{uri}/grade{on}")


def order(desk):
    """An order to correct, signed by a person of the office; its index."""
    answer = desk.draft(desk.people[0], "cases/draft", stage="opened", kind="order", said=SAID,
                        party=desk.stall.uri, until=desk.day(0))  # fmt: skip
    return desk.write(desk.people[0], answer).index


def again(export):
    return regrade(export) == (export["static"], export["dynamic"], export["grade"])


def test_what_is_recorded_makes_a_grade_which_the_export_makes_again(desk):
    """An order and an inspection with an objection: 15 for a stall, 3 and 5."""
    before = grade(desk, desk.people[0]).json
    assert (before["grade"], before["total"], before["facts"]) == ("A", 1_500, []) and again(before)
    index = order(desk)
    answer = desk.draft(desk.people[0], "inspections/draft", **desk.inspection())
    pen = desk.ledger.pen(desk.office.uri, desk.people[0].signer)
    inspected = desk.write(desk.people[0], answer, pen)
    export = grade(desk, desk.people[1]).json
    assert again(export) and export["total"] == 2_300
    kinds = {row["kind"]: row["index"] for row in export["facts"]}
    assert kinds == {"order": index, "objection": inspected.index}
    (line,) = desk.client(desk.office).get(f"{API}/grades").json["grades"]
    assert line["party"] == desk.stall.uri and line["inspected"] == export["on"]
    assert grade(desk, desk.people[0], on="?on=2020-01-01").json["total"] == 1_500


def test_who_may_see_a_grade(desk):
    """Its inspectors and the party itself: no neighbour, nobody, and not what is not graded."""
    neighbour = desk.world.party("A 区 13 号")
    elsewhere = desk.world.party("翔安分局", "office", division="350213")
    assert grade(desk, desk.stall).status_code == 200, grade(desk, desk.stall).text
    assert grade(desk, neighbour).status_code == 403
    assert grade(desk, elsewhere).status_code == 403
    assert grade(desk, None).status_code == 401
    assert grade(desk, desk.office, desk.office).status_code == 404
    assert desk.client(desk.stall).get(f"{API}/grades").status_code == 403


def test_a_stall_gives_itself_no_facts(desk):
    """An inspection that a neighbour states, of whoever it likes, grades nobody."""
    neighbour = desk.world.party("A 区 13 号")
    answer = desk.draft(neighbour, "inspections/draft", **desk.inspection(inspectors=[]))
    assert answer.status_code == 403
    assert grade(desk, desk.office).json["facts"] == []


def test_another_citys_office_grades_nobody_here(desk):
    """Its order and its inspection stand in the ledger, and count for nothing; the city's do."""
    over = desk.world.party("厦门市局", "office", division="350200")
    away = [desk.world.party("福州市局", "office", division="350100")]
    away.append(desk.person(away[0], "周宁"))
    for one in [*away, over]:
        case = codes.uri_of(codes.new(), desk.world.trust.host, "case")
        (ordered,) = desk.world.say(one, acts.case_open(case, "order", desk.stall.uri))
    for pen in (away[0].pen, desk.ledger.pen(desk.office.uri, desk.people[0].signer)):
        answer = desk.draft(desk.people[0], "inspections/draft", **desk.inspection())
        inspected = desk.write(desk.people[0], answer, pen)
    found = {row["kind"]: row["index"] for row in grade(desk, over).json["facts"]}
    assert found == {"order": ordered.index, "objection": inspected.index}
    assert len(grade(desk, over).json["facts"]) == 2


def test_no_other_office_pushes_facts_out(desk, monkeypatch):
    """The attack: more new cases than are read, each handed over to the party's own office."""
    monkeypatch.setattr(grade_facts, "MOST", 2)
    order(desk)
    (fact,) = grade(desk, desk.people[0]).json["facts"]
    away = desk.person(desk.world.party("翔安分局", "office", division="350213"), "周宁")
    for _ in range(3):
        case = codes.uri_of(codes.new(), desk.world.trust.host, "case")
        desk.world.say(away, acts.case_open(case, "interview", desk.stall.uri),
                       acts.case_assign(case, desk.office.uri))  # fmt: skip
    assert grade(desk, desk.people[0]).json["facts"] == [fact]
    desk.world.say(desk.people[0], acts.case_record(case, "reported"))  # it takes one up
    order(desk)
    assert grade(desk, desk.people[0]).json["facts"][0] != fact  # its own, of which 2 are read


def test_who_leaves_an_office_takes_no_fact_away(desk):
    order(desk)
    desk.world.say(desk.office, acts.leave(desk.people[0].uri))
    (fact,) = grade(desk, desk.people[1]).json["facts"]
    assert fact["kind"] == "order"


def test_the_food_that_a_party_deals_in_counts_from_the_next_month_on(desk):
    """Of the twelve months before: in the month of the day itself there may be later lots."""
    harvest(desk.world, desk.stall, desk.world.new_lot(), 5,
            productId=product(desk.world, "肉类/猪肉"))  # fmt: skip
    desk.ledger.followers.catch_up()
    today = day(0).date()
    assert grade(desk, desk.people[0], on=f"?on={today}").json["categories"] == []
    later = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    export = grade(desk, desk.people[0], on=f"?on={later}").json
    assert (export["categories"], export["static"]) == (["meat"], 2_100) and again(export)
    long_after = grade(desk, desk.people[0], on=f"?on={later.replace(year=later.year + 2)}").json
    assert (long_after["categories"], long_after["static"]) == ([], 1_500)


def test_the_pages(desk):
    order(desk)
    party = quote(desk.stall.uri, safe="")
    text = english(desk.client(desk.office), f"/inspect/grade?party={party}")
    assert "Grade A" in text and "An order to correct" in text
    assert "18" in english(desk.client(desk.office), "/inspect/grades")
    assert "Grade A" in english(desk.client(desk.stall), "/me/grade")
    assert "not graded" in english(desk.client(desk.office), "/me/grade", 404)
