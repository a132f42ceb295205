"""A consumer page made anew, without a server: processor time, and beside it that of appending.

For a tree before and after a change: run it in each, in turns.
"""

import statistics
import time

import pytest
from support.goods.history import making
from support.ledger.world import event
from support.web.client import client_of, page_of

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.link import AfterRef

pytestmark = pytest.mark.bench
ROUNDS, GOODS, ARRAY = 5, 20, 60


def milliseconds(work, count: int) -> float:
    """Processor time for each of so many, the median of some rounds."""
    times = []
    for number in range(ROUNDS):
        start = time.process_time()
        work(number)
        times.append((time.process_time() - start) / count * 1_000)
    return statistics.median(times)


def test_a_page_is_made_anew(small, capsys):
    farm, shop = small.party("青山农场", "producer"), small.party("摊位")
    trader, laboratory = small.party("批发行", "wholesaler"), small.party("检测", "laboratory")
    paths = []
    for _ in range(GOODS):
        lot, made = small.new_lot(), small.new_lot()
        small.code(farm, lot)
        small.hand_over(farm, trader, lot)
        got = small.hand_over(trader, shop, lot)
        passed = event("test", lot, extra={"suyuan:result": "合格"})
        small.do(laboratory, passed, after=(AfterRef(got.index, got.hash),))
        small.do(shop, *(event("sell", lot, "1") for _ in range(4)), making(made, lot))
        paths += [page_of(lot, shop.uri), page_of(made, shop.uri)]
    small.ledger.followers.catch_up()
    client = client_of(small.ledger)

    def pages(number: int) -> None:
        for path in paths:  # another address each time, so that none is kept
            assert client.get(f"{path}?x={number}").status_code == 200

    def appended(_number: int) -> None:
        drafts = [Draft(event=event("code", small.new_lot(), "5")) for _ in range(ARRAY)]
        small.ledger.write(farm.pen, drafts)

    pages(-1)
    page, link = milliseconds(pages, len(paths)), milliseconds(appended, ARRAY)
    with capsys.disabled():
        print(
            f"\n  a page made anew {page:.1f} ms, a link appended {link:.2f} ms of processor time"
        )
