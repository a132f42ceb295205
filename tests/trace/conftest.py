"""People and goods that many tests begin with."""

import pytest
from support.ledger.world import Actor, World


@pytest.fixture
def farm(world: World) -> Actor:
    """A producer."""
    return world.party("青山农场", "producer")


@pytest.fixture
def stall(world: World) -> Actor:
    """A stall."""
    return world.party("A 区 12 号")


@pytest.fixture
def lot(world: World, farm: Actor) -> str:
    """A lot that the farm has coded."""
    lot = world.new_lot()
    world.code(farm, lot)
    return lot
