"""Columns that hold what they cannot: the page says that something is wrong, and is there."""

import sqlite3
from contextlib import closing

import pytest
from support.ledger.world import World, event

from suyuan.trace.format.identifiers import codes
from suyuan.web.factory import create_app

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
def test_the_page_is_there_and_does_not_say_verified(small: World, change: str) -> None:
    farm = small.party("青山农场", "producer")
    lot = small.new_lot()
    small.code(farm, lot)
    small.do(farm, event("count", lot, "90"))
    small.ledger.followers.catch_up()
    client = create_app(small.home, ledger=small.ledger).test_client()
    path = f"/t/{codes.of_chain(lot, farm.uri)}?lang=en"
    good = client.get(path)
    assert good.status_code == 200 and "<h1>Verified</h1>" in good.get_data(as_text=True)
    with closing(sqlite3.connect(small.home / "suyuan.db")) as db, db:
        db.execute("DROP TRIGGER link_no_update")
        db.execute(change)
    page = client.get(path)
    assert page.status_code == 200
    assert "<h1>Verified</h1>" not in page.get_data(as_text=True)
