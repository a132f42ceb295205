"""Deadlines for confirming and entering, whom they bind, and since when."""

from datetime import UTC, date, datetime, timedelta

import pytest

from suyuan.trace.format.times import micros
from suyuan.trace.format.vocabulary import ROLES
from suyuan.trace.goods.handover import duties

SENT = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def confirmation(role: str, division: str = "350206", sent: datetime = SENT) -> duties.Duty:
    return duties.confirmation(micros(sent), [role], division)


def test_a_dispatch_is_confirmed_within_24_hours_of_its_recorded_time() -> None:
    duty = confirmation("wholesaler")
    assert duty.due == micros(SENT + timedelta(hours=24))
    assert not duty.is_over(duty.due) and duty.is_over(duty.due + 1)
    assert "Order 198" in duty.source and "238" in duty.source and "2024-05-01" in duty.source


@pytest.mark.parametrize("role", ROLES)
def test_it_binds_the_roles_that_the_notice_names_and_reminds_the_others(role: str) -> None:
    bound = {"producer", "processor", "wholesaler", "retailer", "caterer"}
    assert confirmation(role).is_binding is (role in bound)
    assert confirmation(role).due == micros(SENT + timedelta(hours=24))


@pytest.mark.parametrize(
    ("division", "binds"),
    [("35", True), ("350000", True), ("350212001", True), ("3599", True), ("53", False)],
)
def test_it_binds_in_its_province(division: str, binds: bool) -> None:
    assert confirmation("wholesaler", division).is_binding is binds


@pytest.mark.parametrize(
    ("sent", "binds"),
    [
        ("2024-04-30T23:59:59+08:00", False),
        ("2024-05-01T00:00:00+08:00", True),  # in the ledger's own zone
        ("2034-04-30T23:59:59+08:00", True),
        ("2034-05-01T00:00:00+08:00", False),
    ],
)
def test_it_binds_while_it_is_in_force(sent: str, binds: bool) -> None:
    duty = confirmation("wholesaler", sent=datetime.fromisoformat(sent))
    assert duty.is_binding is binds


def test_where_a_role_does_not_tell_the_size_it_says_whom_the_notice_means() -> None:
    assert "medium" in (confirmation("retailer").note or "")
    assert "canteens" in (confirmation("caterer").note or "")
    assert confirmation("wholesaler").note is None
    assert confirmation("stall").note is None
    both = duties.confirmation(micros(SENT), ["retailer", "wholesaler"], "350206")
    assert both.is_binding and both.note is None
    two = duties.confirmation(micros(SENT), ["retailer", "caterer"], "350206")
    assert "canteens" in (two.note or "") and "supermarkets" in (two.note or "")


def test_nobody_is_bound_without_a_role() -> None:
    assert not duties.confirmation(micros(SENT), [], "350206").is_binding


def test_a_purchase_is_entered_within_36_hours() -> None:
    duty = duties.entry(micros(SENT), ["caterer"], "350206")
    assert duty.due == micros(SENT + timedelta(hours=36)) and duty.is_binding


@pytest.mark.parametrize(
    ("said", "at"),
    [
        # A day counts from its end, in the ledger's zone.
        ({"suyuan:purchased": "2026-11-24"}, "2026-11-25T00:00:00+08:00"),
        ({}, "2026-11-24T08:30:00+08:00"),
        ({"suyuan:purchased": "no day"}, "2026-11-24T08:30:00+08:00"),
        ({"suyuan:purchased": 20261124}, "2026-11-24T08:30:00+08:00"),
        ({"suyuan:purchased": "9999-12-31"}, "2026-11-24T08:30:00+08:00"),
    ],
)
def test_when_something_was_bought(said: dict, at: str) -> None:
    event = {"eventTime": "2026-11-24T08:30:00.000+08:00", **said}
    assert duties.purchased_at(event) == micros(datetime.fromisoformat(at))


def test_an_event_without_a_time_was_bought_at_none() -> None:
    assert duties.purchased_at({"eventTime": "soon"}) is None


def test_every_named_role_is_a_role_and_each_rule_has_its_days() -> None:
    assert set(duties.NOTICE.roles) <= set(ROLES)
    assert duties.CONFIRM.law == duties.ENTER.law and duties.CONFIRM.law.since == date(2024, 5, 1)
    assert duties.NOTICE.law.last == date(2034, 4, 30)
