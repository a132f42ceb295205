"""Proofs out of a large log, and what an append costs in the store as the log grows.

SUYUAN_BENCH_LOG sets how large (default 20,000; docs/performance.md: 1,000,000). The links below
are no real ones: only their hashes, their rows and the tree matter here.
"""

import hashlib
import random

import pytest
from bench.making import ROUNDS, farms, median, seconds, signed, size, sizes
from sqlalchemy import insert, update
from support.ledger.world import Actor, World

from suyuan.trace.format.link import parse
from suyuan.trace.log import proofs
from suyuan.trace.log.checkpoint import Checkpoint, sign
from suyuan.trace.log.merkle import Edge
from suyuan.trace.store import schema as t
from suyuan.trace.store.append import link_rows
from suyuan.trace.store.append.checking import Offer
from suyuan.trace.store.append.deciding import Request
from suyuan.trace.store.append.tiling import Tiling, tile_id
from suyuan.trace.store.engine import writing

pytestmark = [pytest.mark.bench, pytest.mark.slow]
LARGE = size("LOG", 20_000)
SMALL = 10_000
BATCH = 256


def grow(world: World, to: int) -> None:
    """Rows as so many links would leave them: five to a chain, one item each."""
    with world.ledger.reading() as reader:
        state, start = reader.log_state(), reader.size()
        number = int(reader.connection.exec_driver_sql("SELECT max(id) FROM subject").scalar_one())
        chain = int(reader.connection.exec_driver_sql("SELECT max(id) FROM chain").scalar_one())
        tail = [bytes.fromhex(link.hash) for link in reader.links(start - start % 256, start)]
        roots = {(level, n): root for level, n, root, _ in reader.tiles()}
    edge, tiling = Edge.decode(start, bytes(state.edge)), Tiling(start, tail)

    def below(level: int, first: int, count: int) -> list[bytes]:
        return [roots[level, n] for n in range(first, first + count)]

    choose = random.Random(1)
    for at in range(start, to, 10_000):
        stop = min(at + 10_000, to)
        entries = [choose.randbytes(990) for _ in range(at, stop)]
        hashes = [hashlib.sha256(b"\0" + entry).digest() for entry in entries]
        for leaf in hashes:
            edge.append(leaf)
        tiles = tiling.extend(hashes, below)
        roots |= {(tile.level, tile.number): tile.root for tile in tiles}
        links = [
            (at + n, digest, entry)
            for n, (digest, entry) in enumerate(zip(hashes, entries, strict=True))
        ]
        begun = list(range(at, stop, 5))
        subjects = [
            (number + n + 1, f"urn:x:old:{leaf}", f"{leaf:016d}") for n, leaf in enumerate(begun)
        ]
        chains = [
            (chain + n + 1, number + n + 1, 1, 4, hashes[min(leaf - at + 4, stop - at - 1)])
            for n, leaf in enumerate(begun)
        ]
        items = [(chain + n // 5 + 1, n % 5, at + n, 1, 12_500_000, "kg") for n in range(stop - at)]
        number, chain = number + len(begun), chain + len(begun)
        note = sign(Checkpoint(world.trust.origin, stop, edge.root()), world.log)
        with writing(world.ledger.database.engine) as connection:
            for table, values in (
                (t.subject, subjects),
                (t.link, links),
                (t.chain, chains),
                (t.link_item, items),
            ):
                link_rows.insert_values(connection, table, values)
            if tiles:
                connection.execute(
                    insert(t.tile),
                    [
                        {"id": tile_id(x.level, x.number), "root": x.root, "hashes": x.hashes}
                        for x in tiles
                    ],
                )
            connection.execute(insert(t.checkpoint), {"size": stop, "note": note, "committed": 1})
            connection.execute(
                update(t.log_state),
                {"size": stop, "root": edge.root(), "edge": edge.encode(), "committed": 1},
            )


def store_cost(world: World, people: list[Actor], salt: str, batches: int) -> float:
    """Seconds for a link in the append transaction alone, its signature taken as verified."""
    appender = world.ledger._appender
    times = []
    for number in range(batches):
        actor = people[number % len(people)]
        links = [parse(entry) for entry in signed(actor, BATCH, f"{salt}/{number}")]
        offers = [Offer(link, actor.signer.public.spki) for link in links]
        request = Request([link.entry for link in links], atomic=False, offers=offers)
        times.append(seconds(appender._commit, [request]) / BATCH)
    return median(times)


def proof_times(world: World, count: int = 300) -> dict[str, float]:
    """Seconds for a proof of each kind, the median of many, each by a reader that knows nothing."""
    choose, times = random.Random(2), {"inclusion": list[float](), "consistency": list[float]()}
    with world.ledger.reading() as reader:
        total = reader.size()
        for _ in range(count):
            index = choose.randrange(total - 1)
            for name, work in (
                ("inclusion", lambda i=index: proofs.inclusion(i, total, reader.hashes())),
                ("consistency", lambda i=index: proofs.consistency(i + 1, total, reader.hashes())),
            ):
                times[name].append(seconds(work))
    return {name: median(values) for name, values in times.items()}


def append_time(world: World, people: list[Actor], at: int) -> float:
    """Seconds for a link in the append transaction at this size, the median of rounds."""
    store_cost(world, people, f"warm{at}", 3)
    return median([store_cost(world, people, f"{at}/{n}", 8) for n in range(ROUNDS)])


def test_log(tmp_path):
    world = World(tmp_path / "home")
    people = farms(world)
    world.ledger.append([e for actor in people for e in signed(actor, 10, "warm")])
    first = None
    for at in sizes(LARGE):
        grow(world, at)
        cost, proof = append_time(world, people, at), proof_times(world)
        first = first or cost
        print(
            f"\na log of {at:,} entries: an inclusion proof {proof['inclusion'] * 1000:.3f} ms, a "
            f"consistency proof {proof['consistency'] * 1000:.3f} ms; an append in the store "
            f"{cost * 1e6:.1f} µs a link, {cost / first:.3f} of that at {SMALL:,}"
        )
    world.ledger.close()
