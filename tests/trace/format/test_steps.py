"""Steps: each makes a good EPCIS event about the right items; what does not fit is refused."""

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.keys import canonical
from suyuan.trace.format import steps
from suyuan.trace.format.epcis.events import check_event
from suyuan.trace.format.errors import LedgerError
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.steps import Portion
from suyuan.trace.format.vocabulary import STEPS

WHEN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
LOT = "https://trace.food.example/t/lot"
OTHER = "https://id.gs1.org/01/06901234567892/10/L1"
PIECE = "https://id.gs1.org/01/06901234567892/21/S1"
UNIT = "https://id.gs1.org/00/006141411234567890"
TEN = Portion(LOT, Decimal("10.5"), "KGM")


def made(step, **more):
    return steps.event(step, WHEN, [TEN], **more)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_makes_a_good_event_about_its_items(name):
    match STEPS[name].type:
        case "TransformationEvent":
            more, items = {"inputs": [Portion(OTHER, Decimal(12), "KGM")]}, [OTHER, LOT]
        case "AggregationEvent":
            more, items = {"parent": UNIT}, [UNIT, LOT]
        case _:
            more, items = {}, [LOT]
    event = made(name, **more)
    assert check_event(event) == ()
    assert item_set(event) == sorted(items)
    assert canonical.parse(canonical.dumps(event)) == event
    assert event["bizStep"] in (STEPS[name].biz_step, f"urn:suyuan:step:{name}")


def test_a_dispatch_says_who_to_whom_where_and_under_which_note():
    event = made(
        "dispatch", sender="urn:uscc:91350200M00013FK1T", recipient="urn:uscc:91350211M00018DC2P",
        place="https://trace.food.example/place/1", notes=["urn:suyuan:note:1"],
    )  # fmt: skip
    assert check_event(event) == ()
    assert event["sourceList"] == [
        {"type": "owning_party", "source": "urn:uscc:91350200M00013FK1T"}
    ]
    assert event["destinationList"][0]["destination"] == "urn:uscc:91350211M00018DC2P"
    assert (
        event["readPoint"] == event["bizLocation"] == {"id": "https://trace.food.example/place/1"}
    )
    assert event["bizTransactionList"][0]["bizTransaction"] == "urn:suyuan:note:1"


def test_pieces_and_units_without_an_amount_are_named_singly():
    event = steps.event("receive", WHEN, [Portion(PIECE), Portion(UNIT), Portion(LOT), TEN])
    assert event["epcList"] == [PIECE, UNIT]
    assert event["quantityList"] == [
        {"epcClass": LOT},
        {"epcClass": LOT, "quantity": 10.5, "uom": "KGM"},
    ]


def test_coding_says_what_a_label_shows_and_leaves_out_what_is_unknown():
    event = made("code", extra=steps.coding("上海青", "2026-11-23", 5, "350212"))
    assert check_event(event) == ()
    assert event["ilmd"] == {
        "suyuan:product": "上海青", "suyuan:productionDate": "2026-11-23",
        "suyuan:shelfLifeDays": 5, "suyuan:origin": "350212",
    }  # fmt: skip
    assert steps.coding("盐", None, None, None) == {"ilmd": {"suyuan:product": "盐"}}


def test_the_time_is_told_in_the_zone_with_its_offset():
    event = made("count")
    assert event["eventTime"] == "2026-11-24T16:00:00.000+08:00"
    assert event["eventTimeZoneOffset"] == "+08:00"
    from zoneinfo import ZoneInfo

    assert made("count", zone=ZoneInfo("America/St_Johns"))["eventTimeZoneOffset"] == "-03:30"


@pytest.mark.parametrize(
    ("step", "more", "says"),
    [
        ("bake", {}, "no step 'bake'"), ("make", {}, "needs inputs"),
        ("receive", {"inputs": [TEN]}, "has no inputs"), ("pack", {}, "needs a container"),
        ("receive", {"parent": UNIT}, "has no container"),
        ("make", {"inputs": [TEN], "parent": UNIT}, "has no container"),
    ],
)  # fmt: skip
def test_parts_that_do_not_fit_a_step_are_refused(step, more, says):
    with pytest.raises(LedgerError, match=says):
        made(step, **more)
    with pytest.raises(LedgerError, match="no zone"):
        steps.event("count", WHEN.replace(tzinfo=None), [TEN])


@pytest.mark.parametrize(
    ("value", "number"),
    [("100", 100), ("0.1", 0.1), ("1E+3", 1000), ("100.00", 100), ("0", 0), ("0E+50", 0),
     ("0.000001", 1e-06), ("123456789012345", 123456789012345), ("-2.5", -2.5)],
)  # fmt: skip
def test_a_quantity_becomes_the_number_that_has_its_digits(value, number):
    found = steps.number(Decimal(value))
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "value",
    ["1234567890123456", "1.0000000000000000000000000000000000001", "1E+15", "1E-15", "1E+999999",
     "NaN", "sNaN", "Infinity", "-Infinity", "0.1234567890123456"],
)  # fmt: skip
def test_a_quantity_that_no_number_has_is_refused(value):
    with pytest.raises(LedgerError):
        steps.number(Decimal(value))


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_no_quantity_is_rounded(value):
    try:
        found = steps.number(value)
    except LedgerError:
        return
    assert Decimal(json.dumps(found)) == value
