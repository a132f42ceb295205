"""Importing EPCIS documents: real ones whole, bad ones not at all."""

import json

import pytest
from support.goods.epcis import document_of
from support.ledger.world import SHARED
from support.watch.audits import audit

from suyuan.keys import canonical
from suyuan.trace.format.epcis.json_reading import EpcisError
from suyuan.trace.format.identifiers.items import item_set, named
from suyuan.trace.format.link import MAX_ENTRY, parse
from suyuan.trace.goods import history
from suyuan.trace.recording.bulk import finished
from suyuan.trace.recording.imports import epcis_import

pytestmark = pytest.mark.slow

TRACEBACK = SHARED / "opentraceability" / "traceback_tests.jsonld"
FINAL_LOT = "urn:gdst:example.org:product:lot:class:processor.2u.v1-0122-2022"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared/data is not here")


@pytest.fixture
def gateway(world):
    return world.party("导入网关", "gateway")


@pytest.fixture
def gate(small):
    return small.party("导入网关", "gateway")


def imported(world, gateway, data):
    report = epcis_import.run(world.ledger, gateway.pen, data)
    world.ledger.followers.catch_up()
    return report


def received(world):
    with world.ledger.reading() as reader:
        links = [parse(stored.entry) for stored in reader.links()]
    return [link.event for link in links if link.is_received and link.event is not None]


@needs_shared
def test_all_21_events_are_there_and_every_lot_verifies(world, gateway):
    data = TRACEBACK.read_bytes()
    report = imported(world, gateway, data)
    assert (report.events, report.links, report.repeated) == (21, 21, 0)
    assert len(report.reused) == 3
    stored = received(world)
    document = json.loads(data.decode("utf-8-sig"))
    for event in document["epcisBody"]["eventList"]:  # each as it was, but for its context
        assert any({k: v for k, v in kept.items() if k != "@context"} == event for kept in stored)
    lots = {item for event in stored for item in item_set(event)}
    assert FINAL_LOT in lots and len(lots) == len({n for e in stored for _, n in named(e)}) > 6
    with world.ledger.reading() as reader:
        for lot in lots:
            found = history.whole(reader, world.trust.genesis, lot)
            assert found.is_good and found.links
        walk = history.whole(reader, world.trust.genesis, FINAL_LOT)
        assert reader.name("urn:gdst:example.org:product:class:processor.2u") == "Can of Tuna"
    assert len(walk.links) == 16
    assert audit(world.ledger).findings == []


@needs_shared
def test_reused_event_ids_are_reported_by_the_audit_and_dropped_nowhere(small, gate, tmp_path):
    imported(small, gate, TRACEBACK.read_bytes())
    notices = [n for n in audit(small.ledger).notices if n.rule == "event-id"]
    assert len(notices) == len({n.reason.split()[1] for n in notices}) == 3
    assert len(received(small)) == 21


@needs_shared
def test_a_file_imported_before_is_answered_with_what_is_there(world, gateway):
    data = TRACEBACK.read_bytes()
    imported(world, gateway, data)
    with world.ledger.reading() as reader:
        size = reader.size()
    again = imported(world, gateway, data)
    assert again.done is not None and again.done.was_there and again.links == 21
    with world.ledger.reading() as reader:
        assert reader.size() == size


DOCUMENTS = sorted(
    [
        *(SHARED / "gs1-epcis" / "examples").glob("*"),
        *(SHARED / "openepcis" / "documents").glob("*"),
    ]
)


@needs_shared
def test_every_valid_document_imports_or_is_refused_with_its_reason(small, gate):
    """The reasons themselves are shown true beside the models' tests."""
    refused = {}
    for path in DOCUMENTS:
        before = _size(small)
        try:
            report = imported(small, gate, path.read_bytes())
        except EpcisError as error:
            refused[path.name] = str(error)
            assert _size(small) == before
        else:
            assert report.links >= report.events - report.repeated
            assert (report.done is None) == (report.links == 0)
    assert set(refused) == {"CurieString_document.json"}
    assert "my_own_party" in refused["CurieString_document.json"]
    assert audit(small.ledger).findings == []


BAD = sorted(
    [
        *(SHARED / "openepcis" / "invalid").glob("*"),
        SHARED / "opentraceability" / "EPCISQueryDocument_malformed.jsonld",
        SHARED / "opentraceability" / "beef-leather_events.jsonld",
    ]
)


@needs_shared
@pytest.mark.parametrize("path", BAD, ids=[path.name for path in BAD])
def test_a_bad_document_is_refused_and_nothing_is_written(small, gate, path):
    before = _size(small)
    with pytest.raises(EpcisError) as caught:
        imported(small, gate, path.read_bytes())
    assert str(caught.value)
    assert _size(small) == before


def _size(world):
    with world.ledger.reading() as reader:
        return reader.size()


def observed(event_id, when="2026-11-01T08:00:00Z", **more):
    return {
        "type": "ObjectEvent",
        "eventID": event_id,
        "eventTime": when,
        "eventTimeZoneOffset": "+08:00",
        "action": "OBSERVE",
        "bizStep": "storing",
        "epcList": ["urn:epc:id:sgtin:6901234.056789.7"],
        **more,
    }


def test_events_are_put_in_order_by_time_and_then_by_content(small, gate):
    late = observed("urn:uuid:1", "2026-11-02T08:00:00Z")
    early = observed("urn:uuid:2", "2026-11-02T08:30:00+01:00")
    imported(small, gate, document_of(late, early))
    assert [event["eventID"] for event in received(small)] == ["urn:uuid:2", "urn:uuid:1"]


def test_an_error_declaration_is_no_reuse_and_a_word_for_word_repeat_is_one_event(small, gate):
    wrong = observed("urn:uuid:1")
    declared = wrong | {
        "errorDeclaration": {"declarationTime": "2026-11-03T08:00:00Z", "reason": "did_not_occur"}
    }
    report = imported(small, gate, document_of(wrong, declared, wrong))
    assert (report.reused, report.repeated, report.links) == ([], 1, 2)
    assert [n for n in audit(small.ledger).notices if n.rule == "event-id"] == []
    other = imported(small, gate, document_of(wrong, observed("urn:uuid:9")))
    assert (other.repeated, other.links) == (1, 1)


def test_an_event_beyond_a_link_goes_by_reference_in_runs_of_150(small, gate):
    epcs = [f"urn:epc:id:sgtin:6901234.056789.{n}" for n in range(1700)]
    big = observed("urn:uuid:1", epcList=epcs)
    assert len(canonical.dumps(big)) * 4 / 3 > MAX_ENTRY
    report = imported(small, gate, document_of(big))
    assert (report.events, report.by_reference, report.links) == (1, 1, 12)
    with small.ledger.reading() as reader:
        links = [parse(s.entry) for s in reader.links()][-13:-1]
        item = links[0].items[0].item
        assert history.whole(reader, small.trust.genesis, item).is_good
    assert [len(link.items) for link in links] == [150] * 11 + [50]
    data = small.ledger.attachments.get(str(links[0].event_ref["sha256"]))
    assert canonical.parse(data) == big
    assert audit(small.ledger).findings == []


def test_the_event_keeps_its_prefixes_as_its_own_context(small, gate):
    found = json.loads(document_of(observed("urn:uuid:1", **{"ex:note": "干"})))
    found["@context"].append({"ex": "https://example.com/ns/", "unused": "https://example.com/2/"})
    imported(small, gate, json.dumps(found).encode())
    assert received(small)[0]["@context"] == [{"ex": "https://example.com/ns/"}]


def test_a_packing_whose_completeness_was_inferred_is_kept(small, gate):
    """As in GS1's own examples, whose schema names the member for other types alone."""
    packing = observed("urn:uuid:1", persistentDisposition={"set": ["completeness_inferred"]})
    packing |= {"type": "AggregationEvent", "childEPCs": packing.pop("epcList")}
    imported(small, gate, document_of(packing))
    assert received(small) == [packing]


def test_a_measurement_type_that_cbv_does_not_list_is_kept_and_reported(small, gate):
    kinds = ("EffectiveDoseRate", "gs1:Warmth", "w:Cold", "Temperature", "gs1:Mass", "suyuan:PH")
    reports = [{"type": kind, "value": 4} for kind in (*kinds, "https://example.com/pH")]
    event = observed("urn:uuid:1", sensorElementList=[{"sensorReport": reports}])
    event["@context"] = [{"w": "https://gs1.org/voc/"}]
    report = imported(small, gate, document_of(event))
    assert received(small) == [event]
    assert report.unlisted == ["EffectiveDoseRate", "gs1:Warmth", "w:Cold"]


def test_a_prefix_of_gs1s_means_what_the_document_says(small, gate):
    event = observed("urn:uuid:1", action="ADD", ilmd={"cbvmda:lotNumber": "7"})
    found = json.loads(document_of(event))
    found["@context"].append({"cbvmda": "https://mda.example/"})
    imported(small, gate, json.dumps(found).encode())
    assert received(small) == [{"@context": [{"cbvmda": "https://mda.example/"}], **event}]


def test_nothing_is_written_unless_the_whole_file_is_good(small, gate):
    before = _size(small)
    bad = observed("urn:uuid:2") | {"bizStep": "flying"}
    with pytest.raises(EpcisError, match="bizStep"):
        imported(small, gate, document_of(observed("urn:uuid:1"), bad))
    long = observed(
        "urn:uuid:3", quantityList=[{"epcClass": "urn:epc:class:lgtin:6901234.056789.L"}]
    )
    text = document_of(long).replace(b'.L"}', b'.L","quantity":1.2345678901234567}')
    with pytest.raises(EpcisError, match="15"):
        imported(small, gate, text)
    assert _size(small) == before
    assert finished(small.ledger, gate.uri, "0" * 64) is None
