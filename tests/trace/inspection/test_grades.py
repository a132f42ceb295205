"""Grades: against a plain reference over random facts, days and tables; the city's own table."""

import random
from datetime import date, timedelta

import pytest
from conformance.reference.grades import regrade

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.inspection.grading import grade_table
from suyuan.trace.inspection.grading.grade import Fact, graded
from suyuan.trace.inspection.grading.grade_table import KINDS, GradeTable, given

FIRST = date(2024, 1, 31)


def some_table(dice):
    """A random table that a city might write."""
    months = sorted(dice.sample(range(1, 60), dice.randint(1, 4)))
    limits = sorted(dice.sample(range(1, 120), dice.randint(2, 5)))
    return GradeTable.model_validate(
        {
            "source": "市局办法", "since": "2024-01-01", "clean_months": dice.randint(1, 40),
            "static": {"most": 40, "points": {"stall": dice.randint(0, 50), "caterer": 25},
                       "categories": {"meat": dice.randint(0, 30), "other": dice.randint(0, 9)}},
            "dynamic": {"most": dice.randint(10, 80),
                        "decay": [[m, dice.randint(0, 100)] for m in months]},
            "facts": [
                {"name": kind, "text": kind, "points": dice.randint(0, 20),
                 "most": dice.randint(0, 50), "worse": dice.random() < 0.3,
                 "veto": dice.random() < 0.1, "months": dice.randint(1, 24)}
                for kind in dice.sample(KINDS, dice.randint(1, len(KINDS)))
            ],
            "grades": [{"name": "ABCDE"[n], "until": limit, "checks": n, "share": n}
                       for n, limit in enumerate(limits)],
        }
    )  # fmt: skip


def some_facts(dice):
    """Random facts of three years, some of which end."""
    facts = []
    for index in range(dice.randint(0, 12)):
        day = FIRST + timedelta(days=dice.randint(0, 1_100))
        end = day + timedelta(days=dice.randint(0, 300)) if dice.random() < 0.3 else None
        facts.append(Fact(dice.choice(KINDS), day, index, end))
    return facts


def export(facts, roles, admitted, on, table, categories):
    return {
        "on": str(on), "categories": categories, "roles": roles, "admitted": str(admitted),
        "table": table.model_dump(mode="json"),
        "facts": [{"kind": f.kind, "day": str(f.day), "index": f.index,
                   "ended": f.ended and str(f.ended)} for f in facts],
    }  # fmt: skip


def test_a_plain_reference_makes_the_same_grades():
    dice, seen = random.Random(20261202), set()
    for _ in range(2_000):
        table, facts = some_table(dice), some_facts(dice)
        roles = dice.choice((["stall"], ["stall", "caterer"], ["laboratory"], []))
        admitted = FIRST - timedelta(days=dice.randint(0, 900))
        on = FIRST + timedelta(days=dice.randint(0, 1_300))
        food = dice.choice(([], ["meat"], ["meat", "other"], ["fruit"]))
        grade = graded(facts, roles, admitted, on, table, categories=food)
        again = regrade(export(facts, roles, admitted, on, table, food))
        assert (grade.static, grade.dynamic, grade.rule.name) == again
        seen.add((grade.rule.name, grade.is_vetoed, grade.moved))
    assert len(seen) > 15  # else the random tables decide nothing


def test_no_grade_sees_a_fact_after_its_day():
    dice = random.Random(7)
    for _ in range(500):
        table, facts = some_table(dice), some_facts(dice)
        on = FIRST + timedelta(days=dice.randint(0, 1_100))
        grade = graded(facts, ["stall"], FIRST, on, table)
        known = [Fact(f.kind, f.day, f.index, f.ended) for f in facts if f.day <= on]
        later = [Fact(kind, on + timedelta(days=1), 99) for kind in KINDS]
        assert graded([*known, *later], ["stall"], FIRST, on, table) == grade


def test_our_table_counts_as_it_says():
    """A failed sample of this month, by hand: 15 + 15 points are an A, which moves to B."""
    table, on = given().table, date(2026, 12, 2)
    failed = Fact("sample-failed", date(2026, 11, 20), 5)
    grade = graded([failed], ["stall"], FIRST, on, table)
    assert (grade.total, grade.rule.name, grade.moved) == (3_000, "B", 1)
    assert graded([], ["stall"], FIRST, on, table).rule.name == "A"
    overturned = Fact("sample-failed", failed.day, 5, date(2026, 12, 2))
    assert graded([overturned], ["stall"], FIRST, on, table).rule.name == "A"
    old = Fact("sample-failed", date(2025, 6, 2), 5)  # 18 months: 30 % of its points
    assert graded([old], ["stall"], FIRST, on, table).total == 1_950
    for day, total in ((date(2026, 6, 3), 1_800), (date(2026, 6, 2), 1_680)):  # to the day
        order = Fact("order", day, 5)
        assert graded([order], ["stall"], FIRST, on, table).total == total


@pytest.fixture
def city(monkeypatch):
    """A function that sets the city's own table."""
    grade_table.given.cache_clear()
    yield lambda text: monkeypatch.setenv("SUYUAN_GRADES", text)
    grade_table.given.cache_clear()


OWN = """source = "市局办法"
since = 2026-01-01
clean_months = 24
static = { most = 40, points = { stall = 1 } }
dynamic = { most = 60, decay = [[12, 100]] }
facts = [{ name = "order", text = "责令改正", points = 2, most = 10 }]
grades = [{ name = "优", until = 100, checks = 1, share = 5 }]
"""


def test_a_city_has_its_own(city):
    city(OWN)
    assert given().is_city and given().table.grades[0].name == "优"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("stall = 1", "stal = 1", "stal"),
        ("until = 100", "until = -1", "grades.0.until"),
        ("[[12, 100]]", "[[12, 100], [6, 50]]", "decay"),
        ('"order"', '"orders"', "facts.0.name"),
        ("most = 40", "most = ", "TOML"),
        ("{ stall = 1 }", "{ stall = 1 }, categories = { pork = 1 }", "pork"),
        ("since = 2026-01-01\n", "", "since"),
    ],
)
def test_what_is_no_table_is_refused_with_its_place(city, old, new, place):
    assert old in OWN
    city(OWN.replace(old, new))
    with pytest.raises(LedgerError) as wrong:
        given()
    assert place in str(wrong.value) and "SUYUAN_GRADES" in str(wrong.value)
