"""Reasons in English and Chinese: the same facts, whatever a rule or a single link gives."""

import ast
import re
from collections import Counter
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger.world import ROOT
from support.lineage.plausibility import assert_same_facts, numbers

from suyuan.trace.findings.parts import DID, amount, span, step_word
from suyuan.trace.findings.rule_tables import table
from suyuan.trace.format.messages import Message, as_message, msg, msg_in
from suyuan.trace.format.vocabulary import ROLES, STEPS
from suyuan.trace.goods.handover import duties
from suyuan.trace.lineage.model import Kind

RULES = ROOT / "trace" / "findings"
CHINESE = re.compile(r"[\u4e00-\u9fff]")
UNITS = {"kg": "千克", "L": "升", "m": "米", "1": "件"}


def templates() -> Iterator[tuple[str, str]]:
    """All texts of messages that rules write, with the file that has them."""
    for file in sorted(RULES.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            said = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if len(said) == {"msg": 1, "msg_in": 2}.get(node.func.id):
                yield file.name, "\4".join(said)


@pytest.mark.parametrize(("file", "english"), list(templates()))
def test_each_sentence_has_the_same_numbers_in_both_languages(file, english) -> None:
    said = Message(english).text("zh")
    bare = re.sub(r"%\(\w+\)s", "", said).replace("°C", "").replace("GS1", "")
    assert CHINESE.search(bare) or not re.search(r"\w", bare), file
    assert numbers(english) == numbers(said), file
    assert not re.search("[A-Za-z]", bare), file


def test_every_rule_writes_its_sentences_as_messages() -> None:
    others = {
        "__init__.py", "books.py", "finding.py", "label_copies.py", "law.py", "rule.py",
        "rule_tables.py",
    }  # fmt: skip
    assert {file for file, _ in templates()} | others == {file.name for file in RULES.rglob("*.py")}


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
