"""The page of the catalogue of food, which everybody may read."""

from support.ledger.world import World
from support.web.client import client_of, english


def test_everybody_reads_what_a_category_needs_by_which_law_since_when(small: World) -> None:
    client = client_of(small.ledger, None)
    page = english(client, "/catalogue")
    vegetables = page[page.index('id="vegetables"') : page.index('id="fruit"')]
    for part in ("promise of conformity", "Producer", "dispatch", "MARA Order 4", "2026-02-01"):
        assert part in vegetables, part
    chinese = client.get("/catalogue?lang=zh").text
    assert "承诺达标合格证" in chinese and "大米" in chinese
