"""A forward trace with what remains of it, beside a recursive query written for the purpose.

SUYUAN_BENCH_LINEAGE sets how many lots the largest ledger has (default 20,000; docs/performance.md:
1,000,000): networks of 10,000 lots each, twelve makings deep, beside each other.
"""

import gc
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest
from bench.making import ROUNDS, median, seconds, size, sizes
from sqlalchemy import Connection, Engine, Table, insert
from support.ledger.world import World

from suyuan.trace.format.identifiers import codes
from suyuan.trace.lineage.model import Stock
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = [pytest.mark.bench, pytest.mark.slow]
LOTS = size("LINEAGE", 20_000)
NETWORK = 10_000  # lots of one network, all of which come of its first
RUN = int(os.environ.get("SUYUAN_BENCH_LINEAGE_RUN", "10"))  # lots registered together
DEPTH = 12
PARTIES = 200
CRATES = 500  # to a network, some of them on pallets
HOST = "https://trace.food.example"

# What somebody would write who knows these tables and this question only: the walk once, and where
# things are by one UNION; a container's place by a walk up, for the containers that are met; the
# joins in their order, without which SQLite reads whole tables.
BY_HAND = """
WITH RECURSIVE reach(item) AS (
    SELECT id FROM subject WHERE uri = {mark}
    UNION
    SELECT made.item FROM reach CROSS JOIN used CROSS JOIN made
    WHERE used.item = reach.item AND made.making = used.making
),
inside(item, container, quantity, unit) AS (
    SELECT containment.item, containment.container, containment.quantity, containment.unit
    FROM reach CROSS JOIN containment
    WHERE containment.item = reach.item AND containment."left" IS NULL
),
up(container, top) AS (
    SELECT DISTINCT container, container FROM inside
    UNION
    SELECT up.container, containment.container FROM up CROSS JOIN containment
    WHERE containment.item = up.top AND containment."left" IS NULL
)
SELECT subject.uri, holding.holder, NULL, holding.quantity, holding.unit, 0
FROM reach CROSS JOIN holding CROSS JOIN subject
WHERE holding.item = reach.item AND subject.id = reach.item
UNION ALL
SELECT subject.uri, holding.holder, box.uri, inside.quantity, inside.unit, 0
FROM inside CROSS JOIN up CROSS JOIN holding CROSS JOIN subject CROSS JOIN subject box
WHERE up.container = inside.container AND holding.item = up.top
AND subject.id = inside.item AND box.id = inside.container
UNION ALL
SELECT subject.uri, shipment.recipient, NULL, shipment.quantity, shipment.unit, 1
FROM reach CROSS JOIN shipment CROSS JOIN subject
WHERE shipment.item = reach.item AND subject.id = reach.item AND shipment.under_way
"""


class Rows:
    """Rows for the tables, written in large portions."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._waiting: dict[Table, list[dict[str, Any]]] = {}

    def add(self, table: Table, **row: Any) -> None:
        waiting = self._waiting.setdefault(table, [])
        waiting.append(row)
        if len(waiting) >= 20_000:
            self._connection.execute(insert(table), waiting)
            waiting.clear()

    def flush(self) -> None:
        for table, rows in self._waiting.items():
            if rows:
                self._connection.execute(insert(table), rows)
        self._waiting.clear()


def lot(number: int) -> str:
    return f"{HOST}/t/{number:016d}"


def fill(connection: Connection, lots: int) -> list[str]:
    """Networks side by side: some lots of one, as many of the next; their first lots."""
    dice = random.Random(lots)
    rows, networks = Rows(connection), lots // NETWORK
    first = 1_000
    making = 0
    for place, network in _order(networks):
        number = first + _position(place, network, networks)
        uri = lot(number)
        rows.add(t.subject, id=number, uri=uri, code=codes.of_uri(uri, "trace.food.example"))
        _where(rows, dice, number, network, networks)
        if place == 0:
            continue
        making += 1
        rows.add(t.made, making=making, item=number)
        for source in _sources(dice, place):
            item = first + _position(source, network, networks)
            rows.add(t.used, item=item, making=making)
    crate = first + NETWORK * networks
    for number in range(crate, crate + networks * CRATES):
        uri = f"https://id.gs1.org/00/{number:018d}"
        rows.add(t.subject, id=number, uri=uri, code=codes.of_uri(uri, "trace.food.example"))
        if (number - crate) % 10:
            pallet = crate + (number - crate) // 10 * 10
            rows.add(
                t.containment, item=number, container=pallet, entered_leaf=number, part=0,
                entered=1, left=None, left_leaf=None, quantity=1_000_000, unit="1",
            )  # fmt: skip
        else:
            rows.add(
                t.holding, item=number, holder=f"{HOST}/party/{number % PARTIES}", reported=False,
                quantity=1_000_000, unit="1", leaf=number,
            )  # fmt: skip
    rows.flush()
    return [lot(first + _position(0, network, networks)) for network in range(networks)]


def _order(networks: int) -> Iterator[tuple[int, int]]:
    for start in range(0, NETWORK, RUN):
        for network in range(networks):
            for place in range(start, start + RUN):
                yield place, network


def _position(place: int, network: int, networks: int) -> int:
    return place // RUN * RUN * networks + network * RUN + place % RUN


def _sources(dice: random.Random, place: int) -> Iterator[int]:
    """What a lot was made of, so that the network is twelve makings deep; now and then of two."""
    level = _level(place)
    low, high = _bounds(level - 1)
    count = 1 if dice.random() < 0.99 else 2
    yield from {dice.randrange(low, high) for _ in range(count)}


def _bounds(level: int) -> tuple[int, int]:
    """The places of the lots of a level: 1, then ever more, up to the network's size."""
    cuts = [0, 1]
    each = (NETWORK - 1) / sum(range(1, DEPTH + 1))
    total = 1.0
    for step in range(1, DEPTH + 1):
        total += each * step
        cuts.append(round(total))
    return cuts[level], cuts[level + 1]


_LEVELS = [level for level in range(DEPTH + 1) for _ in range(*_bounds(level))]


def _level(place: int) -> int:
    return _LEVELS[place]


def _where(rows: Rows, dice: random.Random, number: int, network: int, networks: int) -> None:
    """What remains of a lot: with one or two parties, in a crate, or on its way."""
    amount = dice.randrange(1, 900) * 100_000
    draw = dice.random()
    party = f"{HOST}/party/{dice.randrange(PARTIES)}"
    if draw < 0.1:
        crate = 1_000 + NETWORK * networks + network * CRATES + dice.randrange(CRATES)
        rows.add(
            t.containment, item=number, container=crate, entered_leaf=number, part=0,
            entered=1, left=None, left_leaf=None, quantity=amount, unit="kg",
        )  # fmt: skip
    elif draw < 0.2:
        rows.add(
            t.shipment, leaf=number, item=number, sender=party, recipient=f"{party}0",
            quantity=amount, unit="kg", state="open", answered=None, received=None, refused=None,
            under_way=True,
        )  # fmt: skip
    else:
        rows.add(
            t.holding, item=number, holder=party, reported=False, quantity=amount, unit="kg",
            leaf=number,
        )  # fmt: skip


def key(stock: Stock) -> tuple[Any, ...]:
    amount = stock.quantity
    return (
        stock.item, stock.holder, stock.container, None if amount is None else amount.micro,
        None if amount is None else amount.unit, int(stock.is_in_transit),
    )  # fmt: skip


def settle(engine: Engine) -> None:
    """As a ledger lies that grew over months and not in one transaction."""
    is_sqlite = engine.dialect.name == "sqlite"
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(
            "PRAGMA wal_checkpoint(TRUNCATE)" if is_sqlite else "VACUUM ANALYZE"
        )


def ledgers() -> list[int]:
    """How many lots each has: whole networks."""
    return [lots // NETWORK * NETWORK for lots in sizes(LOTS)]


def trace_times(world: World, lots: int) -> tuple[float, float, int]:
    """Seconds by hand and ours for one network of so many lots, medians; the answer's rows."""
    engine = world.ledger.database.engine
    with writing(engine) as connection:
        roots = fill(connection, lots)
    settle(engine)
    query = BY_HAND.format(mark="?" if engine.dialect.name == "sqlite" else "%s")
    gc.collect()
    gc.freeze()  # what filling the tables left is not what is measured
    by_hand: list[float] = []
    ours: list[float] = []
    dice = random.Random(1)
    for number in range(max(ROUNDS, 5)):
        root = dice.choice(roots)
        rows: list[Any] = []
        stocks: list[Stock] = []

        def hand(root: str = root, out: list[Any] = rows) -> None:
            with world.ledger.reading() as reader:
                out[:] = reader.connection.exec_driver_sql(query, (root,)).all()

        def own(root: str = root, out: list[Stock] = stocks) -> None:
            with world.ledger.reading() as reader:
                out[:] = Lineage(reader).trace([root])

        hand(), own()  # both find the same pages read before
        for work, times in ((hand, by_hand), (own, ours))[:: 1 if number % 2 else -1]:
            times.append(seconds(work))
        assert sorted(map(tuple, rows), key=repr) == sorted(map(key, stocks), key=repr)
        assert len({stock.item for stock in stocks}) > NETWORK * 0.95
    return median(by_hand), median(ours), len(stocks)


@pytest.mark.parametrize("lots", ledgers())
def test_forward_trace(lots, world):
    """On both databases: `world` is made once on each."""
    base, took, rows = trace_times(world, lots)
    engine = world.ledger.database.engine
    with engine.connect() as connection:
        edges = sum(
            connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()
            for name in ("used", "made")
        )
    print(
        f"\n{engine.dialect.name}: {lots:,} lots, {edges:,} edges, an answer of {rows:,} "
        f"rows: by hand {base * 1000:.1f} ms, ours {took * 1000:.1f} ms, {took / base:.2f} times"
    )
