"""Lineage, holdings, stays, shipments and mass balance of supply networks made by chance.

What the product keeps up to date item by item is compared with a plain reference that computes it
anew from the links alone.
"""

import pytest
from support.ledger.lengths import length
from support.ledger.world import World
from support.lineage.lineage_networks import compare, rows
from support.lineage.networks import Network

from suyuan.trace.recall.accounts import Entry, accounting
from suyuan.trace.store.projections import followers
from suyuan.trace.store.read.lineage_reader import Lineage

pytestmark = pytest.mark.slow


def test_batches_of_any_size_and_a_rebuild_give_the_same_rows(small, monkeypatch):
    network = Network(small, 4)
    for _ in range(4):
        network.run(12)
        small.ledger.followers.catch_up()  # as the links come
    as_they_came = rows(small)
    for size in (1000, 7, 1):
        monkeypatch.setattr(followers, "BATCH", size)
        small.ledger.followers.rebuild("lineage")
        assert rows(small) == as_they_came
    small.ledger.followers.rebuild("events")  # and what is made of it
    assert rows(small) == as_they_came


def test_in_an_orderly_network_nothing_appears_and_nothing_vanishes(small):
    """What came in of each lot is somewhere, or went somewhere."""
    Network(small, 300, parties=8, is_orderly=True).run(length(400, 900))
    expected = compare(small)
    with small.ledger.reading() as reader:
        lineage = Lineage(reader)
        lots = [item for item in expected.items if not expected.is_piece(item)]
        for lot in lots:
            found = accounting(lineage.story(lot))
            assert found.is_known
            assert found.missing == found.of(Entry.DIFFERENCE) == found.of(Entry.OVERDRAWN) == 0
    assert lots


@pytest.mark.parametrize("seed", range(100, length(105, 112)))
def test_a_network_is_what_the_reference_says_at_every_point(small: World, seed: int) -> None:
    network = Network(small, seed, parties=5 + seed % 6)
    for _ in range(8):
        network.run(network.random.choice((1, 7, 13, 30)))
        compare(small)
    as_they_came = rows(small)
    small.ledger.followers.rebuild("events")
    assert rows(small) == as_they_came


def test_a_network_of_hundreds_of_lots_is_what_the_reference_says(small: World) -> None:
    network = Network(small, 200, parties=10)
    for _ in range(length(1, 3)):
        network.run(400)
        expected = compare(small)
    least = length(50, 250)
    assert network.lots > length(90, 300)
    assert len(expected.lines) > least and len(expected.stays) > least


@pytest.mark.parametrize("seed", [400, 401])
def test_both_databases_say_the_same(world: World, seed: int) -> None:
    Network(world, seed).run(150)
    compare(world)
