"""Goods whose pages are kept, and an app that keeps them beside one that keeps none."""

import gzip
import re
from datetime import UTC, datetime
from decimal import Decimal

from support.ledger.private import erase, priced
from support.ledger.world import HOST, World, event
from support.web.acting import order
from support.web.client import client_of, page_of

from suyuan.trace.format import steps
from suyuan.trace.format.identifiers import codes
from suyuan.trace.format.link import AfterRef
from suyuan.web.cache.measured import measured

ENGLISH = {"Accept-Language": "en", "Accept-Encoding": "gzip"}
SERIAL = "0123456789ABC"


class Street:
    """A farm's pork and a kitchen's sausages of it, at a stall that labels them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.at = datetime.now(UTC)
        world.ledger.clock = lambda: self.at
        self.farm = world.party("青山农场", "producer")
        self.kitchen = world.party("老街肉联厂", "processor")
        self.stall = world.party("A 区 12 号")
        self.laboratory = world.party("市检测中心", "laboratory")
        self.pork, self.sausage = world.coded_lot(self.farm), world.new_lot()
        self.price = priced(world, self.farm, self.pork)
        world.hand_over(self.farm, self.kitchen, self.pork)
        inputs = [steps.Portion(self.pork, Decimal(25), "KGM")]
        extra = steps.coding("腊肠", datetime.now(UTC).date().isoformat(), 5, "350206")
        world.do(self.kitchen, event("make", self.sausage, "20", inputs=inputs, extra=extra))
        world.hand_over(self.kitchen, self.stall, self.sausage)
        world.labelled(self.stall, self.sausage, SERIAL)
        self.paths = [
            page_of(self.sausage, self.stall.uri),
            page_of(self.pork, self.farm.uri),
            f"/t/{codes.in_uri(self.sausage, HOST)}",
            page_of(self.sausage, self.stall.uri, SERIAL),
        ]

    def test(self, result: str) -> None:
        (sampled,) = self.world.do(self.stall, event("sample", self.sausage))
        after = (AfterRef(sampled.index, sampled.hash),)
        extra = {"suyuan:result": result}
        self.world.do(self.laboratory, event("test", self.sausage, extra=extra), after=after)
        self.world.ledger.followers.catch_up()

    def recall(self) -> None:
        """Its sausage is tested, its pork recalled, and a price erased."""
        self.test("合格")
        order(self.world, self.world.authority, self.pork)
        erase(self.world, self.farm, self.price[0].index, self.price[1])
        self.world.ledger.followers.catch_up()


def apps(street, monkeypatch):
    """A client of an app that keeps pages, and of one that keeps none; of cookies as given."""
    clients = []
    for megabytes in ("64", "0"):
        monkeypatch.setenv("SUYUAN_PAGE_CACHE_MB", megabytes)
        app = client_of(street.world.ledger).application
        clients.append(app.test_client(use_cookies=False))
    return clients


def hits() -> int:
    """How many pages were answered from what is kept, by this process."""
    return int(measured().pages.labels("hit")._value.get())


def text(answer) -> str:
    data = answer.data
    if answer.headers.get("Content-Encoding") == "gzip":
        data = gzip.decompress(data)
    reference = r"(请告知编号 |if you ask: )[0-9a-f]{12}\b"  # to the log, in both languages
    return re.sub(reference, r"\1", data.decode().strip())


def same(both, path: str, headers=ENGLISH) -> bool:
    """Both apps give the same; whether the first had it already."""
    kept, plain = both
    before = hits()
    more = {"headers": headers, "base_url": "https://trace.food.example"}
    answers = [kept.get(path, headers=headers), plain.get(path, **more)]
    assert answers[0].status_code == answers[1].status_code
    assert text(answers[0]) == text(answers[1])
    for name in ("Content-Type", "Content-Security-Policy", "Referrer-Policy", "Cache-Control"):
        assert answers[0].headers.get(name) == answers[1].headers.get(name)
    assert set(answers[1].vary) <= set(answers[0].vary)
    return hits() > before
