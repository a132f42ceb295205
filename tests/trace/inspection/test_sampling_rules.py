"""What sampling decides by itself: stages' names, rows of a plan, ranks of a draw, amounts."""

import hashlib
import hmac
from collections import Counter
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.format.messages import Message
from suyuan.trace.inspection import cases
from suyuan.trace.inspection.case_kinds import kinds
from suyuan.trace.inspection.cases import SEALED
from suyuan.trace.inspection.sampling import laboratories, plans
from suyuan.trace.inspection.sampling.disposal import parts
from suyuan.trace.recall.lines import Sum

NAMES = sorted({name for kind in kinds().values() for name in kind.stages})
WORDS = st.one_of(st.sampled_from([*NAMES, *SEALED.values()]), st.text(max_size=8), st.none())


@given(st.sampled_from(sorted(kinds())), st.sampled_from(["record", "answer"]), WORDS, WORDS)
def test_a_party_is_never_read_as_having_recorded_an_offices_stage(kind, op, clear, sealed):
    """Against a plain reference: the sealed name where the kind seals, else the clear one."""
    known = kinds()[kind]
    by = "party" if op == "answer" else "office"
    name = cases._name({"op": op, "stage": clear or ""}, sealed, known)
    if op == "answer":
        assert name not in known.stages or known.stages[name].by == "party"
    if not known.is_sealed or clear != SEALED[by]:
        assert name in {clear or "", SEALED[by]}
    elif sealed in known.stages and sealed not in ("opened", "closed"):
        is_own = known.stages[sealed].by == by
        assert name == (sealed if is_own or op == "record" else SEALED["party"])


@given(st.text(max_size=300))
def test_any_text_is_rows_of_a_plan_or_says_what_is_wrong(text):
    found = plans.rows(text)
    assert isinstance(found, Message) or all(0 < row.count < 10_000 and row.food for row in found)


@pytest.mark.parametrize("joint", [";", "；", "\t", " ; "])
def test_a_row_has_five_parts_however_they_are_joined(joint):
    (row,) = plans.rows(joint.join(["豇豆", "catering", "12", "农残", "市食检院"]))
    assert row == plans.Row(1, "豇豆", "catering", 12, "农残", "市食检院")
    assert isinstance(plans.rows(joint.join(["豇豆", "流通", "0", "农残", "院"])), Message)


FILE = """\ufeff食品,环节,数量,检验项目,检验机构
豇豆,流通,12,"农残, 兽残",市食检院

"鸡蛋, 散装",catering,3,兽残,"市食检院"
"""


def test_a_csv_file_is_rows_with_headings_or_without():
    wanted = [plans.Row(1, "豇豆", "circulation", 12, "农残, 兽残", "市食检院"),
              plans.Row(2, "鸡蛋, 散装", "catering", 3, "兽残", "市食检院")]  # fmt: skip
    assert plans.rows(FILE) == plans.rows(FILE.split("\n", 1)[1]) == wanted


@pytest.mark.parametrize(("old", "new", "place"), [
    ("12", "十二", "Row 2, column samples"), ("12", "0", "Row 2, column samples"),
    (",3,", ",,", "Row 4, column samples"), ("豇豆,", ",", "Row 2, column food"),
    (',兽残,"市食检院"', "", "Row 4, column test items"),
    (',"市食检院"', "", "Row 4, column laboratory"),
    (',市食检院', ",市食检院,x", "Row 2, column six"),
])  # fmt: skip
def test_what_is_wrong_names_its_row_and_column(old, new, place):
    found = plans.rows(FILE.replace(old, new, 1))
    assert isinstance(found, Message) and str(found).startswith(place), found


def test_a_plan_has_a_hundred_rows_and_no_row_is_lost_quietly():
    rows = ["豇豆,流通,1,农残,院"] * 101
    assert len(plans.rows("\n".join(rows[:100]))) == 100
    assert str(plans.rows("\n".join(rows))).startswith("Row 101,")


@dataclass
class Link:
    hash: str


@dataclass
class Stage:
    name: str
    link: Link
    said: dict


class Fake:
    """A case whose stages have these hashes."""

    def __init__(self, *names):
        self.stages = [Stage(name.split("-", 1)[1], Link(name), {}) for name in names]

    def stage(self, *names):
        return next((one for one in reversed(self.stages) if one.name in names), None)


def test_each_laboratory_is_drawn_as_often_as_the_others_and_the_first_never():
    """Of 6,000 fixed cases: chi-square over 5 laboratories, 4 degrees, far below 1 in 100,000."""
    pool, first = [f"urn:lab:{number}" for number in range(6)], {"urn:lab:0"}
    counts: Counter[str] = Counter()
    for number in range(6_000):
        case = Fake(*(f"{number}-{name}" for name in ("opened", "retest-asked", "retest-accepted")))
        order = laboratories.drawn(case, pool, first)
        hashes = "|".join(stage.link.hash for stage in case.stages)
        key = hashlib.sha256(hashes.encode()).digest()
        ranks = {one: hmac.digest(key, f"retest|{one}".encode(), "sha256") for one in pool[1:]}
        assert order == sorted(ranks, key=ranks.__getitem__)
        counts[order[0]] += 1
    assert set(counts) == set(pool) - first
    assert sum((count - 1_200) ** 2 / 1_200 for count in counts.values()) < 28


def test_nothing_is_drawn_before_the_office_has_taken_the_retest_up():
    """Else who applies could choose its laboratory by trying."""
    assert laboratories.drawn(Fake("a-opened", "b-retest-asked"), ["urn:lab:1"], set()) == []


@given(st.lists(st.integers(0, 10**9), min_size=13, max_size=13))
def test_the_amounts_of_a_disposal_are_those_of_the_account(numbers):
    total = Sum(*numbers)
    bought, sold, sealed, recalled, destroyed = parts(total)
    gone = total.used + total.lost + total.outside + total.weighed + total.unaccounted
    assert bought == total.produced and recalled == total.recovered
    assert sold + sealed + recalled + destroyed + gone == sum(numbers) - bought - total.unsaid
