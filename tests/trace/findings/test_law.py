"""What the law says by date: every clock and table on both sides of each change of law."""

import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from suyuan.trace.findings.law import Law, of_entry
from suyuan.trace.findings.rule_list import CATALOGUE
from suyuan.trace.findings.rule_tables import holds, table
from suyuan.trace.format.times import micros
from suyuan.trace.goods.handover import duties
from suyuan.trace.recall.deadlines import RULES, deadlines

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE = timedelta(days=1)
TABLES = ("required", "fields", "purchase", "cold_chain", "tolerances", "yields", "absurd")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


# The last minute of Order 12 of 2015 and the first of Order 122 of 2026: hours to start, the last
# day of a recall that was ordered and planned at once, days between its reports, days to its last.
@pytest.mark.parametrize(
    ("known", "level", "hours", "last", "every", "closing"),
    [
        ("2026-11-30T23:59", 1, 24, "2026-12-14", None, None),
        ("2026-12-01T00:00", 1, 24, "2026-12-11", 1, 5),
        ("2026-11-30T23:59", 2, 48, "2026-12-28", None, None),
        ("2026-12-01T00:00", 2, 36, "2026-12-21", 5, 5),
        ("2026-11-30T23:59", 3, 72, "2027-01-12", None, None),
        ("2026-12-01T00:00", 3, 48, "2026-12-31", 10, 5),
        ("2026-02-11T00:00", 2, 48, "2026-03-17", None, None),  # when the text was in the news
    ],
)
def test_recalls_on_both_sides_of_the_change_of_their_measures(
    known, level, hours, last, every, closing
):
    found = deadlines(level, at(known), at(known), at(known))
    assert found.start_due == at(known) + timedelta(hours=hours)
    assert found.finish_day.isoformat() == last
    reports = found.rule.report_days
    assert (None if reports is None else reports[level]) == every
    assert found.rule.closing_days == closing
    assert (found.rule.ordered_by is None) is (closing is None)


@pytest.mark.parametrize(
    ("day", "is_binding"),
    [
        ("2024-04-30T23:59", False), ("2024-05-01T00:00", True),
        ("2034-04-30T23:59", True), ("2034-05-01T00:00", False),
    ],
)  # fmt: skip
def test_handover_on_both_sides_of_its_measures_and_notice(day, is_binding):
    for clock, hours in ((duties.confirmation, 24), (duties.entry, 36)):
        found = clock(micros(at(day)), ["wholesaler"], "350206")
        assert found.due == micros(at(day) + timedelta(hours=hours))
        assert found.is_binding is is_binding
        assert found.source.endswith("(as reported: its text was not read)")


@pytest.mark.parametrize("name", TABLES)
def test_each_entry_of_law_holds_from_its_first_day_to_its_last(name):
    said = table(name)
    lists = (part for part in said.values() if isinstance(part, list))
    found = [one for part in lists for one in part if isinstance(one, dict) and "source" in one]
    found += [said] if "source" in said else []
    for entry in found:
        if re.match("Plain reason|Section|OIML", entry["source"]):
            continue
        law = of_entry(entry)
        assert law.since > date(2000, 1, 1), entry
        assert holds(entry, law.since) and not holds(entry, law.since - ONE)
        if law.last is not None:
            assert holds(entry, law.last) and not holds(entry, law.last + ONE)


def test_a_law_holds_on_its_first_and_last_day_and_no_other():
    law = Law("Order 1 of 2020", date(2020, 1, 1), date(2020, 1, 2))
    days = [date(2019, 12, 31) + n * ONE for n in range(4)]
    assert [law.holds(day) for day in days] == [False, True, True, False]
    assert law.cited == "Order 1 of 2020 (as reported: its text was not read)"
    assert replace(law, read=days[0]).cited == "Order 1 of 2020 (read 2019-12-31)"
    entry = {"source": "x", "since": "2020-01-01", "last": "2020-01-02"}
    assert [holds(entry, day) for day in days] == [False, True, True, False]
    assert holds({"source": "x"}, date.min)


def test_what_was_not_read_is_not_asserted():
    reported = [one for one in CATALOGUE.values() if "Order 238" in str(one.basis)]
    assert {one.name for one in reported} == {"labels-overdrawn", "purchase", "late"}
    assert all("as reported" in str(one.basis) for one in reported)
    for entry in [table("purchase"), *table("fields")["fields"]]:
        assert "Order 238" not in entry["source"] or "as reported" in entry["source"]
    assert all(rule.law.read for rule in RULES)
