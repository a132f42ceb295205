"""Values as JSON has them, the same wherever they stand."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from suyuan.trace.format.json_values import as_json, as_object, instant, pick
from suyuan.trace.format.quantities import Quantity


@dataclass(frozen=True, slots=True)
class Parcel:
    name: str
    weight: Quantity | None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Quantity(29_500_000, "kg"), {"value": "29.5", "unit": "kg"}),
        (Quantity(-1, "1"), {"value": "-0.000001", "unit": "1"}), (Decimal("1E+2"), "100"),
        (datetime(2026, 11, 24, 8, 30, tzinfo=UTC), "2026-11-24T08:30:00+00:00"),
        (date(2026, 11, 24), "2026-11-24"), (timedelta(minutes=1, milliseconds=999), 60),
        ({"days": (date(2026, 11, 24), None)}, {"days": ["2026-11-24", None]}),
        (Parcel("番茄", None), {"name": "番茄", "weight": None}),
        ([Parcel("番茄", Quantity(0, "1"))],
         [{"name": "番茄", "weight": {"value": "0", "unit": "1"}}]),
        (True, True),
    ],
)  # fmt: skip
def test_as_json(value, expected):
    assert as_json(value) == expected


def test_what_has_no_form_is_no_json():
    with pytest.raises(TypeError, match="object has no JSON form"):
        as_object({"what": object()})


def test_members_are_picked_by_name_in_order():
    parcel = Parcel("番茄", Quantity(1_000_000, "kg"))
    assert list(pick(parcel, "weight", "name")) == ["weight", "name"]
    assert instant(None) is None
    assert as_json(instant(1)) == "1970-01-01T00:00:00.000001+00:00"
