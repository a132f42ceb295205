"""Appending ready-made signed links through the library, beside verifying their signatures.

SUYUAN_BENCH_LINKS sets how many a round (default 4,000), SUYUAN_BENCH_ROUNDS the rounds.
Prints ratios of medians; decides nothing.
"""

from functools import partial

import pytest
from bench.making import ROUNDS, farms, median, seconds, show, signed, size, verifying
from support.ledger.world import World, at_once

from suyuan.trace.format.rules import Refused

pytestmark = [pytest.mark.bench, pytest.mark.slow]
LINKS = size("LINKS", 4_000)
CALLERS = 4


def append_all(world: World, work: list[list[bytes]]) -> None:
    """Callers that each offer their arrays in order."""
    refused = []

    def caller(arrays: list[list[bytes]]) -> None:
        for array in arrays:
            refused.extend(f for f in world.ledger.append(array) if isinstance(f, Refused))

    at_once(partial(caller, work[n::CALLERS]) for n in range(CALLERS))
    assert refused == []


def test_append(tmp_path):
    world = World(tmp_path / "home")
    people = farms(world)
    each = LINKS // len(people)
    world.ledger.append([e for actor in people for e in signed(actor, 100, "warm")])
    rates: dict[str, list[float]] = {"verifying": [], "arrays of 250": [], "arrays of 1,000": []}
    for number in range(ROUNDS):
        for array in (250, 1_000):
            work = []
            for actor in people:
                entries = list(signed(actor, each, f"{number}/{array}"))
                work += [entries[at : at + array] for at in range(0, len(entries), array)]
            sample = [entry for part in work[:8] for entry in part][:2_000]
            owner = people[0]
            if array == 250:
                rates["verifying"].append(verifying(sample[: min(each, 2_000)], owner))
            took = seconds(lambda w=work: append_all(world, w))
            rates[f"arrays of {array:,}"].append(LINKS / took)
    world.ledger.close()
    medians = {name: median(values) for name, values in rates.items()}
    show(f"appending {LINKS:,} links a round, medians of {ROUNDS}", medians, "verifying")
