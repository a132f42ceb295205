"""Rules of copied labels: what one household's scans never are."""

from datetime import date, timedelta

import pytest

from suyuan.trace.findings import label_copies
from suyuan.trace.findings.label_copies import Day, Scans
from suyuan.trace.store.beside.tallies import ScanBook, Tally, merged

TODAY = date(2026, 11, 24).toordinal()
MINUTE = 60_000_000


def scans(*days, first=10**15):
    found = tuple(Day(TODAY + at, count, (1 << hours) - 1) for at, count, hours in days)
    return Scans(sum(one.count for one in found), first, first, found)


@pytest.mark.parametrize(
    ("days", "ended", "said"),
    [
        ([(0, 1, 1)], None, []),
        ([(0, 39, 3)], None, []),
        ([(0, 40, 3)], None, ["many"]),
        ([(0, 20, 15)], None, []),
        ([(0, 20, 16)], None, ["spread"]),
        ([(0, 10, 8), (1, 10, 8)], None, ["spread"]),
        ([(0, 10, 8), (2, 10, 8)], None, []),
        ([(at, 1, 1) for at in range(9)], None, []),
        ([(at, 2, 2) for at in range(0, 15, 2)], None, ["long"]),
        ([(0, 2, 1), (20, 2, 1), (40, 2, 1)], None, []),
        ([(0, 2, 1), (20, 3, 2), (40, 2, 1)], date(2026, 11, 27), ["late"]),
        ([(0, 2, 1), (20, 3, 2), (40, 2, 1)], date(2026, 12, 30), []),
        ([(3, 9, 3)], date(2026, 11, 24), []),
        ([(4, 9, 3)], date(2026, 11, 24), ["late"]),
    ],
)
def test_what_scans_say(days, ended, said):
    assert label_copies.rules_met(scans(*days), ended=ended) == said


def test_a_label_scanned_before_it_was_issued():
    one = scans((0, 1, 1), first=10**15)
    assert label_copies.rules_met(one, issued=10**15 + 4 * MINUTE) == []
    assert label_copies.rules_met(one, issued=10**15 + 6 * MINUTE) == ["early"]


def test_rules_are_data_and_each_has_a_name_of_its_own():
    names = [rule.name for rule in label_copies.RULES]
    assert len(set(names)) == len(names) and label_copies.EARLY not in names
    strict = [label_copies.Rule("any", scans=1)]
    assert label_copies.rules_met(scans((0, 1, 1)), rules=strict) == ["any"]


def test_counts_of_several_processes_add_up(world):
    one = ScanBook(world.home, world.ledger.database.engine)
    two = ScanBook(world.home, world.ledger.database.engine)
    assert one.of("C" * 16, "S" * 13) is None
    key = ("C" * 16, "S" * 13)
    one.add({key: Tally(5, 7, True, {TODAY: (2, 0b01)})})
    two.add({key: Tally(6, 9, False, {TODAY: (1, 0b10), TODAY + 1: (3, 0b100)})})
    found = one.of(*key)
    assert found == Scans(6, 5, 9, (Day(TODAY, 3, 0b11), Day(TODAY + 1, 3, 0b100)))
    waiting = Tally(10, 10, True, {TODAY + 1: (1, 0b1000)})
    assert merged(found, waiting) == Scans(
        7, 5, 10, (Day(TODAY, 3, 0b11), Day(TODAY + 1, 4, 0b1100))
    )
    one.add({})


def test_what_is_old_is_forgotten_and_serials_of_nobody_sooner(world):
    book = ScanBook(world.home, world.ledger.database.engine)
    day = timedelta(days=1) // timedelta(microseconds=1)
    for name, issued in (("A", True), ("B", False)):
        book.add({(name * 16, name): Tally(day, 40 * day, issued, {100: (1, 1)})})
    book.sweep(100, 69 * day)
    assert book.of("B" * 16, "B") is not None
    book.sweep(100, 71 * day)
    assert book.of("B" * 16, "B") is None
    assert book.of("A" * 16, "A").count == 1
    book.sweep(501, 71 * day)
    assert book.of("A" * 16, "A").days == ()
    book.sweep(501, 441 * day)
    assert book.of("A" * 16, "A") is None
