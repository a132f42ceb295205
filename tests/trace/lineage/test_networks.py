"""Lineage, holdings, stays, shipments and mass balance of supply networks made by chance.

And of other people's EPCIS documents, imported whole. What the product keeps up to date item by
item is compared with a plain reference that computes it anew from the links alone.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.ledger.lengths import length
from support.ledger.world import SHARED, World
from support.lineage.lineage_hard import everything
from support.lineage.lineage_networks import compare, rows
from support.lineage.networks import Network

from suyuan.keys.errors import CanonicalError
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.epcis.json_reading import EpcisError
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.link import parse
from suyuan.trace.format.rules import Refused
from suyuan.trace.recall.accounts import Entry, accounting
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.recording.imports import epcis_import
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


FOLDERS = ("opentraceability", "gs1-epcis/examples", "openepcis/documents", "openepcis/query")


def documents() -> list[Path]:
    """All EPCIS documents of the shared data, and those for event hashes."""
    found = [path for folder in FOLDERS for path in sorted((SHARED / folder).glob("*.json*"))]
    return found + sorted((SHARED / "hash-vectors").glob("*.jsonld"))


def events_of(data: bytes) -> list[dict]:
    """The events of a document that is no good EPCIS, as far as it is JSON."""
    try:
        body = json.loads(data.decode("utf-8-sig"))["epcisBody"]
    except (ValueError, KeyError, TypeError):
        return []
    found = body.get("eventList") or body.get("queryResults", {}).get("resultsBody", {}).get(
        "eventList", []
    )
    return [event for event in found if isinstance(event, dict)]


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All of them in one ledger, so that what they share meets."""
    if not SHARED.exists():
        pytest.skip("../shared/data is not here")
    world = World(tmp_path_factory.mktemp("documents") / "home")
    gateway = world.party("导入网关", "gateway")
    for path in documents():
        data = path.read_bytes()
        try:
            epcis_import.run(world.ledger, gateway.pen, data)
        except EpcisError:  # the ledger itself asks less of an event
            document = SourceFile.of(data, "application/ld+json", "received").member
            for event in events_of(data):
                with suppress(Refused, CanonicalError):
                    world.ledger.write(gateway.pen, [Draft(event=event, document=document)])
    world.ledger.followers.catch_up()
    yield world
    world.ledger.close()


def items_of(world: World) -> list[str]:
    with world.ledger.reading() as reader:
        links = [parse(stored.entry) for stored in reader.links()]
    return sorted({item for link in links if link.event for item in item_set(link.event)})


def test_every_question_about_every_item_is_answered(imported: World) -> None:
    items = items_of(imported)
    assert len(items) > 60
    with imported.ledger.reading() as reader:
        lineage = Lineage(reader)
        everything(lineage, *items)
        for item in items:
            for place in {account.holder for account in lineage.story(item).accounts}:
                lineage.stock_of(place)


def test_every_document_gives_what_the_reference_says(imported: World) -> None:
    compare(imported)


def test_a_rebuild_gives_the_same_rows(imported: World) -> None:
    before = rows(imported)
    imported.ledger.followers.rebuild("events")
    assert rows(imported) == before
    assert before["used"] and before["made"] and before["containment"] and before["holding"]
