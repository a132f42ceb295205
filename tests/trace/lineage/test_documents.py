"""Other people's EPCIS documents, imported whole: every question about every item is answered."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from support.ledger.world import SHARED, World
from support.lineage.lineage_hard import everything
from support.lineage.lineage_networks import compare, rows

from suyuan.keys.errors import CanonicalError
from suyuan.trace.admission.link_builder import Draft
from suyuan.trace.format.epcis.json_reading import EpcisError
from suyuan.trace.format.identifiers.items import item_set
from suyuan.trace.format.link import parse
from suyuan.trace.format.rules import Refused
from suyuan.trace.recording.bulk import SourceFile
from suyuan.trace.recording.imports import epcis_import
from suyuan.trace.store.read.lineage_reader import Lineage

FOLDERS = ("opentraceability", "gs1-epcis/examples", "openepcis/documents", "openepcis/query")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here"),
]


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
