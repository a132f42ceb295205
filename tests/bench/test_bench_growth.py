"""What a ledger costs as it grows: the store, a page, a trace, proofs, the disk.

SUYUAN_BENCH_GROWTH sets at how many links, or lots for the trace (default 10000,20000;
docs/performance.md: 10000,100000,1000000). Prints a table for it; SUYUAN_BENCH_GROWTH_PLOT names
the file for the plot (docs/images/growth.svg).
"""

import math
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from bench.making import farms, signed
from bench.test_bench_consumer_page import CHAIN, step_event
from bench.test_bench_lineage import NETWORK, settle, trace_times
from bench.test_bench_log import append_time, grow, proof_times
from bench.test_bench_page_made import milliseconds
from sqlalchemy import update
from support.ledger.world import World
from support.web.client import client_of, page_of

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.store import schema as t
from suyuan.trace.store.engine import writing

pytestmark = [pytest.mark.bench, pytest.mark.slow]
SIZES = [int(at) for at in os.environ.get("SUYUAN_BENCH_GROWTH", "10000,20000").split(",")]
ITEMS = 10  # whose pages are made
PRINTED = {
    "append in the store, a link": "{:.1f} µs",
    "consumer page made anew, processor time": "{:.1f} ms",
    "forward trace of 10,000 lots": "{:.1f} ms",
    "inclusion proof": "{:.3f} ms",
    "consistency proof": "{:.3f} ms",
    "database for a link, before followers": "{:,.0f} bytes",
}
INKS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#444444")  # for colour-blind eyes


def followed(world: World) -> None:
    """As if followers had taken in all links: those that only fill the log say nothing to them."""
    with writing(world.ledger.database.engine) as connection, world.ledger.reading() as reader:
        connection.execute(update(t.follower).values(cursor=reader.size()))


def test_growth(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    people = farms(world)
    lots = [world.new_lot() for _ in range(ITEMS)]
    for seq in range(CHAIN):
        drafts = [Draft(event=step_event(seq, lot)) for lot in lots]
        world.ledger.write(people[0].pen, drafts)
    world.ledger.append([e for actor in people for e in signed(actor, 10, "warm")])
    world.ledger.followers.catch_up()
    client, paths = client_of(world.ledger), [page_of(lot, people[0].uri) for lot in lots]
    rows: dict[str, list[float]] = {name: [] for name in PRINTED}

    def pages(number: int) -> None:
        for path in paths:  # another address each time, so that none is kept
            assert client.get(f"{path}?x={at}-{number}").status_code == 200

    for at in SIZES:
        grow(world, at)
        followed(world)
        settle(world.ledger.database.engine)
        stored = (tmp_path / "home" / "suyuan.db").stat().st_size / at
        pages(-1)
        page = milliseconds(pages, ITEMS)
        proof = proof_times(world)
        append = append_time(world, people, at)
        apart = World(tmp_path / f"lots-{at}")
        trace = trace_times(apart, max(at // NETWORK, 1) * NETWORK)[1]
        apart.ledger.close()
        measured = (append * 1e6, page, trace * 1e3, *(1e3 * x for x in proof.values()), stored)
        for name, value in zip(PRINTED, measured, strict=True):
            rows[name].append(value)
    world.ledger.close()
    print("\n\n" + table(rows))
    if file := os.environ.get("SUYUAN_BENCH_GROWTH_PLOT"):
        Path(file).write_text(plot(rows), encoding="utf-8")


def table(rows: dict[str, list[float]]) -> str:
    """The figures in Markdown."""
    lines = ["", *(f"{at:,}" for at in SIZES)], ["---"] * (len(SIZES) + 1)
    made = [[name, *(PRINTED[name].format(value) for value in rows[name])] for name in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in (*lines, *made))


def plot(rows: dict[str, list[float]]) -> str:
    """Each figure as a multiple of its first, both axes logarithmic, as SVG."""
    ratios = {name: [value / values[0] for value in values] for name, values in rows.items()}
    top = max(2.0, *(max(values) for values in ratios.values()))
    low = min(0.5, *(min(values) for values in ratios.values()))
    across = _axis(SIZES[0], SIZES[-1], 70, 690)
    up = _axis(low, top, 320, 20)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 480" '
        'font-family="sans-serif" font-size="13">',
        '<rect width="720" height="480" fill="#ffffff"/>',
    ]
    for power in range(math.ceil(math.log2(low)), math.floor(math.log2(top)) + 1):
        y = up(2.0**power)
        parts += [
            f'<path d="M70 {y:.1f}H690" stroke="#dddddd"/>',
            f'<text x="60" y="{y + 4:.1f}" text-anchor="end">{2.0**power:g}</text>',
        ]
    for at in SIZES:
        x = across(at)
        parts += [
            f'<path d="M{x:.1f} 20V320" stroke="#dddddd"/>',
            f'<text x="{x:.1f}" y="338" text-anchor="middle">{at:,}</text>',
        ]
    for number, (name, values) in enumerate(ratios.items()):
        ink, y = INKS[number], 362 + 19 * number
        places = list(zip(map(across, SIZES), map(up, values), strict=True))
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        ends = (PRINTED[name].format(value) for value in (rows[name][0], rows[name][-1]))
        parts += [
            f'<polyline points="{line}" fill="none" stroke="{ink}" stroke-width="2"/>',
            *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ink}"/>' for x, y in places),
            f'<path d="M70 {y - 4}h24" stroke="{ink}" stroke-width="3"/>',
            f'<text x="104" y="{y}">{name}: {" – ".join(ends)}</text>',
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axis(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    """Where a value lies on a logarithmic axis."""
    span = math.log(high / low)
    return lambda value: start + (end - start) * math.log(value / low) / span
