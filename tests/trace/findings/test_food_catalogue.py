"""The catalogue of food, and what a city's own file adds to it."""

from pathlib import Path

import pytest
from support.ledger.world import Actor, World
from support.lineage.plausibility import findings, harvest, kg, party, product, say, send

from suyuan.trace.findings import rule_tables
from suyuan.trace.findings.food_catalogue import categories, requirements
from suyuan.trace.findings.rule_tables import chosen, table
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.store.projections import follow_lineage

ROW = """
[[required]]
category = "水果*"
role = "producer"
step = "dispatch"
fields = ["suyuan:seal"]
what = "市级封签"
source = "某市办法"
since = "2026-01-01"
division = "350200"
"""
PROMISE = "promise of conformity"


@pytest.fixture
def city(monkeypatch, tmp_path: Path):
    """A function that sets the city's file."""
    cached = rule_tables.table, rule_tables.city, follow_lineage.digest

    def put(text: str) -> None:
        file = tmp_path / "city.toml"
        file.write_text(text, encoding="utf-8")
        monkeypatch.setenv("SUYUAN_CATALOGUE_FILE", str(file))
        for function in cached:
            function.cache_clear()

    yield put
    monkeypatch.undo()
    for function in cached:
        function.cache_clear()


def sent(world: World, farm: Actor, category: str, **more: object) -> str:
    """A lot of this category that a farm harvests and dispatches."""
    lot = world.new_lot()
    harvest(world, farm, lot, 100, productId=product(world, category))
    extra = {f"suyuan:{name}": value for name, value in more.items()}
    send(world, farm, party(world, "retailer"), 1, kg(lot, 10), extra=extra)
    return lot


def test_each_category_has_its_own_patterns_and_names_in_both_languages() -> None:
    patterns = [pattern for category in categories() for pattern in category.patterns]
    assert len(patterns) == len(set(patterns))
    for category in categories():
        assert str(category.words) != category.words.text("zh")


def test_what_a_rule_requires_of_a_category_is_shown_of_it() -> None:
    shown = {c.name: {r.rule for r in requirements(c)} for c in categories()}
    assert shown["vegetables"] >= {"required", "purchase"}
    assert "required" in shown["rice"] and "required" not in shown["grain"]
    assert shown["dishes"] == set()
    rows = [{"category": p, "name": c.name} for c in categories() for p in c.patterns]
    for row in table("required")["required"]:
        whose = chosen(rows, row["category"].rstrip("*"))
        assert whose is not None and "required" in shown[whose["name"]], row["category"]


def test_a_farm_product_leaves_with_a_promise_of_conformity(small: World, farm: Actor) -> None:
    lacking = sent(small, farm, "蔬菜/叶菜类")
    sent(small, farm, "蔬菜/叶菜类", certificate="合格证 1")
    sent(small, farm, "粮食/稻谷")
    (finding,) = findings(small, "required")
    assert finding.subject == lacking and PROMISE in str(finding.message)


def test_a_test_stands_for_the_promise(small: World, farm: Actor) -> None:
    lot = small.new_lot()
    harvest(small, farm, lot, 100, productId=product(small, "水果/柑橘"))
    say(small, farm, "test", 1, kg(lot, None), extra={"suyuan:result": "合格"})
    send(small, farm, party(small, "retailer"), 2, kg(lot, 10))
    assert findings(small, "required") == []


def test_a_citys_rule_binds_those_of_its_division_alone(small: World, city, farm: Actor) -> None:
    city(ROW)
    far = party(small, "producer", division="440300")
    ours = sent(small, farm, "水果/柑橘", certificate="合格证 1")
    sent(small, far, "水果/柑橘", certificate="合格证 2")
    sent(small, farm, "水果/柑橘", certificate="合格证 3", seal="7")
    (finding,) = findings(small, "required")
    assert finding.subject == ours and "市级封签" in str(finding.message)
    (fruit,) = (category for category in categories() if category.name == "fruit")
    assert [str(row.what[0]) for row in requirements(fruit) if row.is_city] == ["市级封签"]


def test_another_city_file_makes_the_findings_outdated(small: World, city) -> None:
    small.ledger.followers.catch_up()
    before = follow_lineage.digest()
    city(ROW)
    assert follow_lineage.digest() != before
    assert small.ledger.followers.outdated() == ["lineage"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[[required", "no TOML"),
        ("[[yield]]", "nothing else"),
        ("[required]", "nothing else"),
        ("required = [1]", "row 1"),
        (ROW.replace('"dispatch"', '"fly"'), "see step"),
        (ROW.replace('"producer"', '"pilot"'), "see role"),
        (ROW.replace('"2026-01-01"', '"soon"'), "see since"),
        (ROW.replace('"350200"', '"厦门"'), "see division"),
        (ROW.replace('["suyuan:seal"]', "[1]"), "see fields"),
        (ROW.replace('["suyuan:seal"]', "1"), "see fields"),
        (ROW + "severity = 3\n", "see severity"),
        (ROW.replace('what = "市级封签"\n', ""), "see what"),
    ],
)
def test_a_file_that_is_none_is_refused_with_its_place(city, text: str, why: str) -> None:
    city(text)
    with pytest.raises(LedgerError, match=why):
        rule_tables.city()
