"""Reasons in English and Chinese: the same facts, whatever a rule or a single link gives."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from string import Formatter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plausibility_support import assert_same_facts, numbers
from support import ROOT

from suyuan.trace import duties, sentences
from suyuan.trace.lineage.model import Kind
from suyuan.trace.plausibility import BY_NAME
from suyuan.trace.plausibility.catalogue import CATALOGUE, LATE, UNDERIVED
from suyuan.trace.plausibility.saying import DID, Both, amount, both, listed, span, step_word
from suyuan.trace.plausibility.tables import table
from suyuan.trace.sentences import Sentence, chinese
from suyuan.trace.steps import STEPS

RULES = ROOT / "trace" / "plausibility"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
UNITS = {"kg": "千克", "L": "升", "m": "米", "1": "件"}


def templates() -> Iterator[tuple[str, str, str]]:
    """All sentences and parts of sentences that rules write, with the file that has them."""
    for file in sorted(RULES.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            said = [one.value for one in node.args[:2] if isinstance(one, ast.Constant)]
            if node.func.id in ("both", "Both") and len(said) == 2 and any(said):
                yield file.name, said[0], said[1]


def values(template: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in Formatter().parse(template) if name is not None)


@pytest.mark.parametrize(("file", "english", "said"), list(templates()))
def test_each_sentence_has_the_same_values_in_both_languages(file, english, said) -> None:
    bare = re.sub(r"\{\w+\}", "", said).replace("°C", "")
    assert CHINESE.search(bare), file
    assert values(english) == values(said), file
    assert numbers(english) == numbers(said), file
    assert not re.search("[A-Za-z]", bare), file


def test_every_rule_writes_its_sentences_in_both_languages() -> None:
    told = {file for file, _, _ in templates()}
    others = {"__init__.py", "books.py", "catalogue.py", "parts.py", "rule.py", "tables.py"}
    assert told | others == {file.name for file in RULES.glob("*.py")}


@given(st.integers(-(2**62), 2**62), st.sampled_from(["kg", "L", "m", "1", None]))
def test_amounts_have_the_same_digits(micro: int, unit: str | None) -> None:
    found = amount(micro, unit)
    assert numbers(found.english) == numbers(found.chinese)
    assert found.chinese.endswith(UNITS.get(unit or "", ""))
    assert not re.search("[A-Za-z]", found.chinese)


@given(st.integers(0, 2**62))
def test_lengths_of_time_have_the_same_digits(length: int) -> None:
    found = span(length)
    assert numbers(found.english) == numbers(found.chinese)
    assert not re.search("[A-Za-z]", found.chinese)


def test_lengths_and_amounts_as_people_say_them() -> None:
    assert span(6 * 3_600_000_000) == ("6 h 00 min", "6 小时 00 分钟")
    assert span(72 * 3_600_000_000) == ("3 days", "3 天")
    assert amount(9_876_500_000, "kg") == ("9876.5 kg", "9876.5 千克")
    assert amount(-5_000_000, "1") == ("-5 pieces", "-5 件")
    assert amount(0, None) == ("0", "0")


def test_parts_are_put_into_their_own_language() -> None:
    some = listed([Both("pork", "猪肉"), Both("fish {0}", "鱼 {0}")])
    assert both("no {some}", "没有{some}", some=some) == (
        "no pork, fish {0}",
        "没有猪肉、鱼 {0}",
    )


def test_what_tables_kinds_and_steps_name_has_its_chinese() -> None:
    assert set(DID) == set(Kind)
    for name in STEPS:
        assert CHINESE.search(step_word(name).chinese)
    rows = [*table("required")["required"], *table("purchase")["asked"], *table("roles")["role"]]
    fields = {name for one in table("fields")["fields"] for name in one["fields"]}
    assert fields == set(table("fields")["names"])
    for said in (*(one["chinese"] for one in rows), *table("fields")["names"].values()):
        assert CHINESE.search(said) and not re.search("[A-Za-z]", said)


# What single links give, and what is late.

SENTENCES = [
    ("event-id", sentences.REUSED, {"name": "urn:uuid:1 was given at index 2", "leaf": 17}),
    ("code", sentences.CLASH, {"code": "ABCD-EFGH", "item": "https://id.gs1.org/01/1\nnames x"}),
    ("quantity", sentences.INEXACT, {}),
    ("identifier", sentences.AS_WRITTEN, {}),
    ("name", sentences.RENAMED, {"who": "https://trace.food.example/party/1", "kind": "place"}),
]


@pytest.mark.parametrize(("rule", "sentence", "given_"), SENTENCES)
def test_findings_of_single_links_are_read_back_into_chinese(
    rule: str, sentence: Sentence, given_: dict
) -> None:
    reason = sentence(**given_)
    said = chinese(rule, reason)
    assert CHINESE.search(said) and said != CATALOGUE[rule].chinese
    assert numbers(reason) == numbers(said)
    for value in given_.values():
        assert str(value) in said or value == "place"


def test_each_rule_of_single_links_has_a_sentence() -> None:
    assert {rule for rule, _, _ in SENTENCES} == set(CATALOGUE) - set(BY_NAME) - {LATE, UNDERIVED}


@pytest.mark.parametrize("rule", ["event-id", "name", "never-heard-of"])
def test_a_sentence_of_another_version_gives_the_title(rule: str) -> None:
    title = CATALOGUE[rule].chinese if rule in CATALOGUE else rule
    assert chinese(rule, "something else") == title


@pytest.mark.parametrize("measure", [duties.CONFIRM, duties.ENTER])
def test_duties_have_the_same_hours(measure: duties.Measure) -> None:
    assert_same_facts(measure.what, measure.chinese)
    assert numbers(measure.what) == Counter([str(measure.hours)])
