"""Parties of plausibility's tests, by their own clock."""

import pytest
from support.ledger.world import Actor, World
from support.lineage.plausibility import party


@pytest.fixture
def farm(small: World) -> Actor:
    """A producer."""
    return party(small, "producer")


@pytest.fixture
def stall(small: World) -> Actor:
    """A stall."""
    return party(small, "stall")
