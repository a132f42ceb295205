"""A recall of many lots: from the decision to red pages.

SUYUAN_BENCH_RECALL sets how many lots (default 500; docs/performance.md: 10,000). The scope is
computed from lineage, with what each holder has; the order is one signed link with its list.
"""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from bench.making import ROUNDS, median, seconds, size
from support.ledger.world import Actor, World, days_ago, event
from support.web.client import client_of, english, page_of

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion
from suyuan.trace.recall import orders
from suyuan.trace.recall.course import scope

pytestmark = [pytest.mark.bench, pytest.mark.slow]
LOTS = size("RECALL", 500)
AT_ONCE = 100
STALLS = 20
PAGES = 50  # looked at before and after, drawn by lot


def fill(world: World) -> tuple[Actor, str, list[str], list[Actor]]:
    """One batch of milk, made into many lots, which stalls have."""
    dairy = world.party("鹭江乳业", "processor")
    stalls = [world.party(f"A 区 {n} 号") for n in range(STALLS)]
    milk = world.new_lot()
    world.code(dairy, milk, "100000")
    lots: list[str] = []
    now = datetime.now(UTC) - timedelta(minutes=1)
    for start in range(0, LOTS, AT_ONCE):
        part = [world.new_lot() for _ in range(min(AT_ONCE, LOTS - start))]
        lots += part
        outputs = [Portion(lot, Decimal(5), "KGM") for lot in part]
        inputs = [Portion(milk, Decimal(500), "KGM")]
        extra = steps.coding("酸奶", days_ago(1), 21, "350206")
        world.do(dairy, steps.event("make", now, outputs, inputs=inputs, extra=extra))
        stall = stalls[start // AT_ONCE % STALLS]
        to = {"sender": dairy.uri, "recipient": stall.uri}
        sent = world.do(dairy, *(event("dispatch", lot, "3", **to) for lot in part))
        answers = [
            Draft(event=event("receive", lot, "3"), after=(AfterRef(receipt.index, receipt.hash),))
            for lot, receipt in zip(part, sent, strict=True)
        ]
        world.ledger.write(stall.pen, answers)
    world.ledger.followers.catch_up()
    return dairy, milk, lots, stalls


def test_recall(world):
    dairy, milk, lots, stalls = fill(world)
    client = client_of(world.ledger)
    dice = random.Random(3)
    looked = dice.sample(range(len(lots)), PAGES)
    paths = [page_of(lots[n], stalls[n // AT_ONCE % STALLS].uri) for n in looked]
    assert all('is-good"' in english(client, path) for path in paths)

    took: list[float] = []
    for _ in range(ROUNDS):
        uris: list[str] = []

        def recall(out: list[str] = uris) -> None:
            now = datetime.now(UTC)
            with world.ledger.reading(patient=True) as reader:
                reached = scope(reader, [milk], forward=True)
                assert len(reached.items) == LOTS + 1
                prepared = orders.order(
                    reader,
                    world.trust.genesis,
                    dairy.uri,
                    [item.item for item in reached.items],
                    level=1,
                    known=now,
                    reason="检出",
                    now=now,
                )
            world.ledger.write(dairy.pen, prepared.drafts, prepared.files)
            out.append(prepared.uri)

        took.append(seconds(recall))
        assert all('is-bad"' in english(client, path) for path in paths)  # the very next request
        with world.ledger.reading() as reader:
            act = reader.act(uris[0])
        assert act is not None
        world.ledger.write(dairy.pen, orders.withdraw(act, "下一轮").drafts)
        assert not any('is-bad"' in english(client, path) for path in paths)
    name = world.ledger.database.engine.dialect.name
    print(f"\n{name}: a recall of {LOTS + 1:,} lots: {median(took):.2f} s, pages red at once")
