"""A full audit, beside verifying the same signatures one after the other on one core.

SUYUAN_BENCH_AUDIT sets how many links (default 6,000; docs/performance.md: 200,000 and 1,000,000).
"""

import os
import subprocess
import sys

import pytest
from bench.making import ROUNDS, farms, median, seconds, show, signed, size, verifying
from support.ledger.world import World

from suyuan.trace.watch.audit import audit as thorough
from suyuan.trace.watch.auditing import quick

pytestmark = [pytest.mark.bench, pytest.mark.slow]
LINKS = size("AUDIT", 6_000)
THOROUGH = 20_000  # up to which the thorough audit is measured too

MEMORY = """
import resource, sys
from pathlib import Path
from suyuan.trace.ledger.home import open_ledger
from suyuan.trace.watch.auditing import quick
ledger = open_ledger(Path(sys.argv[1]))
found = quick.audit(ledger)
assert found is not None and not found.odd
ledger.close()
mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(mine // 1024, theirs // 1024)
"""


def test_audit(tmp_path):
    world = World(tmp_path / "home")
    people = farms(world)
    each = LINKS // len(people)
    sample: list[bytes] = []
    for at in range(0, each, 1_000):
        for actor in people:
            part = list(signed(actor, min(1_000, each - at), f"{at}"))
            sample = sample or part[:2_000]
            world.ledger.append(part)
    world.ledger.followers.catch_up()
    with world.ledger.reading() as reader:
        total = reader.size()
    rounds = ROUNDS if LINKS <= 200_000 else 1
    rates: dict[str, list[float]] = {"verifying": [], "audit": [], "thorough audit": []}
    for _ in range(rounds):
        rates["verifying"].append(verifying(sample, people[0]))
        audits: list = []
        took = seconds(lambda f=audits: f.append(quick.audit(world.ledger)))
        assert audits[0] is not None and audits[0].odd == []
        rates["audit"].append(total / took)
        if LINKS <= THOROUGH:
            rates["thorough audit"].append(total / seconds(lambda: thorough(world.ledger)))
    world.ledger.close()
    result = {name: median(values) for name, values in rates.items() if values}
    show(f"auditing {total:,} links, medians of {rounds}", result, "verifying")
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(world.home)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    own, theirs = done.stdout.split()
    print(f"  memory: {own} MiB, each worker process at most {theirs} MiB")
