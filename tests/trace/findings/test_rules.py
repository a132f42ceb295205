"""The rules and their tables: each says what it is, why, and where its figures are from."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from support.ledger.world import ROOT

from suyuan.trace.findings.rule import Rule, Severity
from suyuan.trace.findings.rule_list import CATALOGUE, LATE, RULES, heading
from suyuan.trace.findings.rule_tables import chosen, matches, table, tolerance
from suyuan.trace.format.vocabulary import ROLES, STEPS

FOLDER = ROOT / "trace" / "findings"
PAGE = ROOT / "docs" / "plausibility.md"
TABLES = sorted(file.stem for file in (FOLDER / "data").glob("*.toml"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def test_each_file_with_a_rule_is_among_the_rules() -> None:
    found = set()
    for file in (FOLDER / "rules").glob("*.py"):
        module = import_module(f"suyuan.trace.findings.rules.{file.stem}")
        if isinstance(rule := getattr(module, "check", None), Rule):
            found.add(rule.name)
    assert found == {rule.name for rule in RULES} and len(found) == len(RULES) >= 18


@pytest.mark.parametrize("name", sorted(CATALOGUE))
def test_each_rule_has_titles_severity_and_basis(name: str) -> None:
    rule = CATALOGUE[name]
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name) and len(name) <= 32
    assert str(rule.title) and not CHINESE.search(str(rule.title))
    assert CHINESE.search(rule.title.text("zh"))
    assert rule.severity in Severity and len(rule.basis) > 20
    assert "Plain reason" in rule.basis or re.search(r"(19|20)\d\d|[Ss]ection \d", rule.basis)
    assert heading(name).title == rule.title


def test_a_rule_of_a_newer_version_is_still_listed() -> None:
    assert str(heading("never-heard-of").title) == "never-heard-of"
    assert LATE in CATALOGUE


def entries(value: Any) -> Iterator[dict[str, Any]]:
    """All tables of a table."""
    for part in value.values():
        if isinstance(part, list):
            yield from (one for one in part if isinstance(one, dict))


@pytest.mark.parametrize("name", TABLES)
def test_each_entry_has_its_source_and_day(name: str) -> None:
    said = table(name)
    shared = said.get("source")
    for entry in entries(said):
        source = entry.get("source", shared)
        assert source and ("Plain reason" in source or re.search(r"(19|20)\d\d|[Ss]ection", source))
        if "since" in entry:
            date.fromisoformat(entry["since"])
    for key, value in said.items():
        if key.endswith("_source"):
            assert value
            assert key.removesuffix("_source") in said


def test_every_category_has_a_tolerance_and_every_role_its_steps() -> None:
    assert tolerance(None).of(100_000_000, "kg") == 500_000
    assert tolerance("蔬菜/叶菜类").of(100_000_000, "kg") == 2_000_000
    assert tolerance("蔬菜").of(1_000_000, "1") == 0
    for role in ROLES.values():
        assert role.usual and set(role.usual) <= {*STEPS, "*"} and set(role.mandates) <= set(STEPS)
        assert "Plain reason" in role.source or re.search(r"(19|20)\d\d", role.source)


def test_the_tables_name_steps_and_roles_that_there_are() -> None:
    for one in table("required")["required"]:
        assert {one["step"], *one["or_in"], *one["or_step"]} <= set(STEPS)
        assert one["role"] in ROLES and one.get("after", "slaughter") in STEPS
    for one in table("fields")["fields"]:
        assert one["step"] in STEPS
    for one in table("yields")["yield"]:
        assert STEPS[one["step"]].type == "TransformationEvent" and Decimal(one["most"]) >= 1
    assert set(table("purchase")["roles"]) < set(ROLES)
    assert set(table("cold_chain")["not_in"]) < set(STEPS)
    for one in table("cold_chain")["limits"]:
        least, most = Decimal(one.get("least", -300)), Decimal(one.get("most", 300))
        assert least < most and ("least" in one or "most" in one)


def test_the_closest_category_counts() -> None:
    some = [{"category": "*"}, {"category": "肉类*"}, {"category": "肉类/鲜*"}]
    assert chosen(some, "肉类/鲜猪肉") == some[2]
    assert chosen(some, "肉类") == some[1]
    assert chosen(some, None) == chosen(some, "水果") == some[0]
    assert not matches("肉类", "肉类/鲜猪肉") and matches("肉类", "肉类")


def test_the_page_has_each_rule_with_its_severity_and_basis() -> None:
    rows = dict(
        re.findall(r"^\| `([a-z-]+)` \| [^|]+ \| (grave|serious|minor) \|", PAGE.read_text(), re.M)
    )
    assert rows == {name: rule.severity.value for name, rule in CATALOGUE.items()}
    for name in TABLES:
        assert f"{name}.toml" in PAGE.read_text()
