"""Makings and packings for histories."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from support.ledger.world import Actor, World, event

from suyuan.trace.format import steps
from suyuan.trace.format.steps import Portion
from suyuan.trace.goods import history
from suyuan.trace.goods.history import History

CRATE = "https://id.gs1.org/00/006141411234567890"
PALLET = "https://id.gs1.org/00/006141411234567906"


def part(lot: str, kilos: str = "30") -> Portion:
    return Portion(lot, Decimal(kilos), "KGM")


def packing(step: str, box: str, *lots: str) -> dict:
    when = datetime.now(UTC) - timedelta(minutes=1)  # as `event` has it
    return steps.event(step, when, [part(lot) for lot in lots], parent=box)


def making(lot: str, *inputs: str, step: str = "make") -> dict:
    return event(step, lot, "20", inputs=[part(item) for item in inputs])


def whole(world: World, item: str) -> History:
    """An item's whole history."""
    with world.ledger.reading() as reader:
        return history.whole(reader, world.trust.genesis, item)


def path(world: World, item: str, holder: Actor) -> History:
    """The history of one holder's goods."""
    with world.ledger.reading() as reader:
        return history.path(reader, world.trust.genesis, item, holder.uri)


def common(world: World, item: str) -> History:
    """The common history of an item's holders."""
    with world.ledger.reading() as reader:
        return history.common(reader, world.trust.genesis, item)


def newest(world: World) -> int:
    """The index of the newest link."""
    with world.ledger.reading() as reader:
        return reader.size() - 1
