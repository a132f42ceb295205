"""Fills a ledger with lineage."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.ledger.world import World, event
from support.watch.audits import audit

from suyuan.trace.format import steps
from suyuan.trace.format.link import AfterRef
from suyuan.trace.format.steps import Portion

PALLET = "https://id.gs1.org/00/069000010000000010"


def kilos(lot: str, amount: str) -> Portion:
    return Portion(lot, Decimal(amount), "KGM")


def fill(world: World) -> None:
    """One row or more in every table: sent, packed, made, declared an error, overdrawn."""
    farm, shop = world.party("青山农场", "producer"), world.party("和顺食品", "processor")
    pork, spice, sausage = (world.new_lot() for _ in range(3))
    now = datetime.now(UTC) - timedelta(minutes=1)
    world.code(farm, pork)
    world.code(farm, spice, "5")
    got = world.hand_over(farm, shop, pork, "60")
    assert got.index
    world.hand_over(farm, shop, spice, "40")
    wrong = event("loss", pork, "1", extra={"suyuan:reason": "滴水"})
    world.do(farm, wrong)
    made = steps.event(
        "make", now, [kilos(sausage, "61")], inputs=[kilos(pork, "60"), kilos(spice, "2")]
    )
    world.do(shop, made)
    declared = {"declarationTime": now.isoformat(), "reason": "did_not_occur"}
    world.do(farm, wrong | {"errorDeclaration": declared})
    world.do(shop, steps.event("pack", now, [kilos(sausage, "20")], parent=PALLET))
    sent = steps.event("dispatch", now, [Portion(PALLET)], sender=shop.uri, recipient=farm.uri)
    world.do(shop, sent)
    over = event("dispatch", sausage, "50", sender=shop.uri, recipient=farm.uri)
    (last,) = world.do(shop, over)
    refused = event("refuse", sausage, "50", extra={"suyuan:reason": "多于订货"})
    world.do(farm, refused, after=(AfterRef(last.index, last.hash),))
    world.ledger.followers.catch_up()


def wrong(world: World) -> bool:
    """Whether the audits, which agree, find anything."""
    return bool(audit(world.ledger).findings)
