"""A ledger that is large enough to be worth verifying, made quickly."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from support.ledger.world import World

from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format import steps
from suyuan.trace.ledger.ledger import Ledger

ARRAY = 1_000


def grown(home: Path, size: int, array: int = ARRAY) -> Ledger:
    """A ledger of `size` links on SQLite: a farm that codes the same lot over and over."""
    world = World(home)
    farm = world.party("勤快的农场", "producer")
    grow(world, farm, size, array)
    return world.ledger


def grow(world, stall, size: int, array: int = ARRAY) -> None:
    """Bring a world's ledger to `size` links, in transactions of at most `array`."""
    with world.ledger.reading() as reader:
        have = reader.size()
    lot = "https://trace.food.example/t/1Q4T9ZC2KM8W0RB3"
    when = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    while have < size:
        count = min(array, size - have)
        drafts = [
            Draft(event=steps.event("code", when, [steps.Portion(lot, Decimal(have + n), "KGM")]))
            for n in range(count)
        ]
        world.ledger.write(stall.pen, drafts)
        have += count
