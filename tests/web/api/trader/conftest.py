"""Whoever registers and sells here: a farm that is signed in."""

import pytest
from support.web.client import client_of


@pytest.fixture
def client(small, farm):
    """A client that the farm has signed in with."""
    return client_of(small.ledger, farm)
