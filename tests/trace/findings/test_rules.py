"""The rules and their tables: each says what it is, why, and where its figures are from."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger.world import ROOT
from support.lineage.plausibility import assert_same_facts, numbers

from suyuan.trace.findings import label_copies
from suyuan.trace.findings.label_copies import Day, Scans
from suyuan.trace.findings.parts import DID, amount, span, step_word
from suyuan.trace.findings.rule import Rule, Severity
from suyuan.trace.findings.rule_list import CATALOGUE, LATE, RULES, heading
from suyuan.trace.findings.rule_tables import chosen, matches, table, tolerance
from suyuan.trace.format.messages import Message, as_message, msg, msg_in
from suyuan.trace.format.vocabulary import ROLES, STEPS
from suyuan.trace.goods.handover import duties
from suyuan.trace.lineage.model import Kind
from suyuan.trace.store.beside.tallies import ScanBook, Tally, merged

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
    basis = str(rule.basis)
    assert rule.severity in Severity and len(basis) > 20 and CHINESE.search(rule.basis.text("zh"))
    assert "Plain reason" in basis or re.search(r"(19|20)\d\d|[Ss]ection \d", basis)
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
    laws = table("basis")["laws"] if name in {"basis", "checklist"} else {}
    assert set(said.get("laws", laws)) == set(laws)
    assert all(re.search(r"(19|20)\d\d|Order \d", law) for law in laws.values())
    for entry in entries(said):
        if laws:
            assert entry["cites"] and set(entry["cites"]) <= set(laws)
            continue
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


UNITS = {"kg": "千克", "L": "升", "m": "米", "1": "件"}


def templates() -> Iterator[tuple[str, str]]:
    """All texts of messages that rules write, with the file that has them."""
    for file in sorted(FOLDER.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            said = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if len(said) == {"msg": 1, "msg_in": 2}.get(node.func.id):
                yield file.name, "\4".join(said)


@pytest.mark.parametrize(("file", "english"), list(templates()))
def test_each_sentence_has_the_same_numbers_in_both_languages(file, english) -> None:
    said = Message(english).text("zh")
    bare = re.sub(r"%\(\w+\)s|°C|GS1|GB|EPCIS|eventID|UN/ECE|signed_at", "", said)
    assert CHINESE.search(bare) or not re.search(r"\w", bare), file
    assert numbers(english) == numbers(said), file
    assert not re.search("[A-Za-z]", bare), file


def test_every_rule_writes_its_sentences_as_messages() -> None:
    others = {
        "__init__.py", "books.py", "finding.py", "label_copies.py", "law.py", "reaching.py",
        "rule.py", "rule_tables.py",
    }  # fmt: skip
    assert {file for file, _ in templates()} | others == {
        file.name for file in FOLDER.rglob("*.py")
    }


@given(st.integers(-(2**62), 2**62), st.sampled_from(["kg", "L", "m", "1", None]))
def test_amounts_have_the_same_digits(micro: int, unit: str | None) -> None:
    found = as_message(amount(micro, unit))
    assert numbers(str(found)) == numbers(found.text("zh"))
    assert found.text("zh").endswith(UNITS.get(unit or "", ""))
    assert not re.search("[A-Za-z]", found.text("zh"))


@given(st.integers(0, 2**62))
def test_lengths_of_time_have_the_same_digits(length: int) -> None:
    found = span(length)
    assert numbers(str(found)) == numbers(found.text("zh"))
    assert not re.search("[A-Za-z]", found.text("zh"))


def both(message: Message | str) -> tuple[str, str]:
    return str(message), as_message(message).text("zh")


def test_lengths_and_amounts_as_people_say_them() -> None:
    assert both(span(6 * 3_600_000_000)) == ("6 h 00 min", "6 小时 00 分钟")
    assert both(span(72 * 3_600_000_000)) == ("3 days", "3 天")
    assert both(amount(9_876_500_000, "kg")) == ("9876.5 kg", "9876.5 千克")
    assert both(amount(-5_000_000, "1")) == ("-5 pieces", "-5 件")
    assert both(amount(0, None)) == ("0", "0")


def test_what_tables_kinds_and_steps_name_has_its_chinese() -> None:
    assert set(DID) == set(Kind)
    rows = [*table("required")["required"], *table("purchase")["asked"]]
    fields = {name for one in table("fields")["fields"] for name in one["fields"]}
    for said in (
        *(step_word(name) for name in STEPS),
        *(msg(one["what"]) for one in rows),
        *(msg_in("role", name) for name in ROLES),
        *(msg_in("field", name.removeprefix("suyuan:")) for name in fields),
    ):
        chinese = as_message(said).text("zh")
        assert CHINESE.search(chinese) and not re.search("[A-Za-z]", chinese), said


@pytest.mark.parametrize("measure", [duties.CONFIRM, duties.ENTER])
def test_duties_have_the_same_hours(measure: duties.Measure) -> None:
    assert_same_facts(measure.what)
    assert numbers(str(measure.what)) == Counter([str(measure.hours)])


TODAY = date(2026, 11, 24).toordinal()
MINUTE = 60_000_000


def scans(*days, first=10**15):
    found = tuple(Day(TODAY + at, count, (1 << hours) - 1) for at, count, hours in days)
    return Scans(sum(one.count for one in found), first, first, found)


@pytest.mark.parametrize(
    ("days", "ended", "said"),
    [
        ([(0, 1, 1)], None, []),
        ([(0, 39, 3)], None, []),
        ([(0, 40, 3)], None, ["many"]),
        ([(0, 20, 15)], None, []),
        ([(0, 20, 16)], None, ["spread"]),
        ([(0, 10, 8), (1, 10, 8)], None, ["spread"]),
        ([(0, 10, 8), (2, 10, 8)], None, []),
        ([(at, 1, 1) for at in range(9)], None, []),
        ([(at, 2, 2) for at in range(0, 15, 2)], None, ["long"]),
        ([(0, 2, 1), (20, 2, 1), (40, 2, 1)], None, []),
        ([(0, 2, 1), (20, 3, 2), (40, 2, 1)], date(2026, 11, 27), ["late"]),
        ([(0, 2, 1), (20, 3, 2), (40, 2, 1)], date(2026, 12, 30), []),
        ([(3, 9, 3)], date(2026, 11, 24), []),
        ([(4, 9, 3)], date(2026, 11, 24), ["late"]),
    ],
)
def test_what_scans_say(days, ended, said):
    assert label_copies.rules_met(scans(*days), ended=ended) == said


def test_a_label_scanned_before_it_was_issued():
    one = scans((0, 1, 1), first=10**15)
    assert label_copies.rules_met(one, issued=10**15 + 4 * MINUTE) == []
    assert label_copies.rules_met(one, issued=10**15 + 6 * MINUTE) == ["early"]


def test_rules_are_data_and_each_has_a_name_of_its_own():
    names = [rule.name for rule in label_copies.RULES]
    assert len(set(names)) == len(names) and label_copies.EARLY not in names
    strict = [label_copies.Rule("any", scans=1)]
    assert label_copies.rules_met(scans((0, 1, 1)), rules=strict) == ["any"]


def test_counts_of_several_processes_add_up(world):
    one = ScanBook(world.home, world.ledger.database.engine)
    two = ScanBook(world.home, world.ledger.database.engine)
    assert one.of("C" * 16, "S" * 13) is None
    key = ("C" * 16, "S" * 13)
    one.add({key: Tally(5, 7, True, {TODAY: (2, 0b01)})})
    two.add({key: Tally(6, 9, False, {TODAY: (1, 0b10), TODAY + 1: (3, 0b100)})})
    found = one.of(*key)
    assert found == Scans(6, 5, 9, (Day(TODAY, 3, 0b11), Day(TODAY + 1, 3, 0b100)))
    waiting = Tally(10, 10, True, {TODAY + 1: (1, 0b1000)})
    assert merged(found, waiting) == Scans(
        7, 5, 10, (Day(TODAY, 3, 0b11), Day(TODAY + 1, 4, 0b1100))
    )
    one.add({})


def test_what_is_old_is_forgotten_and_serials_of_nobody_sooner(world):
    book = ScanBook(world.home, world.ledger.database.engine)
    day = timedelta(days=1) // timedelta(microseconds=1)
    for name, issued in (("A", True), ("B", False)):
        book.add({(name * 16, name): Tally(day, 40 * day, issued, {100: (1, 1)})})
    book.sweep(100, 69 * day)
    assert book.of("B" * 16, "B") is not None
    book.sweep(100, 71 * day)
    assert book.of("B" * 16, "B") is None
    assert book.of("A" * 16, "A").count == 1
    book.sweep(501, 71 * day)
    assert book.of("A" * 16, "A").days == ()
    book.sweep(501, 441 * day)
    assert book.of("A" * 16, "A") is None
