"""A draw's files and ranks: what is refused, and that no rank is likelier than another."""

import hashlib

import pytest

from suyuan.keys import canonical
from suyuan.trace.inspection.draws import draw
from suyuan.trace.inspection.draws.draw import DrawError, Pick, Ranking

FIRMS = [f"urn:uscc:firm{n}" for n in range(10)]
PEOPLE = [f"urn:person:{n}" for n in range(5)]
POOL = dict.fromkeys(FIRMS, "A")
FREE = dict.fromkeys(PEOPLE, ())
DRAWS = 100_000
CRITICAL = {9: 27.88, 4: 18.47}  # chi-square by degrees of freedom, exceeded in 0.1 %


def seed(number: int) -> bytes:
    """One of the seeds of the test, always the same."""
    return hashlib.sha256(b"%d" % number).digest()


def chi_square(counts: list[int]) -> float:
    """How far counts are from being equal."""
    expected = sum(counts) / len(counts)
    return sum((count - expected) ** 2 for count in counts) / expected


@pytest.mark.slow
def test_each_is_as_likely_as_another():
    firsts, lasts, people = ({} for _ in range(3))
    for number in range(DRAWS):
        of = seed(number)
        ranks = sorted(FIRMS, key=lambda one, of=of: draw.rank(of, "A", one))
        team = min(PEOPLE, key=lambda one, of=of: draw.rank(of, f"inspector|{FIRMS[0]}", one))
        for counts, one in ((firsts, ranks[0]), (lasts, ranks[-1]), (people, team)):
            counts[one] = counts.get(one, 0) + 1
    for counts in (firsts, lasts, people):
        assert chi_square(list(counts.values())) < CRITICAL[len(counts) - 1]


def test_a_modulo_would_be_found():
    counts = [0] * len(FIRMS)
    for number in range(DRAWS):
        counts[seed(number)[0] % len(FIRMS)] += 1
    assert chi_square(counts) > CRITICAL[len(counts) - 1]


def test_ranking_draws_the_lowest_ranks_and_no_one_who_avoids():
    files = draw.write(POOL, {**FREE, PEOPLE[0]: FIRMS}, {"A": 3}, 2, {})
    of = seed(1)
    lowest = sorted(FIRMS, key=lambda one: draw.rank(of, "A", one))[:3]
    picks = Ranking(files, of).drawn()
    assert [pick.id for pick in picks] == lowest
    for pick in picks:
        may = sorted(PEOPLE[1:], key=lambda one: draw.rank(of, f"inspector|{pick.id}", one))
        assert pick == Pick(pick.id, "A", tuple(may[:2]))


def test_the_seed_is_of_all_that_was_committed_and_came_later():
    files = draw.write(POOL, FREE, {"A": 1}, 1, {})
    named = ("https://x.example/draw/1", files.digests, "value", "bm9uY2U")
    seeds = {draw.seed_of(*named)}
    for at, other in enumerate(("https://x.example/draw/2", None, "other", "b3RoZXI")):
        others = (
            [{**files.digests, name: "0" * 64} for name in files.digests] if at == 1 else [other]
        )
        seeds |= {draw.seed_of(*named[:at], one, *named[at + 1 :]) for one in others}
    assert len(seeds) == 7


ONE = {"id": "urn:a:1", "stratum": "A"}
TWO = {"id": "urn:a:2", "stratum": "A"}
HER = {"id": "urn:p:1", "avoids": []}
HIM = {"id": "urn:p:2", "avoids": []}
PLAN = {"draw": {"A": 1}, "team": 1}
REFUSED = [  # pool, inspectors, parameters, and whose fault it is
    ([TWO, ONE], [HER], PLAN, "pool"), ([ONE, ONE], [HER], PLAN, "pool"),
    ([], [HER], PLAN, "pool"), ({}, [HER], PLAN, "pool"), ([1], [HER], PLAN, "pool"),
    ([{**ONE, "x": 1}], [HER], PLAN, "pool"), ([{**ONE, "stratum": "A|B"}], [HER], PLAN, "pool"),
    ([{**ONE, "id": "urn:a|1"}], [HER], PLAN, "pool"), ([{**ONE, "id": [1]}], [HER], PLAN, "pool"),
    ([{**ONE, "stratum": [1]}], [HER], PLAN, "pool"),
    ([ONE], [HIM, HER], PLAN, "inspectors"), ([ONE], [], PLAN, "inspectors"),
    ([ONE], [{**HER, "avoids": ["urn:b:2", "urn:b:1"]}], PLAN, "inspectors"),
    ([ONE], [{**HER, "avoids": "urn:b:2"}], PLAN, "inspectors"),
    ([ONE], [{**HER, "avoids": [["x"]]}], PLAN, "inspectors"),
    ([ONE], [{**HER, "avoids": ["urn:a:1"]}], PLAN, "inspectors"),
    ([ONE], [HER], {**PLAN, "team": 2}, "inspectors"),
    ([ONE], [HER], {**PLAN, "team": 0}, "parameters"), ([ONE], [HER], [], "parameters"),
    ([ONE], [HER], {**PLAN, "team": True}, "parameters"),
    ([ONE], [HER], {**PLAN, "draw": {"A": 2}}, "parameters"),
    ([ONE], [HER], {**PLAN, "draw": {"A": -1}}, "parameters"),
    ([ONE], [HER], {**PLAN, "draw": {"A": 0}}, "parameters"),
    ([ONE], [HER], {**PLAN, "draw": {}}, "parameters"),
    ([ONE], [HER], {**PLAN, "draw": {"A": 1, "B": 1}}, "parameters"),
    ([ONE], [HER], {**PLAN, "title": 1}, "parameters"),
]  # fmt: skip


@pytest.mark.parametrize(("pool", "inspectors", "parameters", "whose"), REFUSED)
def test_files_that_nothing_is_drawn_from(pool, inspectors, parameters, whose):
    with pytest.raises(DrawError, match=f"^{whose}"):
        draw.read(*map(canonical.dumps, (pool, inspectors, parameters)))


def test_files_in_another_spelling():
    pool, inspectors, parameters = map(canonical.dumps, ([ONE], [HER], PLAN))
    assert draw.read(pool, inspectors, parameters).counts == {"A": 1}
    for bad in (pool + b"\n", b"", b"[", b"\xff", b"[" * 100):
        with pytest.raises(DrawError, match=r"^pool"):
            draw.read(bad, inspectors, parameters)


def test_work_is_bounded():
    pool = {f"urn:a:{n:04}": "A" for n in range(2_001)}
    people = {f"urn:p:{n:04}": () for n in range(1_000)}
    draw.write(pool, people, {"A": 2_000}, 1, {})
    with pytest.raises(DrawError, match="2,000,000"):
        draw.write(pool, people, {"A": 2_001}, 1, {})


def test_when_a_public_value_exists():
    assert draw.exists_from("drand quicknet", "1") == 1_692_803_367
    assert draw.exists_from("drand quicknet", "1001") == 1_692_803_367 + 3_000
    assert draw.exists_from("nist", "1795000020000") == 1_795_000_020
    assert draw.exists_from("福彩双色球", "2026140") is None
    assert draw.exists_from("drand quicknet", "１") is None
