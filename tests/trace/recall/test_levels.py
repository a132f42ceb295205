"""Levels, deadlines and working days."""

import itertools
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.format.errors import LedgerError
from suyuan.trace.recall import deadlines as workdays
from suyuan.trace.recall.accounts import FLOWS, Balance, Outflow, Totals, balance
from suyuan.trace.recall.deadlines import LEVELS, RULES, deadlines, rule_on

SHANGHAI = ZoneInfo("Asia/Shanghai")
EARLY, LATE = date(2004, 1, 1), date(2026, 12, 31)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("day", "is_workday"),
    [
        ("2026-09-20", True),  # a Sunday that was worked for National Day
        ("2026-10-10", True),
        ("2026-10-08", True),
        ("2026-10-07", False),
        ("2026-02-23", False),  # a Monday of the long Spring Festival
        ("2026-11-24", True),
        ("2026-11-28", False),
        ("2020-01-31", False),  # as lengthened in the epidemic
    ],
)
def test_known_years_have_their_holidays_and_moved_weekends(day: str, is_workday: bool) -> None:
    assert workdays.is_workday(date.fromisoformat(day)) is is_workday


def test_years_that_are_not_known_have_fixed_holidays_and_say_so() -> None:
    assert not workdays.is_known(2040)
    free = {
        f"{month}-{day}"
        for month, days in ((1, (1, 2, 3)), (5, (1, 2, 3)), (10, (1, 2, 3, 4)))
        for day in days
        if not workdays.is_workday(date(2040, month, day))
    }
    assert free == {"1-1", "5-1", "5-2", "10-1", "10-2", "10-3"}
    counted = workdays.after_workdays(date(2026, 12, 28), 10)
    assert (counted.day, counted.guessed) == (date(2027, 1, 12), (2027,))
    (told,) = deadlines(3, at("2026-11-30T10:00"), at("2026-11-30T11:00")).notes
    note = str(told)
    assert note.startswith("Provisional: ") and "2027" in note and "Spring Festival" in note
    assert "2027" in told.text("zh") and "春节" in told.text("zh")
    counted = workdays.after_workdays(date(2026, 11, 24), 10)
    assert counted == workdays.Counted(date(2026, 12, 8), ())


@given(st.dates(EARLY, LATE), st.integers(1, 60))
def test_the_count_is_of_working_days_and_ends_on_one(day: date, count: int) -> None:
    found = workdays.after_workdays(day, count)
    assert workdays.is_workday(found.day)
    between = [day + timedelta(n) for n in range(1, (found.day - day).days + 1)]
    assert sum(map(workdays.is_workday, between)) == count
    assert set(found.guessed) == {one.year for one in between if not workdays.is_known(one.year)}


@pytest.mark.parametrize("count", [0, -1, 1_001])
def test_other_counts_are_refused(count: int) -> None:
    with pytest.raises(ValueError, match="working days"):
        workdays.after_workdays(date(2026, 1, 1), count)


@pytest.mark.parametrize(
    ("known", "level", "hours", "finish"),
    [
        ("2026-11-24T10:00", 1, 24, "2026-12-08"),
        ("2026-11-24T10:00", 2, 48, "2026-12-22"),
        ("2026-02-11T00:00", 3, 72, "2026-03-31"),  # of the year of the revision, before it
        ("2024-03-15T08:00", 2, 48, "2024-04-15"),
        ("2015-08-31T08:00", 1, 24, "2015-09-15"),
        ("2026-12-01T00:00", 1, 24, "2026-12-11"),
        ("2027-09-25T09:00", 2, 36, "2027-10-15"),
        ("2027-01-02T10:00", 3, 48, "2027-02-01"),
    ],
)
def test_the_rule_of_the_day_on_which_it_was_known_applies(known, level, hours, finish):
    found = deadlines(level, at(known), at(known) + timedelta(minutes=1))
    assert found.start_due - at(known) == timedelta(hours=hours)
    assert found.finish_day.isoformat() == finish
    assert found.finish_due == at(f"{finish}T00:00") + timedelta(days=1)
    assert found.rule is rule_on(at(known).date()) and found.guessed_years == ()


def test_an_order_of_later_does_not_change_the_rule() -> None:
    late = deadlines(3, at("2026-11-30T23:59"), at("2026-12-02T09:00"))
    assert late.rule is RULES[0] and late.start_due == at("2026-12-03T23:59")


def test_a_last_day_of_a_year_without_a_calendar_is_provisional() -> None:
    found = deadlines(3, at("2026-11-30T10:00"), at("2026-11-30T11:00"))
    assert (found.finish_day, found.guessed_years) == (date(2027, 1, 12), (2027,))
    (note,) = found.notes
    assert found.is_provisional and str(note).startswith("Provisional: the calendar of 2027 is")
    known = deadlines(1, at("2026-11-24T10:00"), at("2026-11-24T11:00"))
    assert not known.is_provisional and known.notes == ()


def test_days_count_from_the_plan_where_the_rule_says_so_and_one_is_stated() -> None:
    known, ordered, planned = (at(f"2026-12-0{n}T23:30") for n in (1, 2, 4))
    without = deadlines(2, known, ordered)
    assert without.finish_day == date(2026, 12, 22)  # from the order, the earliest known
    assert without.is_plan_open and without.is_provisional and "plan" in str(without.notes[0])
    found = deadlines(2, known, ordered, planned)
    assert found.finish_day == date(2026, 12, 24)
    assert not found.is_plan_open and not found.is_provisional and found.notes == ()
    before = deadlines(2, at("2026-11-24T10:00"), ordered, planned)
    assert before.finish_day == workdays.after_workdays(ordered.date(), 20).day


def test_days_are_those_of_the_ledgers_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    late = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)  # the 25th in Shanghai
    assert deadlines(1, late, late).finish_day == date(2026, 12, 9)
    monkeypatch.setenv("SUYUAN_TIMEZONE", "UTC")
    assert deadlines(1, late, late).finish_day == date(2026, 12, 8)


def test_rules_follow_one_another_day_by_day_and_are_whole() -> None:
    for rule, later in itertools.pairwise(RULES):
        assert rule.law.last is not None
        assert rule.law.last + timedelta(days=1) == later.law.since
    assert RULES[-1].law.last is None
    for rule in RULES:
        tables = (rule.hours, rule.days, rule.report_days or rule.days)
        assert all(set(one) == set(LEVELS) for one in tables)
        assert rule.name and re.search(r"Order \d+ of 20\d\d", rule.law.source)


@pytest.mark.parametrize(
    ("level", "when"), [(0, at("2026-11-24")), (4, at("2026-11-24")), (1, at("9999-12-30"))]
)
def test_what_cannot_be_counted_is_said(level: int, when: datetime) -> None:
    with pytest.raises(LedgerError):
        deadlines(level, when, when)


SOLD, DESTROYED, RETURNED = "sold", "destroyed", "returned"


def parts(found: Balance) -> dict[str, int]:
    names = [name for name in Balance.__slots__ if name not in ("had",)]
    return {name: value for name in names if (value := getattr(found, name))}


@pytest.mark.parametrize(
    ("now", "steps", "had", "expected"),
    [
        (30, [], 30, {"missing": 30}),
        (30, [Totals(1, {"recovered": 5, "sold": 25})], 30, {"recovered": 5, "sold": 25}),
        # The same sale, recorded and reported in either order, counts once.
        (5, [Outflow(1, SOLD, 25), Totals(2, {"sold": 25, "recovered": 5})], 30,
         {"sold": 25, "recovered": 5}),
        (5, [Totals(1, {"sold": 25, "recovered": 5}), Outflow(2, SOLD, 25)], 30,
         {"sold": 25, "recovered": 5}),
        # What is sent back after it was reported recovered is recovered no more.
        (25, [Totals(1, {"recovered": 5, "sold": 25}), Outflow(2, RETURNED, 5)], 30,
         {"returned": 5, "sold": 25}),
        (0, [Totals(1, {"recovered": 30}), Outflow(2, DESTROYED, 30)], 30, {"destroyed": 30}),
        (20, [Totals(1, {"recovered": 10, "remaining": 20}), Outflow(2, RETURNED, 10)], 30,
         {"remaining": 20, "returned": 10}),
        (20, [Totals(1, {"recovered": 10, "remaining": 20}), Outflow(2, SOLD, 10)], 30,
         {"recovered": 10, "remaining": 10, "sold": 10}),
        # As long as nobody records it, a later report of it as destroyed says so too.
        (30, [Totals(1, {"recovered": 30}), Totals(2, {"destroyed": 30})], 30, {"destroyed": 30}),
        (30, [Totals(1, {"recovered": 30}), Totals(2, {"recovered": 10, "destroyed": 20})], 30,
         {"recovered": 10, "destroyed": 20}),
        # The newest report of a kind counts, a smaller one too.
        (30, [Totals(1, {"sold": 30}), Totals(2, {"sold": 20})], 30, {"sold": 20, "missing": 10}),
        (10, [Outflow(1, SOLD, 20), Totals(2, {"sold": 5})], 30, {"sold": 20, "missing": 10}),
        # A stock-taking that finds nothing explains nothing.
        (0, [Outflow(1, "counted", 30)], 30, {"missing": 30}),
        (0, [Outflow(1, "used", 10), Outflow(2, "lost", 5), Outflow(3, "sent", 15)], 30,
         {"used": 10, "lost": 5, "sent": 15}),
        # Customers bring back what was sold before the order: more than the ledger knows of.
        (0, [Totals(1, {"recovered": 3})], 0, {"recovered": 3, "missing": -3}),
    ],
)  # fmt: skip
def test_parts(now: int, steps: list, had: int, expected: dict[str, int]) -> None:
    moved = [step for step in steps if isinstance(step, Outflow)]
    told = [step for step in steps if isinstance(step, Totals)]
    found = balance(now, moved, told)
    assert (found.had, parts(found)) == (had, expected)


AMOUNT = st.integers(0, 50)
KINDS = st.sampled_from(["recovered", "remaining", "sold", "destroyed"])


@given(
    AMOUNT,
    st.lists(
        st.one_of(
            st.tuples(st.sampled_from(FLOWS), AMOUNT),
            st.dictionaries(KINDS, AMOUNT, min_size=1),
        ),
        max_size=12,
    ),
)
def test_whatever_is_said_the_parts_add_up(now: int, steps: list) -> None:
    moved = [Outflow(n, s[0], s[1]) for n, s in enumerate(steps) if isinstance(s, tuple)]
    told = [Totals(n, s) for n, s in enumerate(steps) if isinstance(s, dict)]
    found = balance(now, moved, told)
    assert found.had == sum(parts(found).values())
    assert found.had == now + sum(one.micro for one in moved)
    assert all(value >= 0 for name, value in parts(found).items() if name != "missing")
    newest = {kind: one.amounts[kind] for one in told for kind in one.amounts}
    for kind, flow in (("sold", SOLD), ("destroyed", DESTROYED)):
        events = sum(one.micro for one in moved if one.flow == flow)
        assert getattr(found, kind) == max(newest.get(kind, 0), events)
    assert found.recovered <= newest.get("recovered", 0)


@given(st.integers(1, 60), st.data())
def test_an_honest_holder_closes_without_a_rest(had: int, data: st.DataObject) -> None:
    """Whatever part is recorded and whatever part is only reported, and in which order."""
    sold = data.draw(st.integers(0, had))
    destroyed = data.draw(st.integers(0, had - sold))
    rest = had - sold - destroyed
    told = Totals(5, {"sold": sold, "destroyed": destroyed, "recovered": rest, "remaining": 0})
    recorded = {
        SOLD: data.draw(st.sampled_from([0, sold])),
        DESTROYED: data.draw(st.sampled_from([0, destroyed])),
    }
    moved = [Outflow(data.draw(st.integers(0, 9)), flow, n) for flow, n in recorded.items()]
    moved.append(Outflow(9, RETURNED, data.draw(st.integers(0, rest))))
    now = had - sum(one.micro for one in moved)
    assert balance(now, moved, [told]).missing == 0
