"""A real chain, hatchery and vessel to pallet, walked back from its last lot."""

from collections import Counter

import pytest
from support.ledger.world import SHARED, World

from suyuan.trace.format.link import parse
from suyuan.trace.recording.imports import epcis_import
from suyuan.trace.store.read.lineage_reader import Lineage

TRACEBACK = SHARED / "opentraceability" / "traceback_tests.jsonld"
LOT = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022"
pytestmark = pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(tmp_path_factory.mktemp("chain") / "home")
    gateway = world.party("导入网关", "gateway")
    epcis_import.run(world.ledger, gateway.pen, TRACEBACK.read_bytes())
    world.ledger.followers.catch_up()
    return world


def names(world: World, *, forward: bool, start: str) -> Counter[str]:
    """How often each eventID stands among the events of a trace."""
    with world.ledger.reading() as reader:
        lineage = Lineage(reader)
        graph = lineage.graph([start], forward=forward)
        leaves = lineage.events_about(graph)
        assert len(leaves) == len(set(leaves))
        events = [parse(reader.link(leaf).entry).event for leaf in leaves]
    return Counter(str(event["eventID"]) for event in events)


def test_walking_back_gives_every_event_and_the_five_that_a_de_duplication_would_lose(
    chain: World,
) -> None:
    found = names(chain, forward=False, start=LOT)
    assert len(found) == 16
    assert found.total() == 21
    assert sorted(count for count in found.values() if count > 1) == [2, 3, 3]


def test_walking_back_stops_at_the_sources(chain: World) -> None:
    with chain.ledger.reading() as reader:
        reached = Lineage(reader).reach([LOT], forward=False)
    sources = {"feedmill.1u.ff11252021", "fisherman01.tunau.v1-0122-2022"}
    for name in sources:
        assert any(item.endswith(name) for item in reached), name


def test_walking_forward_from_a_source_comes_to_the_last_lot(chain: World) -> None:
    with chain.ledger.reading() as reader:
        lineage = Lineage(reader)
        back = lineage.reach([LOT], forward=False)
        for source in back:
            assert LOT in lineage.reach([source], forward=True)
