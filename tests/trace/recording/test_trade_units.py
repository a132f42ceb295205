"""Units of the trade: exact both ways, or refused."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.quantities import exact
from suyuan.trace.recording.imports.trade_units import WEIGHTS, counter, in_weight, stored

BOXES = {"箱": Decimal("12.5")}


@pytest.mark.parametrize(
    ("number", "unit", "value", "uom"),
    [
        ("3", "斤", "1.5", "KGM"), ("7", "两", "0.35", "KGM"), ("12", "头", "12", None),
        ("5", "尾", "5", None), ("5", "-", "5", None), ("2", "箱", "25", "KGM"),
        ("2.5", "KGM", "2.5", "KGM"),
    ],
)  # fmt: skip
def test_what_is_said_is_stored_exactly(number, unit, value, uom):
    assert stored(Decimal(number), unit, BOXES, "KGM") == (Decimal(value), uom)


def test_a_unit_of_nobody_and_a_package_of_other_goods_are_refused():
    for unit, packages in (("担", BOXES), ("箱", {}), ("", BOXES)):
        with pytest.raises(LedgerError, match="is none of"):
            stored(Decimal(1), unit, packages, "KGM")


@given(st.integers(0, 10**12), st.sampled_from(sorted(WEIGHTS)))
def test_a_weight_that_is_shown_and_typed_again_is_the_same(micro, unit):
    quantity = exact(f"{Decimal(micro) / 10**6:f}", "KGM")
    digits = in_weight(quantity, unit)
    value, uom = stored(Decimal(digits), unit, {})
    assert exact(f"{value:f}", uom) == quantity


def test_animals_are_counted_by_their_own_words():
    words = {"畜禽/生猪": "头", "畜禽/鸡": "只", "水产品/淡水鱼": "尾", "蔬菜/叶菜类": None}
    assert {category: counter(category) for category in words} == words
    assert counter(None) is None
    assert in_weight(exact("3", "LTR"), "斤") is None
