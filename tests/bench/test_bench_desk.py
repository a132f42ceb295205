"""A city's desk, a district's coverage report and the queue, with many operators and lots.

SUYUAN_BENCH_OPERATORS (default 2,000; the aim: 100,000) and SUYUAN_BENCH_DESK_LOTS (default 20,000;
the aim: 5,000,000) say how many. They are loaded as rows of projections, not signed and appended:
parties, subjects, lots, how far each is traced, and the sums, which the database adds up as an
audit does. Prints the p95 of each page, signed in as the city's office.
"""

import random
import statistics
import time
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

import pytest
from bench.making import ROUNDS, size
from sqlalchemy import Connection, insert
from support.ledger.world import World
from support.web.client import client_of

from suyuan.trace.findings.food_catalogue import OTHER, categories
from suyuan.trace.inspection.coverage import months_until
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing
from suyuan.trace.store.projections.coverage_sums import summed

pytestmark = [pytest.mark.bench, pytest.mark.slow]
OPERATORS, LOTS = size("OPERATORS", 2_000), size("DESK_LOTS", 20_000)
DISTRICTS, STREETS = 6, 15  # of the city, and of each of these
HOST = "https://trace.food.example"
T = TypeVar("T")
FIRST = 10_000_000  # of the numbers of subjects that are loaded
PAGES = {
    "desk's first page": "/inspect",
    "coverage of a district": "/inspect/coverage?division=350203",
    "coverage of the city": "/inspect/coverage?division=3502",
    "levels of the city": "/inspect/levels?division=3502",
    "queue": "/inspect/queue",
}


def streets() -> list[str]:
    """The streets' codes."""
    return [f"3502{d + 3:02}{s + 1:03}" for d in range(DISTRICTS) for s in range(STREETS)]


def parties() -> Iterator[dict]:
    """Rows of operators, each in one street."""
    rng, where = random.Random(1), streets()
    for n in range(OPERATORS):
        yield {
            "subject": FIRST + n, "admitted": 1, "stated": 1, "gone": None, "earlier": "[]",
            "name": f"{n} 号经营户", "roles": '["stall"]', "division": rng.choice(where),
            "places": "[]", "gs1": "[]", "part_of": None,
        }  # fmt: skip


def lots(month: int) -> Iterator[tuple[dict, dict]]:
    """Rows of lots, each with how far it is traced; of five products to a coder."""
    rng, where = random.Random(1), streets()
    divisions = [rng.choice(where) for _ in range(OPERATORS)]
    names, months = [*(one.name for one in categories()), OTHER], months_until(month)
    for n in range(LOTS):
        coder, product = rng.randrange(OPERATORS), rng.randrange(5)
        number, uri = FIRST + OPERATORS + n, f"{HOST}/party/{coder}"
        lot = {
            "item": number, "leaf": 1, "name": f"货 {product}", "product": None, "produced": None,
            "shelf_life": 7, "coder": uri, "category": None, "number": None,
        }  # fmt: skip
        yield lot, {
            "item": number, "coder": FIRST + coder, "division": divisions[coder],
            "month": rng.choice(months), "category": names[(coder + product % 2) % len(names)],
            "product": f"货 {product}", "begins": rng.randrange(3), "handed": rng.randrange(3),
            "reached": rng.randrange(4),
        }  # fmt: skip


def parts(rows: Iterable[T]) -> Iterator[list[T]]:
    """Rows in lists that one statement takes."""
    rest = iter(rows)
    while part := list(islice(rest, 10_000)):
        yield part


def load(connection: Connection, month: int) -> None:
    """All rows, and what they add up to."""
    subjects = (
        {"id": FIRST + n, "uri": f"{HOST}/party/{n}", "code": f"P{n:015}"} for n in range(OPERATORS)
    )
    for table, rows in ((t.subject, subjects), (t.party, parties())):
        for part in parts(rows):
            connection.execute(insert(table), part)
    for part in parts(lots(month)):
        connection.execute(insert(t.lot), [lot for lot, _ in part])
        connection.execute(insert(t.traced), [row for _, row in part])
    for table, query in summed().items():
        connection.execute(insert(table).from_select([c.name for c in table.columns], query))


def test_the_desk(world: World) -> None:
    office = world.party("市局", "office", division="350200")
    world.ledger.followers.catch_up()
    today = world.ledger.now()
    engine = world.ledger.database.engine
    began = time.perf_counter()
    with writing(engine) as connection:
        load(connection, today.year * 100 + today.month)
    with engine.connect() as connection:
        connection.exec_driver_sql("ANALYZE")
        connection.commit()
    loaded = time.perf_counter() - began
    client = client_of(world.ledger, office)
    print(f"\n\n{engine.dialect.name}: {OPERATORS:,} operators, {LOTS:,} lots, {loaded:.0f} s\n")
    for name, path in PAGES.items():
        client.get(path)  # its templates are read
        taken = []
        for _ in range(max(20, 4 * ROUNDS)):
            start = time.perf_counter()
            assert client.get(path).status_code == 200
            taken.append(time.perf_counter() - start)
        p95 = statistics.quantiles(taken, n=20)[-1]
        print(f"| {name} | {1e3 * statistics.median(taken):.0f} ms | {1e3 * p95:.0f} ms |")
