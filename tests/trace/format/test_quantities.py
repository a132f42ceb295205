"""Quantities: exact integers of a millionth, or none."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.format.quantities import MICRO, UNITS, Quantity, decimal, exact

NUMBERS = st.one_of(
    st.integers(-(2**53) + 1, 2**53 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.decimals(-(10**9), 10**9, places=6).map(str),
    st.from_regex(r"-?[0-9]{1,30}(\.[0-9]{1,30})?(e-?[0-9]{1,3})?", fullmatch=True),
)


@given(NUMBERS, st.sampled_from([None, *UNITS]))
def test_exact_or_not_at_all(number, uom):
    amount = Fraction(repr(number) if isinstance(number, float) else number)
    factor = Fraction(1 if uom is None else UNITS[uom][1])
    micro = amount * factor * MICRO
    found = exact(number, uom)
    if micro.denominator == 1 and abs(micro) < 2**63:
        assert found == Quantity(int(micro), "1" if uom is None else UNITS[uom][0])
    else:
        assert found is None


@pytest.mark.parametrize(
    ("number", "uom", "micro", "unit"),
    [
        (0.1, "KGM", 100_000, "kg"), (912.4, "KGM", 912_400_000, "kg"),
        (100, "LBR", 45_359_237, "kg"), (0.5, "GRM", 500, "kg"), (1, "MGM", 1, "kg"),
        (0.5, "MGM", None, None), (1e21, "KGM", None, None), (1e-7, "TNE", 100, "kg"),
        (3, None, 3_000_000, "1"), (2, "DZN", 24_000_000, "1"), (-1.5, "LTR", -1_500_000, "L"),
        (0, "MTR", 0, "m"), (0.0, "MTR", 0, "m"),
        (9_223_372_036_854, "KGM", 9_223_372_036_854_000_000, "kg"),
        (9_223_372_036_855, "KGM", None, None), ("0.3", "KGM", 300_000, "kg"),
    ],
)  # fmt: skip
def test_what_is_kept(number, uom, micro, unit):
    assert exact(number, uom) == (None if micro is None else Quantity(micro, unit))


@pytest.mark.parametrize(
    "number",
    [None, True, [], {}, "", " 1", "1 ", "1_000", "１２", "١", "0x10", "NaN", "Infinity", "-", ".",
     "1e", "1e9999999", "9" * 10_000, float("nan"), float("inf"), b"1"],
)  # fmt: skip
def test_what_is_no_number_is_none(number):
    assert decimal(number) is None and exact(number, "KGM") is None


def test_what_is_no_unit_or_too_much_is_none_and_an_amount_in_the_base_unit_is_exact():
    for uom in ("kg", "XXX", "", 1, [], {}, True):
        assert exact(1, uom) is None
    assert exact(10**5000, "KGM") is None
    assert Quantity(2**63 - 1, "kg").value == Decimal("9223372036854.775807")
