"""People and goods that many tests begin with."""

import pytest


@pytest.fixture
def farm(world):
    """A producer."""
    return world.party("青山农场", "producer")


@pytest.fixture
def stall(world):
    """A stall."""
    return world.party("A 区 12 号")


@pytest.fixture
def lot(world, farm):
    """A lot that the farm has coded."""
    lot = world.new_lot()
    world.code(farm, lot)
    return lot
