"""A full audit, beside verifying the same signatures one after the other on one core.

SUYUAN_BENCH_AUDIT sets how many links (default 6,000; docs/performance.md: 100,000 and 1,000,000).
"""

import os
import resource
import subprocess
import sys

import pytest
from bench.making import ROUNDS, farms, median, seconds, show, signed, size, verifying
from support.ledger.world import World

from suyuan.keys import batch, verification
from suyuan.trace.watch.audit import audit_rows

pytestmark = [pytest.mark.bench, pytest.mark.slow]
LINKS = size("AUDIT", 6_000)
KINDS = {"audit": "0", "audit with batches": "1"}  # each with its SUYUAN_LIB25519

MEMORY = """
import resource, sys
from pathlib import Path
from suyuan.trace.ledger.home import open_ledger
from suyuan.trace.watch.audit import audit_rows
ledger = open_ledger(Path(sys.argv[1]))
assert audit_rows(ledger).is_good
ledger.close()
mine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
theirs = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print(mine // 1024, theirs // 1024)
"""


def processor() -> float:
    """Seconds of all cores that this process and those that it has ended took."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def test_audit(tmp_path, monkeypatch):
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
    rates: dict[str, list[float]] = {"verifying": []} | {kind: [] for kind in KINDS}
    spent: dict[str, list[float]] = {kind: [] for kind in KINDS}
    for _ in range(rounds):
        rates["verifying"].append(verifying(sample, people[0]))
        for kind, batches in KINDS.items():
            monkeypatch.setenv("SUYUAN_LIB25519", batches)
            verification.quickest.cache_clear()  # of this process; others begin with the setting
            reports, before = [], processor()
            took = seconds(lambda f=reports: f.append(audit_rows(world.ledger)))
            assert reports[0].is_good
            rates[kind].append(total / took)
            spent[kind].append((processor() - before) / total * 1e6)
    world.ledger.close()
    if batch.load_library() is None:
        print("\n  no library for batches is installed")
    result = {name: median(values) for name, values in rates.items()}
    show(f"auditing {total:,} links, medians of {rounds}", result, "verifying")
    for kind, values in spent.items():
        print(f"  {kind}: {median(values):.1f} µs of processor time a link, of all processes")
    done = subprocess.run(
        [sys.executable, "-c", MEMORY, str(world.home)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    own, theirs = done.stdout.split()
    print(f"  memory: {own} MiB, each worker process at most {theirs} MiB")
