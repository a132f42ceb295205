"""Parties of plausibility's tests, by their own clock."""

import pytest
from support.ledger.world import Actor, World
from support.lineage.plausibility import harvest, party


@pytest.fixture
def farm(small: World) -> Actor:
    """A producer."""
    return party(small, "producer")


@pytest.fixture
def stall(small: World) -> Actor:
    """A stall."""
    return party(small, "stall")


@pytest.fixture
def lot(small: World, farm: Actor) -> str:
    """A lot of 100 kg, which the farm has harvested."""
    lot = small.new_lot()
    harvest(small, farm, lot, 100)
    return lot
