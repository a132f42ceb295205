"""Lineages for tests: a gift box's, and networks drawn at random."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

from support.ledger.world import Actor, World, days_ago

from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.quantities import Quantity
from suyuan.trace.format.steps import Portion
from suyuan.trace.lineage.drawing.lineage_view import Direction, View
from suyuan.trace.lineage.model import Edge, Graph, Lot, Making, Stay, Stock

WHEN = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
PALLET = "https://id.gs1.org/00/069012345678901236"
HOUR = 3_600_000_000
WHEN_MICROS = 1_763_990_000_000_000


def lot_uri(number: int) -> str:
    return f"https://trace.food.example/t/{number:016d}"


def network(count: int, seed: int = 1, *, is_tangled: bool = False, boxes: int = 0) -> View:
    """So many lots in layers, with makings between them; tangled ones have cycles too."""
    rng = random.Random(seed)
    items = [lot_uri(number) for number in range(count)]
    layers: list[list[str]] = []
    rest = list(items)
    while rest:
        most = min(60, 1 + round(len(layers[-1]) * rng.uniform(1.5, 3))) if layers else 1
        layers.append(rest[:most])
        rest = rest[most:]
    depth = {item: at for at, layer in enumerate(layers) for item in layer}
    makings: dict[int, Making] = {}
    edges: list[Edge] = []
    for before, layer in pairwise(layers):
        rest = list(layer)
        while rest:
            used = rng.sample(before, min(len(before), rng.choice((1, 1, 1, 2, 3))))
            made, rest = rest[:4], rest[4:]
            if is_tangled:
                used += rng.sample(items, 2)
                made = sorted({*made, *rng.sample(items, 1)})
            leaf = 1_000 + len(makings)
            step = f"urn:suyuan:step:{rng.choice(('make', 'mix', 'cut'))}"
            makings[leaf] = Making(leaf, step, f"urn:uscc:{leaf % 5}", WHEN_MICROS + leaf * HOUR)
            for is_output, parts in ((False, dict.fromkeys(used)), (True, dict.fromkeys(made))):
                for item in parts:
                    amount = Quantity(rng.randint(1, 9_999) * 100_000, "kg")
                    edges.append(Edge(item, leaf, is_output, amount))
    containers = [f"https://id.gs1.org/00/{number:018d}" for number in range(boxes)]
    stays = [
        Stay(item, box, WHEN_MICROS, 5_000, None, None, Quantity(1_000_000, "1"))
        for box in containers
        for item in rng.sample(items, min(count, 3))
    ]
    graph = Graph(
        (items[0],) if items else (), True, 4711, depth, makings, tuple(edges), tuple(stays), False
    )
    return view_of(
        graph,
        lots={
            item: Lot(item, 1, f"上海青 {at}", None, None, None) for at, item in enumerate(items)
        },
        names={f"urn:uscc:{at}": f"鹭岛闽安生猪定点屠宰有限公司第{at}分厂" for at in range(5)},
        stock={
            item: tuple(
                Stock(item, f"urn:uscc:{at}", False, False, None, Quantity(at, "kg"))
                for at in range(rng.randint(0, 5))
            )
            for item in items
        },
    )


def view_of(graph: Graph, **more) -> View:
    more.setdefault("codes", {item: item[-16:] for item in graph.depth})
    return View(graph, Direction.FORWARD, WHEN, SHANGHAI, None, "trace.food.example/log", **more)


@dataclass(frozen=True)
class GiftBox:
    """Pork and spice become sausage, that becomes a gift box; a pallet of it goes to a stall."""

    world: World
    maker: Actor
    stall: Actor
    pork: str
    spice: str
    sausage: str
    gift: str


def make(
    world: World, maker: Actor, inputs: dict[str, str], outputs: dict[str, str], minute: int
) -> int:
    """A making of kilos by lot; its leaf."""
    parts = [
        [Portion(lot, Decimal(kilos), "KGM") for lot, kilos in side.items()]
        for side in (outputs, inputs)
    ]
    (receipt,) = world.do(maker, steps.event("make", at(minute), parts[0], inputs=parts[1]))
    return receipt.index


def at(minute: int) -> datetime:
    """The time `minutes` after two hours ago."""
    return datetime.now(UTC) - timedelta(hours=2) + timedelta(minutes=minute)


def gift_box(world: World) -> GiftBox:
    """Its makings in a ledger, with its followers brought up."""
    maker, stall = world.party("同安香肠厂", "processor"), world.party("湖心市场 D03 摊")
    pork, spice, sausage, gift = (world.new_lot() for _ in range(4))
    for lot, name, kilos in ((pork, "猪肉", 100), (spice, "香料", 10)):
        coding = steps.coding(name, days_ago(1), 5, "350212")
        portion = Portion(lot, Decimal(kilos), "KGM")
        world.do(maker, steps.event("code", at(0), [portion], extra=coding))
    make(world, maker, {pork: "80", spice: "5"}, {sausage: "70"}, 10)
    make(world, maker, {sausage: "20"}, {gift: "20"}, 20)
    packing = steps.event("pack", at(30), [Portion(sausage, Decimal(30), "KGM")], parent=PALLET)
    pallet = [Portion(PALLET, None, None)]
    world.do(maker, packing)
    (sent,) = world.do(
        maker, steps.event("dispatch", at(40), pallet, sender=maker.uri, recipient=stall.uri)
    )
    world.do(
        stall, steps.event("receive", at(50), pallet), after=(AfterRef(sent.index, sent.hash),)
    )
    world.ledger.followers.catch_up()
    return GiftBox(world, maker, stall, pork, spice, sausage, gift)
