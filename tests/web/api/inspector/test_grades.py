"""Grades as the desk shows them: made of what is recorded, and again from the export alone."""

from urllib.parse import quote

import pytest
from conformance.reference.grades import regrade
from support.ledger.world import World
from support.web.client import english
from support.web.offices import Office

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
    day = f"{desk.ledger.now():%Y-%m-%d}"
    answer = desk.draft(desk.people[0], "cases/draft", stage="opened", kind="order", said=SAID,
                        party=desk.stall.uri, until=day)  # fmt: skip
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


def test_the_pages(desk):
    order(desk)
    party = quote(desk.stall.uri, safe="")
    text = english(desk.client(desk.office), f"/inspect/grade?party={party}")
    assert "Grade A" in text and "An order to correct" in text
    assert "18" in english(desk.client(desk.office), "/inspect/grades")
    assert "Grade A" in english(desk.client(desk.stall), "/me/grade")
    assert "not graded" in english(desk.client(desk.office), "/me/grade", 404)
