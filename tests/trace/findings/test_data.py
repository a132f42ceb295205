"""The rules on real data: what other people's files show, and a city with nothing wrong."""

from datetime import date
from pathlib import Path

import pytest
from support.ledger.world import SHARED, World
from support.lineage.plausibility import assert_same_facts

from suyuan.trace.cli.demo import city
from suyuan.trace.findings.rule import ItemFinding
from suyuan.trace.format.epcis.json_reading import EpcisError
from suyuan.trace.format.link import parse
from suyuan.trace.ledger.ledger import Ledger
from suyuan.trace.recording.imports import epcis_import
from suyuan.trace.store.read.lineage_reader import Lineage

CHAINS = SHARED / "opentraceability"
PRODUCT = "urn:gdst:example.org:product:lot:class:"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")


def findings_of(world: World, file: Path) -> list[ItemFinding] | None:
    """What is doubted after an import; None where the file is refused."""
    gateway = world.party("导入网关", "gateway")
    try:
        epcis_import.run(world.ledger, gateway.pen, file.read_bytes())
    except EpcisError:
        return None
    with world.caught_up() as reader:
        found = Lineage(reader).findings()
    for finding in found:
        assert_same_facts(finding.message)
    return found


def in_file(world: World, finding: ItemFinding) -> tuple[str, tuple[str, ...]]:
    """Rule, and the steps of its evidence with the amounts of the item."""
    found = []
    with world.ledger.reading() as reader:
        for event in Lineage(reader).story(finding.subject).events:
            if event.leaf in finding.evidence:
                amount = None if event.quantity is None else int(event.quantity.value)
                found.append(f"{event.step} {amount}")
    return finding.rule, tuple(found)


@needs_shared
def test_the_traceback_file_has_a_lot_overdrawn_and_feed_used_too_early(small: World) -> None:
    found = {d.subject: d for d in findings_of(small, CHAINS / "traceback_tests.jsonld") or ()}
    fish, feed = f"{PRODUCT}fisherman01.tunau.v1-0122-2022", f"{PRODUCT}feedmill.1u.ff11252021"
    assert {(d.rule, d.subject) for d in found.values()} == {("overdrawn", fish), ("early", feed)}
    said = str(found[fish].message)
    assert "10000 kg went out" in said and "124 kg too much" in said
    assert in_file(small, found[fish])[1] == (
        "receiving 9876",
        "urn:gdst:bizStep:commingling 10000",
    )
    assert in_file(small, found[feed])[1] == (
        "urn:gdst:bizStep:farmHarvest 10000",
        "receiving 10000",
    )
    with small.ledger.reading() as reader:
        reused = [str(message) for rule, _, _, message in reader.findings() if rule == "event-id"]
    assert len(reused) == 3 == len({reason.split()[1] for reason in reused})


@needs_shared
@pytest.mark.parametrize(
    ("file", "expected"),
    [
        # 5,000 kg come out of the making, and are packed twice.
        ("EPCISQueryDocument.GDST.jsonld", ["overdrawn"]),
        ("gdst_data_withmasterdata.jsonld", ["overdrawn", "overdrawn"]),
        ("farm_harvest_event_object.jsonld", []),
        ("gdst_event_missing_product_owner.jsonld", []),
        ("gdst_fishing_event_invalid.jsonld", []),
        ("gdst_processing_missing_lot_number.jsonld", []),
    ],
)
def test_other_chains_of_the_folder(small: World, file: str, expected: list[str]) -> None:
    found = findings_of(small, CHAINS / file)
    assert found is not None and [finding.rule for finding in found] == expected


def examples() -> list[Path]:
    folders = ("gs1-epcis/examples", "openepcis", "hash-vectors", "opentraceability")
    return sorted(
        file
        for folder in folders
        for file in (SHARED / folder).rglob("*")
        if file.suffix in (".jsonld", ".json")
    )


@needs_shared
@pytest.mark.slow
def test_every_example_goes_through_without_an_exception(tmp_path: Path) -> None:
    world = World(tmp_path / "home")
    gateway = world.party("导入网关", "gateway")
    taken = 0
    for file in examples():
        try:
            epcis_import.run(world.ledger, gateway.pen, file.read_bytes())
        except EpcisError:
            continue
        taken += 1
        world.ledger.followers.catch_up()
    assert taken > 40
    with world.ledger.reading() as reader:
        found = Lineage(reader).findings()
    assert all(finding.evidence == tuple(sorted(set(finding.evidence))) for finding in found)
    assert all(finding.leaf in finding.evidence for finding in found)
    for finding in found:
        assert_same_facts(finding.message)
    world.ledger.close()


@pytest.mark.slow
@pytest.mark.parametrize("today", [date(2026, 11, 24), date(2027, 2, 15)])
def test_nothing_is_doubted_falsely_in_the_city(tmp_path: Path, today: date) -> None:
    ledger = city.build(tmp_path / "city", seed="suyuan", today=today)
    ledger.followers.catch_up()
    with ledger.reading() as reader:
        lineage = Lineage(reader)
        found = [finding for finding in lineage.findings() if finding.rule != "purchase"]
        # Shrimps that came too warm, and were refused for it; else nothing.
        assert [finding.rule for finding in found] == ["cold-chain"]
        story = lineage.story(found[0].subject)
        refused = next(event for event in story.events if event.leaf == found[0].leaf)
        assert refused.step == "urn:suyuan:step:refuse" and "12.4" in str(found[0].message)
        # Purchases that lack what the measures ask for are told as such, and nothing else.
        for finding in (one for one in lineage.findings() if one.rule == "purchase"):
            bought = ledger_event(ledger, finding.leaf)
            assert "suyuan:supplier" in bought and "suyuan:proof" not in bought
    ledger.close()


def ledger_event(ledger: Ledger, leaf: int) -> dict:
    """The event at a leaf."""
    with ledger.reading() as reader:
        stored = reader.link(leaf)
    assert stored is not None
    event = parse(stored.entry).event
    assert event is not None
    return event
