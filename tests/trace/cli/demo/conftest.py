"""The demo city, built once."""

import pytest
from support.ledger.demo_city import City


@pytest.fixture(scope="session")
def told(tmp_path_factory):
    made = City(tmp_path_factory.mktemp("demo") / "home")
    yield made
    made.ledger.close()
