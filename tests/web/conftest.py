"""A small ledger's front-end, its people, and the ledger of the vectors."""

import time
from types import SimpleNamespace

import pytest
from support.web.client import client_of, mini_ledger
from support.web.town import town


@pytest.fixture
def client(small):
    """A client of the front-end of a small ledger."""
    return client_of(small.ledger)


@pytest.fixture
def farm(small):
    """A producer."""
    return small.party("青山农场", "producer")


@pytest.fixture
def stall(small):
    """A stall."""
    return small.party("A 区 12 号")


@pytest.fixture
def sold(small):
    """A lot from a farm to a stall, 30 kg of 100: the lot, the farm, the stall."""
    return small.sold()


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    """The whole ledger of the vectors, to which nothing more is appended."""
    made = mini_ledger(tmp_path_factory.mktemp("mini") / "home")
    yield made
    made.close()


@pytest.fixture(scope="module")
def mini_client(mini):
    """A client of the ledger of the vectors."""
    return client_of(mini)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A town in which everything that the pages show has happened."""
    found = town(tmp_path_factory.mktemp("town"))
    yield found
    found.close()


@pytest.fixture
def desk(request, small):
    """An office at work, as its module has it under `Desk`."""
    return request.module.Desk(small)


@pytest.fixture
def one_minute(monkeypatch):
    """However long a test takes, all that it asks counts as asked within the same minute."""
    now = time.time() // 60 * 60 + 30
    standing = SimpleNamespace(time=lambda: now)
    monkeypatch.setattr("limits.storage.memory.time", standing)
    monkeypatch.setattr("limits.strategies.time", standing)
