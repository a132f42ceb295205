"""How fast a table is registered, beside raw inserts on the same database and bare signing.

SUYUAN_BENCH_ROWS sets the size (default 2,000), SUYUAN_BENCH_ROUNDS the rounds (default 5).
Prints ratios of medians; decides nothing.
"""

import sqlite3
import statistics
from contextlib import closing
from pathlib import Path

import pytest
from bench.making import ROUNDS, seconds, size
from support.ledger.world import World, days_ago

from suyuan.keys.dsse import pae
from suyuan.trace.cli.goods.register import check, drafts_of
from suyuan.trace.format.link import PAYLOAD_TYPE, parse
from suyuan.trace.recording import bulk
from suyuan.trace.recording.bulk import SourceFile

pytestmark = [pytest.mark.bench, pytest.mark.slow]
ROWS = size("ROWS", 2_000)
HEADINGS = "产品名称,规格,类别,数量,单位,生产日期,保质期,产地\n"


def table(path: Path, number: int) -> None:
    rows = (
        f"菠菜{n % 50},散装,蔬菜,{10 + n % 90}.{n % 10},公斤,{days_ago(1)},3,350212\n"
        for n in range(ROWS)
    )
    path.write_text(f"# {number}\n" + HEADINGS + "".join(rows), encoding="utf-8")


def test_register(tmp_path):
    world = World(tmp_path / "home")
    farm = world.party("青山农场", "producer")
    registered, inserted, signed, verified = [], [], [], []
    for number in range(ROUNDS):
        file = tmp_path / f"{number}.csv"
        table(file, number)
        registered.append(seconds(_register, world, farm, file))
        with world.ledger.reading() as reader:
            end = reader.size() - 1
            entries = [s.entry for s in reader.links(end - ROWS, end)]
        inserted.append(seconds(_insert, tmp_path / f"raw{number}.db", entries))
        messages = [parse(entry).envelope for entry in entries]
        texts = [(pae(PAYLOAD_TYPE, m.payload), m.signature) for m in messages]
        signed.append(seconds(lambda t=texts: [farm.signer.sign(text) for text, _ in t]))
        verified.append(seconds(lambda t=texts: [farm.signer.public.verify(*pair) for pair in t]))
    world.ledger.close()
    rate = {
        name: ROWS / statistics.median(times)
        for name, times in (
            ("register", registered), ("raw inserts", inserted), ("signing", signed),
            ("verifying", verified),
        )
    }  # fmt: skip
    print(f"\n{ROWS} rows, medians of {ROUNDS}")
    for name, each in rate.items():
        print(f"  {name:<12} {each:>10,.0f}/s   register is {rate['register'] / each:.3f} of it")


def _register(world: World, farm, file: Path) -> None:
    source = SourceFile.of(file.read_bytes(), "text/csv", "own")
    checked = check(world.ledger, farm.pen, file, lambda *_: None)
    done = bulk.append(
        world.ledger,
        farm.pen,
        source,
        drafts=drafts_of(world.ledger, file, source, checked.bad),
        count=checked.good,
    )
    assert done.links == ROWS


def _insert(path: Path, entries: list[bytes]) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE link (leaf INTEGER PRIMARY KEY, hash BLOB, entry BLOB)")
        for start in range(0, len(entries), 1000):
            part = entries[start : start + 1000]
            with connection:
                connection.executemany(
                    "INSERT INTO link VALUES (?, ?, ?)",
                    [(start + n, entry[:32], entry) for n, entry in enumerate(part)],
                )
