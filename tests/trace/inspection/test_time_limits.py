"""The law's clocks: each row of the table across holidays, and on both sides of a change of law."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.format.times import zone
from suyuan.trace.inspection import time_limits as clocks
from suyuan.trace.inspection.case_kinds import kinds
from suyuan.trace.recall.deadlines import Outcome

# The notice of the State Council's General Office for 2026, as far as these days reach: Spring
# Festival 15 to 23 February, worked on the 14th and 28th; Qingming, Labour Day, Dragon Boat;
# National Day 1 to 7 October, worked on 20 September and 10 October.
OFF = [("02-15", "02-23"), ("04-04", "04-06"), ("05-01", "05-05"), ("06-19", "06-21"),
       ("09-25", "09-27"), ("10-01", "10-07")]  # fmt: skip
WORKED = ["02-14", "02-28", "05-09", "09-20", "10-10"]
AUTUMN, SPRING = date(2026, 9, 29), date(2026, 2, 12)
# A recall's hours and days are tests/trace/recall/test_levels.py's. No clocks are: the laboratory's
# report of a failure (2 workdays from a day that no stage has), what papers and reserve parts are
# kept for, service by public notice (30 days, which the inspector dates), time that tests take.
ROWS = [  # kind, stage, which stages meet it, how much of what, its last days from each of the two
    ("sample", "opened", "delivered", "5 workdays", "10-12", "02-26"),
    ("sample", "delivered", "passed failed", "20 workdays", "11-02", "03-18"),
    ("sample", "failed", "notified", "5 workdays", "10-12", "02-26"),
    ("sample", "failed", "closed", "90 days", "12-28", "05-13"),
    ("sample", "opened", "objected", "7 workdays", "10-14", "02-28"),
    ("sample", "notified", "retest-asked", "7 workdays", "10-14", "02-28"),
    ("sample", "notified", "objected", "7 workdays", "10-14", "02-28"),
    ("sample", "retest-asked", "retest-accepted retest-refused", "5 workdays", "10-12", "02-26"),
    ("sample", "retest-accepted", "retest-drawn", "5 workdays", "10-12", "02-26"),
    ("sample", "retest-drawn", "reserve-moved", "3 workdays", "10-09", "02-24"),
    ("sample", "reserve-moved", "upheld overturned", "10 workdays", "10-19", "03-04"),
    ("sample", "upheld", "retest-told", "5 workdays", "10-12", "02-26"),
    ("sample", "overturned", "retest-told", "5 workdays", "10-12", "02-26"),
    ("sample", "objected", "objection-accepted objection-refused", "5 workdays", "10-12", "02-26"),
    ("sample", "objection-accepted", "objection-decided", "20 workdays", "11-02", "03-18"),
    ("sample", "objection-accepted", "objection-decided", "30 workdays", "11-16", "04-01"),
    ("quick", "opened", "retest-asked", "4 hours", "09-29", "02-12"),
    ("order", "opened", "published", "20 workdays", "11-02", "03-18"),
    ("order", "published", "withdrawn", "3 months", "12-29", "05-12"),
    ("inspection", "opened", "closed", "0 days", "09-29", "02-12"),
    ("operator", "thorough", "thorough", "24 months", "09-29", "02-12"),
    ("draw", "revealed", "published", "20 workdays", "11-02", "03-18"),
    ("complaint", "opened", "accepted refused", "7 workdays", "10-14", None),
    ("complaint", "accepted", "settled ended", "60 days", "11-30", None),
    ("complaint", "ended", "closed", "7 workdays", "10-14", None),
    ("complaint", "clue", "filed not-filed", "15 workdays", "10-26", None),
    ("offence", "opened", "filed not-filed", "15 workdays", "10-26", "03-11"),
    ("offence", "filed", "closed", "90 days", "12-28", "05-13"),
    ("offence", "penalty", "published", "20 workdays", "11-02", "03-18"),
    ("offence", "published", "withdrawn", "36 months", "09-29", "02-12"),
    ("offence", "annulled", "withdrawn", "3 workdays", "10-09", "02-24"),
    ("seizure", "registered", "decided", "7 workdays", "10-14", "02-28"),
    ("seizure", "sealed", "released decided", "30 days", "10-29", "03-16"),
    ("seizure", "opened", "reported", "24 hours", "09-30", "02-13"),
]
MAY = {
    ("sample", "failed"): 90, ("sample", "retest-accepted"): 5, ("sample", "retest-drawn"): 3,
    ("offence", "opened"): 15, ("offence", "filed"): 30, ("seizure", "sealed"): 30,
}  # fmt: skip
CLOCKS = [clock for of in clocks.clocks().values() for clock in of]


def at(day: date) -> datetime:
    """Ten in the morning of a day, in the ledger's zone."""
    return datetime(day.year, day.month, day.day, 10, tzinfo=zone())


def is_worked(day: date) -> bool:
    """By the notice alone."""
    text = f"{day:%m-%d}"
    if text in WORKED:
        return True
    return day.weekday() < 5 and not any(first <= text <= last for first, last in OFF)


def last_day(clock: clocks.Clock, day: date, more: int = 0) -> date:
    """The plain reference: day by day."""
    count, last = clock.count + more, day
    if clock.unit == "workdays":
        while count:
            last += timedelta(days=1)
            count -= is_worked(last)
        return last
    if clock.unit == "hours":
        return (at(day) + timedelta(hours=count)).date()
    if clock.unit == "days":
        last = day + timedelta(days=count)
    else:
        years, month = divmod(last.month - 1 + count, 12)
        last = date(last.year + years, month + 1, last.day)
    while clock.rolls and not is_worked(last):
        last += timedelta(days=1)
    return last


def test_the_table_has_these_clocks_and_no_others():
    stated = [(c.of, c.after, " ".join(c.until), f"{c.count} {c.unit}") for c in CLOCKS]
    assert stated == [row[:4] for row in ROWS]
    assert {(c.of, c.after): c.may for c in CLOCKS if c.may} == MAY
    for clock in CLOCKS:
        if clock.of in ("draw", "operator"):  # no cases: a draw's statements, an operator's checks
            continue
        stages = kinds()[clock.of].stages
        assert {clock.after, *clock.until} <= set(stages)


@pytest.mark.parametrize(("clock", "row"), list(zip(CLOCKS, ROWS, strict=True)), ids=str)
def test_each_ends_on_its_day_across_national_day_and_spring_festival(clock, row):
    """The first day is not counted; a law that did not hold on that day starts no clock."""
    for day, wanted in zip((AUTUMN, SPRING), row[4:], strict=True):
        stages = [(name, at(day)) for name in (*clock.behind, clock.after)]
        found = [one for one in clocks.running(clock.of, stages) if one.clock == clock]
        if wanted is None:
            assert not found
            assert not clock.law.holds(day)
            continue
        (one,) = found
        assert f"{one.due.day:%m-%d}" == wanted
        assert one.due.day == last_day(clock, day)
        end = at(day) if clock.unit == "hours" else at(one.due.day)
        hours = clock.count if clock.unit == "hours" else 14
        assert one.due.at == end + timedelta(hours=hours)
        assert one.outcome(one.due.at) is Outcome.OPEN
        after = None if clock.right else Outcome.OVERDUE
        assert one.outcome(one.due.at + timedelta(seconds=1)) is after
        assert not one.due.guessed


@pytest.mark.parametrize("clock", CLOCKS, ids=str)
def test_a_law_starts_clocks_from_its_first_day_on(clock):
    first = clock.law.since
    names = (*clock.behind, clock.after)
    before = clocks.running(clock.of, [(name, at(first - timedelta(days=1))) for name in names])
    on = clocks.running(clock.of, [(name, at(first)) for name in names])
    assert clock not in [one.clock for one in before]
    assert clock in [one.clock for one in on]
    assert (clock.law.read, bool(str(clock.cited))) == (date(2026, 11, 30), True)


@pytest.mark.parametrize("clock", [clock for clock in CLOCKS if clock.may], ids=str)
def test_one_is_lengthened_by_what_the_law_allows_and_no_more(clock):
    for more, counted in ((1, 1), (clock.may, clock.may), (clock.may + 7, clock.may)):
        assert clocks.due(clock, at(AUTUMN), more).day == last_day(clock, AUTUMN, counted)


@given(st.sampled_from(CLOCKS), st.dates(date(2026, 1, 5), date(2026, 8, 20)))
def test_any_day_of_the_year_is_counted_as_by_hand(clock, day):
    if day.day <= 28 and not (clock.unit == "workdays" and day > date(2026, 8, 1)):
        assert clocks.due(clock, at(day)).day == last_day(clock, day)


def test_a_clock_is_met_by_the_first_stage_behind_it_and_a_later_one_starts_another():
    days = [at(AUTUMN + timedelta(days=n)) for n in range(5)]
    stages = ["opened", "accepted", "answered", "settled", "closed"]
    found = clocks.running("complaint", list(zip(stages, days, strict=True)))
    assert [(one.clock.after, one.met) for one in found] == [
        ("opened", days[1]), ("accepted", days[3]),
    ]  # fmt: skip
    assert [one.outcome(days[4]) for one in found] == [Outcome.IN_TIME] * 2
    again = clocks.running("sample", [("failed", days[0]), ("failed", days[1])])
    assert len(again) == 4
    assert clocks.next_due(again, days[1]) is again[0]
    assert clocks.next_due(found, days[4]) is None


def test_a_right_that_was_left_is_overdue_for_nobody():
    """Whoever may ask for a retest may leave it; what its office then owes is due next."""
    stages = [("failed", at(AUTUMN)), ("notified", at(AUTUMN))]
    rights = [one for one in clocks.running("sample", stages) if one.clock.right]
    assert {one.clock.until for one in rights} == {("retest-asked",), ("objected",)}
    for days, outcome in ((1, Outcome.OPEN), (60, None)):
        assert {one.outcome(at(AUTUMN + timedelta(days=days))) for one in rights} == {outcome}
    every, late = clocks.running("sample", stages), at(AUTUMN + timedelta(days=60))
    assert clocks.next_due(every, at(AUTUMN)) in rights
    assert clocks.next_due(every, late).clock.until == ("closed",)


def test_an_objection_to_how_the_sample_was_taken_is_decided_sooner():
    """It was raised before the notice, whenever it is taken up; one raised since is another."""
    for names, days in (
        ("objected objection-accepted", 20), ("objected failed notified objection-accepted", 20),
        ("failed notified objected objection-accepted", 30),
    ):  # fmt: skip
        stages = [(name, at(AUTUMN)) for name in ("opened", *names.split())]
        found = [one.clock.count for one in clocks.running("sample", stages)
                 if one.clock.after == "objection-accepted"]  # fmt: skip
        assert found == [days], names


def test_the_retests_four_hours_are_hours_of_the_clock():
    (one,) = clocks.running("quick", [("opened", at(date(2026, 9, 30)))])
    assert one.due.at == at(date(2026, 9, 30)) + timedelta(hours=4)
