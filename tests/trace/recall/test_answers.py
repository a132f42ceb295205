"""What a holder had, and where it says it is: the parts always add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suyuan.trace.recall.accounts import FLOWS, Balance, Outflow, Totals, balance

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
