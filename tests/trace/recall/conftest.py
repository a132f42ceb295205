"""Cities of a recall, on either database and on a small one."""

import pytest
from support.goods.recall_city import City
from support.ledger.world import World


@pytest.fixture
def city(world: World) -> City:
    return City(world)


@pytest.fixture
def town(small: World) -> City:
    return City(small)
