"""Columns that hold what they cannot: the page says that something is wrong, and is there."""

import sqlite3
from contextlib import closing

import pytest
from support.ledger.world import event
from support.web.client import english, page_of

pytestmark = pytest.mark.slow

CHANGES = [
    "UPDATE party SET roles = 'x'",
    "UPDATE party SET earlier = '[[1]]', gone = 0",
    "UPDATE key SET spki = 'text'",
    "UPDATE key SET revoked = 'noon'",
    "UPDATE party SET admitted = 'noon'",
    "UPDATE link SET entry = 7",
    "UPDATE link SET hash = 'x'",
    "DELETE FROM chain",
    "UPDATE chain SET seq = 0 WHERE seq > 0",  # hides the newest links
    "UPDATE chain SET head = zeroblob(32) WHERE seq > 0",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_page_is_there_and_does_not_say_verified(small, client, farm, change):
    lot = small.coded_lot(farm)
    small.do(farm, event("count", lot, "90"))
    small.ledger.followers.catch_up()
    path = page_of(lot, farm.uri)
    assert "<h1>Verified</h1>" in english(client, path)
    with closing(sqlite3.connect(small.home / "suyuan.db")) as db, db:
        db.execute("DROP TRIGGER link_no_update")
        db.execute(change)
    assert "<h1>Verified</h1>" not in english(client, path)
